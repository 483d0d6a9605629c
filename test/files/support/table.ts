/** CSV texts as tables of cells by column, read and written by other means than Fiado's own. */
import { parse } from 'csv-parse/sync'
import {
  ACCOUNT_COLUMNS,
  type ColumnKey,
  INVOICE_COLUMNS,
  type Kind,
  type Locale,
} from '../../../src/csv/columns.ts'

/** A row of an export, by column. */
export type Cells = Partial<Record<ColumnKey, string>>

const COLUMNS = { accounts: ACCOUNT_COLUMNS, invoices: INVOICE_COLUMNS }

/** The rows of an export; all its columns must be there, in their order. */
export function readTable(text: string, kind: Kind, locale: Locale, delimiter: string): Cells[] {
  const columns = Object.entries(COLUMNS[kind])
  const [header = [], ...rows] = parse(text, { delimiter, record_delimiter: '\r\n' }) as string[][]
  const expected = columns.map(([, { headers }]) => headers[locale])
  if (JSON.stringify(header) !== JSON.stringify(expected)) throw new Error(`Header ${header}`)
  return rows.map((row) => Object.fromEntries(columns.map(([key], index) => [key, row[index]])))
}

export interface Writing {
  readonly kind: Kind
  readonly locale: Locale
  readonly delimiter: string
  /** The columns, in their order. */
  readonly columns: readonly ColumnKey[]
  /** As LibreOffice does on demand: every cell between quotes. */
  readonly quoteAll: boolean
  readonly lineEnd: '\n' | '\r\n'
  readonly mark: boolean
}

/** Writes what a spreadsheet would save. */
export function writeTable(rows: readonly Cells[], writing: Writing): string {
  const { kind, locale, delimiter, columns, quoteAll, lineEnd, mark } = writing
  const all = COLUMNS[kind] as Partial<
    Record<ColumnKey, { headers: Readonly<Record<Locale, string>> }>
  >
  const header = columns.map((key) => all[key]?.headers[locale] ?? key)
  const special = new RegExp(`[${delimiter}"\\r\\n]`)
  const written = (cell: string) =>
    quoteAll || special.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
  const lines = [header, ...rows.map((row) => columns.map((key) => row[key] ?? ''))]
  const text = lines.map((cells) => cells.map(written).join(delimiter) + lineEnd).join('')
  return mark ? `\ufeff${text}` : text
}

/** As the export does: what a spreadsheet would run begins with one `'` more. */
export function escaped(text: string): string {
  return /^'*[=+@\t\r-]/.test(text) ? `'${text}` : text
}
