import { expect, test } from 'vitest'
import { decimalsOf, parseDecimal } from './decimals.ts'

test.each([
  ['pt-BR', '1.234,50', '1234.50'],
  ['pt-BR', '1234,5', '1234.5'],
  ['pt-BR', '1.000', '1000'],
  ['pt-BR', '1.5', undefined],
  ['pt-BR', '1,234.50', undefined],
  ['en', '1,234.50', '1234.50'],
  ['en', '1.5', '1.5'],
  ['en', '1,5', undefined],
  ['en', '-1', undefined],
  ['en', '1.505', undefined],
  ['en', '', undefined],
  ['fr-FR', '12 345,6', '12345.6'],
])('in %s, %s reads as %s', (locale, text, expected) => {
  expect(parseDecimal(text, decimalsOf(locale), 2)).toBe(expected)
})
