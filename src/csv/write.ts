/**
 * Writes files that Excel opens as they are, in each language, and that an import reads back to
 * the letter. The rules are stated once, as patterns that JavaScript and PostgreSQL read alike:
 * large exports are written by SQL.
 */
import { stringify } from 'csv-stringify/sync'
import { formatDecimal, type Millionths, type Minor, RATE_PLACES } from '../credit/money.ts'
import { columnsOf, headerOf, isErrorColumn, type Kind, type Locale } from './columns.ts'
import type { Delimiter } from './dialect.ts'
import { type DecimalMark, takeApart } from './numbers.ts'
import type { Layout } from './read.ts'

/** How a file is written. */
export interface Format {
  readonly locale: Locale
  readonly delimiter: Delimiter
  readonly decimalMark: DecimalMark
}

/** By what Excel knows that a file is UTF-8: every file begins with it. */
export const BYTE_ORDER_MARK = '\ufeff'

/** What ends every line. */
export const LINE_END = '\r\n'

/**
 * Text that a spreadsheet would run as a formula. Such a text gets one `'` in front, and so does
 * one that has some already, so that taking one off gives any text back as it was.
 * As a PostgreSQL pattern it is the same: `case when t ~ FORMULA then '''' || t else t end`.
 */
export const FORMULA = String.raw`^'*[=+@\t\r-]`

/**
 * Fields that stand between quotes, with each `"` in them doubled: of any column, since an amount
 * has a comma too where that is both the decimal mark and the delimiter. As a PostgreSQL pattern:
 * `case when t ~ pattern then '"' || replace(t, '"', '""') || '"' else t end`.
 */
export function quotedPattern(delimiter: Delimiter): string {
  return String.raw`[${delimiter}"\r\n]|^ | $`
}

/** How files are written in a language, with the delimiter that Excel expects there, or another. */
export function formatOf(locale: Locale, delimiter?: Delimiter): Format {
  return locale === 'en'
    ? { locale, delimiter: delimiter ?? ',', decimalMark: '.' }
    : { locale, delimiter: delimiter ?? ';', decimalMark: ',' }
}

/** The header of a file, without the byte order mark. */
export function headerLine(kind: Kind, format: Format): string {
  const names = columnsOf(kind).map(([key]) => headerOf(kind, key, format.locale))
  return writeRecords([names], format)
}

/** Records as lines; their fields are texts that were escaped where they must be. */
export function writeRecords(
  records: readonly (readonly string[])[],
  { delimiter }: Pick<Format, 'delimiter'>,
): string {
  return stringify([...records], {
    delimiter,
    record_delimiter: LINE_END,
    quote_record_delimiter: true,
    quoted_match: new RegExp(quotedPattern(delimiter)),
  })
}

const IS_FORMULA = new RegExp(FORMULA)

/** Free text, such that no spreadsheet runs it. */
export function escapeFormula(text: string): string {
  return IS_FORMULA.test(text) ? `'${text}` : text
}

/** An amount in all its decimals, without groups: `1234,56`. */
export function writeAmount(
  amount: Minor,
  exponent: number,
  { decimalMark }: Pick<Format, 'decimalMark'>,
): string {
  return formatDecimal(amount, exponent).replace('.', decimalMark)
}

/** A rate with no more decimals than it needs: `0,05`. */
export function writeRate(rate: Millionths, { decimalMark }: Pick<Format, 'decimalMark'>): string {
  const decimal = formatDecimal(rate, RATE_PLACES).replace(/\.?0+$/, '')
  return decimal.replace('.', decimalMark)
}

/** A row that failed: its fields as they came, and why. */
export interface FailedRow {
  readonly fields: readonly string[]
  readonly error: string
}

/** The header of a file of failed rows: that of the file they come from, and `Error`. */
export function errorsHeader(layout: Layout): string {
  return errorLines([{ fields: layout.header, error: 'Error' }], layout)
}

/**
 * Failed rows as they came, to be mended and sent again; only what a spreadsheet would run is
 * escaped. The file may be such a file of errors itself: what it said of errors is left out.
 */
export function errorLines(rows: readonly FailedRow[], layout: Layout): string {
  const kept = [...layout.header.keys()].filter(
    (index) => !isErrorColumn(layout.header[index] ?? ''),
  )
  const records = rows.map(({ fields, error }) => [
    ...kept.map((index) => escapeRaw(fields[index] ?? '')),
    escapeFormula(error),
  ])
  return writeRecords(records, layout)
}

const RAW_FORMULA = /^[=+\-@\t\r]/
const EXCEL_TEXT = /^="[^"]*"$/

/** A field as it came is escaped already where it begins with `'`; `-5` and `="01"` run nothing. */
function escapeRaw(field: string): string {
  const isFormula = RAW_FORMULA.test(field) && !EXCEL_TEXT.test(field) && !takeApart(field.trim())
  return isFormula ? `'${field}` : field
}
