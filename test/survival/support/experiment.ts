/** How far the experiments go, what they promise, and the judgement at the end of each. */
import { expect } from 'vitest'
import { verify } from '../../../src/ledger/verify.ts'
import { connect, type Sql } from '../../../src/postgres/connect.ts'
import { joinEmbedded } from '../../../src/postgres/embedded.ts'
import type { Exchange } from '../../support/exchange.ts'
import { marksIn, type Workload } from './workload.ts'

/** True for `npm run test:survival`; `npm test` runs the same experiments, fewer times. */
export const IS_FULL = process.env.FIADO_SURVIVAL === 'full'

/** No request may take longer, whatever happens; and the server serves again within the same time. */
export const PATIENCE_MS = 10_000

/** As many times as the full form does it, or the short one. */
export function times(full: number, short: number): number {
  return IS_FULL ? full : short
}

/** A pool on the embedded PostgreSQL that a server runs on a data directory. */
export async function connectTo(dataDir: string): Promise<Sql> {
  const { url } = await joinEmbedded({ dataDir })
  return connect(url, { max: 1, applicationName: 'survey' })
}

/** What was acknowledged stands in the ledger once, nothing else does, and the totals agree. */
export async function expectSound(workload: Workload, sql: Sql): Promise<void> {
  expect(workload.refused).toEqual([])
  const marks = await marksIn(sql)
  const stored = new Set(marks)
  expect(marks.length - stored.size, 'writes that stand twice').toBe(0)
  const { acknowledged } = workload
  expect(
    [...acknowledged].filter((mark) => !stored.has(mark)),
    'lost',
  ).toEqual([])
  expect(
    marks.filter((mark) => !acknowledged.has(mark)),
    'never acknowledged',
  ).toEqual([])
  expect((await verify(sql, undefined)).drift).toEqual([])
}

/** Every request ended in time: with 200, or with 503 and Retry-After. */
export function expectAnswered(attempts: readonly Exchange[]): void {
  expect(attempts.filter(({ error }) => error)).toEqual([])
  expect(
    attempts.filter(({ status, retryAfter }) => status !== 200 && (status !== 503 || !retryAfter)),
  ).toEqual([])
  const late = attempts.filter((attempt) => tookOf(attempt) >= PATIENCE_MS)
  expect(
    late.map((attempt) => `${attempt.asked}: ${attempt.status}, ${ms(tookOf(attempt))}`),
  ).toEqual([])
}

export function slowest(attempts: readonly Exchange[]): number {
  return attempts.reduce((most, attempt) => Math.max(most, tookOf(attempt)), 0)
}

export function tookOf({ startedAt = 0, endedAt = 0 }: Exchange): number {
  return endedAt - startedAt
}

/** How many attempts had an answer of this status. */
export function countOf(attempts: readonly Exchange[], status: number): number {
  return attempts.filter((attempt) => attempt.status === status).length
}

/** One line that stays after a run: what was done, and what came of it. */
export function report(
  experiment: string,
  figures: Readonly<Record<string, string | number>>,
): void {
  const told = Object.entries(figures).map(([name, figure]) => `${name} ${figure}`)
  console.log(`survival: ${experiment}: ${told.join(', ')}`)
}

export function ms(value: number): string {
  return `${Math.round(value)} ms`
}
