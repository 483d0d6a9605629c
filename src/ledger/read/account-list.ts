/** Lists of accounts for the Admin: found by what a person types, filtered, sorted, summed. */
import type { Account } from '../../credit/account.ts'
import { cleanDocument } from '../../credit/identity.ts'
import type { Minor } from '../../credit/money.ts'
import { dayAt, type Instant } from '../../credit/schedule.ts'
import type { Sql } from '../../postgres/connect.ts'
import type { Store } from '../stores.ts'
import { type AccountAt, accountAsOf, atInstant, lapsedHolds, type Page } from './accounts.ts'
import { emailsStartingWith, startingWith } from './prefix.ts'

export interface AccountListFilter {
  /** Frozen accounts are open ones. */
  readonly status: 'open' | 'frozen' | 'closed'
  /** The beginning of an e-mail (of a holder too) or of a document, or a whole id. */
  readonly text?: string
  /** True: what is owed and held passes the limit; false: it does not. */
  readonly overLimit?: boolean
  /** True: some invoice is overdue; false: none is. */
  readonly overdue?: boolean
}

export interface AccountOrder {
  /** Exposure is owed + held. What is equal comes in the order of ids. */
  readonly by: 'createdAt' | 'email' | 'creditLimit' | 'owed' | 'availableCredit' | 'exposure'
  readonly isDescending: boolean
}

export interface AccountTotals {
  readonly count: number
  readonly limit: Minor
  readonly owed: Minor
  readonly held: Minor
}

export interface AccountList {
  readonly accounts: Account[]
  /** Of all that match. */
  readonly totals: AccountTotals
}

export interface AccountListSearch {
  readonly store: Pick<Store, 'storeId' | 'timeZone'>
  readonly filter: AccountListFilter
  readonly now: Instant
}

/**
 * A page and its totals. Found in an index: what a text names, and pages in the order of creation or
 * e-mail near their beginning. Every account of the status is read for the totals where no text is
 * given, for pages in the order of an amount (no index holds amounts: each write would move its
 * entry) and for `overLimit`; `overdue` reads every overdue invoice of the store besides, where no
 * text is given. At 100,000 accounts with a million invoices: 2 to 8 ms for a text that names few,
 * 50 to 150 ms for a page of all, in any order, 0.3 to 0.5 s with `overdue`.
 */
export async function listAccounts(
  sql: Sql,
  search: AccountListSearch,
  order: AccountOrder,
  { from, to }: Page,
): Promise<AccountList> {
  const { now } = search
  const where = matching(sql, search)
  const [rows, sums] = await Promise.all([
    sql<AccountAt[]>`
      select ${atInstant(sql, now)} from account a where ${where}
      order by ${orderBy(sql, order, now)}
      limit ${to - from + 1} offset ${from - 1}`,
    sql<{ count: number; limit: string; owed: string; held: string }[]>`
      select count(*)::integer as count, coalesce(sum(a.credit_limit), 0)::text as limit,
        coalesce(sum(a.owed), 0)::text as owed,
        coalesce(sum(a.held - ${lapsedHolds(sql, now)}), 0)::text as held
      from account a where ${where}`,
  ])
  const { count = 0, limit = 0, owed = 0, held = 0 } = sums[0] ?? {}
  return {
    accounts: rows.map(accountAsOf),
    totals: { count, limit: BigInt(limit), owed: BigInt(owed), held: BigInt(held) },
  }
}

function matching(sql: Sql, { store, filter, now }: AccountListSearch) {
  const { status, text, overLimit, overdue } = filter
  const isOver = sql`(a.owed + a.held - ${lapsedHolds(sql, now)} > a.credit_limit)`
  return sql`a.store_id = ${store.storeId} and a.status = ${statusOf(filter)}
    ${status === 'frozen' ? sql`and a.frozen_reason is not null` : sql``}
    ${text === undefined ? sql`` : sql`and ${named(sql, store.storeId, filter, text)}`}
    ${overLimit === undefined ? sql`` : sql`and ${isOver} = ${overLimit}`}
    ${overdue === undefined ? sql`` : sql`and ${isLate(sql, store, now)} = ${overdue}`}`
}

function statusOf({ status }: AccountListFilter): Account['status'] {
  return status === 'closed' ? 'Closed' : 'Open'
}

/**
 * Each is looked up by itself: an OR of them would read every account of the store. An array, which
 * is made once: without statistics the planner would look up all of them again for each account.
 */
function named(sql: Sql, storeId: number, filter: AccountListFilter, text: string) {
  const emails = emailsStartingWith(text)
  const document = cleanDocument(text)?.toUpperCase()
  const documents = document === undefined ? undefined : startingWith(document)
  const own = sql`store_id = ${storeId} and status = ${statusOf(filter)}`
  const byEmail = sql`email_key collate "C" >= ${emails.low}
    and email_key collate "C" < ${emails.high}`
  const byDocument = documents
    ? sql`union all select account_id from account where ${own}
        and upper(document) collate "C" >= ${documents.low}
        and upper(document) collate "C" < ${documents.high}`
    : sql``
  return sql`a.account_id = any (array(
    select account_id from account where ${own} and ${byEmail}
    union all
    select account_id from holder where store_id = ${storeId} and ${byEmail}
    union all
    select account_id from account where store_id = ${storeId} and account_id = ${text.trim()}
    ${byDocument}))`
}

function isLate(sql: Sql, { storeId, timeZone }: AccountListSearch['store'], now: Instant) {
  return sql`exists (
    select 1 from invoice i
    where i.store_id = ${storeId} and i.account_id = a.account_id and i.status = 'Opened'
      and i.due_on < ${dayAt(now, timeZone).date}::date)`
}

function orderBy(sql: Sql, { by, isDescending }: AccountOrder, now: Instant) {
  const direction = isDescending ? sql`desc` : sql`asc`
  const held = sql`(a.held - ${lapsedHolds(sql, now)})`
  const first = {
    createdAt: () => sql`a.created_at`,
    email: () => sql`a.email_key collate "C"`,
    creditLimit: () => sql`a.credit_limit`,
    owed: () => sql`a.owed`,
    availableCredit: () => sql`a.credit_limit - a.owed - ${held}`,
    exposure: () => sql`a.owed + ${held}`,
  }[by]()
  return sql`${first} ${direction}, a.account_id ${direction}`
}
