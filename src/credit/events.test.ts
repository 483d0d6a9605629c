import { expect, test } from 'vitest'
import { decodeEvent, type Event, encodeEvent } from './events.ts'
import { MAX_AMOUNT } from './money.ts'

test('amounts are strings of digits in the ledger, and come back as they were', () => {
  const event: Event = { type: 'LimitChanged', from: -1n, to: MAX_AMOUNT }
  expect(encodeEvent(event)).toBe('{"type":"LimitChanged","from":"-1","to":"10000000000000"}')
  expect(decodeEvent(encodeEvent(event))).toEqual(event)
})

test('a reason stays a text, and entries from before there were any decode as they are', () => {
  const event: Event = { type: 'ToleranceChanged', from: 0n, to: 10n, reason: '42' }
  expect(decodeEvent(encodeEvent(event))).toEqual(event)
  const old = '{"type":"LimitChanged","from":"1","to":"2"}'
  expect(decodeEvent(old)).toEqual({ type: 'LimitChanged', from: 1n, to: 2n })
})

test('amounts within lists come back too', () => {
  const event: Event = {
    type: 'TransactionRefunded',
    transactionId: '0'.repeat(32),
    orderId: null,
    value: 3n,
    reductions: [{ installment: 1, by: 2n }],
    credited: 1n,
  }
  expect(decodeEvent(encodeEvent(event))).toEqual(event)
})

test('a text of digits stays a text', () => {
  const event: Event = {
    type: 'InvoiceAnnotated',
    transactionId: '1'.repeat(32),
    installment: 1,
    observation: '123',
    paymentLink: null,
  }
  expect(decodeEvent(encodeEvent(event))).toEqual(event)
  const debit: Event = { type: 'Debited', statementId: '42', value: -1n }
  expect(decodeEvent(encodeEvent(debit))).toEqual(debit)
  const frozen: Event = { type: 'AccountFrozen', reason: '42' }
  expect(decodeEvent(encodeEvent(frozen))).toEqual(frozen)
})
