/** The life of an order, from the opening of the account to the payment of its invoices. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DAY_MS, startServer, type TestServer } from './support/server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

test('an order is authorized, settled in three and paid', async () => {
  const { call } = server
  const opened = await call('POST', '/accounts', {
    document: '111.444.777-35',
    documentType: 'CPF',
    email: 'ana+loja@example.com',
    creditLimit: '1000',
  })
  expect(opened.status).toBe(200)
  const account = '/accounts/11144477735_CPF'
  const hold = await call('POST', `${account}/transactions`, { value: 100, installments: 3 })
  expect(hold.json.value).toBe(100)
  const settled = await call('PUT', `${account}/transactions/${hold.json.id}/settlement`, {
    value: 100,
  })
  expect(settled.json).toEqual({ value: 100, id: hold.json.id })
  const invoices = await call('GET', `${account}/invoices`)
  expect(invoices.json.data.map((invoice: { value: number }) => invoice.value)).toEqual([
    33.34, 33.33, 33.33,
  ])
  expect(invoices.json.summary.total).toBe(100)
  const first = invoices.json.data[0]
  expect(Date.parse(first.dueDate)).toBe(server.clock.now + 30 * DAY_MS)
  expect((await call('GET', account)).json.availableCredit).toBe(900)

  const paid = await call('POST', `${account}/invoices/${first.id}/payments`)
  expect(paid.json.status).toBe('Paid')
  expect((await call('GET', account)).json.availableCredit).toBe(933.34)
  const statement = await call('GET', `${account}/statements`)
  expect(statement.json.statements.map((line: { origin: string }) => line.origin)).toEqual([
    'Invoice',
    'Payment',
  ])
  expect(statement.json.currentBalance).toBe(-66.66)
  expect((await server.verify()).drift).toEqual([])
})
