/** The schemas of imports and exports. */
import Type from 'typebox'
import { Amount, InstantOut, nullable } from '../../api/schemas.ts'
import { KINDS, LOCALES, MODES } from '../../csv/columns.ts'

export const RESULTS = ['changed', 'unchanged', 'failed'] as const

const STATES = ['queued', 'running', 'awaitingConfirmation', 'completed', 'failed', 'cancelled']

const count = (description: string) => Type.Integer({ description })

const Warning = Type.Object({ code: Type.String(), message: Type.String() })

const jobFields = {
  id: Type.String({ description: 'Id of the job.' }),
  kind: Type.String({ enum: [...KINDS] }),
  state: Type.String({
    enum: STATES,
    description: 'A dry run ends in awaitingConfirmation; failed rows do not make a job fail.',
  }),
  rows: Type.Object({
    total: nullable(count('Rows of the file, or that match; null while that is not known.')),
    read: count('Rows that were looked at.'),
    changed: count('Rows that changed something, or would.'),
    unchanged: count('Rows that say what is so already; of an export: rows written.'),
    failed: count('Rows that were refused or cannot be read.'),
  }),
  bytes: count('Size of the file.'),
  percent: count('0 to 100.'),
  rowsPerSecond: count('Of the present run, or of the last one.'),
  secondsLeft: nullable(count('An estimate; null where there is none.')),
  createdBy: Type.String({ description: 'The e-mail or the key that asked for it.' }),
  createdAt: InstantOut('When it was asked for.'),
  updatedAt: InstantOut('Last sign of life.'),
  finishedAt: nullable(InstantOut('When it was over.')),
  fileName: nullable(Type.String()),
  locale: nullable(Type.String()),
  warnings: Type.Array(Warning),
  error: nullable(Type.String({ description: 'Why it failed, and what to do.' })),
}

export const ImportOut = Type.Object({
  ...jobFields,
  mode: nullable(Type.String({ enum: [...MODES] })),
  dryRun: Type.Boolean(),
  confirmed: Type.Boolean({ description: 'A dry run that was confirmed.' }),
  totals: Type.Record(
    Type.String(),
    Type.Object({ rows: Type.Integer(), value: Amount('The money that these rows move.') }),
    {
      description:
        'By kind of change (opened, limitRaised, limitLowered, changed; paid, takenBack, cancelled, annotated): how many rows, and the money they move.',
    },
  ),
})

export const ExportOut = Type.Object({
  ...jobFields,
  filters: Type.Record(Type.String(), Type.Unknown()),
  delimiter: nullable(Type.String()),
  fileUrl: nullable(
    Type.String({
      description:
        'Opens the file for an hour, without credentials; null until it is completed, and once the file is forgotten.',
    }),
  ),
})

const listOf = <T extends typeof ImportOut | typeof ExportOut>(job: T) =>
  Type.Object({ data: Type.Array(job), summary: Type.Object({ count: Type.Integer() }) })

export const ImportListOut = listOf(ImportOut)
export const ExportListOut = listOf(ExportOut)

export const RowListOut = Type.Object({
  data: Type.Array(
    Type.Object({
      line: count('Line of the file, from 1, on which the row begins.'),
      result: Type.String({ enum: [...RESULTS] }),
      code: nullable(count('Number of the error, see /problems.')),
      error: nullable(Type.String()),
      changes: Type.Array(
        Type.Object({
          field: Type.String(),
          from: nullable(Type.String()),
          to: nullable(Type.String()),
        }),
      ),
      notes: Type.Array(Type.String(), { description: 'What was mended in reading the row.' }),
    }),
  ),
  summary: Type.Object({ count: Type.Integer() }),
})

export const JobPath = Type.Object({ id: Type.String({ description: 'Id of the job.' }) })

export const ImportForm = Type.Object({
  file: Type.Unsafe<string>({ type: 'string', format: 'binary', description: 'The CSV file.' }),
  kind: Type.String({ enum: [...KINDS] }),
  mode: Type.Optional(
    Type.String({
      enum: [...MODES],
      description: 'Of accounts: only open, only change, or both (upsert, also where absent).',
    }),
  ),
  dryRun: Type.Optional(
    Type.String({
      enum: ['true', 'false'],
      description: 'true: says what every row would do, writes nothing, and waits for confirm.',
    }),
  ),
  locale: Type.Optional(
    Type.String({
      enum: [...LOCALES],
      description: 'How an amount such as 1.234 is meant, where the file does not tell.',
    }),
  ),
})
