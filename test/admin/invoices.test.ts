/** Invoices as the Admin looks for them: states, search, order, and what stands behind one. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, expectNoDrift, startApi } from '../api/support/api.ts'
import { faults, ok, okEmpty, refused } from '../api/support/expect.ts'
import { type Opened, openAccount, order } from '../api/support/make.ts'
import { DAY_MS } from '../support/server.ts'

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const list = async (query = '', call = api.call) =>
  ok(await call('GET', `//api/admin/invoices${query}`))

const details = async (invoiceId: string, call = api.call) =>
  ok(await call('GET', `//api/admin/invoices/${invoiceId}`))

const idsOf = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id)

interface Scene {
  readonly call: Api['call']
  readonly ana: Opened
  readonly bia: Opened
  readonly ids: Readonly<Record<string, string>>
}

/** Two accounts, five invoices, one in each state and two that are open; each a day later. */
async function scene(): Promise<Scene> {
  const { call } = await api.newStore()
  const ana = await openAccount(call, { email: 'ana+loja@example.com' })
  const bia = await openAccount(call, { email: 'bia@example.com' })
  const late = await order(call, ana, 10, 1, { orderId: 'order-late' })
  api.clock.advance(31 * DAY_MS)
  const paid = await order(call, ana, 20.5, 1, { orderId: 'order-paid' })
  ok(await call('POST', `${paid.invoices[0]}/payments`))
  const cancelled = await order(call, bia, 30)
  okEmpty(await call('DELETE', cancelled.invoices[0] ?? ''))
  api.clock.advance(DAY_MS)
  const open = await order(call, bia, 99.99, 2, { orderId: 'order-open' })
  okEmpty(await call('PUT', open.invoices[1] ?? '', { observation: 'Prometeu Pagar sexta' }))
  const [first = '', second = ''] = open.invoiceIds
  const only = ({ invoiceIds }: { invoiceIds: readonly string[] }) => invoiceIds[0] ?? ''
  const ids = { late: only(late), paid: only(paid), cancelled: only(cancelled), first, second }
  return { call, ana, bia, ids }
}

describe('the list', () => {
  let made: Scene

  beforeAll(async () => {
    made = await scene()
  })

  test('has the four states with their sums, and the newest first', async () => {
    const { call, bia, ids } = made
    const all = await list('', call)
    expect(all.states).toEqual([
      { status: 'Opened', count: 2, value: 99.99 },
      { status: 'Overdue', count: 1, value: 10 },
      { status: 'Paid', count: 1, value: 20.5 },
      { status: 'Cancelled', count: 1, value: 30 },
    ])
    expect(all.total).toEqual({ count: 5, value: 160.49 })
    expect(all.paging).toEqual({ from: 1, to: 20, total: 5 })
    expect(idsOf(all).slice(0, 2)).toEqual([ids.second, ids.first])
    expect(idsOf(all).at(-1)).toBe(ids.late)
    const { accountEmail, ...invoice } = all.data[0]
    expect(accountEmail).toBe(bia.email)
    expect(invoice).toEqual(ok(await call('GET', `${bia.path}/invoices/${ids.second}`)))
  })

  test('of one state says of the others how many they are', async () => {
    const { call, ids } = made
    const overdue = await list('?status=Overdue', call)
    expect(idsOf(overdue)).toEqual([ids.late])
    expect(overdue.total).toEqual({ count: 1, value: 10 })
    expect(overdue.states).toEqual((await list('', call)).states)
    const open = await list('?status=Opened&sort=createdAt&order=asc', call)
    expect(idsOf(open)).toEqual([ids.first, ids.second])
  })

  test.each([
    ['an order id', () => 'order-late', ['late']],
    [
      'a friendly id',
      async () => (await details(made.ids.paid ?? '', made.call)).friendlyId,
      ['paid'],
    ],
    [
      'a friendly id without its number',
      async () => (await details(made.ids.first ?? '', made.call)).friendlyId.split('-')[0],
      ['second', 'first'],
    ],
    ['an invoice id', () => made.ids.first?.toLowerCase(), ['first']],
    ['a transaction id', () => made.ids.first?.slice(0, 32), ['second', 'first']],
    ['an e-mail', () => 'BIA@example.com', ['second', 'first', 'cancelled']],
    ['the beginning of an e-mail', () => 'ana+lo', ['paid', 'late']],
    ['a part of an observation', () => ' pagar ', ['second']],
    ['what nobody has', () => '%', []],
  ])('finds %s', async (_, textOf, names) => {
    const q = encodeURIComponent((await textOf()) ?? '')
    const found = await list(`?q=${q}`, made.call)
    expect(idsOf(found)).toEqual(names.map((name) => made.ids[name]))
    expect(found.total.count).toBe(names.length)
  })

  test('keeps to ranges, an account and an order, all at once', async () => {
    const { call, ana, ids } = made
    const asked = async (query: string) => idsOf(await list(query, call))
    expect(await asked('?valueFrom=20.5&valueTo=30&sort=value&order=asc')).toEqual([
      ids.paid,
      ids.cancelled,
    ])
    expect(await asked(`?accountId=${ana.id}&valueFrom=11`)).toEqual([ids.paid])
    expect(await asked(`?accountId=${ana.id}&q=order-open`)).toEqual([])
    const { dueDate, createdAt } = (await list(`?q=order-late`, call)).data[0]
    const due = dueDate.slice(0, 10)
    expect(await asked(`?dueDateFrom=${due}&dueDateTo=${due}`)).toEqual([ids.late])
    expect(await asked(`?createdDateTo=${createdAt}`)).toEqual([ids.late])
    expect(await asked('?sort=dueDate&order=asc&to=1')).toEqual([ids.late])
    expect(await asked('?sort=dueDate&order=desc&to=1')).toEqual([ids.second])
    expect(await asked('?from=5&to=5')).toEqual([ids.late])
    expect(await asked('?from=6&to=9')).toEqual([])
  })

  test('names what it cannot read: 400', async () => {
    const query =
      'status=Late&sort=name&order=up&valueFrom=x&valueTo=1.001&dueDateFrom=soon&createdDateTo=1&from=0'
    faults(
      await api.call('GET', `//api/admin/invoices?${query}`),
      ...['/status', '/sort', '/order', '/valueFrom', '/valueTo', '/dueDateFrom', '/createdDateTo'],
      '/from',
    )
  })
})

describe('one invoice', () => {
  test('comes with its account, its sisters and its history', async () => {
    const { call } = await api.newStore({
      postponementEnabled: true,
      invoicePostponementLimit: 2,
      maxPostponementDays: 9,
    })
    const account = await openAccount(call)
    const { invoices, invoiceIds, path } = await order(call, account, 90, 3)
    await order(call, account, 30)
    const [one = '', two = ''] = invoices
    okEmpty(await call('PUT', `${two}/postponement`, { dueDays: 3 }))
    ok(await call('POST', `${two}/payments`))
    okEmpty(await call('PUT', two, { status: 'Opened', observation: 'Bounced' }))
    ok(await call('POST', `${one}/payments`))
    ok(await call('POST', `${path}/refunds`, { value: 40 }))

    const found = await details(invoiceIds[1] ?? '', call)
    expect(found).toMatchObject({
      id: invoiceIds[1],
      accountId: account.id,
      accountEmail: account.email,
      accountStatus: 'Open',
      postponements: 1,
      postponedDays: 3,
      value: 20,
      creditValue: 10,
      observation: 'Bounced',
    })
    expect(idsOf({ data: found.sisters })).toEqual([invoiceIds[0], invoiceIds[2]])
    expect(found.history.map(({ type }: { type: string }) => type)).toEqual([
      'TransactionRefunded',
      ...['InvoiceAnnotated', 'PaymentTakenBack', 'InvoicePaid', 'InvoicePostponed'].toSorted(
        byHistory(found.history),
      ),
      'TransactionSettled',
    ])
    expect(found.history[0]).toMatchObject({
      value: 40,
      reductions: [
        { installment: 3, by: 30 },
        { installment: 2, by: 10 },
      ],
    })
    expect(found.history.at(-1)).toMatchObject({ value: 90, numberOfInstallments: 3 })
    const sister = await details(invoiceIds[0] ?? '', call)
    expect(sister.history.map(({ type }: { type: string }) => type)).toEqual([
      'InvoicePaid',
      'TransactionSettled',
    ])
  })

  test('that is not there, or of another store, is not found: 404', async () => {
    const other = await api.newStore()
    const { invoiceIds } = await order(other.call, await openAccount(other.call), 10)
    for (const id of [invoiceIds[0], '0'.repeat(32).concat('-01'), 'nothing']) {
      const answer = await api.call('GET', `//api/admin/invoices/${id}`)
      refused(answer, 404, 'invoice-not-found')
    }
  })
})

/** The order in which the history has these types: that is another test's matter. */
function byHistory(history: readonly { type: string }[]) {
  const place = (type: string) => history.findIndex((entry) => entry.type === type)
  return (one: string, other: string) => place(one) - place(other)
}

test('another store sees nothing of it', async () => {
  const { ids } = await scene()
  const other = await api.newStore()
  expect((await list('', other.call)).total).toEqual({ count: 0, value: 0 })
  for (const query of ['?q=order-late', `?q=${ids.first}`, '?q=ana', '?valueFrom=0']) {
    expect((await list(query, other.call)).data).toEqual([])
  }
})

test('needs Read Invoices: 403', async () => {
  const by = await api.asKeyWith('Read Checking Accounts')
  for (const path of ['', `/${'0'.repeat(32)}-01`]) {
    const answer = await by('GET', `//api/admin/invoices${path}`)
    expect(refused(answer, 403, 'missing-resource').resource).toBe('Read Invoices')
  }
  const reader = await api.asKeyWith('Read Invoices')
  ok(await reader('GET', '//api/admin/invoices'))
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
