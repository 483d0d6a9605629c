/**
 * What a row of an import asks for: its cells as values, or everything that is wrong with it at
 * once, so that a file need not be sent again for each fault.
 */
import { cleanDocument } from '../credit/identity.ts'
import type { InvoiceStatus } from '../credit/invoice.ts'
import type { Millionths, Minor } from '../credit/money.ts'
import {
  type AmountFormat,
  type CellFault,
  isFault,
  readAmount,
  readDocument,
  readDocumentType,
  readEmail,
  readId,
  readObservation,
  readPaymentLink,
  readRate,
  readState,
} from './cells.ts'
import { type ColumnKey, headerOf } from './columns.ts'
import type { CellRow, Layout, Row } from './read.ts'

/** What a row says of an account; what is absent is not touched. */
export interface AccountValues {
  readonly id?: string | undefined
  readonly email?: string | undefined
  readonly document?: string | undefined
  readonly documentType?: string | undefined
  /** The document as it was typed, where leading zeros were put back. */
  readonly typedDocument?: string | undefined
  readonly limit?: Minor | undefined
  readonly tolerance?: Millionths | undefined
}

/** What a row says of an invoice; what is absent is not touched, null clears. */
export interface InvoiceValues {
  readonly id: string
  readonly status?: InvoiceStatus | undefined
  readonly observation?: string | null | undefined
  readonly paymentLink?: string | null | undefined
}

/** What became of reading a row: its values, or its faults with the names of their columns. */
export type RowReading<Values> = (
  | { readonly values: Values }
  | { readonly faults: readonly string[] }
) & {
  /** What was mended in reading it. */
  readonly notes: readonly string[]
}

/** Reads a row of an import of accounts; it must say which account it means. */
export function readAccountRow(
  row: Row,
  layout: Layout,
  format: AmountFormat,
): RowReading<AccountValues> {
  if ('fault' in row) return { faults: [row.fault], notes: [] }
  const cells = new CellReader(row, layout)
  const { decimalMark } = layout
  const id = cells.read('id', readId)
  const email = cells.read('email', readEmail)
  const documentType = cells.read('documentType', readDocumentType)
  const read = cells.read('document', (text) => readDocument(text, documentType))
  const limit = cells.read('creditLimit', (text) => readAmount(text, format, decimalMark))
  const tolerance = cells.read('tolerance', (text) => readRate(text, decimalMark))
  const typedDocument = read?.restored ? cleanDocument(row.cells.document ?? '') : undefined
  if (read?.restored) cells.note('document', zerosRestored(read.document))
  if (read && !documentType) cells.require('documentType')
  if (!id && !read) cells.require('document')
  const document = read?.document
  return cells.reading({ id, email, document, documentType, typedDocument, limit, tolerance })
}

/** What is noted of a document whose leading zeros were put back. */
export function zerosRestored(document: string): string {
  return `leading zeros restored: ${document}`
}

/** Reads a row of an import of invoices. */
export function readInvoiceRow(row: Row, layout: Layout): RowReading<InvoiceValues> {
  if ('fault' in row) return { faults: [row.fault], notes: [] }
  const cells = new CellReader(row, layout)
  const id = cells.read('id', readId) ?? ''
  const status = cells.read('status', readState)
  const observation = cells.read('observation', readObservation)
  const paymentLink = cells.read('paymentLink', readPaymentLink)
  if (id === '') cells.require('id')
  return cells.reading({ id, status, observation, paymentLink })
}

/** Reads the cells of one row and collects what is to be said of them. */
class CellReader {
  readonly #row: CellRow
  readonly #layout: Layout
  readonly #faults = new Map<ColumnKey, string>()
  readonly #notes: string[] = []

  constructor(row: CellRow, layout: Layout) {
    this.#row = row
    this.#layout = layout
  }

  /** The value of a cell; undefined where there is none or it is wrong. */
  read<Value>(
    key: ColumnKey,
    reader: (text: string) => Value | CellFault,
  ): Exclude<Value, CellFault> | undefined {
    const text = this.#row.cells[key]
    if (text === undefined) return undefined
    const value = reader(text)
    if (!isFault(value)) return value as Exclude<Value, CellFault>
    this.#faults.set(key, value.fault)
    return undefined
  }

  /** Says that a cell is needed, unless it was given and is wrong. */
  require(key: ColumnKey): void {
    if (!this.#faults.has(key)) this.#faults.set(key, 'is missing')
  }

  note(key: ColumnKey, text: string): void {
    this.#notes.push(`${this.#nameOf(key)}: ${text}`)
  }

  /** The values of the row, unless something is wrong with it. */
  reading<Values>(values: Values): RowReading<Values> {
    const notes = this.#notes
    if (this.#faults.size === 0) return { values, notes }
    const faults = [...this.#faults].map(([key, fault]) => `${this.#nameOf(key)}: ${fault}`)
    return { faults, notes }
  }

  /** As the header of the file has it. */
  #nameOf(key: ColumnKey): string {
    const { kind, header, columns } = this.#layout
    return header[columns[key] ?? -1]?.trim() ?? headerOf(kind, key, 'en')
  }
}
