/** Invoices: one, a page of many, and totals that cover the whole filter. */
import type { Invoice } from '../../credit/invoice.ts'
import type { Minor } from '../../credit/money.ts'
import type { Instant } from '../../credit/schedule.ts'
import type { Sql } from '../../postgres/connect.ts'
import { INVOICE_COLUMNS, type InvoiceRow, prefixed, toInvoice } from '../rows.ts'
import type { Page } from './accounts.ts'

/** Instants from and to, both inclusive; either may be absent. */
export interface Range {
  readonly from?: Instant
  readonly to?: Instant
}

export interface InvoiceFilter {
  /** Restricts the search to one account whatever `any` says. */
  readonly accountId?: string
  /** True: one criterion is enough (OR); false: all of them (AND). */
  readonly any: boolean
  readonly creditAccountId?: string
  readonly created?: Range
  readonly due?: Range
  readonly value?: Minor
  readonly status?: Invoice['status'] | 'Overdue'
  readonly friendlyId?: string
  readonly observation?: string
  readonly orderId?: string
}

/** An invoice with the account that owes it. */
export interface OwedInvoice {
  readonly accountId: string
  readonly invoice: Invoice
}

export interface InvoiceSummary {
  readonly count: number
  /** What is open, overdue included. */
  readonly total: Minor
  readonly totalOverdue: Minor
  readonly totalPaid: Minor
  readonly totalCancelled: Minor
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

/**
 * The invoices of a store that match, in the order of their creation, then id.
 * `today` is the first instant of the store's day: what was due before it is overdue.
 */
export async function searchInvoices(
  sql: Sql,
  storeId: number,
  filter: InvoiceFilter,
  { from, to }: Page,
  today: Instant,
): Promise<{ invoices: OwedInvoice[]; summary: InvoiceSummary }> {
  const where = matching(sql, storeId, filter, today)
  const [rows, sums] = await Promise.all([
    sql<InvoiceRow[]>`
      select ${sql(prefixed('i', INVOICE_COLUMNS))} from invoice i where ${where}
      order by i.created_at, i.invoice_id
      limit ${to - from + 1} offset ${from - 1}`,
    sql<InvoiceSummary[]>`
      select count(*)::integer as count,
        coalesce(sum(i.value) filter (where i.status = 'Opened'), 0)::bigint as total,
        coalesce(sum(i.value) filter (where i.status = 'Opened' and i.due_at < ${new Date(today)}),
          0)::bigint as "totalOverdue",
        coalesce(sum(i.value) filter (where i.status = 'Paid'), 0)::bigint as "totalPaid",
        coalesce(sum(i.value) filter (where i.status = 'Cancelled'), 0)::bigint as "totalCancelled"
      from invoice i where ${where}`,
  ])
  const invoices = rows.map((row) => ({ accountId: row.account_id, invoice: toInvoice(row) }))
  return { invoices, summary: sums[0] as InvoiceSummary }
}

type Fragment = ReturnType<Sql>

function matching(sql: Sql, storeId: number, filter: InvoiceFilter, today: Instant): Fragment {
  const account =
    filter.accountId === undefined ? sql`` : sql`and i.account_id = ${filter.accountId}`
  const criteria = criteriaOf(sql, filter, today)
  const [first, ...others] = criteria
  if (!first) return sql`i.store_id = ${storeId} ${account}`
  const joined = others.reduce(
    (left, right) => (filter.any ? sql`${left} or ${right}` : sql`${left} and ${right}`),
    first,
  )
  return sql`i.store_id = ${storeId} ${account} and (${joined})`
}

function criteriaOf(sql: Sql, filter: InvoiceFilter, today: Instant): Fragment[] {
  const { creditAccountId, created, due, value, status, friendlyId, observation, orderId } = filter
  const criteria: Fragment[] = []
  if (creditAccountId !== undefined) criteria.push(sql`i.account_id = ${creditAccountId}`)
  if (created) criteria.push(within(sql, sql`i.created_at`, created))
  if (due) criteria.push(within(sql, sql`i.due_at`, due))
  if (value !== undefined) criteria.push(sql`i.value = ${value}`)
  if (status !== undefined) criteria.push(inState(sql, status, today))
  if (friendlyId !== undefined) criteria.push(sql`i.friendly_id = ${friendlyId}`)
  if (orderId !== undefined) criteria.push(sql`i.order_id = ${orderId}`)
  if (observation !== undefined) {
    criteria.push(sql`strpos(lower(i.observation), lower(${observation})) > 0`)
  }
  return criteria
}

function within(sql: Sql, column: Fragment, { from, to }: Range): Fragment {
  const low = from === undefined ? sql`true` : sql`${column} >= ${new Date(from)}`
  const high = to === undefined ? sql`true` : sql`${column} <= ${new Date(to)}`
  return sql`(${low} and ${high})`
}

function inState(sql: Sql, status: Invoice['status'] | 'Overdue', today: Instant): Fragment {
  if (status !== 'Overdue') return sql`i.status = ${status}`
  return sql`(i.status = 'Opened' and i.due_at < ${new Date(today)})`
}
