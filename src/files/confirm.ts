/** Whether a dry run still says what would happen. */

import type { Instant } from '../credit/schedule.ts'
import { readRows } from '../csv/read.ts'
import { Rehearsal } from '../ledger/rehearsal.ts'
import type { Store } from '../ledger/stores.ts'
import type { Sql } from '../postgres/connect.ts'
import { readFile } from './file-store.ts'
import type { Job } from './job.ts'
import { isWish, type Plan, submissionOf, type Wish } from './plan.ts'
import { type KnownRow, knownRows } from './row-store.ts'
import { inParts, layoutOf, plannerOf, readableRow } from './rows.ts'
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

export interface ConfirmContext {
  readonly sql: Sql
  readonly url: string
  readonly now: () => Instant
}

/** The rows that would do something else by now than the dry run of the job showed. */
export async function conflictsOf(
  context: ConfirmContext,
  job: Job,
  store: Store,
): Promise<Conflicts> {
  const rehearsal = new Rehearsal(context.url)
  try {
    return await look(context, rehearsal, job, store)
  } finally {
    rehearsal.close()
  }
}

async function look(
  { sql, now }: ConfirmContext,
  rehearsal: Rehearsal,
  job: Job,
  store: Store,
): Promise<Conflicts> {
  const open = () => readFile(sql, job.fileId ?? '')
  const layout = await layoutOf(open, job, store)
  if ('unusable' in layout) return { rows: [], more: false }
  const until = performance.now() + LOOK_FOR_MS
  const conflicts: number[] = []
  for await (const part of inParts(readRows(open, layout))) {
    const lines = { first: part[0]?.line ?? 0, last: part.at(-1)?.line ?? 0 }
    const known = await knownRows(sql, job.jobId, lines)
    const shown = part.filter(({ line }) => known.get(line)?.result !== 'failed')
    const readable = shown.map((row) => readableRow(row, layout, store))
    const planner = await plannerOf(readable, job, store, sql)
    const plans = readable.map((row) => planner.plan(row))
    const other = new Set(plans.filter((plan) => differs(plan, known)).map(({ line }) => line))
    const same = plans.filter(isWish).filter(({ line }) => !other.has(line))
    const refused = await refusedOf(rehearsal, same, job, now())
    conflicts.push(...[...other, ...refused].sort((one, next) => one - next))
    if (conflicts.length > MOST_NAMED) break
    if (performance.now() > until) break
  }
  return { rows: conflicts.slice(0, MOST_NAMED), more: conflicts.length > MOST_NAMED }
}

/** Lines of the wishes that would not be granted any more. */
async function refusedOf(
  rehearsal: Rehearsal,
  wishes: readonly Wish[],
  job: Job,
  now: Instant,
): Promise<number[]> {
  const submissions = wishes.map((wish) => submissionOf(wish, job))
  const results = await rehearsal.rehearse(submissions, now)
  return wishes.filter((_, index) => results[index]?.kind === 'refused').map(({ line }) => line)
}

function differs(plan: Plan, known: ReadonlyMap<number, KnownRow>): boolean {
  if (!isWish(plan) && plan.result === 'failed') return true
  const before = known.get(plan.line)
  return !before || fieldsThatDiffer(plan, before).length > 0
}
