/** A search by anything: reads every invoice of its account, its order or, at worst, its store. */
import type { Sql } from '../../postgres/connect.ts'
import { INVOICE_COLUMNS, type InvoiceRow, prefixed } from '../rows.ts'
import type { Page } from './accounts.ts'
import { Conditions, type Search, Values } from './invoice-filter.ts'
import type { InvoiceSummary } from './invoice-sums.ts'
import { textMatches } from './invoice-text.ts'

/** The page, or nulls where there is none, beside the summary, which is the same in every row. */
type ScanRow = InvoiceSummary & { [K in keyof InvoiceRow]: InvoiceRow[K] | null }

/** The page and the summary, of one snapshot and from the same rows. */
export async function scanInvoices(
  sql: Sql,
  search: Search,
  { from, to }: Page,
): Promise<{ rows: InvoiceRow[]; summary: InvoiceSummary }> {
  const values = new Values()
  const conditions = new Conditions(search, values)
  const { storeId, today } = conditions
  const found = await sql.unsafe<ScanRow[]>(
    `with candidate as ${candidates(search, values)}, matched as materialized (
      select account_id, invoice_id, created_at, due_on, status, value
      from candidate where ${conditions.rows()}
    ), summary as (
      select count(*)::integer as count,
        coalesce(sum(value) filter (where status = 'Opened'), 0)::bigint as total,
        coalesce(sum(value) filter (where status = 'Opened' and due_on < ${today}), 0)::bigint
          as "totalOverdue",
        coalesce(sum(value) filter (where status = 'Paid'), 0)::bigint as "totalPaid",
        coalesce(sum(value) filter (where status = 'Cancelled'), 0)::bigint as "totalCancelled"
      from matched
    ), page as (
      select account_id, invoice_id from matched order by created_at, invoice_id
      limit ${values.add(to - from + 1, 'bigint')} offset ${values.add(from - 1, 'bigint')}
    )
    select summary.*, ${prefixed('i', INVOICE_COLUMNS).join(', ')}
    from summary left join (
      page join invoice i on i.store_id = ${storeId}
        and i.account_id = page.account_id and i.invoice_id = page.invoice_id
    ) on true
    order by i.created_at, i.invoice_id`,
    values.list,
  )
  const { count, total, totalOverdue, totalPaid, totalCancelled } = found[0] as InvoiceSummary
  return {
    rows: found.filter(({ invoice_id }) => invoice_id !== null) as unknown as InvoiceRow[],
    summary: { count, total, totalOverdue, totalPaid, totalCancelled },
  }
}

/**
 * The rows among which those that match are looked for. Where one index finds few, they are
 * gathered through it first, whatever the planner thinks of the other criteria and their indexes.
 */
export function candidates({ store, filter }: Search, values: Values): string {
  if (filter.text !== undefined) return textMatches(store.storeId, filter.text, values)
  const key = keyOf(filter)
  const storeId = values.add(store.storeId, 'integer')
  if (!key) return `(select * from invoice where store_id = ${storeId})`
  const [column, value] = key
  return `materialized (
    select * from invoice where store_id = ${storeId} and ${column} = ${values.add(value, 'text')}
  )`
}

function keyOf({ accountId, any, ...criteria }: Search['filter']): [string, string] | undefined {
  const { friendlyId, orderId, creditAccountId } = criteria
  if (!any && friendlyId !== undefined) return ['friendly_id', friendlyId]
  if (accountId !== undefined) return ['account_id', accountId]
  if (!any && creditAccountId !== undefined) return ['account_id', creditAccountId]
  if (!any && orderId !== undefined) return ['order_id', orderId]
  return undefined
}
