/** Bulk files as a capability of the server: its operations, its queue and its upkeep. */
import multipart from '@fastify/multipart'
import type { Api, ApiContext, Capability, CsvAnswers } from '../api/context.ts'
import type { Instant } from '../credit/schedule.ts'
import type { Store } from '../ledger/stores.ts'
import type { Writer } from '../ledger/writer.ts'
import type { Sql } from '../postgres/connect.ts'
import { ReadPool } from '../postgres/read-pool.ts'
import { type Conflicts, conflictsOf } from './confirm.ts'
import type { Job } from './job.ts'
import { Links } from './links.ts'
import { AT_A_TIME, QUEUE_CONNECTIONS, Queue } from './queue.ts'
import { csvAnswers, exportFileRoute, exportRoutes } from './routes/exports.ts'
import { importRoutes, uploadRoute } from './routes/imports.ts'
import { Uploads } from './routes/upload.ts'
import { work } from './runner.ts'
import { forgetOldFiles } from './upkeep.ts'

/** What a file may have at most. */
export interface FileLimits {
  readonly maxBytes: number
  readonly maxRows: number
  /** Most rows that a search answers as CSV at once. */
  readonly maxRowsAtOnce: number
}

/** More than this is a matter for a job. */
export const MAX_ROWS_AT_ONCE = 10_000

export interface FilesOptions {
  readonly url: string
  /** The pool of the API. */
  readonly sql: () => Sql
  readonly writer: Writer
  readonly now: () => Instant
  readonly limits: FileLimits
  readonly onError: (error: unknown) => void
}

const CONNECTIONS = 4

/** Most connections that files and their jobs keep, in a process. */
export const FILE_CONNECTIONS = CONNECTIONS + QUEUE_CONNECTIONS + AT_A_TIME

/** The slowest statement of a job is a search through all that there is. */
const STATEMENT_TIMEOUT_MS = 120_000

const FORGET_EVERY_MS = 3_600_000

export class Files implements Capability {
  readonly uploads: Uploads
  readonly links: Links
  readonly csv: CsvAnswers
  readonly #queue: Queue
  readonly #pool: ReadPool
  readonly #options: FilesOptions
  #timer: NodeJS.Timeout | undefined

  constructor(options: FilesOptions) {
    const { url, writer, now, limits, onError } = options
    this.#options = options
    this.uploads = new Uploads(limits.maxBytes)
    this.links = new Links(options.sql)
    this.csv = csvAnswers(options.sql, now, limits.maxRowsAtOnce)
    // Of its own: a job may read for long, and must not take the API's connections.
    this.#pool = new ReadPool(url, CONNECTIONS, STATEMENT_TIMEOUT_MS)
    const sql = () => this.#pool.sql
    const onConnectionError = () => this.#pool.renew()
    const context = { url, sql, onConnectionError, writer, now, maxRows: limits.maxRows, onError }
    this.#queue = new Queue({
      url,
      sql,
      now,
      work: (jobId, signal) => work(context, jobId, signal),
      onError,
    })
  }

  async closed(api: Api, context: ApiContext): Promise<void> {
    await api.register(async (forms) => {
      await forms.register(multipart, { throwFileSizeLimit: false })
      uploadRoute(forms, context, this)
    })
    importRoutes(api, context, this)
    exportRoutes(api, context, this)
  }

  open(api: Api, context: ApiContext): void {
    exportFileRoute(api, context, this)
  }

  /** Begins to work on jobs, as soon as the database lets it. */
  start(): void {
    this.#queue.start()
    const forget = () =>
      void forgetOldFiles(this.#pool.sql, this.#options.now()).catch(this.#options.onError)
    this.#timer = setInterval(forget, FORGET_EVERY_MS)
    this.#timer.unref()
    forget()
  }

  async enqueue(job: Job): Promise<void> {
    await this.#queue.enqueue(job)
  }

  /** The rows that would do something else by now than the dry run of the job showed. */
  async conflictsOf(job: Job, store: Store): Promise<Conflicts> {
    const { url, now } = this.#options
    return await conflictsOf({ sql: this.#pool.sql, url, now }, job, store)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#queue.stop()
    await this.#pool.close()
  }
}
