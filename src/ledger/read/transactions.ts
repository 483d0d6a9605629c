/** Pre-authorizations: one, and a page of an account's. */
import type { Minor } from '../../credit/money.ts'
import type { Instant } from '../../credit/schedule.ts'
import type { Transaction, TransactionStatus } from '../../credit/transaction.ts'
import type { Sql } from '../../postgres/connect.ts'
import { TRANSACTION_COLUMNS, type TransactionRow, toTransaction } from '../rows.ts'
import type { Page } from './accounts.ts'

export async function findTransaction(
  sql: Sql,
  storeId: number,
  accountId: string,
  transactionId: string,
): Promise<Transaction | undefined> {
  const rows = await sql<TransactionRow[]>`
    select ${sql([...TRANSACTION_COLUMNS])} from transaction
    where store_id = ${storeId} and account_id = ${accountId}
      and transaction_id = ${transactionId}`
  return rows[0] && toTransaction(rows[0])
}

/** The transactions of an account, in the order of their creation, then id; `held` sums them all. */
export async function listTransactions(
  sql: Sql,
  storeId: number,
  accountId: string,
  status: TransactionStatus | undefined,
  { from, to }: Page,
  now: Instant,
): Promise<{ transactions: Transaction[]; count: number; held: Minor }> {
  const at = new Date(now)
  const where = sql`store_id = ${storeId} and account_id = ${accountId}
    ${status === undefined ? sql`` : sql`and ${inState(sql, status, at)}`}`
  const [rows, sums] = await Promise.all([
    sql<TransactionRow[]>`
      select ${sql([...TRANSACTION_COLUMNS])} from transaction where ${where}
      order by created_at, transaction_id
      limit ${to - from + 1} offset ${from - 1}`,
    sql<{ count: number; held: bigint }[]>`
      select count(*)::integer as count,
        coalesce(sum(held) filter (where expires_at > ${at}), 0)::bigint as held
      from transaction where ${where}`,
  ])
  return {
    transactions: rows.map(toTransaction),
    count: sums[0]?.count ?? 0,
    held: sums[0]?.held ?? 0n,
  }
}

/** A hold past its expiry is expired whether or not anybody has recorded that yet. */
function inState(sql: Sql, status: TransactionStatus, at: Date) {
  if (status === 'Authorized') return sql`(status = 'Authorized' and expires_at > ${at})`
  if (status !== 'Expired') return sql`status = ${status}`
  return sql`(status = 'Expired' or (status = 'Authorized' and expires_at <= ${at}))`
}

/** The transactions of an account that hold something now, the newest first; `held` sums them all. */
export async function listLiveHolds(
  sql: Sql,
  storeId: number,
  accountId: string,
  { from, to }: Page,
  now: Instant,
): Promise<{ transactions: Transaction[]; count: number; held: Minor }> {
  const where = sql`store_id = ${storeId} and account_id = ${accountId}
    and held > 0 and expires_at > ${new Date(now)}`
  const [rows, sums] = await Promise.all([
    sql<TransactionRow[]>`
      select ${sql([...TRANSACTION_COLUMNS])} from transaction where ${where}
      order by created_at desc, transaction_id desc
      limit ${to - from + 1} offset ${from - 1}`,
    sql<{ count: number; held: bigint }[]>`
      select count(*)::integer as count, coalesce(sum(held), 0)::bigint as held
      from transaction where ${where}`,
  ])
  return {
    transactions: rows.map(toTransaction),
    count: sums[0]?.count ?? 0,
    held: sums[0]?.held ?? 0n,
  }
}
