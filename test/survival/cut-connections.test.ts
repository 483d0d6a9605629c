/** The database lives, and its connections do not: ended, cut, or swallowed by the network. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { send } from '../support/exchange.ts'
import { type FiadoProcess, startProcess } from '../support/process.ts'
import { CuttableProxy } from './support/cuttable-proxy.ts'
import {
  countOf,
  expectAnswered,
  expectSound,
  ms,
  PATIENCE_MS,
  report,
  slowest,
  times,
} from './support/experiment.ts'
import { Watch } from './support/watch.ts'
import { Workload } from './support/workload.ts'

/** In the short form just longer than anybody waits. */
const BLACK_HOLE_MS = times(25_000, 10_000)

let database: TestDatabase
let proxy: CuttableProxy
let fiado: FiadoProcess
let workload: Workload

beforeAll(async () => {
  database = await createDatabase()
  proxy = await CuttableProxy.before(database.url)
  fiado = await startProcess({ databaseUrl: proxy.url })
  workload = new Workload({ url: () => fiado.url, clients: 32, accounts: 20 })
  await workload.open()
})
afterAll(async () => {
  workload.close()
  await fiado.stop()
  await proxy.close()
  await database.drop()
})

const OUTAGES: readonly [string, number, () => Promise<void>][] = [
  [
    'all sessions are ended by pg_terminate_backend',
    times(10, 2),
    async () => {
      await database.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name like 'fiado %'`
    },
  ],
  [
    'the network to the database is cut for 3 s',
    times(5, 1),
    async () => {
      proxy.cut()
      await sleep(3_000)
    },
  ],
  [
    `the network swallows everything for ${BLACK_HOLE_MS / 1_000} s`,
    times(3, 1),
    async () => {
      proxy.swallow()
      await sleep(BLACK_HOLE_MS)
    },
  ],
]

test.each(OUTAGES)(
  '%s (%i times): nobody hangs, nothing is lost, and the server serves again by itself',
  async (name, rounds, suffer) => {
    const figures = { refused: 0, longest: 0, slowest: 0 }
    const before = workload.acknowledged.size
    for (let round = 0; round < rounds; round += 1) {
      const reads = new Watch(() => send({ url: fiado.url, method: 'GET', path: '/accounts' }))
      workload.start()
      await workload.untilAcknowledged(64)
      await sleep(Math.random() * 500)
      await suffer()
      const backAt = performance.now()
      proxy.restore()
      const servedAt = await workload.servedAfter(backAt, 3 * PATIENCE_MS)
      await workload.stop()
      await reads.stop()
      expect(servedAt - backAt).toBeLessThan(PATIENCE_MS)
      expectAnswered([...workload.attempts, ...reads.attempts])
      figures.longest = Math.max(figures.longest, servedAt - backAt)
      figures.refused += countOf(workload.attempts, 503)
      figures.slowest = Math.max(
        figures.slowest,
        slowest([...workload.attempts, ...reads.attempts]),
      )
      await expectSound(workload, database.sql)
    }
    report(name, {
      rounds,
      acknowledged: workload.acknowledged.size - before,
      'answers of 503': figures.refused,
      'longest until served again': ms(figures.longest),
      'slowest answer': ms(figures.slowest),
    })
  },
  600_000,
)
