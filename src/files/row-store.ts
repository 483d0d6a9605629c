/** What became of each row of an import, and the names that its rows have taken. */
import type { Instant } from '../credit/schedule.ts'
import type { Page } from '../ledger/read/accounts.ts'
import { arrayOf, plainArrayOf } from '../postgres/array.ts'
import type { Sql } from '../postgres/connect.ts'
import {
  type Change,
  type Effect,
  isReal,
  type Job,
  type RowOutcome,
  type RowResult,
} from './job.ts'

/** What is known of a row from before: of a dry run, or of a run that was cut off. */
export interface KnownRow extends RowOutcome {
  /** True where it was really done or refused, not only in a dry run. */
  readonly final: boolean
  readonly refusals: number
}

interface RowOfImport {
  line: bigint
  result: RowResult
  final: boolean
  refusals: number
  code: number | null
  error: string | null
  changes: Change[] | null
  effect: Effect | null
  amount: bigint | null
  notes: string[] | null
}

const COLUMNS = 'line, result, final, refusals, code, error, changes, effect, amount, notes'

function toKnown(row: RowOfImport): KnownRow {
  const { line, changes, notes, ...same } = row
  return { ...same, line: Number(line), changes: changes ?? [], notes: notes ?? [] }
}

/** What is known of the rows of these lines, by line. */
export async function knownRows(
  sql: Sql,
  jobId: string,
  lines: { first: number; last: number },
): Promise<Map<number, KnownRow>> {
  const rows = await sql<RowOfImport[]>`
    select ${sql.unsafe(COLUMNS)} from import_row
    where job_id = ${jobId} and line between ${lines.first} and ${lines.last}`
  return new Map(rows.map((row) => [Number(row.line), toKnown(row)]))
}

/** The outcomes of a job by result, in the order of the file. */
export async function listRows(
  sql: Sql,
  jobId: string,
  result: RowResult | undefined,
  { from, to }: Page,
): Promise<{ rows: KnownRow[]; count: number }> {
  const where = sql`job_id = ${jobId} ${result ? sql`and result = ${result}` : sql``}`
  const [rows, counted] = await Promise.all([
    sql<RowOfImport[]>`
      select ${sql.unsafe(COLUMNS)} from import_row where ${where}
      order by line limit ${to - from + 1} offset ${from - 1}`,
    sql<{ count: bigint }[]>`select count(*) as count from import_row where ${where}`,
  ])
  return { rows: rows.map(toKnown), count: Number(counted[0]?.count ?? 0) }
}

/** The errors of the rows that failed, in the order of the file, some at a time. */
export async function* failedRows(sql: Sql, jobId: string): AsyncGenerator<KnownRow[]> {
  const A_TIME = 1_000
  for (let after = -1; ; ) {
    const rows = await sql<RowOfImport[]>`
      select ${sql.unsafe(COLUMNS)} from import_row
      where job_id = ${jobId} and result = 'failed' and line > ${after}
      order by line limit ${A_TIME}`
    if (rows.length === 0) return
    yield rows.map(toKnown)
    after = Number(rows.at(-1)?.line)
  }
}

/** How many rows are really done: they stay done when a job is set going again. */
export async function countDone(
  sql: Sql,
  jobId: string,
): Promise<{ changed: number; unchanged: number }> {
  const [row] = await sql<{ changed: bigint; unchanged: bigint }[]>`
    select count(*) filter (where result = 'changed') as changed,
      count(*) filter (where result = 'unchanged') as unchanged
    from import_row where job_id = ${jobId} and final and result <> 'failed'`
  return { changed: Number(row?.changed ?? 0), unchanged: Number(row?.unchanged ?? 0) }
}

export interface Total {
  readonly rows: number
  readonly value: bigint
}

/** What all rows of the job together changed, or would. */
export async function sumEffects(sql: Sql, jobId: string): Promise<Map<Effect, Total>> {
  const rows = await sql<{ effect: Effect; rows: bigint; value: bigint }[]>`
    select effect, count(*) as rows, coalesce(sum(amount), 0)::bigint as value from import_row
    where job_id = ${jobId} and result = 'changed' and effect is not null
    group by effect order by effect`
  return new Map(
    rows.map(({ effect, rows: count, value }) => [effect, { rows: Number(count), value }]),
  )
}

/** A part of the file that has been worked through. */
export interface Worked {
  /** Of all its rows but those that an earlier run had done: they have their results. */
  readonly outcomes: readonly RowOutcome[]
  readonly lastLine: number
}

/**
 * Records outcomes and how far the job is, in one statement: after a crash the job goes on behind
 * them. Answers whether the run goes on: it does not where it was cancelled or is another's now.
 */
export async function recordRows(
  sql: Sql,
  job: Job,
  { outcomes, lastLine }: Worked,
  now: Instant,
): Promise<{ goesOn: boolean }> {
  const final = isReal(job)
  const of = (result: RowResult) => outcomes.filter((row) => row.result === result).length
  const json = (value: readonly unknown[]) => (value.length > 0 ? JSON.stringify(value) : null)
  // The job first: what is in another's hand by now records nothing, and nobody waits crosswise.
  const rows = await sql<{ cancel_requested: boolean }[]>`
    with moved as (
      update bulk_job set
        rows_read = rows_read + ${outcomes.length},
        rows_changed = rows_changed + ${of('changed')},
        rows_unchanged = rows_unchanged + ${of('unchanged')},
        rows_failed = rows_failed + ${of('failed')},
        line_done = ${lastLine}, updated_at = ${new Date(now)}
      where job_id = ${job.jobId} and hand = ${job.hand} and state = 'running'
      returning cancel_requested
    ), recorded as (
      insert into import_row (job_id, line, result, final, refusals, code, error, changes, effect,
        amount, notes)
      select ${job.jobId}, line, result, ${final},
        case when ${final} and result = 'failed' then 1 else 0 end,
        code, error, changes::jsonb, effect, amount, notes::jsonb
      from moved, unnest(
        ${plainArrayOf(outcomes.map(({ line }) => line))}::bigint[],
        ${plainArrayOf(outcomes.map(({ result }) => result))}::text[],
        ${plainArrayOf(outcomes.map(({ code }) => code))}::integer[],
        ${arrayOf(outcomes.map(({ error }) => error))}::text[],
        ${arrayOf(outcomes.map(({ changes }) => json(changes)))}::text[],
        ${plainArrayOf(outcomes.map(({ effect }) => effect))}::text[],
        ${plainArrayOf(outcomes.map(({ amount }) => amount))}::bigint[],
        ${arrayOf(outcomes.map(({ notes }) => json(notes)))}::text[]
      ) as new_row (line, result, code, error, changes, effect, amount, notes)
      on conflict (job_id, line) do update set
        result = excluded.result, final = excluded.final, code = excluded.code,
        error = excluded.error, changes = excluded.changes, effect = excluded.effect,
        amount = excluded.amount, notes = excluded.notes,
        refusals = import_row.refusals + excluded.refusals
    )
    select cancel_requested from moved`
  return { goesOn: rows[0]?.cancel_requested === false }
}

/** A row and something that it names. */
export interface Naming {
  readonly line: number
  readonly name: string
}

/**
 * Takes the names for their rows; answers, by name, the line of the row that had it first, or
 * nothing where all of them were free. Taking a name again for the same row changes nothing.
 */
export async function takeNames(
  sql: Sql,
  jobId: string,
  namings: readonly Naming[],
): Promise<Map<string, number>> {
  if (namings.length === 0) return new Map()
  const names = arrayOf(namings.map(({ name }) => name))
  const lines = plainArrayOf(namings.map(({ line }) => line))
  const taken = await sql`
    insert into import_name (job_id, name, line)
    select ${jobId}, name, min(line)
    from unnest(${names}::text[], ${lines}::bigint[]) as naming (name, line)
    group by name
    on conflict (job_id, name) do nothing`
  if (taken.count === namings.length) return new Map()
  const rows = await sql<{ name: string; line: bigint }[]>`
    select name, line from import_name
    where job_id = ${jobId} and name = any (${names}::text[])`
  return new Map(rows.map(({ name, line }) => [name, Number(line)]))
}

/** Once a run is over its names are of no use: another run takes them again. */
export async function forgetNames(sql: Sql, jobId: string): Promise<void> {
  await sql`delete from import_name where job_id = ${jobId}`
}
