/** A page of a search by state and days: its place is found in an index alone. */
import { dayBounds } from '../../credit/schedule.ts'
import { arrayOf } from '../../postgres/array.ts'
import type { Sql } from '../../postgres/connect.ts'
import { INVOICE_COLUMNS, type InvoiceRow, prefixed } from '../rows.ts'
import type { Page } from './accounts.ts'
import { Conditions, type Search, Values } from './invoice-filter.ts'
import { findWindow } from './invoice-sums.ts'

const STATES = ['Opened', 'Paid', 'Cancelled'] as const

/** What was created first is overdue first: so many of them are soon met on the way. */
const OVERDUE_SOON_MET = 5_000

/** Where due days are asked for, a page may lie anywhere in the order of creation. */
export async function findPage(sql: Sql, search: Search, page: Page): Promise<InvoiceRow[]> {
  const { due, status, any } = search.filter
  const isFar = status === 'Overdue' && page.to > OVERDUE_SOON_MET
  const isByDue = due !== undefined || any || isFar
  return isByDue ? pageByDue(sql, search, page) : pageByState(sql, search, page)
}

/** Merges the states, each in the order of its index, up to the page. */
async function pageByState(sql: Sql, search: Search, { from, to }: Page): Promise<InvoiceRow[]> {
  const values = new Values()
  const conditions = new Conditions(search, values)
  const { storeId } = conditions
  const rows = conditions.rows()
  const upTo = values.add(to, 'bigint')
  const { status } = search.filter
  const asked = status === 'Overdue' ? 'Opened' : status
  const arms = STATES.filter((state) => asked === undefined || state === asked).map(
    (state) => `(
      select created_at, invoice_id, status from invoice
      where store_id = ${storeId} and status = '${state}' and ${rows}
      order by created_at, invoice_id limit ${upTo})`,
  )
  return readPage(sql, storeId, values, arms.join(' union all '), { from, to })
}

/** Gathers what was created on the days of the page, from each state and due day, and sorts it. */
async function pageByDue(sql: Sql, search: Search, { from, to }: Page): Promise<InvoiceRow[]> {
  const window = await findWindow(sql, search, { from, to })
  if (!window) return []
  const values = new Values()
  const conditions = new Conditions(search, values)
  const { storeId } = conditions
  const { first, last, before, states, dueDays } = window
  const { timeZone } = search.store
  const low = values.instant(dayBounds(first, timeZone)?.first ?? 0)
  const high = values.instant(dayBounds(last, timeZone)?.last ?? 0)
  // Where the cells say all, other conditions would only mislead the planner.
  const rows = conditions.hasEdges || search.filter.any ? `and ${conditions.rows()}` : ''
  const keys = `
    select key.* from unnest(
      ${values.add(arrayOf(states), 'text[]')}, ${values.add(arrayOf(dueDays), 'date[]')}
    ) as cell (status, due_on)
    cross join lateral (
      select created_at, invoice_id, status from invoice
      where store_id = ${storeId} and due_on = cell.due_on and status = cell.status
        and created_at >= ${low} and created_at <= ${high} ${rows}
      order by created_at, invoice_id limit ${values.add(to - before, 'bigint')}
    ) as key`
  return readPage(sql, storeId, values, keys, { from: from - before, to: to - before })
}

/** Reads the rows of a page, and only those, of which `keys` finds the place. */
async function readPage(
  sql: Sql,
  storeId: string,
  values: Values,
  keys: string,
  { from, to }: Page,
): Promise<InvoiceRow[]> {
  return await sql.unsafe<InvoiceRow[]>(
    `with page as materialized (
      select * from (${keys}) as key
      order by created_at, invoice_id
      limit ${values.add(to - from + 1, 'bigint')} offset ${values.add(from - 1, 'bigint')}
    )
    select ${prefixed('i', INVOICE_COLUMNS).join(', ')}
    from page cross join lateral (
      select * from invoice
      where store_id = ${storeId} and status = page.status
        and created_at = page.created_at and invoice_id = page.invoice_id
    ) as i
    order by page.created_at, page.invoice_id`,
    values.list,
  )
}
