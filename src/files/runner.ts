/** Takes jobs in hand and sees them through, whatever the database does meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Instant } from '../credit/schedule.ts'
import { findStoreById } from '../ledger/stores.ts'
import {
  OutcomeUnknown,
  type Writer,
  WriterOverloaded,
  WriterUnavailable,
} from '../ledger/writer.ts'
import { isConnectionError, isOverloadError, type Sql } from '../postgres/connect.ts'
import { runExport } from './export-run.ts'
import { runImport } from './import-run.ts'
import type { Job } from './job.ts'
import { beginRun, endRun } from './job-store.ts'

export interface RunnerContext {
  readonly sql: () => Sql
  readonly url: string
  /** Told when the database was lost: whoever owns the pool renews it. */
  readonly onConnectionError: () => void
  readonly writer: Writer
  readonly now: () => Instant
  readonly maxRows: number
  /** Told of faults that are ours. */
  readonly onError: (error: unknown) => void
}

/** A fault that is ours may be over at the next attempt; after so many the job ends, and says so. */
const MAX_FAULTS = 3
const FIRST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 5_000

/** Works on a job until it is over, in another's hand, or `signal` says stop. */
export async function work(
  context: RunnerContext,
  jobId: string,
  signal: AbortSignal,
): Promise<void> {
  const { sql, now } = context
  let faults = 0
  for (let pause_ms = FIRST_PAUSE_MS; !signal.aborted; ) {
    let job: Job | undefined
    try {
      job = await beginRun(sql(), jobId, now())
      if (job) await runOnce(context, job, signal)
      return
    } catch (error) {
      if (isConnectionError(error)) context.onConnectionError()
      if (!isPassing(error)) {
        faults += 1
        context.onError(error)
        if (faults >= MAX_FAULTS) return await giveUp(context, job, error)
      }
    }
    await sleep(pause_ms, undefined, { signal }).catch(() => undefined)
    pause_ms = Math.min(2 * pause_ms, LONGEST_PAUSE_MS)
  }
}

async function runOnce(context: RunnerContext, job: Job, signal: AbortSignal): Promise<void> {
  const store = await findStoreById(context.sql(), job.storeId)
  if (!store) throw new Error(`There is no store ${job.storeId}`)
  const run = job.direction === 'import' ? runImport : runExport
  await run({ ...context, sql: context.sql() }, job, store, signal)
}

async function giveUp(
  { sql, now }: RunnerContext,
  job: Job | undefined,
  cause: unknown,
): Promise<void> {
  if (!job) throw cause
  const error =
    'Something went wrong here, several times: the fault is ours and is in the log of the server. What is done stays done; retry goes on with the rest.'
  await endRun(sql(), job, { state: 'failed', error }, now())
}

/** True where waiting helps: the database is away, or has too much to do. */
function isPassing(error: unknown): boolean {
  const isOfWriter = [WriterOverloaded, WriterUnavailable, OutcomeUnknown].some(
    (kind) => error instanceof kind,
  )
  return isOfWriter || isConnectionError(error) || isOverloadError(error)
}
