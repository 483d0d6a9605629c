import { expect, test } from 'vitest'
import { csvOf, referenceOf, withBalances } from './statement.ts'

const line = { date: '2026-11-18T15:00:00.000Z', doneBy: 'ana@example.com' }

test('the balance runs from what was before, without the drift of fractions', () => {
  const values = [-0.1, -0.2, 0.3]
  const statements = values.map((value) => ({ ...line, value, origin: 'Invoice' as const }))
  const lines = withBalances({ statements, previousBalance: -1, truncated: false }, 2)
  expect(lines.map(({ balance }) => balance)).toEqual([-1.1, -1.3, -1])
})

test('a line is about its order, else about its debit or its transaction', () => {
  const of = (metadata?: object) =>
    referenceOf({ ...line, value: 1, origin: 'Statement', ...(metadata && { metadata }) })
  expect(of({ orderId: '', transactionId: 'T' })).toBe('T')
  expect(of({ orderId: '1001', transactionId: 'T' })).toBe('1001')
  expect(of({ statementId: 'D' })).toBe('D')
  expect(of()).toBe('')
})

test('a file quotes what it must, and has no formulas', () => {
  const text = csvOf([['a;b', 'say "x"', '=1+1', '-1.234,50', '-cmd']], ';')
  expect(text).toBe(`\uFEFF"a;b";"say ""x""";'=1+1;-1.234,50;'-cmd\r\n`)
})
