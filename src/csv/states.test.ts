import { describe, expect, test } from 'vitest'
import { findInvoiceState, INVOICE_STATES } from './states.ts'

describe('findInvoiceState', () => {
  test.each(Object.entries(INVOICE_STATES))('reads what is written in %s', (_, words) => {
    for (const [state, word] of Object.entries(words)) {
      expect(findInvoiceState(word)).toBe(state === 'Overdue' ? 'Opened' : state)
    }
  })

  test.each([
    ['PAGA', 'Paid'],
    [' pagada ', 'Paid'],
    ['Canceled', 'Cancelled'],
    ['cancelada', 'Cancelled'],
    ['open', 'Opened'],
    ['ABERTA', 'Opened'],
    ['Vencida', 'Opened'],
    ['', undefined],
    ['Devolvido', undefined],
    ['constructor', undefined],
  ])('%j is %s', (word, state) => {
    expect(findInvoiceState(word)).toBe(state)
  })
})
