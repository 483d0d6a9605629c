/** A generated store is one that the writer could have left. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DAY_MS, START, startServer, type TestServer } from '../../test/support/server.ts'
import { generate } from './generate.ts'
import { accountIdOf, friendlyCodeOf, orderIdOf, type Shape } from './shape.ts'

const INVOICES = 2_000

let server: TestServer
let shape: Shape

beforeAll(async () => {
  server = await startServer()
  const { databaseUrl, store } = server
  shape = await generate(databaseUrl, { store, invoices: INVOICES, now: START })
})
afterAll(() => server.close())

test('verify finds no drift in it', async () => {
  const { drift, accounts, invoices, transactions, claims } = await server.verify()
  expect(drift).toEqual([])
  expect({ accounts, invoices, transactions, claims }).toEqual({
    accounts: shape.accounts,
    invoices: INVOICES,
    transactions: shape.transactions,
    claims: 2 * shape.accounts,
  })
})

test('statuses are like life', async () => {
  const count = async (status: string): Promise<number> =>
    (await server.call('GET', `/invoices?status=${status}`)).json.summary.count
  const [paid, opened, overdue, cancelled] = await Promise.all(
    ['Paid', 'Opened', 'Overdue', 'Cancelled'].map(count),
  )
  expect(paid).toBeGreaterThan(0.8 * INVOICES)
  expect(opened).toBeGreaterThan(0.05 * INVOICES)
  expect(overdue).toBeGreaterThan(0.01 * INVOICES)
  expect(cancelled).toBeGreaterThan(0.005 * INVOICES)
  expect((paid ?? 0) + (opened ?? 0) + (cancelled ?? 0)).toBe(INVOICES)
})

test('ids of shape.ts name what was generated', async () => {
  const last = shape.purchases - 1
  const byOrder = await server.call('GET', `/invoices?orderId=${orderIdOf(last)}`)
  const byFriendlyId = await server.call('GET', `/invoices?friendlyId=${friendlyCodeOf(last)}-1`)
  expect(byOrder.json.data[0].friendlyId).toBe(`${friendlyCodeOf(last)}-1`)
  expect(byFriendlyId.json.data).toEqual(byOrder.json.data.slice(0, 1))
})

test('every account has a live hold, some debt of its own and a year of statement', async () => {
  for (const account of [0, 1, shape.accounts - 1]) {
    const path = `/accounts/${accountIdOf(account)}`
    const { json } = await server.call('GET', path)
    expect(json.preAuthorizedCredit).toBeGreaterThan(0)
    const from = new Date(START - 365 * DAY_MS).toISOString()
    const statement = await server.call('GET', `${path}/statements?from=${from}`)
    expect(statement.json.currentBalance).toBe(json.balance)
  }
})

test('the writer goes on where the generated past ends', async () => {
  const path = `/accounts/${accountIdOf(7)}/transactions`
  const held = await server.call('POST', path, { value: 1 })
  const settled = await server.call('PUT', `${path}/${held.json.id}/settlement`, { value: 1 })
  expect([held.status, settled.status]).toEqual([200, 200])
  const { drift } = await server.verify()
  expect(drift).toEqual([])
})

test('every index of the schema is back', async () => {
  const names = `select indexname, indexdef from pg_indexes where schemaname = 'public' order by 1`
  const fresh = await startServer()
  const [made, migrated] = [await server.sql.unsafe(names), await fresh.sql.unsafe(names)]
  await fresh.close()
  expect([...made]).toEqual([...migrated])
})
