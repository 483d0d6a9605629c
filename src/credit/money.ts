/**
 * Money and rates as integers: amounts in the minor unit of a currency, rates in millionths.
 *
 * Nothing here touches a float: numbers are read by their decimal digits and written back the
 * same way, and every product rounds down, in the store's favour.
 */

/** An amount in the minor unit of the store's currency (cents for BRL). */
export type Minor = bigint

/** A tolerance or a rate in millionths: 50_000n is 5 %. */
export type Millionths = bigint

/** Decimal places of a rate. */
export const RATE_PLACES = 6

/** The largest amount that one field may carry, in minor units. */
export const MAX_AMOUNT: Minor = 10n ** 13n

/** The largest sum an account may owe, so that every total stays an exact JSON number. */
export const MAX_OWED: Minor = 10n ** 15n

/** The largest tolerance or rate: 1,000 times. */
export const MAX_RATE: Millionths = 1000n * 10n ** 6n

const ONE: Millionths = 10n ** 6n
const MAX_DECIMAL_LENGTH = 64
/** What nearly every amount looks like: it needs no more than its digits put together. */
const PLAIN = /^(\d{1,11})(?:\.(\d{1,6}))?$/
const DECIMAL = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d{1,4}))?$/

/** Why a decimal cannot be taken as an amount or a rate. */
export type DecimalFault = 'not-a-number' | 'too-many-decimals' | 'out-of-range'

/**
 * Reads a JSON number or a decimal string as an integer with `places` decimals, by its digits.
 * `"5.010"` is 501 at two places, `"5.011"` has too many decimals, `1e400` is out of range.
 */
export function parseDecimal(
  input: number | string,
  places: number,
  max: bigint,
): bigint | DecimalFault {
  const text = typeof input === 'number' ? String(input) : input.trim()
  const plain = PLAIN.exec(text)
  if (plain) {
    const [, whole = '', fraction = ''] = plain
    if (fraction.length <= places) {
      const units = BigInt(whole + fraction.padEnd(places, '0'))
      return units > max ? 'out-of-range' : units
    }
  }
  if (text.length > MAX_DECIMAL_LENGTH) return 'out-of-range'
  const match = DECIMAL.exec(text)
  if (!match) return 'not-a-number'
  const [, sign, mantissa = '', exponent = '0'] = match
  const [whole = '', fraction = ''] = mantissa.split('.')
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  if (digits === '') return 0n
  const significant = digits.replace(/0+$/, '')
  const shift = places + Number(exponent) - fraction.length + (digits.length - significant.length)
  if (shift < 0) return 'too-many-decimals'
  if (significant.length + shift > MAX_DECIMAL_LENGTH) return 'out-of-range'
  const units = BigInt(significant) * 10n ** BigInt(shift)
  if (units > max) return 'out-of-range'
  return sign === '-' ? -units : units
}

/** Writes an integer with `places` decimals as a decimal string: `formatDecimal(501n, 2)` is `5.01`. */
export function formatDecimal(units: bigint, places: number): string {
  const sign = units < 0n ? '-' : ''
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, '0')
  if (places === 0) return sign + digits
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`
}

/** The JSON number of an integer with `places` decimals; exact up to 15 significant digits. */
export function toJsonNumber(units: bigint, places: number): number {
  return Number(formatDecimal(units, places))
}

/** `amount × rate`, rounded down (towards minus infinity). */
export function timesRate(amount: Minor, rate: Millionths): Minor {
  const product = amount * rate
  const quotient = product / ONE
  return product < 0n && quotient * ONE !== product ? quotient - 1n : quotient
}

/** `amount × (1 + rate)`, rounded down. */
export function grownBy(amount: Minor, rate: Millionths): Minor {
  return amount + timesRate(amount, rate)
}

/**
 * Splits an amount in at most `parts` positive shares that sum to it exactly; the earliest take
 * the extra minor units. An amount with fewer minor units than parts makes fewer shares.
 */
export function splitEvenly(amount: Minor, parts: number): Minor[] {
  const count = amount < BigInt(parts) ? Number(amount) : parts
  if (count === 0) return []
  const share = amount / BigInt(count)
  const extra = Number(amount - share * BigInt(count))
  return Array.from({ length: count }, (_, index) => (index < extra ? share + 1n : share))
}

export function minOf(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

export function maxOf(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
