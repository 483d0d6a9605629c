/**
 * What the writer would decide now, without deciding it: the same loading and the same rules, as of
 * one instant, in a transaction that may not write and that locks nothing.
 */
import type { Instant } from '../credit/schedule.ts'
import type { Sql } from '../postgres/connect.ts'
import { decideAll } from './batch.ts'
import type { Submission, WriteResult } from './job.ts'
import { loadCurrent } from './load-current.ts'

/** The outcome of each submission if they were written now, one after the other. */
export async function rehearse(
  pool: Sql,
  batch: readonly Submission[],
  clock: Instant,
): Promise<WriteResult[]> {
  if (batch.length === 0) return []
  const sql = await pool.reserve()
  try {
    const connection = sql as unknown as Sql
    const loaded = await loadCurrent(connection, batch, clock, () => undefined, { toRead: true })
    return decideAll(loaded, batch, clock)
  } finally {
    await sql.unsafe('rollback').catch(() => undefined)
    sql.release()
  }
}
