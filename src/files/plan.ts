/** What a row of an import asks for, before anything is decided. */
import { type Problem, problem, problemBody, problemOf } from '../api/problems.ts'
import type { Command } from '../credit/commands.ts'
import type { Refusal } from '../credit/refusals.ts'
import type { Submission } from '../ledger/job.ts'
import type { Store } from '../ledger/stores.ts'
import type { Change, Effect, Job, RowOutcome } from './job.ts'

/** A row that the writer has to decide, and what it changes where the writer agrees. */
export interface Wish {
  readonly line: number
  readonly accountId: string
  /** Given what the row found there: the writer refuses where that is no longer so. */
  readonly command: Command
  readonly changes: readonly Change[]
  readonly effect: Effect
  readonly amount: bigint
  readonly notes: readonly string[]
  /** True where it takes what another account has now: the rows before it go first. */
  readonly waits?: boolean
  /** How often the row was refused before. */
  readonly attempt?: number
}

/** A row that is settled already, or one for the writer. */
export type Plan = RowOutcome | Wish

export function isWish(plan: Plan): plan is Wish {
  return 'command' in plan
}

/** What is asked of the writer, in the name of who set the job going. */
export function submissionOf(
  { accountId, command }: Wish,
  { storeId, runBy: doneBy }: Pick<Job, 'storeId' | 'runBy'>,
): Submission {
  return { storeId, accountId, command, doneBy }
}

/** What the accounts and invoices that rows name are now, and what so each row asks for. */
export interface Planner<R> {
  /** What only one row of a file may name. */
  namesOf(row: R): readonly string[]
  plan(row: R): Plan
}

/** The outcome of a row that changes nothing. */
export function unchanged(line: number, notes: readonly string[]): RowOutcome {
  return { ...EMPTY, line, result: 'unchanged', notes }
}

/** The outcome of a wish that was granted, and would be in a dry run. */
export function granted({ line, changes, effect, amount, notes }: Wish): RowOutcome {
  return { ...EMPTY, line, result: 'changed', changes, effect, amount, notes }
}

/** The outcome of a row that failed, in the numbers and words of the API. */
export function failed(
  line: number,
  cause: Problem | Refusal,
  store: Store,
  notes: readonly string[] = [],
): RowOutcome {
  const { code, detail } = problemBody(cause instanceof Error ? cause : problemOf(cause), store)
  return {
    ...EMPTY,
    line,
    result: 'failed',
    code: code as number,
    error: detail as string,
    notes,
  }
}

/** The outcome of a row with cells that cannot be read: it names them all. */
export function unreadable(
  line: number,
  faults: readonly string[],
  store: Store,
  notes: readonly string[] = [],
): RowOutcome {
  return failed(line, problem('unreadable-row', { fault: faults.join('; ') }), store, notes)
}

const EMPTY = {
  code: null,
  error: null,
  changes: [],
  effect: null,
  amount: null,
  notes: [],
} as const
