/** What a batch is decided on: what is stored, with the expiries that are due applied. */
import type { Instant } from '../credit/schedule.ts'
import type { Sql } from '../postgres/connect.ts'
import { applyExpiries, expiring } from './batch.ts'
import type { Submission } from './job.ts'
import { type Loaded, type LoadOptions, load, loadExpiries } from './load.ts'
import { accountKey } from './working-set.ts'

/** Begins the transaction of a batch and loads it as of `clock`; see {@link load}. */
export async function loadCurrent(
  sql: Sql,
  batch: readonly Submission[],
  clock: Instant,
  assertOpen: () => void,
  options: LoadOptions,
): Promise<Loaded> {
  const loaded = await load(sql, batch, assertOpen, options)
  const due = expiring(loaded.set, clock)
  if (due.length === 0) return loaded
  assertOpen()
  const expiries = await loadExpiries(sql, due, options.only)
  for (const { ledgered, now } of due) {
    const found = expiries.get(accountKey(ledgered.ref))
    if (found) applyExpiries(loaded.set, ledgered, found, now)
  }
  return loaded
}
