/** What stands behind a DATABASE_URL: PostgreSQL itself, or a pooler before it. */
import { connect } from './connect.ts'

export interface Met {
  /** The URL to use from here on. */
  readonly url: string
  /** PostgreSQL's version: 150004 is 15.4. */
  readonly version: number
  /** The connections that PostgreSQL gives us; undefined where a pooler shares them out. */
  readonly room: number | undefined
}

/**
 * A pooler that gives each transaction another connection (PgBouncer in transaction mode) loses
 * the statements that the driver prepared by name, unless it keeps account of them (PgBouncer 1.21
 * and later with `max_prepared_statements`). It cannot be asked, but it shows: behind a pooler the
 * process id that the handshake told is not that of the session, and one that keeps account gives
 * statements names of its own. Where it does not, the URL gets `prepare=false`: every statement is
 * then unnamed, and takes two flights in the place of one. A URL that says `prepare` is left alone.
 */
export async function meet(url: string): Promise<Met> {
  const sql = connect(url, { max: 1, applicationName: 'fiado hello' })
  try {
    const rows = await sql<{ pid: number; version: number; room: number; names: string[] }[]>`
      select pg_backend_pid() as pid,
        current_setting('server_version_num')::integer as version,
        current_setting('max_connections')::integer
          - current_setting('superuser_reserved_connections')::integer as room,
        (select json_agg(name) from pg_prepared_statements) as names`
    const [row] = rows
    if (!row) throw new Error('The database answered nothing')
    const { pid, version, room, names } = row
    if (rows.state.pid === pid) return { url, version, room }
    const isForgetful = names?.includes(rows.statement.name) ?? false
    return { url: isForgetful ? withoutNames(url) : url, version, room: undefined }
  } finally {
    await sql.end({ timeout: 1 })
  }
}

function withoutNames(text: string): string {
  const url = new URL(text)
  if (!url.searchParams.has('prepare')) url.searchParams.set('prepare', 'false')
  return url.href
}
