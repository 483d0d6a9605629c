/** Two servers on one database, their clocks an hour apart, and random writes to both. */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { verify } from '../../src/ledger/verify.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { FIRST_KEY, type FiadoProcess, startProcess } from '../support/process.ts'
import { type Answer, call } from '../support/server.ts'
import { report, times } from './support/experiment.ts'

const HOUR_MS = 3_600_000
const ACCOUNTS = 6
const CLIENTS = 12
const DURATION_MS = times(30_000, 5_000)
const LIMIT = 1_000
/** On a slow machine a moment may be over for the clock ahead before the request is read. */
const TOO_LATE = /expirationDate is in the past/

let database: TestDatabase
let servers: FiadoProcess[]

beforeAll(async () => {
  database = await createDatabase()
  const program = fileURLToPath(new URL('./support/shifted-server.ts', import.meta.url))
  const start = (shift_ms: number) => {
    const env = { CLOCK_SHIFT_MS: String(shift_ms) }
    return startProcess({ program, databaseUrl: database.url, env })
  }
  servers = [await start(0), await start(HOUR_MS)]
})
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()))
  await database.drop()
})

const below = (count: number): number => Math.floor(Math.random() * count)

function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  const server = servers[below(servers.length)] as FiadoProcess
  return call(server.url, FIRST_KEY, method, path, body)
}

async function openAccount(index: number): Promise<string> {
  const buyer = { document: `CLOCK${index}`, documentType: 'Other', email: `c${index}@example.com` }
  const { json } = await ask('POST', '/accounts', { ...buyer, creditLimit: LIMIT })
  return `/accounts/${json.id}`
}

/** One order, from its hold to whatever becomes of it; all answers. */
async function order(account: string): Promise<Answer[]> {
  const value = 10 + below(200)
  const settle = Math.random() < 0.4
  // For the clock ahead a moment from now, for the other in more than an hour.
  const expirationDate = new Date(Date.now() + HOUR_MS + 200 + below(2_000)).toISOString()
  const hold = settle ? { value, installments: 3 } : { value, settle, expirationDate }
  const held = await ask('POST', `${account}/transactions`, hold)
  if (held.status !== 200) return [held]
  const { id } = held.json
  const path = `${account}/transactions/${id}`
  if (!settle && Math.random() < 0.7) return [held]
  if (!settle) return [held, await ask('DELETE', path)]
  const answers = [held, await ask('PUT', `${path}/settlement`, { value: below(value) + 1 })]
  for (const part of ['01', '02', '03']) {
    answers.push(await ask('POST', `${account}/invoices/${id}-${part}/payments`))
  }
  if (Math.random() < 0.3) answers.push(await ask('POST', `${path}/refunds`, { value: 1 }))
  return answers
}

interface Entry {
  readonly account_id: string
  readonly seq: bigint
  readonly at: Date
  readonly kind: string
  readonly credit_limit: bigint
  readonly used: bigint
  readonly transaction: string | null
  readonly expires_at: string | null
}

function entriesOf(): Promise<Entry[]> {
  return database.sql<Entry[]>`
    select account_id, seq, at, kind, credit_limit, owed + held as used,
      data->>'transactionId' as transaction, data->>'expiresAt' as expires_at
    from entry order by account_id, seq`
}

test('no limit is passed, every account has its order, and what expires does so in time', async () => {
  const accounts = await Promise.all(
    Array.from({ length: ACCOUNTS }, (_, index) => openAccount(index)),
  )
  const answers: Answer[] = []
  const end = performance.now() + DURATION_MS
  const client = async (): Promise<void> => {
    while (performance.now() < end) answers.push(...(await order(accounts[below(ACCOUNTS)] ?? '')))
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  const refused = answers.filter(({ status }) => status !== 200)
  const odd = refused.filter(({ status, text }) => status !== 409 && !TOO_LATE.test(text))
  expect(odd.map(({ text }) => text)).toEqual([])

  const entries = await entriesOf()
  const byAccount = Map.groupBy(entries, ({ account_id }) => account_id)
  for (const ofAccount of byAccount.values()) expectInOrder(ofAccount)
  const expired = entries.filter(({ kind }) => kind === 'TransactionExpired')
  expect(expired.length).toBeGreaterThan(0)
  expect((await verify(database.sql, undefined)).drift).toEqual([])
  report('two clocks an hour apart', {
    answers: answers.length,
    'of these refused': refused.length,
    entries: entries.length,
    'holds that expired': expired.length,
  })
}, 120_000)

function expectInOrder(entries: readonly Entry[]): void {
  const live = new Map<string, number>()
  for (const [index, entry] of entries.entries()) {
    const { kind, transaction, used, credit_limit } = entry
    const at = entry.at.getTime()
    expect(Number(entry.seq)).toBe(index + 1)
    expect(at).toBeGreaterThanOrEqual(entries[index - 1]?.at.getTime() ?? 0)
    expect(used <= credit_limit, `${kind} passes the limit`).toBe(true)
    if (kind === 'TransactionExpired') {
      expect(at).toBeGreaterThanOrEqual(live.get(transaction ?? '') ?? Number.POSITIVE_INFINITY)
    } else {
      expectNoneOverdue(live, at)
    }
    if (kind === 'TransactionAuthorized') live.set(transaction ?? '', Number(entry.expires_at))
    else if (transaction) live.delete(transaction)
  }
}

/** Whatever has expired by the time of an entry gave its credit back in an entry before. */
function expectNoneOverdue(live: ReadonlyMap<string, number>, at: number): void {
  for (const [transaction, expiresAt] of live) {
    if (expiresAt <= at) throw new Error(`${transaction} should have expired before`)
  }
}
