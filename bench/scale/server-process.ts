/** A Fiado server as its users run it: a process of its own on a given database. */
import { Agent, request } from 'node:http'
import { peakMemoryOf } from '../cpu.ts'
import type { Target } from '../http/requests.ts'
import { startServer } from '../lab.ts'

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

export async function startServerProcess(databaseUrl: string): Promise<ServerProcess> {
  const server = await startServer({ databaseUrl })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    call: (call) => send(agent, server.target, call),
    peakRss_bytes: async () => peakMemoryOf(server.pid) * 2 ** 20 || undefined,
    stop: async () => {
      agent.destroy()
      await server.stop()
    },
  }
}

/** `node:http`, since the client's own time is in every figure and that of `fetch` is longer. */
function send(agent: Agent, target: Target, { method, path, body }: Call): Promise<Timed> {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const headers = {
    'X-VTEX-API-AppKey': target.appKey,
    'X-VTEX-API-AppToken': target.token,
    ...(text !== undefined && { 'Content-Type': 'application/json' }),
  }
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const to = { host: target.host, port: target.port, path: `/api/creditcontrol${path}` }
    const sent = request({ ...to, agent, method, headers }, (answer) => {
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
