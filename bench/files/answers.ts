/** How soon authorizations are answered that come at a steady rate, also while something else runs. */
import type { Job, Seen } from '../http/generator.ts'
import { load, type Server } from '../lab.ts'
import { quantile } from '../median.ts'
import { accountIdOf } from '../scale/shape.ts'
import type { FilesBench } from './measure.ts'

/** More than nearly any store has, and far from the most that there can be. */
export const AUTHORIZATIONS_A_SECOND = 200

const CONNECTIONS = 64
/** Short: what runs beside them may not take long. */
const WARM_UP_MS = 200
/** Longer than anything that is measured. */
const AS_LONG_AS_IT_TAKES_MS = 3_600_000

/** Node compiles what runs often, while it runs: a server is measured as it is after some seconds. */
export async function heat(bench: FilesBench, server: Server): Promise<void> {
  assertAllDone(await load({ ...jobOf(bench, server), measure_ms: bench.heat_ms }))
}

/** The p99 in ms for as long as `beside` takes, or where nothing else runs. */
export async function p99Of(
  bench: FilesBench,
  server: Server,
  beside?: Promise<unknown>,
): Promise<number> {
  const measure_ms = beside ? AS_LONG_AS_IT_TAKES_MS : bench.latency_ms
  const job = { ...jobOf(bench, server), measure_ms, rate: AUTHORIZATIONS_A_SECOND }
  const seen = await load({ ...job, warmUp_ms: WARM_UP_MS }, beside)
  assertAllDone(seen)
  return quantile(seen.latencies_ms, 0.99)
}

function jobOf({ shape }: FilesBench, { target }: Server): Job {
  const accounts = Array.from({ length: shape.accounts }, (_, account) => accountIdOf(account))
  const work = { kind: 'authorize', accounts } as const
  return { target, work, connections: CONNECTIONS, warmUp_ms: 0, measure_ms: 0 }
}

function assertAllDone({ statuses }: Seen): void {
  const others = Object.keys(statuses).filter((status) => status !== '200')
  if (others.length > 0) throw new Error(`Refused: ${JSON.stringify(statuses)}`)
}
