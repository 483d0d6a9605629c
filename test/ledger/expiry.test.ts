/** Holds that expire, the sweeper, and servers whose clocks do not agree. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KEY_LIFETIME_DAYS, startSweeper, sweep } from '../../src/ledger/sweeper.ts'
import type { Writer } from '../../src/ledger/writer.ts'
import { Clock, DAY_MS } from '../support/server.ts'
import {
  createLedger,
  hold,
  keyed,
  opening,
  outcomeOf,
  outcomesOf,
  settlement,
  type TestLedger,
  tally,
} from './support.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

let ledger: TestLedger
let writer: Writer

beforeAll(async () => {
  ledger = await createLedger()
  writer = ledger.writer()
})
afterAll(async () => {
  expect(await ledger.drift()).toEqual([])
  await ledger.close()
})

async function open(name: string, limit?: bigint): Promise<string> {
  expect(await outcomeOf(writer.submit(ledger.on(name, opening(name, limit))))).toBe('done')
  return name
}

function expire(accountId: string) {
  return writer.submit(ledger.on(accountId, { type: 'expire' }))
}

interface Row {
  held: bigint
  seq: bigint
  next_expiry: Date | null
  earliest: Date | null
}

/** The account as it is stored, and the first expiry of its live holds. */
async function stored(accountId: string): Promise<Row> {
  const [row] = await ledger.sql<Row[]>`
    select held, seq, next_expiry, (
      select min(expires_at) from transaction t
      where t.account_id = a.account_id and t.held > 0) as earliest
    from account a where account_id = ${accountId}`
  if (!row) throw new Error(`There is no ${accountId}`)
  return row
}

describe('a hold', () => {
  test('gives its credit back at its instant, and not before', async () => {
    const account = await open('instant', 100n)
    const expiresAt = ledger.clock.now + HOUR_MS
    await writer.submit(ledger.on(account, hold(100n, { expiresAt })))
    const one = () => outcomeOf(writer.submit(ledger.on(account, hold(1n))))

    ledger.clock.now = expiresAt - 1
    expect(await one()).toBe('insufficient-credit')
    ledger.clock.now = expiresAt
    expect(await one()).toBe('done')
    expect(await stored(account)).toMatchObject({ held: 1n, seq: 4n })
  })

  test('expires before the commands of a batch, each of which sees it gone', async () => {
    const account = await open('batched', 100n)
    const command = hold(100n, { expiresAt: ledger.clock.now + HOUR_MS })
    const { transactionId } = command
    await writer.submit(ledger.on(account, command))
    ledger.clock.advance(HOUR_MS)
    const results = [
      settlement(transactionId, 10n),
      { type: 'changeTransaction', transactionId, value: 10n } as const,
      { type: 'cancelTransaction', transactionId } as const,
      hold(100n),
      { type: 'expire' } as const,
    ].map((one) => writer.submit(ledger.on(account, one)))
    expect(await outcomesOf(results)).toEqual([
      ...['transaction-ended', 'transaction-ended', 'done', 'done', 'done'],
    ])
    expect(await stored(account)).toMatchObject({ held: 100n, seq: 4n })
  })

  test('that was settled in part gives its rest back', async () => {
    const account = await open('rest', 100n)
    const command = hold(100n, { expiresAt: ledger.clock.now + HOUR_MS })
    await writer.submit(ledger.on(account, command))
    await writer.submit(ledger.on(account, settlement(command.transactionId, 40n, false)))
    ledger.clock.advance(HOUR_MS)
    await expire(account)
    expect(await stored(account)).toMatchObject({ held: 0n, next_expiry: null })
    const more = (total: bigint) => ledger.on(account, settlement(command.transactionId, total))
    expect(await outcomeOf(writer.submit(more(101n)))).toBe('growth-exceeded')
    expect(await outcomeOf(writer.submit(more(50n)))).toBe('done')
  })

  test('is recorded by whoever comes, though the command itself is refused', async () => {
    const account = await open('refused', 100n)
    await writer.submit(ledger.on(account, hold(100n, { expiresAt: ledger.clock.now + 1 })))
    ledger.clock.advance(1)
    const refused = writer.submit(ledger.on(account, hold(101n)))
    expect(await outcomeOf(refused)).toBe('insufficient-credit')
    expect(await stored(account)).toMatchObject({ held: 0n, next_expiry: null, seq: 3n })
  })

  test('of many is told apart at every instant', async () => {
    const account = await open('many', 1_000_000n)
    const start = ledger.clock.now
    // Several expire at the same instant, and none at most of them.
    const lives = Array.from({ length: 200 }, (_, index) => 1 + ((index * 37) % 61))
    const commands = lives.map((minutes) =>
      hold(BigInt(minutes), { expiresAt: start + minutes * MINUTE_MS }),
    )
    await outcomesOf(commands.map((command) => writer.submit(ledger.on(account, command))))
    const gone = new Set<number>()
    for (let minute = 0; minute <= 61; minute += 1) {
      ledger.clock.now = start + minute * MINUTE_MS
      // Some end before their time, so that the bound on the next expiry is too early.
      const index = lives.findIndex((life, at) => life > minute && at % 3 === 0 && !gone.has(at))
      const { transactionId } = commands[index] ?? {}
      if (transactionId !== undefined && minute % 2 === 0) {
        gone.add(index)
        await writer.submit(ledger.on(account, { type: 'cancelTransaction', transactionId }))
      } else {
        await expire(account)
      }
      const live = lives.filter((life, at) => life > minute && !gone.has(at))
      const row = await stored(account)
      expect(row.held).toBe(BigInt(live.reduce((sum, life) => sum + life, 0)))
      if (live.length === 0) expect(row.next_expiry).toBeNull()
      else expect(row.next_expiry?.getTime()).toBeLessThanOrEqual(row.earliest?.getTime() ?? 0)
      expect(row.earliest?.getTime() ?? Number.POSITIVE_INFINITY).toBeGreaterThan(ledger.clock.now)
    }
  })

  test('that was cancelled leaves no entry when its instant comes', async () => {
    const account = await open('bound', 100n)
    const early = hold(10n, { expiresAt: ledger.clock.now + HOUR_MS })
    await writer.submit(ledger.on(account, early))
    await writer.submit(ledger.on(account, hold(20n, { expiresAt: ledger.clock.now + DAY_MS })))
    const { transactionId } = early
    await writer.submit(ledger.on(account, { type: 'cancelTransaction', transactionId }))
    const { seq } = await stored(account)
    ledger.clock.advance(HOUR_MS)
    await expire(account)
    const row = await stored(account)
    expect(row).toMatchObject({ held: 20n, seq })
    expect(row.next_expiry).toEqual(row.earliest)
  })
})

describe('the sweeper', () => {
  test('records the expiries that nobody touched, and nothing else', async () => {
    const due = await Promise.all(['a', 'b', 'c'].map((name) => open(`due-${name}`)))
    const live = await open('live')
    const before = ledger.clock.now
    for (const account of due) {
      await writer.submit(ledger.on(account, hold(5n, { expiresAt: before + HOUR_MS })))
    }
    await writer.submit(ledger.on(live, hold(5n, { expiresAt: before + 2 * HOUR_MS })))
    ledger.clock.advance(HOUR_MS)
    await sweep(ledger.sql, writer, ledger.clock.now)
    for (const account of due) expect(await stored(account)).toMatchObject({ held: 0n, seq: 3n })
    expect(await stored(live)).toMatchObject({ held: 5n, seq: 2n })
    expect(await sweep(ledger.sql, writer, ledger.clock.now)).toBe(0)
    const entries = await ledger.sql<{ done_by: string }[]>`
      select done_by from entry where kind = 'TransactionExpired' and account_id like 'due-%'`
    expect(entries.map(({ done_by }) => done_by)).toEqual(['fiado', 'fiado', 'fiado'])
  })

  test('of several servers records each expiry once', async () => {
    const accounts = await Promise.all(
      Array.from({ length: 20 }, (_, index) => open(`shared-${index}`)),
    )
    for (const account of accounts) {
      const expiresAt = ledger.clock.now + HOUR_MS
      await writer.submit(ledger.on(account, hold(5n, { expiresAt })))
    }
    ledger.clock.advance(HOUR_MS)
    const others = [ledger.writer(), ledger.writer(), writer]
    await Promise.all(others.map((other) => sweep(ledger.sql, other, ledger.clock.now)))
    for (const account of accounts) {
      expect(await stored(account)).toMatchObject({ held: 0n, seq: 3n })
    }
  })

  test('forgets the keys that are older than their lifetime, and only those', async () => {
    const account = await open('keys')
    const ages = [
      ...[0, 1, 6.99, 7, 7.5].map((days) => days * DAY_MS),
      KEY_LIFETIME_DAYS * DAY_MS,
      KEY_LIFETIME_DAYS * DAY_MS + 1,
      ...[8.01, 9, 400].map((days) => days * DAY_MS),
    ]
    const now = ledger.clock.now + 500 * DAY_MS
    for (const age of [...ages].reverse()) {
      ledger.clock.now = now - age
      await writer.submit(ledger.on(account, hold(1n), keyed(`${age}`, account)))
    }
    ledger.clock.now = now
    await sweep(ledger.sql, writer, now)
    const kept = await ledger.sql<{ key: string }[]>`
      select idempotency_key as key from idempotency where account_id = ${account}`
    const young = ages.filter((age) => age <= KEY_LIFETIME_DAYS * DAY_MS).map(String)
    expect(kept.map(({ key }) => key).sort()).toEqual(young.sort())
  })

  test('goes on when one of its tasks fails, and ends when it is told to', async () => {
    let runs = 0
    const errors: unknown[] = []
    const stop = startSweeper(
      async () => {
        runs += 1
        throw new Error('a fault')
      },
      5,
      (error) => errors.push(error),
    )
    await expect.poll(() => runs).toBeGreaterThanOrEqual(3)
    await stop()
    const { length } = errors
    expect(length).toBe(runs)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(runs).toBe(length)
  })
})

describe('two servers with clocks an hour apart', () => {
  test('pass no limit and never write out of order', async () => {
    const account = await open('apart', 100n)
    const [slow, fast] = [new Clock(), new Clock()]
    slow.now = ledger.clock.now
    fast.now = ledger.clock.now + HOUR_MS
    const writers = [ledger.writer({ now: slow.read }), ledger.writer({ now: fast.read })]
    const outcomes: string[] = []
    for (let round = 0; round < 40; round += 1) {
      const results = writers.flatMap((one, index) => {
        const now = (index === 0 ? slow : fast).now
        // Some lives are shorter than the hour between the clocks.
        const lives = [20 * MINUTE_MS, 50 * MINUTE_MS, 90 * MINUTE_MS]
        return lives.map((life, at) => {
          const expiresAt = now + life
          return one.submit(ledger.on(account, hold(BigInt(10 + at * 7), { expiresAt })))
        })
      })
      outcomes.push(...(await outcomesOf(results)))
      for (const clock of [slow, fast]) clock.advance(7 * MINUTE_MS)
    }
    expect(Object.keys(tally(outcomes)).sort()).toEqual([
      ...['done', 'insufficient-credit', 'invalid-input'],
    ])
    const [row] = await ledger.sql<{ most: bigint; disorder: number; expired: number }[]>`
      select max(owed + held) as most,
        count(*) filter (where kind = 'TransactionExpired')::integer as expired,
        count(*) filter (where at < before)::integer as disorder
      from (select *, lag(at) over (order by seq) as before from entry
        where account_id = ${account}) entries`
    expect(row?.most).toBeLessThanOrEqual(100n)
    expect(row?.most).toBeGreaterThan(80n)
    expect(row?.expired).toBeGreaterThan(10)
    expect(row?.disorder).toBe(0)
  })

  test('agree on what has expired, whichever of them looks', async () => {
    const account = await open('agree', 100n)
    const expiresAt = ledger.clock.now + 30 * MINUTE_MS
    await writer.submit(ledger.on(account, hold(100n, { expiresAt })))
    const fast = ledger.writer({ now: () => ledger.clock.now + HOUR_MS })
    expect(await outcomeOf(fast.submit(ledger.on(account, hold(60n))))).toBe('done')
    expect(await outcomeOf(writer.submit(ledger.on(account, hold(60n))))).toBe(
      'insufficient-credit',
    )
    expect(await outcomeOf(writer.submit(ledger.on(account, hold(40n))))).toBe('done')
  })
})
