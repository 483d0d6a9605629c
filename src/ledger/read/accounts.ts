/** Accounts as they are at an instant, for the API and the Admin. */
import type { Account, Holder } from '../../credit/account.ts'
import type { ClaimKind } from '../../credit/claims.ts'
import { cleanDocument, emailKey } from '../../credit/identity.ts'
import type { Instant } from '../../credit/schedule.ts'
import { arrayOf } from '../../postgres/array.ts'
import type { Sql } from '../../postgres/connect.ts'
import {
  ACCOUNT_COLUMNS,
  type AccountRow,
  HOLDER_COLUMNS,
  type HolderRow,
  prefixed,
  toAccount,
  toHolder,
} from '../rows.ts'

export interface AccountFilter {
  readonly status: Account['status']
  readonly email?: string
  readonly document?: string
}

/** Positions in a list: 1-based and inclusive. */
export interface Page {
  readonly from: number
  readonly to: number
}

/** A row of an account, and what of its holds has expired by the instant of the read. */
export type AccountAt = AccountRow & { lapsed: bigint }

/** Holds that have expired do not count, whether or not anybody has recorded that yet. */
export function atInstant(sql: Sql, now: Instant) {
  return sql`${sql(prefixed('a', ACCOUNT_COLUMNS))}, ${lapsedHolds(sql, now)} as lapsed`
}

/** What holds of the account `a` have expired and are not recorded as such yet. */
export function lapsedHolds(sql: Sql, now: Instant) {
  return sql`
    case when a.next_expiry <= ${new Date(now)} then coalesce((
      select sum(t.held) from transaction t
      where t.store_id = a.store_id and t.account_id = a.account_id
        and t.held > 0 and t.expires_at <= ${new Date(now)}
    ), 0) else 0 end::bigint`
}

export function accountAsOf(row: AccountAt): Account {
  const account = toAccount(row)
  return { ...account, held: account.held - row.lapsed }
}

export async function findAccount(
  sql: Sql,
  storeId: number,
  accountId: string,
  now: Instant,
): Promise<Account | undefined> {
  const rows = await sql<AccountAt[]>`
    select ${atInstant(sql, now)} from account a
    where a.store_id = ${storeId} and a.account_id = ${accountId}`
  return rows[0] && accountAsOf(rows[0])
}

/** What became of an account id: whose it is, and whether that account is open. */
export type IdHolder = Pick<Account, 'status' | 'document' | 'documentType'>

/** The account that stands, or stood, under this id. */
export async function findIdHolder(
  sql: Sql,
  storeId: number,
  accountId: string,
): Promise<IdHolder | undefined> {
  const rows = await sql<IdHolder[]>`
    select status, document, document_type as "documentType" from account
    where store_id = ${storeId} and account_id = ${accountId}`
  return rows[0]
}

/** The accounts of a store that match the whole filter, in the order of their creation, then id. */
export async function searchAccounts(
  sql: Sql,
  storeId: number,
  filter: AccountFilter,
  { from, to }: Page,
  now: Instant,
): Promise<{ accounts: Account[]; count: number }> {
  const where = accountsMatching(sql, storeId, filter)
  const [rows, count] = await Promise.all([
    sql<AccountAt[]>`
      select ${atInstant(sql, now)} from account a where ${where}
      order by a.created_at, a.account_id
      limit ${to - from + 1} offset ${from - 1}`,
    countAccounts(sql, storeId, filter),
  ])
  return { accounts: rows.map(accountAsOf), count }
}

/** How many accounts match. */
export async function countAccounts(
  sql: Sql,
  storeId: number,
  filter: AccountFilter,
): Promise<number> {
  const [row] = await sql<{ count: bigint }[]>`
    select count(*) as count from account a where ${accountsMatching(sql, storeId, filter)}`
  return Number(row?.count ?? 0)
}

/** The condition that the account `a` is one of those that a search asks for. */
export function accountsMatching(
  sql: Sql,
  storeId: number,
  { status, email, document }: AccountFilter,
) {
  return sql`a.store_id = ${storeId} and a.status = ${status}
    ${email === undefined ? sql`` : byEmail(sql, storeId, emailKey(email))}
    ${document === undefined ? sql`` : byDocument(sql, document)}`
}

/**
 * An e-mail finds the account that it owns and the account that it shares. Both are looked up
 * first, as an array: an OR of the two, or without statistics a join with them, would read every
 * account of the store.
 */
function byEmail(sql: Sql, storeId: number, key: string) {
  return sql`and a.account_id = any (array(
    select o.account_id from account o where o.store_id = ${storeId} and o.email_key = ${key}
    union all
    select h.account_id from holder h where h.store_id = ${storeId} and h.email_key = ${key}))`
}

function byDocument(sql: Sql, document: string) {
  return sql`and upper(a.document) = ${(cleanDocument(document) ?? document).toUpperCase()}`
}

export async function listHolders(sql: Sql, storeId: number, accountId: string): Promise<Holder[]> {
  const rows = await sql<HolderRow[]>`
    select ${sql([...HOLDER_COLUMNS])} from holder where store_id = ${storeId} and account_id = ${accountId}
    order by created_at, holder_id`
  return rows.map(toHolder)
}

/** Accounts by their ids, open or closed, as they are stored: holds that have expired still count. */
export async function findAccounts(
  sql: Sql,
  storeId: number,
  accountIds: readonly string[],
): Promise<Map<string, Account>> {
  const rows = await sql<AccountRow[]>`
    select ${sql([...ACCOUNT_COLUMNS])} from account
    where store_id = ${storeId} and account_id = any (${arrayOf(accountIds)}::text[])`
  return new Map(rows.map((row) => [row.account_id, toAccount(row)]))
}

/** The open accounts that hold these claims, by the value of the claim. */
export async function findClaimants(
  sql: Sql,
  storeId: number,
  kind: ClaimKind,
  values: readonly string[],
): Promise<Map<string, string>> {
  const rows = await sql<{ value: string; account_id: string }[]>`
    select value, account_id from claim
    where store_id = ${storeId} and kind = ${kind} and value = any (${arrayOf(values)}::text[])`
  return new Map(rows.map(({ value, account_id }) => [value, account_id]))
}
