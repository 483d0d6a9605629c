/** Rows of a file → what they name and what they ask for, whichever kind they are of. */

import { documentKey, emailKey } from '../credit/identity.ts'
import { invoiceIdOf, parseInvoiceId } from '../credit/invoice.ts'
import type { Locale } from '../csv/columns.ts'
import type { Layout, Row, ScanOptions } from '../csv/read.ts'
import {
  type AccountValues,
  type InvoiceValues,
  readAccountRow,
  readInvoiceRow,
} from '../csv/rows.ts'
import type { Store } from '../ledger/stores.ts'
import type { Sql } from '../postgres/connect.ts'
import type { Job } from './job.ts'
import type { Plan } from './plan.ts'
import { planAccounts } from './plan-accounts.ts'
import { planInvoices } from './plan-invoices.ts'

/** A row whose cells have been read. */
export interface ReadableRow {
  readonly line: number
  /** What is wrong with its cells; nothing else counts then. */
  readonly faults: readonly string[]
  readonly notes: readonly string[]
  /** What only one row of a file may name. */
  readonly names: readonly string[]
  readonly account?: AccountValues
  readonly invoice?: InvoiceValues
}

/** How the file of a job is read. */
export function scanOptions(
  { kind, mode, locale }: Pick<Job, 'kind' | 'mode' | 'locale'>,
  { exponent, currency }: Store,
  maxRows = Number.MAX_SAFE_INTEGER,
): ScanOptions {
  return { kind, mode, locale: locale as Locale | null, exponent, currencies: [currency], maxRows }
}

/** Rows that are planned, written and recorded together. */
const PART_ROWS = 500

/** Gathers rows into parts, whatever groups they come in. */
export async function* inParts(source: AsyncIterable<readonly Row[]>): AsyncGenerator<Row[]> {
  let part: Row[] = []
  for await (const rows of source) {
    for (const row of rows) {
      part.push(row)
      if (part.length < PART_ROWS) continue
      yield part
      part = []
    }
  }
  if (part.length > 0) yield part
}

/** Reads the cells of a row, in the currency of its store. */
export function readableRow(row: Row, layout: Layout, store: Store): ReadableRow {
  const { line } = row
  if (layout.kind === 'accounts') {
    const { exponent, currency } = store
    const read = readAccountRow(row, layout, { exponent, currencies: [currency] })
    const { notes } = read
    if ('faults' in read) return { line, notes, faults: read.faults, names: [] }
    const account = read.values
    return { line, notes, faults: [], names: namesOfAccount(account), account }
  }
  const read = readInvoiceRow(row, layout)
  const { notes } = read
  if ('faults' in read) return { line, notes, faults: read.faults, names: [] }
  const invoice = { ...read.values, id: canonical(read.values.id) }
  return { line, notes, faults: [], names: [`invoice ${invoice.id}`], invoice }
}

/** An id in the form in which it is stored; what can be none is found nowhere. */
function canonical(invoiceId: string): string {
  const named = parseInvoiceId(invoiceId)
  return named ? invoiceIdOf(named.transactionId, named.installment) : invoiceId
}

function namesOfAccount({ id, email, document, documentType }: AccountValues): string[] {
  const names: string[] = []
  if (id !== undefined) names.push(`id ${id}`)
  if (email !== undefined) names.push(`email ${emailKey(email)}`)
  if (document !== undefined && documentType !== undefined) {
    names.push(`document ${documentKey(document, documentType)}`)
  }
  return names
}

/** What each row asks of the writer, as the accounts and invoices are now. */
export async function planRows(
  rows: readonly ReadableRow[],
  job: Job,
  store: Store,
  sql: Sql,
): Promise<Plan[]> {
  if (rows.length === 0) return []
  const { jobId, mayPay, confirmed } = job
  const guarded = confirmed
  if (job.kind === 'accounts') {
    const wanted = rows.flatMap(({ line, notes, account }) =>
      account ? [{ ...account, line, notes }] : [],
    )
    return await planAccounts(wanted, { sql, store, jobId, guarded, mode: job.mode ?? 'upsert' })
  }
  const wanted = rows.flatMap(({ line, notes, invoice }) =>
    invoice ? [{ ...invoice, invoiceId: invoice.id, line, notes }] : [],
  )
  return await planInvoices(wanted, { sql, store, mayPay, guarded })
}
