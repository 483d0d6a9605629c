/** The server process of a cluster: found by its pid file, known by its command line. */
import { execFile, execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { EmbeddedPostgresError, systemCode } from './embedded-error.ts'

export interface Postmaster {
  readonly pid: number
  readonly port: number
}

const STEP_MS = 20
const FAST_STOP_MS = 20_000
const HARD_STOP_MS = 10_000
/** How far ahead of the pid in postmaster.pid the port is written. */
const PORT_LINE = 3

/**
 * The running server of the cluster, if any. A pid file whose process id now belongs to another
 * program is removed: PostgreSQL would take that program for a server and refuse to start.
 */
export async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const file = join(cluster, 'postmaster.pid')
  const lines = await pidLines(file)
  if (!lines) return undefined
  const pid = Number(lines[0])
  if (pid > 0 && isPostmaster(pid, cluster)) return { pid, port: Number(lines[PORT_LINE]) }
  // With a dead pid the file stays: PostgreSQL uses it to find backends that outlived their server.
  if (!(pid > 0) || isAlive(pid)) await rm(file, { force: true })
  return undefined
}

/** The port the cluster was last served on; undefined after a clean stop. */
export async function lastPort(cluster: string): Promise<number | undefined> {
  const lines = await pidLines(join(cluster, 'postmaster.pid'))
  return Number(lines?.[PORT_LINE]) || undefined
}

async function pidLines(file: string): Promise<string[] | undefined> {
  try {
    return (await readFile(file, 'utf8')).split('\n')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Whether the process is the server of this very cluster (and not a zombie, or a stranger). */
export function isPostmaster(pid: number, cluster: string): boolean {
  if (!isAlive(pid)) return false
  if (process.platform === 'linux') return isPostmasterByProc(pid, cluster)
  if (process.platform === 'win32') return isPostmasterByTasklist(pid)
  return isPostmasterByPs(pid, cluster)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}

function isPostmasterByProc(pid: number, cluster: string): boolean {
  try {
    const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    const directory = args[args.indexOf('-D') + 1] ?? ''
    return basename(program) === 'postgres' && isSameDirectory(directory, cluster)
  } catch {
    return false
  }
}

function isSameDirectory(one: string, other: string): boolean {
  const a = statSync(one)
  const b = statSync(other)
  return a.dev === b.dev && a.ino === b.ino
}

function isPostmasterByPs(pid: number, cluster: string): boolean {
  try {
    const args = ['-ww', '-p', String(pid), '-o', 'stat=,command=']
    const line = execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return !line.startsWith('Z') && line.includes(`postgres -D ${cluster} `)
  } catch {
    return false
  }
}

function isPostmasterByTasklist(pid: number): boolean {
  try {
    const line = execFileSync('tasklist', ['/fi', `PID eq ${pid}`, '/nh'], { encoding: 'utf8' })
    return line.includes('postgres.exe')
  } catch {
    return false
  }
}

export interface StopTarget {
  readonly pid: number
  readonly cluster: string
  /** PostgreSQL's own pg_ctl: Windows has no signals to stop it with. */
  readonly pg_ctl: string
  readonly isGone: () => boolean
}

/**
 * Fast, clean shutdown: ends the sessions, writes everything out, and waits until it is gone.
 * After 20 s it stops at once (the next start then recovers from the log).
 * Throws EmbeddedPostgresError where the process outlives even that.
 */
export async function stopPostmaster(target: StopTarget): Promise<void> {
  await askToStop(target, 'SIGINT')
  if (await waitUntil(target.isGone, FAST_STOP_MS)) return
  await askToStop(target, 'SIGQUIT')
  if (await waitUntil(target.isGone, HARD_STOP_MS)) return
  throw new EmbeddedPostgresError(
    `PostgreSQL (process ${target.pid}) does not stop: end it by hand with "kill -QUIT ${target.pid}"`,
  )
}

async function askToStop(target: StopTarget, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  if (target.isGone()) return
  if (process.platform === 'win32') {
    const mode = signal === 'SIGINT' ? 'fast' : 'immediate'
    const args = ['stop', '-D', target.cluster, '-m', mode, '-W']
    await promisify(execFile)(target.pg_ctl, args).catch(() => undefined)
    return
  }
  try {
    process.kill(target.pid, signal)
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error
  }
}

/** Polls until it holds; false when `timeout_ms` is over. */
export async function waitUntil(holds: () => boolean, timeout_ms: number): Promise<boolean> {
  const deadline = performance.now() + timeout_ms
  while (!holds()) {
    if (performance.now() > deadline) return false
    await sleep(STEP_MS)
  }
  return true
}
