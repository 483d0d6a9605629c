/** Credit limit, tolerance, and what they let pass. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, type Call, expectNoDrift, startApi } from './support/api.ts'
import { faults, ok, refused } from './support/expect.ts'
import { hold, newBuyer, openAccount, order, statementsOf, totalsOf } from './support/make.ts'
import { accountShape, isoOf } from './support/shapes.ts'

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const setLimit = (call: Call, path: string, value: unknown) =>
  call('PUT', `${path}/creditlimit`, { value })
const setTolerance = (call: Call, path: string, value: unknown) =>
  call('PUT', `${path}/tolerance`, { value })
const authorize = (call: Call, path: string, value: unknown) =>
  call('POST', `${path}/transactions`, { value })

describe('changing the credit limit', () => {
  test('answers the account, with all its fields', async () => {
    const buyer = newBuyer()
    const { path } = await openAccount(api.call, buyer)
    const amounts = { creditLimit: 5500, availableCredit: 5500, availableBalance: 5500 }
    const updatedAt = isoOf(api.clock.now)
    const expected = accountShape(buyer, { ...amounts, updatedAt })
    expect(ok(await setLimit(api.call, path, 5500))).toEqual(expected)
    expect(ok(await api.call('GET', path))).toEqual(expected)
  })

  test('shows on the statement as the change and its tolerance', async () => {
    const account = await openAccount(api.call, { creditLimit: 10_000, tolerance: 0.1 })
    ok(await setLimit(api.call, account.path, 9000))
    ok(await setLimit(api.call, account.path, '9000.01'))
    ok(await api.call('PUT', account.path, { creditLimit: 9500 }))
    const lines = await statementsOf(api.call, account)
    // 0.01 + 10 % of it is 0.011, and 499.99 + 10 % of it is 549.989: rounded down.
    expect(lines.map(({ value }) => value)).toEqual([-1100, 0.01, 549.98])
    for (const line of lines) {
      const { origin, metadata, doneBy } = line
      expect({ origin, metadata, doneBy }).toEqual({ origin: 'Credit', doneBy: api.key.appKey })
    }
  })

  test('to what it is already makes no entry', async () => {
    const account = await openAccount(api.call)
    ok(await setLimit(api.call, account.path, 1000))
    ok(await api.call('PUT', account.path, { creditLimit: '1000.00' }))
    expect(await statementsOf(api.call, account)).toEqual([])
  })

  test('does not touch the balance', async () => {
    const account = await openAccount(api.call)
    await order(api.call, account, 100)
    ok(await setLimit(api.call, account.path, 500))
    expect(await totalsOf(api.call, account)).toEqual({
      creditLimit: 500,
      balance: -100,
      preAuthorizedCredit: 0,
      availableCredit: 400,
    })
  })

  test('names the value where it is missing or wrong: 400', async () => {
    const { path } = await openAccount(api.call)
    faults(await api.call('PUT', `${path}/creditlimit`, {}), '/value')
    for (const value of [null, true, {}, [], '', 'x', -1, '-0.01', 0.001]) {
      faults(await setLimit(api.call, path, value), '/value')
    }
  })
})

describe('a limit below what is used', () => {
  const WARNING = {
    code: 'limit-below-used',
    message: expect.stringMatching(/BRL 50\.5 |BRL 50\.50/),
    shortfall: 50.5,
  }

  test('is taken, with a negative available credit and a warning', async () => {
    const buyer = newBuyer()
    const account = await openAccount(api.call, buyer)
    await order(api.call, account, 100)
    await hold(api.call, account, 50)
    const cut = ok(await setLimit(api.call, account.path, 99.5))
    const amounts = { creditLimit: 99.5, availableCredit: -50.5, availableBalance: -50.5 }
    const shape = accountShape(buyer, { ...amounts, balance: -100, preAuthorizedCredit: 50 })
    expect(cut).toEqual({ ...shape, warnings: [WARNING] })
    expect(ok(await api.call('GET', account.path))).toEqual(shape)

    const problem = refused(await authorize(api.call, account.path, 1), 409, 'insufficient-credit')
    expect(problem).toMatchObject({ value: 1, spendable: -50.5, shortfall: 51.5 })
  })

  test('says so at a PUT of the account too, where that sends a limit', async () => {
    const account = await openAccount(api.call)
    await hold(api.call, account, 150.5)
    const put = async (body: unknown) => ok(await api.call('PUT', account.path, body))
    expect((await put({ creditLimit: 100 })).warnings).toEqual([WARNING])
    expect(await put({ email: newBuyer().email })).not.toHaveProperty('warnings')
    expect(await put({ creditLimit: 150.5 })).not.toHaveProperty('warnings')
  })

  test('says nothing where the limit is just enough', async () => {
    const account = await openAccount(api.call)
    await hold(api.call, account, 99.5)
    expect(ok(await setLimit(api.call, account.path, 99.5))).not.toHaveProperty('warnings')
  })

  test('counts no hold that has expired', async () => {
    const account = await openAccount(api.call)
    const expirationDate = isoOf(api.clock.now + 1)
    await hold(api.call, account, 500, { settle: false, expirationDate })
    api.clock.advance(1)
    const cut = ok(await setLimit(api.call, account.path, 10))
    expect(cut.availableCredit).toBe(10)
    expect(cut).not.toHaveProperty('warnings')
  })
})

describe('changing the tolerance', () => {
  test('answers the account, with all its fields', async () => {
    const buyer = newBuyer()
    const { path } = await openAccount(api.call, buyer)
    const expected = accountShape(buyer, { tolerance: 0.3 })
    expect(ok(await setTolerance(api.call, path, 0.3))).toEqual(expected)
    expect(ok(await api.call('GET', path))).toEqual(expected)
  })

  test('shows on the statement as the limit times the change', async () => {
    const account = await openAccount(api.call, { creditLimit: 5000, tolerance: 0.1 })
    ok(await setTolerance(api.call, account.path, 0))
    ok(await setTolerance(api.call, account.path, 0))
    ok(await api.call('PUT', account.path, { tolerance: '0.25' }))
    const lines = await statementsOf(api.call, account)
    expect(lines.map(({ value, origin }) => `${origin} ${value}`)).toEqual([
      'Credit -500',
      'Credit 1250',
    ])
  })

  test('together with the limit makes an entry for each', async () => {
    const account = await openAccount(api.call, { creditLimit: 1000, tolerance: 0.1 })
    ok(await api.call('PUT', account.path, { creditLimit: 2000, tolerance: 0.2 }))
    const lines = await statementsOf(api.call, account)
    expect(lines.map(({ value }) => value)).toEqual([1100, 200])
  })

  test('takes six decimals, exactly, and no more: 400', async () => {
    const { path } = await openAccount(api.call)
    const good = ['0.123456', 0.123456, '0.1000000', 0.000001, '1e-6', 1000, '999.999999']
    for (const value of good) {
      expect(ok(await setTolerance(api.call, path, value)).tolerance).toBe(Number(value))
    }
    const wrong = ['0.1234567', 0.1234567, 1e-7, '1000.000001', 1001, -0.1, 'x', '', null, true, {}]
    for (const value of wrong) faults(await setTolerance(api.call, path, value), '/value')
    faults(await api.call('PUT', `${path}/tolerance`, {}), '/value')
  })
})

describe('what can be spent', () => {
  test('is the limit to the cent, and not one cent more', async () => {
    const account = await openAccount(api.call, { creditLimit: 100.1 })
    const over = refused(
      await authorize(api.call, account.path, 100.11),
      409,
      'insufficient-credit',
    )
    expect(over).toMatchObject({ value: 100.11, spendable: 100.1, shortfall: 0.01 })
    expect(over.detail).toMatch(/BRL 100\.11.*BRL 100\.10.*BRL 0\.01/)
    await hold(api.call, account, 100.1)
    const none = refused(await authorize(api.call, account.path, 0.01), 409, 'insufficient-credit')
    expect(none).toMatchObject({ value: 0.01, spendable: 0, shortfall: 0.01 })
  })

  test('is less by what is owed and held, and comes back with payments', async () => {
    const account = await openAccount(api.call)
    const { invoices } = await order(api.call, account, 600, 2)
    await hold(api.call, account, 300)
    refused(await authorize(api.call, account.path, 100.01), 409, 'insufficient-credit')
    ok(await api.call('POST', `${invoices[0]}/payments`))
    const problem = refused(
      await authorize(api.call, account.path, 500),
      409,
      'insufficient-credit',
    )
    expect(problem).toMatchObject({ spendable: 400, shortfall: 100 })
    await hold(api.call, account, 400)
  })

  test('is less by a manual debit', async () => {
    const account = await openAccount(api.call)
    ok(await api.call('PUT', `${account.path}/statements/fee`, { value: '-999' }))
    refused(await authorize(api.call, account.path, 1.01), 409, 'insufficient-credit')
    await hold(api.call, account, 1)
  })

  test('passes the limit by the tolerance where the store grants it', async () => {
    const { call } = await api.newStore({ toleranceEnabled: true })
    const { path } = await openAccount(call, { creditLimit: 1000, tolerance: 0.05 })
    const over = refused(await authorize(call, path, 1050.01), 409, 'insufficient-credit')
    expect(over).toMatchObject({ spendable: 1050, shortfall: 0.01 })
    ok(await authorize(call, path, 1050))
    const { availableCredit, creditLimit } = ok(await call('GET', path))
    expect({ availableCredit, creditLimit }).toEqual({ availableCredit: -50, creditLimit: 1000 })
    ok(await call('PUT', '/storeconfig', { toleranceEnabled: false }))
    const off = refused(await authorize(call, path, 1), 409, 'insufficient-credit')
    expect(off).toMatchObject({ spendable: -50, shortfall: 51 })
  })

  test('keeps to the limit where the store does not grant tolerance', async () => {
    const { path } = await openAccount(api.call, { creditLimit: 1000, tolerance: 0.5 })
    refused(await authorize(api.call, path, 1000.01), 409, 'insufficient-credit')
    ok(await authorize(api.call, path, 1000))
  })

  test.each([
    // 5 % of 100.19 is 5.0095.
    [100.19, '0.05', 105.19],
    // Six decimals of ten million.
    [9_999_999.99, '0.000001', 10_000_009.98],
    [0.01, '0.99', 0.01],
    [0.01, '1', 0.02],
    [100, '0', 100],
    [33.33, '0.333333', 44.43],
    [0, '1000', 0],
  ])('of %s with a tolerance of %s is %s: the product rounds down', async (limit, rate, most) => {
    const { call } = await api.newStore({ toleranceEnabled: true })
    const { path } = await openAccount(call, { creditLimit: limit, tolerance: rate })
    const one = (Math.round(most * 100) + 1) / 100
    const problem = refused(await authorize(call, path, one), 409, 'insufficient-credit')
    expect(problem).toMatchObject({ value: one, spendable: most, shortfall: 0.01 })
    if (most > 0) ok(await authorize(call, path, most))
  })

  test('follows a limit and a tolerance that change', async () => {
    const { call } = await api.newStore({ toleranceEnabled: true })
    const { path } = await openAccount(call, { creditLimit: 100, tolerance: 0.1 })
    refused(await authorize(call, path, 111), 409, 'insufficient-credit')
    ok(await setTolerance(call, path, 0.11))
    ok(await authorize(call, path, 111))
    ok(await setLimit(call, path, 200))
    refused(await authorize(call, path, 111.01), 409, 'insufficient-credit')
    ok(await authorize(call, path, 111))
  })

  test('is never passed, however many ask at once', async () => {
    const account = await openAccount(api.call, { creditLimit: 100 })
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => authorize(api.call, account.path, 7)),
    )
    const passed = answers.filter(({ status }) => status === 200)
    expect(passed).toHaveLength(14)
    for (const answer of answers) {
      if (answer.status !== 200) refused(answer, 409, 'insufficient-credit')
    }
    expect((await totalsOf(api.call, account)).availableCredit).toBe(2)
  })
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
