/**
 * The same schema over several machines, with Citus: what is sharded by what (docs/scale.md).
 * On one PostgreSQL nothing of this is used.
 */
import type { Sql } from '../postgres/connect.ts'

/**
 * Tables by the column that tells on which shard a row lies. Those of an account lie together, so
 * that a commit of one account stays on one machine. `claim` is unique over all accounts, by value.
 */
export const SHARDED_BY: Readonly<Record<string, string>> = {
  account: 'account_id',
  holder: 'account_id',
  transaction: 'account_id',
  invoice: 'account_id',
  debit: 'account_id',
  entry: 'account_id',
  idempotency: 'account_id',
  invoice_delta: 'account_id',
  claim: 'value',
}

/** Small tables that are on every machine; the first is what the others refer to. */
export const ON_EVERY_MACHINE: readonly string[] = [
  'store',
  'store_change',
  'api_key',
  'session',
  'store_user',
]

/** Tables that stay on the coordinator: nobody joins them with what is sharded. */
export const ON_THE_COORDINATOR: readonly string[] = [
  'schema_migration',
  'invoice_total_by_due',
  'invoice_total_by_creation',
  'stored_file',
  'stored_file_piece',
  'bulk_job',
  'import_row',
  'import_name',
  'secret',
  'sign_in_failure',
]

/** Lanes of a writer that commits one account at a time: more of them share the waiting. */
export const DISTRIBUTED_LANES = 16

/** The database cannot be distributed: the message says what to do. */
export class DistributionError extends Error {
  override name = 'DistributionError'
}

/** True where the accounts are sharded. */
export async function isDistributed(sql: Sql): Promise<boolean> {
  const [found] = await sql<{ has: boolean }[]>`
    select to_regclass('pg_catalog.pg_dist_partition') is not null as has`
  if (!found?.has) return false
  const rows = await sql`
    select 1 from pg_catalog.pg_dist_partition where logicalrelid = 'account'::regclass`
  return rows.length > 0
}

/**
 * Distributes the tables, with the rows that they have; answers the names of those that were not
 * distributed before. Throws {@link DistributionError} where the database has no Citus.
 */
export async function distribute(sql: Sql): Promise<string[]> {
  const [citus] = await sql`select 1 from pg_extension where extname = 'citus'`
  if (!citus) {
    throw new DistributionError(
      'This database has no Citus: run "create extension citus" in it and add its workers (docs/scale.md)',
    )
  }
  const rows = await sql<{ name: string }[]>`
    select c.relname as name from pg_catalog.pg_dist_partition p join pg_class c on c.oid = p.logicalrelid`
  const done = new Set(rows.map(({ name }) => name))
  const added: string[] = []
  for (const table of ON_EVERY_MACHINE) {
    if (done.has(table)) continue
    await sql`select create_reference_table(${table})`
    added.push(table)
  }
  for (const [table, column] of Object.entries(SHARDED_BY)) {
    if (done.has(table)) continue
    const neighbour = table === 'account' || column !== 'account_id' ? 'none' : 'account'
    await sql`select create_distributed_table(${table}, ${column}, colocate_with => ${neighbour})`
    added.push(table)
  }
  return added
}
