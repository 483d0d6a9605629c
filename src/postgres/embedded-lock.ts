/** Locks of files: who owns the server of a data directory, and who starts or stops it now. */
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { EmbeddedPostgresError } from './embedded-error.ts'

const STEP_MS = 25
const NOTICE_MS = 1000
const SQLITE_BUSY = 5

/** Gives the lock back. */
export type Release = () => void

/** Waits for the lock of the file, up to `timeout_ms`; undefined when the time is over. */
export async function takeLock(
  path: string,
  timeout_ms: number,
  log: (line: string) => void,
): Promise<Release | undefined> {
  const start = performance.now()
  let told = false
  for (;;) {
    const release = tryLock(path)
    if (release) return release
    const waited = performance.now() - start
    if (waited > timeout_ms) return undefined
    if (waited > NOTICE_MS && !told) {
      log('Waiting for another Fiado that is starting or stopping this database')
      told = true
    }
    await sleep(STEP_MS)
  }
}

/**
 * Takes the lock of the file, undefined where somebody has it. A killed process lets go at once.
 * Throws EmbeddedPostgresError where the file cannot be locked.
 *
 * Node has no file lock of its own, and a file that names a process goes stale when it is killed;
 * SQLite takes the kernel's lock, which a dead process loses at once, in a container too.
 */
export function tryLock(path: string): Release | undefined {
  let database: DatabaseSync | undefined
  try {
    // Ours alone: whoever can read the file can hold it.
    closeSync(openSync(path, 'a', 0o600))
    database = new DatabaseSync(path, { timeout: 0 })
    // Or it would leave a journal beside.
    database.exec('pragma journal_mode = memory; begin exclusive')
  } catch (error) {
    database?.close()
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined
    throw new EmbeddedPostgresError(
      `The lock file ${path} cannot be used (${(error as Error).message}): make it writable for this user, or choose another FIADO_DATA_DIR`,
    )
  }
  const held = database
  return () => void (held.isOpen && held.close())
}
