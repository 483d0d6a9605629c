/** The entries of an account that show on its statement, over a period. */
import { decodeEvent, type Event } from '../../credit/events.ts'
import type { Minor } from '../../credit/money.ts'
import type { Instant } from '../../credit/schedule.ts'
import type { StatementOrigin } from '../../credit/statement.ts'
import type { Sql } from '../../postgres/connect.ts'
import type { Range } from './invoice-filter.ts'

/** Most entries of one answer: the newest of the period. */
export const MAX_STATEMENT_ENTRIES = 10_000

export interface StatementEntry {
  readonly seq: number
  readonly at: Instant
  readonly doneBy: string
  readonly origin: StatementOrigin
  readonly value: Minor
  readonly event: Event
}

export interface Statement {
  readonly entries: StatementEntry[]
  /** True where the period has more entries than one answer holds. */
  readonly isTruncated: boolean
  /** The balance (what is owed, negated) before the first entry shown. */
  readonly previousBalance: Minor
  /** The sum of the entries shown. */
  readonly intervalBalance: Minor
}

interface Row {
  seq: bigint
  at: Date
  done_by: string
  origin: StatementOrigin
  value: bigint
  data: string
}

export async function readStatement(
  sql: Sql,
  storeId: number,
  accountId: string,
  { from, to }: Range,
): Promise<Statement> {
  const rows = await sql<Row[]>`
    select seq, at, done_by, origin, value, data::text as data from entry
    where store_id = ${storeId} and account_id = ${accountId} and origin is not null
      ${from === undefined ? sql`` : sql`and at >= ${new Date(from)}`}
      ${to === undefined ? sql`` : sql`and at <= ${new Date(to)}`}
    order by at desc, seq desc
    limit ${MAX_STATEMENT_ENTRIES + 1}`
  const shown = rows.slice(0, MAX_STATEMENT_ENTRIES).reverse()
  const entries = shown.map(
    (row): StatementEntry => ({
      seq: Number(row.seq),
      at: row.at.getTime(),
      doneBy: row.done_by,
      origin: row.origin,
      value: row.value,
      event: decodeEvent(row.data),
    }),
  )
  return {
    entries,
    isTruncated: rows.length > MAX_STATEMENT_ENTRIES,
    previousBalance: await balanceBefore(sql, storeId, accountId, { first: entries[0], from, to }),
    intervalBalance: entries.reduce((sum, { value }) => sum + value, 0n),
  }
}

/** Only entries of the statement change what is owed, so the last of them before it tells. */
async function balanceBefore(
  sql: Sql,
  storeId: number,
  accountId: string,
  { first, from, to }: { first?: StatementEntry } & Range,
): Promise<Minor> {
  const bound = first
    ? sql`(at, seq) < (${new Date(first.at)}, ${first.seq}::bigint)`
    : sql`at < ${new Date(from ?? (to === undefined ? 0 : to + 1))}`
  const rows = await sql<{ owed: bigint }[]>`
    select owed from entry
    where store_id = ${storeId} and account_id = ${accountId} and origin is not null and ${bound}
    order by at desc, seq desc
    limit 1`
  return -(rows[0]?.owed ?? 0n)
}
