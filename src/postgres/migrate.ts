/** Forward-only migrations: numbered SQL files, each applied once in a transaction of its own. */
import { readdir, readFile } from 'node:fs/promises'
import { connect } from './connect.ts'

/** Any two processes that migrate take turns on this advisory lock. */
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
  try {
    await sql`select pg_advisory_lock(${MIGRATION_LOCK})`
    await sql`create table if not exists schema_migration (
      version integer primary key,
      name text not null,
      applied_at timestamptz not null
    )`
    const rows = await sql<{ version: number }[]>`select version from schema_migration`
    const done = new Set(rows.map(({ version }) => version))
    const newest = Math.max(0, ...done)
    if (newest > versionOf(files.at(-1) ?? '')) {
      throw new MigrationError(
        `The database is at schema version ${newest}, which is newer than this Fiado: update Fiado.`,
      )
    }
    const pending = files.filter((name) => !done.has(versionOf(name)))
    for (const name of pending) {
      const text = await readFile(new URL(name, folder), 'utf8')
      await sql.begin(async (transaction) => {
        await transaction.unsafe(text).simple()
        await transaction`insert into schema_migration (version, name, applied_at)
          values (${versionOf(name)}, ${name}, ${new Date()})`
      })
    }
    return pending
  } finally {
    await sql.end({ timeout: 5 })
  }
}

function versionOf(name: string): number {
  return Number(NAME.exec(name)?.[1] ?? 0)
}
