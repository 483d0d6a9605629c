/** The figures of bulk files as text, and as JSON. */
import { AUTHORIZATIONS_A_SECOND } from './answers.ts'
import { type FilesFigures, FULL } from './measure.ts'
import type { Compared } from './sides.ts'

/** What the issue of bulk files asked for. */
const GOALS = { import_vs_copy_update: 4, export_vs_copy: 2, export_memory_mb: 300 }

const number = (value: number): string => Math.round(value).toLocaleString('en')
const seconds = (value_ms: number): string => `${(value_ms / 1000).toFixed(2)} s`
const fixed = (value: number): number => Number(value.toFixed(2))

/** Head and rows of the table, and the lines that follow it. */
export function filesReport({ sizes, rounds, exports, imports }: FilesFigures): {
  readonly head: string[]
  readonly rows: string[][]
  readonly notes: string[]
} {
  const { invoices, imported } = sizes
  const isFull = invoices === FULL.sizes.invoices && imported === FULL.sizes.imported
  const { without, during } = imports.p99_ms
  return {
    head: ['FILES', 'FIADO', 'BY SQL', 'RATIO', 'GOAL', 'SERVER', 'POSTGRESQL', 'BY SQL'],
    rows: [
      rowOf(`import: ${number(imported)} marked as paid`, imports, GOALS.import_vs_copy_update),
      rowOf(`export: ${number(invoices)} invoices`, exports, GOALS.export_vs_copy),
    ],
    notes: [
      'By SQL: COPY of the same file and one UPDATE; COPY TO STDOUT. Medians of ' +
        `${rounds === 1 ? 'one round' : `${rounds} rounds`}; processor time in µs a row.`,
      ...(isFull ? [] : ['Small files: how long it takes until a job begins counts for much.']),
      `Authorizations at ${AUTHORIZATIONS_A_SECOND} a second: p99 ${without.toFixed(1)} ms without an import, ${during.toFixed(1)} ms during one`,
      `Peak memory of a server that exports: ${number(exports.memory_mb)} MB (goal: under ${GOALS.export_memory_mb}); when the files were sent besides: ${number(exports.sentMemory_mb)} MB`,
    ],
  }
}

/** The part of `--json`. */
export function filesSummary({ exports, imports }: FilesFigures) {
  const { without, during } = imports.p99_ms
  return {
    import_vs_copy_update: fixed(imports.ratio),
    authorize_p99_ms: { without: fixed(without), during: fixed(during) },
    export_vs_copy: fixed(exports.ratio),
    export_memory_mb: Math.round(exports.memory_mb),
    export_sent_memory_mb: Math.round(exports.sentMemory_mb),
  }
}

function rowOf(name: string, { fiado, plain, ratio }: Compared, goal: number): string[] {
  return [
    name,
    seconds(fiado.took_ms),
    seconds(plain.took_ms),
    `${ratio.toFixed(2)} ×`,
    `${goal} ×`,
    fiado.serverCpu_us.toFixed(1),
    fiado.databaseCpu_us.toFixed(1),
    plain.databaseCpu_us.toFixed(1),
  ]
}
