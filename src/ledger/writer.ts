/**
 * The one way to change an account.
 *
 * Commands queue in the lane of their account; a lane takes all that wait, decides them in memory
 * under the locks of their accounts, and makes them durable in one commit (group commit). An
 * account is always in the same lane of a process, so it never waits for itself; other processes
 * are kept out by the row lock.
 */
import type { Instant } from '../credit/schedule.ts'
import { errorCode, isConnectionError, isOverloadError, type Sql } from '../postgres/connect.ts'
import { decideAll } from './batch.ts'
import { flush, flushRemembered, KEY_KNOWN } from './flush.ts'
import type { Submission, WriteResult } from './job.ts'
import { LaneSession } from './lane-session.ts'
import { loadCurrent } from './load-current.ts'
import { Memory } from './memory.ts'
import { NOT_AS_READ } from './table.ts'
import { accountKey } from './working-set.ts'

export interface WriterOptions {
  readonly url: string
  /** The clock: every decision takes its time from here. */
  readonly now: () => Instant
  /** Lanes, each with a connection of its own. */
  readonly lanes?: number
  /** Most commands of one commit. */
  readonly batch?: number
  /**
   * False: a commit concerns one account, and every lock and change names it, as Citus wants it
   * (docs/scale.md). True, as on one PostgreSQL: a commit takes all that waits in its lane.
   */
  readonly acrossAccounts?: boolean
  /** Most commands that may wait; one more is refused with {@link WriterOverloaded}. */
  readonly queue?: number
  /** Longest wait in the queue before a command is refused with {@link WriterUnavailable}. */
  readonly wait_ms?: number
  /**
   * How long a lane trusts nothing that it remembers (memory.ts) after another process wrote the same
   * account.
   */
  readonly pause_ms?: number
  /** Told of each commit: how many commands it held and how long it took. */
  readonly onCommit?: (commands: number, took_ms: number) => void
}

/** Lanes of a writer that is not told how many. */
export const LANES = 2

/** Measured: beyond 64–256 commands a commit gains nothing. */
const DEFAULTS = {
  lanes: LANES,
  batch: 256,
  queue: 10_000,
  wait_ms: 5_000,
  pause_ms: 10_000,
  acrossAccounts: true,
}

const MAX_ATTEMPTS = 4

/**
 * Every command has an end within this time, its wait and all attempts together, also where the
 * network swallows all that is sent to the database.
 */
const PATIENCE_MS = 8_000

/** Longest wait for a failed transaction to be rolled back before its connection is given up. */
const ROLLBACK_PATIENCE_MS = 1_000

/** Too many commands wait already; nothing was done. */
export class WriterOverloaded extends Error {
  override name = 'WriterOverloaded'
}

/** The database cannot take the command now; nothing was done. */
export class WriterUnavailable extends Error {
  override name = 'WriterUnavailable'
}

/** The database went away during the commit: the command may have been done or not. */
export class OutcomeUnknown extends Error {
  override name = 'OutcomeUnknown'
}

interface Job {
  readonly submission: Submission
  readonly queuedAt: number
  readonly resolve: (result: WriteResult) => void
  readonly reject: (error: unknown) => void
  /** True once a commit with it was cut off: nobody may be told that nothing was done. */
  mayBeDone: boolean
}

export class Writer {
  readonly #lanes: Lane[]
  readonly #queue: number
  #waiting = 0
  #closed = false

  constructor(options: WriterOptions) {
    const settings = { ...DEFAULTS, ...options }
    this.#queue = settings.queue
    this.#lanes = Array.from({ length: settings.lanes }, (_, index) => new Lane(index, settings))
  }

  /** Commands that wait or are under way. */
  get waiting(): number {
    return this.#waiting
  }

  /**
   * Decides and, where it is accepted, makes durable one command.
   * Throws {@link WriterOverloaded}, {@link WriterUnavailable} or {@link OutcomeUnknown}.
   */
  async submit(submission: Submission): Promise<WriteResult> {
    if (this.#closed) throw new WriterUnavailable('The server is stopping')
    if (this.#waiting >= this.#queue) throw new WriterOverloaded('Too many requests are waiting')
    this.#waiting += 1
    try {
      return await this.#laneOf(submission).run(submission)
    } finally {
      this.#waiting -= 1
    }
  }

  /** Finishes what waits and lets the connections go. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#lanes.map((lane) => lane.close()))
  }

  #laneOf(submission: Submission): Lane {
    const lane = this.#lanes[hash(accountKey(submission)) % this.#lanes.length]
    if (!lane) throw new Error('A writer needs at least one lane')
    return lane
  }
}

/** FNV-1a: spreads account ids over the lanes, always in the same way. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  }
  return value >>> 0
}

type LaneOptions = WriterOptions & typeof DEFAULTS

interface Batch {
  readonly jobs: readonly Job[]
  /** Counts from 1. */
  readonly attempt: number
  /** Of `performance.now()`: whatever has no end by then is refused. */
  readonly deadline: number
}

/** Where an attempt failed decides what may be said and done about it. */
class AttemptFailed extends Error {
  readonly isCommitting: boolean
  override readonly cause: unknown

  constructor(isCommitting: boolean, cause: unknown) {
    super('The batch failed')
    this.isCommitting = isCommitting
    this.cause = cause
  }
}

class Lane {
  readonly #options: LaneOptions
  readonly #session: LaneSession
  readonly #memory: Memory
  readonly #jobs: Job[] = []
  readonly #background: Job[] = []
  #wasBackground = true
  #running: Promise<void> | undefined
  /** Settles when the last batch that was followed by another has its answers. */
  #answered: Promise<void> | undefined

  constructor(index: number, options: LaneOptions) {
    this.#options = options
    this.#session = new LaneSession(options.url, `fiado writer ${index}`)
    this.#memory = new Memory(options.pause_ms)
  }

  run(submission: Submission): Promise<WriteResult> {
    return new Promise((resolve, reject) => {
      const queue = submission.background ? this.#background : this.#jobs
      queue.push({
        submission,
        queuedAt: performance.now(),
        resolve,
        reject,
        mayBeDone: false,
      })
      this.#running ??= this.#drain()
    })
  }

  async close(): Promise<void> {
    await this.#running
    await this.#answered
    this.#session.discard()
  }

  async #drain(): Promise<void> {
    // Requests that arrived in the same turn of the event loop go into the same commit.
    await new Promise(setImmediate)
    try {
      while (this.#areWaiting) {
        const jobs = this.#withoutStale(this.#takeBatch())
        const deadline = (jobs[0]?.queuedAt ?? 0) + PATIENCE_MS
        await this.#commit({ jobs, attempt: 1, deadline })
      }
    } finally {
      this.#running = undefined
    }
  }

  get #areWaiting(): boolean {
    return this.#jobs.length + this.#background.length > 0
  }

  /** What people wait for takes turns with what runs in the background, where both wait. */
  #takeBatch(): Job[] {
    const isTheirTurn = this.#background.length > 0 && !this.#wasBackground
    this.#wasBackground = isTheirTurn || this.#jobs.length === 0
    return this.#takeFrom(this.#wasBackground ? this.#background : this.#jobs)
  }

  /** Takes the next commit's jobs off a queue: all that wait, or those of the first one's account. */
  #takeFrom(queue: Job[]): Job[] {
    const { batch, acrossAccounts } = this.#options
    const [first] = queue
    if (acrossAccounts || !first) return queue.splice(0, batch)
    const key = accountKey(first.submission)
    const [own, others] = partition(queue, ({ submission }) => accountKey(submission) === key)
    queue.splice(0, queue.length, ...own.slice(batch), ...others)
    return own.slice(0, batch)
  }

  #withoutStale(batch: Job[]): Job[] {
    const oldest = performance.now() - this.#options.wait_ms
    return batch.filter((job) => {
      if (job.queuedAt >= oldest) return true
      job.reject(new WriterUnavailable('The request waited too long for the database'))
      return false
    })
  }

  /** Commits the jobs, together or one by one: in the end every one of them has its answer. */
  async #commit(batch: Batch): Promise<void> {
    const { jobs, deadline } = batch
    if (jobs.length === 0) return
    const started = performance.now()
    if (started > deadline) return rejectAll(jobs, unavailable(undefined))
    const results = await this.#attempt(batch).catch(asFailure)
    if (results instanceof AttemptFailed) return this.#recover(batch, results)
    this.#answer(jobs, results)
    this.#tell(jobs.length, performance.now() - started)
  }

  /** Where more wait, they are sent first: PostgreSQL has work while these answers are made. */
  #answer(jobs: readonly Job[], results: readonly WriteResult[]): void {
    if (!this.#areWaiting) answerAll(jobs, results)
    else this.#answered = untilNextIsSent().then(() => answerAll(jobs, results))
  }

  /** Whoever listens must not stop the lane. */
  #tell(commands: number, took_ms: number): void {
    try {
      this.#options.onCommit?.(commands, took_ms)
    } catch {
      // A figure less.
    }
  }

  async #recover(batch: Batch, failure: AttemptFailed): Promise<void> {
    const { jobs } = batch
    const { cause, isCommitting } = failure
    if (isConnectionError(cause) && isCommitting) {
      for (const job of jobs) job.mayBeDone = true
      const [keyed, bare] = partition(jobs, ({ submission }) => submission.idempotency)
      rejectAll(bare, cause)
      return this.#again({ ...batch, jobs: keyed }, cause)
    }
    if (isConnectionError(cause) || isConflict(cause) || isStalePlan(cause))
      return this.#again(batch, cause)
    if (isOverloadError(cause)) return rejectAll(jobs, unavailable(cause))
    if (jobs.length === 1) return rejectAll(jobs, cause)
    // One command that the database chokes on must not take the others with it.
    for (const job of jobs) await this.#commit({ ...batch, jobs: [job] })
  }

  async #again(batch: Batch, cause: unknown): Promise<void> {
    const { jobs, attempt } = batch
    if (attempt < MAX_ATTEMPTS) return this.#commit({ ...batch, attempt: attempt + 1 })
    if (isConflict(cause) && jobs.length > 1) {
      for (const job of jobs) await this.#commit({ ...batch, jobs: [job], attempt: 1 })
      return
    }
    rejectAll(jobs, unavailable(cause))
  }

  async #attempt({ jobs, attempt, deadline }: Batch): Promise<WriteResult[]> {
    const submissions = jobs.map(({ submission }) => submission)
    const sql = await this.#session.open(deadline)
    const progress = { isCommitting: false }
    try {
      const work = this.#decideAndCommit(sql, submissions, attempt === 1, progress)
      return await this.#session.whileOpen(work, deadline)
    } catch (error) {
      if (isStalePlan(error)) this.#session.discard()
      if (errorCode(error) === NOT_AS_READ) this.#memory.pause()
      await this.#abandon(sql)
      throw new AttemptFailed(progress.isCommitting, error)
    }
  }

  async #decideAndCommit(
    sql: Sql,
    batch: readonly Submission[],
    isFirst: boolean,
    progress: { isCommitting: boolean },
  ): Promise<WriteResult[]> {
    const { acrossAccounts } = this.#options
    const clock = this.#options.now()
    // What failed once is decided on what is asked for, under locks.
    const remembered = acrossAccounts && isFirst && this.#memory.recall(sql, batch, clock)
    const only = acrossAccounts ? undefined : batch[0]
    const assertOpen = () => this.#session.assertOpen(sql)
    const loaded = remembered || (await loadCurrent(sql, batch, clock, assertOpen, { only }))
    const results = decideAll(loaded, batch, clock)
    assertOpen()
    progress.isCommitting = true
    if (remembered) await flushRemembered(sql, remembered, batch)
    else await flush(sql, loaded.set, only)
    this.#memory.keep(sql, loaded)
    return results
  }

  /** Leaves the connection outside of any transaction, or leaves the connection. */
  async #abandon(sql: Sql): Promise<void> {
    if (!this.#session.isOpen(sql)) return
    const deadline = performance.now() + ROLLBACK_PATIENCE_MS
    await this.#session
      .whileOpen(Promise.resolve(sql.unsafe('rollback')), deadline)
      .catch(() => this.#session.discard())
  }
}

function answerAll(jobs: readonly Job[], results: readonly WriteResult[]): void {
  for (const [index, job] of jobs.entries()) job.resolve(results[index] as WriteResult)
}

/** The queries of a batch go out in the turn of the event loop after the one that makes them. */
async function untilNextIsSent(): Promise<void> {
  await new Promise(setImmediate)
  await new Promise(setImmediate)
}

/** What fails before the attempt knows its connection has sent nothing yet. */
function asFailure(error: unknown): AttemptFailed {
  return error instanceof AttemptFailed ? error : new AttemptFailed(false, error)
}

function isConflict(error: unknown): boolean {
  return ['23505', '40001', '40P01', NOT_AS_READ, KEY_KNOWN].includes(errorCode(error))
}

/** The schema changed under a prepared statement: on a new connection it is prepared anew. */
function isStalePlan(error: unknown): boolean {
  return errorCode(error) === '0A000'
}

function unavailable(cause: unknown): WriterUnavailable {
  return new WriterUnavailable('The database cannot take the request now', { cause })
}

function rejectAll(jobs: readonly Job[], error: unknown): void {
  const unknown = new OutcomeUnknown('The database went away during the commit', { cause: error })
  for (const job of jobs) job.reject(job.mayBeDone ? unknown : error)
}

function partition<T>(items: readonly T[], test: (item: T) => unknown): [T[], T[]] {
  return [items.filter((item) => test(item)), items.filter((item) => !test(item))]
}
