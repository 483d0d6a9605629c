import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type DecimalFault,
  formatDecimal,
  grownBy,
  MAX_AMOUNT,
  MAX_OWED,
  MAX_RATE,
  parseDecimal,
  RATE_PLACES,
  splitEvenly,
  timesRate,
  toJsonNumber,
} from './money.ts'

describe('parseDecimal', () => {
  test.each<[string | number, bigint | DecimalFault]>([
    ['5.01', 501n],
    ['5.010', 501n],
    ['5', 500n],
    ['5.', 500n],
    ['.5', 50n],
    ['-.5', -50n],
    ['+5', 500n],
    [' 5 ', 500n],
    ['0005.01', 501n],
    ['1100', 110_000n],
    ['1e2', 10_000n],
    ['1E+2', 10_000n],
    ['150e-2', 150n],
    ['-0', 0n],
    ['0e9999', 0n],
    ['0.000', 0n],
    ['5.0000000000', 500n],
    [5.01, 501n],
    [-0, 0n],
    [-5.5, -550n],
    [1e11, MAX_AMOUNT],
    ['100000000000.00', MAX_AMOUNT],
    ['-100000000000.00', -MAX_AMOUNT],
    [`${'0'.repeat(60)}1`, 100n],
  ])('takes %j as %s cents', (input, cents) => {
    expect(parseDecimal(input, 2, MAX_AMOUNT)).toBe(cents)
  })

  test.each<[string | number, DecimalFault]>([
    ['5.011', 'too-many-decimals'],
    ['1e-7', 'too-many-decimals'],
    ['1e-9999', 'too-many-decimals'],
    [1e-7, 'too-many-decimals'],
    [5e-324, 'too-many-decimals'],
    [0.1 + 0.2, 'too-many-decimals'],
    ['1e400', 'out-of-range'],
    ['1e9999', 'out-of-range'],
    ['-1e9999', 'out-of-range'],
    ['100000000000.01', 'out-of-range'],
    ['-100000000000.01', 'out-of-range'],
    [100_000_000_000.01, 'out-of-range'],
    [1e21, 'out-of-range'],
    [Number.MAX_VALUE, 'out-of-range'],
    ['1'.repeat(65), 'out-of-range'],
    ['0'.repeat(65), 'out-of-range'],
    ['1e99999', 'not-a-number'],
    ['--1', 'not-a-number'],
    ['+-1', 'not-a-number'],
    ['1,000', 'not-a-number'],
    ['1_000', 'not-a-number'],
    ['1 000', 'not-a-number'],
    ['1.2.3', 'not-a-number'],
    ['', 'not-a-number'],
    [' ', 'not-a-number'],
    ['.', 'not-a-number'],
    ['-', 'not-a-number'],
    ['e5', 'not-a-number'],
    ['1e', 'not-a-number'],
    ['1e2.5', 'not-a-number'],
    ['0x10', 'not-a-number'],
    ['R$ 5', 'not-a-number'],
    ['٥', 'not-a-number'],
    ['NaN', 'not-a-number'],
    ['Infinity', 'not-a-number'],
    [Number.NaN, 'not-a-number'],
    [Number.POSITIVE_INFINITY, 'not-a-number'],
    [Number.NEGATIVE_INFINITY, 'not-a-number'],
  ])('refuses %j: %s', (input, fault) => {
    expect(parseDecimal(input, 2, MAX_AMOUNT)).toBe(fault)
  })

  test('counts the decimals that the currency has', () => {
    expect(parseDecimal('5', 0, MAX_AMOUNT)).toBe(5n)
    expect(parseDecimal('5.0', 0, MAX_AMOUNT)).toBe(5n)
    expect(parseDecimal('5.1', 0, MAX_AMOUNT)).toBe('too-many-decimals')
    expect(parseDecimal('5.125', 3, MAX_AMOUNT)).toBe(5125n)
  })

  test('reads rates to six places', () => {
    expect(parseDecimal('0.05', RATE_PLACES, MAX_RATE)).toBe(50_000n)
    expect(parseDecimal(0.000001, RATE_PLACES, MAX_RATE)).toBe(1n)
    expect(parseDecimal('1000', RATE_PLACES, MAX_RATE)).toBe(MAX_RATE)
    expect(parseDecimal('0.0000001', RATE_PLACES, MAX_RATE)).toBe('too-many-decimals')
    expect(parseDecimal('1000.000001', RATE_PLACES, MAX_RATE)).toBe('out-of-range')
  })

  test('takes no text for another number than the one it spells', () => {
    fc.assert(
      fc.property(anyText, fc.nat(6), (text, places) => {
        const read = parseDecimal(text, places, MAX_AMOUNT)
        if (typeof read !== 'bigint') return
        expect(read <= MAX_AMOUNT && read >= -MAX_AMOUNT).toBe(true)
        expect(Number(text) * 10 ** places).toBeCloseTo(Number(read), -3)
      }),
    )
  })
})

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom(...'0123456789+-.eE '), maxLength: 20 }),
  fc.double().map(String),
)
const cents = fc.bigInt(-MAX_AMOUNT, MAX_AMOUNT)
const places = fc.nat(6)

describe('formatDecimal and toJsonNumber', () => {
  test.each<[bigint, number, string]>([
    [501n, 2, '5.01'],
    [500n, 2, '5.00'],
    [5n, 2, '0.05'],
    [-5n, 2, '-0.05'],
    [0n, 2, '0.00'],
    [5n, 0, '5'],
    [-5n, 0, '-5'],
    [5125n, 3, '5.125'],
    [MAX_AMOUNT, 2, '100000000000.00'],
  ])('writes %s at %i places as %s', (units, at, text) => {
    expect(formatDecimal(units, at)).toBe(text)
    expect(toJsonNumber(units, at)).toBe(Number(text))
  })

  test('what is written is read again', () => {
    fc.assert(
      fc.property(cents, places, (units, at) => {
        expect(parseDecimal(formatDecimal(units, at), at, MAX_AMOUNT)).toBe(units)
      }),
    )
  })

  test('a JSON number is read again, up to the most that an account may owe', () => {
    fc.assert(
      fc.property(fc.bigInt(-MAX_OWED, MAX_OWED), places, (units, at) => {
        const json = JSON.stringify(toJsonNumber(units, at))
        expect(parseDecimal(JSON.parse(json), at, MAX_OWED)).toBe(units)
      }),
    )
  })
})

describe('timesRate', () => {
  test.each<[bigint, bigint, bigint]>([
    [10_000n, 100_000n, 1000n],
    [5000n, -100_000n, -500n],
    [-1000n, 100_000n, -100n],
    [999n, 1000n, 0n],
    [-999n, 1000n, -1n],
    [1n, -1n, -1n],
    [0n, 50_000n, 0n],
    [3n, 333_333n, 0n],
    [MAX_AMOUNT, MAX_RATE, 1000n * MAX_AMOUNT],
  ])('%s × %s millionths is %s', (amount, rate, product) => {
    expect(timesRate(amount, rate)).toBe(product)
  })

  test('is the greatest whole number that is not above the product', () => {
    fc.assert(
      fc.property(cents, fc.bigInt(-MAX_RATE, MAX_RATE), (amount, rate) => {
        const exact = amount * rate
        const millions = timesRate(amount, rate) * 1_000_000n
        expect(millions <= exact && exact < millions + 1_000_000n).toBe(true)
      }),
    )
  })

  test('growth rounds down', () => {
    expect(grownBy(99n, 100_000n)).toBe(108n)
    expect(grownBy(99n, 0n)).toBe(99n)
  })
})

describe('splitEvenly', () => {
  test('the earliest take the extra units', () => {
    expect(splitEvenly(100n, 3)).toEqual([34n, 33n, 33n])
    expect(splitEvenly(101n, 3)).toEqual([34n, 34n, 33n])
    expect(splitEvenly(99n, 3)).toEqual([33n, 33n, 33n])
    expect(splitEvenly(100n, 1)).toEqual([100n])
  })

  test('fewer units than parts make fewer shares, none of them empty', () => {
    expect(splitEvenly(2n, 5)).toEqual([1n, 1n])
    expect(splitEvenly(0n, 5)).toEqual([])
  })

  test('keeps the sum, and shares differ by one unit at most', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, MAX_AMOUNT), fc.integer({ min: 1, max: 99 }), (amount, parts) => {
        const shares = splitEvenly(amount, parts)
        expect(shares.reduce((sum, share) => sum + share, 0n)).toBe(amount)
        expect(shares).toEqual([...shares].sort((a, b) => Number(b - a)))
        expect((shares[0] ?? 0n) - (shares.at(-1) ?? 0n)).toBeLessThanOrEqual(1n)
        expect(shares.at(-1)).toBeGreaterThan(0n)
      }),
    )
  })
})
