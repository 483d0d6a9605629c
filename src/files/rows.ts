/** Rows of a file → what they name and what they ask for, whichever kind they are of. */

import { invoiceIdOf, parseInvoiceId } from '../credit/invoice.ts'
import type { Source, Unusable } from '../csv/dialect.ts'
import { type Layout, type Row, type ScanOptions, scan } from '../csv/read.ts'
import {
  type AccountValues,
  type InvoiceValues,
  readAccountRow,
  readInvoiceRow,
} from '../csv/rows.ts'
import type { Store } from '../ledger/stores.ts'
import type { Sql } from '../postgres/connect.ts'
import type { Job } from './job.ts'
import type { Planner } from './plan.ts'
import { type AccountRow, accountPlanner } from './plan-accounts.ts'
import { type InvoiceRow, invoicePlanner } from './plan-invoices.ts'

/** A row whose cells have been read. */
export interface ReadableRow {
  readonly line: number
  /** What is wrong with its cells; nothing else counts then. */
  readonly faults: readonly string[]
  readonly notes: readonly string[]
  readonly account?: AccountValues
  readonly invoice?: InvoiceValues
}

/** How the file of a job is read. */
export function scanOptions(
  { kind, mode, locale }: Pick<Job, 'kind' | 'mode' | 'locale'>,
  { exponent, currency }: Store,
  maxRows = Number.MAX_SAFE_INTEGER,
): ScanOptions {
  return { kind, mode, locale, exponent, currencies: [currency], maxRows }
}

/** What the file of a job is: as its first look found it, or by a look now. */
export async function layoutOf(
  open: Source,
  job: Job,
  store: Store,
  maxRows?: number,
): Promise<Layout | Unusable> {
  return job.layout ?? (await scan(open, scanOptions(job, store, maxRows)))
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
    if ('faults' in read) return { line, notes, faults: read.faults }
    return { line, notes, faults: [], account: read.values }
  }
  const read = readInvoiceRow(row, layout)
  const { notes } = read
  if ('faults' in read) return { line, notes, faults: read.faults }
  const invoice = { ...read.values, id: canonical(read.values.id) }
  return { line, notes, faults: [], invoice }
}

/** An id in the form in which it is stored; what can be none is found nowhere. */
function canonical(invoiceId: string): string {
  const named = parseInvoiceId(invoiceId)
  return named ? invoiceIdOf(named.transactionId, named.installment) : invoiceId
}

/** What the rows name as it is now, whichever kind they are of. */
export async function plannerOf(
  rows: readonly ReadableRow[],
  job: Job,
  store: Store,
  sql: Sql,
): Promise<Planner<ReadableRow>> {
  const { jobId, mayPay, confirmed: guarded } = job
  if (job.kind === 'accounts') {
    const planning = { sql, store, jobId, guarded, mode: job.mode ?? 'upsert' }
    const planner = await accountPlanner(rows.map(accountRow), planning)
    return {
      namesOf: (row) => planner.namesOf(accountRow(row)),
      plan: (row) => planner.plan(accountRow(row)),
    }
  }
  const planner = await invoicePlanner(rows.map(invoiceRow), { sql, store, mayPay, guarded })
  return {
    namesOf: (row) => planner.namesOf(invoiceRow(row)),
    plan: (row) => planner.plan(invoiceRow(row)),
  }
}

function accountRow({ line, notes, account }: ReadableRow): AccountRow {
  return { ...account, line, notes }
}

function invoiceRow({ line, notes, invoice }: ReadableRow): InvoiceRow {
  return { ...invoice, invoiceId: invoice?.id ?? '', line, notes }
}
