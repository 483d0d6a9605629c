/** Lists of invoices for the Admin: by state, in the order that is asked for, with sums by state. */
import type { Minor } from '../../credit/money.ts'
import type { Sql } from '../../postgres/connect.ts'
import { INVOICE_COLUMNS, type InvoiceRow, prefixed, toInvoice } from '../rows.ts'
import type { Page } from './accounts.ts'
import {
  Conditions,
  type InvoiceFilter,
  type InvoiceState,
  type Search,
  Values,
} from './invoice-filter.ts'
import { findPage, findPageByDueDay, findPageByValue, findPageFromNewest } from './invoice-page.ts'
import { candidates } from './invoice-scan.ts'
import { cellsOf, isOfDays } from './invoice-sums.ts'
import type { OwedInvoice } from './invoices.ts'

/** Every invoice is in exactly one of these states: NotDue is open and not late. */
export type ListedState = Exclude<InvoiceState, 'Opened'>

export interface InvoiceOrder {
  /** Due days, values and instants of creation may be equal: then by creation, then by id. */
  readonly by: 'createdAt' | 'dueDate' | 'value'
  readonly isDescending: boolean
}

export interface Sum {
  readonly count: number
  readonly value: Minor
}

export interface InvoiceList {
  readonly invoices: OwedInvoice[]
  /** Of each state, under all that is asked but for the state. */
  readonly states: Readonly<Record<ListedState, Sum>>
  /** Of all that match. */
  readonly total: Sum
}

/** What the list asks: all of its criteria must match. */
export type ListFilter = Omit<InvoiceFilter, 'any' | 'status'> & { readonly status?: ListedState }

export interface ListSearch extends Omit<Search, 'filter'> {
  readonly filter: ListFilter
}

interface StateRow {
  state: ListedState
  count: number
  value: string
}

/**
 * A page and its sums. Sums, and pages by creation or due date, come from the running totals and
 * cost the same at any number of invoices, where only states and days are asked for. The rest is
 * read whole: the invoices of the account where one is named, those that match the text (see
 * invoice-text.ts), for a range of values alone all of the store, and in the order of value all
 * that match. At a million invoices: 1 to 20 ms by the totals, 1 to 2 s where all are read.
 */
export async function listInvoices(
  sql: Sql,
  { filter, ...search }: ListSearch,
  order: InvoiceOrder,
  page: Page,
): Promise<InvoiceList> {
  const { status, ...others } = filter
  const asked: Search = { ...search, filter: { ...filter, any: false } }
  const inAnyState: Search = { ...search, filter: { ...others, any: false } }
  if (!isOfDays(asked)) return await scanned(sql, inAnyState, status, order, page)
  const states = await sumStates(sql, inAnyState)
  const total = totalOf(states, status)
  const shown = { from: page.from, to: Math.min(page.to, total.count) }
  const rows = shown.from > shown.to ? [] : await pageOf(sql, asked, order, shown, total.count)
  return { invoices: rows.map(toOwed), states, total }
}

async function pageOf(
  sql: Sql,
  search: Search,
  { by, isDescending }: InvoiceOrder,
  page: Page,
  count: number,
): Promise<InvoiceRow[]> {
  if (by === 'dueDate') return await findPageByDueDay(sql, search, page, isDescending)
  if (by === 'value') return await findPageByValue(sql, search, page, isDescending)
  if (isDescending) return await findPageFromNewest(sql, search, page, count)
  return await findPage(sql, search, page)
}

async function sumStates(sql: Sql, search: Search): Promise<InvoiceList['states']> {
  const values = new Values()
  const conditions = new Conditions(search, values)
  const totals = search.filter.created ? 'invoice_total_by_creation' : 'invoice_total_by_due'
  const rows = await sql.unsafe<StateRow[]>(
    `with cell as (${cellsOf(conditions, totals)})
    select ${stateOf(conditions.today)} as state, sum(invoices)::integer as count,
      sum(value)::text as value
    from cell group by 1`,
    values.list,
  )
  return byState(rows)
}

type ScanRow = { states: string } & { [K in keyof InvoiceRow]: InvoiceRow[K] | null }

/** The page and the sums from the same rows. */
async function scanned(
  sql: Sql,
  search: Search,
  status: ListedState | undefined,
  order: InvoiceOrder,
  { from, to }: Page,
): Promise<InvoiceList> {
  const values = new Values()
  const conditions = new Conditions(search, values)
  const { storeId } = conditions
  const found = await sql.unsafe<ScanRow[]>(
    `with candidate as ${candidates(search, values)}, matched as materialized (
      select account_id, invoice_id, created_at, due_on, value,
        ${stateOf(conditions.today)} as state
      from candidate where ${conditions.rows()}
    ), sums as (
      select state, count(*)::integer as count, sum(value)::text as value from matched group by state
    ), page as (
      select account_id, invoice_id from matched
      ${status ? `where state = ${values.add(status, 'text')}` : ''}
      order by ${orderBy('matched', order)}
      limit ${values.add(to - from + 1, 'bigint')} offset ${values.add(from - 1, 'bigint')}
    )
    select summary.states, ${prefixed('i', INVOICE_COLUMNS).join(', ')}
    from (select coalesce(json_agg(sums), '[]')::text as states from sums) as summary
    left join (
      page join invoice i on i.store_id = ${storeId}
        and i.account_id = page.account_id and i.invoice_id = page.invoice_id
    ) on true
    order by ${orderBy('i', order)}`,
    values.list,
  )
  const states = byState(JSON.parse(found[0]?.states ?? '[]'))
  const rows = found.filter(({ invoice_id }) => invoice_id !== null) as unknown as InvoiceRow[]
  return { invoices: rows.map(toOwed), states, total: totalOf(states, status) }
}

function stateOf(today: string): string {
  return `case when status <> 'Opened' then status when due_on < ${today} then 'Overdue'
    else 'NotDue' end`
}

function orderBy(table: string, { by, isDescending }: InvoiceOrder): string {
  const first = { createdAt: [], dueDate: ['due_on'], value: ['value'] }[by]
  return prefixed(table, [...first, 'created_at', 'invoice_id'])
    .map((column) => `${column}${isDescending ? ' desc' : ''}`)
    .join(', ')
}

function byState(rows: readonly StateRow[]): InvoiceList['states'] {
  const sumOf = (state: ListedState): Sum => {
    const row = rows.find((known) => known.state === state)
    return { count: row?.count ?? 0, value: BigInt(row?.value ?? 0) }
  }
  return {
    NotDue: sumOf('NotDue'),
    Overdue: sumOf('Overdue'),
    Paid: sumOf('Paid'),
    Cancelled: sumOf('Cancelled'),
  }
}

function totalOf(states: InvoiceList['states'], status: ListedState | undefined): Sum {
  if (status) return states[status]
  return Object.values(states).reduce((sum, { count, value }) => ({
    count: sum.count + count,
    value: sum.value + value,
  }))
}

function toOwed(row: InvoiceRow): OwedInvoice {
  return { accountId: row.account_id, invoice: toInvoice(row) }
}
