/** Jobs and rows → the JSON of the API. */
import { iso } from '../../api/answers.ts'
import type { Instant } from '../../credit/schedule.ts'
import { type Job, progressOf } from '../job.ts'
import type { KnownRow } from '../row-store.ts'

const isoOrNull = (at: Instant | null) => (at === null ? null : iso(at))

function jobJson(job: Job, now: Instant) {
  return {
    id: job.jobId,
    kind: job.kind,
    state: job.state,
    rows: { total: job.rowsTotal, ...job.rows },
    bytes: job.bytes,
    ...progressOf(job, now),
    createdBy: job.createdBy,
    createdAt: iso(job.createdAt),
    updatedAt: iso(job.updatedAt),
    finishedAt: isoOrNull(job.finishedAt),
    fileName: job.fileName,
    locale: job.locale,
    warnings: job.warnings,
    error: job.error,
  }
}

export function importJson(job: Job, now: Instant) {
  const { mode, dryRun, confirmed, totals } = job
  return { ...jobJson(job, now), mode, dryRun, confirmed, totals: totals ?? {} }
}

export function exportJson(job: Job, fileUrl: string | null, now: Instant) {
  const { filter, delimiter } = job
  return { ...jobJson(job, now), filters: filter ?? {}, delimiter, fileUrl }
}

export function rowJson({ line, result, code, error, changes, notes }: KnownRow) {
  const told = changes.map(([field, from, to]) => ({ field, from, to }))
  return { line, result, code, error, changes: told, notes }
}
