/** What every part of the bench needs: one PostgreSQL, a database for each part, servers to measure. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { SERVER_FLAGS } from '../scripts/node-flags.mjs'
import { connect, type Sql } from '../src/postgres/connect.ts'
import { startEmbedded } from '../src/postgres/embedded.ts'
import { runChild } from './child.ts'
import { cpuOf, parentOf } from './cpu.ts'
import type { Job, Seen } from './http/generator.ts'
import type { Target } from './http/requests.ts'
import type { PlainJob, PlainSeen } from './plain.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const CEILING = new URL('./ceiling.ts', import.meta.url)
const KEY = { appKey: 'bench', token: 'bench-token' }
const READY_TIMEOUT_MS = 60_000

/** A server under measurement. */
export interface Server {
  readonly target: Target
  readonly pid: number
  stop(): Promise<void>
}

export interface ServerOptions {
  readonly databaseUrl: string
  readonly processes?: number
  /** Flags of Node, such as `--cpu-prof`. */
  readonly nodeFlags?: readonly string[]
}

export interface Lab {
  readonly adminUrl: string
  /** In words, for the report: version and settings that matter. */
  readonly label: string
  /** Creates an empty database and answers its URL; it is dropped with the lab. */
  createDatabase(): Promise<string>
  /** Creates one that is as that of a URL is, which nobody uses. */
  copyDatabase(url: string): Promise<string>
  /** Has what was written so far on disk, in its place. */
  checkpoint(): Promise<void>
  /** Processor time that PostgreSQL has used so far, in µs; 0 where it runs elsewhere. */
  databaseCpu_us(): number
  close(): Promise<void>
}

/** The PostgreSQL of `DATABASE_URL`, or an embedded one that keeps large data sets for the next run. */
export async function openLab(log: (line: string) => void): Promise<Lab> {
  const { DATABASE_URL, FIADO_BENCH_DIR = './data/bench' } = process.env
  const embedded = DATABASE_URL
    ? undefined
    : await startEmbedded({ dataDir: FIADO_BENCH_DIR, log, settings: { max_connections: '200' } })
  const url = DATABASE_URL ?? embedded?.url ?? ''
  const admin = connect(url, { max: 1 })
  if (embedded) await dropLeftovers(admin)
  const names: string[] = []
  const create = async (as = ''): Promise<string> => {
    const name = `bench_${randomBytes(4).toString('hex')}`
    await admin.unsafe(`create database ${name} ${as}`)
    names.push(name)
    const database = new URL(url)
    database.pathname = `/${name}`
    return database.href
  }
  return {
    adminUrl: url,
    label: await labelOf(admin),
    createDatabase: () => create(),
    copyDatabase: (of) => create(`template ${new URL(of).pathname.slice(1)} strategy file_copy`),
    checkpoint: async () => {
      await admin`checkpoint`
    },
    databaseCpu_us: await databaseCpu(admin),
    close: async () => {
      for (const name of names) await admin.unsafe(`drop database ${name} with (force)`)
      await admin.end()
      await embedded?.stop()
    },
  }
}

/** Databases of a bench that was killed: nobody is connected to them. */
async function dropLeftovers(admin: Sql): Promise<void> {
  const leftovers = await admin<{ datname: string }[]>`
    select datname from pg_database d
    where datname ~ '^bench_[0-9a-f]{8}$'
      and not exists (select from pg_stat_activity a where a.datid = d.oid)`
  for (const { datname } of leftovers) await admin.unsafe(`drop database ${datname}`)
}

/** Processor time of all of PostgreSQL, where it runs on this machine. */
async function databaseCpu(admin: Sql): Promise<() => number> {
  const [row] = await admin<{ pid: number; is_here: boolean }[]>`
    select pg_backend_pid() as pid,
      coalesce(host(inet_server_addr()), '127.0.0.1') = '127.0.0.1' as is_here`
  const postmaster = row?.is_here ? parentOf(row.pid) : undefined
  return () => (postmaster === undefined ? 0 : cpuOf(postmaster))
}

async function labelOf(admin: Sql): Promise<string> {
  const [settings] = await admin<{ version: string; fsync: string; synchronous_commit: string }[]>`
    select current_setting('server_version') as version, current_setting('fsync') as fsync,
      current_setting('synchronous_commit') as synchronous_commit`
  if (!settings) throw new Error('PostgreSQL tells no settings')
  const { version, fsync, synchronous_commit } = settings
  return `PostgreSQL ${version}, fsync ${fsync}, synchronous_commit ${synchronous_commit}`
}

/** Starts Fiado as its users do, and waits until it is ready. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const child = spawn(
    process.execPath,
    [...SERVER_FLAGS, ...(options.nodeFlags ?? []), MAIN, 'start'],
    {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        PORT: '0',
        DATABASE_URL: options.databaseUrl,
        FIADO_APP_KEY: KEY.appKey,
        FIADO_APP_TOKEN: KEY.token,
        FIADO_LOG_LEVEL: 'warn',
        FIADO_PROCESSES: String(options.processes ?? 1),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  return serverOf(child, await readyUrl(child))
}

/** A server that listens; whatever ends the bench ends it too. */
function serverOf(child: ChildProcess, url: string): Server {
  const { hostname, port } = new URL(url)
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  return {
    target: { host: hostname, port: Number(port), ...KEY },
    pid: child.pid ?? 0,
    stop: async () => {
      await end(child)
      process.off('exit', kill)
    },
  }
}

async function readyUrl(child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  for (const deadline = performance.now() + READY_TIMEOUT_MS; performance.now() < deadline; ) {
    const url = /API\s+(http\S+)\/api\/creditcontrol/.exec(text)?.[1]
    if (url && (await fetch(`${url}/readyz`)).ok) return url
    if (child.exitCode !== null) break
    await sleep(25)
  }
  child.kill('SIGKILL')
  throw new Error(`Fiado did not become ready:\n${text}`)
}

/** Starts the Fastify route that touches no database. */
export async function startCeiling(): Promise<Server> {
  const child = fork(CEILING, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message) => resolve(String(message)))
    child.once('exit', () => reject(new Error('The ceiling did not start')))
  })
  return serverOf(child, url)
}

/** Ends a server in order. */
function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}

/** Puts a load on a server, from a process of its own, no longer than until `enough` is settled. */
export function load(job: Job, enough?: Promise<unknown>): Promise<Seen> {
  return runChild<Job, Seen>('./http/generator.ts', job, enough)
}

/** Does the work the plain way, from a process of its own. */
export function plainWay(job: PlainJob): Promise<PlainSeen> {
  return runChild<PlainJob, PlainSeen>('./plain.ts', job)
}

/** Opens accounts through the API, and answers their ids. */
export async function openAccounts(target: Target, count: number): Promise<string[]> {
  const documents = Array.from({ length: count }, (_, n) => String(100_000_000 + n))
  const { statuses } = await load({
    target,
    work: { kind: 'open-accounts', documents },
    connections: 64,
    warmUp_ms: 0,
    measure_ms: 0,
  })
  if (statuses[200] !== count) {
    throw new Error(`Accounts were not opened: ${JSON.stringify(statuses)}`)
  }
  return documents.map((document) => `${document}_Other`)
}
