/**
 * Which process does which job: pg-boss, a queue in the same PostgreSQL (decision 10). A process
 * that works on a job says so every few seconds; where it falls silent another one goes on.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { PgBoss } from 'pg-boss'
import type { Instant } from '../credit/schedule.ts'
import type { Sql } from '../postgres/connect.ts'
import type { Job } from './job.ts'
import { listSilent } from './job-store.ts'

const SCHEMA = 'pgboss'
const QUEUE = 'bulk-files'

/** Jobs of one process at a time: one that takes long must not keep a short one waiting. */
export const AT_A_TIME = 2

const POLL_S = 1
/** What pg-boss keeps for itself. */
export const QUEUE_CONNECTIONS = 2
/** The shortest silence that pg-boss knows; another process goes on within twice that. */
const SILENCE_S = 10
const LOOK_S = 3
const LOOK_FOR_LOST_MS = 60_000
const START_AGAIN_MS = 2_000
const STOP_WITHIN_MS = 10_000
/** Its own limit on a claim: a job that lasts longer is claimed again and goes on where it was. */
const CLAIM_S = 86_000
/** A job ends by its own account: the queue gives up on none. */
const RETRIES = 1_000_000

const POLICY = {
  policy: 'exclusive',
  retryLimit: RETRIES,
  retryDelay: 1,
  expireInSeconds: CLAIM_S,
  heartbeatSeconds: SILENCE_S,
  deleteAfterSeconds: 3_600,
} as const

export interface QueueOptions {
  readonly url: string
  readonly sql: () => Sql
  readonly now: () => Instant
  /** Works on a job until it is over or the signal stops it; where it throws, it is tried again. */
  readonly work: (jobId: string, signal: AbortSignal) => Promise<void>
  readonly onError: (error: unknown) => void
}

/** Makes, or brings up to date, the tables of the queue. */
export async function prepareQueue(url: string): Promise<void> {
  const boss = new PgBoss({ ...optionsFor(url), supervise: false })
  boss.on('error', () => undefined)
  await boss.start()
  await boss.createQueue(QUEUE, POLICY)
  await boss.stop({ graceful: false })
}

export class Queue {
  readonly #options: QueueOptions
  readonly #boss: PgBoss
  readonly #stopping = new AbortController()
  readonly #workers: string[] = []
  #starting: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(options: QueueOptions) {
    this.#options = options
    this.#boss = new PgBoss({
      ...optionsFor(options.url),
      migrate: false,
      superviseIntervalSeconds: LOOK_S,
      monitorIntervalSeconds: LOOK_S,
    })
    // The database may be away: what was in hand goes on when it is back.
    this.#boss.on('error', (error) => options.onError(error))
  }

  /** Begins to work; where the database is away, as soon as it is back. */
  start(): void {
    this.#starting = this.#startSoon()
  }

  /** Puts a job in line. Where that fails it is found within a minute. */
  async enqueue(job: Job): Promise<void> {
    try {
      await this.#boss.send(QUEUE, { jobId: job.jobId }, { singletonKey: keyOf(job) })
      for (const worker of this.#workers) this.#boss.notifyWorker(worker)
    } catch (error) {
      this.#options.onError(error)
    }
  }

  /** Lets what is in hand come to a good place to stop, and goes. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#stopping.abort()
    await this.#starting
    await this.#boss.stop({ graceful: true, timeout: STOP_WITHIN_MS })
  }

  async #startSoon(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#boss.start()
        await this.#takeWork()
        await this.#findLost()
        this.#timer = setInterval(() => void this.#findLost(), LOOK_FOR_LOST_MS)
        this.#timer.unref()
        return
      } catch (error) {
        this.#options.onError(error)
        const { signal } = this.#stopping
        await sleep(START_AGAIN_MS, undefined, { signal, ref: false }).catch(() => undefined)
      }
    }
  }

  /** One of two would be woken only where both are one worker (decision 10). */
  async #takeWork(): Promise<void> {
    for (let taken = 0; taken < AT_A_TIME; taken += 1) this.#workers.push(await this.#work())
  }

  async #work(): Promise<string> {
    return await this.#boss.work<{ jobId: string }>(
      QUEUE,
      { pollingIntervalSeconds: POLL_S },
      async ([claimed]) => {
        if (!claimed) return
        const signal = AbortSignal.any([claimed.signal, this.#stopping.signal])
        await this.#options.work(claimed.data.jobId, signal)
        // Back into the queue: whoever comes next goes on.
        if (this.#stopping.signal.aborted) throw new Error('The server stops')
      },
    )
  }

  /** Jobs that were made and never put in line: their process died in between. */
  async #findLost(): Promise<void> {
    try {
      const { sql, now } = this.#options
      for (const job of await listSilent(sql(), now() - LOOK_FOR_LOST_MS)) await this.enqueue(job)
    } catch (error) {
      this.#options.onError(error)
    }
  }
}

function optionsFor(connectionString: string) {
  return {
    connectionString,
    schema: SCHEMA,
    max: QUEUE_CONNECTIONS,
    application_name: 'fiado jobs',
    schedule: false,
    registerInstance: false,
    reindex: false,
    monitorVacuum: false,
    openTelemetry: { enabled: false },
  } as const
}

/** One place in line for each time that a job is set going. */
function keyOf({ jobId, run }: Job): string {
  return `${jobId}/${run}`
}
