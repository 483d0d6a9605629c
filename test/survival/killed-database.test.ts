/** kill -9 of the embedded PostgreSQL, whole or one session of it, under load. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { send } from '../support/exchange.ts'
import {
  createDataDir,
  type FiadoProcess,
  postmasterOf,
  runFiado,
  startProcess,
} from '../support/process.ts'
import {
  connectTo,
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

let dataDir: string
let fiado: FiadoProcess
let workload: Workload

beforeAll(async () => {
  dataDir = await createDataDir()
  fiado = await startProcess({ dataDir })
  workload = new Workload({ url: () => fiado.url, clients: 32, accounts: 20 })
  await workload.open()
})
afterAll(() => workload.close())

/** What dies: the whole server, or one session of it, as when memory runs out. */
const VICTIMS: readonly [string, number, (postmaster: number) => Promise<number>][] = [
  ['PostgreSQL', times(10, 2), async (postmaster) => postmaster],
  ['a session of PostgreSQL', times(10, 1), sessionOf],
]

test.each(VICTIMS)(
  'kill -9 of %s, %i times: nobody hangs, nothing is lost, and the server serves again by itself',
  async (name, kills, find) => {
    const figures = { refused: 0, longest: 0, slowest: 0 }
    const before = workload.acknowledged.size
    for (let kill = 0; kill < kills; kill += 1) {
      const postmaster = (await postmasterOf(dataDir)) ?? 0
      const reads = new Watch(() => send({ url: fiado.url, method: 'GET', path: '/accounts' }))
      workload.start()
      await workload.untilAcknowledged(64)
      await sleep(Math.random() * 1_000)
      const victim = await find(postmaster)
      const killedAt = performance.now()
      process.kill(victim, 'SIGKILL')
      // Answers that were on their way do not count as served again.
      const servedAt = await workload.servedAfter(killedAt + 200, 3 * PATIENCE_MS)
      await workload.stop()
      await reads.stop()
      expect(servedAt - killedAt).toBeLessThan(PATIENCE_MS)
      expectAnswered([...workload.attempts, ...reads.attempts])
      expect((await postmasterOf(dataDir)) === postmaster).toBe(victim !== postmaster)
      figures.longest = Math.max(figures.longest, servedAt - killedAt)
      figures.refused += countOf(workload.attempts, 503)
      figures.slowest = Math.max(figures.slowest, slowest(workload.attempts))
      const sql = await connectTo(dataDir)
      await expectSound(workload, sql)
      await sql.end({ timeout: 1 })
    }
    report(`kill -9 of ${name}`, {
      kills,
      acknowledged: workload.acknowledged.size - before,
      'answers of 503': figures.refused,
      'longest gap until served again': ms(figures.longest),
      'slowest answer': ms(figures.slowest),
    })
  },
  600_000,
)

test('after all that the ledger agrees, and SIGTERM leaves no PostgreSQL behind', async () => {
  const verified = await runFiado(['verify'], { dataDir })
  expect(verified.stdout).toContain('No drift')
  expect(verified.code).toBe(0)
  expect(await fiado.stop()).toBe(0)
  expect(await postmasterOf(dataDir)).toBeUndefined()
})

test('neither log of the data directory holds personal data', async () => {
  const log = await readFile(join(dataDir, 'postgres.log'), 'utf8')
  const password = (await readFile(join(dataDir, 'postgres-password'), 'utf8')).trim()
  for (const output of [log, fiado.stdout(), fiado.stderr()]) {
    expect(output).not.toMatch(/SURVIVOR|survivor\d|correio\.example/)
    expect(output).not.toContain(password)
  }
})

/** The process of one session of our database (Linux tells children and their titles). */
async function sessionOf(postmaster: number): Promise<number> {
  const children = await readFile(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8')
  for (const pid of children.trim().split(' ')) {
    const title = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (title.startsWith('postgres: fiado fiado ')) return Number(pid)
  }
  throw new Error('There is no session')
}
