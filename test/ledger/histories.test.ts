/**
 * The core's histories, played by many clients at once on two server processes, twins among them
 * that settle, refund and pay the same orders. `test/histories.test.ts` compares each answer with
 * the core; here everything that can be read afterwards must add up, whatever the order was.
 */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type History, histories } from '../../src/credit/testing/histories.ts'
import { Player } from '../../src/credit/testing/player.ts'
import { createKey, RESOURCES } from '../../src/ledger/credentials.ts'
import { createStore } from '../../src/ledger/stores.ts'
import { verify } from '../../src/ledger/verify.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { configBody, HistoryClient, overHttp, type Send } from '../support/history-client.ts'
import { type FiadoProcess, startProcess } from '../support/process.ts'
import { type Answer, type Credentials, call } from '../support/server.ts'

const ROUNDS = 4
const HISTORIES = 6
const TWINS = 2
const PAGE = 7

/** `HISTORY_SEED=…` plays the same histories again; their order is never the same. */
const SEED = Number(process.env.HISTORY_SEED ?? Date.now() % 2 ** 31)

let database: TestDatabase
let servers: FiadoProcess[]
let turn = 0

beforeAll(async () => {
  database = await createDatabase()
  const start = () => startProcess({ databaseUrl: database.url })
  servers = await Promise.all([start(), start()])
})
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()))
  await database.drop()
})

interface Store {
  readonly storeId: number
  readonly key: Credentials
  readonly unpaying: Credentials
}

async function createHistoryStore(name: string, { config }: History): Promise<Store> {
  const now = Date.now()
  const row = { name, currency: 'BRL', timeZone: 'America/Sao_Paulo' }
  const { storeId } = await createStore(database.sql, row, 'test', now)
  const key = { appKey: `${name}-key`, token: 'key' }
  const unpaying = { appKey: `${name}-unpaying`, token: 'unpaying' }
  const most = RESOURCES.filter((resource) => !/^(Main Access|Pay Invoice)$/.test(resource))
  const make = (credentials: Credentials, resources: typeof most) => {
    const made = { storeId, ...credentials, label: '', resources, requestsPerSecond: null }
    return createKey(database.sql, made, now)
  }
  await make(key, ['Main Access'])
  await make(unpaying, most)
  expect((await ask(key, 'PUT', '/storeconfig', configBody(config))).status).toBe(200)
  return { storeId, key, unpaying }
}

/** Each request goes to the other process than the one before it. */
function ask(
  key: Credentials,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  turn += 1
  const server = servers[turn % servers.length] as FiadoProcess
  return call(server.url, key, method, path, body, { headers })
}

const STILL_RUNNING = 1141

interface Told {
  readonly again: () => Promise<Answer>
  readonly answer: Answer
}

/**
 * Sends with an Idempotency-Key, often more than once at the same time, to both processes; all
 * copies get the first answer. What was told is kept, to be asked for again at the very end.
 */
function keyedSend(key: Credentials, told: Told[]): Send {
  let sent = 0
  return async (method, path, body, other) => {
    sent += 1
    const headers = { 'Idempotency-Key': randomUUID() }
    const again = () => ask(other ?? key, method, path, body, headers)
    const copies = await Promise.all(Array.from({ length: 1 + (sent % 3) }, again))
    const answers = copies.filter(({ json }) => json?.code !== STILL_RUNNING)
    const [answer = await again()] = answers
    // What was never decided (400, 403) is kept under no key: its copies are decided each by itself.
    const decided = answers.filter(({ status }) => status !== 400 && status !== 403)
    for (const copy of decided) expect(copy.text).toBe((decided[0] ?? copy).text)
    expect(answer.status, answer.text).toBeLessThan(500)
    if (method !== 'GET') told.push({ again, answer })
    return answer
  }
}

/** Plays a history without a care for the others. */
async function play(history: History, client: HistoryClient): Promise<void> {
  const player = new Player({ ...history, start: Date.now() })
  for (const step of history.steps) {
    const { command, accountId } = player.play(step)
    if (command) await client.perform(accountId, command)
  }
}

/** What would leave nothing to do for all the others. */
const SPOILING = new Set(['freeze', 'limit', 'change', 'removeHolder'])

/** Enough credit for all of them, and an account only of one who may close it. */
function forCrowd(history: History, index: number): History {
  const steps = history.steps
    .filter(({ kind }) => !SPOILING.has(kind) && (kind !== 'close' || index === 0))
    .map((step) => (step.kind === 'open' ? { ...step, limit: (step.limit + 20n) * 30n } : step))
  return overHttp({ ...history, steps })
}

test('many clients on two processes leave books that add up', async () => {
  const arbitrary = histories({ waits: false, configures: false, accounts: 2, maxSteps: 30 })
  const sampled = fc.sample(arbitrary, { numRuns: ROUNDS * HISTORIES, seed: SEED })
  const seen = { accounts: 0, orders: 0, invoices: 0, paid: 0, cancelled: 0, refunded: 0 }
  const statuses: Record<string, number> = {}
  for (let round = 0; round < ROUNDS; round += 1) {
    const batch = sampled.slice(round * HISTORIES, (round + 1) * HISTORIES).map(forCrowd)
    const store = await createHistoryStore(`crowd-${round}`, batch[0] as History)
    const told: Told[] = []
    const accounts = new Map<string, string>()
    await Promise.all(
      batch.flatMap((history) => {
        const send = keyedSend(store.key, told)
        // Twins share a client, and so the orders that both of them know by the same name.
        const client = new HistoryClient(send, store.unpaying, accounts)
        return Array.from({ length: TWINS }, () => play(history, client))
      }),
    )
    const before = await booksOf(store)
    for (const book of before) {
      expectAgreement(book)
      seen.accounts += 1
      seen.orders += book.holds.data.length
      seen.refunded += book.holds.data.filter(({ refunded }) => refunded > 0).length
      seen.invoices += book.invoices.data.length
      seen.paid += book.invoices.data.filter(isPaid).length
      seen.cancelled += book.invoices.data.filter(isCancelled).length
    }
    await expectOrder(store)
    // What was never decided (400, 403) is kept under no key: it may be decided now.
    const decided = told.filter(({ answer }) => ![400, 403].includes(answer.status))
    const replays = await Promise.all(decided.map(({ again }) => again()))
    for (const [index, { status, text }] of replays.entries()) {
      expect({ status, text }).toEqual({
        status: decided[index]?.answer.status,
        text: decided[index]?.answer.text,
      })
      statuses[status] = (statuses[status] ?? 0) + 1
    }
    expect(await booksOf(store)).toEqual(before)
  }
  console.info(`histories on two processes, seed ${SEED}: ${JSON.stringify({ ...seen, statuses })}`)
  expect(statuses['200']).toBeGreaterThan(150)
  expect(statuses['409']).toBeGreaterThan(100)
  expect(Math.min(seen.paid, seen.cancelled, seen.refunded)).toBeGreaterThan(0)
  expect((await verify(database.sql, undefined)).drift).toEqual([])
}, 90_000)

// biome-ignore lint/suspicious/noExplicitAny: JSON of any shape
type Json = any

interface AccountBook {
  readonly account: Json
  readonly statement: Json
  readonly holds: Listed
  readonly invoices: Listed
  readonly holders: Listed
}

interface Listed {
  readonly data: Json[]
  readonly summary: Json
}

/** All that can be read of every account of a store. */
async function booksOf({ key }: Store): Promise<AccountBook[]> {
  const accounts = [
    ...(await wholeList(key, '/accounts?')).data,
    ...(await wholeList(key, '/accounts?status=Closed&')).data,
  ]
  return await Promise.all(
    accounts.map(async ({ id }) => {
      const path = `/accounts/${id}`
      const [account, statement, holds, invoices, holders] = await Promise.all([
        ask(key, 'GET', path).then(({ json }) => json),
        ask(key, 'GET', `${path}/statements`).then(({ json }) => json),
        wholeList(key, `${path}/transactions?`),
        wholeList(key, `${path}/invoices?`),
        ask(key, 'GET', `${path}/holders`).then(({ json }) => json),
      ])
      return { account, statement, holds, invoices, holders }
    }),
  )
}

/** Page by page, each of which must tell the same summary. */
async function wholeList(key: Credentials, path: string): Promise<Listed> {
  const data: Json[] = []
  let summary: Json
  for (let from = 1; summary === undefined || from <= summary.count; from += PAGE) {
    const { json } = await ask(key, 'GET', `${path}from=${from}&to=${from + PAGE - 1}`)
    if (summary !== undefined) expect(json.summary).toEqual(summary)
    summary = json.summary
    data.push(...json.data)
  }
  expect(data).toHaveLength(summary.count)
  expect(new Set(data.map(({ id }) => id)).size).toBe(summary.count)
  return { data, summary }
}

const cents = (amount: number): bigint => BigInt(Math.round(amount * 100))

function total(rows: readonly Json[], field: string, test: (row: Json) => boolean = () => true) {
  return rows.filter(test).reduce((sum, row) => sum + cents(row[field]), 0n)
}

const isOpen = ({ status }: Json) => status === 'Opened'
const isPaid = ({ status }: Json) => status === 'Paid'
const isCancelled = ({ status }: Json) => status === 'Cancelled'

/** The account, its statement, its invoices and its holds tell the same. */
function expectAgreement({ account, statement, holds, invoices, holders }: AccountBook): void {
  const owed = -cents(account.balance)
  const held = cents(account.preAuthorizedCredit)
  expect(cents(account.availableCredit)).toBe(cents(account.creditLimit) - owed - held)
  expect(account.availableBalance).toBe(account.availableCredit)

  expect(total(holds.data, 'held')).toBe(held)
  expect(cents(holds.summary.held)).toBe(held)

  const { summary, data } = invoices
  expect(cents(summary.total)).toBe(total(data, 'value', isOpen))
  expect(cents(summary.totalPaid)).toBe(total(data, 'value', isPaid))
  expect(cents(summary.totalCancelled)).toBe(total(data, 'value', isCancelled))
  expect(cents(summary.totalOverdue)).toBe(0n)

  // What went back and no invoice bore is credit in the buyer's favour.
  const wentBack = total(holds.data, 'refunded')
  const credit = wentBack - total(data, 'creditValue') - total(data, 'value', isCancelled)
  const debits = -total(statement.statements, 'value', ({ origin }) => origin === 'Statement')
  expect(credit).toBeGreaterThanOrEqual(0n)
  expect(owed).toBe(total(data, 'value', isOpen) + debits - credit)
  expect(total(holds.data, 'settled')).toBe(total(data, 'value') + total(data, 'creditValue'))

  const isDebt = ({ origin }: Json) => origin !== 'Credit'
  expect(cents(statement.currentBalance)).toBe(-owed)
  expect(total(statement.statements, 'value', isDebt)).toBe(-owed)
  expect(cents(statement.intervalBalance)).toBe(total(statement.statements, 'value'))
  expect(statement.previousBalance).toBe(0)

  expect(holders.data[0]).toMatchObject({ level: 1, claims: { email: account.email } })
  if (account.status === 'Closed') expect([owed, held]).toEqual([0n, 0n])
}

/** The ledger never goes back in time, and no hold was granted beyond the limit of its moment. */
async function expectOrder({ storeId }: Store): Promise<void> {
  const [row] = await database.sql<{ disorder: number; beyond: number; gaps: number }[]>`
    select
      count(*) filter (where at < at_before)::integer as disorder,
      count(*) filter (where seq <> coalesce(seq_before, 0) + 1)::integer as gaps,
      count(*) filter (where kind = 'TransactionAuthorized' and owed + held > credit_limit + case
        when (config->>'toleranceEnabled')::boolean then credit_limit * tolerance / 1000000 else 0
        end)::integer as beyond
    from (
      select e.*, s.config, lag(at) over account as at_before, lag(seq) over account as seq_before
      from entry e join store s using (store_id) where store_id = ${storeId}
      window account as (partition by account_id order by seq)) entries`
  expect(row).toEqual({ disorder: 0, beyond: 0, gaps: 0 })
}
