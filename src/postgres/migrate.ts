/** Forward-only migrations: numbered SQL files, each applied once in a transaction of its own. */
import { readdir, readFile } from 'node:fs/promises'
import { connect } from './connect.ts'

/**
 * Any two processes that migrate take turns on this advisory lock. It is held by a transaction:
 * behind a pooler a lock of the session would stay with a connection that is somebody else's next.
 */
const MIGRATION_LOCK = 7_233_617

const NAME = /^(\d{6})_[a-z0-9_]+\.sql$/

export class MigrationError extends Error {
  override name = 'MigrationError'
}

/**
 * Brings the database to the newest schema and answers the names of the files it applied.
 * Refuses a database that is newer than this program.
 */
export async function migrate(url: string, folder: URL): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => NAME.test(name)).sort()
  const sql = connect(url, { max: 1, applicationName: 'fiado migrate' })

  /** Applies the first file that is missing; undefined where none is. */
  const applyNext = () =>
    sql.begin(async (transaction) => {
      await transaction`select pg_advisory_xact_lock(${MIGRATION_LOCK})`
      await transaction`create table if not exists schema_migration (
        version integer primary key,
        name text not null,
        applied_at timestamptz not null
      )`
      const rows = await transaction<{ version: number }[]>`select version from schema_migration`
      const done = new Set(rows.map(({ version }) => version))
      refuseNewer(done, files)
      const name = files.find((file) => !done.has(versionOf(file)))
      if (name === undefined) return undefined
      await transaction.unsafe(await readFile(new URL(name, folder), 'utf8')).simple()
      await transaction`insert into schema_migration (version, name, applied_at)
        values (${versionOf(name)}, ${name}, ${new Date()})`
      return name
    })

  const applied: string[] = []
  try {
    for (;;) {
      const name = await applyNext()
      if (name === undefined) return applied
      applied.push(name)
    }
  } finally {
    await sql.end({ timeout: 5 })
  }
}

function refuseNewer(done: ReadonlySet<number>, files: readonly string[]): void {
  const newest = Math.max(0, ...done)
  if (newest <= versionOf(files.at(-1) ?? '')) return
  throw new MigrationError(
    `The database is at schema version ${newest}, which is newer than this Fiado: update Fiado.`,
  )
}

function versionOf(name: string): number {
  return Number(NAME.exec(name)?.[1] ?? 0)
}
