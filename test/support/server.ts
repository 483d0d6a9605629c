/** A real server on a real database, in this process, with a clock that tests set. */
import type { AddressInfo } from 'node:net'
import { admin } from '../../src/admin/admin.ts'
import { buildServer } from '../../src/api/server.ts'
import { type FileLimits, Files } from '../../src/files/files.ts'
import { createKey, createSession, type Resource } from '../../src/ledger/credentials.ts'
import { createStore, type Store } from '../../src/ledger/stores.ts'
import { type Verification, verify } from '../../src/ledger/verify.ts'
import { Writer, type WriterOptions } from '../../src/ledger/writer.ts'
import { connect, type Sql } from '../../src/postgres/connect.ts'
import { Users, type UsersOptions } from '../../src/users/users.ts'
import { adminPages } from '../../src/web/admin-pages.ts'
import { createDatabase } from './database.ts'

/** Where tests begin: a Wednesday, noon in São Paulo. */
export const START = Date.parse('2026-11-18T15:00:00.000Z')
export const DAY_MS = 86_400_000

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON, or undefined where it has none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of any shape
  readonly json: any
}

export interface CallOptions {
  readonly headers?: Record<string, string>
  /** False: without credentials. */
  readonly key?: Credentials | false
}

export interface Credentials {
  readonly appKey: string
  readonly token: string
}

export interface TestServer {
  readonly url: string
  readonly databaseUrl: string
  readonly sql: Sql
  readonly writer: Writer
  readonly store: Store
  /** A key of the store with Main Access: the one that {@link call} uses. */
  readonly key: Credentials
  readonly clock: Clock
  /** Its clockwork stands still: what it does now and then is done where a test says so. */
  readonly users: Users
  /** One request to a path under `/api/creditcontrol`, or to any path that starts with `//`. */
  call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<Answer>
  addStore(
    name: string,
    currency?: string,
    timeZone?: string,
  ): Promise<{ store: Store; key: Credentials }>
  addKey(resources: readonly Resource[], requestsPerSecond?: number): Promise<Credentials>
  addSession(email: string, resources?: readonly Resource[]): Promise<string>
  verify(): Promise<Verification>
  close(): Promise<void>
}

export class Clock {
  now = START
  readonly read = (): number => this.now
  advance(ms: number): void {
    this.now += ms
  }
}

export interface ServerSettings {
  /** True: works on imports and exports too. */
  readonly files?: boolean
  readonly fileLimits?: Partial<FileLimits>
  readonly writer?: Partial<WriterOptions>
  readonly users?: Partial<UsersOptions>
  readonly logLevel?: string
}

export async function startServer(settings: ServerSettings = {}): Promise<TestServer> {
  const database = await createDatabase()
  const { url: databaseUrl, sql } = database
  const clock = new Clock()
  const now = clock.read
  const writer = new Writer({ url: databaseUrl, now, ...settings.writer })
  const reads = connect(databaseUrl, { max: 4, statementTimeout_ms: 15_000 })
  const logLevel = settings.logLevel ?? 'silent'
  const files = new Files({
    url: databaseUrl,
    sql: () => reads,
    writer,
    now,
    limits: {
      maxBytes: 50_000_000,
      maxRows: 100_000,
      maxRowsAtOnce: 1_000,
      ...settings.fileLimits,
    },
    onError: (error) => {
      if (settings.files) console.error(error)
    },
  })
  const users = new Users({
    sql: () => reads,
    now,
    store: 'main',
    onError: console.error,
    ...settings.users,
  })
  const api = await buildServer({
    writer,
    sql: () => reads,
    now,
    version: 'test',
    logLevel,
    files,
    pages: adminPages,
    admin,
    users,
  })
  await api.listen({ port: 0, host: '127.0.0.1' })
  if (settings.files) files.start()
  const url = `http://127.0.0.1:${(api.server.address() as AddressInfo).port}`

  const addStore = async (name: string, currency = 'BRL', timeZone = 'America/Sao_Paulo') => {
    const store = await createStore(sql, { name, currency, timeZone }, 'test', clock.now)
    return { store, key: await addKeyTo(sql, store, ['Main Access'], null, clock.now) }
  }
  const { store, key } = await addStore('main')

  return {
    url,
    databaseUrl,
    sql,
    writer,
    store,
    key,
    clock,
    users,
    call: (method, path, body, options) => call(url, key, method, path, body, options),
    addStore,
    addKey: (resources, rate) => addKeyTo(sql, store, resources, rate ?? null, clock.now),
    addSession: (email, resources = ['Main Access']) => {
      const session = { storeId: store.storeId, email, resources, lifetime_ms: DAY_MS }
      return createSession(sql, session, clock.now)
    },
    verify: () => verify(sql, undefined),
    close: async () => {
      await api.close()
      await files.stop()
      await users.stop()
      await writer.close()
      await reads.end({ timeout: 5 })
      await database.drop()
    },
  }
}

let keys = 0

async function addKeyTo(
  sql: Sql,
  store: Store,
  resources: readonly Resource[],
  requestsPerSecond: number | null,
  now: number,
): Promise<Credentials> {
  keys += 1
  const appKey = `key-${store.name}-${keys}`
  const token = `token-${store.name}-${keys}`
  const label = 'test'
  const key = { storeId: store.storeId, appKey, token, label, resources, requestsPerSecond }
  await createKey(sql, key, now)
  return { appKey, token }
}

/** One HTTP request; a body that is no string is sent as JSON. */
export async function call(
  url: string,
  ownKey: Credentials,
  method: string,
  path: string,
  body?: unknown,
  { headers = {}, key = ownKey }: CallOptions = {},
): Promise<Answer> {
  const credentials = key
    ? { 'X-VTEX-API-AppKey': key.appKey, 'X-VTEX-API-AppToken': key.token }
    : {}
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
  const type = body === undefined ? {} : { 'Content-Type': 'application/json' }
  const address = path.startsWith('//') ? path.slice(1) : `/api/creditcontrol${path}`
  const answer = await fetch(`${url}${address}`, {
    method,
    headers: { ...type, ...credentials, ...headers },
    ...(text !== undefined && { body: text }),
  })
  const received = await answer.text()
  const isJson = /json/.test(answer.headers.get('content-type') ?? '')
  return {
    status: answer.status,
    headers: answer.headers,
    text: received,
    json: isJson && received !== '' ? JSON.parse(received) : undefined,
  }
}
