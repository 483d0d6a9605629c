/** Settlements: a hold becomes invoices; totals that are repeated, raised and lowered; due dates. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DAY_MS } from '../support/server.ts'
import { type Api, type Call, expectNoDrift, startApi } from './support/api.ts'
import { faults, ok, refused } from './support/expect.ts'
import {
  hold,
  invoiceLines,
  invoicesOf,
  type Opened,
  openAccount,
  statementsOf,
  totalsOf,
} from './support/make.ts'
import { isoOf } from './support/shapes.ts'

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

/** An account with one hold, and the ways to settle it. */
async function held(
  value: number,
  installments = 1,
  { limit = 1000, call = api.call }: { limit?: number; call?: Call } = {},
) {
  const account = await openAccount(call, { creditLimit: limit })
  const { id, path } = await hold(call, account, value, { installments, orderId: 'order-7' })
  const settle = (total: number | string, more: Record<string, unknown> = {}) =>
    call('PUT', `${path}/settlement`, { value: total, ...more })
  const used = async () => {
    const { balance, preAuthorizedCredit } = await totalsOf(call, account)
    return { balance, held: preAuthorizedCredit }
  }
  const invoices = () => invoiceLines(call, account)
  const lines = () => statementLines(call, account)
  return { account, id, path, call, settle, used, invoices, lines }
}

async function statementLines(call: Call, account: Opened): Promise<string[]> {
  const lines = await statementsOf(call, account)
  return lines.map(({ origin, value }) => `${origin} ${value}`)
}

describe('the first settlement', () => {
  test('answers the total and the id, and makes an invoice', async () => {
    const { id, settle, used, invoices } = await held(49.95)
    expect(ok(await settle(49.95))).toEqual({ value: 49.95, id })
    expect(await used()).toEqual({ balance: -49.95, held: 0 })
    expect(await invoices()).toEqual(['Opened 49.95'])
  })

  test('of less than the hold releases the rest', async () => {
    const { settle, used, invoices } = await held(100)
    ok(await settle(60))
    expect(await used()).toEqual({ balance: -60, held: 0 })
    expect(await invoices()).toEqual(['Opened 60'])
  })

  test('that is not final keeps the rest held, until the last is', async () => {
    const { settle, used, invoices, path } = await held(100)
    ok(await settle(30, { final: false }))
    expect(await used()).toEqual({ balance: -30, held: 70 })
    ok(await settle(50, { final: false }))
    expect(await used()).toEqual({ balance: -50, held: 50 })
    ok(await settle(60, { final: true }))
    expect(await used()).toEqual({ balance: -60, held: 0 })
    expect(await invoices()).toEqual(['Opened 30', 'Opened 20', 'Opened 10'])
    expect(ok(await api.call('GET', path))).toMatchObject({ status: 'Settled', settled: 60 })
  })

  test('final null is as if it were not sent', async () => {
    const { settle, used } = await held(100)
    ok(await settle(30, { final: null }))
    expect(await used()).toEqual({ balance: -30, held: 0 })
  })

  test('of a hold with settle false is taken as well', async () => {
    const account = await openAccount(api.call)
    const { path } = await hold(api.call, account, 10, { settle: false })
    ok(await api.call('PUT', `${path}/settlement`, { value: 10 }))
    expect(await invoiceLines(api.call, account)).toEqual(['Opened 10'])
  })

  test('of nothing is refused: 409', async () => {
    const { settle, used } = await held(100)
    refused(await settle(0), 409, 'nothing-to-settle')
    expect(await used()).toEqual({ balance: 0, held: 100 })
  })

  test('shows on the statement', async () => {
    const { account, id, settle } = await held(100, 3)
    ok(await settle(100))
    expect(await statementsOf(api.call, account)).toEqual([
      {
        value: -100,
        date: isoOf(api.clock.now),
        doneBy: api.key.appKey,
        origin: 'Invoice',
        metadata: { transactionId: id, orderId: 'order-7', numberOfInstallments: 3 },
      },
    ])
  })

  test('names a value that is missing or wrong: 400', async () => {
    const { path, settle } = await held(100)
    faults(await api.call('PUT', `${path}/settlement`, {}), '/value')
    for (const value of [-1, '', 'x', 0.001] as (number | string)[])
      faults(await settle(value), '/value')
    for (const final of ['true', 1, {}]) faults(await settle(10, { final }), '/final')
  })
})

describe('several instalments', () => {
  test.each([
    [100, 3, [33.34, 33.33, 33.33]],
    [100, 7, [14.29, 14.29, 14.29, 14.29, 14.28, 14.28, 14.28]],
    [0.05, 3, [0.02, 0.02, 0.01]],
    [10, 4, [2.5, 2.5, 2.5, 2.5]],
    [999.99, 2, [500, 499.99]],
    [0.02, 3, [0.01, 0.01]],
  ])('%s in %i keeps the sum, the first take the cents', async (value, count, shares) => {
    const { account, settle } = await held(value, count)
    ok(await settle(value))
    const invoices = await invoicesOf(api.call, account)
    expect(invoices.map((invoice) => invoice.value)).toEqual(shares)
  })

  test('are due 30 days apart, and named after the transaction', async () => {
    const { account, id, settle } = await held(100, 99)
    const at = api.clock.now
    ok(await settle(100))
    const invoices = await invoicesOf(api.call, account)
    const code = invoices[0]?.friendlyId.split('-')[0]
    expect(code).toMatch(/^[0-9A-Za-z]{8}$/)
    expect(invoices).toHaveLength(99)
    for (const [index, invoice] of invoices.entries()) {
      const number = index + 1
      expect(invoice).toMatchObject({
        id: `${id}-${String(number).padStart(2, '0')}`,
        friendlyId: `${code}-${number}`,
        installment: number,
        numberOfInstallments: 99,
        transactionId: id,
        orderId: 'order-7',
        dueDate: isoOf(at + number * 30 * DAY_MS),
        originalDueDate: isoOf(at + number * 30 * DAY_MS),
      })
    }
  })

  test('are due at the time of day of the store, whatever its clocks do', async () => {
    const own = await startApi()
    own.clock.now = Date.parse('2027-02-20T15:00:00Z')
    const { call } = await own.newStore(undefined, 'USD', 'America/New_York')
    const { account, settle } = await held(100, 2, { call })
    ok(await settle(100))
    const invoices = await invoicesOf(call, account)
    expect(invoices.map(({ dueDate }) => dueDate)).toEqual([
      '2027-03-22T14:00:00.000Z',
      '2027-04-21T14:00:00.000Z',
    ])
    await own.close()
  })

  test('that a change of the hold asked for', async () => {
    const { path, settle, invoices } = await held(100, 1)
    ok(await api.call('PUT', path, { installments: 2 }))
    ok(await settle(100))
    expect(await invoices()).toEqual(['Opened 50', 'Opened 50'])
  })
})

describe('the same total again', () => {
  test('changes nothing', async () => {
    const { settle, used, invoices, lines } = await held(100, 2)
    ok(await settle(80))
    for (let count = 0; count < 3; count += 1) {
      api.clock.advance(1000)
      ok(await settle('80.00'))
    }
    expect(await used()).toEqual({ balance: -80, held: 0 })
    expect(await invoices()).toEqual(['Opened 40', 'Opened 40'])
    expect(await lines()).toEqual(['Invoice -80'])
  })

  test('counts once where many come at once', async () => {
    const { settle, used, invoices } = await held(100)
    const answers = await Promise.all(Array.from({ length: 10 }, () => settle(100)))
    for (const answer of answers) ok(answer)
    expect(await used()).toEqual({ balance: -100, held: 0 })
    expect(await invoices()).toEqual(['Opened 100'])
  })

  test('as final releases what was kept, and shows nowhere', async () => {
    const { settle, used, lines } = await held(100)
    ok(await settle(40, { final: false }))
    ok(await settle(40))
    expect(await used()).toEqual({ balance: -40, held: 0 })
    ok(await settle(40, { final: false }))
    expect(await used()).toEqual({ balance: -40, held: 0 })
    expect(await lines()).toEqual(['Invoice -40'])
  })

  test('changes nothing after a payment, a refund or a cancelled invoice', async () => {
    const { account, path, settle, used, invoices } = await held(90, 3)
    ok(await settle(90))
    const [first, second] = await invoicesOf(api.call, account)
    ok(await api.call('POST', `${account.path}/invoices/${first?.id}/payments`))
    ok(await api.call('DELETE', `${account.path}/invoices/${second?.id}`))
    ok(await api.call('POST', `${path}/refunds`, { value: 10 }))
    const before = [await used(), await invoices()]
    ok(await settle(90))
    expect([await used(), await invoices()]).toEqual(before)
    expect(before).toEqual([{ balance: -20, held: 0 }, ['Paid 30', 'Cancelled 30', 'Opened 20']])
  })
})

describe('a larger total', () => {
  test('makes invoices of the difference, numbered on, due from then', async () => {
    const { account, id, settle, used, lines } = await held(100, 2)
    ok(await settle(60, { final: false }))
    api.clock.advance(10 * DAY_MS)
    const later = api.clock.now
    ok(await settle(90.01))
    expect(await used()).toEqual({ balance: -90.01, held: 0 })
    const invoices = await invoicesOf(api.call, account)
    const [first] = invoices
    const code = first?.friendlyId.split('-')[0]
    expect(invoices.map(({ value }) => value)).toEqual([30, 30, 15.01, 15])
    expect(invoices[2]).toMatchObject({
      id: `${id}-03`,
      friendlyId: `${code}-3`,
      installment: 3,
      numberOfInstallments: 2,
      dueDate: isoOf(later + 30 * DAY_MS),
      settlement: 2,
    })
    expect(invoices[3]).toMatchObject({ id: `${id}-04`, dueDate: isoOf(later + 60 * DAY_MS) })
    expect(await lines()).toEqual(['Invoice -60', 'Invoice -30.01'])
  })

  test('than the hold needs growth and credit', async () => {
    const { call } = await api.newStore({ maxPreAuthorizationGrowthRate: 0.1 })
    const { settle, used } = await held(100, 1, { call, limit: 105 })
    const over = refused(await settle(110.01), 409, 'growth-exceeded')
    expect(over).toMatchObject({ value: 110.01, most: 110 })
    const short = refused(await settle(110), 409, 'insufficient-credit')
    expect(short).toMatchObject({ value: 10, spendable: 5, shortfall: 5 })
    expect(await used()).toEqual({ balance: 0, held: 100 })
    ok(await settle(105))
    expect(await used()).toEqual({ balance: -105, held: 0 })
  })

  test('than what was settled takes the credit that was released, if it is still there', async () => {
    const { account, settle, used, call } = await held(100, 1, { limit: 100 })
    ok(await settle(60))
    const other = await hold(call, account, 30, { settle: false })
    const problem = refused(await settle(100), 409, 'insufficient-credit')
    expect(problem).toMatchObject({ value: 40, spendable: 10, shortfall: 30 })
    ok(await call('DELETE', other.path))
    ok(await settle(100))
    expect(await used()).toEqual({ balance: -100, held: 0 })
    refused(await settle(100.01), 409, 'growth-exceeded')
  })

  test('takes from the hold first, whatever else the account has left', async () => {
    const { account, settle, used, call } = await held(100, 1, { limit: 200 })
    ok(await settle(40, { final: false }))
    await hold(call, account, 100)
    ok(await settle(100))
    expect(await used()).toEqual({ balance: -100, held: 100 })
  })

  test('of a frozen account is taken as far as the hold goes', async () => {
    const { account, settle, call } = await held(100)
    ok(await settle(40, { final: false }))
    ok(await call('PUT', `${account.path}/freeze`, { frozen: true, reason: 'Late' }))
    ok(await settle(70))
    refused(await settle(80), 409, 'account-frozen')
  })

  test('after the rest of the hold expired needs credit again', async () => {
    const account = await openAccount(api.call, { creditLimit: 100 })
    const expirationDate = isoOf(api.clock.now + 1000)
    const fields = { settle: false, expirationDate }
    const { path } = await hold(api.call, account, 100, fields)
    const settle = (value: number) => api.call('PUT', `${path}/settlement`, { value, final: false })
    ok(await settle(40))
    api.clock.advance(999)
    expect((await totalsOf(api.call, account)).preAuthorizedCredit).toBe(60)
    api.clock.advance(1)
    expect((await totalsOf(api.call, account)).preAuthorizedCredit).toBe(0)
    // What is settled is no more undone by an expiry.
    expect(ok(await api.call('GET', path))).toMatchObject({ status: 'Settled', held: 0 })
    const other = await hold(api.call, account, 30, { settle: false })
    refused(await settle(100), 409, 'insufficient-credit')
    ok(await api.call('DELETE', other.path))
    ok(await settle(100))
    expect((await totalsOf(api.call, account)).balance).toBe(-100)
  })
})

describe('a smaller total', () => {
  test('takes the difference off open invoices, from the last backwards', async () => {
    const { account, id, settle, used, invoices } = await held(90, 3)
    ok(await settle(90))
    ok(await settle(85))
    expect(await invoices()).toEqual(['Opened 30', 'Opened 30', 'Opened 25'])
    ok(await settle(50))
    expect(await invoices()).toEqual(['Opened 30', 'Opened 20', 'Cancelled 0'])
    expect(await used()).toEqual({ balance: -50, held: 0 })
    const last = ok(await api.call('GET', `${account.path}/invoices/${id}-03`))
    expect(last.resolvedAt).toBe(isoOf(api.clock.now))
    ok(await settle(0))
    expect(await invoices()).toEqual(['Cancelled 0', 'Cancelled 0', 'Cancelled 0'])
    expect(await used()).toEqual({ balance: 0, held: 0 })
  })

  test('shows on the statement', async () => {
    const { account, id, settle } = await held(90, 3)
    ok(await settle(90))
    ok(await settle(50))
    const [, lowered] = await statementsOf(api.call, account)
    expect(lowered).toEqual({
      value: 40,
      date: isoOf(api.clock.now),
      doneBy: api.key.appKey,
      origin: 'Invoice',
      metadata: { transactionId: id, orderId: 'order-7', numberOfInstallments: 3 },
    })
  })

  test('leaves paid invoices alone, and needs enough that is open: 409', async () => {
    const { account, settle, used, invoices } = await held(90, 3)
    ok(await settle(90))
    const last = (await invoicesOf(api.call, account)).at(-1)
    ok(await api.call('POST', `${account.path}/invoices/${last?.id}/payments`))
    const problem = refused(await settle(29.99), 409, 'settlement-below-paid')
    expect(problem).toMatchObject({ lowerBy: 60.01, open: 60 })
    expect(problem.detail).toMatch(/refunds/)
    expect(await invoices()).toEqual(['Opened 30', 'Opened 30', 'Paid 30'])
    ok(await settle(45))
    expect(await invoices()).toEqual(['Opened 15', 'Cancelled 0', 'Paid 30'])
    expect(await used()).toEqual({ balance: -15, held: 0 })
  })

  test('keeps the rest held where it is not final', async () => {
    const { settle, used } = await held(100)
    ok(await settle(60, { final: false }))
    ok(await settle(50, { final: false }))
    expect(await used()).toEqual({ balance: -50, held: 40 })
    ok(await settle(40))
    expect(await used()).toEqual({ balance: -40, held: 0 })
  })

  test('cannot go below what was refunded: 409', async () => {
    const { path, settle, used } = await held(100)
    ok(await settle(100))
    ok(await api.call('POST', `${path}/refunds`, { value: 30 }))
    refused(await settle(29.99), 409, 'settlement-below-refunds')
    ok(await settle(30))
    expect(await used()).toEqual({ balance: 0, held: 0 })
  })

  test('and a larger one after it make new invoices', async () => {
    const { settle, used, invoices } = await held(100)
    ok(await settle(100))
    ok(await settle(40))
    ok(await settle(100))
    expect(await invoices()).toEqual(['Opened 40', 'Opened 60'])
    expect(await used()).toEqual({ balance: -100, held: 0 })
  })
})

describe('what has ended', () => {
  test.each(['Cancelled', 'Expired'])('cannot be settled once it is %s: 409', async (state) => {
    const account = await openAccount(api.call)
    const { path } = await hold(api.call, account, 100, { settle: false })
    if (state === 'Cancelled') ok(await api.call('DELETE', path))
    else api.clock.advance(30 * DAY_MS)
    const answer = await api.call('PUT', `${path}/settlement`, { value: 100 })
    const problem = refused(answer, 409, 'transaction-ended')
    expect(problem.state).toBe(state)
    expect(problem.detail).toMatch(/authorize the order again/)
    expect(await totalsOf(api.call, account)).toMatchObject({ balance: 0, availableCredit: 1000 })
  })

  test('is settled up to the last millisecond', async () => {
    const account = await openAccount(api.call)
    const expirationDate = isoOf(api.clock.now + 1000)
    const { path } = await hold(api.call, account, 100, { settle: false, expirationDate })
    api.clock.advance(999)
    ok(await api.call('PUT', `${path}/settlement`, { value: 100 }))
    api.clock.advance(1)
    expect(await totalsOf(api.call, account)).toMatchObject({ balance: -100, availableCredit: 900 })
  })
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
