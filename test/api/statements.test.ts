/** Statements: the entries of an account over a period, and manual debits. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DAY_MS } from '../support/server.ts'
import { type Api, expectNoDrift, startApi } from './support/api.ts'
import { faults, ok, okEmpty, refused } from './support/expect.ts'
import { hold, newBuyer, type Opened, openAccount, order, totalsOf } from './support/make.ts'
import { isoOf } from './support/shapes.ts'

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const read = async ({ path }: Opened, query = '') =>
  ok(await api.call('GET', `${path}/statements${query}`))
const debit = ({ path }: Opened, id: string, value: unknown) =>
  api.call('PUT', `${path}/statements/${id}`, { value })

describe('the statement', () => {
  test('of an account that has nothing', async () => {
    const account = await openAccount(api.call)
    expect(await read(account)).toEqual({
      statements: [],
      currentBalance: 0,
      intervalBalance: 0,
      previousBalance: 0,
      truncated: false,
    })
  })

  test('has an entry for each thing that happened, with its origin, value and facts', async () => {
    const account = await openAccount(api.call, { creditLimit: 10_000, tolerance: 0.1 })
    const start = api.clock.now
    const step = () => api.clock.advance(1000)
    const { path } = account
    ok(await api.call('PUT', `${path}/creditlimit`, { value: 9000 }))
    step()
    ok(await api.call('PUT', `${path}/tolerance`, { value: 0 }))
    step()
    const facts = { orderId: 'order-1', installments: 3 }
    const { id, path: transaction } = await hold(api.call, account, 900, facts)
    ok(await api.call('PUT', `${transaction}/settlement`, { value: 600, final: false }))
    step()
    ok(await api.call('PUT', `${transaction}/settlement`, { value: 900 }))
    step()
    ok(await api.call('PUT', `${transaction}/settlement`, { value: 850 }))
    step()
    const invoice = (number: number) => `${path}/invoices/${id}-0${number}`
    ok(await api.call('POST', `${invoice(1)}/payments`))
    step()
    okEmpty(await api.call('PUT', invoice(1), { status: 'Opened' }))
    step()
    okEmpty(await api.call('DELETE', invoice(2)))
    step()
    ok(await api.call('POST', `${transaction}/refunds`, { value: 60 }))
    step()
    ok(await debit(account, 'fee-1', '-15'))
    const order1 = { transactionId: id, orderId: 'order-1' }
    const expected = [
      ['Credit', -1100, undefined],
      ['Credit', -900, undefined],
      ['Invoice', -600, { ...order1, numberOfInstallments: 3 }],
      ['Invoice', -300, { ...order1, numberOfInstallments: 3 }],
      ['Invoice', 50, { ...order1, numberOfInstallments: 3 }],
      ['Payment', 200, { transactionId: id, installment: 1 }],
      ['Payment', -200, { transactionId: id, installment: 1 }],
      ['Invoice', 200, { ...order1, installment: 2 }],
      ['Invoice', 60, { ...order1, installment: 6 }],
      ['Statement', -15, { statementId: 'fee-1' }],
    ] as const
    const statement = await read(account)
    expect(statement.statements).toEqual(
      expected.map(([origin, value, metadata], index) => ({
        value,
        date: isoOf(start + index * 1000),
        doneBy: api.key.appKey,
        origin,
        ...(metadata && { metadata }),
      })),
    )
    expect(statement).toMatchObject({
      previousBalance: 0,
      intervalBalance: -2605,
      currentBalance: -605,
      truncated: false,
    })
    expect((await totalsOf(api.call, account)).balance).toBe(-605)
  })

  test('shows no opening, hold, change of a hold, cancellation, expiry, holder, note or freeze', async () => {
    const account = await openAccount(api.call)
    const { path } = await hold(api.call, account, 10, { settle: false })
    ok(await api.call('PUT', path, { value: 5 }))
    okEmpty(await api.call('DELETE', path))
    const expirationDate = isoOf(api.clock.now + 1)
    await hold(api.call, account, 10, { settle: false, expirationDate })
    api.clock.advance(1)
    const claims = { email: newBuyer().email }
    ok(await api.call('POST', `${account.path}/holders`, { claims }))
    ok(await api.call('PUT', account.path, { email: newBuyer().email }))
    for (const frozen of [true, false]) {
      ok(await api.call('PUT', `${account.path}/freeze`, { frozen, reason: 'x' }))
    }
    expect((await read(account)).statements).toEqual([])
  })

  test('has an empty order where there is none', async () => {
    const account = await openAccount(api.call)
    await order(api.call, account, 10)
    expect((await read(account)).statements[0].metadata.orderId).toBe('')
  })

  test('keeps the order of what happened at one instant', async () => {
    const account = await openAccount(api.call)
    for (const value of [1, 2, 3, 4]) ok(await debit(account, `d-${value}`, -value))
    const { statements } = await read(account)
    expect(statements.map(({ value }: { value: number }) => value)).toEqual([-1, -2, -3, -4])
  })
})

describe('a period', () => {
  /** Debits of 1, 2, 4 and 8: at the ends of a day of São Paulo, just before and just after it. */
  async function aroundADay() {
    const account = await openAccount(api.call)
    const day = Math.ceil(api.clock.now / DAY_MS) * DAY_MS + 3 * 3_600_000
    for (const [value, at] of [
      [1, day - 1],
      [2, day],
      [4, day + DAY_MS - 1],
      [8, day + DAY_MS],
    ] as const) {
      api.clock.now = at
      ok(await debit(account, `d-${value}`, -value))
    }
    const summary = async (query: string) => {
      const { statements, previousBalance, intervalBalance, currentBalance } = await read(
        account,
        query,
      )
      const values = statements.map(({ value }: { value: number }) => value)
      return { values, previousBalance, intervalBalance, currentBalance }
    }
    return { day, date: isoOf(day).slice(0, 10), summary, account }
  }

  const shown = (previous: number, ...values: number[]) => ({
    values,
    previousBalance: previous,
    intervalBalance: values.reduce((sum, value) => sum + value, 0),
    currentBalance: -15,
  })

  test('of a date is that whole day of the store', async () => {
    const { date, summary } = await aroundADay()
    expect(await summary(`?from=${date}&to=${date}`)).toEqual(shown(-1, -2, -4))
    expect(await summary(`?from=${date}`)).toEqual(shown(-1, -2, -4, -8))
    expect(await summary(`?to=${date}`)).toEqual(shown(0, -1, -2, -4))
    expect(await summary('')).toEqual(shown(0, -1, -2, -4, -8))
  })

  test('of instants has both its ends', async () => {
    const { day, summary } = await aroundADay()
    const at = (ms: number) => isoOf(day + ms)
    expect(await summary(`?from=${at(0)}&to=${at(DAY_MS)}`)).toEqual(shown(-1, -2, -4, -8))
    expect(await summary(`?from=${at(1)}&to=${at(DAY_MS - 1)}`)).toEqual(shown(-3, -4))
    expect(await summary(`?from=${at(0)}&to=${at(0)}`)).toEqual(shown(-1, -2))
    expect(await summary(`?to=${at(-2)}`)).toEqual(shown(0))
  })

  test('in which nothing happened knows the balance before it', async () => {
    const { day, summary } = await aroundADay()
    const at = (ms: number) => isoOf(day + ms)
    expect(await summary(`?from=${at(1)}&to=${at(2)}`)).toEqual(shown(-3))
    expect(await summary('?from=2190-01-01')).toEqual(shown(-15))
    expect(await summary('?to=2020-01-01')).toEqual(shown(0))
  })

  test('has a balance before it that changes of the limit do not touch', async () => {
    const { date, summary, account } = await aroundADay()
    api.clock.advance(1000)
    const from = isoOf(api.clock.now)
    ok(await api.call('PUT', `${account.path}/creditlimit`, { value: 500 }))
    expect(await summary(`?from=${from}`)).toEqual(shown(-15, -500))
    expect(await summary(`?from=${date}&to=${date}`)).toEqual(shown(-1, -2, -4))
  })

  test('names what is malformed: 400', async () => {
    const { path } = await openAccount(api.call)
    for (const wrong of ['x', '', '1', '2026-02-30', '2026-02-30T10:00:00Z', '22/11/2026']) {
      faults(await api.call('GET', `${path}/statements?from=${wrong}`), '/from')
      faults(await api.call('GET', `${path}/statements?to=${wrong}`), '/to')
      faults(await api.call('GET', `${path}/statements?from=${wrong}&to=${wrong}`), '/from', '/to')
    }
    faults(await api.call('GET', `${path}/statements?from=2026-01-01&from=2026-01-02`), '/from')
  })
})

test('a period of more than 10,000 entries shows the newest, and says so', async () => {
  const account = await openAccount(api.call)
  const submit = (statementId: string, value: bigint) =>
    api.writer.submit({
      storeId: api.store.storeId,
      accountId: account.id,
      command: { type: 'debit', statementId, value },
      doneBy: 'test',
    })
  await submit('first', -300n)
  await Promise.all(Array.from({ length: 5000 }, (_, index) => submit(`a${index}`, -1n)))
  await Promise.all(Array.from({ length: 5000 }, (_, index) => submit(`b${index}`, -1n)))
  const statement = await read(account)
  expect(statement.statements).toHaveLength(10_000)
  expect(statement).toMatchObject({
    truncated: true,
    previousBalance: -3,
    intervalBalance: -100,
    currentBalance: -103,
  })
})

describe('a manual debit', () => {
  test('answers the value as a decimal string, and lowers the balance', async () => {
    const account = await openAccount(api.call)
    const answer = await debit(account, 'fee', '-15')
    expect(ok(answer)).toEqual({ value: '-15.00' })
    expect(await totalsOf(api.call, account)).toMatchObject({ balance: -15, availableCredit: 985 })
    expect(ok(await debit(account, 'fee-2', -0.5)).value).toBe('-0.50')
  })

  test('again under the same id and value answers the same, and counts once', async () => {
    const account = await openAccount(api.call)
    const first = ok(await debit(account, 'fee', '-15'))
    for (const value of ['-15', '-15.00', -15]) {
      api.clock.advance(1000)
      expect(ok(await debit(account, 'fee', value))).toEqual(first)
    }
    expect((await totalsOf(api.call, account)).balance).toBe(-15)
    expect((await read(account)).statements).toHaveLength(1)
  })

  test('under the same id and another value is refused: 409', async () => {
    const account = await openAccount(api.call)
    ok(await debit(account, 'fee', '-15'))
    const problem = refused(await debit(account, 'fee', '-15.01'), 409, 'debit-conflict')
    expect(problem).toMatchObject({ statementId: 'fee', value: -15 })
    expect((await totalsOf(api.call, account)).balance).toBe(-15)
  })

  test('counts once where many come at once', async () => {
    const account = await openAccount(api.call)
    const send = () => debit(account, 'fee', '-15')
    const answers = await Promise.all(Array.from({ length: 10 }, send))
    for (const answer of answers) expect(ok(answer)).toEqual({ value: '-15.00' })
    expect((await totalsOf(api.call, account)).balance).toBe(-15)
  })

  test('has an id of its own in each account, and case counts', async () => {
    const account = await openAccount(api.call)
    const other = await openAccount(api.call)
    ok(await debit(account, 'fee', '-15'))
    ok(await debit(other, 'fee', '-16'))
    ok(await debit(account, 'FEE', '-17'))
    expect((await totalsOf(api.call, account)).balance).toBe(-32)
  })

  test('may pass the limit', async () => {
    const account = await openAccount(api.call)
    ok(await debit(account, 'fee', '-1500'))
    expect((await totalsOf(api.call, account)).availableCredit).toBe(-500)
  })

  test('names a value that is missing or not below zero: 400', async () => {
    const account = await openAccount(api.call)
    faults(await api.call('PUT', `${account.path}/statements/x`, {}), '/value')
    const wrong = ['0', 0, '-0', '0.00', '15', 15, '-0.001', '', 'x', null, true, {}, []]
    for (const value of wrong) faults(await debit(account, 'x', value), '/value')
    expect((await read(account)).statements).toEqual([])
  })

  test('names an id that cannot be one: 400', async () => {
    const account = await openAccount(api.call)
    for (const id of ['_x', 'a%20b', 'x'.repeat(101), '%C3%A9', '%00']) {
      const answer = await debit(account, id, '-1')
      faults(answer, '/statementId')
      expect(answer.json.errors[0].in).toBe('path')
    }
    for (const id of ['1', 'A-b_c.d:e', 'x'.repeat(100)]) ok(await debit(account, id, '-1'))
  })
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
