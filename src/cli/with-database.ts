/** Runs a command on the database that the settings name. */
import type { Config } from '../config.ts'
import { explained, joinDatabase } from '../database.ts'
import { findStore, listStores, type Store } from '../ledger/stores.ts'
import { connect, type Sql } from '../postgres/connect.ts'
import { migrate } from '../postgres/migrate.ts'
import { MIGRATIONS } from '../setup.ts'
import { CommandError } from './command-error.ts'

export interface Opened {
  readonly sql: Sql
  readonly url: string
  readonly label: string
}

/** Opens the database, brings it to the newest schema, and closes it after the work. */
export async function withDatabase<T>(
  config: Config,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const database = await joinDatabase(config, tell)
  try {
    await migrate(database.url, MIGRATIONS)
    const sql = connect(database.url, { max: 2, applicationName: 'fiado command' })
    try {
      return await work({ sql, url: database.url, label: database.label })
    } finally {
      await sql.end({ timeout: 5 })
    }
  } catch (error) {
    throw explained(error, database.label)
  } finally {
    await database.close()
  }
}

/** A store by its name. Throws a line that lists those there are. */
export async function storeNamed(sql: Sql, name: string): Promise<Store> {
  const store = await findStore(sql, name)
  if (store) return store
  const names = (await listStores(sql)).map((known) => known.name).join(', ') || 'none yet'
  throw new CommandError(
    `There is no store ${name} (there is: ${names}). Create it with: npm run fiado -- stores create ${name}`,
  )
}

export function tell(line: string): void {
  process.stderr.write(`${line}\n`)
}

export function print(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/** Prints rows as aligned columns. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  )
  for (const row of [head, ...rows]) {
    print(
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
  }
}
