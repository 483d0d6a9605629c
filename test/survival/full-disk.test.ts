/** The disk of the data directory is full, and then it is not: a small file system of its own. */
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { send } from '../support/exchange.ts'
import { createDataDir, type FiadoProcess, runFiado, startProcess } from '../support/process.ts'
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
import { ImportFile } from './support/import-file.ts'
import { ImportJob, isOver } from './support/import-job.ts'
import { Watch } from './support/watch.ts'
import { Workload } from './support/workload.ts'

const SIZE = '400m'
const FILLS = times(5, 1)
const IMPORTED = times(20_000, 5_000)
/** How long it stays full, from the first write that is refused for it. */
const FULL_MS = times(6_000, 3_000)

const dataDir = await createDataDir()
const { status, error } = spawnSync('mount', [
  '-t',
  'tmpfs',
  '-o',
  `size=${SIZE}`,
  'tmpfs',
  dataDir,
])
const isMounted = status === 0 && !error
if (!isMounted) {
  console.warn('survival: THE FULL DISK IS NOT TESTED: only root may mount a small file system')
}

let fiado: FiadoProcess | undefined
afterAll(async () => {
  await fiado?.stop()
  if (isMounted) spawnSync('umount', ['-l', dataDir])
})

test.skipIf(!isMounted)(
  `a full disk, ${FILLS} times: writes get 503, nothing is lost, and all goes on when there is room`,
  async () => {
    fiado = await startProcess({ dataDir })
    const { url } = fiado
    const workload = new Workload({ url: () => url, clients: 32, accounts: 20 })
    await workload.open()
    const figures = { refused: 0, longest: 0, slowest: 0 }
    for (let fill = 0; fill < FILLS; fill += 1) {
      const reads = new Watch(() => send({ url, method: 'GET', path: '/accounts' }))
      workload.start()
      await workload.untilAcknowledged(64)
      const filler = join(dataDir, 'filler')
      fillUp(filler)
      while (countOf(workload.attempts, 503) === 0) {
        fillUp(filler)
        await sleep(50)
      }
      await sleep(FULL_MS)
      rmSync(filler)
      const backAt = performance.now()
      const servedAt = await workload.servedAfter(backAt, 3 * PATIENCE_MS)
      await workload.stop()
      await reads.stop()
      expect(servedAt - backAt).toBeLessThan(PATIENCE_MS)
      expectAnswered([...workload.attempts, ...reads.attempts])
      figures.longest = Math.max(figures.longest, servedAt - backAt)
      figures.refused += countOf(workload.attempts, 503)
      figures.slowest = Math.max(figures.slowest, slowest(workload.attempts))
      const sql = await connectTo(dataDir)
      await expectSound(workload, sql)
      await sql.end({ timeout: 1 })
    }
    report('full disk', {
      fills: FILLS,
      acknowledged: workload.acknowledged.size,
      'answers of 503': figures.refused,
      'longest until served again': ms(figures.longest),
      'slowest answer': ms(figures.slowest),
    })
    workload.close()
    expect((await runFiado(['verify'], { dataDir })).stdout).toContain('No drift')
  },
  300_000,
)

test.skipIf(!isMounted)(
  'an import waits while the disk is full, and does every row once when there is room',
  async () => {
    const { url } = fiado as FiadoProcess
    const file = await ImportFile.make(url, IMPORTED)
    const job = await ImportJob.send(() => url, file.text)
    await job.untilRead(1)
    const filler = join(dataDir, 'filler')
    fillUp(filler)
    await sleep(FULL_MS)
    fillUp(filler)
    const stuck = await job.until(({ rows }) => rows.read < IMPORTED, PATIENCE_MS)
    expect(isOver(stuck.state), JSON.stringify(stuck)).toBe(false)
    rmSync(filler)
    const backAt = performance.now()
    const over = await job.untilOver()
    report('an import on a full disk', {
      rows: IMPORTED,
      'rows when it was full': stuck.rows.read,
      'done after there was room': ms(performance.now() - backAt),
    })
    expect(over).toMatchObject({ state: 'completed', error: null, rows: file.counts })
    const sql = await connectTo(dataDir)
    await file.expectDone(sql)
    await sql.end({ timeout: 1 })
  },
  300_000,
)

/** Takes all the room that is left. */
function fillUp(path: string): void {
  const file = openSync(path, 'a')
  try {
    for (const size of [1_048_576, 4_096]) writeUntilFull(file, Buffer.alloc(size))
  } finally {
    closeSync(file)
  }
}

function writeUntilFull(file: number, chunk: Buffer): void {
  for (;;) {
    try {
      if (writeSync(file, chunk) < chunk.length) return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return
      throw error
    }
  }
}
