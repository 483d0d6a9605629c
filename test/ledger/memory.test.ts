/**
 * What a lane remembers of its accounts: it saves the look-up and the lock, and decides nothing that
 * another writer has made untrue meanwhile.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Command } from '../../src/credit/commands.ts'
import type { Writer } from '../../src/ledger/writer.ts'
import { DatabaseProxy } from './proxy.ts'
import {
  createLedger,
  hold,
  keyed,
  newId,
  opening,
  outcomeOf,
  outcomesOf,
  type TestLedger,
  tally,
} from './support.ts'

/** A memory lasts for some milliseconds (PROVEN_MS): on a slow machine not every round meets it. */
const ROUNDS = 12

let ledger: TestLedger
let proxy: DatabaseProxy
/** The prepared statements that the writer behind the proxy used. */
let sent: string[]
/** The one that remembers, and another process. */
let writer: Writer
let other: Writer

beforeAll(async () => {
  ledger = await createLedger()
})
afterAll(async () => {
  expect(await ledger.drift()).toEqual([])
  await ledger.close()
})
beforeEach(async () => {
  proxy = await DatabaseProxy.before(ledger.url)
  sent = []
  const prepared = new Map<string, string>()
  proxy.judge = ({ type, text }) => {
    const [first = '', second = ''] = text.split('\0')
    if (type === 'P') prepared.set(first, second)
    if (type === 'B') sent.push(prepared.get(second) ?? '')
    return 'pass'
  }
  writer = ledger.writer({ url: proxy.url, lanes: 1, pause_ms: 0 })
  other = ledger.writer({ lanes: 1, pause_ms: 0 })
})
afterEach(async () => {
  await Promise.all([writer.close(), other.close()])
  await proxy.close()
})

let opened = 0

async function open(limit: bigint, tolerance: bigint = 0n): Promise<string> {
  opened += 1
  const account = `memory${opened}`
  const command = opening(account, limit, { tolerance })
  expect(await outcomeOf(other.submit(ledger.on(account, command)))).toBe('done')
  return account
}

const by = (who: Writer, account: string, command: Command) =>
  outcomeOf(who.submit(ledger.on(account, command)))

/** How many batches looked for their accounts and locked them, and how many did neither. */
function batches(): { locked: number; remembered: number } {
  const found = { locked: 0, remembered: 0 }
  for (const statement of sent) {
    if (/for update of a/.test(statement)) found.locked += 1
    if (/changed as|known \(store_id, account_id, seq\)/.test(statement)) found.remembered += 1
  }
  return found
}

test('an authorization right after another on its account takes one flight and no lock', async () => {
  const account = await open(1_000n)
  for (let round = 0; round < ROUNDS; round += 1) {
    expect(await by(writer, account, hold(1n))).toBe('done')
  }
  const { locked, remembered } = batches()
  expect(locked + remembered).toBe(ROUNDS)
  expect(remembered).toBeGreaterThan(0)
})

describe('what another writer changed meanwhile decides', () => {
  const cases: [string, (account: string) => Command, bigint, bigint, string][] = [
    ['a lower limit', () => ({ type: 'changeLimit', limit: 1n }), 100n, 1n, 'insufficient-credit'],
    ['a higher limit', () => ({ type: 'changeLimit', limit: 100n }), 1n, 99n, 'done'],
    [
      'a freeze',
      () => ({ type: 'freezeAccount', frozen: true, reason: 'late' }),
      100n,
      1n,
      'account-frozen',
    ],
    ['an authorization', () => hold(99n), 100n, 1n, 'insufficient-credit'],
    [
      'a debit',
      () => ({ type: 'debit', statementId: newId(), value: -99n }),
      100n,
      1n,
      'insufficient-credit',
    ],
  ]
  test.each(cases)('%s', async (_name, change, limit, value, expected) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const account = await open(limit)
      expect(await by(writer, account, hold(1n))).toBe('done')
      expect(await by(other, account, change(account))).toBe('done')
      expect(await by(writer, account, hold(value))).toBe(expected)
    }
    expect(batches().remembered).toBeGreaterThan(0)
  })

  test('a hold that gave its credit back, though the memory would refuse', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const account = await open(10n)
      const first = hold(10n)
      expect(await by(writer, account, first)).toBe('done')
      expect(await by(writer, account, hold(1n))).toBe('insufficient-credit')
      const { transactionId } = first
      expect(await by(other, account, { type: 'cancelTransaction', transactionId })).toBe('done')
      expect(await by(writer, account, hold(10n))).toBe('done')
    }
    expect(batches().remembered).toBeGreaterThan(0)
  })

  test('the configuration of the store', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const account = await open(100n, 100_000n)
      await ledger.configure({ toleranceEnabled: false })
      expect(await by(writer, account, hold(100n))).toBe('done')
      await ledger.configure({ toleranceEnabled: true })
      expect(await by(writer, account, hold(5n))).toBe('done')
      await ledger.configure({ toleranceEnabled: false })
      expect(await by(writer, account, hold(5n))).toBe('insufficient-credit')
    }
    expect(batches().remembered).toBeGreaterThan(0)
  })

  test('of the clock, too: a hold that expired gives its credit back', async () => {
    const account = await open(10n)
    const expiresAt = ledger.clock.now + 60_000
    expect(await by(writer, account, hold(10n, { expiresAt }))).toBe('done')
    expect(await by(writer, account, hold(1n))).toBe('insufficient-credit')
    ledger.clock.now = expiresAt
    expect(await by(writer, account, hold(10n))).toBe('done')
  })
})

describe('an Idempotency-Key', () => {
  const holdWith = (key: string, account: string) =>
    ledger.on(account, hold(1n), keyed(key, account, `${account} ${key}`))

  test('has one effect, also where its account is remembered', async () => {
    const account = await open(100n)
    for (let round = 0; round < ROUNDS; round += 1) {
      const key = `once ${round}`
      expect(await outcomeOf(writer.submit(holdWith(key, account)))).toBe('done')
      expect(await outcomeOf(writer.submit(holdWith(key, account)))).toBe('replayed')
      expect(await outcomeOf(other.submit(holdWith(key, account)))).toBe('replayed')
    }
    expect(await by(writer, account, hold(BigInt(100 - ROUNDS)))).toBe('done')
    expect(await by(writer, account, hold(1n))).toBe('insufficient-credit')
    expect(batches().remembered).toBeGreaterThan(0)
  })

  test('answers again what is refused by now', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const account = await open(100n)
      const expiresAt = ledger.clock.now + 1
      const key = keyed(`late ${round}`, account)
      const once = ledger.on(account, hold(1n, { expiresAt }), key)
      expect(await outcomeOf(other.submit(once))).toBe('done')
      expect(await by(writer, account, hold(1n))).toBe('done')
      ledger.clock.now = expiresAt
      expect(await by(writer, account, hold(1n))).toBe('done')
      expect(await outcomeOf(writer.submit(once))).toBe('replayed')
    }
    expect(batches().remembered).toBeGreaterThan(0)
  })

  test('that another writer used for another account is refused', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const [mine, theirs] = await Promise.all([open(100n), open(100n)])
      const key = `theirs ${round}`
      expect(await by(writer, mine, hold(1n))).toBe('done')
      expect(await outcomeOf(other.submit(holdWith(key, theirs)))).toBe('done')
      expect(await outcomeOf(writer.submit(holdWith(key, mine)))).toBe('key-reused')
    }
    expect(batches().remembered).toBeGreaterThan(0)
  })
})

test('two writers that remember the same accounts pass no limit, and lose no credit', async () => {
  const accounts = await Promise.all([open(100n), open(150n), open(3n)])
  const outcomes = new Map<string, string[]>()
  for (let round = 0; round < ROUNDS; round += 1) {
    const rush = accounts.flatMap((account) =>
      [writer, other].flatMap((who) =>
        Array.from({ length: 8 }, () => ({
          account,
          result: who.submit(ledger.on(account, hold(1n))),
        })),
      ),
    )
    for (const { account, result } of rush) {
      outcomes.set(account, [...(outcomes.get(account) ?? []), await outcomeOf(result)])
    }
  }
  const [large, larger, small] = accounts.map((account) => tally(outcomes.get(account) ?? []))
  expect(large).toEqual({ done: 100, 'insufficient-credit': 16 * ROUNDS - 100 })
  expect(larger).toEqual({ done: 150, 'insufficient-credit': 16 * ROUNDS - 150 })
  expect(small).toEqual({ done: 3, 'insufficient-credit': 16 * ROUNDS - 3 })
  expect(batches().remembered).toBeGreaterThan(0)
})

test('after a conflict nothing is remembered for a while', async () => {
  const careful = ledger.writer({ url: proxy.url, lanes: 1, pause_ms: 60_000 })
  for (let round = 0; round < ROUNDS; round += 1) {
    const account = await open(100n)
    await outcomesOf([careful.submit(ledger.on(account, hold(1n)))])
    expect(await by(other, account, hold(1n))).toBe('done')
    expect(await by(careful, account, hold(1n))).toBe('done')
  }
  // At most the one that conflicted: all others asked.
  expect(batches().remembered).toBeLessThanOrEqual(1)
})
