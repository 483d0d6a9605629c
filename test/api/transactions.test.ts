/** Pre-authorizations: create, read, list, change, cancel, expire; accounts that open by themselves. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DAY_MS } from '../support/server.ts'
import { type Api, type Call, expectNoDrift, startApi } from './support/api.ts'
import { faults, ok, okEmpty, refused } from './support/expect.ts'
import { hold, newBuyer, type Opened, openAccount, order, totalsOf } from './support/make.ts'
import { accountShape, INSTANT, isoOf, TRANSACTION_ID } from './support/shapes.ts'

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const create = (account: Opened, body: unknown, call: Call = api.call) =>
  call('POST', `${account.path}/transactions`, body)
const read = async (path: string, call: Call = api.call) => ok(await call('GET', path))

describe('creating', () => {
  test('answers the id, the value, the expiry and the instalments', async () => {
    const account = await openAccount(api.call)
    const answer = await create(account, { value: 49.7, settle: true, installments: 3 })
    expect(ok(answer)).toEqual({
      id: TRANSACTION_ID,
      value: 49.7,
      expirationDate: isoOf(api.clock.now + 30 * DAY_MS),
      installments: 3,
    })
  })

  test('takes a value alone: to be settled, in one, for 30 days', async () => {
    const account = await openAccount(api.call)
    const { id } = ok(await create(account, { value: 10 }))
    const at = isoOf(api.clock.now)
    expect(await read(`${account.path}/transactions/${id}`)).toEqual({
      id,
      value: 10,
      expirationDate: isoOf(api.clock.now + 30 * DAY_MS),
      installments: 1,
      settle: true,
      status: 'Authorized',
      held: 10,
      settled: 0,
      refunded: 0,
      orderId: null,
      holder: null,
      conditionId: null,
      createdAt: at,
      updatedAt: at,
    })
  })

  test('takes null for what it may go without', async () => {
    const account = await openAccount(api.call)
    const nothing = { settle: null, installments: null, expirationDate: null }
    const nobody = { orderId: null, holder: null, conditionId: null }
    const { id } = await hold(api.call, account, 10, { ...nothing, ...nobody })
    const made = await read(`${account.path}/transactions/${id}`)
    expect(made).toMatchObject({ settle: true, installments: 1, ...nobody })
  })

  test('keeps the order, the holder and the condition', async () => {
    const account = await openAccount(api.call)
    const facts = { orderId: '1375060513100-01', holder: account.email, conditionId: 'net-30' }
    const { path } = await hold(api.call, account, 10, facts)
    expect(await read(path)).toMatchObject(facts)
  })

  test('holds the value: less credit, and nothing on the statement', async () => {
    const account = await openAccount(api.call)
    await hold(api.call, account, 100.25)
    expect(await totalsOf(api.call, account)).toEqual({
      creditLimit: 1000,
      balance: 0,
      preAuthorizedCredit: 100.25,
      availableCredit: 899.75,
    })
    const { statements } = ok(await api.call('GET', `${account.path}/statements`))
    expect(statements).toEqual([])
  })

  test('takes numbers as strings', async () => {
    const account = await openAccount(api.call)
    const made = ok(await create(account, { value: '10.50', installments: '3' }))
    expect(made).toMatchObject({ value: 10.5, installments: 3 })
  })

  test('with settle true ignores an expiration date, old or nonsense', async () => {
    const account = await openAccount(api.call)
    for (const expirationDate of ['2023-11-25', '2099-01-01', '', 'nonsense']) {
      for (const settle of [true, undefined]) {
        const made = ok(await create(account, { value: 1, settle, expirationDate }))
        expect(made.expirationDate).toBe(isoOf(api.clock.now + 30 * DAY_MS))
      }
    }
  })

  test('with settle false expires at the expiration date', async () => {
    const account = await openAccount(api.call)
    const expiring = async (expirationDate: unknown) =>
      ok(await create(account, { value: 1, settle: false, expirationDate })).expirationDate
    const soon = api.clock.now + 1
    expect(await expiring(isoOf(soon))).toBe(isoOf(soon))
    expect(await expiring('2199-03-01T10:00:00Z')).toBe('2199-03-01T10:00:00.000Z')
    expect(await expiring('2199-03-01T10:00:00.1239999Z')).toBe('2199-03-01T10:00:00.123Z')
    expect(await expiring('2199-03-01T10:00:00')).toBe('2199-03-01T10:00:00.000Z')
    expect(await expiring('2199-03-01T10:00:00-03:00')).toBe('2199-03-01T13:00:00.000Z')
    expect(await expiring('2199-03-01T10:00+0200')).toBe('2199-03-01T08:00:00.000Z')
    // A date is its first instant in São Paulo.
    expect(await expiring('2199-03-01')).toBe('2199-03-01T03:00:00.000Z')
    const month = isoOf(api.clock.now + 30 * DAY_MS)
    for (const nothing of [undefined, null, '']) expect(await expiring(nothing)).toBe(month)
  })

  test('counts 30 days on the calendar of the store', async () => {
    const own = await startApi()
    const { call } = await own.newStore(undefined, 'USD', 'America/New_York')
    const account = await openAccount(call)
    // Clocks go forward on 14 March 2027: the 30th day has the same time of day.
    own.clock.now = Date.parse('2027-03-01T15:00:00Z')
    const made = ok(await create(account, { value: 1 }, call))
    expect(made.expirationDate).toBe('2027-03-31T14:00:00.000Z')
    await own.close()
  })

  test('names a date that is past or none: 400', async () => {
    const account = await openAccount(api.call)
    for (const expirationDate of [
      isoOf(api.clock.now),
      isoOf(api.clock.now - 1),
      '2023-11-25',
      'nonsense',
      '2199-13-01',
      '2199-02-30',
      '2199-03-01T25:00:00Z',
      '01/03/2027',
      'tomorrow',
    ]) {
      const answer = await create(account, { value: 1, settle: false, expirationDate })
      faults(answer, '/expirationDate')
    }
  })

  test.each(['2199-02-29', '2199-02-29T10:00:00Z', '2199-04-31T10:00:00-03:00'])(
    'names %s, which no calendar has: 400',
    async (expirationDate) => {
      const account = await openAccount(api.call)
      const answer = await create(account, { value: 1, settle: false, expirationDate })
      faults(answer, '/expirationDate')
    },
  )

  test('names what is missing or wrong: 400', async () => {
    const account = await openAccount(api.call)
    faults(await create(account, {}), '/value')
    const wrong: [string, unknown[]][] = [
      ['/value', [null, true, '', 'x', 0, -1, 0.001, {}]],
      ['/settle', ['true', 1, 'false', {}]],
      ['/installments', [0, 100, -1, 1.5, 'x', '', true, {}]],
      ['/expirationDate', [5, true, {}, 'x'.repeat(41)]],
      ['/orderId', [5, true, {}, 'x'.repeat(101)]],
      ['/holder', [5, true, {}, 'x', 'a@', 'a b@example.com', 'x'.repeat(301)]],
      ['/conditionId', [5, true, {}, 'x'.repeat(101)]],
    ]
    for (const [pointer, values] of wrong) {
      for (const value of values) {
        const body = { value: 1, settle: false, [pointer.slice(1)]: value }
        faults(await create(account, body), pointer)
      }
    }
    const all = { value: 0, settle: false, installments: 0, expirationDate: 'x', holder: 'x' }
    faults(await create(account, all), '/value', '/installments', '/expirationDate', '/holder')
    expect((await totalsOf(api.call, account)).preAuthorizedCredit).toBe(0)
  })

  test('takes 1 to 99 instalments', async () => {
    const account = await openAccount(api.call)
    for (const installments of [1, 99]) {
      expect(ok(await create(account, { value: 1, installments })).installments).toBe(installments)
    }
  })
})

describe('reading', () => {
  test('takes the id in small letters too', async () => {
    const account = await openAccount(api.call)
    const { id, path } = await hold(api.call, account, 10)
    expect((await read(path.replace(id, id.toLowerCase()))).id).toBe(id)
  })

  test('tells the states: authorized, settled, cancelled, expired', async () => {
    const account = await openAccount(api.call)
    const statusOf = async (path: string) => {
      const { status, held, settled } = await read(path)
      return { status, held, settled }
    }
    const authorized = await hold(api.call, account, 10)
    expect(await statusOf(authorized.path)).toEqual({ status: 'Authorized', held: 10, settled: 0 })
    const settled = await order(api.call, account, 20)
    expect(await statusOf(settled.path)).toEqual({ status: 'Settled', held: 0, settled: 20 })
    const cancelled = await hold(api.call, account, 30, { settle: false })
    okEmpty(await api.call('DELETE', cancelled.path))
    expect(await statusOf(cancelled.path)).toEqual({ status: 'Cancelled', held: 0, settled: 0 })
    const expirationDate = isoOf(api.clock.now + 1)
    const expired = await hold(api.call, account, 40, { settle: false, expirationDate })
    api.clock.advance(1)
    expect(await statusOf(expired.path)).toEqual({ status: 'Expired', held: 0, settled: 0 })
  })
})

describe('the list', () => {
  const list = async (account: Opened, query = '') =>
    ok(await api.call('GET', `${account.path}/transactions${query}`))

  test('has every transaction with all its fields, and sums what is held', async () => {
    const account = await openAccount(api.call)
    expect(await list(account)).toEqual({ data: [], summary: { count: 0, held: 0 } })
    const first = await hold(api.call, account, 10.1, { orderId: 'a' })
    api.clock.advance(1)
    const second = await order(api.call, account, 20.2)
    api.clock.advance(1)
    const third = await hold(api.call, account, 30.3)
    const data = [await read(first.path), await read(second.path), await read(third.path)]
    expect(await list(account)).toEqual({ data, summary: { count: 3, held: 40.4 } })
  })

  test('pages, and its summary covers them all', async () => {
    const account = await openAccount(api.call)
    const ids: string[] = []
    for (let index = 0; index < 23; index += 1) {
      ids.push((await hold(api.call, account, 1)).id)
      api.clock.advance(1)
    }
    const page = async (query: string) => {
      const { data, summary } = await list(account, query)
      expect(summary).toEqual({ count: 23, held: 23 })
      return data.map(({ id }: { id: string }) => id)
    }
    expect(await page('')).toEqual(ids.slice(0, 20))
    expect(await page('?from=21&to=40')).toEqual(ids.slice(20))
    expect(await page('?from=2&to=3')).toEqual(ids.slice(1, 3))
    expect(await page('?from=100&to=200')).toEqual([])
  })

  test('filters by state', async () => {
    const account = await openAccount(api.call)
    const authorized = await hold(api.call, account, 1)
    const settled = await order(api.call, account, 2)
    const cancelled = await hold(api.call, account, 4, { settle: false })
    okEmpty(await api.call('DELETE', cancelled.path))
    const expirationDate = isoOf(api.clock.now + 1)
    const expired = await hold(api.call, account, 8, { settle: false, expirationDate })
    api.clock.advance(1)
    for (const [status, { id }, held] of [
      ['Authorized', authorized, 1],
      ['Settled', settled, 0],
      ['Cancelled', cancelled, 0],
      ['Expired', expired, 0],
    ] as const) {
      const { data, summary } = await list(account, `?status=${status}`)
      expect(
        data.map((one: { id: string }) => one.id),
        status,
      ).toEqual([id])
      expect(summary, status).toEqual({ count: 1, held })
    }
  })

  test.each([
    ['status=Open', '/status'],
    ['status=', '/status'],
    ['status=constructor', '/status'],
    ['from=0', '/from'],
    ['to=x', '/to'],
    ['to=1001', '/to'],
    ['from=3&to=2', '/to'],
  ])('names a filter that is malformed: 400 (%s)', async (query, pointer) => {
    const { path } = await openAccount(api.call)
    faults(await api.call('GET', `${path}/transactions?${query}`), pointer)
  })
})

describe('changing', () => {
  test('answers the id, the value, the expiry and the instalments', async () => {
    const account = await openAccount(api.call)
    const { id, path } = await hold(api.call, account, 100)
    const expirationDate = isoOf(api.clock.now + 30 * DAY_MS)
    api.clock.advance(DAY_MS)
    const body = { value: 55, settle: true, installments: 2 }
    const answer = ok(await api.call('PUT', path, body))
    expect(answer).toEqual({ id, value: 55, expirationDate, installments: 2 })
    expect(await read(path)).toMatchObject({ ...body, held: 55, updatedAt: isoOf(api.clock.now) })
    expect((await totalsOf(api.call, account)).preAuthorizedCredit).toBe(55)
  })

  test('changes what is sent and leaves the rest', async () => {
    const account = await openAccount(api.call)
    const facts = { installments: 3, orderId: 'o-1', conditionId: 'c-1', settle: false }
    const { path } = await hold(api.call, account, 100, facts)
    const before = await read(path)
    const put = async (body: unknown) => {
      ok(await api.call('PUT', path, body))
      return read(path)
    }
    expect(await put({})).toEqual(before)
    expect(await put({ value: null, settle: null, installments: null })).toEqual(before)
    expect(await put({ installments: '5' })).toEqual({ ...before, installments: 5 })
    expect(await put({ value: '40' })).toEqual({ ...before, installments: 5, value: 40, held: 40 })
  })

  test('makes a hold that is to be settled one that may be cancelled, and back', async () => {
    const account = await openAccount(api.call)
    const { path } = await hold(api.call, account, 100)
    ok(await api.call('PUT', path, { settle: false }))
    api.clock.advance(DAY_MS)
    const expirationDate = isoOf(api.clock.now + DAY_MS)
    const changed = ok(await api.call('PUT', path, { settle: false, expirationDate }))
    expect(changed.expirationDate).toBe(expirationDate)
    const back = ok(await api.call('PUT', path, { settle: true, expirationDate: '2020-01-01' }))
    expect(back.expirationDate).toBe(isoOf(api.clock.now + 30 * DAY_MS))
  })

  test('moves the expiry of a hold that is not to be settled', async () => {
    const account = await openAccount(api.call)
    const { path } = await hold(api.call, account, 100, { settle: false })
    const expirationDate = isoOf(api.clock.now + DAY_MS)
    expect(ok(await api.call('PUT', path, { expirationDate })).expirationDate).toBe(expirationDate)
    api.clock.advance(DAY_MS)
    expect((await read(path)).status).toBe('Expired')
    expect((await totalsOf(api.call, account)).availableCredit).toBe(1000)
  })

  test('to what it is already changes nothing', async () => {
    const account = await openAccount(api.call)
    const { path } = await hold(api.call, account, 100)
    const before = await read(path)
    api.clock.advance(1000)
    ok(await api.call('PUT', path, { value: 100, settle: true, installments: 1 }))
    expect(await read(path)).toEqual(before)
  })

  test('names what is wrong: 400', async () => {
    const account = await openAccount(api.call)
    const { path } = await hold(api.call, account, 100)
    const before = await read(path)
    const wrong: [string, unknown[]][] = [
      ['/value', [true, '', 'x', 0, -1, 0.001, {}]],
      ['/settle', ['false', 0, {}]],
      ['/installments', [0, 100, 1.5, 'x', {}]],
      ['/expirationDate', [5, {}, 'x', '2020-01-01', isoOf(api.clock.now)]],
    ]
    for (const [pointer, values] of wrong) {
      for (const value of values) {
        const body = { settle: false, [pointer.slice(1)]: value }
        faults(await api.call('PUT', path, body), pointer)
      }
    }
    expect(await read(path)).toEqual(before)
  })

  test('what is settled, cancelled or expired is refused: 409', async () => {
    const account = await openAccount(api.call)
    const settled = await order(api.call, account, 10)
    refused(await api.call('PUT', settled.path, { value: 5 }), 409, 'transaction-settled')
    const cancelled = await hold(api.call, account, 10, { settle: false })
    ok(await api.call('DELETE', cancelled.path))
    refused(await api.call('PUT', cancelled.path, { value: 5 }), 409, 'transaction-ended')
    const expired = await hold(api.call, account, 10)
    api.clock.advance(30 * DAY_MS)
    const problem = refused(
      await api.call('PUT', expired.path, { value: 5 }),
      409,
      'transaction-ended',
    )
    expect(problem.state).toBe('Expired')
    expect(problem.detail).toMatch(/authorize/)
  })
})

describe('growing', () => {
  const growing = async (rate: number | string, value: number, limit = 1000) => {
    const { call } = await api.newStore({ maxPreAuthorizationGrowthRate: rate })
    const account = await openAccount(call, { creditLimit: limit })
    const { path } = await hold(call, account, value)
    const to = (next: number) => call('PUT', path, { value: next })
    return { call, account, path, to }
  }

  test.each([
    [0.1, 100, 110],
    [0.1, 99.99, 109.98],
    ['0.333333', 0.03, 0.03],
    ['0.000001', 999.99, 999.99],
    [1, 0.01, 0.02],
    [0, 50, 50],
  ])('by %s of %s is to %s at most, rounded down', async (rate, value, most) => {
    const { to } = await growing(rate, value, 2000)
    const one = (Math.round(most * 100) + 1) / 100
    expect(refused(await to(one), 409, 'growth-exceeded')).toMatchObject({ value: one, most })
    expect(ok(await to(most)).value).toBe(most)
    refused(await to(one), 409, 'growth-exceeded')
  })

  test('is measured against the first value, however it changed since', async () => {
    const { to, call, account } = await growing(0.1, 100)
    ok(await to(105))
    ok(await to(50))
    expect((await totalsOf(call, account)).availableCredit).toBe(950)
    refused(await to(110.01), 409, 'growth-exceeded')
    ok(await to(110))
    expect((await totalsOf(call, account)).preAuthorizedCredit).toBe(110)
  })

  test('must be spendable', async () => {
    const { to, call, account } = await growing(0.1, 950)
    const problem = refused(await to(1000.01), 409, 'insufficient-credit')
    expect(problem).toMatchObject({ value: 50.01, spendable: 50, shortfall: 0.01 })
    ok(await to(1000))
    expect((await totalsOf(call, account)).availableCredit).toBe(0)
  })

  test('is refused while the account is frozen; shrinking is not', async () => {
    const { to, call, account } = await growing(0.1, 100)
    ok(await call('PUT', `${account.path}/freeze`, { frozen: true, reason: 'Late' }))
    refused(await to(101), 409, 'account-frozen')
    ok(await to(99))
  })

  test('that was granted stays when the store grants less', async () => {
    const { to, call } = await growing(0.1, 100)
    ok(await to(110))
    ok(await call('PUT', '/storeconfig', { maxPreAuthorizationGrowthRate: 0 }))
    ok(await to(110))
    ok(await to(100))
    refused(await to(100.01), 409, 'growth-exceeded')
  })
})

describe('cancelling', () => {
  test('answers nothing, and gives the credit back', async () => {
    const account = await openAccount(api.call)
    const { path } = await hold(api.call, account, 100, { settle: false })
    okEmpty(await api.call('DELETE', path))
    expect((await totalsOf(api.call, account)).availableCredit).toBe(1000)
    expect(await read(path)).toMatchObject({ status: 'Cancelled', held: 0, value: 100 })
  })

  test('needs settle false, and says so: 409', async () => {
    const account = await openAccount(api.call)
    const { path } = await hold(api.call, account, 100)
    const problem = refused(await api.call('DELETE', path), 409, 'transaction-to-be-settled')
    expect(problem.detail).toMatch(/"settle": false/)
    expect((await totalsOf(api.call, account)).preAuthorizedCredit).toBe(100)
    ok(await api.call('PUT', path, { settle: false }))
    okEmpty(await api.call('DELETE', path))
  })

  test('what is cancelled or expired already changes nothing: 200', async () => {
    const account = await openAccount(api.call)
    const cancelled = await hold(api.call, account, 100, { settle: false })
    okEmpty(await api.call('DELETE', cancelled.path))
    const expired = await hold(api.call, account, 100)
    api.clock.advance(30 * DAY_MS)
    for (const { path } of [cancelled, expired]) {
      const before = await read(path)
      for (let count = 0; count < 3; count += 1) okEmpty(await api.call('DELETE', path))
      expect(await read(path)).toMatchObject({ status: before.status, held: 0 })
    }
    expect((await read(expired.path)).status).toBe('Expired')
    expect((await totalsOf(api.call, account)).availableCredit).toBe(1000)
  })

  test('what is settled is refused, also in part: 409', async () => {
    const account = await openAccount(api.call)
    const { path } = await hold(api.call, account, 100, { settle: false })
    ok(await api.call('PUT', `${path}/settlement`, { value: 40, final: false }))
    const problem = refused(await api.call('DELETE', path), 409, 'transaction-settled')
    expect(problem.settled).toBe(40)
    expect((await totalsOf(api.call, account)).preAuthorizedCredit).toBe(60)
  })

  test('never gives back more than was held, in whatever order it is asked', async () => {
    const account = await openAccount(api.call)
    await hold(api.call, account, 500)
    const { path } = await hold(api.call, account, 100, { settle: false })
    await Promise.all([
      api.call('DELETE', path),
      api.call('DELETE', path),
      api.call('PUT', path, { value: 1 }),
      api.call('DELETE', path),
    ])
    expect((await totalsOf(api.call, account)).preAuthorizedCredit).toBe(500)
  })
})

describe('expiring', () => {
  test('gives the credit back at the instant, with no sweeper: seen by every read', async () => {
    const account = await openAccount(api.call)
    const end = api.clock.now + 60_000
    const expirationDate = isoOf(end)
    const { path } = await hold(api.call, account, 600, { settle: false, expirationDate })
    await hold(api.call, account, 100)
    const seen = async () => {
      const { data, summary } = ok(await api.call('GET', `${account.path}/transactions`))
      const { data: found } = ok(await api.call('GET', `/accounts?email=${account.email}`))
      const { status, held } = await read(path)
      return {
        account: (await totalsOf(api.call, account)).availableCredit,
        search: found[0].availableCredit,
        held: found[0].preAuthorizedCredit,
        one: `${status} ${held}`,
        list: data
          .map((one: { status: string; held: number }) => `${one.status} ${one.held}`)
          .sort(),
        sum: summary.held,
        authorized: ok(await api.call('GET', `${account.path}/transactions?status=Authorized`))
          .summary,
        expired: ok(await api.call('GET', `${account.path}/transactions?status=Expired`)).summary,
      }
    }
    api.clock.now = end - 1
    expect(await seen()).toEqual({
      account: 300,
      search: 300,
      held: 700,
      one: 'Authorized 600',
      list: ['Authorized 100', 'Authorized 600'],
      sum: 700,
      authorized: { count: 2, held: 700 },
      expired: { count: 0, held: 0 },
    })
    api.clock.now = end
    const after = {
      account: 900,
      search: 900,
      held: 100,
      one: 'Expired 0',
      list: ['Authorized 100', 'Expired 0'],
      sum: 100,
      authorized: { count: 1, held: 100 },
      expired: { count: 1, held: 0 },
    }
    expect(await seen()).toEqual(after)
    // A write records it, and nothing that is read changes by that.
    ok(await api.call('PUT', `${account.path}/tolerance`, { value: 0.5 }))
    expect(await seen()).toEqual(after)
  })

  test('lets the next authorization pass at the instant, and not before', async () => {
    const account = await openAccount(api.call)
    const end = api.clock.now + 60_000
    const expirationDate = isoOf(end)
    await hold(api.call, account, 1000, { settle: false, expirationDate })
    api.clock.now = end - 1
    const problem = refused(await create(account, { value: 1000 }), 409, 'insufficient-credit')
    expect(problem.spendable).toBe(0)
    api.clock.now = end
    ok(await create(account, { value: 1000 }))
    refused(await create(account, { value: 0.01 }), 409, 'insufficient-credit')
  })

  test('takes one hold after the other', async () => {
    const account = await openAccount(api.call)
    const start = api.clock.now
    for (const [index, value] of [1, 2, 4, 8].entries()) {
      const expirationDate = isoOf(start + 1000 * (index + 1))
      await hold(api.call, account, value, { settle: false, expirationDate })
    }
    for (const [elapsed, held] of [
      [999, 15],
      [1000, 14],
      [2999, 12],
      [3000, 8],
      [4000, 0],
    ] as const) {
      api.clock.now = start + elapsed
      expect((await totalsOf(api.call, account)).preAuthorizedCredit).toBe(held)
      ok(await api.call('PUT', account.path, { email: newBuyer().email }))
      expect((await totalsOf(api.call, account)).preAuthorizedCredit).toBe(held)
    }
  })

  test('of a hold that is to be settled comes after 30 days', async () => {
    const account = await openAccount(api.call)
    const { path } = await hold(api.call, account, 100)
    const end = Date.parse((await read(path)).expirationDate)
    api.clock.now = end - 1
    expect((await read(path)).status).toBe('Authorized')
    api.clock.now = end
    expect((await read(path)).status).toBe('Expired')
    const settlement = await api.call('PUT', `${path}/settlement`, { value: 100 })
    expect(refused(settlement, 409, 'transaction-ended').detail).toMatch(/authorize/)
  })
})

describe('an account that opens by itself', () => {
  const AUTOMATIC = { automaticCheckingAccountCreationEnabled: true, defaultCreditValue: 500 }

  test('under {document}_{documentType}, with the default credit value', async () => {
    const { call } = await api.newStore(AUTOMATIC)
    const { document } = newBuyer()
    const { email } = newBuyer()
    const path = `/accounts/${document}_CPF`
    const made = ok(await call('POST', `${path}/transactions`, { value: 200, holder: email }))
    expect(made).toEqual({
      id: TRANSACTION_ID,
      value: 200,
      expirationDate: INSTANT,
      installments: 1,
    })
    const amounts = { creditLimit: 500, availableCredit: 300, availableBalance: 300 }
    const buyer = { document, documentType: 'CPF', email }
    const expected = accountShape(buyer, { ...amounts, preAuthorizedCredit: 200 })
    expect(ok(await call('GET', path))).toEqual(expected)
    ok(await call('POST', `${path}/transactions`, { value: 300 }))
    refused(await call('POST', `${path}/transactions`, { value: 0.01 }), 409, 'insufficient-credit')
    expect(ok(await call('GET', `/accounts?document=${document}`)).summary.count).toBe(1)
    expect(ok(await call('GET', `/accounts?email=${email}`)).data[0].id).toBe(`${document}_CPF`)
  })

  test('for the e-mail in holder alone, and for the document alone', async () => {
    const { call } = await api.newStore(AUTOMATIC)
    const { email, document } = newBuyer()
    const byEmail = '/accounts/01bce461-9003-12d5-8217-b3d39271e15b'
    ok(await call('POST', `${byEmail}/transactions`, { value: 1, holder: email }))
    expect(ok(await call('GET', byEmail))).toMatchObject({ email, document: '', documentType: '' })
    const byDocument = `/accounts/${document}_CNPJ`
    ok(await call('POST', `${byDocument}/transactions`, { value: 1 }))
    expect(ok(await call('GET', byDocument))).toMatchObject({
      email: '',
      document,
      documentType: 'CNPJ',
    })
    const another = '/accounts/01bce461-9003-12d5-8217-b3d39271e15c'
    const next = newBuyer().email
    ok(await call('POST', `${another}/transactions`, { value: 1, holder: next }))
  })

  test('where nothing tells for whom: 404', async () => {
    const { call } = await api.newStore(AUTOMATIC)
    const unknown = '/accounts/01bce461-9003-12d5-8217-b3d39271e15b/transactions'
    refused(await call('POST', unknown, { value: 1 }), 404, 'account-not-found')
  })

  test('only where the store wants it: 404', async () => {
    const path = `/accounts/${newBuyer().document}_CPF/transactions`
    const answer = await api.call('POST', path, { value: 1, holder: newBuyer().email })
    refused(answer, 404, 'account-not-found')
  })

  test('not where the authorization is refused', async () => {
    const { call } = await api.newStore(AUTOMATIC)
    const path = `/accounts/${newBuyer().document}_CPF`
    const problem = refused(
      await call('POST', `${path}/transactions`, { value: 500.01 }),
      409,
      'insufficient-credit',
    )
    expect(problem).toMatchObject({ spendable: 500, shortfall: 0.01 })
    refused(await call('GET', path), 404, 'account-not-found')
  })

  test('not where the document or the e-mail has an open account: 409 with 1099', async () => {
    const { call } = await api.newStore(AUTOMATIC)
    const { email } = await openAccount(call)
    ok(await call('PUT', '/accounts/elsewhere', { ...newBuyer(), document: 'XYZ' }))
    const byDocument = await call('POST', '/accounts/xyz_CPF/transactions', { value: 1 })
    expect(refused(byDocument, 409, 'account-already-open').code).toBe(1099)
    const body = { value: 1, holder: email }
    const byEmail = await call('POST', '/accounts/777_CPF/transactions', body)
    expect(refused(byEmail, 409, 'account-already-open').code).toBe(1099)
  })

  test('once, however many authorizations come at once', async () => {
    const { call } = await api.newStore(AUTOMATIC)
    const path = `/accounts/${newBuyer().document}_CPF`
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => call('POST', `${path}/transactions`, { value: 100 })),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5)
    expect(ok(await call('GET', path))).toMatchObject({ creditLimit: 500, availableCredit: 0 })
  })

  test('not again where it is closed: 409', async () => {
    const { call } = await api.newStore(AUTOMATIC)
    const { path } = await openAccount(call)
    ok(await call('DELETE', path))
    refused(await call('POST', `${path}/transactions`, { value: 1 }), 409, 'account-closed')
  })
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
