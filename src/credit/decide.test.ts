/** What must never reach a rule is stopped at its door. */
import { describe, expect, test } from 'vitest'
import type { Command } from './commands.ts'
import { decide } from './decide.ts'
import { NEW_STORE_CONFIG } from './store.ts'
import { EMPTY_VIEW } from './view.ts'

const CONTEXT = { now: 0, timeZone: 'UTC', config: NEW_STORE_CONFIG }

const HOLD = {
  type: 'authorize' as const,
  transactionId: 'A'.repeat(32),
  friendlyCode: 'abcdefgh',
  value: 1n,
  settle: true,
  installments: 1,
  expiresAt: null,
  orderId: null,
  holder: null,
  conditionId: null,
  buyer: null,
}
const BUYER = { document: '1', documentType: 'Other', email: 'a@b.c' }

const MALFORMED: Command[] = [
  { type: 'openAccount', ...BUYER, limit: -1n, tolerance: 0n },
  { type: 'openAccount', ...BUYER, limit: 0n, tolerance: -1n },
  { type: 'changeAccount', limit: -1n },
  { type: 'changeAccount', tolerance: -1n },
  { type: 'changeLimit', limit: -1n },
  { type: 'changeTolerance', tolerance: -1n },
  { type: 'debit', statementId: 's', value: 0n },
  { type: 'debit', statementId: 's', value: 5n },
  { ...HOLD, value: 0n },
  { ...HOLD, value: -5n },
  { ...HOLD, installments: 0 },
  { ...HOLD, installments: 100 },
  { ...HOLD, installments: 1.5 },
  { type: 'changeTransaction', transactionId: HOLD.transactionId, value: 0n },
  { type: 'settle', transactionId: HOLD.transactionId, total: -1n, final: true },
  { type: 'refund', transactionId: HOLD.transactionId, value: 0n },
  { type: 'postponeInvoice', invoiceId: 'x', days: -5 },
]

describe('a number that no rule covers is a fault of the caller', () => {
  test.each(MALFORMED)('$type', (command) => {
    expect(() => decide(EMPTY_VIEW, 'a', command, CONTEXT)).toThrow(RangeError)
  })
})
