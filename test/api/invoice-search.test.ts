/** The search of invoices, in the store and in an account: filters, pages, totals of the whole. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DAY_MS } from '../support/server.ts'
import { type Api, type Call, expectNoDrift, startApi } from './support/api.ts'
import { faults, ok, okEmpty, refused } from './support/expect.ts'
import {
  type InvoiceJson,
  invoicesOf,
  type Opened,
  type Order,
  openAccount,
  order,
} from './support/make.ts'
import { isoOf } from './support/shapes.ts'

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

interface Found {
  readonly data: (InvoiceJson & { observation: string | null; createdAt: string })[]
  readonly summary: Record<string, number>
}

const query = (parameters: Record<string, string>) => new URLSearchParams(parameters).toString()

/** Asks the search of the store, and the list of each account, which must agree with it. */
async function search(
  call: Call,
  parameters: Record<string, string>,
  accounts: readonly Opened[] = [],
): Promise<Found> {
  const found: Found = ok(await call('GET', `/invoices?${query(parameters)}`))
  if (accounts.length > 0) {
    let count = 0
    for (const { path } of accounts) {
      const own: Found = ok(await call('GET', `${path}/invoices?${query(parameters)}`))
      count += own.summary.count ?? 0
    }
    expect(count, JSON.stringify(parameters)).toBe(found.summary.count)
  }
  return found
}

const valuesOf = ({ data }: Found) => data.map(({ value }) => value)

/**
 * A store with two accounts and five invoices, a day apart: 10 open, 20 paid, 30 cancelled,
 * 40 open of the other account, 50 open with its own order.
 */
async function furnished() {
  const { call, store } = await api.newStore()
  const ana = await openAccount(call)
  const bia = await openAccount(call)
  const start = api.clock.now
  const made: Order[] = []
  for (const [index, value] of [10, 20, 30, 40, 50].entries()) {
    api.clock.now = start + index * DAY_MS
    const account = value === 40 ? bia : ana
    made.push(await order(call, account, value, 1, { orderId: `order-${value}` }))
  }
  const path = (index: number) => made[index]?.invoices[0] ?? ''
  ok(await call('POST', `${path(1)}/payments`))
  okEmpty(await call('DELETE', path(2)))
  const notes = ['Prometeu pagar na SEXTA-feira', 'sexta, 100%', 'Atenção: ligar À tarde', 'a_b']
  for (const [index, observation] of notes.entries()) {
    okEmpty(await call('PUT', path(index), { observation }))
  }
  const accounts = [ana, bia]
  const find = (parameters: Record<string, string>) => search(call, parameters, accounts)
  return { call, store, ana, bia, start, path, find }
}

test('answers invoices with all their fields, in the order of their creation', async () => {
  const { call, find, ana } = await furnished()
  const found = await find({})
  expect(valuesOf(found)).toEqual([10, 20, 30, 40, 50])
  for (const invoice of found.data) {
    const { id, creditAccountId, accountId } = invoice as unknown as Record<string, string>
    expect(accountId).toBe(creditAccountId)
    expect(ok(await call('GET', `/accounts/${accountId}/invoices/${id}`))).toEqual(invoice)
  }
  const own = ok(await call('GET', `${ana.path}/invoices`))
  expect(valuesOf(own)).toEqual([10, 20, 30, 50])
})

test('answers nothing where nothing matches, with totals of zero', async () => {
  const { find } = await furnished()
  expect(await find({ orderId: 'nothing' })).toEqual({
    data: [],
    summary: { count: 0, total: 0, totalOverdue: 0, totalPaid: 0, totalCancelled: 0 },
  })
})

describe('the summary', () => {
  test('covers the whole filter, never the page', async () => {
    const { find, start } = await furnished()
    api.clock.now = start + 32 * DAY_MS
    const whole = { count: 5, total: 100, totalOverdue: 10, totalPaid: 20, totalCancelled: 30 }
    for (const page of [{}, { from: '1', to: '1' }, { from: '3', to: '4' }, { from: '99' }]) {
      expect((await find(page as Record<string, string>)).summary).toEqual(whole)
    }
    expect((await find({ status: 'Opened', from: '2', to: '2' })).summary).toEqual({
      count: 3,
      total: 100,
      totalOverdue: 10,
      totalPaid: 0,
      totalCancelled: 0,
    })
  })

  test('sums to the cent over more than a page', async () => {
    const { call } = await api.newStore()
    const account = await openAccount(call)
    await order(call, account, '99.99', 99)
    await order(call, account, '0.10', 10)
    const { data, summary } = await search(call, {}, [account])
    expect(data).toHaveLength(20)
    expect(summary).toMatchObject({ count: 109, total: 100.09 })
  })
})

describe('pages', () => {
  test('are 1-based and inclusive, of 20 where nobody asks', async () => {
    const { call } = await api.newStore()
    const account = await openAccount(call)
    await order(call, account, 99, 99)
    const all = await invoicesOf(call, account)
    expect(all.map(({ installment }) => installment)).toEqual(
      Array.from({ length: 99 }, (_, index) => index + 1),
    )
    const page = async (parameters: Record<string, string>) => {
      const { data } = ok(await call('GET', `/invoices?${query(parameters)}`))
      expect(ok(await call('GET', `${account.path}/invoices?${query(parameters)}`)).data).toEqual(
        data,
      )
      return data.map(({ installment }: InvoiceJson) => installment)
    }
    expect(await page({})).toEqual(all.slice(0, 20).map(({ installment }) => installment))
    expect(await page({ from: '98' })).toEqual([98, 99])
    expect(await page({ from: '5', to: '7' })).toEqual([5, 6, 7])
    expect(await page({ from: '7', to: '7' })).toEqual([7])
    expect(await page({ to: '2' })).toEqual([1, 2])
    expect(await page({ from: '1', to: '1000' })).toHaveLength(99)
    expect(await page({ from: '501', to: '1500' })).toEqual([])
  })

  test('of more than 1,000 are refused: 400', async () => {
    for (const page of ['to=1001', 'from=2&to=1002']) {
      faults(await api.call('GET', `/invoices?${page}`), '/to')
    }
    expect((await api.call('GET', '/invoices?to=1001')).json.detail).toMatch(/1000|1,000/)
  })
})

describe('a filter', () => {
  test('by state', async () => {
    const { find, start } = await furnished()
    expect(valuesOf(await find({ status: 'Opened' }))).toEqual([10, 40, 50])
    expect(valuesOf(await find({ status: 'Paid' }))).toEqual([20])
    expect(valuesOf(await find({ status: 'Cancelled' }))).toEqual([30])
    expect(valuesOf(await find({ status: 'Overdue' }))).toEqual([])
    // The first four are past their day: one of them is paid, one cancelled.
    api.clock.now = start + 34 * DAY_MS
    expect(valuesOf(await find({ status: 'Overdue' }))).toEqual([10, 40])
    expect((await find({ status: 'Overdue' })).summary).toMatchObject({
      count: 2,
      total: 50,
      totalOverdue: 50,
    })
  })

  test('by value, friendly id, order, account', async () => {
    const { find, call, ana, bia } = await furnished()
    expect(valuesOf(await find({ value: '40' }))).toEqual([40])
    expect(valuesOf(await find({ value: '40.00' }))).toEqual([40])
    expect(valuesOf(await find({ value: '4' }))).toEqual([])
    expect(valuesOf(await find({ orderId: 'order-50' }))).toEqual([50])
    expect(valuesOf(await find({ orderId: 'order-5' }))).toEqual([])
    const [first] = (await find({})).data
    expect(valuesOf(await find({ friendlyId: first?.friendlyId ?? '' }))).toEqual([10])
    expect(valuesOf(await find({ friendlyId: 'xxxxxxxx-1' }))).toEqual([])
    const ofBia = await search(call, { creditAccountId: bia.id })
    expect(valuesOf(ofBia)).toEqual([40])
    expect(ofBia.summary).toMatchObject({ count: 1, total: 40 })
    expect(valuesOf(await search(call, { creditAccountId: ana.id }))).toEqual([10, 20, 30, 50])
    expect(valuesOf(await search(call, { creditAccountId: 'nobody' }))).toEqual([])
  })

  test('by any part of the observation, without case', async () => {
    const { find } = await furnished()
    expect(valuesOf(await find({ observation: 'sexta' }))).toEqual([10, 20])
    expect(valuesOf(await find({ observation: 'SEXTA' }))).toEqual([10, 20])
    expect(valuesOf(await find({ observation: 'Sexta-Feira' }))).toEqual([10])
    expect(valuesOf(await find({ observation: 'ligar' }))).toEqual([30])
    // They stand for themselves, and for nothing else.
    expect(valuesOf(await find({ observation: '%' }))).toEqual([20])
    expect(valuesOf(await find({ observation: '_' }))).toEqual([40])
    expect(valuesOf(await find({ observation: '\\' }))).toEqual([])
    expect(valuesOf(await find({ observation: "' or 1=1 --" }))).toEqual([])
  })

  test('by an observation beyond ASCII, without case', async () => {
    const { find } = await furnished()
    expect(valuesOf(await find({ observation: 'atenção' }))).toEqual([30])
    expect(valuesOf(await find({ observation: 'ATENÇÃO' }))).toEqual([30])
    expect(valuesOf(await find({ observation: 'à TARDE' }))).toEqual([30])
  })

  test('by creation: a date is that whole day of the store, an instant itself', async () => {
    const { call } = await api.newStore()
    const account = await openAccount(call)
    // A day of São Paulo goes from 3:00 to 3:00 UTC.
    const day = Math.ceil(api.clock.now / DAY_MS) * DAY_MS + 3 * 3_600_000
    const date = isoOf(day).slice(0, 10)
    for (const [value, at] of [
      [1, day - 1],
      [2, day],
      [3, day + DAY_MS - 1],
      [4, day + DAY_MS],
    ] as const) {
      api.clock.now = at
      await order(call, account, value)
    }
    const found = async (parameters: Record<string, string>) =>
      valuesOf(await search(call, parameters, [account]))
    expect(await found({ createdDateFrom: date, createdDateTo: date })).toEqual([2, 3])
    expect(await found({ createdDateFrom: date })).toEqual([2, 3, 4])
    expect(await found({ createdDateTo: date })).toEqual([1, 2, 3])
    expect(await found({ createDateTo: date })).toEqual([1, 2, 3])
    expect(await found({ createdDateFrom: date, createDateTo: date })).toEqual([2, 3])
    const last = isoOf(day + DAY_MS - 1)
    expect(await found({ createdDateFrom: last })).toEqual([3, 4])
    expect(await found({ createdDateTo: last })).toEqual([1, 2, 3])
    expect(await found({ createdDateFrom: last, createdDateTo: last })).toEqual([3])
    expect(await found({ createdDateFrom: isoOf(day + 1), createdDateTo: last })).toEqual([3])
    expect(await found({ createdDateFrom: `${date}T00:00:00-03:00` })).toEqual([2, 3, 4])
    expect(await found({ createdDateFrom: `${date}T03:00` })).toEqual([2, 3, 4])
    expect(await found({ createdDateFrom: date, createdDateTo: '2020-01-01' })).toEqual([])
  })

  test('by due date takes the plus of an offset as it comes', async () => {
    const { call } = await api.newStore()
    const account = await openAccount(call)
    await order(call, account, 1)
    const [invoice] = await invoicesOf(call, account)
    const due = Date.parse(invoice?.dueDate ?? '')
    const date = isoOf(due - 3 * 3_600_000).slice(0, 10)
    const text = isoOf(due + 2 * 3_600_000).replace('Z', '')
    for (const [parameters, count] of [
      [`dueDateFrom=${date}&dueDateTo=${date}`, 1],
      [`dueDateFrom=${isoOf(due)}&dueDateTo=${isoOf(due)}`, 1],
      [`dueDateFrom=${isoOf(due + 1)}`, 0],
      [`dueDateTo=${isoOf(due - 1)}`, 0],
      [`dueDateTo=${text}%2B02:00`, 1],
      [`dueDateTo=${text}+02:00`, 1],
      [`dueDateFrom=${text}+0200`, 1],
      [`dueDateTo=${text}+02:01`, 0],
    ] as const) {
      const { summary } = ok(await call('GET', `/invoices?${parameters}`))
      expect(summary.count, parameters).toBe(count)
    }
  })

  test('by due date finds where a postponed invoice is due now', async () => {
    const { call } = await api.newStore({
      postponementEnabled: true,
      invoicePostponementLimit: 1,
      maxPostponementDays: 9,
    })
    const account = await openAccount(call)
    const { invoices } = await order(call, account, 1)
    const [before] = await invoicesOf(call, account)
    okEmpty(await call('PUT', `${invoices[0]}/postponement`, { dueDays: 9 }))
    const [after] = await invoicesOf(call, account)
    const due = (instant = '') => search(call, { dueDateFrom: instant, dueDateTo: instant })
    expect((await due(before?.dueDate)).summary.count).toBe(0)
    expect((await due(after?.dueDate)).summary.count).toBe(1)
  })
})

describe('several filters', () => {
  test('must all match, also where op says and', async () => {
    const { find } = await furnished()
    for (const op of [undefined, 'and', 'AND']) {
      const more = op ? { op } : ({} as Record<string, string>)
      expect(valuesOf(await find({ status: 'Opened', observation: 'sexta', ...more }))).toEqual([
        10,
      ])
      expect(valuesOf(await find({ value: '20', status: 'Opened', ...more }))).toEqual([])
      const three = { value: '20', status: 'Paid', orderId: 'order-20', ...more }
      expect(valuesOf(await find(three))).toEqual([20])
    }
  })

  test('with op=or need one that matches', async () => {
    const { find, start } = await furnished()
    for (const op of ['or', 'OR']) {
      expect(valuesOf(await find({ value: '50', status: 'Paid', op }))).toEqual([20, 50])
      const { summary } = await find({ value: '50', status: 'Paid', op, from: '1', to: '1' })
      expect(summary).toMatchObject({ count: 2, total: 50, totalPaid: 20 })
    }
    // The two ends of a range are one filter.
    const [from, to] = [isoOf(start + DAY_MS), isoOf(start + 2 * DAY_MS)]
    const range = { createdDateFrom: from, createdDateTo: to, op: 'or' }
    expect(valuesOf(await find(range))).toEqual([20, 30])
    expect(valuesOf(await find({ ...range, value: '50' }))).toEqual([20, 30, 50])
    expect(valuesOf(await find({ op: 'or' }))).toEqual([10, 20, 30, 40, 50])
    expect(valuesOf(await find({ op: 'or', status: 'Paid' }))).toEqual([20])
  })

  test('with op=or stay within the account of the path, and of the store', async () => {
    const { call, ana, bia } = await furnished()
    await furnished()
    const parameters = query({ value: '40', status: 'Paid', op: 'or' })
    expect(valuesOf(ok(await call('GET', `${ana.path}/invoices?${parameters}`)))).toEqual([20])
    expect(valuesOf(ok(await call('GET', `${bia.path}/invoices?${parameters}`)))).toEqual([40])
    expect(valuesOf(ok(await call('GET', `/invoices?${parameters}`)))).toEqual([20, 40])
    const one = query({ creditAccountId: bia.id, status: 'Paid', op: 'or' })
    expect(valuesOf(ok(await call('GET', `/invoices?${one}`)))).toEqual([20, 40])
  })
})

test.each([
  ['status=Open', ['/status']],
  ['status=paid', ['/status']],
  ['status=', ['/status']],
  ['status=constructor', ['/status']],
  ['op=xor', ['/op']],
  ['op=', ['/op']],
  ['value=x', ['/value']],
  ['value=1.001', ['/value']],
  ['createdDateFrom=yesterday', ['/createdDateFrom']],
  ['createdDateFrom=', ['/createdDateFrom']],
  ['createdDateFrom=2026-02-30', ['/createdDateFrom']],
  ['createdDateFrom=2026-02-30T10:00:00Z', ['/createdDateFrom']],
  ['createdDateFrom=2026-13-01', ['/createdDateFrom']],
  ['createdDateTo=22/11/2026', ['/createdDateTo']],
  ['createDateTo=2026-11', ['/createDateTo']],
  ['createdDateTo=2026-11-22&createDateTo=x', ['/createDateTo']],
  ['dueDateFrom=1', ['/dueDateFrom']],
  ['dueDateTo=2026-11-22T99:00:00Z', ['/dueDateTo']],
  ['dueDateTo=20261122', ['/dueDateTo']],
  ['from=0', ['/from']],
  ['from=a', ['/from']],
  ['from=1e999', ['/from']],
  ['to=0', ['/to']],
  ['from=9&to=8', ['/to']],
  ['from=99999999999', ['/from']],
  ['status=x&op=y&value=z&from=0&dueDateTo=x', ['/status', '/op', '/value', '/from', '/dueDateTo']],
  ['status=Paid&status=Opened', ['/status']],
  ['observation=a&observation=b', ['/observation']],
])('names filter values that are unknown or malformed: 400 (%s)', async (text, pointers) => {
  const { path } = await openAccount(api.call)
  for (const list of ['/invoices', `${path}/invoices`]) {
    const answer = await api.call('GET', `${list}?${text}`)
    faults(answer, ...pointers)
    for (const error of answer.json.errors) expect(error.in).toBe('query')
  }
})

test('an account of another store is not found: 404, nor are its invoices', async () => {
  const { ana, path, call } = await furnished()
  const other = await api.newStore()
  refused(await other.call('GET', `${ana.path}/invoices`), 404, 'account-not-found')
  refused(await other.call('GET', path(0)), 404, 'account-not-found')
  expect(valuesOf(await search(other.call, { creditAccountId: ana.id }))).toEqual([])
  expect((await search(other.call, {})).summary.count).toBe(0)
  expect((await search(other.call, { op: 'or', status: 'Opened' })).summary.count).toBe(0)
  expect((await search(call, {})).summary.count).toBe(5)
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
