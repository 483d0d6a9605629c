/** Invoices: read, change, cancel, pay, take back, postpone; overdue. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DAY_MS } from '../support/server.ts'
import { type Api, type Call, expectNoDrift, startApi } from './support/api.ts'
import { faults, ok, okEmpty, refused } from './support/expect.ts'
import { openAccount, order, statementsOf, totalsOf } from './support/make.ts'
import { FRIENDLY_ID, isoOf } from './support/shapes.ts'

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

/** An account with one order, of one invoice where nothing else is said. */
async function owed(value = 100, installments = 1, call: Call = api.call) {
  const account = await openAccount(call)
  const fields = { orderId: '1375060513100-01' }
  const { id, path, invoices, invoiceIds } = await order(call, account, value, installments, fields)
  const invoice = invoices[0] ?? ''
  const put = (body: unknown, query = '') => call('PUT', `${invoice}${query}`, body)
  const read = async () => ok(await call('GET', invoice))
  const balance = async () => (await totalsOf(call, account)).balance
  const lines = async () =>
    (await statementsOf(call, account)).map(({ origin, value: amount }) => `${origin} ${amount}`)
  return {
    account,
    transactionId: id,
    transaction: path,
    invoice,
    invoices,
    invoiceId: invoiceIds[0] ?? '',
    put,
    read,
    balance,
    lines,
  }
}

describe('reading', () => {
  test('answers the invoice with all its fields', async () => {
    const { account, transactionId, invoiceId, read } = await owed(50.01)
    const at = isoOf(api.clock.now)
    const due = isoOf(api.clock.now + 30 * DAY_MS)
    expect(await read()).toEqual({
      id: `${transactionId}-01`,
      friendlyId: FRIENDLY_ID,
      status: 'Opened',
      overdue: false,
      value: 50.01,
      accountId: account.id,
      creditValue: 0,
      createdAt: at,
      resolvedAt: null,
      updatedAt: at,
      paymentLink: null,
      originalDueDate: due,
      dueDate: due,
      installment: 1,
      orderId: '1375060513100-01',
      observation: null,
      transactionId,
      numberOfInstallments: 1,
      settlement: 1,
      creditAccountId: account.id,
    })
    expect(invoiceId).toBe(`${transactionId}-01`)
  })

  test('takes the id in small letters too', async () => {
    const { account, invoiceId } = await owed()
    const path = `${account.path}/invoices/${invoiceId.toLowerCase()}`
    expect(ok(await api.call('GET', path)).id).toBe(invoiceId)
  })

  test('has an empty order where there is none', async () => {
    const account = await openAccount(api.call)
    const { invoices } = await order(api.call, account, 10)
    expect(ok(await api.call('GET', invoices[0] ?? '')).orderId).toBe('')
  })
})

describe('the list of an account', () => {
  test('of none is empty, with a slash at its end too', async () => {
    const { path } = await openAccount(api.call)
    const nothing = {
      data: [],
      summary: { count: 0, total: 0, totalOverdue: 0, totalPaid: 0, totalCancelled: 0 },
    }
    expect(ok(await api.call('GET', `${path}/invoices`))).toEqual(nothing)
    expect(ok(await api.call('GET', `${path}/invoices/`))).toEqual(nothing)
  })

  test('has every invoice with all its fields, and sums them by state', async () => {
    const { account, invoices } = await owed(100, 4)
    ok(await api.call('POST', `${invoices[0]}/payments`))
    ok(await api.call('DELETE', invoices[1] ?? ''))
    const data = []
    for (const invoice of invoices) data.push(ok(await api.call('GET', invoice)))
    expect(ok(await api.call('GET', `${account.path}/invoices`))).toEqual({
      data,
      summary: { count: 4, total: 50, totalOverdue: 0, totalPaid: 25, totalCancelled: 25 },
    })
  })
})

describe('changing', () => {
  test('answers nothing, and keeps what is not sent', async () => {
    const { put, read } = await owed()
    const before = await read()
    okEmpty(await put({}))
    okEmpty(await put({ status: null }))
    expect(await read()).toEqual(before)

    api.clock.advance(1000)
    const updatedAt = isoOf(api.clock.now)
    okEmpty(await put({ observation: 'Promised for Friday' }))
    const noted = { ...before, observation: 'Promised for Friday', updatedAt }
    expect(await read()).toEqual(noted)
    okEmpty(await put({ paymentLink: 'https://pay.example.com/1?x=ção#y' }))
    const linked = { ...noted, paymentLink: 'https://pay.example.com/1?x=ção#y' }
    expect(await read()).toEqual(linked)
    okEmpty(await put({ status: 'Paid' }))
    expect(await read()).toEqual({ ...linked, status: 'Paid', resolvedAt: updatedAt })
  })

  test.each(['', null])('clears with %j', async (nothing) => {
    const { put, read } = await owed()
    okEmpty(await put({ observation: 'Note', paymentLink: 'https://pay.example.com' }))
    okEmpty(await put({ observation: nothing }))
    expect(await read()).toMatchObject({
      observation: null,
      paymentLink: 'https://pay.example.com',
    })
    okEmpty(await put({ paymentLink: nothing }))
    expect(await read()).toMatchObject({ observation: null, paymentLink: null })
  })

  test('of words and links makes no entry, whatever the state', async () => {
    const { put, read, lines, invoice } = await owed()
    ok(await api.call('POST', `${invoice}/payments`))
    okEmpty(await put({ observation: 'Receipt 7', paymentLink: 'http://pay.example.com' }))
    expect(await read()).toMatchObject({ status: 'Paid', observation: 'Receipt 7' })
    expect(await lines()).toEqual(['Invoice -100', 'Payment 100'])
  })

  test('takes all three at once, or none of them where one is refused', async () => {
    const { put, read, invoice } = await owed()
    okEmpty(await put({ status: 'Paid', observation: 'a', paymentLink: 'https://a.example' }))
    const before = await read()
    expect(before).toMatchObject({ status: 'Paid', observation: 'a' })
    const other = { observation: 'b', paymentLink: 'https://b.example' }
    refused(await put({ status: 'Cancelled', ...other }), 409, 'invoice-transition')
    faults(await put({ status: 'Opened', observation: 'b', paymentLink: 'b' }), '/paymentLink')
    expect(ok(await api.call('GET', invoice))).toEqual(before)
  })

  test('takes a link of 2,048 characters and no more: 400', async () => {
    const { put, read } = await owed()
    const link = (length: number) => 'https://pay.example.com/'.padEnd(length, 'x')
    okEmpty(await put({ paymentLink: link(2048) }))
    expect((await read()).paymentLink).toHaveLength(2048)
    faults(await put({ paymentLink: link(2049) }), '/paymentLink')
    faults(await put({ paymentLink: link(5000) }), '/paymentLink')
  })

  test.each([
    ['/status', ['Overdue', 'paid', '', 1, true, {}]],
    ['/observation', [1, true, {}, [], 'x'.repeat(2001)]],
    [
      '/paymentLink',
      [
        1,
        true,
        {},
        'x',
        ' ',
        'pay.example.com',
        '//pay.example.com',
        '/pay',
        'ftp://pay.example.com',
        'javascript:alert(1)',
        'data:text/html,x',
        'mailto:a@example.com',
        'https://',
        'https://a b.example.com',
        'https://pay.example.com/a b',
        ' https://pay.example.com',
      ],
    ],
  ])('names %s where it is wrong: 400', async (pointer, values) => {
    const { put, read } = await owed()
    const before = await read()
    for (const value of values) faults(await put({ [pointer.slice(1)]: value }), pointer)
    expect(await read()).toEqual(before)
  })

  test('takes an observation of 2,000 characters of any language', async () => {
    const { put, read } = await owed()
    const observation = '✓ ção 用户 🙂\n'.padEnd(2000, 'x')
    okEmpty(await put({ observation }))
    expect((await read()).observation).toBe(observation)
  })

  test('with a friendly id that is not its own is refused: 404', async () => {
    const { put, read } = await owed(100, 2)
    const { friendlyId } = await read()
    okEmpty(await put({ observation: 'mine' }, `?friendlyId=${friendlyId}`))
    const other = friendlyId.replace(/-1$/, '-2')
    for (const wrong of [other, 'xxxxxxxx-1', '', friendlyId.toLowerCase().concat('0')]) {
      const answer = await put({ status: 'Paid', observation: 'x' }, `?friendlyId=${wrong}`)
      refused(answer, 404, 'invoice-not-found')
    }
    expect(await read()).toMatchObject({ status: 'Opened', observation: 'mine' })
  })
})

describe('the states', () => {
  type State = 'Opened' | 'Paid' | 'Cancelled'

  /** What each change of state does to the balance; null where it is refused. */
  const TRANSITIONS: readonly [State, State, number | null, string[]][] = [
    ['Opened', 'Opened', -100, []],
    ['Opened', 'Paid', 0, ['Payment 100']],
    ['Opened', 'Cancelled', 0, ['Invoice 100']],
    ['Paid', 'Opened', -100, ['Payment -100']],
    ['Paid', 'Paid', 0, []],
    ['Paid', 'Cancelled', null, []],
    ['Cancelled', 'Opened', null, []],
    ['Cancelled', 'Paid', null, []],
    ['Cancelled', 'Cancelled', 0, []],
  ]

  const reach = async (status: State) => {
    const made = await owed()
    if (status !== 'Opened') okEmpty(await made.put({ status }))
    return made
  }

  test.each(TRANSITIONS)('%s → %s by PUT', async (from, to, after, entries) => {
    const { put, read, balance, lines } = await reach(from)
    const before = { invoice: await read(), balance: await balance(), lines: await lines() }
    api.clock.advance(1000)
    const answer = await put({ status: to })
    if (after === null) {
      const problem = refused(answer, 409, 'invoice-transition')
      expect(problem).toMatchObject({ from, to })
      expect(await read()).toEqual(before.invoice)
      expect(await balance()).toBe(before.balance)
    } else {
      okEmpty(answer)
      expect((await read()).status).toBe(to)
      expect(await balance()).toBe(after)
      if (from === to) expect(await read()).toEqual(before.invoice)
      const resolvedAt = to === 'Opened' ? null : isoOf(api.clock.now)
      if (from !== to) expect((await read()).resolvedAt).toBe(resolvedAt)
    }
    expect(await lines()).toEqual([...before.lines, ...entries])
  })

  test.each([
    ['Opened', true],
    ['Paid', false],
    ['Cancelled', true],
  ] as const)('%s → Cancelled by DELETE', async (from, isTaken) => {
    const { invoice, read, lines } = await reach(from)
    const answer = await api.call('DELETE', invoice)
    if (isTaken) okEmpty(answer)
    else refused(answer, 409, 'invoice-transition')
    expect((await read()).status).toBe(isTaken ? 'Cancelled' : from)
    expect(await lines()).toHaveLength(from === 'Opened' && !isTaken ? 1 : 2)
  })

  test.each([
    ['Opened', true],
    ['Paid', true],
    ['Cancelled', false],
  ] as const)('%s → Paid by POST payments', async (from, isTaken) => {
    const { invoice, read } = await reach(from)
    const answer = await api.call('POST', `${invoice}/payments`)
    if (isTaken) expect(ok(answer)).toEqual(await read())
    else refused(answer, 409, 'invoice-transition')
    expect((await read()).status).toBe(isTaken ? 'Paid' : from)
  })

  test('go from paid to open and back as often as it takes', async () => {
    const { put, balance, lines } = await owed()
    for (let count = 0; count < 3; count += 1) {
      okEmpty(await put({ status: 'Paid' }))
      expect(await balance()).toBe(0)
      okEmpty(await put({ status: 'Opened' }))
      expect(await balance()).toBe(-100)
    }
    expect(await lines()).toHaveLength(7)
  })
})

describe('paying', () => {
  test('answers the invoice, and gives the credit back', async () => {
    const { account, invoice, read, balance } = await owed(30.3)
    const before = await read()
    api.clock.advance(1000)
    const at = isoOf(api.clock.now)
    const paid = ok(await api.call('POST', `${invoice}/payments`))
    expect(paid).toEqual({ ...before, status: 'Paid', resolvedAt: at, updatedAt: at })
    expect(await balance()).toBe(0)
    expect((await totalsOf(api.call, account)).availableCredit).toBe(1000)
  })

  test('twice answers the same, and counts once', async () => {
    const { account, transactionId, invoice, balance } = await owed()
    const first = ok(await api.call('POST', `${invoice}/payments`))
    api.clock.advance(1000)
    expect(ok(await api.call('POST', `${invoice}/payments`, {}))).toEqual(first)
    expect(await balance()).toBe(0)
    const [, ...payments] = await statementsOf(api.call, account)
    expect(payments).toEqual([
      {
        value: 100,
        date: first.resolvedAt,
        doneBy: api.key.appKey,
        origin: 'Payment',
        metadata: { transactionId, installment: 1 },
      },
    ])
  })

  test('counts once where many come at once', async () => {
    const { invoice, balance } = await owed()
    const pay = () => api.call('POST', `${invoice}/payments`)
    const answers = await Promise.all(Array.from({ length: 10 }, pay))
    for (const answer of answers) ok(answer)
    expect(await balance()).toBe(0)
  })

  test('what is left after a refund', async () => {
    const { invoice, transaction, balance } = await owed()
    ok(await api.call('POST', `${transaction}/refunds`, { value: 40 }))
    const paid = ok(await api.call('POST', `${invoice}/payments`))
    expect(paid).toMatchObject({ value: 60, creditValue: 40, status: 'Paid' })
    expect(await balance()).toBe(0)
  })

  test('of a frozen account is taken', async () => {
    const { account, invoice } = await owed()
    ok(await api.call('PUT', `${account.path}/freeze`, { frozen: true, reason: 'Late' }))
    ok(await api.call('POST', `${invoice}/payments`))
  })
})

describe('cancelling', () => {
  test('gives the credit back, and shows on the statement', async () => {
    const { account, transactionId, invoices, balance } = await owed(100, 2)
    okEmpty(await api.call('DELETE', invoices[1] ?? ''))
    expect(await balance()).toBe(-50)
    const [, cancelled] = await statementsOf(api.call, account)
    expect(cancelled).toEqual({
      value: 50,
      date: isoOf(api.clock.now),
      doneBy: api.key.appKey,
      origin: 'Invoice',
      metadata: { transactionId, orderId: '1375060513100-01', installment: 2 },
    })
  })

  test('twice counts once', async () => {
    const { invoice, balance, lines } = await owed()
    for (let count = 0; count < 3; count += 1) okEmpty(await api.call('DELETE', invoice))
    expect(await balance()).toBe(0)
    expect(await lines()).toEqual(['Invoice -100', 'Invoice 100'])
  })
})

describe('overdue', () => {
  test('is an open invoice whose due day has gone by in the store', async () => {
    const { read, invoice, account, put } = await owed()
    const { dueDate } = await read()
    // Due at some time of a day in São Paulo, which ends at 3:00 UTC.
    const day = new Date(Date.parse(dueDate) - 3 * 3_600_000).toISOString().slice(0, 10)
    const end = Date.parse(`${day}T03:00:00Z`) + DAY_MS
    api.clock.now = end - 1
    expect(await read()).toMatchObject({ status: 'Opened', overdue: false })
    expect(ok(await api.call('GET', `${account.path}/invoices`)).summary.totalOverdue).toBe(0)
    api.clock.now = end
    expect(await read()).toMatchObject({ status: 'Opened', overdue: true })
    const { summary, data } = ok(await api.call('GET', `${account.path}/invoices?status=Overdue`))
    expect(summary).toMatchObject({ count: 1, total: 100, totalOverdue: 100 })
    expect(data[0]).toMatchObject({ overdue: true, status: 'Opened' })
    expect(ok(await api.call('POST', `${invoice}/payments`)).overdue).toBe(false)
    okEmpty(await put({ status: 'Opened' }))
    expect((await read()).overdue).toBe(true)
    okEmpty(await api.call('DELETE', invoice))
    expect((await read()).overdue).toBe(false)
  })

  test('begins with the day of the store, wherever that is', async () => {
    const own = await startApi()
    // In Pago Pago it is the evening before.
    own.clock.now = Date.parse('2026-12-16T06:00:00Z')
    const stores = []
    for (const [timeZone, begins] of [
      ['Pacific/Kiritimati', '2027-01-15T10:00:00.000Z'],
      ['Pacific/Pago_Pago', '2027-01-15T11:00:00.000Z'],
      ['Asia/Kathmandu', '2027-01-15T18:15:00.000Z'],
      ['UTC', '2027-01-16T00:00:00.000Z'],
    ] as const) {
      const { call } = await own.newStore(undefined, 'BRL', timeZone)
      stores.push({ timeZone, begins: Date.parse(begins), call, ...(await owed(100, 1, call)) })
    }
    for (const { timeZone, begins, call, read, account } of stores) {
      for (const overdue of [false, true]) {
        own.clock.now = overdue ? begins : begins - 1
        expect((await read()).overdue, timeZone).toBe(overdue)
        const list = ok(await call('GET', `${account.path}/invoices?status=Overdue`))
        expect(list.summary.count, timeZone).toBe(overdue ? 1 : 0)
      }
    }
    await own.close()
  })
})

describe('postponing', () => {
  async function postponable(config: Record<string, unknown> = {}) {
    const { call } = await api.newStore({
      postponementEnabled: true,
      invoicePostponementLimit: 3,
      maxPostponementDays: 20,
      ...config,
    })
    const made = await owed(100, 2, call)
    const postpone = (dueDays: unknown) => call('PUT', `${made.invoice}/postponement`, { dueDays })
    return { ...made, call, postpone }
  }

  test('answers nothing, and moves the due date but not the original', async () => {
    const { postpone, read, lines } = await postponable()
    const before = await read()
    api.clock.advance(1000)
    okEmpty(await postpone(10))
    const dueDate = isoOf(Date.parse(before.dueDate) + 10 * DAY_MS)
    expect(await read()).toEqual({ ...before, dueDate, updatedAt: isoOf(api.clock.now) })
    okEmpty(await postpone('5'))
    expect((await read()).dueDate).toBe(isoOf(Date.parse(before.dueDate) + 15 * DAY_MS))
    expect((await read()).originalDueDate).toBe(before.originalDueDate)
    expect(await lines()).toEqual(['Invoice -100'])
  })

  test('is refused where the store does not: 409', async () => {
    const { postpone, read } = await postponable({ postponementEnabled: false })
    const before = await read()
    refused(await postpone(1), 409, 'postponement-disabled')
    expect(await read()).toEqual(before)
  })

  test('is refused past the number of times: 409', async () => {
    const { postpone } = await postponable({ invoicePostponementLimit: 2 })
    okEmpty(await postpone(1))
    okEmpty(await postpone(1))
    expect(refused(await postpone(1), 409, 'postponement-limit').most).toBe(2)
    const never = await postponable({ invoicePostponementLimit: 0 })
    expect(refused(await never.postpone(1), 409, 'postponement-limit').most).toBe(0)
  })

  test('is refused past the days in total: 409 with what is left', async () => {
    const { postpone } = await postponable({ maxPostponementDays: 10 })
    expect(refused(await postpone(11), 409, 'postponement-days')).toMatchObject({ left: 10 })
    okEmpty(await postpone(4))
    expect(refused(await postpone(7), 409, 'postponement-days')).toMatchObject({ left: 6 })
    okEmpty(await postpone(6))
    expect(refused(await postpone(1), 409, 'postponement-days')).toMatchObject({ left: 0 })
  })

  test('counts each invoice by itself', async () => {
    const { postpone, invoices, call } = await postponable({ invoicePostponementLimit: 1 })
    okEmpty(await postpone(20))
    okEmpty(await call('PUT', `${invoices[1]}/postponement`, { dueDays: 20 }))
  })

  test('is for open invoices only: 409', async () => {
    for (const status of ['Paid', 'Cancelled']) {
      const { postpone, put } = await postponable()
      okEmpty(await put({ status }))
      expect(refused(await postpone(1), 409, 'postponement-not-open').state).toBe(status)
    }
  })

  test('makes an overdue invoice one that is not', async () => {
    const { postpone, read } = await postponable()
    api.clock.advance(32 * DAY_MS)
    expect((await read()).overdue).toBe(true)
    okEmpty(await postpone(20))
    expect((await read()).overdue).toBe(false)
  })

  test('follows a configuration that changes', async () => {
    const { postpone, call } = await postponable({ maxPostponementDays: 1 })
    refused(await postpone(2), 409, 'postponement-days')
    ok(await call('PUT', '/storeconfig', { maxPostponementDays: 2 }))
    okEmpty(await postpone(2))
    ok(await call('PUT', '/storeconfig', { maxPostponementDays: 1 }))
    expect(refused(await postpone(1), 409, 'postponement-days').left).toBe(0)
  })

  test('names days that are missing or wrong: 400', async () => {
    const { postpone, invoice, call } = await postponable()
    faults(await call('PUT', `${invoice}/postponement`, {}), '/dueDays')
    for (const days of [null, true, {}, '', 'x', 0, -1, 1.5, 3651, 1e20]) {
      faults(await postpone(days), '/dueDays')
    }
  })
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
