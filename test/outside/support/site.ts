/**
 * An outside PostgreSQL and a PgBouncer before it, as Debian's packages bring them: each on a free
 * port, in a folder of their own, as another user where we are root.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { chmod, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { connect } from '../../../src/postgres/connect.ts'

const PACKAGES = '/usr/lib/postgresql'
/** Another PgBouncer than Debian's can be tried. */
const PGBOUNCER = process.env.FIADO_TEST_PGBOUNCER ?? '/usr/sbin/pgbouncer'
const USER = 'fiado'
const PASSWORD = 'a-password-of-the-test'
const PATIENCE_MS = 20_000
/** Fewer than a server keeps connections, so that they must share. */
const POOL_SIZE = 6

export interface Site {
  /** What runs here, for the log of the test. */
  readonly versions: string
  /** A fresh database, seen directly and through PgBouncer. */
  createDatabase(name: string): Promise<{ direct: string; pooled: string }>
  readonly postgres: Service
  readonly pgbouncer: Service
  close(): Promise<void>
}

export interface Service {
  /** Ends it at once, with everything that is under way. */
  kill(): Promise<void>
  start(): Promise<void>
}

/** The newest PostgreSQL of the packages, where PgBouncer is there too. */
function findPrograms(): { bin: string } | undefined {
  if (!existsSync(PGBOUNCER) || !existsSync(PACKAGES)) return undefined
  const majors = readdirSync(PACKAGES)
    .map(Number)
    .filter((major) => major >= 15)
  const [newest] = majors.sort((a, b) => b - a)
  const bin = `${PACKAGES}/${newest}/bin`
  return newest && existsSync(`${bin}/initdb`) ? { bin } : undefined
}

export const isInstalled = findPrograms() !== undefined

/** Starts both. Throws where they are not installed: see {@link isInstalled}. */
export async function openSite(): Promise<Site> {
  const programs = findPrograms()
  if (!programs) throw new Error('PostgreSQL and PgBouncer are not installed')
  const { bin } = programs
  const folder = await mkdtemp(join(tmpdir(), 'fiado-outside-'))
  const ids = await plainUser()
  if (ids) await chown(folder, ids.uid, ids.gid)
  await chmod(folder, 0o700)
  const run = async (program: string, ...args: string[]): Promise<string> =>
    (await promisify(execFile)(program, args, { ...ids, cwd: '/' })).stdout

  const [port, pooledPort] = [await freePort(), await freePort()]
  const cluster = join(folder, 'cluster')
  await make(join(folder, 'password'), PASSWORD)
  await run(
    `${bin}/initdb`,
    ...['-D', cluster, '-U', USER, '--pwfile', join(folder, 'password'), '-A', 'scram-sha-256'],
    ...['--locale=C.UTF-8', '--encoding=UTF8', '--no-sync'],
  )
  await make(join(folder, 'users'), `"${USER}" "${PASSWORD}"\n`)
  await make(
    join(folder, 'pgbouncer.ini'),
    `[databases]
* = host=127.0.0.1 port=${port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${pooledPort}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(folder, 'users')}
pool_mode = transaction
default_pool_size = ${POOL_SIZE}
max_client_conn = 500
server_login_retry = 1
${process.env.FIADO_TEST_PGBOUNCER_SETTINGS ?? ''}
`,
  )

  async function make(path: string, text: string): Promise<void> {
    await writeFile(path, text, { mode: 0o600 })
    if (ids) await chown(path, ids.uid, ids.gid)
  }

  const urlOn = (at: number, name: string) =>
    `postgres://${USER}:${PASSWORD}@127.0.0.1:${at}/${name}`
  const postgres = serviceOf(
    () =>
      spawn(
        `${bin}/postgres`,
        ['-D', cluster, '-p', String(port), '-k', '', '-c', 'listen_addresses=127.0.0.1'],
        { ...ids, cwd: '/', stdio: 'ignore' },
      ),
    'SIGQUIT',
    urlOn(port, 'postgres'),
  )
  const pgbouncer = serviceOf(
    () =>
      spawn(PGBOUNCER, ['-q', join(folder, 'pgbouncer.ini')], {
        ...ids,
        cwd: '/',
        stdio: 'ignore',
      }),
    'SIGKILL',
    urlOn(pooledPort, 'postgres'),
  )
  await postgres.start()
  await pgbouncer.start()
  const [first = ''] = (await run(PGBOUNCER, '--version')).split('\n')
  return {
    versions: `${(await run(`${bin}/postgres`, '--version')).trim()}, ${first}`,
    postgres,
    pgbouncer,
    createDatabase: async (name) => {
      const admin = connect(urlOn(port, 'postgres'), { max: 1 })
      await admin.unsafe(`create database ${name}`)
      await admin.end()
      return { direct: urlOn(port, name), pooled: urlOn(pooledPort, name) }
    },
    close: async () => {
      await pgbouncer.kill()
      await postgres.kill()
      await rm(folder, { recursive: true, force: true, maxRetries: 20 })
    },
  }
}

function serviceOf(launch: () => ChildProcess, end: NodeJS.Signals, url: string): Service {
  let child: ChildProcess | undefined
  process.on('exit', () => child?.kill(end))
  return {
    kill: async () => {
      const gone = new Promise((resolve) => child?.once('exit', resolve))
      if (child?.kill(end)) await gone
      child = undefined
    },
    start: async () => {
      child = launch()
      await untilAnswers(url, child)
    },
  }
}

async function untilAnswers(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const sql = connect(url, { max: 1, connectTimeout_s: 1 })
    try {
      await sql.unsafe('select 1')
      return
    } catch (error) {
      if (child.exitCode !== null || performance.now() > deadline) throw error
      await sleep(50)
    } finally {
      await sql.end({ timeout: 1 })
    }
  }
}

/** Neither program runs as root. */
async function plainUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const passwd = await readFile('/etc/passwd', 'utf8')
  const entry = passwd.split('\n').find((line) => /^(postgres|nobody):/.test(line))
  const [, , uid, gid] = entry?.split(':') ?? []
  return { uid: Number(uid ?? 65_534), gid: Number(gid ?? 65_534) }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
