/** The server as a whole: database, writer, reads, HTTP and sweeper, and their orderly end. */
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { admin } from './admin/admin.ts'
import type { Api } from './api/context.ts'
import { Metrics } from './api/metrics.ts'
import { buildServer } from './api/server.ts'
import type { Config } from './config.ts'
import { FILE_CONNECTIONS, Files, MAX_ROWS_AT_ONCE } from './files/files.ts'
import { DISTRIBUTED_LANES, isDistributed } from './ledger/distribution.ts'
import { foldInvoiceTotals } from './ledger/invoice-totals.ts'
import { startSweeper, sweep } from './ledger/sweeper.ts'
import { LANES, Writer } from './ledger/writer.ts'
import { errorCode } from './postgres/connect.ts'
import { ReadPool } from './postgres/read-pool.ts'
import { Users } from './users/users.ts'
import { adminPages } from './web/admin-pages.ts'

const READ_CONNECTIONS = 8

/** Most connections to the database that one process keeps. */
export const CONNECTIONS_A_PROCESS = LANES + READ_CONNECTIONS + FILE_CONNECTIONS

const SWEEP_EVERY_MS = 30_000
const FOLD_EVERY_MS = 2_000
/** A drain ends after this many looks in a row that saw no request come. */
const DRAIN_QUIET_LOOKS = 5
const DRAIN_LOOK_MS = 50
const DRAIN_AT_MOST_MS = 2_000
const CUT_AFTER_MS = 4_000

export interface Running {
  /** Where it listens: `http://127.0.0.1:8480`. */
  readonly url: string
  /** Finishes what is in flight and lets everything go; the database is somebody else's. */
  stop(): Promise<void>
}

export interface ServeOptions {
  readonly config: Pick<
    Config,
    'port' | 'host' | 'logLevel' | 'trustProxy' | 'maxFileBytes' | 'maxFileRows' | 'store' | 'oidc'
  >
  readonly databaseUrl: string
  readonly version: string
  readonly now: () => number
  readonly metrics?: Metrics
}

/** Starts to serve on a database that is set up. Throws where it cannot listen. */
export async function serve(options: ServeOptions): Promise<Running> {
  const { config, databaseUrl, version, now, metrics = new Metrics() } = options
  metrics.watchProcess()
  const reads = new ReadPool(databaseUrl, READ_CONNECTIONS)
  const distributed = await isDistributed(reads.sql)
  const writer = new Writer({
    url: databaseUrl,
    now,
    ...(distributed && { acrossAccounts: false, lanes: DISTRIBUTED_LANES }),
    onCommit: (commands, took_ms) => metrics.commit(commands, took_ms),
  })
  const files = new Files({
    url: databaseUrl,
    sql: () => reads.sql,
    writer,
    now,
    limits: {
      maxBytes: config.maxFileBytes,
      maxRows: config.maxFileRows,
      maxRowsAtOnce: MAX_ROWS_AT_ONCE,
    },
    onError: (error) => api.log.warn(faultOf(error), 'A job had to wait; it goes on by itself'),
  })
  const users = new Users({
    sql: () => reads.sql,
    now,
    store: config.store,
    oidc: config.oidc,
    onError: (error) => api.log.warn(faultOf(error), 'The use of keys was not written down'),
  })
  const api: Api = await buildServer({
    writer,
    sql: () => reads.sql,
    now,
    version,
    logLevel: config.logLevel,
    trustProxy: config.trustProxy,
    metrics,
    files,
    pages: adminPages,
    admin,
    users,
    onConnectionError: () => reads.renew(),
  })
  const arrivals = watchArrivals(api)
  const release = async (): Promise<void> => {
    await api.close()
    await files.stop()
    await users.stop()
    await writer.close()
    await reads.close()
  }
  try {
    // Whoever starts us says where we listen, in words of its own.
    const { level } = api.log
    api.log.level = 'warn'
    await api.listen({ port: config.port, host: config.host })
    api.log.level = level
    files.start()
    users.start()
  } catch (error) {
    await release()
    throw error
  }
  const stopSweeper = startSweeper(
    () => sweep(reads.sql, writer, now()),
    SWEEP_EVERY_MS,
    (error) =>
      api.log.warn({ error: (error as Error).name }, 'A sweep failed; the next will retry'),
  )
  const stopFolding = startSweeper(
    // Over several machines the deltas stay with their accounts, and readers sum them there.
    async () => (distributed ? 0 : foldInvoiceTotals(reads.sql)),
    FOLD_EVERY_MS,
    (error) => api.log.warn({ error: (error as Error).name }, 'A fold failed; the next will retry'),
  )
  return {
    url: urlOf((api.server.address() as AddressInfo).port, config.host),
    stop: async () => {
      await Promise.all([stopSweeper(), stopFolding()])
      await drain(api, arrivals)
      await release()
    },
  }
}

/** What the log may know of a fault: messages of the database may hold personal data. */
function faultOf(error: unknown) {
  const { name, stack } = error as Error
  const calls = stack?.split('\n').filter((line) => line.startsWith('    at '))
  return { error: name, code: errorCode(error), stack: calls?.slice(0, 8) }
}

/**
 * Lets clients finish: requests that are on their way are still taken, and every answer ends its
 * connection. What then has not sent a request, or not all of one, is cut. Quiet is counted in
 * looks, not in time: between two looks everything that lay in the sockets has been read, also
 * where a busy process looks late.
 */
async function drain(api: Api, arrivals: Arrivals): Promise<void> {
  api.draining = true
  const end = performance.now() + DRAIN_AT_MOST_MS
  for (let quiet = 0; quiet < DRAIN_QUIET_LOOKS && performance.now() < end; ) {
    const { requests } = arrivals
    await sleep(DRAIN_LOOK_MS)
    quiet = arrivals.requests === requests ? quiet + 1 : 0
  }
  for (const socket of arrivals.silent) socket.destroy()
  setTimeout(() => api.server.closeAllConnections(), CUT_AFTER_MS).unref()
}

interface Arrivals {
  /** Requests that came, ever. */
  requests: number
  /** Connections on which no request has come yet: closing the server would wait for them. */
  readonly silent: Set<Socket>
}

function watchArrivals(api: Api): Arrivals {
  const arrivals: Arrivals = { requests: 0, silent: new Set() }
  api.server.on('connection', (socket) => {
    arrivals.silent.add(socket)
    socket.on('close', () => arrivals.silent.delete(socket))
  })
  api.server.on('request', ({ socket }) => {
    arrivals.requests += 1
    arrivals.silent.delete(socket)
  })
  return arrivals
}

function urlOf(port: number, host: string): string {
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`
}
