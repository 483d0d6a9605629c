/** Refunds: off open invoices from the last backwards, the rest in the buyer's favour. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, expectNoDrift, startApi } from './support/api.ts'
import { faults, ok, refused } from './support/expect.ts'
import {
  hold,
  invoiceLines,
  invoicesOf,
  openAccount,
  order,
  statementsOf,
  totalsOf,
} from './support/make.ts'
import { isoOf } from './support/shapes.ts'

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

async function settled(value: number, installments = 1, fields: Record<string, unknown> = {}) {
  const account = await openAccount(api.call)
  const made = await order(api.call, account, value, installments, fields)
  const refund = (amount: number | string) =>
    api.call('POST', `${made.path}/refunds`, { value: amount })
  const pay = async (index: number) =>
    ok(await api.call('POST', `${made.invoices[index]}/payments`))
  const balance = async () => (await totalsOf(api.call, account)).balance
  const invoices = () => invoiceLines(api.call, account)
  return { account, ...made, refund, pay, balance, invoices }
}

test('answers what was refunded', async () => {
  const { refund } = await settled(100)
  expect(ok(await refund('30.00'))).toEqual({ value: 30 })
})

test('comes off open invoices, from the last backwards', async () => {
  const { account, refund, balance, invoices } = await settled(90, 3)
  ok(await refund(10))
  expect(await invoices()).toEqual(['Opened 30', 'Opened 30', 'Opened 20'])
  ok(await refund(35))
  expect(await invoices()).toEqual(['Opened 30', 'Opened 15', 'Cancelled 0'])
  expect(await balance()).toBe(-45)
  const list = await invoicesOf(api.call, account)
  expect(list.map(({ creditValue }) => creditValue)).toEqual([0, 15, 30])
})

test('beyond what is open is in the favour of the buyer', async () => {
  const { account, refund, pay, balance, invoices } = await settled(90, 3)
  await pay(0)
  await pay(2)
  ok(await refund(50))
  expect(await invoices()).toEqual(['Paid 30', 'Cancelled 0', 'Paid 30'])
  expect(await balance()).toBe(20)
  expect((await totalsOf(api.call, account)).availableCredit).toBe(1020)
  await hold(api.call, account, 1020)
})

test('of all that was settled leaves nothing owed', async () => {
  const { refund, balance, invoices, path } = await settled(90, 3)
  ok(await refund(90))
  expect(await invoices()).toEqual(['Cancelled 0', 'Cancelled 0', 'Cancelled 0'])
  expect(await balance()).toBe(0)
  expect(ok(await api.call('GET', path))).toMatchObject({ settled: 90, refunded: 90 })
})

describe('at most what was settled and has not gone back', () => {
  test('at once: 409 with what is left', async () => {
    const { refund, balance } = await settled(100)
    const problem = refused(await refund(100.01), 409, 'refund-exceeded')
    expect(problem).toMatchObject({ value: 100.01, refundable: 100 })
    expect(await balance()).toBe(-100)
  })

  test('in two steps', async () => {
    const { refund, balance } = await settled(100)
    ok(await refund(60))
    expect(refused(await refund(60), 409, 'refund-exceeded').refundable).toBe(40)
    ok(await refund(40))
    refused(await refund(0.01), 409, 'refund-exceeded')
    expect(await balance()).toBe(0)
  })

  test('however many ask at once', async () => {
    const { refund, balance } = await settled(100)
    const answers = await Promise.all(Array.from({ length: 10 }, () => refund(30)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3)
    expect(await balance()).toBe(-10)
  })

  test('counts an invoice that was cancelled', async () => {
    const { refund, balance, invoices: paths, ...made } = await settled(100, 2)
    ok(await api.call('DELETE', `${made.account.path}/invoices/${made.invoiceIds[0]}`))
    expect(refused(await refund(50.01), 409, 'refund-exceeded').refundable).toBe(50)
    ok(await refund(50))
    expect(await balance()).toBe(0)
    expect(await paths()).toEqual(['Cancelled 50', 'Cancelled 0'])
  })

  test('counts what a later settlement took off', async () => {
    const { refund, path, balance } = await settled(100)
    ok(await api.call('PUT', `${path}/settlement`, { value: 70 }))
    expect(refused(await refund(70.01), 409, 'refund-exceeded').refundable).toBe(70)
    ok(await refund(70))
    expect(await balance()).toBe(0)
  })

  test('which is nothing before a settlement, and after a cancellation', async () => {
    const account = await openAccount(api.call)
    const { path } = await hold(api.call, account, 100, { settle: false })
    const refund = () => api.call('POST', `${path}/refunds`, { value: 0.01 })
    expect(refused(await refund(), 409, 'refund-exceeded').refundable).toBe(0)
    ok(await api.call('DELETE', path))
    refused(await refund(), 409, 'refund-exceeded')
    expect((await totalsOf(api.call, account)).availableCredit).toBe(1000)
  })
})

test('credit never comes back twice: paid, refunded, taken back, cancelled', async () => {
  const { account, refund, pay, balance, invoices: paths, path } = await settled(100, 2)
  await pay(0)
  ok(await refund(60))
  // 50 paid, 50 + 10 refunded: the buyer has 10 to the good.
  expect(await balance()).toBe(10)
  const [first] = await invoicesOf(api.call, account)
  const invoice = `${account.path}/invoices/${first?.id}`
  ok(await api.call('PUT', invoice, { status: 'Opened' }))
  expect(await balance()).toBe(-40)
  refused(await api.call('DELETE', invoice), 409, 'invoice-already-refunded')
  refused(
    await api.call('PUT', `${path}/settlement`, { value: 59 }),
    409,
    'settlement-below-refunds',
  )
  ok(await refund(40))
  expect(await balance()).toBe(0)
  expect(await paths()).toEqual(['Opened 10', 'Cancelled 0'])
})

test('leaves the hold of a partial settlement as it is', async () => {
  const account = await openAccount(api.call)
  const { path } = await hold(api.call, account, 100)
  ok(await api.call('PUT', `${path}/settlement`, { value: 40, final: false }))
  ok(await api.call('POST', `${path}/refunds`, { value: 15 }))
  expect(await totalsOf(api.call, account)).toMatchObject({ balance: -25, preAuthorizedCredit: 60 })
})

test('shows on the statement', async () => {
  const { account, id, refund, pay } = await settled(90, 3, { orderId: 'order-9' })
  await pay(0)
  await pay(1)
  api.clock.advance(1000)
  ok(await refund(10))
  ok(await refund(30))
  const refunds = (await statementsOf(api.call, account)).filter(({ value }) => value === 10)
  const metadata = { transactionId: id, orderId: 'order-9', installment: 3 }
  expect(refunds).toEqual([
    {
      value: 10,
      date: isoOf(api.clock.now),
      doneBy: api.key.appKey,
      origin: 'Invoice',
      metadata,
    },
  ])
  const [, , , , last] = await statementsOf(api.call, account)
  expect(last).toMatchObject({ value: 30, origin: 'Invoice', metadata })
})

test('of a frozen account is taken', async () => {
  const { account, refund } = await settled(100)
  ok(await api.call('PUT', `${account.path}/freeze`, { frozen: true, reason: 'Late' }))
  ok(await refund(100))
})

test('names a value that is missing or wrong: 400', async () => {
  const { path, balance } = await settled(100)
  const refund = (body: unknown) => api.call('POST', `${path}/refunds`, body)
  faults(await refund({}), '/value')
  for (const value of [null, true, '', 'x', 0, '0.00', -1, 0.001, {}, []]) {
    faults(await refund({ value }), '/value')
  }
  expect(await balance()).toBe(-100)
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
