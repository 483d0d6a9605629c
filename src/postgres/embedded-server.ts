/** Starting the server of a cluster, or getting hold of the one that runs. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Binaries } from './embedded-binaries.ts'
import {
  type Connection,
  isPassing,
  isWrongPassword,
  openConnection,
} from './embedded-connection.ts'
import { EmbeddedPostgresError } from './embedded-error.ts'
import { type Layout, lastFailure, logSize, rotateLog } from './embedded-layout.ts'
import { findPostmaster, isPostmaster, lastPort, waitUntil } from './embedded-postmaster.ts'
import { postgresEnvironment, type RunAs } from './embedded-run-as.ts'

export interface Site {
  readonly layout: Layout
  readonly binaries: Binaries
  readonly runAs: RunAs
  readonly password: string
  readonly settings: Record<string, string>
  readonly port: number | undefined
  readonly timeout_ms: number
  readonly log: (line: string) => void
}

/** A server that answers, and how we got hold of it. */
export interface Running {
  readonly pid: number
  readonly port: number
  readonly connection: Connection
  readonly isGone: () => boolean
  /** Only where this process started it. */
  readonly child?: ChildProcess
}

const STEP_MS = 20
const SLOW_STEP_MS = 250
const FIRST_NOTICE_MS = 2000
const NOTICE_MS = 5000
const CONNECT_TIMEOUT_S = 5
const LEAST_ATTEMPT_S = 0.2
/** How long a server on a port somebody else holds takes to find out. */
const PORT_GRACE_MS = 500

/** Durability is not up for tuning; the rest suits one machine. No value of a statement is logged. */
const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  max_connections: '100',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  jit: 'off',
  logging_collector: 'off',
  log_destination: 'stderr',
  log_statement: 'none',
  log_min_duration_statement: '-1',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
}

/**
 * The server of the cluster, ready for queries: the one that runs, or a new one.
 * Throws EmbeddedPostgresError when it does not come up.
 */
export async function bringUp(site: Site): Promise<Running> {
  const patience = startPatience(site)
  for (;;) {
    const running = (await attach(site, patience)) ?? (await launch(site, patience))
    if (running) return running
    await patience.wait()
  }
}

interface Patience {
  /** What is left of it, in seconds, for a single attempt. */
  attempt_s(): number
  /** Waits a moment and reports progress; throws when the time is over. */
  wait(): Promise<void>
}

function startPatience(site: Site): Patience {
  const start = performance.now()
  let notice = FIRST_NOTICE_MS
  return {
    attempt_s() {
      const left_s = (site.timeout_ms - (performance.now() - start)) / 1000
      return Math.min(CONNECT_TIMEOUT_S, Math.max(LEAST_ATTEMPT_S, left_s))
    },
    async wait() {
      const waited = performance.now() - start
      if (waited > site.timeout_ms) {
        throw new EmbeddedPostgresError(
          `PostgreSQL in ${site.layout.cluster} does not answer after ${Math.round(waited / 1000)} s (it may still be recovering from an unclean stop): start Fiado again to go on waiting, and see ${site.layout.logFile}`,
        )
      }
      if (waited > notice) {
        notice += NOTICE_MS
        site.log(`Waiting for PostgreSQL, ${Math.round(waited / 1000)} s: it may be recovering`)
      }
      // Every attempt leaves a line in PostgreSQL's log: be quick, then be quiet.
      await sleep(waited < FIRST_NOTICE_MS ? STEP_MS : SLOW_STEP_MS)
    },
  }
}

/** Connects to the server that runs already; undefined where there is none, or it went away. */
async function attach(site: Site, patience: Patience): Promise<Running | undefined> {
  const { cluster } = site.layout
  const found = await findPostmaster(cluster)
  if (!found) return undefined
  const { pid, port } = found
  const isGone = () => !isPostmaster(pid, cluster)
  // A server just forked has not written its port yet.
  if (!port) return undefined
  const connection = await untilReady(site, port, isGone, patience)
  return connection && { pid, port, connection, isGone }
}

/** Starts a server; undefined where it fell to something that passes, such as a taken port. */
async function launch(site: Site, patience: Patience): Promise<Running | undefined> {
  if (await findPostmaster(site.layout.cluster)) return undefined
  await rotateLog(site.layout)
  const logged = await logSize(site.layout)
  const port = await choosePort(site)
  const child = spawnServer(site, port)
  let failure: Error | undefined
  child.once('error', (error) => {
    failure = error
  })
  const isGone = () => !child.pid || child.exitCode !== null || child.signalCode !== null
  const connection = await untilReady(site, port, isGone, patience)
  if (connection && child.pid) return { pid: child.pid, port, connection, isGone, child }
  const reason = failure?.message ?? (await lastFailure(site.layout, logged))
  if (isPassingFailure(reason)) return undefined
  throw new EmbeddedPostgresError(
    `PostgreSQL did not start (${reason || 'it said nothing'}): see ${site.layout.logFile}`,
  )
}

/** A port lost in between, a server started beside us, or backends that outlive a killed one. */
function isPassingFailure(reason: string): boolean {
  return (
    reason.includes('could not create any TCP/IP sockets') ||
    reason.includes('lock file "postmaster.pid"') ||
    reason.includes('pre-existing shared memory block')
  )
}

function spawnServer(site: Site, port: number): ChildProcess {
  const { runAs, layout, binaries } = site
  const settings = Object.entries({ ...SETTINGS, ...site.settings, port: String(port) })
  const [program = '', ...args] = [
    ...runAs.prefix,
    binaries.postgres,
    '-D',
    layout.cluster,
    ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
  const log = openSync(layout.logFile, 'a', 0o600)
  try {
    const child = spawn(program, args, {
      ...runAs.ids,
      ...(process.platform !== 'win32' && { cwd: '/' }),
      env: postgresEnvironment(),
      // A session of its own: Ctrl-C is for us, who then stop it in order.
      detached: true,
      stdio: ['ignore', log, log],
      windowsHide: true,
    })
    child.unref()
    return child
  } finally {
    closeSync(log)
  }
}

/** Polls with real connections; undefined when the server is gone. */
async function untilReady(
  site: Site,
  port: number,
  isGone: () => boolean,
  patience: Patience,
): Promise<Connection | undefined> {
  while (!isGone()) {
    try {
      return await openConnection(port, site.password, patience.attempt_s())
    } catch (error) {
      await explain(error, site, isGone)
    }
    await patience.wait()
  }
  return undefined
}

/** Throws where waiting does not help. */
async function explain(error: unknown, site: Site, isGone: () => boolean): Promise<void> {
  if (isPassing(error)) return
  // It may be a stranger's server on our port, and ours about to give up.
  if (await waitUntil(isGone, PORT_GRACE_MS)) return
  const advice = isWrongPassword(error)
    ? `restore ${site.layout.passwordFile} from the backup of this data directory`
    : `see ${site.layout.logFile}`
  throw new EmbeddedPostgresError(
    `PostgreSQL does not let Fiado in (${(error as Error).message}): ${advice}`,
  )
}

/** The port asked for; or the last one, so that the URL outlives a crash; or any that is free. */
async function choosePort(site: Site): Promise<number> {
  if (site.port) {
    if (await freePort(site.port)) return site.port
    throw new EmbeddedPostgresError(`Port ${site.port} is taken: free it, or choose another`)
  }
  const last = await lastPort(site.layout.cluster)
  return (last && (await freePort(last))) || (await freePort(0)) || 0
}

/** The port where it can be listened on (0: any); undefined where it cannot. */
function freePort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = server.address()
      const free = typeof address === 'object' ? address?.port : undefined
      server.close(() => resolve(free))
    })
  })
}
