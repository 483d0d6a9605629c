/** Who changed what and when: the entries of an account as they are, the newest first. */
import { decodeEvent, type Event, type EventType } from '../../credit/events.ts'
import type { Invoice } from '../../credit/invoice.ts'
import type { Millionths, Minor } from '../../credit/money.ts'
import type { Instant } from '../../credit/schedule.ts'
import { arrayOf } from '../../postgres/array.ts'
import type { Sql } from '../../postgres/connect.ts'
import type { Page } from './accounts.ts'

/** One entry of the ledger. */
export interface HistoryEntry {
  readonly seq: number
  readonly at: Instant
  readonly doneBy: string
  readonly event: Event
  /** The numbers of the account after it. */
  readonly after: {
    readonly limit: Minor
    readonly tolerance: Millionths
    readonly owed: Minor
    readonly held: Minor
  }
}

/** What changes the terms of an account: its numbers, whether it may buy, whose it is. */
const TERMS: readonly EventType[] = [
  ...(['AccountOpened', 'AccountIdentified', 'AccountFrozen', 'AccountUnfrozen'] as const),
  ...(['AccountClosed', 'LimitChanged', 'ToleranceChanged'] as const),
  ...(['HolderAdded', 'HolderRemoved'] as const),
]

/** What happens to an invoice once it is made. */
const OF_INVOICES: readonly EventType[] = [
  ...(['InvoicePaid', 'PaymentTakenBack', 'InvoiceCancelled', 'InvoiceAnnotated'] as const),
  ...(['InvoicePostponed', 'SettlementLowered', 'TransactionRefunded'] as const),
]

/** Most entries of the history of one invoice: the newest. */
export const MAX_INVOICE_ENTRIES = 1_000

interface Row {
  seq: bigint
  at: Date
  done_by: string
  credit_limit: bigint
  tolerance: bigint
  owed: bigint
  held: bigint
  data: string
}

const COLUMNS = 'seq, at, done_by, credit_limit, tolerance, owed, held, data::text as data'

/** As a condition that partial indexes have: in its own words, not in parameters. */
function among(kinds: readonly EventType[]): string {
  return `kind in (${kinds.map((kind) => `'${kind}'`).join(', ')})`
}

/** All entries of an account: they are numbered without gaps up to `seq`, which finds any page. */
export async function readHistory(
  sql: Sql,
  storeId: number,
  account: { readonly id: string; readonly seq: number },
  { from, to }: Page,
): Promise<{ entries: HistoryEntry[]; count: number }> {
  const rows = await sql<Row[]>`
    select ${sql.unsafe(COLUMNS)} from entry
    where store_id = ${storeId} and account_id = ${account.id}
      and seq between ${account.seq - to + 1} and ${account.seq - from + 1}
    order by seq desc`
  return { entries: rows.map(toEntry), count: account.seq }
}

/** The entries that changed the terms of an account. */
export async function readTerms(
  sql: Sql,
  storeId: number,
  accountId: string,
  { from, to }: Page,
): Promise<{ entries: HistoryEntry[]; count: number }> {
  const where = sql`store_id = ${storeId} and account_id = ${accountId}
    and ${sql.unsafe(among(TERMS))}`
  const [rows, counts] = await Promise.all([
    sql<Row[]>`
      select ${sql.unsafe(COLUMNS)} from entry where ${where}
      order by seq desc limit ${to - from + 1} offset ${from - 1}`,
    sql<{ count: number }[]>`select count(*)::integer as count from entry where ${where}`,
  ])
  return { entries: rows.map(toEntry), count: counts[0]?.count ?? 0 }
}

/** The e-mails of holders that were added to an account, by the ids that they got. */
export async function holderEmails(
  sql: Sql,
  storeId: number,
  accountId: string,
  holderIds: readonly string[],
): Promise<Map<string, string>> {
  if (holderIds.length === 0) return new Map()
  const rows = await sql<{ holder_id: string; email: string }[]>`
    select data->>'holderId' as holder_id, data->>'email' as email from entry
    where store_id = ${storeId} and account_id = ${accountId}
      and ${sql.unsafe(among(TERMS))} and kind = 'HolderAdded'
      and data->>'holderId' = any (${arrayOf(holderIds)}::text[])`
  return new Map(rows.map(({ holder_id, email }) => [holder_id, email]))
}

/**
 * What happened to an invoice, its making included, without a walk through its account: an index has
 * what follows by transaction, and what made the invoice is at the instant of its creation on the
 * statement.
 */
export async function readInvoiceHistory(
  sql: Sql,
  storeId: number,
  accountId: string,
  { transactionId, installment, createdAt }: Invoice,
): Promise<HistoryEntry[]> {
  const own = sql`store_id = ${storeId} and account_id = ${accountId}
    and data->>'transactionId' = ${transactionId}`
  const [later, made] = await Promise.all([
    sql<Row[]>`
      select ${sql.unsafe(COLUMNS)} from entry
      where ${own} and ${sql.unsafe(among(OF_INVOICES))} and case
        when data ? 'reductions' then data->'reductions' @> ${`[{"installment":${installment}}]`}::text::jsonb
        else (data->>'installment')::integer = ${installment} end
      order by seq desc limit ${MAX_INVOICE_ENTRIES}`,
    sql<Row[]>`
      select ${sql.unsafe(COLUMNS)} from entry
      where ${own} and origin is not null and at = ${new Date(createdAt)}
        and kind = 'TransactionSettled'
        and data->'invoices' @> ${`[{"installment":${installment}}]`}::text::jsonb`,
  ])
  return [...later, ...made].map(toEntry)
}

function toEntry(row: Row): HistoryEntry {
  return {
    seq: Number(row.seq),
    at: row.at.getTime(),
    doneBy: row.done_by,
    event: decodeEvent(row.data),
    after: {
      limit: row.credit_limit,
      tolerance: row.tolerance,
      owed: row.owed,
      held: row.held,
    },
  }
}
