/** An import or an export: what is asked for, how far it is, and how it may go on. */
import type { Instant } from '../credit/schedule.ts'
import type { Kind, Locale, Mode } from '../csv/columns.ts'
import type { Delimiter } from '../csv/dialect.ts'
import type { Layout } from '../csv/read.ts'

export type { Kind, Mode }

export type Direction = 'import' | 'export'

export type JobState =
  | 'queued'
  | 'running'
  | 'awaitingConfirmation'
  | 'completed'
  | 'failed'
  | 'cancelled'

/** Something that the user should know and that stops nothing. */
export interface Warning {
  readonly code: string
  readonly message: string
}

export interface RowCounts {
  readonly read: number
  readonly changed: number
  readonly unchanged: number
  readonly failed: number
}

export interface Job {
  readonly jobId: string
  readonly storeId: number
  readonly direction: Direction
  readonly kind: Kind
  /** Of an import of accounts; null for all else. */
  readonly mode: Mode | null
  readonly dryRun: boolean
  readonly locale: Locale | null
  readonly delimiter: Delimiter | null
  /** Of an export: the filter as it was sent. */
  readonly filter: Readonly<Record<string, unknown>> | null
  readonly state: JobState
  /** Counts the times that it was set going. */
  readonly run: number
  /** Counts the times that a process took it in hand: only the last may record anything. */
  readonly hand: number
  readonly confirmed: boolean
  readonly cancelRequested: boolean
  readonly fileId: string | null
  readonly fileName: string | null
  readonly bytes: number
  /** What the first look at the file of an import found; null before it, and of an export. */
  readonly layout: Layout | null
  /** How many rows there are, once that is known. */
  readonly rowsTotal: number | null
  readonly rows: RowCounts
  /** Every row up to this line of the file has its result. */
  readonly lineDone: number
  readonly runBeganAt: Instant | null
  readonly runBeganRows: number
  readonly warnings: readonly Warning[]
  readonly totals: Readonly<Record<string, unknown>> | null
  readonly error: string | null
  readonly createdBy: string
  readonly runBy: string
  /** Whether the caller who set it going may mark invoices as paid. */
  readonly mayPay: boolean
  readonly createdAt: Instant
  readonly updatedAt: Instant
  readonly finishedAt: Instant | null
}

/** A field that a row changes: its name, what it was, and what it becomes. */
export type Change = readonly [field: string, from: string | null, to: string | null]

export type Effect =
  | 'opened'
  | 'limitRaised'
  | 'limitLowered'
  | 'changed'
  | 'paid'
  | 'takenBack'
  | 'cancelled'
  | 'annotated'

export type RowResult = 'changed' | 'unchanged' | 'failed'

/** What became of a row, or what a dry run says would. */
export interface RowOutcome {
  readonly line: number
  readonly result: RowResult
  /** Number of the problem in the catalogue, and its words; of a row that failed. */
  readonly code: number | null
  readonly error: string | null
  readonly changes: readonly Change[]
  /** What kind of change it is and the money it moves, for the totals of the job. */
  readonly effect: Effect | null
  readonly amount: bigint | null
  /** What was mended in reading the row. */
  readonly notes: readonly string[]
}

/** True where this run writes, and does not only say what it would write. */
export function isReal(job: Pick<Job, 'dryRun' | 'confirmed'>): boolean {
  return !job.dryRun || job.confirmed
}

export interface Progress {
  /** 0 to 100, whole. */
  readonly percent: number
  readonly rowsPerSecond: number
  /** Null where that cannot be said yet, and when the job is over. */
  readonly secondsLeft: number | null
}

/** How far a job is and how fast it goes; the rate is that of its present run. */
export function progressOf(job: Job, now: Instant): Progress {
  const { rows, rowsTotal, state, runBeganAt, runBeganRows, finishedAt } = job
  const isOver = state !== 'queued' && state !== 'running'
  const percent = percentOf(job)
  if (runBeganAt === null) return { percent, rowsPerSecond: 0, secondsLeft: null }
  const until = isOver ? (finishedAt ?? job.updatedAt) : now
  const left = isOver || rowsTotal === null ? null : rowsTotal - rows.read
  const done = rows.read - runBeganRows
  return { percent, ...paceOf({ done, left, took_ms: until - runBeganAt }) }
}

/** How fast rows go by, and how long those that are left take, where that can be said. */
export function paceOf(rows: { done: number; left: number | null; took_ms: number }) {
  const { done, left, took_ms } = rows
  const rowsPerSecond = Math.round(done / Math.max(0.001, took_ms / 1000))
  const isKnown = left !== null && rowsPerSecond > 0
  return { rowsPerSecond, secondsLeft: isKnown ? Math.ceil(left / rowsPerSecond) : null }
}

function percentOf({ state, rows, rowsTotal }: Job): number {
  if (state === 'completed' || state === 'awaitingConfirmation') return 100
  if (!rowsTotal) return 0
  return Math.min(99, Math.floor((100 * rows.read) / rowsTotal))
}
