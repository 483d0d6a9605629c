/** Part 3: latency under a steady load, from an open loop that times from the scheduled instant. */
import { type Bench, checked } from './authorize.ts'
import { quantile } from './median.ts'

export interface Latency {
  /** Authorizations a second that were due, and that were done. */
  readonly rate: number
  readonly done: number
  readonly p50_ms: number
  readonly p99_ms: number
  readonly p999_ms: number
  readonly longest_ms: number
}

const CONNECTIONS = 256

export async function measureLatency(bench: Bench, rate: number): Promise<Latency> {
  const { server, accounts, warmUp_ms, measure_ms, rounds } = bench
  const seen = await checked(bench, {
    target: server.target,
    work: { kind: 'authorize', accounts },
    connections: CONNECTIONS,
    warmUp_ms,
    measure_ms: measure_ms * rounds,
    rate,
  })
  const { latencies_ms } = seen
  return {
    rate,
    done: seen.perSecond,
    p50_ms: quantile(latencies_ms, 0.5),
    p99_ms: quantile(latencies_ms, 0.99),
    p999_ms: quantile(latencies_ms, 0.999),
    longest_ms: latencies_ms.at(-1) ?? Number.NaN,
  }
}
