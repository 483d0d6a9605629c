/** Whether a dry run still says what would happen. */
import { readRows, scan } from '../csv/read.ts'
import type { Store } from '../ledger/stores.ts'
import type { Sql } from '../postgres/connect.ts'
import { readFile } from './file-store.ts'
import type { Job } from './job.ts'
import { isWish, type Plan } from './plan.ts'
import { type KnownRow, knownRows } from './row-store.ts'
import { inParts, planRows, readableRow, scanOptions } from './rows.ts'
import { fieldsThatDiffer } from './same-changes.ts'

/** So many lines are named; who has to look anew needs no more. */
const MOST_NAMED = 100
/** What changes after this look is found row by row: each is written only if it is as it was shown. */
const LOOK_FOR_MS = 10_000

export interface Conflicts {
  readonly rows: readonly number[]
  /** True where there are more than are named. */
  readonly more: boolean
}

/** The rows that would do something else by now than the dry run of the job showed. */
export async function conflictsOf(sql: Sql, job: Job, store: Store): Promise<Conflicts> {
  const open = () => readFile(sql, job.fileId ?? '')
  const layout = await scan(open, scanOptions(job, store))
  if ('unusable' in layout) return { rows: [], more: false }
  const until = performance.now() + LOOK_FOR_MS
  const conflicts: number[] = []
  for await (const part of inParts(readRows(open, layout))) {
    const lines = { first: part[0]?.line ?? 0, last: part.at(-1)?.line ?? 0 }
    const known = await knownRows(sql, job.jobId, lines)
    const shown = part.filter(({ line }) => known.get(line)?.result !== 'failed')
    const readable = shown.map((row) => readableRow(row, layout, store))
    const plans = await planRows(readable, job, store, sql)
    conflicts.push(...plans.filter((plan) => differs(plan, known)).map(({ line }) => line))
    if (conflicts.length > MOST_NAMED) break
    if (performance.now() > until) break
  }
  return { rows: conflicts.slice(0, MOST_NAMED), more: conflicts.length > MOST_NAMED }
}

function differs(plan: Plan, known: ReadonlyMap<number, KnownRow>): boolean {
  if (!isWish(plan) && plan.result === 'failed') return true
  return fieldsThatDiffer(plan.changes, known.get(plan.line)?.changes ?? []).length > 0
}
