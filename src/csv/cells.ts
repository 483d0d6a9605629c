/**
 * Reads single cells. Each reader answers the value, undefined for an empty cell, or what is wrong
 * and what would be right, in words to which the caller adds the name of the column.
 */
import { cleanDocument, DOCUMENT_TYPE, isEmail, MAX_DOCUMENT_LENGTH } from '../credit/identity.ts'
import {
  type InvoiceStatus,
  isPaymentLink,
  MAX_LINK_LENGTH,
  MAX_OBSERVATION_LENGTH,
} from '../credit/invoice.ts'
import {
  formatDecimal,
  MAX_AMOUNT,
  MAX_RATE,
  type Millionths,
  type Minor,
  parseDecimal,
  RATE_PLACES,
} from '../credit/money.ts'
import { type DecimalMark, readDigits, takeApart, type WrittenNumber } from './numbers.ts'
import { findInvoiceState } from './states.ts'

/** What is wrong with a cell. */
export interface CellFault {
  readonly fault: string
}

/** What the amounts of a store look like. */
export interface AmountFormat {
  /** Decimals of the currency. */
  readonly exponent: number
  /** Codes of the currencies that may stand beside an amount; any, where there are none. */
  readonly currencies?: readonly string[]
}

const ESCAPED_FORMULA = /^'(?='*[=+\-@\t\r])/
const EXCEL_TEXT = /^="(.*)"$/s
/** What Excel makes of a long number; `12E5` is a document like any other. */
const SHORTENED = /^\d(?:[.,]\d+)?E\+\d\d$/i
const SCIENTIFIC = /^[+-]?[\d.,]+E[+-]?\d+$/i
const WHOLE_WITH_DECIMAL = /^\d{4,}\.0$/
const DIGITS = /^\d+$/
/** Documents of these types are digits, and spreadsheets take them for numbers. */
const DOCUMENT_DIGITS: Readonly<Record<string, number>> = { CPF: 11, CNPJ: 14 }
/** `$` alone may be any of many. */
const CURRENCY_OF: Readonly<Record<string, string>> = { R$: 'BRL', US$: 'USD', '€': 'EUR' }

const TYPE_AGAIN =
  'was shortened by the spreadsheet: format the column as text and type it again in full'

export function isFault(value: unknown): value is CellFault {
  return typeof value === 'object' && value !== null && 'fault' in value
}

/** Undoes what {@link escapeFormula} did: any text comes back as it was. */
export function readFreeText(text: string): string {
  return text.replace(ESCAPED_FORMULA, '')
}

/** An id, also from `="0123"`, by which people make Excel keep zeros. */
export function readId(text: string): string | undefined | CellFault {
  const id = typedText(text)
  if (SHORTENED.test(id)) return { fault: TYPE_AGAIN }
  return id === '' ? undefined : id
}

export function readEmail(text: string): string | undefined | CellFault {
  const email = readFreeText(text).trim()
  if (email === '') return undefined
  return isEmail(email)
    ? email
    : { fault: 'must be an e-mail address, such as name+tag@example.com' }
}

export function readDocumentType(text: string): string | undefined | CellFault {
  const type = typedText(text)
  if (type === '') return undefined
  return DOCUMENT_TYPE.test(type)
    ? type
    : { fault: 'must have 1 to 20 letters, digits, _ or -, such as CPF' }
}

/** A document; `restored` says that zeros before it were lost and put back. */
export function readDocument(
  text: string,
  documentType: string | undefined,
): { document: string; restored: boolean } | undefined | CellFault {
  const typed = typedText(text)
  if (typed === '') return undefined
  if (SHORTENED.test(typed)) return { fault: TYPE_AGAIN }
  const document = WHOLE_WITH_DECIMAL.test(typed) ? undefined : cleanDocument(typed)
  if (document === undefined) {
    const fault = `must have 1 to ${MAX_DOCUMENT_LENGTH} letters and digits`
    return { fault: `${fault}; dots, hyphens, slashes and spaces are left out` }
  }
  const length = DOCUMENT_DIGITS[documentType?.toUpperCase() ?? ''] ?? 0
  const restored = DIGITS.test(document) && document.length < length
  return { document: restored ? document.padStart(length, '0') : document, restored }
}

/** An amount of zero or above, in minor units. */
export function readAmount(
  text: string,
  format: AmountFormat,
  fileMark?: DecimalMark,
): Minor | undefined | CellFault {
  const { exponent } = format
  const typed = text.trim()
  if (typed === '') return undefined
  const written = takeApart(typed)
  const example = exponent === 0 ? '1234' : `1234.${'5'.padEnd(exponent, '0')}`
  if (!written || written.isPercent) return { fault: notA('an amount', typed, example) }
  const foreign = foreignCurrency(written, format)
  if (foreign) return { fault: foreign }
  const value = readNumber(written, exponent, MAX_AMOUNT, fileMark)
  if (value === 'not-a-number') return { fault: notA('an amount', typed, example) }
  if (value === 'too-many-decimals') {
    return { fault: `has more decimals than the currency has (${exponent})` }
  }
  if (value !== 'out-of-range') return value
  return { fault: `is above ${formatDecimal(MAX_AMOUNT, exponent)}, the most that is allowed` }
}

/** A rate in millionths: `0.05`, or `5%`. */
export function readRate(text: string, fileMark?: DecimalMark): Millionths | undefined | CellFault {
  const typed = text.trim()
  if (typed === '') return undefined
  const written = takeApart(typed)
  if (!written || written.currency) return { fault: notA('a rate', typed, '0.05 or 5%') }
  const places = written.isPercent ? RATE_PLACES - 2 : RATE_PLACES
  const value = readNumber(written, places, MAX_RATE, fileMark)
  if (value === 'not-a-number') return { fault: notA('a rate', typed, '0.05 or 5%') }
  if (value === 'too-many-decimals') return { fault: `has more than ${places} decimals` }
  if (value !== 'out-of-range') return value
  return { fault: `is above ${MAX_RATE / 10n ** BigInt(RATE_PLACES)}, the most that is allowed` }
}

export function readState(text: string): InvoiceStatus | undefined | CellFault {
  if (text.trim() === '') return undefined
  return findInvoiceState(text) ?? { fault: 'must be Opened, Paid or Cancelled' }
}

/** A note; null where the cell is empty, which clears it. */
export function readObservation(text: string): string | null | CellFault {
  const note = readFreeText(text)
  if (note === '') return null
  const isTooLong =
    note.length > MAX_OBSERVATION_LENGTH && [...note].length > MAX_OBSERVATION_LENGTH
  return isTooLong ? { fault: `is longer than ${MAX_OBSERVATION_LENGTH} characters` } : note
}

/** An absolute http(s) URL; null where the cell is empty, which clears it. */
export function readPaymentLink(text: string): string | null | CellFault {
  const link = readFreeText(text).trim()
  if (link === '') return null
  if (isPaymentLink(link)) return link
  return {
    fault: `must be an absolute http or https URL of at most ${MAX_LINK_LENGTH} characters`,
  }
}

function typedText(text: string): string {
  const wrapped = EXCEL_TEXT.exec(text.trim())?.[1]
  return (wrapped?.replaceAll('""', '"') ?? readFreeText(text)).trim()
}

function readNumber(
  { digits, isNegative }: WrittenNumber,
  places: number,
  max: bigint,
  fileMark: DecimalMark | undefined,
): bigint | CellFault | 'not-a-number' | 'too-many-decimals' | 'out-of-range' {
  const read = readDigits(digits, places, fileMark)
  if (read === undefined) return 'not-a-number'
  if (isNegative) return { fault: 'must be zero or above' }
  if (read === 'ambiguous') return { fault: ambiguous(digits, places) }
  return parseDecimal(read, places, max)
}

function ambiguous(digits: string, places: number): string {
  const [before = '', after = ''] = digits.split(/[.,]/)
  const whole = `${before}${after}`
  const advice = [`${whole}.00`, ...(places > 2 ? [`${before}.${after}0`] : [])].join(' or ')
  return `is ambiguous: ${whole} or ${before}.${after}? Write ${advice}`
}

function notA(thing: string, typed: string, example: string): string {
  if (SCIENTIFIC.test(typed)) return `is in scientific notation: write ${thing} in full digits`
  return `is not ${thing}: write it like ${example}`
}

function foreignCurrency(
  { currency }: WrittenNumber,
  { currencies }: AmountFormat,
): string | undefined {
  if (!currency || currency === '$' || !currencies || currencies.length === 0) return undefined
  const code = CURRENCY_OF[currency] ?? currency
  if (currencies.includes(code)) return undefined
  return `is in ${code}: the store's currency is ${currencies.join(' or ')}`
}
