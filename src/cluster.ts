/**
 * Several processes behind one port (FIADO_PROCESSES). The primary keeps what there is one of —
 * the database, the signals, the port, the counts of the rate limits — and the workers serve.
 */
import cluster, { type Worker } from 'node:cluster'
import { fileURLToPath } from 'node:url'
import { keepCounts } from './api/limits.ts'
import { sumOf } from './api/metrics.ts'
import { answer, ask, type Message, tell } from './cluster-messages.ts'
import type { Config } from './config.ts'
import type { Running } from './serve.ts'

const PROGRAM = fileURLToPath(new URL('./cluster-worker.ts', import.meta.url))

/** A worker that dies is replaced after a pause, which doubles while they die young. */
const FIRST_PAUSE_MS = 100
const LAST_PAUSE_MS = 5_000
const YOUNG_MS = 10_000

/** A worker that is too busy to answer is left out of a scrape. */
const METRICS_TIMEOUT_MS = 1_000

export interface ClusterOptions {
  readonly config: Pick<Config, 'processes' | 'port'>
  readonly databaseUrl: string
  readonly version: string
  readonly log: (line: string) => void
}

/** Forks the workers and waits until all of them serve. Throws where they cannot listen. */
export async function serveByWorkers(options: ClusterOptions): Promise<Running> {
  const { config, databaseUrl, version, log } = options
  cluster.setupPrimary({ exec: PROGRAM, args: [version] })
  keepCounts()
  const workers = new Workers({ DATABASE_URL: databaseUrl, PORT: String(config.port) }, log)
  const url = await workers.start(config.processes)
  return { url, stop: () => workers.stop() }
}

class Workers {
  readonly #environment: Record<string, string>
  readonly #log: (line: string) => void
  readonly #serving = new Set<Worker>()
  /** Where they listen, once they do. */
  #port = ''
  #state: 'starting' | 'serving' | 'stopping' = 'starting'
  /** Deaths in a row of workers that were young. */
  #youngDeaths = 0

  constructor(environment: Record<string, string>, log: (line: string) => void) {
    this.#environment = environment
    this.#log = log
  }

  /** Answers where they listen. */
  async start(count: number): Promise<string> {
    try {
      const [url = ''] = await Promise.all(Array.from({ length: count }, () => this.#fork()))
      this.#state = 'serving'
      this.#port = new URL(url).port
      return url
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  /** Each finishes what it has in flight; one that is still starting is told once it serves. */
  async stop(): Promise<void> {
    this.#state = 'stopping'
    const all = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
    for (const worker of this.#serving) tell(worker, { kind: 'stop' })
    await Promise.all(
      all.map((worker) => worker.isDead() || new Promise((end) => worker.once('exit', end))),
    )
  }

  /** Answers where the worker listens. */
  #fork(): Promise<string> {
    const bornAt = performance.now()
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    // Asked for port 0, workers share a port for as long as one of them holds it.
    const isAlone = this.#state === 'serving' && this.#serving.size === 0
    const port = isAlone ? { PORT: this.#port } : {}
    const worker = cluster.fork({ ...this.#environment, ...port })
    // A message to one that has just died: its end is what counts, and is told below.
    worker.on('error', () => undefined)
    closeUnaccepted(worker)
    answer(worker, 'metrics', () => this.#metrics())
    worker.on('message', (message: Message) => {
      if (message.kind === 'listening') {
        this.#serving.add(worker)
        resolve(message.url)
        if (this.#state === 'stopping') tell(worker, { kind: 'stop' })
      }
      if (message.kind === 'cannot-listen') {
        const { code } = message
        reject(Object.assign(new Error(`A worker cannot listen: ${code}`), { code }))
        if (this.#state === 'serving') this.#log(`A worker cannot listen: ${code}`)
        tell(worker, { kind: 'stop' })
      }
    })
    worker.on('exit', (code, signal) => {
      const end = signal ?? `exit code ${code}`
      this.#serving.delete(worker)
      reject(new Error(`A worker process ended before it served (${end})`))
      if (this.#state === 'serving') this.#replace(worker, performance.now() - bornAt, end)
    })
    return promise
  }

  #replace({ process: { pid } }: Worker, lived_ms: number, end: string): void {
    this.#youngDeaths = lived_ms < YOUNG_MS ? this.#youngDeaths + 1 : 0
    const pause_ms = Math.min(FIRST_PAUSE_MS * 2 ** this.#youngDeaths, LAST_PAUSE_MS)
    this.#log(`Worker process ${pid} ended unexpectedly (${end}): starting another`)
    setTimeout(() => {
      if (this.#state === 'serving') this.#fork().catch(() => undefined)
    }, pause_ms)
  }

  async #metrics(): Promise<string> {
    const asked = [...this.#serving].map((worker) => {
      return ask(worker, 'own metrics', METRICS_TIMEOUT_MS)
    })
    return await sumOf(await Promise.all(asked))
  }
}

interface Handover {
  readonly act?: string
  readonly seq?: number
  readonly ack?: number
}

/**
 * node:cluster forgets the connection that was on its way to a worker that dies, and keeps it
 * open: its client would wait for an answer for ever. This closes it.
 */
function closeUnaccepted(worker: Worker): void {
  const { process: child } = worker
  const onTheirWay = new Map<unknown, { close(): void }>()
  const send = child.send.bind(child) as (...given: unknown[]) => boolean
  child.send = (message: Handover, handle?: unknown, ...rest: unknown[]) => {
    if (message.act === 'newconn') onTheirWay.set(message.seq, handle as { close(): void })
    return send(message, handle, ...rest)
  }
  child.on('internalMessage', ({ ack }: Handover) => onTheirWay.delete(ack))
  worker.on('exit', () => {
    for (const handle of onTheirWay.values()) handle.close()
  })
}
