/** A large import goes on after any kill, stops where it is told to, and does every row once. */
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { forgetOldFiles } from '../../src/files/upkeep.ts'
import type { Sql } from '../../src/postgres/connect.ts'
import { createDatabase } from '../support/database.ts'
import { send } from '../support/exchange.ts'
import { createDataDir, type FiadoProcess, postmasterOf, startProcess } from '../support/process.ts'
import { openAccounts } from './support/accounts.ts'
import {
  connectTo,
  expectAnswered,
  IS_FULL,
  ms,
  PATIENCE_MS,
  report,
  slowest,
  times,
  tookOf,
} from './support/experiment.ts'
import { ImportFile } from './support/import-file.ts'
import { ImportJob, isOver } from './support/import-job.ts'
import { knownInvoices, readErrors, type Size, sendLargeFile } from './support/large-file.ts'
import { type SlowUploads, slowUploads, storedIn } from './support/slow-uploads.ts'
import { beginUpload } from './support/upload.ts'
import { Watch } from './support/watch.ts'

const ROWS = times(50_000, 5_000)
/** Where nothing is killed again and again. */
const FEWER_ROWS = times(20_000, 5_000)
const KILLS = times(5, 1)
const DATABASE_KILLS = times(4, 1)
/** The queue knows no silence shorter than 10 s, and looks for it every 3 s. */
const GOES_ON_WITHIN_MS = 30_000
const SERVER_KILLS = 4
/** A server under load has 200 to 250 MB already. */
const MOST_MB = 400
const MORE_MB = 100
/** On a connection nothing may move for 30 s; that is looked for every few seconds. */
const CUT_WITHIN_MS = 50_000

let dataDir: string
let fiado: FiadoProcess
let env: Record<string, string>
let uploads: Promise<SlowUploads>
const url = () => fiado.url

beforeAll(async () => {
  // They take their time, and next to nothing else.
  uploads = slowUploads()
  uploads.catch(() => undefined)
  dataDir = await createDataDir()
  fiado = await startProcess({ dataDir })
  env = { PORT: new URL(fiado.url).port }
})
afterAll(() => fiado.stop())

/** The state of the database now: it may have been another a moment ago. */
async function inspect<T>(look: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = await connectTo(dataDir)
  try {
    return await look(sql)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** Moments of an import, some of them at random, as numbers of rows. */
function moments(count: number, rows = ROWS): number[] {
  return Array.from({ length: count }, (_, index) =>
    Math.floor((rows * (index + 0.2 + 0.6 * Math.random())) / (count + 0.5)),
  )
}

/** How long nothing is recorded from now on. */
async function untilItGoesOn(job: ImportJob, read: number): Promise<number> {
  const since = performance.now()
  await job.until(({ rows, state }) => rows.read > read || state === 'completed', GOES_ON_WITHIN_MS)
  return performance.now() - since
}

async function expectCompleted(job: ImportJob, file: ImportFile): Promise<void> {
  const over = await job.untilOver()
  expect(over).toMatchObject({ state: 'completed', error: null, rows: file.counts })
  await inspect(async (sql) => {
    await file.expectDone(sql)
    const { read: _read, ...recorded } = await file.expectDoneAsRecorded(sql, job.id)
    expect(file.counts).toMatchObject(recorded)
  })
}

test(`kill -9 of the server, ${KILLS} times in an import of ${ROWS} rows`, async () => {
  const file = await ImportFile.make(fiado.url, ROWS)
  const beganAt = performance.now()
  const job = await ImportJob.send(url, file.text)
  const gaps: number[] = []
  for (const moment of moments(KILLS)) {
    await job.untilRead(moment)
    await sleep(Math.random() * 50)
    const killedAt = performance.now()
    fiado.kill('SIGKILL')
    expect(await fiado.exited).toBeNull()
    fiado = await startProcess({ dataDir, env })
    const read = (await job.look())?.rows.read ?? moment
    await untilItGoesOn(job, read)
    gaps.push(performance.now() - killedAt)
  }
  await expectCompleted(job, file)
  report('an import, kill -9 of the server', {
    rows: ROWS,
    kills: KILLS,
    'longest until it went on': ms(Math.max(...gaps)),
    'in all': ms(performance.now() - beganAt),
  })
}, 900_000)

test(`kill -9 of PostgreSQL, ${DATABASE_KILLS} times in an import of ${ROWS} rows`, async () => {
  const file = await ImportFile.make(fiado.url, ROWS)
  const job = await ImportJob.send(url, file.text)
  const gaps: number[] = []
  for (const moment of moments(DATABASE_KILLS)) {
    await job.untilRead(moment)
    await sleep(Math.random() * 50)
    const killedAt = performance.now()
    process.kill((await postmasterOf(dataDir)) ?? 0, 'SIGKILL')
    // Answers that were on their way do not count.
    await sleep(300)
    const read = (await job.look())?.rows.read ?? moment
    await untilItGoesOn(job, read)
    gaps.push(performance.now() - killedAt)
  }
  await expectCompleted(job, file)
  report('an import, kill -9 of PostgreSQL', {
    rows: ROWS,
    kills: DATABASE_KILLS,
    'longest until it went on': ms(Math.max(...gaps)),
  })
}, 900_000)

test('cancelled in the middle: what is done stays done, and a retry does the rest', async () => {
  const file = await ImportFile.make(fiado.url, FEWER_ROWS)
  const job = await ImportJob.send(url, file.text)
  await job.untilRead(FEWER_ROWS * (0.1 + 0.3 * Math.random()))
  const askedAt = performance.now()
  expect(await job.ask('cancel')).toBe(200)
  const { state, rows, rowsPerSecond } = await job.untilOver()
  const took = performance.now() - askedAt
  expect(state).toBe('cancelled')
  expect(rows.read).toBeLessThan(FEWER_ROWS)
  const recorded = await inspect((sql) => file.expectDoneAsRecorded(sql, job.id))
  expect(rows).toMatchObject(recorded)
  expect(await job.ask('retry')).toBe(202)
  await expectCompleted(job, file)
  report('an import, cancelled and tried again', {
    'rows before': rows.read,
    'rows a second': rowsPerSecond,
    'stopped after': ms(took),
  })
}, 600_000)

test('SIGTERM in the middle: it stops at a good place, and goes on after the next start', async () => {
  const file = await ImportFile.make(fiado.url, FEWER_ROWS)
  const job = await ImportJob.send(url, file.text)
  await job.untilRead(FEWER_ROWS * (0.1 + 0.3 * Math.random()))
  const stoppedAt = performance.now()
  fiado.kill('SIGTERM')
  expect(await fiado.exited).toBe(0)
  const took = performance.now() - stoppedAt
  expect(took).toBeLessThan(PATIENCE_MS)
  fiado = await startProcess({ dataDir, env })
  const startedAt = performance.now()
  const recorded = await job.look()
  await untilItGoesOn(job, recorded?.rows.read ?? 0)
  const wentOnAfter = performance.now() - startedAt
  await expectCompleted(job, file)
  report('an import, SIGTERM', { 'stopped after': ms(took), 'went on after': ms(wentOnAfter) })
}, 600_000)

test.skipIf(!IS_FULL)(
  'kill -9 of one of two servers: the other goes on',
  async () => {
    const database = await createDatabase()
    const start = () => startProcess({ databaseUrl: database.url })
    const servers = [await start(), await start()]
    const one = () => servers[0]?.url ?? ''
    const file = await ImportFile.make(one(), ROWS)
    const job = await ImportJob.send(one, file.text)
    const gaps: number[] = []
    for (const moment of moments(SERVER_KILLS, ROWS)) {
      // It goes on while the next server starts, and may be over by then.
      if (!(await job.reaches(moment))) break
      // The oldest: in turn that is the one that works.
      const victim = servers.shift()
      const killedAt = performance.now()
      victim?.kill('SIGKILL')
      await victim?.exited
      await untilItGoesOn(job, (await job.look())?.rows.read ?? 0)
      gaps.push(performance.now() - killedAt)
      servers.push(await start())
    }
    const over = await job.untilOver()
    expect(gaps.length).toBeGreaterThan(0)
    expect(over).toMatchObject({ state: 'completed', error: null, rows: file.counts })
    await file.expectDone(database.sql)
    await Promise.all(servers.map((server) => server.stop()))
    await database.drop()
    report('an import, kill -9 of one of two servers', {
      kills: gaps.length,
      'until it went on': gaps.map(ms).join(', '),
    })
  },
  900_000,
)

test.skipIf(!IS_FULL)(
  'one of two servers freezes, and wakes when the other has gone on',
  async () => {
    const database = await createDatabase()
    const start = () => startProcess({ databaseUrl: database.url })
    const servers = [await start(), await start()]
    let awake = servers[0]
    const at = () => awake?.url ?? ''
    const file = await ImportFile.make(at(), FEWER_ROWS)
    const job = await ImportJob.send(at, file.text, true)
    await job.until(({ state }) => state === 'awaitingConfirmation', 300_000)
    expect(await job.ask('confirm')).toBe(202)
    const gaps: number[] = []
    for (const [index, moment] of moments(SERVER_KILLS, FEWER_ROWS).entries()) {
      await job.untilRead(moment)
      const victim = servers[index % 2]
      awake = servers[(index + 1) % 2]
      const frozenAt = performance.now()
      victim?.kill('SIGSTOP')
      await sleep(300)
      await untilItGoesOn(job, (await job.look())?.rows.read ?? 0)
      gaps.push(performance.now() - frozenAt)
      victim?.kill('SIGCONT')
    }
    const over = await job.untilOver()
    await file.expectDone(database.sql)
    await file.expectDoneAsRecorded(database.sql, job.id)
    expect(over).toMatchObject({ state: 'completed', error: null, rows: file.counts })
    await Promise.all(servers.map((server) => server.stop()))
    await database.drop()
    report('an import, one of two servers freezes', {
      times: SERVER_KILLS,
      'until it went on': gaps.map(ms).join(', '),
    })
  },
  900_000,
)

const FIRST_SIZE: Size = { mb: times(20, 4), rows: times(100_000, 20_000) }
const SIZE: Size = { mb: times(200, 20), rows: times(1_000_000, 100_000) }

test(`a file of ${SIZE.mb} MB and ${SIZE.rows} rows takes no more memory than a small one`, async () => {
  const database = await createDatabase()
  const program = fileURLToPath(new URL('./support/flagged-server.ts', import.meta.url))
  const server = await startProcess({ program, databaseUrl: database.url })
  const { url: at, pid } = server
  const [account = ''] = await openAccounts(at, 1)
  const known = await knownInvoices(at, account)
  const transactions = `${account}/transactions`
  const reads = new Watch(() => send({ url: at, method: 'GET', path: account }))
  const writes = new Watch(() =>
    send({ url: at, method: 'POST', path: transactions, body: { value: 0.01 } }),
  )
  const peaks: number[] = []
  for (const size of [FIRST_SIZE, SIZE]) {
    const sent = await sendLargeFile(at, size, known)
    expect(sent.status, JSON.stringify(sent.json)).toBe(202)
    expect(sent.bytes).toBeGreaterThan(size.mb * 950_000)
    const uploaded_mb = await peakMb(pid)
    const job = ImportJob.of(() => at, sent.json.id)
    const over = await job.until(({ state }) => isOver(state), 2_400_000)
    const worked_mb = await peakMb(pid)
    const failures = await readErrors(at, sent.json.id)
    peaks.push(await peakMb(pid))
    report(`a file of ${size.mb} MB`, {
      rows: size.rows,
      'taken in': ms(sent.took_ms),
      'rows a second': over.rowsPerSecond,
      'MB of errors.csv': failures.mb,
      'peak memory MB': `${uploaded_mb} when taken, ${worked_mb} when over, ${peaks.at(-1)} with errors.csv`,
    })
    const failed = size.rows - known.length
    const rows = { total: size.rows, read: size.rows, changed: 0, unchanged: known.length, failed }
    expect(over).toMatchObject({ state: 'completed', error: null, rows })
    expect(failures.rows).toBe(failed)
  }
  await Promise.all([reads.stop(), writes.stop()])
  report('beside these files', { reads: timesOf(reads), writes: timesOf(writes) })
  expectAnswered([...reads.attempts, ...writes.attempts])
  const [small = 0, large = 0] = peaks
  expect(large).toBeLessThan(MOST_MB)
  // A very small one does not come to what any file takes.
  if (IS_FULL) expect(large - small).toBeLessThan(MORE_MB)
  await server.stop()
  await database.drop()
}, 3_600_000)

function timesOf({ attempts }: Watch): string {
  const sorted = attempts.map(tookOf).sort((a, b) => a - b)
  const at = (share: number) => ms(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
  return `${sorted.length}, median ${at(0.5)}, 99 of 100 within ${at(0.99)}`
}

/** The most memory that the process ever had. */
async function peakMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024)
}

test('an upload that keeps moving has its time; one that stalls or breaks off leaves nothing', async () => {
  const { slow, stalled, stored, beside, next, stopped, ...seen } = await uploads
  report('slow uploads', {
    'the one that moves': `${slow.status ?? slow.error} after ${ms(slow.took_ms)}`,
    'the one that stalls': `${stalled.status ?? stalled.error} after ${ms(stalled.took_ms)}`,
    'the one that broke off was gone after': ms(seen.brokenGoneAfter_ms),
    'slowest answer beside them': ms(slowest(beside)),
    'SIGTERM in the middle of one took': ms(stopped.took_ms),
  })
  expect(slow.status, JSON.stringify(slow)).toBe(202)
  expect(stalled.status).not.toBe(202)
  expect(stalled.took_ms).toBeLessThan(CUT_WITHIN_MS)
  expect(seen.brokenGoneAfter_ms).toBeLessThan(PATIENCE_MS)
  expect(stored).toMatchObject({ files: 1, orphans: 0 })
  expectAnswered(beside)
  // The connection is as good as any after that.
  expect(next.status).toBe(200)
  expect(stopped.code).toBe(0)
  expect(stopped.took_ms).toBeLessThan(PATIENCE_MS)
  expect(seen.storedAfterStop).toMatchObject({ files: 1, orphans: 0 })
}, 120_000)

test('what a kill -9 leaves of an upload is forgotten after a day', async () => {
  const upload = beginUpload(url(), 'Id;Status')
  await upload.write(Buffer.alloc(1_500_000, 'x;Paid\r\n'))
  await sleep(1_000)
  fiado.kill('SIGKILL')
  await fiado.exited
  expect((await upload.end).status).toBeUndefined()
  fiado = await startProcess({ dataDir, env })
  await inspect(async (sql) => {
    const unfinished = () => sql`select file_id from stored_file where sha256 is null`
    expect(await unfinished()).toHaveLength(1)
    await forgetOldFiles(sql, Date.now())
    expect(await unfinished()).toHaveLength(1)
    await forgetOldFiles(sql, Date.now() + 25 * 3_600_000)
    expect(await unfinished()).toHaveLength(0)
    expect((await storedIn({ sql })).orphans).toBe(0)
  })
})
