/** export: accounts or invoices into a file, or onto standard output. */
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Config } from '../config.ts'
import type { Locale } from '../csv/columns.ts'
import type { Delimiter } from '../csv/dialect.ts'
import { countRows, exportLines } from '../files/export-lines.ts'
import { type ExportAsked, exportAsked } from '../files/export-request.ts'
import { type Kind, paceOf } from '../files/job.ts'
import type { Store } from '../ledger/stores.ts'
import type { Sql } from '../postgres/connect.ts'
import { CommandError, inLine } from './command-error.ts'
import { ProgressLine } from './progress-line.ts'
import { storeNamed, tell, withDatabase } from './with-database.ts'

export interface ExportOptions {
  readonly kind: Kind
  readonly out?: string
  readonly locale?: Locale
  readonly delimiter?: Delimiter
  readonly store?: string
  /** `name=value` of a filter of the search. */
  readonly filter?: readonly string[]
}

export async function exportCommand(config: Config, options: ExportOptions): Promise<undefined> {
  await withDatabase(config, async ({ sql, url }) => {
    const store = await storeNamed(sql, options.store ?? config.store)
    const asked = askedBy(options, store)
    if (options.out === undefined) {
      await pipeline(lines(sql, url, asked), process.stdout, { end: false })
      return
    }
    // Whoever finds the file finds all of it.
    const unfinished = `${options.out}.part`
    try {
      await pipeline(lines(sql, url, asked), createWriteStream(unfinished))
      await rename(unfinished, options.out)
    } catch (error) {
      await rm(unfinished, { force: true })
      throw inWords(error, options.out)
    }
    tell(`Written to ${options.out}`)
  })
}

function askedBy(options: ExportOptions, store: Store): ExportAsked {
  const { kind, locale = null, delimiter = null, filter = [] } = options
  const filters = Object.fromEntries(
    filter.map((pair) => [pair.split('=', 1)[0], pair.slice(pair.indexOf('=') + 1)]),
  )
  try {
    return exportAsked({ kind, filter: filters, locale, delimiter }, store)
  } catch (error) {
    throw inLine(error)
  }
}

async function* lines(sql: Sql, url: string, asked: ExportAsked): AsyncGenerator<string> {
  const progress = new ProgressLine()
  const began = performance.now()
  const total = await countRows(sql, asked, Date.now())
  let written = 0
  const state = () => {
    const percent = total === 0 ? 100 : Math.min(100, Math.floor((100 * written) / total))
    const left = written < total ? total - written : null
    return { percent, ...paceOf({ done: written, left, took_ms: performance.now() - began }) }
  }
  for await (const { text, rows } of exportLines(url, asked, Date.now())) {
    yield text
    written += rows
    progress.show(state())
  }
  progress.end(state())
}

function inWords(error: unknown, path: string): unknown {
  const { code } = error as { code?: string }
  const isOfFile = code === 'ENOENT' || code === 'EACCES' || code === 'ENOSPC' || code === 'EISDIR'
  return isOfFile ? new CommandError(`${path} cannot be written (${code})`) : error
}
