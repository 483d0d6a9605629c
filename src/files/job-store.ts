/**
 * Jobs as they are stored. Every change of state is one conditional statement: whoever comes too
 * late changes nothing and is told so.
 */
import { randomUUID } from 'node:crypto'
import type { Instant } from '../credit/schedule.ts'
import type { Locale } from '../csv/columns.ts'
import type { Delimiter } from '../csv/dialect.ts'
import type { Layout } from '../csv/read.ts'
import type { Page } from '../ledger/read/accounts.ts'
import type { Sql } from '../postgres/connect.ts'
import type { Direction, Job, JobState, Kind, Mode, RowCounts, Warning } from './job.ts'

/** Who sets a job going. */
export interface Caller {
  readonly doneBy: string
  readonly mayPay: boolean
}

type Asked =
  | 'storeId'
  | 'direction'
  | 'kind'
  | 'mode'
  | 'dryRun'
  | 'locale'
  | 'delimiter'
  | 'filter'
  | 'fileId'
  | 'bytes'
  | 'warnings'

export interface NewJob extends Pick<Job, Asked> {
  readonly caller: Caller
  /** The Idempotency-Key of the request, and what tells it from another. */
  readonly idempotency?: { readonly key: string; readonly fingerprint: string }
}

interface JobRow {
  job_id: string
  store_id: number
  direction: Direction
  kind: Kind
  mode: Mode | null
  dry_run: boolean
  locale: Locale | null
  delimiter: Delimiter | null
  filter: Record<string, unknown> | null
  state: JobState
  run: number
  hand: number
  confirmed: boolean
  cancel_requested: boolean
  file_id: string | null
  file_name: string | null
  bytes: bigint
  layout: Layout | null
  rows_total: bigint | null
  rows_read: bigint
  rows_changed: bigint
  rows_unchanged: bigint
  rows_failed: bigint
  line_done: bigint
  run_began_at: Date | null
  run_began_rows: bigint
  warnings: Warning[]
  totals: Record<string, unknown> | null
  error: string | null
  created_by: string
  run_by: string
  may_pay: boolean
  created_at: Date
  updated_at: Date
  finished_at: Date | null
}

function toJob(row: JobRow): Job {
  return {
    jobId: row.job_id,
    storeId: row.store_id,
    direction: row.direction,
    kind: row.kind,
    mode: row.mode,
    dryRun: row.dry_run,
    locale: row.locale,
    delimiter: row.delimiter,
    filter: row.filter,
    state: row.state,
    run: row.run,
    hand: row.hand,
    confirmed: row.confirmed,
    cancelRequested: row.cancel_requested,
    fileId: row.file_id,
    fileName: row.file_name,
    bytes: Number(row.bytes),
    layout: row.layout,
    rowsTotal: row.rows_total === null ? null : Number(row.rows_total),
    rows: {
      read: Number(row.rows_read),
      changed: Number(row.rows_changed),
      unchanged: Number(row.rows_unchanged),
      failed: Number(row.rows_failed),
    },
    lineDone: Number(row.line_done),
    runBeganAt: row.run_began_at?.getTime() ?? null,
    runBeganRows: Number(row.run_began_rows),
    warnings: row.warnings,
    totals: row.totals,
    error: row.error,
    createdBy: row.created_by,
    runBy: row.run_by,
    mayPay: row.may_pay,
    createdAt: row.created_at.getTime(),
    updatedAt: row.updated_at.getTime(),
    finishedAt: row.finished_at?.getTime() ?? null,
  }
}

/** By name, as everywhere (ledger/rows.ts): a later version may add columns. */
const COLUMNS = `j.job_id, j.store_id, j.direction, j.kind, j.mode, j.dry_run, j.locale, j.delimiter,
  j.filter, j.state, j.run, j.hand, j.confirmed, j.cancel_requested, j.file_id, j.bytes, j.layout,
  j.rows_total, j.rows_read, j.rows_changed, j.rows_unchanged, j.rows_failed, j.line_done,
  j.run_began_at, j.run_began_rows, j.warnings, j.totals, j.error, j.created_by, j.run_by, j.may_pay,
  j.created_at, j.updated_at, j.finished_at, f.name as file_name`

const selectJob = (sql: Sql) => sql`select ${sql.unsafe(COLUMNS)}
  from bulk_job j left join stored_file f on f.file_id = j.file_id`

/** A job that an earlier request with the same Idempotency-Key made, and how that one is told. */
export interface KnownJob {
  readonly jobId: string
  readonly fingerprint: string
}

export async function findJobByKey(
  sql: Sql,
  storeId: number,
  key: string,
): Promise<KnownJob | undefined> {
  const [row] = await sql<{ job_id: string; fingerprint: string }[]>`
    select job_id, fingerprint from bulk_job
    where store_id = ${storeId} and idempotency_key = ${key}`
  return row && { jobId: row.job_id, fingerprint: row.fingerprint }
}

/** Makes a queued job; undefined where its Idempotency-Key has one already. */
export async function createJob(sql: Sql, job: NewJob, now: Instant): Promise<Job | undefined> {
  const jobId = randomUUID()
  const at = new Date(now)
  const filter = job.filter && JSON.stringify(job.filter)
  const made = await sql`
    insert into bulk_job (job_id, store_id, direction, kind, mode, dry_run, locale, delimiter, filter,
      state, run, hand, confirmed, cancel_requested, file_id, bytes, rows_read, rows_changed,
      rows_unchanged, rows_failed, line_done, run_began_rows, warnings, created_by, run_by, may_pay,
      created_at, updated_at, idempotency_key, fingerprint)
    values (${jobId}, ${job.storeId}, ${job.direction}, ${job.kind}, ${job.mode}, ${job.dryRun},
      ${job.locale}, ${job.delimiter}, ${filter}::text::jsonb, 'queued', 1, 0, false, false,
      ${job.fileId}, ${job.bytes}, 0, 0, 0, 0, 0, 0, ${JSON.stringify(job.warnings)}::text::jsonb,
      ${job.caller.doneBy}, ${job.caller.doneBy}, ${job.caller.mayPay}, ${at}, ${at},
      ${job.idempotency?.key ?? null}, ${job.idempotency?.fingerprint ?? null})
    on conflict (store_id, idempotency_key) do nothing`
  return made.count === 1 ? await findJob(sql, job.storeId, jobId) : undefined
}

export async function findJob(sql: Sql, storeId: number, jobId: string): Promise<Job | undefined> {
  const [row] = await sql<JobRow[]>`
    ${selectJob(sql)} where j.store_id = ${storeId} and j.job_id = ${jobId}`
  return row && toJob(row)
}

/** The jobs of a store, the newest first, and how many there are. */
export async function listJobs(
  sql: Sql,
  asked: { storeId: number; direction: Direction; kinds: readonly Kind[] },
  { from, to }: Page,
): Promise<{ jobs: Job[]; count: number }> {
  const { storeId, direction, kinds } = asked
  const where = sql`j.store_id = ${storeId} and j.direction = ${direction}
    and j.kind in ${sql([...kinds])}`
  const [rows, counted] = await Promise.all([
    sql<JobRow[]>`
      ${selectJob(sql)} where ${where}
      order by j.created_at desc, j.job_id limit ${to - from + 1} offset ${from - 1}`,
    sql<{ count: bigint }[]>`select count(*) as count from bulk_job j where ${where}`,
  ])
  return { jobs: rows.map(toJob), count: Number(counted[0]?.count ?? 0) }
}

/** Jobs that are not over and gave no sign of life since: nobody may have them in hand. */
export async function listSilent(sql: Sql, since: Instant): Promise<Job[]> {
  const rows = await sql<JobRow[]>`${selectJob(sql)}
    where j.state in ('queued', 'running') and j.updated_at < ${new Date(since)}
    order by j.created_at`
  return rows.map(toJob)
}

/** Takes the job in hand; undefined where it is over, or was cancelled before it began. */
export async function beginRun(sql: Sql, jobId: string, now: Instant): Promise<Job | undefined> {
  const [own] = await sql<{ store_id: number; hand: number }[]>`
    update bulk_job set state = 'running', hand = hand + 1, updated_at = ${new Date(now)},
      run_began_at = ${new Date(now)}, run_began_rows = rows_read
    where job_id = ${jobId} and state in ('queued', 'running')
    returning store_id, hand`
  const job = own && (await findJob(sql, own.store_id, jobId))
  // Another may have taken it since: then what this hand still says counts nothing.
  return job && { ...job, hand: own.hand }
}

/** Keeps what the first look at the file found, for this run and all that come. */
export async function recordLayout(
  sql: Sql,
  { jobId, hand }: Job,
  layout: Layout,
  now: Instant,
): Promise<void> {
  await sql`
    update bulk_job set rows_total = ${layout.rows}, run_began_at = ${new Date(now)},
      layout = ${JSON.stringify(layout)}::text::jsonb,
      warnings = warnings || ${JSON.stringify(layout.warnings)}::text::jsonb
    where job_id = ${jobId} and hand = ${hand} and state = 'running'`
}

/** How far an export is: rows and bytes written so far. */
export async function recordExport(
  sql: Sql,
  { jobId, hand }: Job,
  written: { rows: number; bytes: number; rowsTotal: number },
  now: Instant,
): Promise<{ goesOn: boolean }> {
  const rows = await sql<{ cancel_requested: boolean }[]>`
    update bulk_job set rows_read = ${written.rows}, rows_unchanged = ${written.rows},
      bytes = ${written.bytes}, rows_total = ${written.rowsTotal}, updated_at = ${new Date(now)}
    where job_id = ${jobId} and hand = ${hand} and state = 'running'
    returning cancel_requested`
  return { goesOn: rows[0]?.cancel_requested === false }
}

/** How a run ends. */
export interface Ending {
  readonly state: Exclude<JobState, 'queued' | 'running'>
  readonly error?: string
  readonly totals?: Readonly<Record<string, unknown>>
  readonly fileId?: string
}

export async function endRun(
  sql: Sql,
  { jobId, hand }: Pick<Job, 'jobId' | 'hand'>,
  { state, error, totals, fileId }: Ending,
  now: Instant,
): Promise<boolean> {
  const at = new Date(now)
  const finishedAt = state === 'awaitingConfirmation' ? null : at
  const { count } = await sql`
    update bulk_job set state = ${state}, error = ${error ?? null}, updated_at = ${at},
      finished_at = ${finishedAt}, file_id = coalesce(${fileId ?? null}, file_id),
      totals = coalesce(${totals ? JSON.stringify(totals) : null}::text::jsonb, totals)
    where job_id = ${jobId} and hand = ${hand} and state in ('queued', 'running')`
  return count === 1
}

/**
 * Stops a job: one that waits is over at once, one that runs ends after the rows that it has in
 * hand. Answers whether it could still be stopped.
 */
export async function cancelJob(sql: Sql, { jobId }: Job, now: Instant): Promise<boolean> {
  const at = new Date(now)
  const { count } = await sql`
    update bulk_job set
      cancel_requested = true,
      state = case when state = 'running' then state else 'cancelled' end,
      finished_at = case when state = 'running' then finished_at else ${at}::timestamptz end,
      updated_at = ${at}
    where job_id = ${jobId} and state in ('queued', 'running', 'awaitingConfirmation')`
  return count === 1
}

/** Sets a dry run that waits for it going for real, from the first row. */
export async function confirmJob(
  sql: Sql,
  { jobId }: Job,
  caller: Caller,
  now: Instant,
): Promise<boolean> {
  const { count } = await sql`
    update bulk_job set state = 'queued', confirmed = true, run = run + 1, cancel_requested = false,
      run_by = ${caller.doneBy}, may_pay = ${caller.mayPay}, updated_at = ${new Date(now)},
      rows_read = 0, rows_changed = 0, rows_unchanged = 0, rows_failed = 0, line_done = 0
    where job_id = ${jobId} and state = 'awaitingConfirmation'`
  return count === 1
}

/** Sets a job going again that ended with rows left: they are read again, what is done stays done. */
export async function retryJob(
  sql: Sql,
  job: Job,
  caller: Caller,
  kept: Pick<RowCounts, 'changed' | 'unchanged'>,
  now: Instant,
): Promise<boolean> {
  const { count } = await sql`
    update bulk_job set state = 'queued', run = run + 1, cancel_requested = false, error = null,
      finished_at = null, run_by = ${caller.doneBy}, may_pay = ${caller.mayPay},
      updated_at = ${new Date(now)}, rows_read = ${kept.changed + kept.unchanged},
      rows_changed = ${kept.changed}, rows_unchanged = ${kept.unchanged}, rows_failed = 0,
      line_done = 0
    where job_id = ${job.jobId} and run = ${job.run} and state in ('completed', 'failed', 'cancelled')`
  return count === 1
}

/** For who has proved otherwise that the job is theirs: by a signed link. */
export async function findJobById(sql: Sql, jobId: string): Promise<Job | undefined> {
  const [row] = await sql<JobRow[]>`${selectJob(sql)} where j.job_id = ${jobId}`
  return row && toJob(row)
}
