/** kill -9 of the server at random moments under load; whoever supervises it starts it again. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createDataDir, runFiado, startProcess } from '../support/process.ts'
import {
  connectTo,
  expectSound,
  IS_FULL,
  ms,
  PATIENCE_MS,
  report,
  slowest,
  times,
} from './support/experiment.ts'
import { Workload } from './support/workload.ts'

const KILLS = times(20, 3)

test(`kill -9 of the server, ${KILLS} times: what was acknowledged is there once, and a retry has one effect`, async () => {
  const dataDir = await createDataDir()
  let fiado = await startProcess({ dataDir })
  const { url } = fiado
  const env = { PORT: new URL(url).port }
  const sql = await connectTo(dataDir)
  const workload = new Workload({ url: () => url, clients: 32, accounts: 20 })
  await workload.open()
  let longest = 0
  let cut = 0
  let wait = 0
  for (let kill = 0; kill < KILLS; kill += 1) {
    workload.start()
    await workload.untilAcknowledged(64)
    await sleep(Math.random() * 1_000)
    const killedAt = performance.now()
    fiado.kill('SIGKILL')
    expect(await fiado.exited).toBeNull()
    fiado = await startProcess({ dataDir, env })
    const readyAt = performance.now()
    const servedAt = await workload.servedAfter(killedAt + 1, 6 * PATIENCE_MS)
    await workload.stop()
    expect(servedAt - readyAt).toBeLessThan(PATIENCE_MS)
    longest = Math.max(longest, servedAt - killedAt)
    cut += workload.attempts.filter(({ error }) => error).length
    wait = Math.max(wait, slowest(workload.attempts))
    await expectSound(workload, sql)
  }
  report('kill -9 of the server', {
    kills: KILLS,
    acknowledged: workload.acknowledged.size,
    'cut or refused connections': cut,
    retried: workload.retried,
    'of these done before': workload.replayed,
    'longest gap until served again': ms(longest),
    'slowest answer': ms(wait),
  })
  // Few kills may all fall between two commits.
  if (IS_FULL) expect(workload.replayed).toBeGreaterThan(0)
  expect(wait).toBeLessThan(PATIENCE_MS)
  workload.close()
  await sql.end({ timeout: 1 })
  const verified = await runFiado(['verify'], { dataDir })
  expect(verified.stdout).toContain('No drift')
  expect(verified.code).toBe(0)
}, 600_000)
