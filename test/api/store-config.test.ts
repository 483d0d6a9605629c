/** The configuration of a store: what a new one has, what is changed, when it is in force. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, expectNoDrift, startApi } from './support/api.ts'
import { faults, ok, refused } from './support/expect.ts'
import { newBuyer, openAccount } from './support/make.ts'

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const at = (...days: number[]) => days.map((day) => ({ days: day, timeOfDay: '12:00:00' }))

const NEW_STORE = {
  dailyInterestRate: 0,
  invoicePostponementLimit: 0,
  taxRate: 0,
  maxPostponementDays: 0,
  defaultCreditValue: 0,
  postponementEnabled: false,
  automaticCheckingAccountCreationEnabled: false,
  toleranceEnabled: false,
  myCreditsEnabled: true,
  maxPreAuthorizationGrowthRate: 0,
  documentValidation: 'off',
  notificationsSettings: { daysPrior: at(5, 1, 0), daysAfter: at(3) },
}

const CHANGED = {
  dailyInterestRate: 0.01,
  invoicePostponementLimit: 2,
  taxRate: 0.4,
  maxPostponementDays: 3,
  defaultCreditValue: 150.5,
  postponementEnabled: true,
  automaticCheckingAccountCreationEnabled: true,
  toleranceEnabled: true,
  myCreditsEnabled: false,
  maxPreAuthorizationGrowthRate: 0.123456,
  documentValidation: 'strict',
  notificationsSettings: {
    daysPrior: [{ days: 1, timeOfDay: '16:00:00' }],
    daysAfter: [
      { days: 0, timeOfDay: '12:00:00' },
      { days: 365, timeOfDay: '23:59:59' },
    ],
  },
}

test('a new store has rates of zero, tolerance off, and notifications at noon', async () => {
  const { call } = await api.newStore()
  expect(ok(await call('GET', '/storeconfig'))).toEqual(NEW_STORE)
})

test('a change of all answers all', async () => {
  const { call } = await api.newStore()
  expect(ok(await call('PUT', '/storeconfig', CHANGED))).toEqual(CHANGED)
  expect(ok(await call('GET', '/storeconfig'))).toEqual(CHANGED)
})

test('takes numbers as strings', async () => {
  const { call } = await api.newStore()
  const texts = Object.entries(CHANGED).map(([name, value]) => [
    name,
    typeof value === 'number' ? String(value) : value,
  ])
  expect(ok(await call('PUT', '/storeconfig', Object.fromEntries(texts)))).toEqual(CHANGED)
})

test.each(Object.keys(CHANGED))('changes %s alone and leaves the rest', async (name) => {
  const { call } = await api.newStore()
  const change = { [name]: CHANGED[name as keyof typeof CHANGED] }
  const expected = { ...NEW_STORE, ...change }
  expect(ok(await call('PUT', '/storeconfig', change))).toEqual(expected)
  expect(ok(await call('PUT', '/storeconfig', {}))).toEqual(expected)
  expect(ok(await call('PUT', '/storeconfig', { [name]: null }))).toEqual(expected)
  expect(ok(await call('GET', '/storeconfig'))).toEqual(expected)
})

test('changes one side of the notifications and leaves the other', async () => {
  const { call } = await api.newStore()
  const put = async (notificationsSettings: unknown) =>
    ok(await call('PUT', '/storeconfig', { notificationsSettings })).notificationsSettings
  expect(await put({ daysPrior: [] })).toEqual({ daysPrior: [], daysAfter: at(3) })
  const evening = [{ days: '2', timeOfDay: '18:30' }]
  const kept = [{ days: 2, timeOfDay: '18:30:00' }]
  expect(await put({ daysAfter: evening })).toEqual({ daysPrior: [], daysAfter: kept })
  expect(await put({ daysPrior: null, daysAfter: null })).toEqual({
    daysPrior: [],
    daysAfter: kept,
  })
})

describe('names what is wrong: 400', () => {
  const rates = [true, '', 'x', -1, 0.0000001, 1000.1, {}, []]
  const counts = [true, '', 'x', -1, 1.5, {}, []]
  const flags = ['true', 1, '', {}]
  const times = (...timesOfDay: unknown[]) =>
    timesOfDay.map((timeOfDay) => ({ days: 1, timeOfDay }))

  test.each([
    ['/dailyInterestRate', rates],
    ['/taxRate', rates],
    ['/maxPreAuthorizationGrowthRate', rates],
    ['/invoicePostponementLimit', [...counts, 101]],
    ['/maxPostponementDays', [...counts, 3651]],
    ['/defaultCreditValue', [true, '', 'x', -1, 0.001, {}, []]],
    ['/postponementEnabled', flags],
    ['/automaticCheckingAccountCreationEnabled', flags],
    ['/toleranceEnabled', flags],
    ['/myCreditsEnabled', flags],
    ['/documentValidation', ['on', '', true, 1]],
    ['/notificationsSettings', [true, 'x', 1]],
  ])('%s', async (pointer, values) => {
    const { call } = await api.newStore()
    for (const value of values) {
      faults(await call('PUT', '/storeconfig', { [pointer.slice(1)]: value }), pointer)
    }
    expect(ok(await call('GET', '/storeconfig'))).toEqual(NEW_STORE)
  })

  test('times of notifications, each with its place', async () => {
    const { call } = await api.newStore()
    const put = (daysPrior: unknown) =>
      call('PUT', '/storeconfig', { notificationsSettings: { daysPrior } })
    const prior = '/notificationsSettings/daysPrior'
    faults(await put([{}]), `${prior}/0/days`, `${prior}/0/timeOfDay`)
    faults(await put([...at(1), { days: -1, timeOfDay: '12:00' }]), `${prior}/1/days`)
    faults(await put([...at(1), { days: 366, timeOfDay: '12:00' }]), `${prior}/1/days`)
    for (const time of times('24:00', '12', '12:60', '1:00', '12:00:60', '', null, 5)) {
      faults(await put([...at(1), time]), `${prior}/1/timeOfDay`)
    }
    faults(await put(at(...Array.from({ length: 21 }, () => 1))), prior)
    for (const wrong of [true, {}, 'x']) faults(await put(wrong), prior)
    ok(await put(at(...Array.from({ length: 20 }, () => 1))))
  })

  test('all faults of the values together', async () => {
    const body = { taxRate: -1, defaultCreditValue: 'x', maxPostponementDays: 1.5 }
    const answer = await api.call('PUT', '/storeconfig', body)
    faults(answer, '/taxRate', '/defaultCreditValue', '/maxPostponementDays')
  })
})

test('is in force with the next request', async () => {
  const { call } = await api.newStore()
  const { path } = await openAccount(call, { creditLimit: 100, tolerance: 0.5 })
  const authorize = () => call('POST', `${path}/transactions`, { value: 150 })
  refused(await authorize(), 409, 'insufficient-credit')
  ok(await call('PUT', '/storeconfig', { toleranceEnabled: true }))
  ok(await authorize())
})

test('the default credit value is for openings without a limit from then on', async () => {
  const { call } = await api.newStore({ defaultCreditValue: 10 })
  const opened = async (id: string) =>
    ok(await call('PUT', `/accounts/${id}`, newBuyer())).creditLimit
  expect(await opened('one')).toBe(10)
  ok(await call('PUT', '/storeconfig', { defaultCreditValue: '20.50' }))
  expect(await opened('two')).toBe(20.5)
  expect(ok(await call('GET', '/accounts/one')).creditLimit).toBe(10)
})

test('changes many at once one after the other', async () => {
  const { call } = await api.newStore()
  const names = ['taxRate', 'dailyInterestRate', 'defaultCreditValue', 'maxPostponementDays']
  await Promise.all(names.map(async (name) => ok(await call('PUT', '/storeconfig', { [name]: 7 }))))
  const config = ok(await call('GET', '/storeconfig'))
  for (const name of names) expect(config[name]).toBe(7)
})

test('every version is kept, with who made it', async () => {
  const { call, store, key } = await api.newStore()
  ok(await call('PUT', '/storeconfig', { taxRate: 0.1 }))
  ok(await call('PUT', '/storeconfig', { taxRate: 0.2 }))
  const rows = await api.sql`
    select version, done_by, config ->> 'taxRate' as rate from store_change
    where store_id = ${store.storeId} order by version`
  expect(rows.map(({ version, done_by, rate }) => [version, done_by, rate])).toEqual([
    [1, 'test', '0'],
    [2, key.appKey, '100000'],
    [3, key.appKey, '200000'],
  ])
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
