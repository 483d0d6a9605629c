/** Fiado as its users run it: a process of its own, on a cloned database or on a data directory. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { isPostmaster } from '../../src/postgres/embedded-postmaster.ts'
import type { Credentials } from './server.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const READY_TIMEOUT_MS = 45_000
const STOP_TIMEOUT_MS = 20_000
const COMMAND_TIMEOUT_MS = 45_000
const STEP_MS = 25

/** The first key of every process that is given none. */
export const FIRST_KEY: Credentials = { appKey: 'test-first-key', token: 'test-first-token' }

export interface ProcessOptions {
  /** Settings for the process; `undefined` takes one away. Nothing of ours is inherited. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** DATABASE_URL: a cloned database, say. */
  readonly databaseUrl?: string
  /** FIADO_DATA_DIR: the embedded PostgreSQL in it (see {@link createDataDir}). */
  readonly dataDir?: string
  /** A script to run in the place of src/main.ts. */
  readonly program?: string
}

export interface FiadoProcess {
  /** Where it listens: `http://127.0.0.1:41234`. */
  readonly url: string
  readonly pid: number
  /** From the start of the process to its first answer that it is ready. */
  readonly readyAfter_ms: number
  stdout(): string
  stderr(): string
  kill(signal: NodeJS.Signals): void
  /** The exit code, null where a signal ended it. Never rejects. */
  readonly exited: Promise<number | null>
  /** Ends it in order (SIGTERM) and answers its exit code; kills it where that takes 20 s. */
  stop(): Promise<number | null>
}

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const children = new Map<ChildProcess, Promise<number | null>>()
const dataDirs = new Set<string>()

process.on('exit', () => {
  for (const child of children.keys()) child.kill('SIGKILL')
})
afterAll(async () => {
  for (const child of children.keys()) child.kill('SIGKILL')
  await Promise.all(children.values())
  await Promise.all([...dataDirs].map(removeDataDir))
})

/**
 * Starts the server on a port of its own and waits until it is ready. The first key is
 * {@link FIRST_KEY} unless `env` says otherwise. Whatever still runs at the end of the test file
 * is killed.
 */
export async function startProcess(options: ProcessOptions): Promise<FiadoProcess> {
  const started = performance.now()
  const env = {
    PORT: '0',
    FIADO_APP_KEY: FIRST_KEY.appKey,
    FIADO_APP_TOKEN: FIRST_KEY.token,
    ...options.env,
  }
  const spawned = spawnFiado(['start'], { ...options, env })
  const { child, stdout, stderr, exited } = spawned
  const url = await readyUrl(spawned)
  return {
    url,
    pid: child.pid ?? 0,
    readyAfter_ms: performance.now() - started,
    stdout,
    stderr,
    kill: (signal) => void child.kill(signal),
    exited,
    stop: async () => {
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
      const code = await exited
      clearTimeout(late)
      return code
    },
  }
}

/** Runs one command to its end; code null where it had to be killed after 45 s. */
export async function runFiado(
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<Finished> {
  const { child, stdout, stderr, exited } = spawnFiado(args, options)
  const late = setTimeout(() => child.kill('SIGKILL'), COMMAND_TIMEOUT_MS)
  const code = await exited
  clearTimeout(late)
  return { code, stdout: stdout(), stderr: stderr() }
}

/** A fresh data directory; at the end of the test file its PostgreSQL is ended and it is removed. */
export async function createDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'fiado-process-'))
  dataDirs.add(dataDir)
  return dataDir
}

/** The process id of the PostgreSQL that serves a data directory; undefined where none does. */
export async function postmasterOf(dataDir: string): Promise<number | undefined> {
  const cluster = join(dataDir, 'postgres')
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number(text.split('\n')[0])
  return pid > 0 && isPostmaster(pid, cluster) ? pid : undefined
}

interface Spawned {
  readonly child: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  readonly exited: Promise<number | null>
}

function spawnFiado(args: readonly string[], options: ProcessOptions): Spawned {
  const child = spawn(process.execPath, [options.program ?? MAIN, ...args], {
    env: environment(options),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = exitOf(child)
  children.set(child, exited)
  void exited.then(() => children.delete(child))
  return { child, stdout: collect(child.stdout), stderr: collect(child.stderr), exited }
}

/** What every program needs, and what the test gives: settings of the run must not leak in. */
function environment({ env, databaseUrl, dataDir }: ProcessOptions): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, LANG } = process.env
  const given = {
    PATH,
    HOME,
    TMPDIR,
    LANG,
    DATABASE_URL: databaseUrl,
    FIADO_DATA_DIR: dataDir,
    ...env,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = ''
  stream?.setEncoding('utf8')
  stream?.on('data', (chunk: string) => {
    text += chunk
  })
  return () => text
}

/** Waits for 'close': by then all output has arrived. */
function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('close', (code) => resolve(code))
    child.once('error', () => resolve(null))
  })
}

async function readyUrl({ child, stdout, stderr }: Spawned): Promise<string> {
  const deadline = performance.now() + READY_TIMEOUT_MS
  while (performance.now() < deadline) {
    const url = /API\s+(http\S+)\/api\/creditcontrol/.exec(stdout())?.[1]
    if (url && (await fetch(`${url}/readyz`)).ok) return url
    if (child.exitCode !== null || child.signalCode !== null) break
    await sleep(STEP_MS)
  }
  child.kill('SIGKILL')
  const end = `exit code ${child.exitCode}, signal ${child.signalCode}`
  throw new Error(`Fiado did not become ready (${end}):\n${stdout()}\n${stderr()}`)
}

async function removeDataDir(dataDir: string): Promise<void> {
  const pid = await postmasterOf(dataDir)
  if (pid) process.kill(pid, 'SIGQUIT')
  while (await postmasterOf(dataDir)) await sleep(STEP_MS)
  await rm(dataDir, { recursive: true, force: true, maxRetries: 20 })
  dataDirs.delete(dataDir)
}
