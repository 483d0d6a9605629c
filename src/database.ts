/** The database that the settings name: an outside PostgreSQL, or the embedded one. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from './config.ts'
import { connect, errorCode, isAccessError, isConnectionError } from './postgres/connect.ts'
import { type EmbeddedDatabase, joinEmbedded, startEmbedded } from './postgres/embedded.ts'
import { GUEST_NAME } from './postgres/embedded-connection.ts'
import { meet } from './postgres/meet.ts'

export interface Database {
  /** postgres://…, with credentials inside: never log it. */
  readonly url: string
  /** In the words of an operator. */
  readonly label: string
  close(): Promise<void>
}

/** A database that cannot be used: the message is one clear line. */
export class DatabaseError extends Error {
  override name = 'DatabaseError'
}

const RESTART_PAUSE_MS = 500
const OTHERS_TIMEOUT_MS = 600_000
const OTHERS_STEP_MS = 40
/** A command may be joining just now. */
const QUIET_LOOKS = 5

const OLDEST_MAJOR = 15
/** What the embedded PostgreSQL allows by itself. */
const EMBEDDED_CONNECTIONS = 100
/** Connections of commands that run beside a server, and of a start. */
const SPARE_CONNECTIONS = 8
const COMMAND_CONNECTIONS = 2

/**
 * The database of a server that keeps this many connections: starts the embedded one, and starts
 * it again when it dies.
 */
export async function openDatabase(
  config: Config,
  log: (line: string) => void,
  connections: number,
): Promise<Database> {
  if (config.databaseUrl) return await outside(config.databaseUrl, connections)
  const { dataDir } = config
  const wanted = connections + SPARE_CONNECTIONS
  const isMany = wanted > EMBEDDED_CONNECTIONS
  const options = { dataDir, log, ...(isMany && { settings: { max_connections: String(wanted) } }) }
  let current = await startEmbedded(options)
  // A killed server with fewer processes may have left it behind.
  if (isMany && ((await meet(current.url)).room ?? 0) < connections) {
    await current.stop()
    current = await startEmbedded(options)
  }
  let isClosing = false
  const port = Number(new URL(current.url).port)

  const restart = async (): Promise<void> => {
    log('PostgreSQL ended unexpectedly: starting it again')
    while (!isClosing) {
      try {
        await current.stop().catch(() => undefined)
        current = await startEmbedded({ ...options, port })
        watch(current)
        return
      } catch (error) {
        log((error as Error).message)
        await sleep(RESTART_PAUSE_MS)
      }
    }
  }
  const watch = (database: EmbeddedDatabase): void => {
    database.onUnexpectedExit(() => {
      if (!isClosing) void restart()
    })
  }
  watch(current)
  return {
    url: current.url,
    label: `embedded PostgreSQL in ${dataDir}`,
    close: async () => {
      isClosing = true
      await current.stop()
    },
  }
}

/** The database of a command: that of a running server, or one started for the time being. */
export async function joinDatabase(config: Config, log: (line: string) => void): Promise<Database> {
  if (config.databaseUrl) return await outside(config.databaseUrl, COMMAND_CONNECTIONS)
  const { dataDir } = config
  const database = await joinEmbedded({ dataDir, log })
  return {
    url: database.url,
    label: `embedded PostgreSQL in ${dataDir}`,
    close: async () => {
      if (database.owned) await othersDone(database.url)
      await database.stop()
    },
  }
}

/** Commands that joined the PostgreSQL of this one must not lose it in the middle. */
async function othersDone(url: string): Promise<void> {
  const sql = connect(url, { max: 1, applicationName: 'fiado waits' })
  const deadline = performance.now() + OTHERS_TIMEOUT_MS
  try {
    for (let quiet = 0; quiet < QUIET_LOOKS && performance.now() < deadline; ) {
      const others = await sql`
        select 1 from pg_stat_activity
        where application_name in ('fiado command', 'fiado migrate', 'fiado setup', ${GUEST_NAME})`
      quiet = others.length === 0 ? quiet + 1 : 0
      await sleep(OTHERS_STEP_MS)
    }
  } catch {
    // The database is gone: nobody is left to wait for.
  } finally {
    await sql.end({ timeout: 1 })
  }
}

async function outside(given: string, connections: number): Promise<Database> {
  const { host, pathname } = new URL(given)
  const label = `PostgreSQL at ${host}${pathname}`
  const { url, version, room } = await meet(given).catch((error: unknown) => {
    throw explained(error, label)
  })
  const major = Math.floor(version / 10_000)
  if (major < OLDEST_MAJOR) {
    throw new DatabaseError(`${label} is version ${major}: Fiado needs ${OLDEST_MAJOR} or later`)
  }
  if (room !== undefined && room < connections) {
    throw new DatabaseError(
      `${label} takes ${room} connections and FIADO_PROCESSES needs ${connections}: raise its max_connections, lower FIADO_PROCESSES, or put a PgBouncer before it`,
    )
  }
  return { url, label, close: async () => undefined }
}

/** A database that cannot be used as one clear line; anything else as it is. */
export function explained(error: unknown, label: string): unknown {
  if (isAccessError(error)) {
    return new DatabaseError(
      `${label} refuses us (${errorCode(error)}): check the user, the password and the name of the database`,
    )
  }
  if (isConnectionError(error)) {
    return new DatabaseError(
      `${label} cannot be reached: check that it runs and that its address and password are right`,
    )
  }
  return error
}
