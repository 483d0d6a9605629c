/**
 * The embedded PostgreSQL: a server of our own under the data directory. It outlives a killed
 * Fiado, and the next one adopts it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { findBinaries } from './embedded-binaries.ts'
import { createCluster } from './embedded-cluster.ts'
import {
  type Connection,
  databaseUrl,
  ensureDatabase,
  GUEST_NAME,
  isPassing,
  openConnection,
  ownerPid,
  takeOwnership,
} from './embedded-connection.ts'
import { EmbeddedPostgresError } from './embedded-error.ts'
import {
  adjustOwner,
  clearUnfinished,
  clusterVersion,
  type Layout,
  layoutOf,
  loadPassword,
  openDataDir,
} from './embedded-layout.ts'
import { type Release, takeLock, tryLock } from './embedded-lock.ts'
import { findPostmaster, stopPostmaster } from './embedded-postmaster.ts'
import { findRunAs } from './embedded-run-as.ts'
import { bringUp, type Running, type Site } from './embedded-server.ts'

export { EmbeddedPostgresError } from './embedded-error.ts'

export interface EmbeddedDatabase {
  /** postgres://… of the database `fiado` (credentials inside: never log it). */
  readonly url: string
  /** true when this process started or adopted the server and must stop it. */
  readonly owned: boolean
  /**
   * Fast, clean shutdown when owned (waits until PostgreSQL is gone); only lets go otherwise.
   * Idempotent. Rejects with EmbeddedPostgresError where the server does not stop in 30 s.
   */
  stop(): Promise<void>
  /** Called once when the owned PostgreSQL dies by itself (crash, kill -9). */
  onUnexpectedExit(listener: () => void): void
}

export interface EmbeddedOptions {
  readonly dataDir: string
  /** Told what takes long, one line at a time; nothing secret is in it. */
  readonly log?: (line: string) => void
  /** Further PostgreSQL settings (`-c`); they win over ours. */
  readonly settings?: Record<string, string>
  /** Any free port where left out; after an unclean stop the last one, if it is free. */
  readonly port?: number
  /** How long recovery after an unclean stop may take; 60,000 where left out. */
  readonly startTimeout_ms?: number
}

const START_TIMEOUT_MS = 60_000
/** A stop takes up to 30 s, and may go before us. */
const LOCK_SLACK_MS = 35_000
const LOCK_WHILE_STOPPING_MS = 5000
const OWNERSHIP_PATIENCE_MS = 2000
const STEP_MS = 100
const CONNECT_TIMEOUT_S = 5

interface Request {
  readonly layout: Layout
  readonly log: (line: string) => void
  readonly settings: Record<string, string>
  readonly port: number | undefined
  readonly timeout_ms: number
}

/**
 * Starts the server of the data directory, or adopts the one that a killed Fiado left behind.
 * Throws EmbeddedPostgresError (one clear line that says what to do), also where another Fiado
 * owns it.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const request = requestOf(options)
  return await inTurn(request, async () => {
    const release = takeOwnerFile(request.layout)
    if (!release) throw alreadyRunning(request.layout, await findOwner(request.layout))
    return await own(request, release)
  })
}

/**
 * Joins the server that another Fiado owns on the data directory, else starts one (and owns it)
 * for the time being. Throws EmbeddedPostgresError (one clear line that says what to do).
 */
export async function joinEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const request = requestOf(options)
  const deadline = performance.now() + request.timeout_ms
  for (;;) {
    // One try a turn: an owner that has to restart its server needs the lock for that.
    const database = await inTurn(request, async () => {
      const release = takeOwnerFile(request.layout)
      return release ? await own(request, release) : await joinOnce(request.layout)
    })
    if (database) return database
    if (performance.now() > deadline) {
      throw new EmbeddedPostgresError(
        `The Fiado that runs on ${request.layout.dataDir} has no PostgreSQL that answers: stop it and start it again`,
      )
    }
    await sleep(STEP_MS)
  }
}

function requestOf(options: EmbeddedOptions): Request {
  return {
    layout: layoutOf(options.dataDir),
    log: options.log ?? (() => undefined),
    settings: options.settings ?? {},
    port: options.port,
    timeout_ms: options.startTimeout_ms ?? START_TIMEOUT_MS,
  }
}

/** Runs the work while nobody else starts or stops; whatever it throws is an EmbeddedPostgresError. */
async function inTurn<T>({ layout, log, timeout_ms }: Request, work: () => Promise<T>): Promise<T> {
  await openDataDir(layout)
  const release = await takeLock(layout.lockFile, timeout_ms + LOCK_SLACK_MS, log)
  if (!release) {
    throw new EmbeddedPostgresError(
      `Another Fiado has been starting or stopping on ${layout.dataDir} for too long: stop it and start again`,
    )
  }
  try {
    return await work()
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error
    throw new EmbeddedPostgresError(
      `The database in ${layout.dataDir} could not be opened (${(error as Error).message}): start Fiado again, and see ${layout.logFile}`,
      { cause: error },
    )
  } finally {
    release()
  }
}

/** Starts or adopts the server as its owner. */
async function own(request: Request, release: Release): Promise<EmbeddedDatabase> {
  let running: Running | undefined
  try {
    const site = await prepare(request)
    running = await bringUp(site)
    // Normally free, or about to be: PostgreSQL may not have noticed yet that the last owner was
    // killed. It also tells owners apart on a file system whose locks do not work.
    if (!(await takeOwnership(running.connection, OWNERSHIP_PATIENCE_MS))) {
      throw alreadyRunning(request.layout, await ownerPid(running.connection))
    }
    await ensureDatabase(running.connection)
    return new OwnedDatabase(site, running, release)
  } catch (error) {
    await running?.connection.close()
    release()
    throw error
  }
}

async function prepare(request: Request): Promise<Site> {
  const { layout, log } = request
  const binaries = await findBinaries()
  const runAs = await findRunAs(binaries, layout)
  const version = await clusterVersion(layout)
  if (version && version !== runAs.major) {
    throw new EmbeddedPostgresError(
      `The database in ${layout.cluster} is of PostgreSQL ${version} and this Fiado brings ${runAs.major}: go back to the Fiado that made it, or move the data over with pg_dump`,
    )
  }
  await clearUnfinished(layout)
  const password = await loadPassword(layout, version !== undefined)
  if (!version) {
    log(`Creating the database in ${layout.dataDir}`)
    await createCluster(layout, binaries, runAs, password)
  }
  if (runAs.owner) await adjustOwner(layout, runAs.owner)
  return { ...request, binaries, runAs, password }
}

/** The database of the server that another Fiado owns; undefined while that does not answer. */
async function joinOnce(layout: Layout): Promise<EmbeddedDatabase | undefined> {
  const found = await findPostmaster(layout.cluster)
  if (!found?.port) return undefined
  const password = await loadPassword(layout, true)
  try {
    // Kept, so that an owner who is about to leave sees us before we have sent anything.
    const connection = await openConnection(found.port, password, CONNECT_TIMEOUT_S, GUEST_NAME)
    connection.keepAlive(false)
    return {
      url: databaseUrl(found.port, password),
      owned: false,
      stop: () => connection.close(),
      onUnexpectedExit: () => undefined,
    }
  } catch (error) {
    if (isPassing(error)) return undefined
    throw error
  }
}

/** The process id of the owner, where its server answers. */
async function findOwner(layout: Layout): Promise<number | undefined> {
  const found = await findPostmaster(layout.cluster)
  if (!found?.port) return undefined
  try {
    const password = await loadPassword(layout, true)
    const connection = await openConnection(found.port, password, CONNECT_TIMEOUT_S)
    const pid = await ownerPid(connection)
    await connection.close()
    return pid
  } catch {
    return undefined
  }
}

/** Owner files of this process whose server died: nobody shall step in before it starts again. */
const bereaved = new Map<string, Release>()

function takeOwnerFile({ ownerFile }: Layout): Release | undefined {
  const kept = bereaved.get(ownerFile)
  bereaved.delete(ownerFile)
  return kept ?? tryLock(ownerFile)
}

function alreadyRunning({ dataDir }: Layout, pid: number | undefined): EmbeddedPostgresError {
  const who = pid ? `, process ${pid}` : ''
  return new EmbeddedPostgresError(
    `Fiado is already running on this data directory (${dataDir}${who}): stop it or choose another FIADO_DATA_DIR`,
  )
}

class OwnedDatabase implements EmbeddedDatabase {
  readonly url: string
  readonly #site: Site
  readonly #running: Running
  readonly #listeners: (() => void)[] = []
  readonly #release: Release
  #connection: Connection
  #owned = true
  #dead = false
  #stopping: Promise<void> | undefined

  constructor(site: Site, running: Running, release: Release) {
    this.url = databaseUrl(running.port, site.password)
    this.#site = site
    this.#running = running
    this.#release = release
    this.#connection = running.connection
    this.#watch(running.connection)
    running.child?.once('exit', () => this.#reportDeath())
  }

  get owned(): boolean {
    return this.#owned
  }

  onUnexpectedExit(listener: () => void): void {
    if (this.#dead) queueMicrotask(listener)
    else this.#listeners.push(listener)
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#shutDown()
    return this.#stopping
  }

  async #shutDown(): Promise<void> {
    const { layout, binaries, log } = this.#site
    const { pid, isGone } = this.#running
    this.#connection.keepAlive(true)
    // Whoever starts meanwhile waits for us; but nobody keeps us from stopping.
    const turn = takeLock(layout.lockFile, LOCK_WHILE_STOPPING_MS, log)
    const release = await turn.catch(() => undefined)
    try {
      const target = { pid, cluster: layout.cluster, pg_ctl: binaries.pg_ctl, isGone }
      if (this.#owned) await stopPostmaster(target)
    } finally {
      await this.#connection.close()
      this.#letGo()
      release?.()
    }
  }

  #letGo(): void {
    const { ownerFile } = this.#site.layout
    const kept = bereaved.get(ownerFile)
    // A later start of this process may hold it by now.
    if (this.#dead && kept !== this.#release) return
    bereaved.delete(ownerFile)
    this.#release()
  }

  /** Whoever forgets to stop us shall still be able to end: the next start adopts the server. */
  #watch(connection: Connection): void {
    connection.keepAlive(false)
    void connection.closed.then(() => this.#regain())
  }

  /** The connection was cut: the server died, or it lives (it ends all sessions when one crashes). */
  async #regain(): Promise<void> {
    while (!this.#stopping) {
      if (this.#running.isGone()) return this.#reportDeath()
      if (await this.#lockAgain()) return
      await sleep(STEP_MS, undefined, { ref: false })
    }
  }

  /** Whether there is nothing more to try. */
  async #lockAgain(): Promise<boolean> {
    const { log, password } = this.#site
    let connection: Connection | undefined
    try {
      connection = await openConnection(this.#running.port, password, CONNECT_TIMEOUT_S)
      const taken = await takeOwnership(connection, OWNERSHIP_PATIENCE_MS)
      if (taken && !this.#stopping) {
        this.#connection = connection
        this.#watch(connection)
        return true
      }
      await connection.close()
      if (taken) return true
      this.#owned = false
      log('Another Fiado took over the embedded PostgreSQL')
      return true
    } catch {
      await connection?.close()
      return false
    }
  }

  #reportDeath(): void {
    if (this.#dead || this.#stopping) return
    this.#dead = true
    bereaved.set(this.#site.layout.ownerFile, this.#release)
    for (const listener of this.#listeners) listener()
  }
}
