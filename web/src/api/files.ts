/** Imports and exports: jobs of the server that go on whoever looks. */
import type { Language } from '../i18n/languages.ts'
import { request } from './client.ts'

export type FileKind = 'accounts' | 'invoices'

export type JobState =
  | 'queued'
  | 'running'
  | 'awaitingConfirmation'
  | 'completed'
  | 'failed'
  | 'cancelled'

export interface Job {
  readonly id: string
  readonly kind: FileKind
  readonly state: JobState
  readonly rows: {
    /** Null as long as that is not known. */
    readonly total: number | null
    readonly read: number
    readonly changed: number
    readonly unchanged: number
    readonly failed: number
  }
  readonly percent: number
  readonly rowsPerSecond: number
  readonly secondsLeft: number | null
  readonly createdBy: string
  readonly createdAt: string
  readonly finishedAt: string | null
  readonly fileName: string | null
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
  readonly error: string | null
}

export interface ImportJob extends Job {
  readonly dryRun: boolean
  readonly confirmed: boolean
  readonly totals: Readonly<Record<string, { readonly rows: number; readonly value: number }>>
}

export interface ExportJob extends Job {
  /** Opens the file for an hour; null where there is none. */
  readonly fileUrl: string | null
}

export const ROW_RESULTS = ['failed', 'changed', 'unchanged'] as const

export type RowResult = (typeof ROW_RESULTS)[number]

export interface ImportedRow {
  readonly line: number
  readonly result: RowResult
  readonly code: number | null
  readonly error: string | null
  readonly changes: readonly {
    readonly field: string
    readonly from: string | null
    readonly to: string | null
  }[]
  readonly notes: readonly string[]
}

export interface ListOf<T> {
  readonly data: readonly T[]
  readonly summary: { readonly count: number }
}

/** Positions, 1-based and inclusive. */
export interface Positions {
  readonly from: number
  readonly to: number
}

export interface NewImport {
  readonly file: File
  readonly kind: FileKind
  readonly locale: Language
  /** Tells one file from another where the request is sent again. */
  readonly mark: string
}

export interface NewExport {
  readonly kind: FileKind
  readonly filters: Readonly<Record<string, string>>
  readonly locale: Language
}

const IMPORTS = '/api/creditcontrol/imports'
const EXPORTS = '/api/creditcontrol/exports'

/** Everything that is kept under this key is about imports and exports. */
export const FILES_KEY = 'files'

export const listImports = (query: Positions, signal: AbortSignal) =>
  request<ListOf<ImportJob>>('GET', IMPORTS, { query: { ...query }, signal })

export const listExports = (query: Positions, signal: AbortSignal) =>
  request<ListOf<ExportJob>>('GET', EXPORTS, { query: { ...query }, signal })

export const readImport = (id: string, signal: AbortSignal) =>
  request<ImportJob>('GET', `${IMPORTS}/${encodeURIComponent(id)}`, { signal })

export const readImportRows = (
  id: string,
  query: Positions & { readonly result: RowResult | undefined },
  signal: AbortSignal,
) =>
  request<ListOf<ImportedRow>>('GET', `${IMPORTS}/${encodeURIComponent(id)}/rows`, {
    query: { ...query },
    signal,
  })

/** Sends a file to be looked at: nothing of it is written before it is confirmed. */
export function createImport({ file, kind, locale }: NewImport, key: string): Promise<ImportJob> {
  const form = new FormData()
  form.set('kind', kind)
  form.set('dryRun', 'true')
  form.set('locale', locale)
  form.set('file', file, file.name)
  return request('POST', IMPORTS, { form, key })
}

export type ImportAct = 'confirm' | 'cancel' | 'retry'

export const actOnImport = ({ id, act }: { id: string; act: ImportAct }, key: string) =>
  request<ImportJob>('POST', `${IMPORTS}/${encodeURIComponent(id)}/${act}`, { key })

export const createExport = (wanted: NewExport, key: string) =>
  request<ExportJob>('POST', EXPORTS, { body: wanted, key })

export const cancelExport = ({ id }: { id: string }, key: string) =>
  request<ExportJob>('POST', `${EXPORTS}/${encodeURIComponent(id)}/cancel`, { key })

export const importFileUrl = (id: string) => `${IMPORTS}/${encodeURIComponent(id)}/file`

export const errorsUrl = (id: string) => `${IMPORTS}/${encodeURIComponent(id)}/errors.csv`

/** True as long as the server works on it. */
export const isActive = ({ state }: Pick<Job, 'state'>) => state === 'queued' || state === 'running'
