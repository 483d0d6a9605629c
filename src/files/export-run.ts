/**
 * One run of an export: streams the lines of one instant into a stored file. Where it is cut off it
 * begins anew: a file shows one state of the store, never a mixture of two.
 */
import type { Instant } from '../credit/schedule.ts'
import type { Store } from '../ledger/stores.ts'
import type { Sql } from '../postgres/connect.ts'
import { countRows, exportLines } from './export-lines.ts'
import { exportAsked } from './export-request.ts'
import { forgetFile, storeFile } from './file-store.ts'
import type { Job } from './job.ts'
import { endRun, findJob, recordExport } from './job-store.ts'

export interface ExportContext {
  readonly sql: Sql
  readonly url: string
  readonly now: () => Instant
}

const RECORD_EVERY_MS = 500

/** The export was cancelled, or is another's now. */
class Stopped extends Error {
  override name = 'Stopped'
}

/** Runs the export until it is over, cancelled or in another's hand, or `signal` stops it. */
export async function runExport(
  { sql, url, now }: ExportContext,
  job: Job,
  store: Store,
  signal: AbortSignal,
): Promise<void> {
  const asked = exportAsked(job, store)
  const at = now()
  const rowsTotal = await countRows(sql, asked, at)
  const written = { rows: 0, bytes: 0, rowsTotal }
  let recordedAt = 0

  async function* content(): AsyncGenerator<string> {
    for await (const { text, rows } of exportLines(url, asked, at)) {
      if (signal.aborted) throw new Stopped()
      written.rows += rows
      written.bytes += Buffer.byteLength(text)
      yield text
      if (performance.now() - recordedAt < RECORD_EVERY_MS) continue
      recordedAt = performance.now()
      const { goesOn } = await recordExport(sql, job, written, now())
      if (!goesOn) throw new Stopped()
    }
  }

  const name = fileNameOf(job, at)
  try {
    const file = { storeId: store.storeId, name, maxBytes: Number.MAX_SAFE_INTEGER }
    const { fileId } = await storeFile(sql, file, content(), at)
    const whole = { ...written, rowsTotal: written.rows }
    const { goesOn } = await recordExport(sql, job, whole, now())
    const ended = goesOn && (await endRun(sql, job, { state: 'completed', fileId }, now()))
    if (ended) return
    await forgetFile(sql, fileId)
    throw new Stopped()
  } catch (error) {
    if (!(error instanceof Stopped)) throw error
    const current = await findJob(sql, job.storeId, job.jobId)
    if (current?.hand !== job.hand || !current.cancelRequested) return
    await endRun(sql, job, { state: 'cancelled' }, now())
  }
}

/** `invoices-2026-11-27.csv` */
export function fileNameOf({ kind }: Pick<Job, 'kind'>, at: Instant): string {
  return `${kind}-${new Date(at).toISOString().slice(0, 10)}.csv`
}
