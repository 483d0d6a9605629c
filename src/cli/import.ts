/** import: a file into a store, by the same kind of job that the API makes, worked on here. */
import { createReadStream } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Config } from '../config.ts'
import type { Locale } from '../csv/columns.ts'
import { errorsFile } from '../files/errors-file.ts'
import { storeFile } from '../files/file-store.ts'
import { type Job, type Kind, type Mode, progressOf } from '../files/job.ts'
import { findJob } from '../files/job-store.ts'
import { newImport } from '../files/new-import.ts'
import { listRows } from '../files/row-store.ts'
import { work } from '../files/runner.ts'
import type { Store } from '../ledger/stores.ts'
import { Writer } from '../ledger/writer.ts'
import type { Sql } from '../postgres/connect.ts'
import { CommandError, inLine } from './command-error.ts'
import { ProgressLine } from './progress-line.ts'
import { print, storeNamed, tell, withDatabase } from './with-database.ts'

export interface ImportOptions {
  readonly kind: Kind
  readonly mode?: Mode
  readonly dryRun?: true
  readonly locale?: Locale
  readonly store?: string
  /** Where the rows that failed are written. */
  readonly errors?: string
}

/** Who the ledger says did it. */
const CALLER = { doneBy: 'fiado import', mayPay: true }

const LOOK_EVERY_MS = 250
const SHOWN_ROWS = 20

/** Exit code 1 where rows failed, or the file as a whole. */
export async function importCommand(
  config: Config,
  path: string,
  options: ImportOptions,
): Promise<number> {
  return await withDatabase(config, async ({ sql, url }) => {
    const store = await storeNamed(sql, options.store ?? config.store)
    const job = await send(sql, store, config, path, options)
    for (const { message } of job.warnings) tell(message)
    const done = await workOn(sql, url, job, config)
    await report(sql, store, done, options.errors)
    return done.state === 'failed' || done.rows.failed > 0 ? 1 : 0
  })
}

async function send(
  sql: Sql,
  store: Store,
  { maxFileBytes: maxBytes }: Config,
  path: string,
  options: ImportOptions,
): Promise<Job> {
  const { kind, locale = null } = options
  const dryRun = options.dryRun === true
  const mode = kind === 'accounts' ? (options.mode ?? 'upsert') : null
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) throw new CommandError(`There is no file ${path}`)
  if (found.size > maxBytes) {
    throw new CommandError(`${path} is larger than FIADO_MAX_FILE_MB allows: split it`)
  }
  const name = basename(path)
  const { storeId } = store
  const file = await storeFile(sql, { storeId, name, maxBytes }, createReadStream(path), Date.now())
  const asked = { file, kind, mode, dryRun, locale }
  const wanted = { ...asked, caller: CALLER }
  const job = await newImport(sql, store, wanted, Date.now()).catch((error: unknown) => {
    throw inLine(error)
  })
  if (!job) throw new Error('A job without a key cannot be known already')
  return job
}

/** Works on the job and shows how far it is; the job as it is in the end. */
async function workOn(sql: Sql, url: string, job: Job, { maxFileRows }: Config): Promise<Job> {
  const writer = new Writer({ url, now: Date.now })
  const line = new ProgressLine()
  const current = async () => (await findJob(sql, job.storeId, job.jobId)) ?? job
  const look = setInterval(async () => {
    const now = await current().catch(() => job)
    line.show(progressOf(now, Date.now()))
  }, LOOK_EVERY_MS)
  try {
    const onError = (error: unknown) => tell(`An attempt failed: ${(error as Error).name}`)
    const context = {
      url,
      sql: () => sql,
      onConnectionError: () => undefined,
      writer,
      now: Date.now,
      maxRows: maxFileRows,
      onError,
    }
    await work(context, job.jobId, new AbortController().signal)
  } finally {
    clearInterval(look)
    await writer.close()
  }
  const done = await current()
  line.end(progressOf(done, Date.now()))
  return done
}

async function report(
  sql: Sql,
  store: Store,
  job: Job,
  errorsPath: string | undefined,
): Promise<void> {
  const { rows, state, dryRun, totals, error } = job
  if (error) print(error)
  const would = dryRun ? ' would be' : ''
  print(
    `${rows.read} rows: ${rows.changed}${would} changed, ${rows.unchanged} unchanged, ${rows.failed} failed`,
  )
  for (const [effect, total] of Object.entries(totals ?? {})) {
    const { rows: count, value } = total as { rows: number; value: number }
    print(`  ${effect}: ${count} rows, ${store.currency} ${value}`)
  }
  await showRows(sql, job, dryRun ? 'changed' : undefined)
  if (rows.failed > 0 && errorsPath) {
    await writeFile(errorsPath, errorsFile(sql, job, store))
    print(`The rows that failed, each with its error, are in ${errorsPath}`)
  }
  print(`The job is ${job.jobId}, ${state}`)
}

async function showRows(sql: Sql, { jobId }: Job, also: 'changed' | undefined): Promise<void> {
  for (const result of also ? (['failed', also] as const) : (['failed'] as const)) {
    const { rows, count } = await listRows(sql, jobId, result, { from: 1, to: SHOWN_ROWS })
    for (const { line, error, changes } of rows) {
      const told = changes.map(([field, from, to]) => `${field}: ${from ?? '–'} → ${to ?? '–'}`)
      print(`  line ${line}: ${error ?? told.join(', ')}`)
    }
    if (count > rows.length) print(`  … and ${count - rows.length} more ${result}`)
  }
}
