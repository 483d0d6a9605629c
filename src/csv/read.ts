/**
 * Reads a file in two passes, each in bounded memory. The first finds out what the file is and
 * whether it can be used at all, before a row of it is acted upon; the second hands out its rows.
 */

import { RATE_PLACES } from '../credit/money.ts'
import type { AmountFormat } from './cells.ts'
import {
  type ColumnKey,
  columnsOfType,
  IMPORTED,
  type Kind,
  type Locale,
  type Mapping,
  type Mode,
  readHeader,
} from './columns.ts'
import {
  type Delimiter,
  type Encoding,
  findHeader,
  look,
  readUtf8,
  type Source,
  type Unusable,
} from './dialect.ts'
import { type DecimalMark, decimalMarkIn } from './numbers.ts'
import { isBlank, type RawRecord, readRecords, TooManyOpenQuotes } from './records.ts'

/** What is asked of a file, and what its numbers may look like. */
export interface ScanOptions extends AmountFormat {
  readonly kind: Kind
  /** What an import of accounts may do; `upsert` where nothing is said. */
  readonly mode?: Mode | null
  /** In whose language the file was written, where that is known. */
  readonly locale?: Locale | null
  readonly maxRows: number
}

/** Something that the user should know and that stops nothing. */
export interface Warning {
  readonly code: 'ignored-columns' | 'decimal-mark' | 'mixed-decimal-marks'
  readonly message: string
}

/** What the first pass finds out; plain JSON, so that it can be kept. */
export interface Layout {
  readonly kind: Kind
  readonly encoding: Encoding
  readonly delimiter: Delimiter
  /** The fields of the header as they came, and the line in which they are. */
  readonly header: readonly string[]
  readonly headerLine: number
  readonly columns: Mapping
  /** How many rows there are below the header, broken ones too. */
  readonly rows: number
  /** Absent where nothing tells: then `1.234` is refused. */
  readonly decimalMark?: DecimalMark
  readonly warnings: readonly Warning[]
}

/** The texts of a row by column; a column that the file does not have is absent. */
export type Cells = Readonly<Partial<Record<ColumnKey, string>>>

/** A row that came apart in cells. */
export interface CellRow {
  /** The line of the file in which it begins, from 1. */
  readonly line: number
  readonly cells: Cells
  /** As they came. */
  readonly fields: readonly string[]
}

/** A row that is broken as a whole, and why. */
export interface BrokenRow {
  readonly line: number
  readonly fields: readonly string[]
  readonly fault: string
}

export type Row = CellRow | BrokenRow

/** Most rows that are handed out together. */
const GROUP_ROWS = 500

const MAX_NAMED_COLUMNS = 20

const MARK_OF: Readonly<Record<Locale, DecimalMark>> = { en: '.', 'pt-BR': ',', es: ',' }

/** The first pass: what the file is, or why it cannot be used and what to do about it. */
export async function scan(open: Source, options: ScanOptions): Promise<Layout | Unusable> {
  const { kind, mode, locale, maxRows } = options
  const opening = await look(open)
  if ('unusable' in opening) return opening
  const found = findHeader(opening)
  if ('unusable' in found) return found
  const { delimiter, record } = found
  if (record.fault) return { unusable: `The header, in line ${record.line}, ${record.fault}.` }
  const header = readHeader(kind, mode ?? 'upsert', record.fields)
  if ('unusable' in header) return header
  const layout = {
    kind,
    encoding: opening.encoding,
    delimiter,
    header: record.fields,
    headerLine: record.line,
    columns: header.columns,
  }
  const counted = await countRows(open, layout, options.exponent)
  if ('unusable' in counted) return counted
  const { rows, marks } = counted
  if (rows > maxRows) {
    const [has, most] = [rows, maxRows].map((number) => number.toLocaleString('en'))
    return { unusable: `The file has ${has} rows; ${most} at most: split it.` }
  }
  const decimals = settleDecimalMark(marks, locale)
  const warnings = [...warnOfIgnored(header.ignored), ...decimals.warnings]
  return { ...layout, rows, ...(decimals.mark && { decimalMark: decimals.mark }), warnings }
}

/** The second pass: the rows below the header, in order and in groups; blank lines are left out. */
export async function* readRows(open: Source, layout: Layout): AsyncGenerator<Row[]> {
  const readRow = rowReader(layout)
  for await (const records of recordsBelowHeader(open, layout)) {
    const rows = records.map(readRow)
    for (let at = 0; at < rows.length; at += GROUP_ROWS) yield rows.slice(at, at + GROUP_ROWS)
  }
}

type Form = Omit<Layout, 'rows' | 'decimalMark' | 'warnings'>

async function* recordsBelowHeader(open: Source, form: Form): AsyncGenerator<RawRecord[]> {
  const { encoding, delimiter, header, headerLine } = form
  for await (const records of readRecords(readUtf8(open, encoding), delimiter, header.length)) {
    yield records.filter((record) => record.line > headerLine && !isBlank(record))
  }
}

async function countRows(
  open: Source,
  form: Form,
  exponent: number,
): Promise<{ rows: number; marks: ReadonlySet<DecimalMark> } | Unusable> {
  const marks = new Set<DecimalMark>()
  const placesOf = (type: 'amount' | 'rate', places: number) =>
    columnsOfType(form.kind, type).map((key) => ({ index: form.columns[key], places }))
  const numbers = [...placesOf('amount', exponent), ...placesOf('rate', RATE_PLACES)]
  let rows = 0
  try {
    for await (const records of recordsBelowHeader(open, form)) {
      rows += records.length
      for (const { fields } of records) {
        if (marks.size === 2) break
        for (const { index = -1, places } of numbers) {
          const mark = decimalMarkIn(fields[index] ?? '', places)
          if (mark) marks.add(mark)
        }
      }
    }
  } catch (error) {
    if (!(error instanceof TooManyOpenQuotes)) throw error
    return { unusable: 'The quotes (") of the file are broken in too many rows. Save it again.' }
  }
  return { rows, marks }
}

/** The numbers of the file tell more than the language of who sends it, unless they disagree. */
function settleDecimalMark(
  marks: ReadonlySet<DecimalMark>,
  locale: Locale | null | undefined,
): { mark?: DecimalMark; warnings: Warning[] } {
  const said = locale ? MARK_OF[locale] : undefined
  const [mark, other] = marks
  if (!mark) return { ...(said && { mark: said }), warnings: [] }
  if (other) {
    const fate = said ? 'follow the language of the import' : 'are refused'
    const message = `Some numbers have decimals after a comma and some after a point: those that can be read both ways, such as 1.234, ${fate}.`
    return { ...(said && { mark: said }), warnings: [{ code: 'mixed-decimal-marks', message }] }
  }
  if (!said || said === mark) return { mark, warnings: [] }
  const message = `The numbers of the file have decimals after a ${mark === ',' ? 'comma' : 'point'}, unlike the language of the import: they are read so.`
  return { mark, warnings: [{ code: 'decimal-mark', message }] }
}

function warnOfIgnored(ignored: readonly string[]): Warning[] {
  if (ignored.length === 0) return []
  const more = ignored.length - MAX_NAMED_COLUMNS
  const named = ignored.slice(0, MAX_NAMED_COLUMNS).join(', ')
  const message = `Columns that are not read: ${named}${more > 0 ? ` and ${more} more` : ''}.`
  return [{ code: 'ignored-columns', message }]
}

/** Spreadsheets leave out delimiters at the end of a line, or add some; but no text may be lost. */
function rowReader({ kind, header, columns }: Layout): (record: RawRecord) => Row {
  const places = Object.entries(columns) as [ColumnKey, number][]
  const last = Math.max(...IMPORTED[kind].map((key) => columns[key] ?? 0))
  const faultOf = (fields: readonly string[]) => {
    const isLong = fields.slice(header.length).some((field) => field.trim() !== '')
    if (!isLong && fields.length > last) return undefined
    const fault = `has ${count(fields.length)} where the header has ${header.length}`
    return isLong ? `${fault}: a cell with a delimiter in it must be in quotes` : fault
  }
  return ({ line, fields, fault = faultOf(fields) }) => {
    if (fault) return { line, fields, fault }
    const cells: Partial<Record<ColumnKey, string>> = {}
    for (const [key, index] of places) cells[key] = fields[index] ?? ''
    return { line, cells, fields }
  }
}

function count(fields: number): string {
  return fields === 1 ? '1 field' : `${fields} fields`
}
