/** The figures of a store on one page, all of one instant. */
import type { Minor } from '../../credit/money.ts'
import { dayAt, type Instant } from '../../credit/schedule.ts'
import type { Sql } from '../../postgres/connect.ts'
import type { Store } from '../stores.ts'
import { lapsedHolds } from './accounts.ts'
import type { Sum } from './invoice-list.ts'

/** Days of due dates, both inclusive; null is open. */
export interface DueDays {
  readonly first: string | null
  readonly last: string | null
}

export interface Exposure {
  readonly id: string
  readonly email: string
  readonly limit: Minor
  readonly owed: Minor
  readonly held: Minor
}

export const AGES = ['notDue', '1-30', '31-60', '61-90', 'over90'] as const

export type Age = (typeof AGES)[number]

export interface Overview {
  /** The day of the store's calendar: what is due before it is overdue. */
  readonly today: string
  /** Of open accounts. */
  readonly accounts: {
    readonly count: number
    readonly limit: Minor
    readonly owed: Minor
    readonly held: Minor
    readonly overLimit: number
    readonly largest: Exposure[]
  }
  readonly invoices: {
    readonly open: Sum
    readonly overdue: Sum
    readonly ageing: (Sum & DueDays & { readonly age: Age })[]
    readonly dueSoon: Sum & DueDays
  }
}

const LARGEST = 10
const SOON_DAYS = 30
const DAY_MS = 86_400_000

interface Cell {
  age: string
  count: number
  value: string
}

interface Row {
  count: number
  limit: string
  owed: string
  held: string
  over_limit: number
  /** As JSON; amounts are text, which carries any number of digits. */
  largest: string
  cells: string
}

/**
 * Invoices come from the running totals, whatever their number; accounts are read one by one, since
 * running totals of what every purchase changes would have all writers wait for one row. In one
 * statement, so that all of it is of one snapshot.
 */
export async function readOverview(
  sql: Sql,
  { storeId, timeZone }: Pick<Store, 'storeId' | 'timeZone'>,
  now: Instant,
): Promise<Overview> {
  const { date: today } = dayAt(now, timeZone)
  const lapsed = lapsedHolds(sql, now)
  const soon = dayAfter(today, SOON_DAYS - 1)
  const open = sql`store_id = ${storeId} and status = 'Opened'`
  const [row] = await sql<Row[]>`
    with sums as (
      select count(*)::integer as count,
        coalesce(sum(a.credit_limit), 0)::text as limit,
        coalesce(sum(a.owed), 0)::text as owed,
        coalesce(sum(a.held - ${lapsed}), 0)::text as held,
        (count(*) filter (where a.owed + a.held - ${lapsed} > a.credit_limit))::integer
          as over_limit
      from account a where a.store_id = ${storeId} and a.status = 'Open'
    ), largest as (
      select a.account_id as id, a.email, a.credit_limit::text as limit, a.owed::text as owed,
        (a.held - ${lapsed})::text as held
      from account a
      where a.store_id = ${storeId} and a.status = 'Open' and a.owed + a.held - ${lapsed} > 0
      order by a.owed + a.held - ${lapsed} desc, a.account_id desc
      limit ${LARGEST}
    ), open_on as (
      select due_on, invoices, value from invoice_total_by_due where ${open}
      union all
      select due_on, invoices, value from invoice_delta where ${open}
    ), cell as (
      select case
          when due_on >= ${today}::date then 'notDue'
          when due_on >= ${dayAfter(today, -30)}::date then '1-30'
          when due_on >= ${dayAfter(today, -60)}::date then '31-60'
          when due_on >= ${dayAfter(today, -90)}::date then '61-90'
          else 'over90' end as age,
        sum(invoices)::integer as count, sum(value)::text as value
      from open_on group by 1
      union all
      select 'soon', coalesce(sum(invoices), 0)::integer, coalesce(sum(value), 0)::text
      from open_on where due_on >= ${today}::date and due_on <= ${soon}::date
    )
    select sums.*, (select coalesce(json_agg(largest), '[]') from largest)::text as largest,
      (select json_agg(cell) from cell)::text as cells
    from sums`
  if (!row) throw new Error('Sums have a row, whatever they sum')
  return overviewOf(row, today)
}

function overviewOf(row: Row, today: string): Overview {
  const cells = JSON.parse(row.cells) as Cell[]
  const sumOf = (age: string): Sum => {
    const cell = cells.find((known) => known.age === age)
    return { count: cell?.count ?? 0, value: BigInt(cell?.value ?? 0) }
  }
  const ageing = AGES.map((age) => ({ age, ...daysOf(age, today), ...sumOf(age) }))
  const overdue = ageing.filter(({ age }) => age !== 'notDue')
  return {
    today,
    accounts: {
      count: row.count,
      limit: BigInt(row.limit),
      owed: BigInt(row.owed),
      held: BigInt(row.held),
      overLimit: row.over_limit,
      largest: (JSON.parse(row.largest) as Record<keyof Exposure, string>[]).map(toExposure),
    },
    invoices: {
      open: sumUp(ageing),
      overdue: sumUp(overdue),
      ageing,
      dueSoon: { first: today, last: dayAfter(today, SOON_DAYS - 1), ...sumOf('soon') },
    },
  }
}

/** The due days of what has that age today. */
function daysOf(age: Age, today: string): DueDays {
  const late = (days: number) => dayAfter(today, -days)
  switch (age) {
    case 'notDue':
      return { first: today, last: null }
    case '1-30':
      return { first: late(30), last: late(1) }
    case '31-60':
      return { first: late(60), last: late(31) }
    case '61-90':
      return { first: late(90), last: late(61) }
    case 'over90':
      return { first: null, last: late(91) }
  }
}

/** A date so many days later. Calendar days alone: no clock changes them. */
function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 'yyyy-mm-dd'.length)
}

function sumUp(sums: readonly Sum[]): Sum {
  return {
    count: sums.reduce((sum, { count }) => sum + count, 0),
    value: sums.reduce((sum, { value }) => sum + value, 0n),
  }
}

function toExposure({ id, email, limit, owed, held }: Record<keyof Exposure, string>): Exposure {
  return { id, email, limit: BigInt(limit), owed: BigInt(owed), held: BigInt(held) }
}
