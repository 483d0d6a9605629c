/** A page of a search by state and days: its place is found in an index alone. */
import { dayBounds } from '../../credit/schedule.ts'
import { arrayOf } from '../../postgres/array.ts'
import type { Sql } from '../../postgres/connect.ts'
import { INVOICE_COLUMNS, type InvoiceRow, prefixed } from '../rows.ts'
import type { Page } from './accounts.ts'
import { Conditions, type Search, Values } from './invoice-filter.ts'
import { findDueDays, findWindow } from './invoice-sums.ts'

const STATES = ['Opened', 'Paid', 'Cancelled'] as const

/** What was created first is overdue first: so many of them are soon met on the way. */
const SOON_MET = 5_000

const BY_CREATION = ['created_at', 'invoice_id']
const BY_DUE_DAY = ['due_on', ...BY_CREATION]
const BY_VALUE = ['value', ...BY_CREATION]

/** Where due days are asked for, a page may lie anywhere in the order of creation. */
export async function findPage(sql: Sql, search: Search, page: Page): Promise<InvoiceRow[]> {
  const { due, status, any } = search.filter
  const isFar = status === 'NotDue' || page.to > SOON_MET
  const isByDue = due !== undefined || any || isFar
  return isByDue ? pageByDue(sql, search, page) : pageByState(sql, search, page)
}

/**
 * The same from the newest on, of `count` that match. What is far from there is found by its place
 * from the oldest on, as the totals tell it.
 */
export async function findPageFromNewest(
  sql: Sql,
  search: Search,
  page: Page,
  count: number,
): Promise<InvoiceRow[]> {
  const { due, status } = search.filter
  const isNear = due === undefined && status !== 'Overdue' && page.to <= SOON_MET
  if (isNear) return pageByState(sql, search, page, true)
  const fromOldest = { from: count - page.to + 1, to: count - page.from + 1 }
  return (await pageByDue(sql, search, fromOldest)).reverse()
}

/** A page in the order of due days, then of creation: the totals say on which days it is. */
export async function findPageByDueDay(
  sql: Sql,
  search: Search,
  page: Page,
  isDescending: boolean,
): Promise<InvoiceRow[]> {
  const days = await findDueDays(sql, search, page, isDescending)
  if (days.length === 0) return []
  const values = new Values()
  const conditions = new Conditions(search, values)
  const { storeId } = conditions
  const before = Math.min(...days.map((day) => day.before))
  const states = days.map(({ status }) => status)
  const dueDays = days.map(({ dueOn }) => dueOn)
  const isPart = search.filter.created !== undefined || conditions.hasEdges
  const keys = `
    select key.* from unnest(
      ${values.add(arrayOf(states), 'text[]')}, ${values.add(arrayOf(dueDays), 'date[]')}
    ) as cell (status, due_on)
    cross join lateral (
      select due_on, created_at, invoice_id, status from invoice
      where store_id = ${storeId} and due_on = cell.due_on and status = cell.status
        ${isPart ? `and ${conditions.rows()}` : ''}
      order by ${inOrder(BY_CREATION, isDescending)}
      limit ${values.add(page.to - before, 'bigint')}
    ) as key`
  const place = { from: page.from - before, to: page.to - before }
  return readPage(sql, storeId, values, keys, place, { columns: BY_DUE_DAY, isDescending })
}

/** A page in the order of values, which no index has: every invoice that matches is read. */
export async function findPageByValue(
  sql: Sql,
  search: Search,
  page: Page,
  isDescending: boolean,
): Promise<InvoiceRow[]> {
  const values = new Values()
  const conditions = new Conditions(search, values)
  const { storeId } = conditions
  const keys = `
    select value, created_at, invoice_id, status from invoice
    where store_id = ${storeId} and ${conditions.rows()}`
  return readPage(sql, storeId, values, keys, page, { columns: BY_VALUE, isDescending })
}

/** Merges the states, each in the order of its index, up to the page. */
async function pageByState(
  sql: Sql,
  search: Search,
  { from, to }: Page,
  isDescending = false,
): Promise<InvoiceRow[]> {
  const values = new Values()
  const conditions = new Conditions(search, values)
  const { storeId } = conditions
  const rows = conditions.rows()
  const upTo = values.add(to, 'bigint')
  const { status } = search.filter
  const asked = status === 'Overdue' || status === 'NotDue' ? 'Opened' : status
  const arms = STATES.filter((state) => asked === undefined || state === asked).map(
    (state) => `(
      select created_at, invoice_id, status from invoice
      where store_id = ${storeId} and status = '${state}' and ${rows}
      order by ${inOrder(BY_CREATION, isDescending)} limit ${upTo})`,
  )
  const order = { columns: BY_CREATION, isDescending }
  return readPage(sql, storeId, values, arms.join(' union all '), { from, to }, order)
}

interface Order {
  readonly columns: readonly string[]
  readonly isDescending: boolean
}

function inOrder(columns: readonly string[], isDescending: boolean): string {
  return columns.map((column) => `${column}${isDescending ? ' desc' : ''}`).join(', ')
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
  { columns, isDescending }: Order = { columns: BY_CREATION, isDescending: false },
): Promise<InvoiceRow[]> {
  return await sql.unsafe<InvoiceRow[]>(
    `with page as materialized (
      select * from (${keys}) as key
      order by ${inOrder(columns, isDescending)}
      limit ${values.add(to - from + 1, 'bigint')} offset ${values.add(from - 1, 'bigint')}
    )
    select ${prefixed('i', INVOICE_COLUMNS).join(', ')}
    from page cross join lateral (
      select * from invoice
      where store_id = ${storeId} and status = page.status
        and created_at = page.created_at and invoice_id = page.invoice_id
    ) as i
    order by ${inOrder(prefixed('page', columns), isDescending)}`,
    values.list,
  )
}
