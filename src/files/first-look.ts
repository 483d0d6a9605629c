/** What can be said of a file the moment it has arrived: whether its header can be used at all. */
import { problem } from '../api/problems.ts'
import type { Locale } from '../csv/columns.ts'
import { scan } from '../csv/read.ts'
import type { Store } from '../ledger/stores.ts'
import type { Sql } from '../postgres/connect.ts'
import { readFile } from './file-store.ts'
import type { Kind, Mode, Warning } from './job.ts'
import { scanOptions } from './rows.ts'

export interface Arrived {
  readonly file: { readonly fileId: string; readonly sha256: string }
  readonly kind: Kind
  readonly mode: Mode | null
  readonly locale: Locale | null
}

const LF = 10

/** Throws the 400 of a file that cannot be used; warns of one that was imported before. */
export async function warningsOf(sql: Sql, store: Store, arrived: Arrived): Promise<Warning[]> {
  const { file } = arrived
  const head = () => wholeLines(readFile(sql, file.fileId))
  const scanned = await scan(head, scanOptions(arrived, store))
  if ('unusable' in scanned) throw problem('unusable-file', { fault: scanned.unusable })
  const before = await findSameFile(sql, store.storeId, file.sha256)
  return before ? [sameFile(before)] : []
}

/** The lines that are whole in the first piece; all of it where there is no other. */
async function* wholeLines(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const first = await pieces.next()
  if (first.done) return
  const hasMore = !(await pieces.next()).done
  await pieces.return(undefined)
  const end = first.value.lastIndexOf(LF) + 1
  yield hasMore && end > 0 ? first.value.subarray(0, end) : first.value
}

interface Earlier {
  readonly created_at: Date
  readonly created_by: string
}

/** An import of the same content that has written already. */
async function findSameFile(
  sql: Sql,
  storeId: number,
  sha256: string,
): Promise<Earlier | undefined> {
  const [earlier] = await sql<Earlier[]>`
    select j.created_at, j.created_by from bulk_job j join stored_file f using (file_id)
    where j.store_id = ${storeId} and j.direction = 'import' and f.sha256 = ${sha256}
      and (j.confirmed or not j.dry_run) and j.rows_changed > 0
    order by j.created_at desc limit 1`
  return earlier
}

function sameFile({ created_at, created_by }: Earlier): Warning {
  const at = created_at.toISOString()
  return {
    code: 'same-file',
    message: `A file with the same content was imported before, at ${at} by ${created_by}.`,
  }
}
