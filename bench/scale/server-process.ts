/** A Fiado server as its users run it: a process of its own on a given database. */
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { SERVER_FLAGS } from '../../scripts/node-flags.mjs'

export interface Call {
  readonly method: 'GET' | 'POST'
  /** Under `/api/creditcontrol`. */
  readonly path: string
  readonly body?: unknown
}

export interface Timed {
  readonly status: number
  readonly text: string
  readonly took_ms: number
}

export interface ServerProcess {
  /** One request over a connection that is kept. */
  call(call: Call): Promise<Timed>
  /** The most memory that it ever had in use (VmHWM); undefined where the system does not tell. */
  peakRss_bytes(): Promise<number | undefined>
  stop(): Promise<void>
}

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const KEY = { FIADO_APP_KEY: 'bench-key', FIADO_APP_TOKEN: 'bench-token' }
const READY_TIMEOUT_MS = 45_000
const STEP_MS = 25

export async function startServerProcess(databaseUrl: string): Promise<ServerProcess> {
  const env = {
    ...process.env,
    ...KEY,
    DATABASE_URL: databaseUrl,
    PORT: '0',
    FIADO_LOG_LEVEL: 'warn',
  }
  const child = spawn(process.execPath, [...SERVER_FLAGS, MAIN, 'start'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const killed = (): void => void child.kill('SIGKILL')
  process.once('exit', killed)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await exited
    process.off('exit', killed)
  }
  const deadline = performance.now() + READY_TIMEOUT_MS
  const urlIn = (): string | undefined => /API\s+(http\S+\/api\/creditcontrol)/.exec(output)?.[1]
  while (urlIn() === undefined) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop()
      throw new Error(`Fiado did not become ready:\n${output}`)
    }
    await sleep(STEP_MS)
  }
  const url = urlIn() as string
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    call: (call) => send(agent, url, call),
    peakRss_bytes: () => peakRss_bytes(child.pid ?? 0),
    stop: async () => {
      agent.destroy()
      await stop()
    },
  }
}

/** `node:http`, since the client's own time is in every figure and that of `fetch` is longer. */
function send(agent: Agent, url: string, { method, path, body }: Call): Promise<Timed> {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const headers = {
    'X-VTEX-API-AppKey': KEY.FIADO_APP_KEY,
    'X-VTEX-API-AppToken': KEY.FIADO_APP_TOKEN,
    ...(text !== undefined && { 'Content-Type': 'application/json' }),
  }
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const sent = request(`${url}${path}`, { agent, method, headers }, (answer) => {
      let received = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        received += chunk
      })
      answer.on('error', reject)
      answer.on('end', () => {
        const took_ms = performance.now() - started
        resolve({ status: answer.statusCode ?? 0, text: received, took_ms })
      })
    })
    sent.on('error', reject)
    sent.end(text)
  })
}

async function peakRss_bytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
}
