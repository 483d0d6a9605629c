/** Sums over a search by state and days: from the running totals, exact at their snapshot. */
import type { Invoice } from '../../credit/invoice.ts'
import type { Minor } from '../../credit/money.ts'
import type { Sql } from '../../postgres/connect.ts'
import type { Page } from './accounts.ts'
import { Conditions, type Search, Values } from './invoice-filter.ts'

export interface InvoiceSummary {
  readonly count: number
  /** What is open, overdue included. */
  readonly total: Minor
  readonly totalOverdue: Minor
  readonly totalPaid: Minor
  readonly totalCancelled: Minor
}

/** What matches in one state. */
interface StateSum {
  readonly status: Invoice['status']
  readonly invoices: bigint
  readonly value: Minor
  readonly overdue: Minor
}

/** True for a search that asks of an invoice no more than its state and its days. */
export function isOfDays({ filter }: Search): boolean {
  const { accountId, creditAccountId, value, values, friendlyId, observation, orderId, text } =
    filter
  const others = [accountId, creditAccountId, value, values, friendlyId, observation, orderId, text]
  return others.every((criterion) => criterion === undefined)
}

/**
 * The cells that match, as they are now: what is folded, what is not yet, and single invoices of
 * the days of which only a part is asked for. In one statement, so that all is of one snapshot.
 */
export function cellsOf(
  conditions: Conditions,
  totals: 'invoice_total_by_due' | 'invoice_total_by_creation',
): string {
  const { storeId } = conditions
  const cells = conditions.cells()
  const created = totals === 'invoice_total_by_due' ? '' : 'created_on, '
  const columns = `${created}due_on, status`
  const statement = `
    select ${columns}, invoices, value from ${totals} where store_id = ${storeId} and ${cells}
    union all
    select ${columns}, invoices, value from invoice_delta where store_id = ${storeId} and ${cells}`
  if (!conditions.hasEdges) return statement
  return `${statement} union all
    select ${columns}, 1, value from invoice
    where store_id = ${storeId} and (${conditions.edges()}) and ${conditions.rows()} and not ${cells}`
}

export async function sumInvoices(sql: Sql, search: Search): Promise<InvoiceSummary> {
  const values = new Values()
  const conditions = new Conditions(search, values)
  const totals = search.filter.created ? 'invoice_total_by_creation' : 'invoice_total_by_due'
  const states = await sql.unsafe<StateSum[]>(
    `with cell as (${cellsOf(conditions, totals)})
    select status, sum(invoices) as invoices, sum(value)::bigint as value,
      coalesce(sum(value) filter (where due_on < ${conditions.today}), 0)::bigint as overdue
    from cell group by status`,
    values.list,
    { prepare: true },
  )
  const of = (status: Invoice['status']) => states.find((state) => state.status === status)
  return {
    count: Number(states.reduce((sum, { invoices }) => sum + invoices, 0n)),
    total: of('Opened')?.value ?? 0n,
    totalOverdue: of('Opened')?.overdue ?? 0n,
    totalPaid: of('Paid')?.value ?? 0n,
    totalCancelled: of('Cancelled')?.value ?? 0n,
  }
}

/** Where the invoices of a page are: on few days of creation, in few states on few due days. */
export interface Window {
  /** The first and the last day of creation. */
  readonly first: string
  readonly last: string
  /** How many that match were created before. */
  readonly before: number
  readonly states: readonly string[]
  readonly dueDays: readonly string[]
}

interface WindowRow {
  first: string | null
  last: string
  before: bigint
  states: string
  due_days: string
}

export async function findWindow(
  sql: Sql,
  search: Search,
  { from, to }: Page,
): Promise<Window | undefined> {
  const values = new Values()
  const conditions = new Conditions(search, values)
  // Looked up twice, by due day and then by day of creation: cheaper than to keep all of them.
  const kept = conditions.hasEdges ? 'materialized' : 'not materialized'
  const [row] = await sql.unsafe<WindowRow[]>(
    `with cell as ${kept} (${cellsOf(conditions, 'invoice_total_by_creation')}),
    created as (
      select created_on, sum(invoices)::integer as invoices from cell group by created_on
    ), day as (
      select created_on, invoices, sum(invoices) over (order by created_on) as upto from created
    ), span as (
      select min(created_on) as first, max(created_on) as last, min(upto - invoices) as before
      from day
      where invoices > 0 and upto >= ${values.add(from, 'bigint')}
        and upto - invoices < ${values.add(to, 'bigint')}
    ), due as (
      select status, due_on from cell
      where created_on >= (select first from span) and created_on <= (select last from span)
      group by status, due_on having sum(invoices) > 0
    )
    select first::text, last::text, before,
      (select string_agg(status, ',' order by due_on, status) from due) as states,
      (select string_agg(due_on::text, ',' order by due_on, status) from due) as due_days
    from span`,
    values.list,
    { prepare: true },
  )
  if (!row || row.first === null) return undefined
  return {
    first: row.first,
    last: row.last,
    before: Number(row.before),
    states: row.states.split(','),
    dueDays: row.due_days.split(','),
  }
}

/** Invoices that match, of one due day and state, and how many that match stand before that day. */
export interface DueDay {
  readonly dueOn: string
  readonly status: string
  readonly before: number
}

/** The due days on which a page lies, in the order of due days. */
export async function findDueDays(
  sql: Sql,
  search: Search,
  { from, to }: Page,
  isDescending: boolean,
): Promise<DueDay[]> {
  const values = new Values()
  const conditions = new Conditions(search, values)
  const totals = search.filter.created ? 'invoice_total_by_creation' : 'invoice_total_by_due'
  return await sql.unsafe<DueDay[]>(
    `with cell as (${cellsOf(conditions, totals)}), due as (
      select due_on, status, sum(invoices)::integer as invoices from cell
      group by due_on, status having sum(invoices) > 0
    ), day as (
      select due_on, sum(invoices)::integer as invoices from due group by due_on
    ), placed as (
      select due_on, invoices,
        sum(invoices) over (order by due_on ${isDescending ? 'desc' : ''})::integer as upto
      from day
    )
    select due.due_on::text as "dueOn", due.status, placed.upto - placed.invoices as before
    from placed join due on due.due_on = placed.due_on
    where placed.upto >= ${values.add(from, 'bigint')}
      and placed.upto - placed.invoices < ${values.add(to, 'bigint')}`,
    values.list,
  )
}
