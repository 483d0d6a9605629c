/** The second flight of a batch: everything it changed, set-based, and the commit. */
import type { Sql } from '../postgres/connect.ts'
import { settle } from './load.ts'
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
import type { AccountRef, WorkingSet } from './working-set.ts'

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
