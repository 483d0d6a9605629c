/** What is forgotten, and when. */
import type { Instant } from '../credit/schedule.ts'
import type { Sql } from '../postgres/connect.ts'
import { forgetFile } from './file-store.ts'

/** The file of an import and what became of its rows; the job itself stays. */
export const IMPORT_LIFETIME_DAYS = 90
/** The file of an export, which can be made anew. */
export const EXPORT_LIFETIME_DAYS = 7
/** A file that no job names: its upload was cut off, or its export. */
const ORPHAN_LIFETIME_DAYS = 1

const DAY_MS = 86_400_000
const ROWS_AT_A_TIME = 20_000

/** Forgets files whose time is over; answers how many. */
export async function forgetOldFiles(sql: Sql, now: Instant): Promise<number> {
  const before = (days: number) => new Date(now - days * DAY_MS)
  const old = await sql<{ file_id: string; job_id: string | null }[]>`
    select f.file_id, j.job_id from stored_file f left join bulk_job j using (file_id)
    where case
      when j.job_id is null then f.created_at < ${before(ORPHAN_LIFETIME_DAYS)}
      when j.direction = 'export' then j.finished_at < ${before(EXPORT_LIFETIME_DAYS)}
      else coalesce(j.finished_at, j.updated_at) < ${before(IMPORT_LIFETIME_DAYS)}
        and j.state not in ('queued', 'running')
    end`
  for (const { file_id, job_id } of old) {
    if (job_id) await closeJob(sql, job_id, now)
    await forgetFile(sql, file_id)
  }
  return old.length
}

/** Without its file a job cannot be confirmed or tried again. */
async function closeJob(sql: Sql, jobId: string, now: Instant): Promise<void> {
  await sql`
    update bulk_job set file_id = null,
      finished_at = coalesce(finished_at, ${new Date(now)}),
      state = case when state = 'awaitingConfirmation' then 'cancelled' else state end
    where job_id = ${jobId}`
  await forgetRows(sql, jobId)
}

async function forgetRows(sql: Sql, jobId: string): Promise<void> {
  for (let forgotten = ROWS_AT_A_TIME; forgotten === ROWS_AT_A_TIME; ) {
    const { count } = await sql`
      delete from import_row where ctid = any (array(
        select ctid from import_row where job_id = ${jobId} limit ${ROWS_AT_A_TIME}))`
    forgotten = count
  }
}
