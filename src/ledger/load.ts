/** The first flight of a batch: lock its accounts in one order, then load what its commands name. */
import type { Claim } from '../credit/claims.ts'
import { invoiceIdOf } from '../credit/invoice.ts'
import type { Instant } from '../credit/schedule.ts'
import type { StoreConfig } from '../credit/store.ts'
import type { Transaction } from '../credit/transaction.ts'
import { arrayOf } from '../postgres/array.ts'
import type { Sql } from '../postgres/connect.ts'
import type { Submission } from './job.ts'
import { claimsNeeded, type Needs, needsOf } from './needs.ts'
import {
  ACCOUNT_COLUMNS,
  type AccountRow,
  HOLDER_COLUMNS,
  type HolderRow,
  INVOICE_COLUMNS,
  type InvoiceRow,
  prefixed,
  TRANSACTION_COLUMNS,
  type TransactionRow,
  toAccount,
  toHolder,
  toInvoice,
  toTransaction,
} from './rows.ts'
import { decodeConfig } from './store-config.ts'
import { type AccountRef, accountKey, claimKey, Ledgered, WorkingSet } from './working-set.ts'

/** What the rules of a store are at this moment. */
export interface StoreRules {
  readonly timeZone: string
  readonly config: StoreConfig
  /** Of the configuration. */
  readonly version: number
}

export interface Loaded {
  readonly set: WorkingSet
  readonly stores: ReadonlyMap<number, StoreRules>
}

/**
 * Locks and loads. The planner is told to use the primary keys whatever the statistics say: these
 * look-ups are by key, and a table that was empty when it was last analyzed must not be scanned.
 * Nor may a plan be kept: one that was made on empty tables took whatever index came first, and
 * read the whole of it for every account (measured: 4 times slower at 10,000 accounts).
 */
const SETTINGS = `
  set local statement_timeout = '6s';
  set local lock_timeout = '5s';
  set local idle_in_transaction_session_timeout = '5s';
  set local plan_cache_mode = force_custom_plan;
  set local enable_seqscan = off;
  set local enable_hashjoin = off;
  set local enable_mergejoin = off`

const BEGIN = `begin;${SETTINGS}`
const BEGIN_TO_READ = `begin isolation level repeatable read read only;${SETTINGS}`

/** Begins the transaction of a batch. */
export async function begin(sql: Sql): Promise<void> {
  await sql.unsafe(BEGIN)
}

/** How a batch is loaded. */
export interface LoadOptions {
  /**
   * Names the account of a batch that has one, for a database that is distributed by account: every
   * look-up of the account's rows then goes to its shard alone, and a lock may be taken at all.
   */
  readonly only?: AccountRef | undefined
  /** True: as of one instant and without a lock, for who only wants to know (rehearsal.ts). */
  readonly toRead?: boolean
}

/**
 * Begins the transaction of a batch. What it answers is locked until the transaction ends.
 * `assertOpen` throws where the connection broke: nothing may be sent on it then.
 */
export async function load(
  sql: Sql,
  batch: readonly Submission[],
  assertOpen: () => void,
  { only, toRead = false }: LoadOptions = {},
): Promise<Loaded> {
  const refs = distinctAccounts(batch)
  const named = batch.map((submission) => ({ submission, needs: needsOf(submission.command) }))
  const storeIds = [...new Set(batch.map(({ storeId }) => storeId))]

  const [, accounts, stores, transactions, invoices, single, holders, debits, keys] = await settle([
    toRead ? sql.unsafe(BEGIN_TO_READ) : begin(sql),
    only ? lockAccount(sql, only) : selectAccounts(sql, refs, !toRead),
    selectStores(sql, storeIds),
    selectTransactions(sql, named, only),
    selectInvoices(sql, named, only),
    selectInvoice(sql, named, only),
    selectHolders(sql, named, only),
    selectDebits(sql, named, only),
    selectKeys(sql, batch),
  ] as const)

  const rules = new Map(stores.map((row) => [row.store_id, toRules(row)]))
  const set = new WorkingSet(rules)
  for (const row of accounts) addAccount(set, row)
  for (const row of transactions) {
    const transaction = toTransaction(row)
    set.of(refOf(row)).transactions.set(transaction.id, transaction)
  }
  // The whole of a transaction first: its invoices stand in their order then.
  for (const row of [...invoices, ...single]) set.of(refOf(row)).putInvoice(toInvoice(row))
  for (const row of holders) {
    const ledgered = set.of(refOf(row))
    ledgered.holders = [...ledgered.holders, toHolder(row)]
  }
  for (const row of debits) set.of(refOf(row)).debits.set(row.statement_id, row.value)
  for (const row of keys) {
    const { store_id, idempotency_key, account_id: scope, fingerprint, status, body } = row
    set.putKeyRecord(store_id, idempotency_key, { scope, fingerprint, answer: { status, body } })
  }
  assertOpen()
  await loadClaims(sql, set, batch)
  return { set, stores: rules }
}

/** Live holds of an account that have expired, and the instant at which the next one will. */
export interface Expiries {
  readonly expired: Transaction[]
  readonly nextExpiry: Instant | null
}

/** The expiries that are due on accounts of the batch, by account key; most batches have none. */
export async function loadExpiries(
  sql: Sql,
  due: readonly { ledgered: Ledgered; now: Instant }[],
  only?: AccountRef,
): Promise<Map<string, Expiries>> {
  const stores = due.map(({ ledgered }) => String(ledgered.ref.storeId))
  const ids = due.map(({ ledgered }) => ledgered.ref.accountId)
  const nows = due.map(({ now }) => new Date(now).toISOString())
  const [expired, next] = await settle([
    sql<TransactionRow[]>`
      select ${sql(prefixed('t', TRANSACTION_COLUMNS))}
      from unnest(${arrayOf(stores)}::integer[], ${arrayOf(ids)}::text[], ${arrayOf(nows)}::timestamptz[])
        as due (store_id, account_id, now)
      join transaction t using (store_id, account_id)
      where t.held > 0 and t.expires_at <= due.now
        ${only ? sql`and t.account_id = ${only.accountId}` : sql``}
      order by t.expires_at`,
    sql<{ store_id: number; account_id: string; next: Date | null }[]>`
      select due.store_id, due.account_id, (
        select min(t.expires_at) from transaction t
        where t.store_id = due.store_id and t.account_id = due.account_id
          and t.held > 0 and t.expires_at > due.now
      ) as next
      from unnest(${arrayOf(stores)}::integer[], ${arrayOf(ids)}::text[], ${arrayOf(nows)}::timestamptz[])
        as due (store_id, account_id, now)`,
  ] as const)
  const found = new Map<string, Expiries>()
  for (const row of next) {
    found.set(accountKey(refOf(row)), { expired: [], nextExpiry: row.next?.getTime() ?? null })
  }
  for (const row of expired) found.get(accountKey(refOf(row)))?.expired.push(toTransaction(row))
  return found
}

interface Named {
  readonly submission: Submission
  readonly needs: Needs
}

interface Keyed {
  readonly store_id: number
  readonly account_id: string
}

function refOf({ store_id, account_id }: Keyed) {
  return { storeId: store_id, accountId: account_id }
}

function addAccount(set: WorkingSet, row: AccountRow): void {
  const ref = refOf(row)
  set.accounts.set(accountKey(ref), new Ledgered(ref, toAccount(row)))
}

function distinctAccounts(batch: readonly Submission[]): Submission[] {
  return [...new Map(batch.map((submission) => [accountKey(submission), submission])).values()]
}

/** Keeps a look-up to the shard of one account. */
function at(sql: Sql, alias: string, only: AccountRef | undefined) {
  return only ? sql`where ${sql(`${alias}.account_id`)} = ${only.accountId}` : sql``
}

function lockAccount(sql: Sql, { storeId, accountId }: AccountRef) {
  return sql<AccountRow[]>`
    select ${sql(prefixed('a', ACCOUNT_COLUMNS))} from account a
    where a.store_id = ${storeId} and a.account_id = ${accountId}
    for update of a`
}

/** Locks in the order of the primary key, as every writer does: so no two can wait for each other. */
function selectAccounts(sql: Sql, refs: readonly Submission[], locks: boolean) {
  const stores = refs.map(({ storeId }) => String(storeId))
  const ids = refs.map(({ accountId }) => accountId)
  return sql<AccountRow[]>`
    select ${sql(prefixed('a', ACCOUNT_COLUMNS))}
    from unnest(${arrayOf(stores)}::integer[], ${arrayOf(ids)}::text[]) as wanted (store_id, account_id)
    join account a using (store_id, account_id)
    order by a.store_id, a.account_id
    ${locks ? sql`for update of a` : sql``}`
}

interface StoreRow {
  store_id: number
  time_zone: string
  version: number
  config: Record<string, unknown>
}

function selectStores(sql: Sql, storeIds: readonly number[]) {
  const ids = storeIds.map(String)
  return sql<StoreRow[]>`
    select store_id, time_zone, version, config from store where store_id = any (${arrayOf(ids)}::integer[])`
}

function toRules(row: StoreRow): StoreRules {
  return { timeZone: row.time_zone, version: row.version, config: decodeConfig(row.config) }
}

function selectTransactions(sql: Sql, named: readonly Named[], only?: AccountRef) {
  const wanted = named.filter(({ needs }) => needs.transactionId !== undefined)
  if (wanted.length === 0) return nothing<TransactionRow>()
  const { stores, ids } = columns(wanted)
  const transactions = wanted.map(({ needs }) => needs.transactionId ?? '')
  return sql<TransactionRow[]>`
    select distinct ${sql(prefixed('t', TRANSACTION_COLUMNS))}
    from unnest(${arrayOf(stores)}::integer[], ${arrayOf(ids)}::text[], ${arrayOf(transactions)}::text[])
      as wanted (store_id, account_id, transaction_id)
    join transaction t using (store_id, account_id, transaction_id) ${at(sql, 't', only)}`
}

/** All invoices of a transaction: the range of ids that begin with its own ('.' comes next after '-'). */
function selectInvoices(sql: Sql, named: readonly Named[], only?: AccountRef) {
  const byTransaction = new Map(
    named
      .filter(({ needs }) => needs.allInvoices)
      .map((one) => [`${accountKey(one.submission)}/${one.needs.transactionId}`, one]),
  )
  if (byTransaction.size === 0) return nothing<InvoiceRow>()
  const wanted = [...byTransaction.values()]
  const { stores, ids } = columns(wanted)
  const firsts = wanted.map(({ needs }) => `${needs.transactionId}-`)
  const ends = wanted.map(({ needs }) => `${needs.transactionId}.`)
  return sql<InvoiceRow[]>`
    select ${sql(prefixed('i', INVOICE_COLUMNS))}
    from unnest(${arrayOf(stores)}::integer[], ${arrayOf(ids)}::text[],
        ${arrayOf(firsts)}::text[], ${arrayOf(ends)}::text[])
      as wanted (store_id, account_id, first_id, end_id)
    join invoice i on i.store_id = wanted.store_id and i.account_id = wanted.account_id
      and i.invoice_id >= wanted.first_id and i.invoice_id < wanted.end_id ${at(sql, 'i', only)}
    order by i.transaction_id, i.installment`
}

function selectInvoice(sql: Sql, named: readonly Named[], only?: AccountRef) {
  const wanted = named.flatMap(({ submission, needs: { invoice } }) =>
    invoice ? [{ submission, invoice }] : [],
  )
  if (wanted.length === 0) return nothing<InvoiceRow>()
  const { stores, ids } = columns(wanted)
  const invoices = wanted.map(({ invoice }) =>
    invoiceIdOf(invoice.transactionId, invoice.installment),
  )
  return sql<InvoiceRow[]>`
    select ${sql(prefixed('i', INVOICE_COLUMNS))}
    from unnest(${arrayOf(stores)}::integer[], ${arrayOf(ids)}::text[], ${arrayOf(invoices)}::text[])
      as wanted (store_id, account_id, invoice_id)
    join invoice i using (store_id, account_id, invoice_id) ${at(sql, 'i', only)}`
}

function selectHolders(sql: Sql, named: readonly Named[], only?: AccountRef) {
  const wanted = named.filter(({ needs }) => needs.holders)
  if (wanted.length === 0) return nothing<HolderRow>()
  const { stores, ids } = columns(wanted)
  return sql<HolderRow[]>`
    select distinct ${sql(prefixed('h', HOLDER_COLUMNS))}
    from unnest(${arrayOf(stores)}::integer[], ${arrayOf(ids)}::text[]) as wanted (store_id, account_id)
    join holder h using (store_id, account_id) ${at(sql, 'h', only)}
    order by h.created_at, h.holder_id`
}

function selectDebits(sql: Sql, named: readonly Named[], only?: AccountRef) {
  const wanted = named.filter(({ needs }) => needs.statementId !== undefined)
  if (wanted.length === 0) return nothing<Keyed & { statement_id: string; value: bigint }>()
  const { stores, ids } = columns(wanted)
  const statements = wanted.map(({ needs }) => needs.statementId ?? '')
  return sql<(Keyed & { statement_id: string; value: bigint })[]>`
    select d.store_id, d.account_id, d.statement_id, d.value
    from unnest(${arrayOf(stores)}::integer[], ${arrayOf(ids)}::text[], ${arrayOf(statements)}::text[])
      as wanted (store_id, account_id, statement_id)
    join debit d using (store_id, account_id, statement_id) ${at(sql, 'd', only)}`
}

interface KeyRow {
  store_id: number
  idempotency_key: string
  account_id: string
  fingerprint: string
  status: number
  body: string
}

function selectKeys(sql: Sql, batch: readonly Submission[]) {
  const wanted = batch.filter(({ idempotency }) => idempotency)
  if (wanted.length === 0) return nothing<KeyRow>()
  const stores = wanted.map(({ storeId }) => String(storeId))
  const keys = wanted.map(({ idempotency }) => idempotency?.key ?? '')
  return sql<KeyRow[]>`
    select k.store_id, k.idempotency_key, k.account_id, k.fingerprint, k.status, k.body
    from unnest(${arrayOf(stores)}::integer[], ${arrayOf(keys)}::text[]) as wanted (store_id, idempotency_key)
    join idempotency k using (store_id, idempotency_key)`
}

/** Claims are looked up once the accounts are known: a change names only what it changes. */
async function loadClaims(sql: Sql, set: WorkingSet, batch: readonly Submission[]): Promise<void> {
  const wanted = new Map<string, { storeId: number; claim: Claim }>()
  for (const { storeId, accountId, command } of batch) {
    const account = set.accounts.get(accountKey({ storeId, accountId }))?.account
    for (const claim of claimsNeeded(command, account)) {
      wanted.set(claimKey(storeId, claim), { storeId, claim })
    }
  }
  if (wanted.size === 0) return
  const claims = [...wanted.values()]
  const stores = claims.map(({ storeId }) => String(storeId))
  const kinds = claims.map(({ claim }) => claim.kind)
  const values = claims.map(({ claim }) => claim.value)
  const rows = await sql<{ store_id: number; kind: string; value: string; account_id: string }[]>`
    select c.store_id, c.kind, c.value, c.account_id
    from unnest(${arrayOf(stores)}::integer[], ${arrayOf(kinds)}::text[], ${arrayOf(values)}::text[])
      as wanted (store_id, kind, value)
    join claim c using (store_id, kind, value)`
  for (const { store_id, kind, value, account_id } of rows) {
    assertKnown(set, batch, { storeId: store_id, accountId: account_id })
    set.loadClaim(store_id, { kind: kind as Claim['kind'], value }, account_id)
  }
}

/** An account of the batch that was opened after it was looked for: the batch must look again. */
function assertKnown(set: WorkingSet, batch: readonly Submission[], owner: AccountRef): void {
  const key = accountKey(owner)
  if (set.accounts.get(key)?.account) return
  if (!batch.some((submission) => accountKey(submission) === key)) return
  throw Object.assign(new Error('An account was opened meanwhile'), { code: '40001' })
}

function columns(named: readonly Pick<Named, 'submission'>[]): { stores: string[]; ids: string[] } {
  return {
    stores: named.map(({ submission }) => String(submission.storeId)),
    ids: named.map(({ submission }) => submission.accountId),
  }
}

function nothing<T>(): Promise<T[]> {
  return Promise.resolve([])
}

/**
 * Sends all queries in one flight and waits for all of them, also where one fails: what is
 * still on its way must not run into the next transaction of the connection.
 */
export async function settle<T extends readonly unknown[]>(
  queries: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const results = await Promise.allSettled(queries)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as never
}
