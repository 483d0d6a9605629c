/** Three uploads at once: one is slow and moves, one stalls, one breaks off. */
import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDatabase, type TestDatabase } from '../../support/database.ts'
import { type Exchange, send } from '../../support/exchange.ts'
import { startProcess } from '../../support/process.ts'
import { beginUpload, type UploadEnd } from './upload.ts'
import { Watch } from './watch.ts'

/** Longer than any other request may take, and than nothing may move. */
const SLOW_MS = 42_000
const STEP_MS = 1_500
const PATIENCE_MS = 20_000
/** Several pieces. */
const SOME_BYTES = 1_500_000
const HEADER = 'Id;Status'

export interface StoredFiles {
  readonly files: number
  readonly pieces: number
  /** Pieces of no file. */
  readonly orphans: number
}

export interface SlowUploads {
  readonly slow: UploadEnd
  readonly stalled: UploadEnd
  /** The file of the slow one alone is to be there. */
  readonly stored: StoredFiles
  readonly brokenGoneAfter_ms: number
  /** What others were answered in the meantime. */
  readonly beside: readonly Exchange[]
  /** Another request on the connection of the slow one. */
  readonly next: Exchange
  /** The server was told to stop in the middle of another upload. */
  readonly stopped: { readonly code: number | null; readonly took_ms: number }
  readonly storedAfterStop: StoredFiles
}

/** On a server and a database of their own; nothing else is disturbed. */
export async function slowUploads(): Promise<SlowUploads> {
  const database = await createDatabase()
  const server = await startProcess({ databaseUrl: database.url })
  const { url } = server
  const reads = new Watch(() => send({ url, method: 'GET', path: '/accounts' }))
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const some = Buffer.alloc(SOME_BYTES, 'x;Paid\r\n')

  const slow = beginUpload(url, HEADER, agent)
  const stalled = beginUpload(url, HEADER)
  const broken = beginUpload(url, HEADER)
  await Promise.all([slow.write(some), stalled.write(some), broken.write(some)])
  await filesIn(database, 3)
  const brokenAt = performance.now()
  broken.request.destroy()
  await filesIn(database, 2)
  const brokenGoneAfter_ms = performance.now() - brokenAt

  const startedAt = performance.now()
  for (let line = 0; performance.now() - startedAt < SLOW_MS; line += 1) {
    await slow.write(`${line};Paid\r\n`)
    await sleep(STEP_MS)
  }
  slow.finish()
  const ends = { slow: await slow.end, stalled: await stalled.end }
  await reads.stop()
  const stored = await filesIn(database, 1)
  const next = await send({ url, method: 'GET', path: '/accounts', agent })
  agent.destroy()

  const last = beginUpload(url, HEADER)
  await last.write(some)
  await filesIn(database, 2)
  const stoppedAt = performance.now()
  const code = await server.stop()
  const stopped = { code, took_ms: performance.now() - stoppedAt }
  const storedAfterStop = await storedIn(database)
  last.request.destroy()
  await database.drop()
  const { attempts: beside } = reads
  return { ...ends, stored, brokenGoneAfter_ms, beside, next, stopped, storedAfterStop }
}

/** Waits until so many files are stored, with pieces, or are being stored; what there is then. */
async function filesIn(database: TestDatabase, count: number): Promise<StoredFiles> {
  const end = performance.now() + PATIENCE_MS
  for (;;) {
    const stored = await storedIn(database)
    const isSo = stored.files === count && stored.pieces >= count && stored.orphans === 0
    if (isSo || performance.now() > end) return stored
    await sleep(50)
  }
}

export async function storedIn({ sql }: Pick<TestDatabase, 'sql'>): Promise<StoredFiles> {
  const [row] = await sql<StoredFiles[]>`
    select (select count(*)::integer from stored_file) as files,
      (select count(*)::integer from stored_file_piece) as pieces,
      (select count(*)::integer from stored_file_piece p
        where not exists (select from stored_file f where f.file_id = p.file_id)) as orphans`
  return row as StoredFiles
}
