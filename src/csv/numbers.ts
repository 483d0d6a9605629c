/**
 * Numbers as people and spreadsheets write them. Half of them write `1.234,56` and the others
 * `1,234.56`; what can be read both ways is never guessed, since the wrong guess is off by a
 * factor of a thousand.
 */

/** What stands before the decimals. */
export type DecimalMark = ',' | '.'

/** A number taken apart: what is around its digits, and the digits with their marks. */
export interface WrittenNumber {
  readonly digits: string
  readonly isNegative: boolean
  readonly isPercent: boolean
  /** The currency as it is written: a code in capitals, or a symbol. */
  readonly currency?: string
}

const MAX_LENGTH = 80
/** What nearly every number looks like: there is nothing around its digits. */
const BARE = /^[\d.,]+$/
const SIGN = String.raw`([+\-−]?)`
const CURRENCY = String.raw`R\$|US\$|\$|€|[A-Z]{3}`
const DIGITS = String.raw`([\d.,](?:[\d.,\s]*[\d.,])?)`
const WRITTEN = new RegExp(
  String.raw`^${SIGN}\s*(${CURRENCY})?\s*${SIGN}\s*${DIGITS}\s*(${CURRENCY}|%)?$`,
  'iu',
)
const IN_BRACKETS = /^\(.*\)$/
const GAP = /(?<=\d)\s(?=\d{3}(?!\d))/gu

/** What digits look like for each decimal mark: groups of three, if any, and then decimals. */
const READINGS: Readonly<Record<DecimalMark, RegExp>> = {
  '.': /^(?:\d+|[1-9]\d{0,2}(?:,\d{3})+)?(?:\.\d+)?$/,
  ',': /^(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+)?(?:,\d+)?$/,
}

const HAS_MARK = /[.,]/
const HAS_DIGIT = /\d/

/** Takes a number apart; undefined where it is none. */
export function takeApart(text: string): WrittenNumber | undefined {
  if (text.length > MAX_LENGTH) return undefined
  if (BARE.test(text)) return { digits: text, isNegative: false, isPercent: false }
  if (IN_BRACKETS.test(text)) {
    const inside = takeApart(text.slice(1, -1).trim())
    return inside && { ...inside, isNegative: true }
  }
  const [, sign, before, innerSign, digits, after] = WRITTEN.exec(text) ?? []
  if (digits === undefined || (sign && innerSign)) return undefined
  const anySign = sign || innerSign
  const currency = before ?? (after === '%' ? undefined : after)
  return {
    digits: digits.replace(GAP, ''),
    isNegative: Boolean(anySign) && anySign !== '+',
    isPercent: after === '%',
    ...(currency && { currency: currency.toUpperCase() }),
  }
}

/**
 * Reads digits with marks as a plain decimal such as `1234.56`: in the only way in which they can
 * be read, else by the decimal mark of the file, else not at all.
 */
export function readDigits(
  digits: string,
  places: number,
  fileMark?: DecimalMark,
): string | 'ambiguous' | undefined {
  const mark = markOf(digits, places)
  if (mark === undefined) return undefined
  const decimalMark = mark === 'ambiguous' ? fileMark : mark
  if (!decimalMark) return 'ambiguous'
  const grouping = decimalMark === '.' ? ',' : '.'
  return digits.replaceAll(grouping, '').replace(decimalMark, '.')
}

/** The decimal mark that a number gives away, if it can be read in one way only. */
export function decimalMarkIn(text: string, places: number): DecimalMark | undefined {
  if (!HAS_MARK.test(text)) return undefined
  const digits = takeApart(text.trim())?.digits
  const mark = digits === undefined ? undefined : markOf(digits, places)
  return mark === 'ambiguous' ? undefined : mark
}

/**
 * Where the decimals of a number begin, by its own look; either way for one without any mark.
 * Where there can be no decimals (`places` is 0), the mark of `1.234` groups.
 */
function markOf(digits: string, places: number): DecimalMark | 'ambiguous' | undefined {
  if (!HAS_DIGIT.test(digits)) return undefined
  const isPoint = READINGS['.'].test(digits)
  const isComma = READINGS[','].test(digits)
  if (isPoint && isComma && HAS_MARK.test(digits)) {
    if (places > 0) return 'ambiguous'
    return digits.includes('.') ? ',' : '.'
  }
  if (isPoint) return '.'
  return isComma ? ',' : undefined
}
