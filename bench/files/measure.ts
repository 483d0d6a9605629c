/** Part 5: bulk files, beside what the same takes by SQL alone. */
import type { Lab } from '../lab.ts'
import { readIntoMemory, scaleDatabase } from '../scale/database.ts'
import type { Shape } from '../scale/shape.ts'
import { type Exports, measureExports } from './exports.ts'
import { type Imports, measureImports } from './imports.ts'

export interface Sizes {
  /** Invoices of the store, all of which are exported; a multiple of 80. */
  readonly invoices: number
  /** Invoices that an import marks as paid: some 10 % of the store are open. */
  readonly imported: number
}

export interface FilesTiming {
  readonly rounds: number
  readonly heat_ms: number
  /** How long authorizations are timed without an import. */
  readonly latency_ms: number
}

export interface FilesOptions extends FilesTiming {
  readonly lab: Lab
  readonly sizes: Sizes
  readonly log: (line: string) => void
  /** Flags of Node for the servers, such as `--cpu-prof`. */
  readonly nodeFlags?: readonly string[]
}

/** What both parts need. */
export interface FilesBench extends FilesOptions {
  /** Of the database of the server. */
  readonly url: string
  /** Of one that was the same before, for who does without Fiado. */
  readonly plainUrl: string
  readonly shape: Shape
}

export interface FilesFigures {
  readonly sizes: Sizes
  readonly rounds: number
  readonly exports: Exports
  readonly imports: Imports
}

/** What is promised is promised of these sizes. */
export const FULL = {
  sizes: { invoices: 1_000_000, imported: 100_000 },
  rounds: 3,
  heat_ms: 5_000,
  latency_ms: 10_000,
} as const

/** A look at the same that takes seconds; it promises nothing of larger files. */
export const QUICK = {
  sizes: { invoices: 40_000, imported: 2_000 },
  rounds: 1,
  heat_ms: 500,
  latency_ms: 500,
} as const

export async function measureFiles(options: FilesOptions): Promise<FilesFigures> {
  const { lab, sizes, rounds, log } = options
  const made = await scaleDatabase(lab.adminUrl, sizes.invoices, log)
  log('copying the store for each side')
  const url = await lab.copyDatabase(made.url)
  const plainUrl = await lab.copyDatabase(made.url)
  for (const side of [url, plainUrl]) await readIntoMemory(side)
  const bench: FilesBench = { ...options, url, plainUrl, shape: made.shape }
  const exports = await measureExports(bench)
  const imports = await measureImports(bench)
  return { sizes, rounds, exports, imports }
}
