/** The keys with which programs come. */
import { request } from './client.ts'

/** What a key may use, in the order in which they are offered. */
export const RESOURCES = [
  'Main Access',
  'Read Checking Accounts',
  'Create Checking Accounts',
  'Edit credits',
  'Read Invoices',
  'Create Invoices',
  'Pay Invoice',
  'Read Statements',
  'Create Statements',
  'Read Configuration',
  'Edit Configuration',
] as const

export type Resource = (typeof RESOURCES)[number]

export interface ApiKey {
  readonly appKey: string
  readonly label: string
  readonly resources: readonly string[]
  readonly requestsPerSecond: number | null
  readonly createdAt: string
  readonly lastUsedAt: string | null
  readonly revokedAt: string | null
}

/** The one time that a token is told. */
export interface ApiKeyWithToken extends ApiKey {
  readonly token: string
}

export interface NewApiKey {
  readonly label: string
  readonly resources: readonly string[]
}

interface ApiKeyList {
  readonly data: readonly ApiKey[]
  readonly summary: { readonly count: number }
}

const KEYS = '/api/admin/api-keys'

export const API_KEYS_KEY = 'api-keys'

export const listApiKeys = (range: { from: number; to: number }, signal: AbortSignal) =>
  request<ApiKeyList>('GET', KEYS, { query: range, signal })

export const createApiKey = (key: NewApiKey) =>
  request<ApiKeyWithToken>('POST', KEYS, { body: key })

export const revokeApiKey = (appKey: string) =>
  request<void>('DELETE', `${KEYS}/${encodeURIComponent(appKey)}`)
