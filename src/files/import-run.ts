/**
 * One run of an import: reads the file part by part, plans its rows, hands them to the writer (or,
 * in a dry run, asks what the writer would say) and records what became of each.
 *
 * A run may be cut off anywhere. What is recorded is behind it; of the parts in hand the
 * Idempotency-Key of each row tells whether it was done, so that no row is done twice.
 */
import { problem } from '../api/problems.ts'
import type { Instant } from '../credit/schedule.ts'
import type { Layout, Row } from '../csv/read.ts'
import { readRows } from '../csv/read.ts'
import type { Submission, WriteResult } from '../ledger/job.ts'
import { knownAnswers } from '../ledger/read/answers.ts'
import { Rehearsal } from '../ledger/rehearsal.ts'
import type { Store } from '../ledger/stores.ts'
import type { Writer } from '../ledger/writer.ts'
import type { Sql } from '../postgres/connect.ts'
import { readFile } from './file-store.ts'
import { isReal, type Job, type RowOutcome } from './job.ts'
import { endRun, findJob, recordLayout } from './job-store.ts'
import {
  failed,
  granted,
  isWish,
  type Plan,
  type Planner,
  submissionOf,
  unchanged,
  unreadable,
  type Wish,
} from './plan.ts'
import { forgetNames, type KnownRow, knownRows, recordRows, takeNames } from './row-store.ts'
import { inParts, layoutOf, plannerOf, type ReadableRow, readableRow } from './rows.ts'
import { fieldsThatDiffer } from './same-changes.ts'
import { totalsOf } from './totals.ts'

export interface ImportContext {
  readonly sql: Sql
  readonly url: string
  readonly writer: Writer
  readonly now: () => Instant
  readonly maxRows: number
}

/**
 * Rows that wait for the writer at one time: two commits of some 64 for each lane, one under way and
 * the next. More gains little (writer.ts), and whoever comes meanwhile waits for the one under way.
 */
const UNDER_WAY = 256

/** Runs the import until it is over, cancelled or in another's hand, or `signal` stops it. */
export async function runImport(
  context: ImportContext,
  job: Job,
  store: Store,
  signal: AbortSignal,
): Promise<void> {
  const run = new ImportRun(context, job, store)
  try {
    await run.run(signal)
  } finally {
    run.close()
  }
}

class ImportRun {
  readonly #context: ImportContext
  readonly #job: Job
  readonly #store: Store
  readonly #rehearsal: Rehearsal

  constructor(context: ImportContext, job: Job, store: Store) {
    this.#context = context
    this.#job = job
    this.#store = store
    this.#rehearsal = new Rehearsal(context.url)
  }

  close(): void {
    this.#rehearsal.close()
  }

  async run(signal: AbortSignal): Promise<void> {
    const { sql, now, maxRows } = this.#context
    const layout = await layoutOf(() => this.#open(), this.#job, this.#store, maxRows)
    if ('unusable' in layout) return this.#end('failed', layout.unusable)
    if (!this.#job.layout) await recordLayout(sql, this.#job, layout, now())
    const goesOn = await this.#work(layout, signal)
    if (goesOn) return this.#end(isReal(this.#job) ? 'completed' : 'awaitingConfirmation')
    const current = await findJob(sql, this.#job.storeId, this.#job.jobId)
    const isOurs = current?.hand === this.#job.hand && current.cancelRequested
    if (isOurs && !signal.aborted) await this.#end('cancelled')
  }

  /**
   * Answers whether all rows were worked through. While one part is decided, the next one is planned
   * and what became of the one before it is recorded: the writer has rows all the time.
   */
  async #work(layout: Layout, signal: AbortSignal): Promise<boolean> {
    let decided: Promise<unknown> = Promise.resolve()
    let recorded: Promise<boolean> = Promise.resolve(true)
    try {
      for await (const rows of inParts(readRows(() => this.#open(), layout))) {
        const part = rows.filter(({ line }) => line > this.#job.lineDone)
        if (part.length === 0) continue
        const plans = await this.#plan(part, layout)
        await decided
        if (signal.aborted) return false
        const before = recorded
        const outcomes = this.#decide(plans)
        decided = outcomes
        recorded = this.#record(outcomes, part.at(-1)?.line ?? 0, before)
        recorded.catch(() => undefined)
        if (!(await before)) return false
      }
      return true
    } finally {
      // What was decided is recorded, also where the job was cancelled meanwhile.
      await recorded
    }
  }

  #open(): AsyncGenerator<Uint8Array> {
    return readFile(this.#context.sql, this.#job.fileId ?? '')
  }

  /** What each row asks for; rows that are done already are left out. */
  async #plan(part: readonly Row[], layout: Layout): Promise<Plan[]> {
    const { sql } = this.#context
    const { jobId, run } = this.#job
    const lines = { first: part[0]?.line ?? 0, last: part.at(-1)?.line ?? 0 }
    const known = run > 1 ? await knownRows(sql, jobId, lines) : new Map<number, KnownRow>()
    const read = part.map((row) => readableRow(row, layout, this.#store))
    const readable = read.filter(({ faults }) => faults.length === 0)
    const planner = await plannerOf(readable, this.#job, this.#store, sql)
    const namings = readable.flatMap((row) =>
      planner.namesOf(row).map((name) => ({ line: row.line, name })),
    )
    const firsts = await takeNames(sql, jobId, namings)
    const settled: RowOutcome[] = []
    const open: ReadableRow[] = []
    for (const row of read) {
      const before = known.get(row.line)
      if (before?.final && before.result !== 'failed') continue
      const outcome = this.#outcomeByItself(row, before) ?? this.#outcomeAmong(row, planner, firsts)
      if (outcome) settled.push(outcome)
      else open.push(row)
    }
    const answers = await this.#answers(open, known)
    const planned = open
      .filter(({ line }) => !answers.has(line))
      .map((row) => this.#agreed(planner.plan(row), known.get(row.line)))
    return [...settled, ...answers.values(), ...planned].map((plan) =>
      isWish(plan) ? { ...plan, attempt: known.get(plan.line)?.refusals ?? 0 } : plan,
    )
  }

  /** What can be said of a row that nobody else has to do with. */
  #outcomeByItself(
    { line, faults, notes }: ReadableRow,
    before: KnownRow | undefined,
  ): RowOutcome | undefined {
    // What the dry run showed as failing was confirmed as failing.
    if (before && !before.final && before.result === 'failed' && isReal(this.#job)) return before
    return faults.length > 0 ? unreadable(line, faults, this.#store, notes) : undefined
  }

  /** The second row that names something is refused. */
  #outcomeAmong(
    row: ReadableRow,
    planner: Planner<ReadableRow>,
    firsts: ReadonlyMap<string, number>,
  ): RowOutcome | undefined {
    const lines = planner.namesOf(row).map((name) => firsts.get(name) ?? row.line)
    const first = lines.find((line) => line !== row.line)
    if (first === undefined) return undefined
    return failed(row.line, problem('duplicate-row', { line: first }), this.#store, row.notes)
  }

  /** Rows that were done before the run was cut off, by line. */
  async #answers(
    rows: readonly ReadableRow[],
    known: ReadonlyMap<number, KnownRow>,
  ): Promise<Map<number, RowOutcome>> {
    if (!isReal(this.#job) || rows.length === 0) return new Map()
    const lines = new Map(
      rows.map(({ line }) => [keyOf(this.#job, line, known.get(line)?.refusals ?? 0), line]),
    )
    const answers = await knownAnswers(this.#context.sql, this.#job.storeId, [...lines.keys()])
    return new Map(
      [...answers].map(([key, body]) => [lines.get(key) ?? 0, outcomeIn(body)] as const),
    )
  }

  /** A confirmed row does what the dry run showed, or nothing. */
  #agreed(plan: Plan, before: KnownRow | undefined): Plan {
    if (!before || before.final || !isReal(this.#job)) return plan
    if (!isWish(plan) && plan.result === 'failed') return plan
    const fields = fieldsThatDiffer(plan, before)
    if (fields.length === 0) return plan
    const cause = problem('changed-meanwhile', { fields: fields.join(', ') })
    return failed(plan.line, cause, this.#store, plan.notes)
  }

  async #decide(plans: readonly Plan[]): Promise<RowOutcome[]> {
    const wishes = plans.filter(isWish)
    const settled = plans.filter((plan): plan is RowOutcome => !isWish(plan))
    const decided = isReal(this.#job) ? await this.#submit(wishes) : await this.#rehearse(wishes)
    return [...settled, ...decided]
  }

  /** Records a part after the one before it; answers whether the job goes on. */
  async #record(
    decided: Promise<readonly RowOutcome[]>,
    lastLine: number,
    before: Promise<boolean>,
  ): Promise<boolean> {
    const outcomes = await decided
    const wentOn = await before
    const { sql, now } = this.#context
    const { goesOn } = await recordRows(sql, this.#job, { outcomes, lastLine }, now())
    return wentOn && goesOn
  }

  async #submit(wishes: readonly Wish[]): Promise<RowOutcome[]> {
    const outcomes: RowOutcome[] = []
    const submitAll = async (some: Iterable<Wish>) => {
      for (const wish of some) outcomes.push(await this.#submitOne(wish))
    }
    // So many take from one line that nobody else has to wait for more than they are.
    const line = wishes.filter(({ waits }) => !waits).values()
    await Promise.all(Array.from({ length: UNDER_WAY }, () => submitAll(line)))
    await submitAll(wishes.filter(({ waits }) => waits))
    return outcomes
  }

  async #submitOne(wish: Wish): Promise<RowOutcome> {
    return this.#outcomeOf(wish, await this.#context.writer.submit(this.#keyed(wish)))
  }

  async #rehearse(wishes: readonly Wish[]): Promise<RowOutcome[]> {
    const submissions = wishes.map((wish) => submissionOf(wish, this.#job))
    const results = await this.#rehearsal.rehearse(submissions, this.#context.now())
    return wishes.map((wish, index) => this.#outcomeOf(wish, results[index] as WriteResult))
  }

  #keyed(wish: Wish): Submission {
    return {
      ...submissionOf(wish, this.#job),
      background: true,
      idempotency: {
        key: keyOf(this.#job, wish.line, wish.attempt ?? 0),
        fingerprint: this.#job.jobId,
        scope: wish.accountId,
        render: (outcome) => {
          const row = this.#outcomeOf(wish, outcome)
          return { status: row.result === 'failed' ? 409 : 200, body: bodyOf(row) }
        },
      },
    }
  }

  #outcomeOf(wish: Wish, result: WriteResult): RowOutcome {
    switch (result.kind) {
      case 'done':
        return result.events.length > 0 ? granted(wish) : unchanged(wish.line, wish.notes)
      case 'refused':
        return failed(wish.line, result.refusal, this.#store, wish.notes)
      case 'replayed':
        return outcomeIn(result.answer.body)
      case 'key-reused':
        throw new Error('The key of a row of an import was used by somebody else')
    }
  }

  async #end(state: 'completed' | 'awaitingConfirmation' | 'failed' | 'cancelled', error?: string) {
    const { sql, now } = this.#context
    const totals = await totalsOf(sql, this.#job, this.#store)
    const ended = await endRun(sql, this.#job, { state, totals, ...(error && { error }) }, now())
    if (ended) await forgetNames(sql, this.#job.jobId)
  }
}

/** The Idempotency-Key of an attempt at a row. */
function keyOf({ jobId }: Job, line: number, attempt: number): string {
  return `import/${jobId}/${line}/${attempt}`
}

function bodyOf(outcome: RowOutcome): string {
  return JSON.stringify({ ...outcome, amount: outcome.amount?.toString() ?? null })
}

function outcomeIn(body: string): RowOutcome {
  const outcome = JSON.parse(body)
  return { ...outcome, amount: outcome.amount === null ? null : BigInt(outcome.amount) }
}
