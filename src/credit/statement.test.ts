/** One test a row of the table "Statement entries" of the rules. */
import { describe, expect, test } from 'vitest'
import type { Account } from './account.ts'
import type { Event } from './events.ts'
import { invoiceIdOf } from './invoice.ts'
import { type StatementLine, statementLine } from './statement.ts'
import { ANA, ANA_BUYER, Scenario } from './testing/scenario.ts'

/** The lines that the events make one after the other, the first on an account as it was before. */
function linesOf(before: Account, events: readonly Event[]): StatementLine[] {
  return events.map((event) => statementLine(event, before)).filter((line) => line !== null)
}

function linesAfter(scenario: Scenario, act: () => readonly Event[]): StatementLine[] {
  const before = scenario.account
  return linesOf(before, act())
}

describe('a change of the limit shows with what the tolerance adds to it', () => {
  test.each([
    [10_000n, 9000n, 100_000n, -1100n],
    [9000n, 10_000n, 100_000n, 1100n],
    [10_000n, 9000n, 0n, -1000n],
    [100n, 85n, 100_000n, -17n],
    [85n, 100n, 100_000n, 16n],
  ])('%s → %s at %s millionths: %s', (from, to, tolerance, value) => {
    const scenario = new Scenario(from, {}, tolerance)
    const lines = linesAfter(scenario, () => scenario.events({ type: 'changeLimit', limit: to }))
    expect(lines).toEqual([{ origin: 'Credit', value }])
  })
})

describe('a change of the tolerance shows as part of the limit', () => {
  test.each([
    [5000n, 100_000n, 0n, -500n],
    [5000n, 0n, 100_000n, 500n],
    [5000n, 100_000n, 150_000n, 250n],
  ])('on %s, %s → %s millionths: %s', (limit, from, tolerance, value) => {
    const scenario = new Scenario(limit, {}, from)
    const lines = linesAfter(scenario, () =>
      scenario.events({ type: 'changeTolerance', tolerance }),
    )
    expect(lines).toEqual([{ origin: 'Credit', value }])
  })
})

test('a settlement shows negative, a raise −Δ, a lowering +Δ', () => {
  const scenario = new Scenario(100n)
  const transactionId = scenario.held(60n)
  const change = (total: bigint) =>
    linesAfter(scenario, () => scenario.settle(transactionId, total))
  expect(change(50n)).toEqual([{ origin: 'Invoice', value: -50n }])
  expect(change(60n)).toEqual([{ origin: 'Invoice', value: -10n }])
  expect(change(25n)).toEqual([{ origin: 'Invoice', value: 35n }])
})

test('a refund and a cancelled invoice show positive', () => {
  const scenario = new Scenario(100n)
  const transactionId = scenario.sold(60n, 3)
  const invoiceId = invoiceIdOf(transactionId, 1)
  expect(linesAfter(scenario, () => scenario.refund(transactionId, 15n))).toEqual([
    { origin: 'Invoice', value: 15n },
  ])
  expect(linesAfter(scenario, () => scenario.events({ type: 'cancelInvoice', invoiceId }))).toEqual(
    [{ origin: 'Invoice', value: 20n }],
  )
})

test('a payment shows positive, one taken back negative', () => {
  const scenario = new Scenario(100n)
  const transactionId = scenario.sold(60n)
  expect(linesAfter(scenario, () => scenario.pay(transactionId))).toEqual([
    { origin: 'Payment', value: 60n },
  ])
  expect(linesAfter(scenario, () => scenario.takeBack(transactionId))).toEqual([
    { origin: 'Payment', value: -60n },
  ])
})

test('a manual debit shows as it was sent', () => {
  const scenario = new Scenario(100n)
  const debit = { type: 'debit', statementId: 'S1', value: -30n } as const
  expect(linesAfter(scenario, () => scenario.events(debit))).toEqual([
    { origin: 'Statement', value: -30n },
  ])
})

test('opening, holds, holders, freezing, notes and postponements make no line', () => {
  const scenario = new Scenario(100n, {
    postponementEnabled: true,
    invoicePostponementLimit: 1,
    maxPostponementDays: 10,
  })
  const cancelled = scenario.held(5n)
  const expired = scenario.held(5n, { expiresAt: scenario.now + 1 })
  const part = scenario.held(10n)
  scenario.settle(part, 5n, false)
  const start = scenario.book.entries.length
  const invoiceId = invoiceIdOf(part, 1)
  scenario.events({ type: 'settle', transactionId: part, total: 5n, final: true })
  scenario.events({ type: 'changeTransaction', transactionId: cancelled, value: 4n })
  scenario.events({ type: 'cancelTransaction', transactionId: cancelled })
  scenario.events({ type: 'addHolder', holderId: 'h', email: 'bruno@exemplo.com.br' })
  scenario.events({ type: 'removeHolder', holderId: 'h' })
  scenario.events({ type: 'freezeAccount', frozen: true, reason: 'late' })
  scenario.events({ type: 'freezeAccount', frozen: false, reason: 'paid' })
  scenario.events({ type: 'changeInvoice', invoiceId, observation: 'x', mayPay: false })
  scenario.events({ type: 'postponeInvoice', invoiceId, days: 5 })
  scenario.events({ type: 'changeAccount', ...ANA_BUYER, email: 'ana@outra.com.br' })
  scenario.wait(1)
  scenario.events({ type: 'expire' })
  expect(scenario.transaction(expired).status).toBe('Expired')
  const [opened, ...rest] = scenario.book.entriesOf(ANA)
  const quiet = [opened, ...rest.slice(start - 1)].flatMap((entry) => (entry ? [entry.event] : []))
  expect(quiet).toHaveLength(12)
  expect(linesOf(scenario.account, quiet)).toEqual([])
})

test('limit and tolerance changed at once: each line stands on what was before its own entry', () => {
  const scenario = new Scenario(10_000n, {}, 100_000n)
  const lines: StatementLine[] = []
  let before = scenario.account
  const events = scenario.events({ type: 'changeAccount', limit: 9000n, tolerance: 0n })
  for (const event of events) {
    lines.push(...linesOf(before, [event]))
    if (event.type === 'LimitChanged') before = { ...before, limit: event.to }
  }
  expect(lines.map(({ value }) => value)).toEqual([-1100n, -900n])
})
