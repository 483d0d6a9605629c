/** The rules of "Transactions", one by one. */
import { describe, expect, test } from 'vitest'
import { availableCredit } from './account.ts'
import type { CommandOf } from './commands.ts'
import { invoiceIdOf } from './invoice.ts'
import { MAX_AMOUNT, MAX_OWED, MAX_RATE } from './money.ts'
import { ANA, ANA_BUYER, BRUNO_BUYER, DAY_MS, Scenario } from './testing/scenario.ts'
import { MAX_INVOICES, statusAt } from './transaction.ts'

const GROWS = { maxPreAuthorizationGrowthRate: 100_000n }

function change(
  transactionId: string,
  changes: Partial<CommandOf<'changeTransaction'>>,
): CommandOf<'changeTransaction'> {
  return { ...changes, type: 'changeTransaction', transactionId }
}

function cancel(transactionId: string): CommandOf<'cancelTransaction'> {
  return { type: 'cancelTransaction', transactionId }
}

function settlement(transactionId: string, total: bigint, final = true): CommandOf<'settle'> {
  return { type: 'settle', transactionId, total, final }
}

describe('authorizing', () => {
  test('holds the value, and owes nothing yet', () => {
    const scenario = new Scenario(100n)
    const id = scenario.held(40n, { installments: 3, orderId: 'O1', conditionId: 'C1' })
    expect(scenario.account).toMatchObject({ held: 40n, owed: 0n })
    expect(scenario.transaction(id)).toMatchObject({
      status: 'Authorized',
      value: 40n,
      firstValue: 40n,
      held: 40n,
      settled: 0n,
      refunded: 0n,
      installments: 3,
      orderId: 'O1',
      conditionId: 'C1',
    })
  })

  test('settle: true lives 30 days and ignores the expiration date', () => {
    const scenario = new Scenario(100n)
    for (const expiresAt of [scenario.now + DAY_MS, scenario.now - DAY_MS, null]) {
      const id = scenario.held(10n, { settle: true, expiresAt })
      expect(scenario.transaction(id).expiresAt).toBe(scenario.now + 30 * DAY_MS)
    }
  })

  test('settle: false expires at its expiration date, or after 30 days', () => {
    const scenario = new Scenario(100n)
    const soon = scenario.held(10n, { expiresAt: scenario.now + 1 })
    const late = scenario.held(10n, { expiresAt: scenario.now + 400 * DAY_MS })
    const unsaid = scenario.held(10n)
    expect(scenario.transaction(soon).expiresAt).toBe(scenario.now + 1)
    expect(scenario.transaction(late).expiresAt).toBe(scenario.now + 400 * DAY_MS)
    expect(scenario.transaction(unsaid).expiresAt).toBe(scenario.now + 30 * DAY_MS)
  })

  test.each([0, -1, -DAY_MS])('an expiration date %i ms from now is refused', (fromNow) => {
    const scenario = new Scenario(100n)
    const hold = scenario.hold(10n, { expiresAt: scenario.now + fromNow })
    expect(scenario.refusal(hold)).toMatchObject({
      reason: 'invalid-input',
      facts: { pointer: '/expirationDate' },
    })
  })
})

describe('an account that opens by itself', () => {
  const AUTOMATIC = { automaticCheckingAccountCreationEnabled: true, defaultCreditValue: 50n }

  test('is opened by the first authorization of a buyer, with the default credit', () => {
    const scenario = new Scenario(undefined, AUTOMATIC)
    const types = scenario.events(scenario.hold(50n, { buyer: ANA_BUYER })).map(({ type }) => type)
    expect(types).toEqual(['AccountOpened', 'TransactionAuthorized'])
    expect(scenario.account).toMatchObject({ ...ANA_BUYER, limit: 50n, tolerance: 0n, held: 50n })
  })

  test('is not opened for more than the default credit: a refusal changes nothing', () => {
    const scenario = new Scenario(undefined, AUTOMATIC)
    const refusal = scenario.refusal(scenario.hold(51n, { buyer: ANA_BUYER }))
    expect(refusal.facts).toEqual({ value: 51n, spendable: 50n, shortfall: 1n })
    expect(scenario.book.stateOf(ANA)).toBeUndefined()
  })

  test('is not opened where the store does not want it, nor for nobody', () => {
    const off = new Scenario(undefined, { defaultCreditValue: 50n })
    expect(off.refusal(off.hold(1n, { buyer: ANA_BUYER })).reason).toBe('account-not-found')
    const on = new Scenario(undefined, AUTOMATIC)
    expect(on.refusal(on.hold(1n)).reason).toBe('account-not-found')
  })

  test('is not opened for a buyer who has one', () => {
    const scenario = new Scenario(100n, AUTOMATIC)
    const hold = scenario.hold(1n, { buyer: { ...BRUNO_BUYER, email: ANA_BUYER.email } })
    expect(scenario.refusal(hold, 'bruno')).toMatchObject({
      reason: 'account-already-open',
      facts: { accountId: ANA, conflict: 'email' },
    })
  })

  test('is not opened for a holder who is somebody else', () => {
    const scenario = new Scenario(undefined, AUTOMATIC)
    const hold = scenario.hold(1n, { buyer: ANA_BUYER, holder: BRUNO_BUYER.email })
    expect(scenario.refusal(hold).reason).toBe('not-a-holder')
    expect(scenario.book.stateOf(ANA)).toBeUndefined()
  })
})

describe('expiry', () => {
  test('gives the credit back at that very instant, though no sweeper has run', () => {
    const scenario = new Scenario(100n)
    const id = scenario.held(100n, { expiresAt: scenario.now + 1000 })
    scenario.wait(999)
    expect(scenario.refusal(scenario.hold(1n)).reason).toBe('insufficient-credit')
    expect(statusAt(scenario.transaction(id), scenario.now)).toBe('Authorized')
    scenario.wait(1)
    expect(statusAt(scenario.transaction(id), scenario.now)).toBe('Expired')
    scenario.held(100n)
    expect(scenario.transaction(id)).toMatchObject({ status: 'Expired', held: 0n })
  })

  test('is recorded once, by a sweeper or by any command', () => {
    const scenario = new Scenario(100n)
    scenario.held(10n, { expiresAt: scenario.now + 1000 })
    scenario.wait(DAY_MS)
    scenario.events({ type: 'expire' })
    scenario.events({ type: 'expire' })
    const types = scenario.book.entries.map(({ event }) => event.type)
    expect(types).toEqual(['AccountOpened', 'TransactionAuthorized', 'TransactionExpired'])
    expect(scenario.account).toMatchObject({ held: 0n, nextExpiry: null })
  })

  test('of the rest of a hold leaves what was settled of it', () => {
    const scenario = new Scenario(100n)
    const id = scenario.held(60n, { expiresAt: scenario.now + 1000 })
    scenario.settle(id, 20n, false)
    scenario.wait(1000)
    scenario.events({ type: 'expire' })
    expect(scenario.transaction(id)).toMatchObject({ status: 'Settled', settled: 20n, held: 0n })
    expect(scenario.account).toMatchObject({ owed: 20n, held: 0n })
  })
})

describe('changing', () => {
  test('value, settle and installments while nothing is settled', () => {
    const scenario = new Scenario(100n)
    const id = scenario.held(50n)
    scenario.events(change(id, { value: 30n, settle: true, installments: 4 }))
    expect(scenario.transaction(id)).toMatchObject({
      value: 30n,
      held: 30n,
      settle: true,
      installments: 4,
    })
    expect(scenario.account.held).toBe(30n)
    expect(scenario.events(change(id, { value: 30n, settle: true, installments: 4 }))).toEqual([])
  })

  test('not once something is settled, cancelled or expired', () => {
    const scenario = new Scenario(100n)
    const settled = scenario.held(20n)
    scenario.settle(settled, 5n, false)
    expect(scenario.refusal(change(settled, { value: 10n }))).toEqual({
      reason: 'transaction-settled',
      facts: { transactionId: settled, settled: 5n },
    })
    const cancelled = scenario.held(20n)
    scenario.events(cancel(cancelled))
    const expired = scenario.held(20n, { expiresAt: scenario.now + 1 })
    scenario.wait(1)
    for (const [transactionId, status] of [
      [cancelled, 'Cancelled'],
      [expired, 'Expired'],
    ] as const) {
      expect(scenario.refusal(change(transactionId, { value: 10n }))).toEqual({
        reason: 'transaction-ended',
        facts: { transactionId, status },
      })
    }
  })

  test('the value grows to the first value × (1 + growth rate), rounded down', () => {
    const scenario = new Scenario(1000n, GROWS)
    const id = scenario.held(99n)
    expect(scenario.refusal(change(id, { value: 109n }))).toEqual({
      reason: 'growth-exceeded',
      facts: { value: 109n, most: 108n },
    })
    scenario.events(change(id, { value: 108n }))
    expect(scenario.account.held).toBe(108n)
    expect(scenario.refusal(change(id, { value: 109n })).reason).toBe('growth-exceeded')
  })

  test('growth is measured against the first value, not the present one', () => {
    const scenario = new Scenario(1000n, GROWS)
    const id = scenario.held(100n)
    scenario.events(change(id, { value: 50n }))
    scenario.events(change(id, { value: 110n }))
    expect(scenario.refusal(change(id, { value: 111n })).facts).toMatchObject({ most: 110n })
  })

  test('a value once grown to stays, where the rate was lowered since', () => {
    const scenario = new Scenario(1000n, GROWS)
    const id = scenario.held(100n)
    scenario.events(change(id, { value: 110n }))
    scenario.book.configure({ maxPreAuthorizationGrowthRate: 0n })
    expect(scenario.events(change(id, { value: 110n }))).toEqual([])
    expect(scenario.refusal(change(id, { value: 111n })).facts).toMatchObject({ most: 110n })
  })

  test('the growth must be spendable', () => {
    const scenario = new Scenario(105n, GROWS)
    const id = scenario.held(100n)
    expect(scenario.refusal(change(id, { value: 106n }))).toEqual({
      reason: 'insufficient-credit',
      facts: { value: 6n, spendable: 5n, shortfall: 1n },
    })
    scenario.events(change(id, { value: 105n }))
    expect(availableCredit(scenario.account)).toBe(0n)
  })

  test('the expiry moves with settle: false only, and never to the past', () => {
    const scenario = new Scenario(100n)
    const id = scenario.held(10n, { expiresAt: scenario.now + DAY_MS })
    scenario.events(change(id, { expiresAt: scenario.now + 2 * DAY_MS }))
    expect(scenario.transaction(id).expiresAt).toBe(scenario.now + 2 * DAY_MS)
    expect(scenario.refusal(change(id, { expiresAt: scenario.now }))).toMatchObject({
      facts: { pointer: '/expirationDate' },
    })
    scenario.events(change(id, { settle: true, expiresAt: scenario.now - 1 }))
    expect(scenario.transaction(id).expiresAt).toBe(scenario.now + 30 * DAY_MS)
    expect(scenario.events(change(id, { expiresAt: scenario.now + DAY_MS }))).toEqual([])
  })

  test('an expiry brought forward is kept', () => {
    const scenario = new Scenario(100n)
    const id = scenario.held(10n)
    scenario.events(change(id, { expiresAt: scenario.now + 1000 }))
    scenario.wait(1000)
    scenario.events({ type: 'expire' })
    expect(scenario.transaction(id).status).toBe('Expired')
  })
})

describe('cancelling', () => {
  test('gives back the hold with settle: false', () => {
    const scenario = new Scenario(100n)
    const id = scenario.held(40n)
    scenario.events(cancel(id))
    expect(scenario.transaction(id)).toMatchObject({ status: 'Cancelled', held: 0n })
    expect(scenario.account).toMatchObject({ held: 0n, nextExpiry: null })
  })

  test('is refused with settle: true, until a change sets it to false', () => {
    const scenario = new Scenario(100n)
    const id = scenario.held(40n, { settle: true })
    expect(scenario.refusal(cancel(id))).toEqual({
      reason: 'transaction-to-be-settled',
      facts: { transactionId: id },
    })
    scenario.events(change(id, { settle: false }))
    scenario.events(cancel(id))
    expect(scenario.account.held).toBe(0n)
  })

  test('of what is cancelled or expired changes nothing', () => {
    const scenario = new Scenario(100n)
    const cancelled = scenario.held(40n)
    const expired = scenario.held(40n, { expiresAt: scenario.now + 1 })
    scenario.events(cancel(cancelled))
    scenario.wait(1)
    expect(scenario.events(cancel(cancelled))).toEqual([])
    expect(scenario.events(cancel(expired))).toEqual([])
    expect(scenario.account.held).toBe(0n)
    scenario.events({ type: 'closeAccount' })
    expect(scenario.events(cancel(cancelled))).toEqual([])
  })

  test('is refused once something is settled', () => {
    const scenario = new Scenario(100n)
    const id = scenario.held(40n)
    scenario.settle(id, 10n, false)
    expect(scenario.refusal(cancel(id))).toEqual({
      reason: 'transaction-settled',
      facts: { transactionId: id, settled: 10n },
    })
  })
})

describe('settling', () => {
  test('makes the invoices and releases the rest of the hold', () => {
    const scenario = new Scenario(100n)
    const id = scenario.held(60n, { installments: 3, orderId: 'O1' })
    scenario.settle(id, 50n)
    expect(scenario.billed(id)).toEqual(['1 Opened 17', '2 Opened 17', '3 Opened 16'])
    expect(scenario.account).toMatchObject({ owed: 50n, held: 0n })
    expect(scenario.transaction(id)).toMatchObject({ status: 'Settled', settled: 50n, held: 0n })
  })

  test('invoice k is due k × 30 days later, with its ids', () => {
    const scenario = new Scenario(100n)
    const id = scenario.sold(30n, 2)
    const facts = scenario.invoices(id).map(({ dueAt, friendlyId, installments, settlement }) => ({
      days: (dueAt - scenario.now) / DAY_MS,
      friendlyId,
      installments,
      settlement,
    }))
    expect(facts).toEqual([
      { days: 30, friendlyId: 'ABCD1234-1', installments: 2, settlement: 1 },
      { days: 60, friendlyId: 'ABCD1234-2', installments: 2, settlement: 1 },
    ])
  })

  test('final: false keeps the rest, for the next shipment', () => {
    const scenario = new Scenario(60n)
    const id = scenario.held(60n, { installments: 2 })
    scenario.settle(id, 20n, false)
    expect(scenario.account).toMatchObject({ owed: 20n, held: 40n })
    scenario.settle(id, 50n, false)
    expect(scenario.account).toMatchObject({ owed: 50n, held: 10n })
    expect(scenario.billed(id)).toEqual([
      '1 Opened 10',
      '2 Opened 10',
      '3 Opened 15',
      '4 Opened 15',
    ])
    expect(scenario.invoices(id).map(({ settlement }) => settlement)).toEqual([1, 1, 2, 2])
  })

  test('repeating it changes nothing', () => {
    const scenario = new Scenario(100n)
    const id = scenario.held(60n)
    scenario.settle(id, 20n)
    const before = scenario.state
    expect(scenario.settle(id, 20n)).toEqual([])
    expect(scenario.settle(id, 20n, false)).toEqual([])
    expect(scenario.state).toBe(before)
  })

  test('the same total, now final, releases the rest', () => {
    const scenario = new Scenario(100n)
    const id = scenario.held(60n)
    scenario.settle(id, 20n, false)
    expect(scenario.settle(id, 20n)).toMatchObject([{ type: 'HoldReleased', released: 40n }])
    expect(scenario.account).toMatchObject({ owed: 20n, held: 0n })
  })

  test('fewer units than instalments make as many invoices as units', () => {
    const scenario = new Scenario(100n)
    const id = scenario.sold(2n, 5)
    expect(scenario.billed(id)).toEqual(['1 Opened 1', '2 Opened 1'])
  })

  test('nothing is not to be settled', () => {
    const scenario = new Scenario(100n)
    const id = scenario.held(60n)
    expect(scenario.refusal(settlement(id, 0n))).toEqual({
      reason: 'nothing-to-settle',
      facts: { transactionId: id },
    })
  })

  test('what is cancelled or expired must be authorized again', () => {
    const scenario = new Scenario(100n)
    const cancelled = scenario.held(10n)
    const expired = scenario.held(10n, { expiresAt: scenario.now + 1 })
    scenario.events(cancel(cancelled))
    scenario.wait(1)
    expect(scenario.refusal(settlement(cancelled, 10n)).reason).toBe('transaction-ended')
    expect(scenario.refusal(settlement(expired, 10n)).reason).toBe('transaction-ended')
  })

  test('more than the hold needs the growth rate, and credit for the rest alone', () => {
    const scenario = new Scenario(108n, GROWS)
    const id = scenario.held(100n)
    expect(scenario.refusal(settlement(id, 111n))).toEqual({
      reason: 'growth-exceeded',
      facts: { value: 111n, most: 110n },
    })
    expect(scenario.refusal(settlement(id, 109n))).toEqual({
      reason: 'insufficient-credit',
      facts: { value: 9n, spendable: 8n, shortfall: 1n },
    })
    scenario.settle(id, 108n)
    expect(scenario.account).toMatchObject({ owed: 108n, held: 0n })
    expect(scenario.transaction(id)).toMatchObject({ value: 108n, firstValue: 100n })
  })
})

describe('raising a settlement', () => {
  test('makes more invoices for the difference, numbered on', () => {
    const scenario = new Scenario(100n)
    const id = scenario.held(60n, { installments: 2 })
    scenario.settle(id, 21n, false)
    scenario.wait(DAY_MS)
    scenario.settle(id, 30n)
    expect(scenario.billed(id)).toEqual(['1 Opened 11', '2 Opened 10', '3 Opened 5', '4 Opened 4'])
    const [, , third, fourth] = scenario.invoices(id)
    expect(third).toMatchObject({ dueAt: scenario.now + 30 * DAY_MS, friendlyId: 'ABCD1234-3' })
    expect(fourth).toMatchObject({ dueAt: scenario.now + 60 * DAY_MS, friendlyId: 'ABCD1234-4' })
  })

  test('beyond a hold that was released needs spendable credit again', () => {
    const scenario = new Scenario(100n)
    const id = scenario.held(60n)
    scenario.settle(id, 20n)
    scenario.held(70n)
    expect(scenario.refusal(settlement(id, 60n)).facts).toEqual({
      value: 40n,
      spendable: 10n,
      shortfall: 30n,
    })
    scenario.settle(id, 30n)
    expect(scenario.account.owed).toBe(30n)
  })

  test('beyond what was authorized needs the growth rate', () => {
    const scenario = new Scenario(1000n, GROWS)
    const id = scenario.sold(100n)
    expect(scenario.refusal(settlement(id, 111n)).reason).toBe('growth-exceeded')
    scenario.settle(id, 110n)
    expect(scenario.billed(id)).toEqual(['1 Opened 100', '2 Opened 10'])
  })

  test(`makes ${MAX_INVOICES} invoices of a transaction at most`, () => {
    const scenario = new Scenario(10_000n)
    const id = scenario.held(10_000n, { installments: 99 })
    for (let total = 99n; total <= 990n; total += 99n) scenario.settle(id, total, false)
    expect(scenario.refusal(settlement(id, 1089n))).toEqual({
      reason: 'too-many-invoices',
      facts: { most: MAX_INVOICES },
    })
    scenario.settle(id, 999n)
    expect(scenario.invoices(id).at(-1)).toMatchObject({
      installment: 999,
      friendlyId: 'ABCD1234-999',
    })
  })
})

describe('lowering a settlement', () => {
  test('takes the difference off open invoices from the last backwards', () => {
    const scenario = new Scenario(100n)
    const id = scenario.sold(60n, 3)
    scenario.settle(id, 35n)
    expect(scenario.billed(id)).toEqual(['1 Opened 20', '2 Opened 15', '3 Cancelled 0'])
    expect(scenario.account.owed).toBe(35n)
    expect(scenario.invoices(id).every(({ creditValue }) => creditValue === 0n)).toBe(true)
  })

  test('skips paid invoices, and what was paid is beyond its reach', () => {
    const scenario = new Scenario(100n)
    const id = scenario.sold(60n, 3)
    scenario.pay(id, 3)
    expect(scenario.refusal(settlement(id, 19n))).toEqual({
      reason: 'settlement-below-paid',
      facts: { lowerBy: 41n, open: 40n },
    })
    scenario.settle(id, 20n)
    expect(scenario.billed(id)).toEqual(['1 Cancelled 0', '2 Cancelled 0', '3 Paid 20'])
    expect(scenario.account.owed).toBe(0n)
  })

  test('never goes below what was refunded', () => {
    const scenario = new Scenario(100n)
    const id = scenario.sold(60n, 2)
    scenario.refund(id, 40n)
    expect(scenario.refusal(settlement(id, 39n))).toEqual({
      reason: 'settlement-below-refunds',
      facts: { value: 39n, refunded: 40n },
    })
    scenario.settle(id, 40n)
    expect(scenario.account.owed).toBe(0n)
  })

  test('to nothing cancels every invoice, and it may be raised again', () => {
    const scenario = new Scenario(100n)
    const id = scenario.sold(60n, 2)
    scenario.settle(id, 0n)
    expect(scenario.account).toMatchObject({ owed: 0n, held: 0n })
    scenario.settle(id, 60n)
    expect(scenario.billed(id)).toEqual([
      '1 Cancelled 0',
      '2 Cancelled 0',
      '3 Opened 30',
      '4 Opened 30',
    ])
  })

  test('keeps the hold with final: false, else releases it', () => {
    const scenario = new Scenario(100n)
    const id = scenario.held(60n)
    scenario.settle(id, 40n, false)
    scenario.settle(id, 30n, false)
    expect(scenario.account).toMatchObject({ owed: 30n, held: 20n })
    scenario.settle(id, 10n)
    expect(scenario.account).toMatchObject({ owed: 10n, held: 0n })
  })
})

describe('refunding', () => {
  const refund = (transactionId: string, value: bigint) =>
    ({ type: 'refund', transactionId, value }) as const

  test('takes off open invoices from the last backwards', () => {
    const scenario = new Scenario(100n)
    const id = scenario.sold(60n, 3)
    scenario.refund(id, 25n)
    expect(scenario.billed(id)).toEqual(['1 Opened 20', '2 Opened 15', '3 Cancelled 0'])
    expect(scenario.invoices(id).map(({ creditValue }) => creditValue)).toEqual([0n, 5n, 20n])
    expect(scenario.account.owed).toBe(35n)
    expect(scenario.transaction(id)).toMatchObject({ settled: 60n, refunded: 25n })
  })

  test('an invoice remembers all that refunds took off it', () => {
    const scenario = new Scenario(100n)
    const id = scenario.sold(60n)
    scenario.refund(id, 10n)
    scenario.settle(id, 45n)
    scenario.refund(id, 5n)
    expect(scenario.invoices(id)).toMatchObject([{ value: 30n, creditValue: 15n }])
  })

  test('what open invoices cannot bear is credit in the buyer’s favour', () => {
    const scenario = new Scenario(100n)
    const id = scenario.sold(60n, 3)
    scenario.pay(id, 1)
    scenario.pay(id, 3)
    expect(scenario.refund(id, 25n)).toMatchObject([
      { value: 25n, credited: 5n, reductions: [{ installment: 2, by: 20n }] },
    ])
    expect(scenario.account.owed).toBe(-5n)
  })

  test('takes back at most what was settled and not yet refunded', () => {
    const scenario = new Scenario(100n)
    const id = scenario.sold(60n)
    scenario.refund(id, 40n)
    expect(scenario.refusal(refund(id, 21n))).toEqual({
      reason: 'refund-exceeded',
      facts: { value: 21n, refundable: 20n },
    })
    scenario.refund(id, 20n)
    expect(scenario.refusal(refund(id, 1n)).facts).toEqual({ value: 1n, refundable: 0n })
  })

  test('of what was never settled is refused', () => {
    const scenario = new Scenario(100n)
    const id = scenario.held(60n)
    expect(scenario.refusal(refund(id, 1n)).reason).toBe('refund-exceeded')
    scenario.events(cancel(id))
    expect(scenario.refusal(refund(id, 1n)).reason).toBe('refund-exceeded')
  })

  test('leaves the rest of a hold', () => {
    const scenario = new Scenario(100n)
    const id = scenario.held(60n)
    scenario.settle(id, 40n, false)
    scenario.refund(id, 40n)
    expect(scenario.account).toMatchObject({ owed: 0n, held: 20n })
  })
})

describe('no order of calls restores more than was taken', () => {
  const refund = (transactionId: string, value: bigint) =>
    ({ type: 'refund', transactionId, value }) as const

  test('an invoice that was cancelled is not refunded again', () => {
    const scenario = new Scenario(100n)
    const id = scenario.sold(60n, 2)
    scenario.events({ type: 'cancelInvoice', invoiceId: invoiceIdOf(id, 2) })
    expect(scenario.refusal(refund(id, 31n)).facts).toEqual({ value: 31n, refundable: 30n })
    scenario.refund(id, 30n)
    expect(scenario.account.owed).toBe(0n)
    expect(scenario.refusal(settlement(id, 0n)).reason).toBe('settlement-below-refunds')
  })

  test('an invoice whose worth went back as credit is not cancelled as well', () => {
    const scenario = new Scenario(100n)
    const id = scenario.sold(60n)
    const invoiceId = invoiceIdOf(id, 1)
    scenario.pay(id)
    scenario.refund(id, 60n)
    scenario.takeBack(id)
    expect(scenario.account.owed).toBe(0n)
    expect(scenario.refusal({ type: 'cancelInvoice', invoiceId })).toEqual({
      reason: 'invoice-already-refunded',
      facts: { value: 60n, refundable: 0n },
    })
    expect(scenario.refusal(settlement(id, 0n)).reason).toBe('settlement-below-refunds')
    expect(scenario.refusal(refund(id, 1n)).reason).toBe('refund-exceeded')
    scenario.pay(id)
    expect(scenario.account.owed).toBe(-60n)
  })

  test('a settlement that was lowered has less to refund', () => {
    const scenario = new Scenario(100n)
    const id = scenario.sold(60n, 2)
    scenario.settle(id, 20n)
    expect(scenario.refusal(refund(id, 21n)).facts).toEqual({ value: 21n, refundable: 20n })
    scenario.refund(id, 20n)
    expect(scenario.account.owed).toBe(0n)
  })

  test('taking back, refunding and lowering in turn: what is left is what was paid', () => {
    const scenario = new Scenario(100n)
    const id = scenario.sold(100n, 2)
    scenario.pay(id, 1)
    scenario.pay(id, 2)
    scenario.refund(id, 30n)
    scenario.takeBack(id, 2)
    scenario.settle(id, 60n)
    expect(scenario.billed(id)).toEqual(['1 Paid 50', '2 Opened 10'])
    // 50 were paid and 30 of the 60 that count went back: 20 are the buyer's.
    expect(scenario.account.owed).toBe(-20n)
    scenario.refund(id, 30n)
    expect(scenario.account.owed).toBe(-50n)
    expect(scenario.refusal(refund(id, 1n)).reason).toBe('refund-exceeded')
  })
})

test('a transaction that does not exist says so', () => {
  const scenario = new Scenario(100n)
  const transactionId = '0'.repeat(32)
  const refusal = { reason: 'transaction-not-found', facts: { transactionId } }
  expect(scenario.refusal(change(transactionId, { value: 1n }))).toEqual(refusal)
  expect(scenario.refusal(cancel(transactionId))).toEqual(refusal)
  expect(scenario.refusal(settlement(transactionId, 1n))).toEqual(refusal)
  expect(scenario.refusal({ type: 'refund', transactionId, value: 1n })).toEqual(refusal)
})

describe('the most that an account may owe', () => {
  const most = { limit: MAX_AMOUNT, tolerance: MAX_RATE, config: { toleranceEnabled: true } }

  test('bounds what is owed and held together, whatever the tolerance', () => {
    const scenario = new Scenario(most.limit, most.config, most.tolerance)
    for (let count = 0; count < 100; count += 1) scenario.sold(MAX_AMOUNT)
    expect(scenario.account.owed).toBe(MAX_OWED)
    expect(scenario.refusal(scenario.hold(1n))).toEqual({
      reason: 'owed-too-large',
      facts: { most: MAX_OWED },
    })
  })

  test('bounds the taking back of a payment', () => {
    const scenario = new Scenario(most.limit, most.config, most.tolerance)
    const paid = scenario.sold(MAX_AMOUNT)
    scenario.pay(paid)
    for (let count = 0; count < 100; count += 1) scenario.sold(MAX_AMOUNT)
    const invoiceId = invoiceIdOf(paid, 1)
    const takeBack = { type: 'changeInvoice', invoiceId, status: 'Opened', mayPay: true } as const
    expect(scenario.refusal(takeBack).reason).toBe('owed-too-large')
  })
})

describe('a lowered settlement', () => {
  test('says on how many instalments it was made', () => {
    const scenario = new Scenario(100n)
    const id = scenario.held(2n, { installments: 5 })
    scenario.settle(id, 2n)
    expect(scenario.settle(id, 1n)).toMatchObject([{ numberOfInstallments: 2 }])
  })
})
