/** Runs the load generator, a process of its own, and reads its figures. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { FIRST_KEY } from '../../support/process.ts'
import type { Job, Seen, Timed } from './generator.ts'

const GENERATOR = fileURLToPath(new URL('./generator.ts', import.meta.url))

const HEADERS = {
  'X-VTEX-API-AppKey': FIRST_KEY.appKey,
  'X-VTEX-API-AppToken': FIRST_KEY.token,
}

/** Does one job to its end, with the first key. */
export async function generate(job: Omit<Job, 'headers'>): Promise<Seen> {
  const child = fork(GENERATOR, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  child.send({ ...job, headers: HEADERS })
  const [seen] = (await once(child, 'message')) as [Seen]
  return seen
}

/** What this share of the requests took at most: 0.5 is the median. */
export function quantile(timed: readonly Timed[], share: number): number {
  const sorted = timed.map(([, took]) => took).sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Those that were due from `from` on, and before `to`. */
export function dueWithin(timed: readonly Timed[], from: number, to = Infinity): Timed[] {
  return timed.filter(([due]) => due >= from && due < to)
}
