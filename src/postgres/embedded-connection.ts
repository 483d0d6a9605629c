/** One connection to the embedded server, and the lock on it that says who owns the server. */
import { connect as connectSocket, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { systemCode } from './embedded-error.ts'

export const USER = 'fiado'
export const DATABASE = 'fiado'
const HOST = '127.0.0.1'
/** Spells "fiad". Taken in the database `postgres`, so that `fiado` can serve as a template. */
const OWNER_LOCK = 0x66_69_61_64
const OWNER_NAME = 'fiado owner '
/** Of the connection that a guest of another Fiado's server keeps: the owner waits for its end. */
export const GUEST_NAME = 'fiado guest'
const STEP_MS = 20

export interface Connection {
  readonly sql: postgres.Sql
  /** Settles when the connection is closed, by either side. Never rejects. */
  readonly closed: Promise<void>
  /** Whether the connection keeps this process alive (it does at first). */
  keepAlive(wanted: boolean): void
  close(): Promise<void>
}

/** The URL of our database; it holds the password. */
export function databaseUrl(port: number, password: string): string {
  return `postgres://${USER}:${encodeURIComponent(password)}@${HOST}:${port}/${DATABASE}`
}

/** Connects once, to the database `postgres`. Rejects where the server does not take us (yet). */
export async function openConnection(
  port: number,
  password: string,
  timeout_s: number,
  applicationName = `${OWNER_NAME}${process.pid}`,
): Promise<Connection> {
  const socket = await openSocket(port)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  let used = false
  const sql = postgres({
    host: HOST,
    port,
    user: USER,
    password,
    database: 'postgres',
    ssl: false,
    max: 1,
    prepare: false,
    fetch_types: false,
    connect_timeout: timeout_s,
    idle_timeout: 0,
    max_lifetime: null,
    onnotice: () => undefined,
    connection: { application_name: applicationName },
    // A socket of our own, once: postgres.js would keep the event loop busy, and would reconnect.
    socket: () => {
      if (used || socket.destroyed) throw new Error('the connection was cut')
      used = true
      return socket
    },
  } as postgres.Options<Record<string, never>>)
  const close = async () => {
    await sql.end({ timeout: 1 })
    socket.destroy()
  }
  try {
    await sql`select 1`
  } catch (error) {
    socket.destroy()
    await sql.end({ timeout: 0 })
    throw error
  }
  const keepAlive = (wanted: boolean) => void (wanted ? socket.ref() : socket.unref())
  return { sql, closed, keepAlive, close }
}

function openSocket(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket(port, HOST)
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      // postgres.js listens while it owns the socket; a reset after that must not end the process.
      socket.on('error', () => undefined)
      resolve(socket)
    })
  })
}

/** Whether trying again may help: not up yet, going down, or cut. */
export function isPassing(error: unknown): boolean {
  const code = systemCode(error)
  // SQLSTATEs have digits in them; the system's and postgres.js's own codes (EPIPE, …) do not.
  const answered = /^(?=.*\d)[0-9A-Z]{5}$/.test(code)
  return !answered || code.startsWith('57P') || code === '53300'
}

/** Whether the server did not take the password. */
export function isWrongPassword(error: unknown): boolean {
  return ['28P01', '28000'].includes(systemCode(error))
}

/**
 * Tries to become the owner, for `patience_ms`: the server may take a moment to notice that the
 * owner before us was killed.
 */
export async function takeOwnership({ sql }: Connection, patience_ms: number): Promise<boolean> {
  const deadline = performance.now() + patience_ms
  for (;;) {
    const [row] = await sql`select pg_try_advisory_lock(${OWNER_LOCK}::bigint) as taken`
    if (row?.taken === true) return true
    if (performance.now() >= deadline) return false
    await sleep(STEP_MS)
  }
}

/** The process id of the Fiado that owns the server; undefined where it let go meanwhile. */
export async function ownerPid({ sql }: Connection): Promise<number | undefined> {
  const [row] = await sql`
    select a.application_name as name
    from pg_locks l join pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'advisory' and l.granted
      and l.classid = 0 and l.objid = ${OWNER_LOCK}::bigint::oid and l.objsubid = 1`
  return Number(String(row?.name ?? '').slice(OWNER_NAME.length)) || undefined
}

/** Makes our database where it is missing (a new cluster, or a first start that was cut short). */
export async function ensureDatabase({ sql }: Connection): Promise<void> {
  const found = await sql`select 1 from pg_database where datname = ${DATABASE}`
  if (found.length > 0) return
  // Messages of failed statements quote values; those belong to the caller, not in a log. The
  // server's own background work keeps logging its errors.
  await sql.unsafe(`alter role ${USER} set log_min_messages = 'log'`)
  await sql.unsafe(`create database ${DATABASE}`)
}
