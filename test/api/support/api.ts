/** The server of test/support, with every answer held against its own /openapi.json. */
import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'
import { buildServer } from '../../../src/api/server.ts'
import type { Resource } from '../../../src/ledger/credentials.ts'
import type { Store } from '../../../src/ledger/stores.ts'
import {
  type Answer,
  type CallOptions,
  type Credentials,
  call as fetchAnswer,
  type ServerSettings,
  startServer,
  type TestServer,
} from '../../support/server.ts'
import { BASE, Contract } from './contract.ts'
import { ok } from './expect.ts'

export type Call = TestServer['call']

/** A store of its own, for tests that change the configuration. */
export interface TestStore {
  readonly store: Store
  readonly key: Credentials
  readonly call: Call
}

export interface Api extends TestServer {
  readonly contract: Contract
  /** {@link call} with other credentials. */
  as(key: Credentials): Call
  /** {@link call} with a key that has these resources alone. */
  asKeyWith(...resources: Resource[]): Promise<Call>
  newStore(
    config?: Record<string, unknown>,
    currency?: string,
    timeZone?: string,
  ): Promise<TestStore>
}

export async function startApi(settings?: ServerSettings): Promise<Api> {
  const server = await startServer(settings)
  const document = await server.call('GET', '//openapi.json')
  const contract = new Contract(document.json)
  const as = (key: Credentials): Call => checked(contract, server.url, key)
  let stores = 0
  return {
    ...server,
    contract,
    as,
    call: as(server.key),
    asKeyWith: async (...resources) => as(await server.addKey(resources)),
    newStore: async (config, currency, timeZone) => {
      stores += 1
      const made = await server.addStore(`shop-${stores}`, currency, timeZone)
      const call = as(made.key)
      if (config) ok(await call('PUT', '/storeconfig', config))
      return { ...made, call }
    },
  }
}

/** Requests to one address, each answer checked against the contract. */
export function checked(contract: Contract, url: string, key: Credentials): Call {
  return async (method, path, body, options) => {
    const answer = await fetchAnswer(url, key, method, path, body, options)
    contract.check(method, path.startsWith('//') ? path.slice(1) : `${BASE}${path}`, answer)
    return answer
  }
}

/** Another HTTP server on the database of `api`, behind a proxy that tells addresses. */
export interface Proxied {
  readonly url: string
  /** A request from `address`; `key: false` sends no credentials. */
  call(
    address: string,
    method: string,
    path: string,
    body?: unknown,
    options?: CallOptions,
  ): Promise<Answer>
  close(): Promise<void>
}

export async function startProxied(api: Api, parts: Partial<Parts> = {}): Promise<Proxied> {
  const server = await buildServer({
    writer: api.writer,
    sql: () => api.sql,
    now: api.clock.read,
    version: 'test',
    logLevel: 'silent',
    trustProxy: true,
    ...parts,
  })
  await server.listen({ port: 0, host: '127.0.0.1' })
  const url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`
  const call = checked(api.contract, url, api.key)
  return {
    url,
    call: (address, method, path, body, { headers, ...options } = {}) =>
      call(method, path, body, { ...options, headers: { 'X-Forwarded-For': address, ...headers } }),
    close: () => server.close(),
  }
}

type Parts = Pick<Parameters<typeof buildServer>[0], 'writer' | 'sql' | 'users' | 'logLevel'>

/** No total, row or claim differs from what the ledger says. */
export async function expectNoDrift(api: Api): Promise<void> {
  expect((await api.verify()).drift).toEqual([])
}
