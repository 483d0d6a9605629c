/** Invoices: one, a page of many, and totals that cover the whole filter. */
import type { Invoice } from '../../credit/invoice.ts'
import { arrayOf } from '../../postgres/array.ts'
import type { Sql } from '../../postgres/connect.ts'
import { INVOICE_COLUMNS, type InvoiceRow, toInvoice } from '../rows.ts'
import type { Page } from './accounts.ts'
import type { InvoiceFilter, Search } from './invoice-filter.ts'
import { findPage } from './invoice-page.ts'
import { scanInvoices } from './invoice-scan.ts'
import { type InvoiceSummary, isOfDays, sumInvoices } from './invoice-sums.ts'

/** An invoice with the account that owes it. */
export interface OwedInvoice {
  readonly accountId: string
  readonly invoice: Invoice
}

export interface FoundInvoices {
  readonly invoices: OwedInvoice[]
  readonly summary: InvoiceSummary
}

export async function findInvoice(
  sql: Sql,
  storeId: number,
  accountId: string,
  invoiceId: string,
): Promise<Invoice | undefined> {
  const rows = await sql<InvoiceRow[]>`
    select ${sql([...INVOICE_COLUMNS])} from invoice
    where store_id = ${storeId} and account_id = ${accountId} and invoice_id = ${invoiceId}`
  return rows[0] && toInvoice(rows[0])
}

/** Invoices by their ids, whatever account owes them. */
export async function findInvoices(
  sql: Sql,
  storeId: number,
  invoiceIds: readonly string[],
): Promise<Map<string, OwedInvoice>> {
  const rows = await sql<InvoiceRow[]>`
    select ${sql([...INVOICE_COLUMNS])} from invoice
    where store_id = ${storeId} and invoice_id = any (${arrayOf(invoiceIds)}::text[])`
  return new Map(rows.map((row) => [row.invoice_id, toOwed(row)]))
}

/** All invoices of a transaction, in their order. */
export async function invoicesOfTransaction(
  sql: Sql,
  storeId: number,
  accountId: string,
  transactionId: string,
): Promise<Invoice[]> {
  // Their ids are a range of the primary key: the full stop follows the hyphen.
  const rows = await sql<InvoiceRow[]>`
    select ${sql([...INVOICE_COLUMNS])} from invoice
    where store_id = ${storeId} and account_id = ${accountId}
      and invoice_id >= ${`${transactionId}-`} and invoice_id < ${`${transactionId}.`}
    order by installment`
  return rows.map(toInvoice)
}

/** The invoices of a store that match, in the order of their creation, then id. */
export async function searchInvoices(sql: Sql, asked: Search, page: Page): Promise<FoundInvoices> {
  const search = { ...asked, filter: plain(asked.filter) }
  if (!isOfDays(search)) {
    const { rows, summary } = await scanInvoices(sql, search, page)
    return { invoices: rows.map(toOwed), summary }
  }
  const summary = await sumInvoices(sql, search)
  const to = Math.min(page.to, summary.count)
  const rows = page.from > to ? [] : await findPage(sql, search, { from: page.from, to })
  return { invoices: rows.map(toOwed), summary }
}

/** How many invoices match, and their sums, without any of them. */
export async function summarizeInvoices(sql: Sql, asked: Search): Promise<InvoiceSummary> {
  const search = { ...asked, filter: plain(asked.filter) }
  if (isOfDays(search)) return await sumInvoices(sql, search)
  const { summary } = await scanInvoices(sql, search, { from: 1, to: 1 })
  return summary
}

/** One criterion that is enough is one that all must match. */
function plain(filter: InvoiceFilter): InvoiceFilter {
  const { any, accountId, ...criteria } = filter
  return { ...filter, any: any && Object.keys(criteria).length > 1 }
}

function toOwed(row: InvoiceRow): OwedInvoice {
  return { accountId: row.account_id, invoice: toInvoice(row) }
}
