/** Two stores on one server never see each other. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Api, expectNoDrift, startApi, type TestStore } from './support/api.ts'
import { ok, refused } from './support/expect.ts'
import { hold, newBuyer, openAccount, order, totalsOf } from './support/make.ts'
import { accountShape } from './support/shapes.ts'

let api: Api
let north: TestStore
let south: TestStore

beforeAll(async () => {
  api = await startApi()
  north = await api.newStore()
  south = await api.newStore(undefined, 'JPY', 'Asia/Tokyo')
})
afterAll(() => api.close())

test('the same buyer has an account in each, under the same id', async () => {
  const buyer = newBuyer()
  const here = await openAccount(north.call, buyer)
  const there = await openAccount(south.call, { ...buyer, creditLimit: 500 })
  expect(there.id).toBe(here.id)
  await hold(north.call, here, 100)
  expect(await totalsOf(north.call, here)).toMatchObject({
    creditLimit: 1000,
    availableCredit: 900,
  })
  const amounts = { creditLimit: 500, availableCredit: 500, availableBalance: 500 }
  expect(ok(await south.call('GET', there.path))).toEqual(accountShape(buyer, amounts))
  ok(await south.call('DELETE', there.path))
  expect(ok(await north.call('GET', here.path)).status).toBe('Open')
})

test('lists and searches show what is in the store of the key', async () => {
  const here = await openAccount(north.call)
  const there = await openAccount(south.call)
  await order(north.call, here, 10)
  await order(south.call, there, 20)
  const ids = async ({ call }: TestStore, query: string) =>
    ok(await call('GET', `/accounts?${query}`)).data.map(({ id }: { id: string }) => id)
  expect(await ids(north, `email=${there.email}`)).toEqual([])
  expect(await ids(north, `document=${there.document}`)).toEqual([])
  expect(await ids(north, 'to=1000')).not.toContain(there.id)
  expect(await ids(south, `email=${there.email}`)).toEqual([there.id])
  const owners = async ({ call }: TestStore) =>
    ok(await call('GET', '/invoices?to=1000')).data.map(
      ({ accountId }: { accountId: string }) => accountId,
    )
  expect(await owners(north)).toEqual([here.id])
  expect(await owners(south)).toEqual([there.id])
})

test('an e-mail that is a holder in one is free in the other', async () => {
  const here = await openAccount(north.call)
  const { email } = newBuyer()
  ok(await north.call('POST', `${here.path}/holders`, { claims: { email } }))
  await openAccount(south.call, { email })
  refused(
    await north.call('POST', '/accounts', { ...newBuyer(), email, creditLimit: 1 }),
    409,
    'account-already-open',
  )
})

test('ids of the other are not found, whatever is asked', async () => {
  const here = await openAccount(north.call)
  const { path, invoices } = await order(north.call, here, 10)
  const { email } = newBuyer()
  const { id } = ok(await north.call('POST', `${here.path}/holders`, { claims: { email } }))
  for (const [method, address, body] of [
    ['GET', here.path, undefined],
    ['DELETE', here.path, undefined],
    ['PUT', `${here.path}/creditlimit`, { value: 1 }],
    ['GET', path, undefined],
    ['DELETE', path, undefined],
    ['PUT', `${path}/settlement`, { value: 1 }],
    ['GET', invoices[0], undefined],
    ['POST', `${invoices[0]}/payments`, undefined],
    ['DELETE', `${here.path}/holders/${id}`, undefined],
    ['GET', `${here.path}/statements`, undefined],
  ] as const) {
    refused(await south.call(method, address ?? '', body), 404, 'account-not-found')
  }
  expect(await totalsOf(north.call, here)).toMatchObject({ balance: -10 })
})

test('PUT under an id of the other opens an account here, and leaves that one alone', async () => {
  const here = await openAccount(north.call)
  const before = ok(await north.call('GET', here.path))
  const buyer = newBuyer()
  const opened = ok(await south.call('PUT', here.path, { ...buyer, creditLimit: 7 }))
  expect(opened).toMatchObject({ id: here.id, creditLimit: 7, email: buyer.email })
  expect(ok(await north.call('GET', here.path))).toEqual(before)
})

test('each has its configuration', async () => {
  const before = ok(await south.call('GET', '/storeconfig'))
  ok(await north.call('PUT', '/storeconfig', { taxRate: 0.5, toleranceEnabled: true }))
  expect(ok(await south.call('GET', '/storeconfig'))).toEqual(before)
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
