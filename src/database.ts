/** The database that the settings name: an outside PostgreSQL, or the embedded one. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from './config.ts'
import { connect } from './postgres/connect.ts'
import { type EmbeddedDatabase, joinEmbedded, startEmbedded } from './postgres/embedded.ts'

export interface Database {
  /** postgres://…, with credentials inside: never log it. */
  readonly url: string
  /** In the words of an operator. */
  readonly label: string
  close(): Promise<void>
}

const RESTART_PAUSE_MS = 500
const OTHERS_TIMEOUT_MS = 600_000
const OTHERS_STEP_MS = 40
/** A command that has just joined may not have connected yet. */
const QUIET_LOOKS = 5

/** The database of a server: starts the embedded one, and starts it again when it dies. */
export async function openDatabase(config: Config, log: (line: string) => void): Promise<Database> {
  if (config.databaseUrl) return outside(config.databaseUrl)
  const { dataDir } = config
  let current = await startEmbedded({ dataDir, log })
  let isClosing = false
  const port = Number(new URL(current.url).port)

  const restart = async (): Promise<void> => {
    log('PostgreSQL ended unexpectedly: starting it again')
    while (!isClosing) {
      try {
        await current.stop().catch(() => undefined)
        current = await startEmbedded({ dataDir, log, port })
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
  if (config.databaseUrl) return outside(config.databaseUrl)
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
        where application_name in ('fiado command', 'fiado migrate', 'fiado setup')`
      quiet = others.length === 0 ? quiet + 1 : 0
      await sleep(OTHERS_STEP_MS)
    }
  } catch {
    // The database is gone: nobody is left to wait for.
  } finally {
    await sql.end({ timeout: 1 })
  }
}

function outside(url: string): Database {
  const { host, pathname } = new URL(url)
  return { url, label: `PostgreSQL at ${host}${pathname}`, close: async () => undefined }
}
