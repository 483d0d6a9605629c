import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatDecimal, MAX_AMOUNT } from '../credit/money.ts'
import { type DecimalMark, decimalMarkIn, readDigits, takeApart } from './numbers.ts'

describe('decimalMarkIn', () => {
  test.each<[string, DecimalMark | undefined]>([
    ['12,5', ','],
    ['1.234,56', ','],
    ['1.234.567', ','],
    ['R$ 1.234,56', ','],
    ['1 234,56', ','],
    ['12,5%', ','],
    ['0,125', ','],
    ['0.05', '.'],
    ['1,234.56', '.'],
    ['1234.567', '.'],
    ['.5', '.'],
    ['1234', undefined],
    ['1.234', undefined],
    ['1,234', undefined],
    ['1.23.45', undefined],
    ['1,2E5', undefined],
    ['', undefined],
    ['.', undefined],
    ['ana', undefined],
  ])('%j gives away %s', (text, mark) => {
    expect(decimalMarkIn(text, 2)).toBe(mark)
  })

  test('where there are no decimals a mark with three digits after it groups', () => {
    expect(decimalMarkIn('1.234', 0)).toBe(',')
    expect(decimalMarkIn('1,234', 0)).toBe('.')
  })
})

describe('takeApart', () => {
  test.each([
    ['-5', { digits: '5', isNegative: true, isPercent: false }],
    ['−5', { digits: '5', isNegative: true, isPercent: false }],
    ['+5', { digits: '5', isNegative: false, isPercent: false }],
    ['( 5 )', { digits: '5', isNegative: true, isPercent: false }],
    ['R$ -5', { digits: '5', isNegative: true, isPercent: false, currency: 'R$' }],
    ['5 eur', { digits: '5', isNegative: false, isPercent: false, currency: 'EUR' }],
    ['5 %', { digits: '5', isNegative: false, isPercent: true }],
    ['1 234 567', { digits: '1234567', isNegative: false, isPercent: false }],
  ])('%j', (text, parts) => {
    expect(takeApart(text)).toEqual(parts)
  })

  test.each(['', '--5', '-R$-5', 'R$', '%', '5%%', '(5', '5-', 'ABCD 5', '5'.repeat(81)])(
    '%j is no number',
    (text) => {
      expect(takeApart(text)).toBeUndefined()
    },
  )
})

describe('readDigits', () => {
  const mark = fc.constantFrom<DecimalMark>(',', '.')
  const places = fc.integer({ min: 0, max: 3 })

  test('reads any amount with the mark of the file, with and without groups', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, MAX_AMOUNT),
        places,
        mark,
        fc.boolean(),
        (amount, at, by, groups) => {
          const plain = formatDecimal(amount, at)
          const [whole = '', decimals] = plain.split('.')
          const grouping = by === ',' ? '.' : ','
          const grouped = whole.replace(/(?<=\d)(?=(?:\d{3})+$)/g, grouping)
          const text = [groups ? grouped : whole, ...(decimals ? [decimals] : [])].join(by)
          expect(readDigits(text, at, by)).toBe(plain)
        },
      ),
    )
  })

  test('reads nothing in two ways', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789.,'), maxLength: 12 })
    fc.assert(
      fc.property(digits, fc.integer({ min: 1, max: 3 }), (text, at) => {
        const byItself = readDigits(text, at)
        if (byItself === undefined || byItself === 'ambiguous') return
        expect(readDigits(text, at, ',')).toEqual(byItself)
        expect(readDigits(text, at, '.')).toEqual(byItself)
      }),
    )
  })
})
