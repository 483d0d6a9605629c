/** The second flight of a batch: everything it changed, set-based, and the commit. */
import type { Account } from '../credit/account.ts'
import { arrayOf, plainArrayOf } from '../postgres/array.ts'
import type { Sql } from '../postgres/connect.ts'
import type { Submission } from './job.ts'
import { begin, type Loaded, type StoreRules, settle } from './load.ts'
import { holds } from './table.ts'
import {
  ACCOUNT_TOTALS,
  ACCOUNTS,
  CLAIMS,
  DEBITS,
  ENTRIES,
  HOLDERS,
  INVOICE_DELTAS,
  INVOICES,
  KEYS,
  TRANSACTIONS,
} from './tables.ts'
import type { AccountRef, WorkingSet, Written } from './working-set.ts'

/**
 * Writes the batch and commits it: when this answers, the batch is durable. `only` names the
 * account of a batch that has one, so that its changes go to one shard (see load.ts).
 */
export async function flush(sql: Sql, set: WorkingSet, only?: AccountRef): Promise<void> {
  const accounts = set.changedAccounts()
  const claims = set.changedClaims()
  await settle([
    ...when(accounts.updated, (rows) => ACCOUNTS.update(sql, rows, only)),
    ...when(accounts.moved, (rows) => ACCOUNT_TOTALS.update(sql, rows, only)),
    ...when(claims.freed, (rows) => CLAIMS.delete(sql, rows)),
    ...when([...set.removedHolders.values()], (rows) => HOLDERS.delete(sql, rows, only)),
    ...when([...set.changedTransactions.values()], (rows) => TRANSACTIONS.update(sql, rows, only)),
    ...when([...set.changedInvoices.values()], (rows) => INVOICES.update(sql, rows, only)),
    planInsertsOnce(sql),
    ...when(accounts.inserted, (rows) => ACCOUNTS.insert(sql, rows)),
    ...when(claims.taken, (rows) => CLAIMS.insert(sql, rows)),
    ...when([...set.newHolders.values()], (rows) => HOLDERS.insert(sql, rows)),
    ...when([...set.newTransactions.values()], (rows) => TRANSACTIONS.insert(sql, rows)),
    ...when([...set.newInvoices.values()], (rows) => INVOICES.insert(sql, rows)),
    ...when(set.newDebits, (rows) => DEBITS.insert(sql, rows)),
    ...when(set.entries, (rows) => ENTRIES.insert(sql, rows)),
    ...when(set.newKeys, (rows) => KEYS.insert(sql, rows)),
    ...when(set.invoiceDeltas.changed(), (rows) => INVOICE_DELTAS.insert(sql, rows)),
    commit(sql),
  ])
}

/** SQLSTATE of an Idempotency-Key that was used before: the square root of a negative number. */
export const KEY_KNOWN = '2201F'

/**
 * The only flight of a batch of authorizations on accounts that were remembered (memory.ts): it
 * fails with {@link NOT_AS_READ}, and nothing was done, unless every account and every store that
 * a decision rests on is as it was remembered; and with {@link KEY_KNOWN} where an Idempotency-Key
 * of the batch has its answer already.
 */
export async function flushRemembered(
  sql: Sql,
  { set, stores }: Loaded,
  batch: readonly Submission[],
): Promise<void> {
  const keyed = batch.filter(({ idempotency }) => idempotency)
  const { inserted, updated, moved } = set.changedAccounts()
  if (inserted.length + updated.length > 0) throw new Error('An authorization moves totals alone')
  await settle([
    begin(sql),
    ...when(set.unchangedAccounts(), (rows) => ensureAccounts(sql, rows)),
    ...when(moved, (rows) => ACCOUNT_TOTALS.replace(sql, rows)),
    planInsertsOnce(sql),
    ensureStores(sql, stores),
    ...when(keyed, (submissions) => ensureNewKeys(sql, submissions)),
    ...when([...set.newTransactions.values()], (rows) => TRANSACTIONS.insert(sql, rows)),
    ...when(set.entries, (rows) => ENTRIES.insert(sql, rows)),
    ...when(set.newKeys, (rows) => KEYS.insert(sql, rows)),
    commit(sql),
  ])
}

/** The rules of the stores that were decided by are in force. */
async function ensureStores(sql: Sql, stores: ReadonlyMap<number, StoreRules>): Promise<void> {
  const ids = [...stores.keys()]
  const versions = [...stores.values()].map(({ version }) => version)
  const query = `select ${holds('count(*) = $3')}
    from unnest($1::integer[], $2::integer[]) as known (store_id, version)
    join store using (store_id, version)`
  const values = [plainArrayOf(ids), plainArrayOf(versions), ids.length]
  await sql.unsafe(query, values, { prepare: true })
}

/** The accounts on which all was refused are in the state in which it was. */
async function ensureAccounts(sql: Sql, rows: readonly Written<Account>[]): Promise<void> {
  const query = `select ${holds('count(*) = $4')}
    from unnest($1::integer[], $2::text[], $3::bigint[]) as known (store_id, account_id, seq)
    join account using (store_id, account_id, seq)`
  const stores = plainArrayOf(rows.map(({ ref }) => ref.storeId))
  const ids = arrayOf(rows.map(({ ref }) => ref.accountId))
  const seqs = plainArrayOf(rows.map(({ value }) => value.seq))
  await sql.unsafe(query, [stores, ids, seqs, rows.length], { prepare: true })
}

/** Every key of the batch is new: under any account, as where keys are looked up (load.ts). */
async function ensureNewKeys(sql: Sql, keyed: readonly Submission[]): Promise<void> {
  const query = `select sqrt(-count(*))
    from unnest($1::integer[], $2::text[]) as used (store_id, idempotency_key)
    join idempotency using (store_id, idempotency_key)`
  const stores = plainArrayOf(keyed.map(({ storeId }) => storeId))
  const keys = arrayOf(keyed.map(({ idempotency }) => idempotency?.key ?? ''))
  await sql.unsafe(query, [stores, keys], { prepare: true })
}

/** Inserts have one plan whatever the tables hold; all else is planned as it comes (see load.ts). */
async function planInsertsOnce(sql: Sql): Promise<void> {
  await sql.unsafe('set local plan_cache_mode = force_generic_plan')
}

/** An aborted transaction answers COMMIT with a ROLLBACK and no error: that must not pass. */
async function commit(sql: Sql): Promise<void> {
  const { command } = await sql.unsafe('commit')
  if (command !== 'COMMIT') throw new Error('The transaction was rolled back')
}

function when<T>(rows: T[], query: (rows: T[]) => Promise<void>): Promise<void>[] {
  return rows.length === 0 ? [] : [query(rows)]
}
