/** Prometheus metrics: requests by route and status, commits of the writer, the process itself. */
import {
  AggregatorRegistry,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type MetricObject,
  Registry,
} from 'prom-client'
import { problem } from './problems.ts'

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const COMMANDS = [1, 2, 4, 8, 16, 32, 64, 128, 256]

export class Metrics {
  readonly registry = new Registry()
  readonly #requests: Histogram
  readonly #commits: Histogram
  readonly #commands: Histogram
  readonly #ofAll: (() => Promise<unknown>) | undefined

  /** `ofAll` answers the metrics of all processes of a server that has several. */
  constructor(ofAll?: () => Promise<unknown>) {
    this.#ofAll = ofAll
    const registers = [this.registry]
    this.#requests = new Histogram({
      name: 'fiado_http_request_seconds',
      help: 'Time from a request to its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: SECONDS,
      registers,
    })
    this.#commits = new Histogram({
      name: 'fiado_writer_commit_seconds',
      help: 'Time of one commit of the writer, from its first lock on.',
      buckets: SECONDS,
      registers,
    })
    this.#commands = new Histogram({
      name: 'fiado_writer_commit_commands',
      help: 'Commands that shared one commit.',
      buckets: COMMANDS,
      registers,
    })
  }

  /** Counts what waits in the writer whenever somebody looks. */
  watchQueue(waiting: () => number): void {
    new Gauge({
      name: 'fiado_writer_waiting',
      help: 'Commands that wait for the writer or are under way.',
      registers: [this.registry],
      collect() {
        this.set(waiting())
      },
    })
  }

  /** Memory, event loop and garbage collection of this process: once in a process. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.registry })
    new Gauge({
      name: 'fiado_processes',
      help: 'Processes that serve.',
      registers: [this.registry],
    }).set(1)
  }

  /** What a scrape shows: the sum over all processes, whichever of them answers. */
  async text(): Promise<string> {
    if (!this.#ofAll) return await this.registry.metrics()
    const text = await this.#ofAll()
    if (typeof text !== 'string') throw problem('unavailable', {})
    return text
  }

  request(method: string, route: string, status: number, took_ms: number): void {
    this.#requests.observe({ method, route, status }, took_ms / 1000)
  }

  commit(commands: number, took_ms: number): void {
    this.#commits.observe(took_ms / 1000)
    this.#commands.observe(commands)
  }
}

/** The metrics of several processes as one; a process that gave none is left out. */
export async function sumOf(parts: readonly unknown[]): Promise<string> {
  const given = parts.filter((part) => Array.isArray(part)) as MetricObject[][]
  return await AggregatorRegistry.aggregate(given).metrics()
}
