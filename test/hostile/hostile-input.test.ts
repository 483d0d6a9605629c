/**
 * Thousands of requests that are wrong in some way, to every operation that the server says it has.
 * Each is refused in good order or served; nothing falls over, nothing else changes.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type TestServer } from '../support/server.ts'
import { foreignCases, idCases, pageCases, queryCases, targetCases } from './address-cases.ts'
import {
  arrayCases,
  dateCases,
  numberCases,
  textCases,
  typeCases,
  uninvitedBodyCases,
  wholeBodyCases,
} from './body-cases.ts'
import { type Case, rightDraft, wire } from './cases.ts'
import { judge } from './judge.ts'
import { brokenBodyCases, randomAddressCases, randomBodyCases } from './random-cases.ts'
import { exchange, type RawAnswer } from './raw-http.ts'
import { headerCases, idempotencyCases, methodCases, rawCases } from './transport-cases.ts'
import { createBook, createWorld, snapshot, type World } from './world.ts'

const SEED = Number(process.env.HOSTILE_SEED ?? 20_261_118)
const AT_ONCE = 16
/** Faults that are shown of one kind of request. */
const SHOWN = 25

let server: TestServer
let world: World
let before: string[]
const outcomes = { requests: 0, refused: 0, accepted: 0, closed: 0, failed: 0 }
let sending_ms = 0
let victims = 0

beforeAll(async () => {
  server = await startServer()
  world = await createWorld(server)
  before = await elsewhere()
})

afterAll(async () => {
  const { requests, refused, accepted, closed, failed } = outcomes
  console.info(
    `hostile input: seed ${SEED}, ${requests} requests in ${(sending_ms / 1000).toFixed(1)} s: ${refused} refused, ${accepted} accepted, ${closed} closed unanswered, ${failed} answered 5xx`,
  )
  await server.close()
})

/** What no request may touch: an account beside the victim, and another store. */
async function elsewhere(): Promise<string[]> {
  const { untouched, foreign, key, otherKey } = world
  return [
    await snapshot(world, untouched, key),
    await snapshot(world, foreign, otherKey),
    (await server.call('GET', '/storeconfig', undefined, { key: otherKey })).text,
    (await server.call('GET', '/accounts', undefined, { key: otherKey })).text,
  ]
}

/** A victim for each operation: what another one settles or closes must not keep it from its work. */
async function withVictims(): Promise<World[]> {
  return await Promise.all(
    world.operations.map(async (operation) => {
      victims += 1
      const ids = await createBook(server, world.key, `victim-${victims}`)
      return { ...world, operations: [operation], ids }
    }),
  )
}

const KINDS: Readonly<Record<string, (world: World) => Case[]>> = {
  // First: later ones may open accounts under any id.
  'ids of another store': foreignCases,
  'wrong types': typeCases,
  'odd numbers': numberCases,
  'odd texts': textCases,
  'odd dates in bodies': dateCases,
  'whole bodies, sizes and encodings': wholeBodyCases,
  'uninvited bodies': uninvitedBodyCases,
  'long lists': arrayCases,
  'odd ids': idCases,
  'odd addresses': targetCases,
  'odd queries': queryCases,
  'odd pages': pageCases,
  'odd methods': methodCases,
  'odd Idempotency-Keys': idempotencyCases,
  'random bodies': (world) => randomBodyCases(world, SEED, 20),
  'broken bodies': (world) => brokenBodyCases(world, SEED, 15),
  'random addresses': (world) => randomAddressCases(world, SEED, 15),
}

/** These do not go through the operations one by one. */
const WHOLE_KINDS: typeof KINDS = { 'odd headers': headerCases, 'hardly HTTP': rawCases }

/** What the state of a book refuses: it owes, and its hold is not settled, nor its store generous. */
const NEEDS_MORE = new Set(['closeAccount', 'refund', 'postponeInvoice'])

const DONE_LATER = new Set(['createExport'])

test('the requests that are spoiled here are right as they are', async () => {
  for (const own of await withVictims()) {
    for (const operation of own.operations) {
      const [answer] = await exchange(own.port, wire(rightDraft(own, operation)))
      const right = NEEDS_MORE.has(operation.id) ? 409 : DONE_LATER.has(operation.id) ? 202 : 200
      expect(answer?.status, `${operation.id}: ${answer?.body}`).toBe(right)
    }
  }
})

describe.each(Object.entries(KINDS))('%s', (_, casesOf) => {
  test('are refused in good order, or served', async () => {
    await expectOrder((await withVictims()).flatMap(casesOf))
  })
})

describe.each(Object.entries(WHOLE_KINDS))('%s', (_, casesOf) => {
  test('are refused in good order, or served', () => expectOrder(casesOf(world)))
})

describe('after all of them', () => {
  test('nothing else has changed, and the books are right', async () => {
    expect(await elsewhere()).toEqual(before)
    const { drift, accounts } = await server.verify()
    expect(drift).toEqual([])
    expect(accounts).toBeGreaterThan(2)
  })

  test('at least 500 requests were refused', () => {
    expect(outcomes.refused).toBeGreaterThanOrEqual(500)
  })
})

async function expectOrder(cases: readonly Case[]): Promise<void> {
  expect(cases).not.toHaveLength(0)
  const faults = await sendAll(cases)
  expect(summaryOf(faults), `${faults.length} faults in ${cases.length} requests`).toEqual([])
  expect((await server.call('GET', '//healthz')).status).toBe(200)
}

async function sendAll(cases: readonly Case[]): Promise<string[]> {
  const started = performance.now()
  const waiting = cases[Symbol.iterator]()
  const faults: string[] = []
  const work = async (): Promise<void> => {
    for (const asked of waiting) faults.push(...(await send(asked)))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  sending_ms += performance.now() - started
  return faults
}

async function send(asked: Case): Promise<string[]> {
  const { port, key, otherKey } = world
  const answers = await exchange(port, asked.bytes(), asked.options).catch((error: Error) => error)
  if (answers instanceof Error) return [`${asked.name}: ${answers.message}`]
  count(answers)
  const faults = judge(asked, answers, [key.token, otherKey.token])
  return faults.map((fault) => `${asked.name}: ${fault}`)
}

function count(answers: readonly RawAnswer[]): void {
  const status = answers[0]?.status
  outcomes.requests += 1
  if (status === undefined) outcomes.closed += 1
  else if (status >= 500) outcomes.failed += 1
  else if (status >= 400) outcomes.refused += 1
  else outcomes.accepted += 1
}

/** The first of each sort of fault, and how often it came. */
function summaryOf(faults: readonly string[]): string[] {
  const sorts = Object.groupBy(faults, (fault) =>
    fault
      .slice(fault.indexOf(': '))
      .replaceAll(/[0-9A-F]{8,}|\d+/g, '#')
      .slice(0, 60),
  )
  const lines = Object.values(sorts).map((sort = []) => `${sort.length} × ${sort[0]}`)
  return lines.slice(0, SHOWN)
}
