/** Makes the job of a file that has been stored, whoever sent it. */
import type { Instant } from '../credit/schedule.ts'
import type { Locale } from '../csv/columns.ts'
import type { Store } from '../ledger/stores.ts'
import type { Sql } from '../postgres/connect.ts'
import type { StoredFile } from './file-store.ts'
import { warningsOf } from './first-look.ts'
import type { Job, Kind, Mode } from './job.ts'
import { type Caller, createJob, type NewJob } from './job-store.ts'

export interface NewImport {
  readonly file: StoredFile
  readonly kind: Kind
  /** Null for invoices. */
  readonly mode: Mode | null
  readonly dryRun: boolean
  readonly locale: Locale | null
  readonly caller: Caller
  readonly idempotency?: NewJob['idempotency']
}

/**
 * Undefined where the Idempotency-Key has its job already. Throws the 400 of a file whose header
 * cannot be used.
 */
export async function newImport(
  sql: Sql,
  store: Store,
  { file, ...asked }: NewImport,
  now: Instant,
): Promise<Job | undefined> {
  const warnings = await warningsOf(sql, store, { file, ...asked })
  const { storeId } = store
  const { fileId, bytes } = file
  const job = { ...asked, storeId, direction: 'import', fileId, bytes, warnings } as const
  return await createJob(sql, { ...job, delimiter: null, filter: null }, now)
}
