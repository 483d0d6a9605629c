/** The rows of an import that failed, as they came, each with its error: to be mended and sent again. */
import { readRows } from '../csv/read.ts'
import { BYTE_ORDER_MARK, errorLines, errorsHeader, type FailedRow } from '../csv/write.ts'
import type { Store } from '../ledger/stores.ts'
import type { Sql } from '../postgres/connect.ts'
import { readFile } from './file-store.ts'
import type { Job } from './job.ts'
import { failedRows } from './row-store.ts'
import { layoutOf } from './rows.ts'

/** Reads the file again beside the list of what failed; both are in the order of the lines. */
export async function* errorsFile(sql: Sql, job: Job, store: Store): AsyncGenerator<string> {
  const open = () => readFile(sql, job.fileId ?? '')
  const layout = await layoutOf(open, job, store)
  if ('unusable' in layout) return
  yield BYTE_ORDER_MARK + errorsHeader(layout)
  const failures = flat(failedRows(sql, job.jobId))
  let failure = await failures.next()
  for await (const rows of readRows(open, layout)) {
    const failed: FailedRow[] = []
    for (const { line, fields } of rows) {
      if (failure.done) break
      if (failure.value.line !== line) continue
      failed.push({ fields, error: failure.value.error ?? '' })
      failure = await failures.next()
    }
    if (failed.length > 0) yield errorLines(failed, layout)
    if (failure.done) return
  }
}

async function* flat<T>(groups: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const group of groups) yield* group
}
