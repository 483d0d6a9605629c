/** How amounts are read: by their decimal digits, in the minor unit of the store's currency. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer } from '../support/server.ts'
import { type Api, type Call, expectNoDrift, startApi } from './support/api.ts'
import { faults, ok } from './support/expect.ts'
import { hold, newBuyer, type Opened, openAccount, order } from './support/make.ts'

let api: Api
let account: Opened

beforeAll(async () => {
  api = await startApi()
  account = await openAccount(api.call)
})
afterAll(() => api.close())

/** Sends JSON text as it stands: `value` is a number or a string with its own digits. */
const limitTo = (call: Call, path: string, value: string) =>
  call('PUT', `${path}/creditlimit`, `{"value": ${value}}`)

/** The digits of a field in the text of an answer. */
const digitsOf = ({ text }: Answer, field: string) =>
  new RegExp(`"${field}":([^,}]+)`).exec(text)?.[1]

test.each([
  ['5.01', '5.01'],
  ['"5.01"', '5.01'],
  ['5.010', '5.01'],
  ['"5.0100000"', '5.01'],
  ['5', '5'],
  ['"5"', '5'],
  ['5.0', '5'],
  ['"5."', '5'],
  ['".5"', '0.5'],
  ['"005.10"', '5.1'],
  ['1e2', '100'],
  ['"1e2"', '100'],
  ['1E+2', '100'],
  ['15e-1', '1.5'],
  ['1.23e1', '12.3'],
  ['0', '0'],
  ['-0', '0'],
  ['"0.00"', '0'],
  ['0e999', '0'],
  ['0.1', '0.1'],
  ['0.3', '0.3'],
  ['0.07', '0.07'],
  ['1.15', '1.15'],
  ['4.35', '4.35'],
  ['1.005e3', '1005'],
  ['8.2', '8.2'],
  ['1234567.89', '1234567.89'],
  ['99999999999.99', '99999999999.99'],
  ['100000000000', '100000000000'],
  ['"100000000000.00"', '100000000000'],
  ['1e11', '100000000000'],
])('%s is read as %s', async (sent, read) => {
  const answer = await limitTo(api.call, account.path, sent)
  ok(answer)
  expect(digitsOf(answer, 'creditLimit')).toBe(read)
})

test.each([
  // More decimals than the currency has; the first is 0.1 + 0.2 of many clients.
  '0.30000000000000004',
  '"0.30000000000000004"',
  '1.0000000000000001',
  '5.011',
  '"5.011"',
  '0.001',
  '1e-3',
  '4.0000000000000000000000000001',
  // So small that a double makes a zero of it.
  '1e-400',
  '"1e-400"',
  // More than 10^13 minor units.
  '100000000000.01',
  '"100000000000.01"',
  '12345678901234567890',
  '99999999999999999999.99',
  '1e12',
  '1e400',
  '"1e400"',
  '1e9999',
  // No numbers.
  '"NaN"',
  '"Infinity"',
  '"-Infinity"',
  '""',
  '" "',
  '"abc"',
  '"1,50"',
  '"1.000,00"',
  '"1,000.00"',
  '"1 000"',
  '"0x10"',
  '"1_000"',
  '"5.0.1"',
  '"--5"',
  '"R$ 5"',
  '"٥"',
  '"."',
  '"e5"',
  'true',
  'null',
  '{}',
  '[]',
  '[5]',
])('%s is refused: 400', async (sent) => {
  faults(await limitTo(api.call, account.path, sent), '/value')
})

test('a text of any length is refused in a moment', async () => {
  for (const value of ['9'.repeat(100_000), `0.${'0'.repeat(100_000)}1`, '1'.repeat(500_000)]) {
    faults(await limitTo(api.call, account.path, `"${value}"`), '/value')
    faults(await limitTo(api.call, account.path, value), '/value')
  }
})

test.each(['NaN', 'Infinity', '01', '.5', '5.', '+5', '0x10', '1_000'])(
  'the JSON %s is no JSON: 400',
  async (sent) => {
    const answer = await limitTo(api.call, account.path, sent)
    expect(answer.status).toBe(400)
    expect(answer.json.code).toBe(1000)
  },
)

describe('every amount is read like that', () => {
  const WRONG = [
    '0.30000000000000004',
    '"5.011"',
    '100000000000.01',
    '1e400',
    '"NaN"',
    'true',
    '-1',
  ]

  /** The request of each field, with the JSON text of its value filled in. */
  type Request = (value: string) => Promise<readonly [string, string, string]>

  const FIELDS: Readonly<Record<string, readonly [string, Request]>> = {
    'the limit of an opening': [
      '/creditLimit',
      async (value) => [
        'POST',
        '/accounts',
        JSON.stringify({ ...newBuyer(), creditLimit: '?' }).replace('"?"', value),
      ],
    ],
    'the limit of a change': [
      '/creditLimit',
      async (value) => ['PUT', account.path, `{"creditLimit": ${value}}`],
    ],
    'a pre-authorization': [
      '/value',
      async (value) => ['POST', `${account.path}/transactions`, `{"value": ${value}}`],
    ],
    'a changed pre-authorization': [
      '/value',
      async (value) => {
        const { path } = await hold(api.call, await openAccount(api.call), 10)
        return ['PUT', path, `{"value": ${value}}`]
      },
    ],
    'a settlement': [
      '/value',
      async (value) => {
        const { path } = await hold(api.call, await openAccount(api.call), 10)
        return ['PUT', `${path}/settlement`, `{"value": ${value}}`]
      },
    ],
    'a refund': [
      '/value',
      async (value) => {
        const { path } = await order(api.call, await openAccount(api.call), 10)
        return ['POST', `${path}/refunds`, `{"value": ${value}}`]
      },
    ],
    'the default credit value': [
      '/defaultCreditValue',
      async (value) => ['PUT', '/storeconfig', `{"defaultCreditValue": ${value}}`],
    ],
  }

  test.each(Object.entries(FIELDS))('%s', async (_, [pointer, request]) => {
    for (const value of WRONG) {
      const [method, path, body] = await request(value)
      faults(await api.call(method, path, body), pointer)
    }
    const [method, path, body] = await request('"5.010"')
    const answer = await api.call(method, path, body)
    expect(digitsOf(answer, pointer.slice(1)), answer.text).toBe('5.01')
  })

  test('a manual debit', async () => {
    const debit = (value: string) =>
      api.call('PUT', `${account.path}/statements/m${value.length}`, `{"value": ${value}}`)
    for (const value of ['-0.001', '"-5.011"', '-100000000000.01', '-1e400', '"NaN"', '0', '1']) {
      faults(await debit(value), '/value')
    }
    expect(ok(await debit('"-5.0100"')).value).toBe('-5.01')
  })

  test('the filter of a list', async () => {
    for (const value of ['5.011', 'NaN', '', '1e400', '-1', '1,5']) {
      faults(await api.call('GET', `/invoices?value=${value}`), '/value')
    }
    ok(await api.call('GET', '/invoices?value=5.010'))
  })

  test('zero and less are no value of a purchase or a refund: 400', async () => {
    const live = await hold(api.call, await openAccount(api.call), 10)
    const settled = await order(api.call, await openAccount(api.call), 10)
    for (const value of [0, '0.00', -1]) {
      faults(await api.call('POST', `${account.path}/transactions`, { value }), '/value')
      faults(await api.call('PUT', live.path, { value }), '/value')
      faults(await api.call('POST', `${settled.path}/refunds`, { value }), '/value')
    }
  })
})

test('sums stay exact: what doubles get wrong comes out right', async () => {
  const buyer = await openAccount(api.call, { creditLimit: 100 })
  for (const value of [0.1, 0.2, '0.7', 1.1, 2.2]) await order(api.call, buyer, value)
  const answer = await api.call('GET', buyer.path)
  expect(digitsOf(answer, 'balance')).toBe('-4.3')
  expect(digitsOf(answer, 'availableCredit')).toBe('95.7')
  const list = await api.call('GET', `${buyer.path}/invoices`)
  expect(digitsOf(list, 'total')).toBe('4.3')
})

test('the largest amounts stay exact', async () => {
  const { path } = await openAccount(api.call, { creditLimit: '99999999999.99' })
  const { id } = ok(await api.call('POST', `${path}/transactions`, { value: '99999999999.98' }))
  const answer = await api.call('GET', path)
  expect(digitsOf(answer, 'availableCredit')).toBe('0.01')
  expect(digitsOf(answer, 'preAuthorizedCredit')).toBe('99999999999.98')
  const settlement = `${path}/transactions/${id}/settlement`
  const settled = await api.call('PUT', settlement, { value: '99999999999.97' })
  expect(digitsOf(settled, 'value')).toBe('99999999999.97')
})

describe('in the minor unit of ISO 4217', () => {
  test.each([
    ['JPY', 0, '100', '100.5', '10000000000000', '10000000000001'],
    ['CLP', 0, '100', '100.5', '10000000000000', '10000000000001'],
    ['KWD', 3, '1.234', '1.2345', '10000000000.000', '10000000000.001'],
    ['BRL', 2, '1.23', '1.234', '100000000000.00', '100000000000.01'],
    ['COP', 2, '1.23', '1.234', '100000000000.00', '100000000000.01'],
    ['HUF', 2, '1.23', '1.234', '100000000000.00', '100000000000.01'],
    ['IDR', 2, '1.23', '1.234', '100000000000.00', '100000000000.01'],
    ['PKR', 2, '1.23', '1.234', '100000000000.00', '100000000000.01'],
    ['IQD', 3, '1.234', '1.2345', '10000000000.000', '10000000000.001'],
  ])('%s has %i decimals', async (currency, decimals, good, wrong, most, more) => {
    const { call, store } = await api.newStore(undefined, currency)
    expect(store.exponent).toBe(decimals)
    const { path } = await openAccount(call)
    for (const value of [good, `"${good}"`, `${good}${decimals ? '00' : '.00'}`]) {
      const answer = await limitTo(call, path, value)
      ok(answer)
      expect(digitsOf(answer, 'creditLimit')).toBe(good)
    }
    ok(await limitTo(call, path, most))
    faults(await limitTo(call, path, wrong), '/value')
    faults(await limitTo(call, path, more), '/value')
  })

  test('instalments of yen and of fils', async () => {
    for (const [currency, value, shares] of [
      ['JPY', 100, [34, 33, 33]],
      ['KWD', 0.1, [0.034, 0.033, 0.033]],
      ['BRL', 0.1, [0.04, 0.03, 0.03]],
    ] as const) {
      const { call } = await api.newStore(undefined, currency)
      const buyer = await openAccount(call)
      await order(call, buyer, value, 3)
      const { data, summary } = ok(await call('GET', `${buyer.path}/invoices`))
      expect(data.map((invoice: { value: number }) => invoice.value)).toEqual(shares)
      expect(summary.total).toBe(value)
    }
  })

  test('words of a refusal in the currency of the store', async () => {
    for (const [currency, words] of [
      ['JPY', 'JPY 5'],
      ['KWD', 'KWD 5.000'],
      ['BRL', 'BRL 5.00'],
    ] as const) {
      const { call } = await api.newStore(undefined, currency)
      const { path } = await openAccount(call, { creditLimit: 10 })
      const { json } = await call('POST', `${path}/transactions`, { value: 15 })
      expect(json.detail).toContain(`${words} is missing`)
    }
  })

  test('a debit is answered as a decimal of the currency', async () => {
    for (const [currency, debit] of [
      ['JPY', '-15'],
      ['KWD', '-15.000'],
      ['BRL', '-15.00'],
    ] as const) {
      const { call } = await api.newStore(undefined, currency)
      const { path } = await openAccount(call)
      expect(ok(await call('PUT', `${path}/statements/1`, { value: '-15' })).value).toBe(debit)
    }
  })
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
