/** The random histories of the core, against the running server. */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { availableCredit } from '../src/credit/account.ts'
import { toJsonNumber } from '../src/credit/money.ts'
import { type History, histories, type Step } from '../src/credit/testing/histories.ts'
import { Player } from '../src/credit/testing/player.ts'
import { createKey, RESOURCES } from '../src/ledger/credentials.ts'
import { configBody, HistoryClient, overHttp, type Send } from './support/history-client.ts'
import {
  type Answer,
  type Credentials,
  call,
  startServer,
  type TestServer,
} from './support/server.ts'

const SEQUENTIAL_HISTORIES = 60
const ROUNDS = 6
const CLIENTS = 12
/** Many spend at once: there must be something to spend. */
const CROWD_CREDIT = 20n

let server: TestServer

beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

let stores = 0

/** A fresh store with the configuration of a history, and a key that may not pay. */
async function storeFor({ config, timeZone }: History) {
  stores += 1
  const { store, key } = await server.addStore(`history-${stores}`, 'BRL', timeZone)
  const unpaying = { appKey: `unpaying-${stores}`, token: 'unpaying' }
  const resources = RESOURCES.filter((name) => name !== 'Pay Invoice' && name !== 'Main Access')
  const { storeId } = store
  const restricted = { storeId, ...unpaying, label: '', resources, requestsPerSecond: null }
  await createKey(server.sql, restricted, server.clock.now)
  const configured = await call(server.url, key, 'PUT', '/storeconfig', configBody(config))
  expect(configured.status, configured.text).toBe(200)
  return { key, unpaying }
}

const nameOf = ({ json }: Answer): string => json.type.replace('/problems/', '')

/** One step on both sides, and what differs. */
async function playBoth(player: Player, client: HistoryClient, step: Step, send: Send) {
  const { command, decision, accountId } = player.play(step)
  server.clock.now = player.now
  if (step.kind === 'configure') {
    expect((await send('PUT', '/storeconfig', configBody(step.change))).status).toBe(200)
    return
  }
  if (!command || !decision) return
  const refusal = 'refusal' in decision ? decision.refusal : undefined
  // The model says under which id to open; POST makes the id of the document.
  if (refusal?.reason === 'account-already-open' && refusal.facts.conflict === 'id') return
  const answer = await client.perform(accountId, command)
  if (!answer) return
  const expected = refusal?.reason ?? 'accepted'
  expect(answer.status === 200 ? 'accepted' : nameOf(answer), answer.text).toBe(expected)
  player.book.expire(accountId, player.now)
  const account = player.book.stateOf(accountId)?.account
  if (!account) return
  const { json } = await send('GET', client.pathOf(accountId))
  expect(json).toMatchObject({
    availableCredit: toJsonNumber(availableCredit(account), 2),
    balance: toJsonNumber(-account.owed, 2),
    preAuthorizedCredit: toJsonNumber(account.held, 2),
    creditLimit: toJsonNumber(account.limit, 2),
    status: account.status,
  })
}

test('every answer is the one that the core gives, step by step', async () => {
  let steps = 0
  await fc.assert(
    fc.asyncProperty(histories({ maxSteps: 30 }).map(overHttp), async (history) => {
      server.clock.now = history.start
      const { key, unpaying } = await storeFor(history)
      const send: Send = (method, path, body, other) =>
        call(server.url, other ?? key, method, path, body)
      const player = new Player(history)
      const client = new HistoryClient(send, unpaying)
      for (const step of history.steps) {
        steps += 1
        await playBoth(player, client, step, send)
      }
    }),
    { numRuns: SEQUENTIAL_HISTORIES, interruptAfterTimeLimit: 40_000 },
  )
  console.info(`histories over HTTP: ${steps} steps compared with the core`)
  expect((await server.verify()).drift).toEqual([])
}, 90_000)

test('many clients at once on the same accounts leave no drift, and totals that agree', async () => {
  const sampled = fc.sample(
    histories({ waits: false, configures: false, accounts: 2, maxSteps: 25 }).map(overHttp),
    ROUNDS * CLIENTS,
  )
  const counts = { accepted: 0, refused: 0, repeated: 0 }
  for (let round = 0; round < ROUNDS; round += 1) {
    const batch = sampled.slice(round * CLIENTS, (round + 1) * CLIENTS)
    const [first] = batch as [History]
    const { key, unpaying } = await storeFor(first)
    const accounts = new Map<string, string>()
    const playing = batch.map((history, index) =>
      playAlone(inCrowd(history, index), key, unpaying, accounts, counts),
    )
    await Promise.all(playing)
    await expectAgreement(key)
  }
  console.info(`histories at once: ${JSON.stringify(counts)}`)
  expect(counts.accepted).toBeGreaterThan(200)
  expect(counts.refused).toBeGreaterThan(50)
  expect(counts.repeated).toBeGreaterThan(50)
  expect((await server.verify()).drift).toEqual([])
}, 90_000)

/** One of the crowd may close and freeze accounts; all of them together would stop each other. */
function inCrowd(history: History, index: number): History {
  const steps = history.steps
    .filter(({ kind }) => index === 0 || !['close', 'freeze', 'limit'].includes(kind))
    .map((step) => (step.kind === 'open' ? { ...step, limit: step.limit * CROWD_CREDIT } : step))
  return { ...history, steps }
}

/** Plays one history without a care for the others; some requests are sent twice under one key. */
async function playAlone(
  history: History,
  key: Credentials,
  unpaying: Credentials,
  accounts: Map<string, string>,
  counts: { accepted: number; refused: number; repeated: number },
): Promise<void> {
  let sent = 0
  const send: Send = async (method, path, body, other) => {
    sent += 1
    const headers: Record<string, string> =
      sent % 2 === 0 ? { 'Idempotency-Key': randomUUID() } : {}
    const again = () => call(server.url, other ?? key, method, path, body, { headers })
    const isDoubled = sent % 4 === 0
    const [answer, twin] = await Promise.all([again(), isDoubled ? again() : undefined])
    if (twin) {
      counts.repeated += 1
      expectSameAnswer(answer, twin)
    }
    const known = answer.status === 409 && answer.json.code === 1141 ? twin : answer
    return known ?? answer
  }
  const player = new Player({ ...history, start: server.clock.now })
  const client = new HistoryClient(send, unpaying, accounts)
  for (const step of history.steps) {
    const { command, accountId } = player.play(step)
    const answer = command && (await client.perform(accountId, command))
    if (!answer) continue
    expect(answer.status, answer.text).toBeLessThan(500)
    if (answer.status === 200) counts.accepted += 1
    else counts.refused += 1
  }
}

/** The same request twice at once: one effect, and one answer unless the first was still running. */
function expectSameAnswer(one: Answer, other: Answer): void {
  const isRunning = [one, other].some(({ status, json }) => status === 409 && json.code === 1141)
  // What was never decided (400, 403) is kept under no key.
  const isUndecided = [one, other].some(({ status }) => status === 400 || status === 403)
  if (!isRunning && !isUndecided) expect(other.text).toBe(one.text)
}

/** Account, statement, invoices and holds tell the same of every account of the store. */
async function expectAgreement(key: Credentials): Promise<void> {
  const get = async (path: string) => (await call(server.url, key, 'GET', path)).json
  for (const status of ['Open', 'Closed']) {
    const { data } = await get(`/accounts?status=${status}&to=1000`)
    for (const account of data) {
      const path = `/accounts/${account.id}`
      const statement = await get(`${path}/statements`)
      expect(statement.currentBalance).toBe(account.balance)
      const { data: holds, summary } = await get(`${path}/transactions?to=1000`)
      expect(summary.held).toBe(account.preAuthorizedCredit)
      expect(cents(holds, 'held')).toBe(Math.round(summary.held * 100))
      const invoices = await get(`${path}/invoices?to=1000`)
      expect(invoices.summary.count).toBe(invoices.data.length)
      for (const [state, total] of [
        ['Opened', invoices.summary.total],
        ['Paid', invoices.summary.totalPaid],
        ['Cancelled', invoices.summary.totalCancelled],
      ]) {
        const inState = invoices.data.filter(
          (invoice: { status: string }) => invoice.status === state,
        )
        expect(cents(inState, 'value')).toBe(Math.round(total * 100))
      }
    }
  }
}

function cents(rows: readonly Record<string, number>[], field: string): number {
  return rows.reduce((sum, row) => sum + Math.round((row[field] ?? 0) * 100), 0)
}
