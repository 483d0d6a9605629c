/** Exports of accounts to a file. */
import { request } from './client.ts'

export interface AccountExport {
  readonly id: string
  readonly state: string
  readonly finishedAt: string | null
  readonly fileName: string | null
  /** Null until the file is there. */
  readonly fileUrl: string | null
}

export interface AccountExportWanted {
  readonly status: 'Open' | 'Closed'
  /** Language of headers and states, and how numbers are written. */
  readonly locale: string
}

const EXPORTS = '/api/creditcontrol/exports'

export function exportAccounts(
  { status, locale }: AccountExportWanted,
  key: string,
): Promise<AccountExport> {
  const body = { kind: 'accounts', filters: { status }, locale }
  return request('POST', EXPORTS, { body, key })
}

export function readExport(id: string, signal: AbortSignal): Promise<AccountExport> {
  return request('GET', `${EXPORTS}/${encodeURIComponent(id)}`, { signal })
}
