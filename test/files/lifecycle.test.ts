/** What becomes of jobs: their states, cancel and retry, how far they are, history, and what is forgotten. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { storeFile } from '../../src/files/file-store.ts'
import { forgetOldFiles } from '../../src/files/upkeep.ts'
import { type Api, expectNoDrift, startApi } from '../api/support/api.ts'
import { ok, okEmpty, refused } from '../api/support/expect.ts'
import { type Opened, openAccount, order } from '../api/support/make.ts'
import { isoOf } from '../api/support/shapes.ts'
import { type Answer, DAY_MS } from '../support/server.ts'
import { makeCrowd } from './support/crowd.ts'
import {
  csv,
  entryCount,
  importFile,
  type JobJson,
  rowsOf,
  sendFile,
  storedCount,
  until,
  whenOver,
  whileLocked,
} from './support/jobs.ts'

const MAX_ROWS = 2_000
/** Rows are worked on in parts of 500; while one is done, what became of the one before is recorded. */
const [TOTAL, FIRST_PART, WHEN_CANCELLED] = [1_700, 500, 1_500]

let api: Api

beforeAll(async () => {
  api = await startApi({ files: true, fileLimits: { maxRows: MAX_ROWS } })
})
afterAll(() => api.close())

const importOf = async ({ id }: JobJson) => ok(await api.call('GET', `/imports/${id}`))
const exportOf = async ({ id }: JobJson) => ok(await api.call('GET', `/exports/${id}`))
const cancel = ({ id }: JobJson, direction = 'imports') =>
  api.call('POST', `/${direction}/${id}/cancel`)
const retry = ({ id }: JobJson) => api.call('POST', `/imports/${id}/retry`)

async function sent(lines: readonly string[], fields = {}): Promise<JobJson> {
  const answer = await sendFile(api, csv(...lines), fields)
  expect(answer.status, answer.text).toBe(202)
  return answer.json
}

function accepted({ status, text, json }: Answer): JobJson {
  expect(status, text).toBe(202)
  return json
}

/** A file that annotates many invoices; the account of a row in its second part is told. */
async function longFile(): Promise<{ lines: string[]; account: Opened }> {
  const { invoiceIds } = await makeCrowd(api, { accounts: 1, invoices: TOTAL - 1 })
  const account = await openAccount(api.call)
  const [inTheMiddle = ''] = (await order(api.call, account, 100)).invoiceIds
  const ids = invoiceIds.toSpliced(700, 0, inTheMiddle)
  return { lines: ['Id,Observation', ...ids.map((id) => `${id},noted`)], account }
}

/** Sends a long file, and runs `task` when its first part is done and its second cannot go on. */
async function stuckInTheMiddle(task: (job: JobJson) => Promise<void>): Promise<JobJson> {
  const { lines, account } = await longFile()
  return await whileLocked(api, account, async () => {
    const job = await sent(lines)
    await until(
      () => importOf(job),
      ({ rows }) => rows.read === FIRST_PART,
    )
    await task(job)
    return job
  })
}

describe('a job that runs', () => {
  test('says how far it is and how fast it goes', async () => {
    const began = api.clock.now
    const job = await stuckInTheMiddle(async (running) => {
      api.clock.advance(10_000)
      expect(await importOf(running)).toMatchObject({
        state: 'running',
        rows: { total: TOTAL, read: FIRST_PART, changed: FIRST_PART, unchanged: 0, failed: 0 },
        percent: 29,
        rowsPerSecond: 50,
        secondsLeft: 24,
        createdAt: isoOf(began),
        finishedAt: null,
      })
    })
    const done = await whenOver(api, job)
    expect(done).toMatchObject({
      state: 'completed',
      rows: { read: TOTAL, changed: TOTAL },
      percent: 100,
      rowsPerSecond: 170,
      secondsLeft: null,
      finishedAt: isoOf(began + 10_000),
    })
    const { text } = await api.call('GET', `/imports/${job.id}/file`)
    expect(done.bytes).toBe(text.length)
  })

  test('stops in the middle when it is cancelled; retry does the rest, and nothing twice', async () => {
    const annotated = async () => {
      const [row] = await api.sql`
        select count(*) as n from entry where kind = 'InvoiceAnnotated'`
      return Number(row?.n)
    }
    const before = await annotated()
    const job = await stuckInTheMiddle(async (running) => {
      expect(ok(await cancel(running)).state).toBe('running')
      expect(ok(await cancel(running)).state).toBe('running')
    })
    const cancelled = await whenOver(api, job)
    expect(cancelled).toMatchObject({
      state: 'cancelled',
      rows: { total: TOTAL, read: WHEN_CANCELLED, changed: WHEN_CANCELLED },
      percent: 88,
      secondsLeft: null,
    })
    expect(cancelled.finishedAt).not.toBeNull()
    expect(await annotated()).toBe(before + WHEN_CANCELLED)
    expect(ok(await cancel(job)).state).toBe('cancelled')

    expect(accepted(await retry(job))).toMatchObject({
      state: 'queued',
      rows: { total: TOTAL, read: WHEN_CANCELLED, changed: WHEN_CANCELLED },
      finishedAt: null,
    })
    expect(await whenOver(api, job)).toMatchObject({
      state: 'completed',
      rows: { total: TOTAL, read: TOTAL, changed: TOTAL, unchanged: 0, failed: 0 },
      totals: { annotated: { rows: TOTAL, value: 0 } },
    })
    expect(await annotated()).toBe(before + TOTAL)
  })
})

describe('a job that waits its turn', () => {
  test('is queued; cancelled it never runs; retry puts it in line again', async () => {
    const account = await openAccount(api.call)
    const { invoiceIds, invoices } = await order(api.call, account, 300, 3)
    const line = (index: number) => ['Id,Status', `${invoiceIds[index]},Paid`]
    const [busy, waiting] = await whileLocked(api, account, async () => {
      const running = [await sent(line(0)), await sent(line(1))]
      for (const job of running) {
        await until(
          () => importOf(job),
          ({ state }) => state === 'running',
        )
      }
      const queued = await sent(line(2))
      expect(await importOf(queued)).toMatchObject({
        state: 'queued',
        rows: { total: null, read: 0 },
        percent: 0,
        rowsPerSecond: 0,
        secondsLeft: null,
      })
      refused(await retry(queued), 409, 'nothing-to-retry')
      refused(await retry(running[0]), 409, 'nothing-to-retry')
      const finishedAt = isoOf(api.clock.now)
      expect(ok(await cancel(queued))).toMatchObject({ state: 'cancelled', finishedAt })
      return [running, queued]
    })
    for (const job of busy) expect((await whenOver(api, job)).state).toBe('completed')
    // Whoever came after it is done: it was passed over.
    await importFile(api, csv('Id,Observation', `${invoiceIds[1]},later`))
    expect((await importOf(waiting)).state).toBe('cancelled')
    expect(ok(await api.call('GET', invoices[2] ?? '')).status).toBe('Opened')

    expect(accepted(await retry(waiting)).state).toBe('queued')
    expect(await whenOver(api, waiting)).toMatchObject({ state: 'completed', rows: { changed: 1 } })
    expect(ok(await api.call('GET', invoices[2] ?? '')).status).toBe('Paid')
  })
})

describe('a job that is over', () => {
  test('is not cancelled any more: 409', async () => {
    const completed = await importFile(api, csv('Id,Status', 'none,Paid'))
    const tooLong = Array.from({ length: MAX_ROWS + 1 }, (_, n) => `none-${n},Paid`)
    const failed = await importFile(api, csv('Id,Status', ...tooLong))
    for (const job of [completed, failed]) {
      expect(refused(await cancel(job), 409, 'job-over').state).toBe(job.state)
      expect(await importOf(job)).toEqual(job)
    }
    expect([completed.state, failed.state]).toEqual(['completed', 'failed'])
    const made = accepted(await api.call('POST', '/exports', { kind: 'invoices' }))
    await whenOver(api, made, 'exports')
    refused(await cancel(made, 'exports'), 409, 'job-over')
  })

  test('with all its rows done is not tried again: 409', async () => {
    const { invoiceIds } = await order(api.call, await openAccount(api.call), 100)
    const lines = ['Id,Status', `${invoiceIds[0]},Paid`]
    for (const changed of [1, 0]) {
      const job = await importFile(api, csv(...lines))
      expect(job.rows.changed).toBe(changed)
      expect(refused(await retry(job), 409, 'nothing-to-retry').state).toBe('completed')
    }
    const dryRun = await importFile(api, csv('Id,Status', 'none,Paid'), { dryRun: true })
    refused(await retry(dryRun), 409, 'nothing-to-retry')
  })

  test('with failed rows is tried again: these alone, and what is done stays done', async () => {
    const { invoiceIds, invoices } = await order(api.call, await openAccount(api.call), 300, 3)
    const [first = '', second = ''] = invoices
    ok(await api.call('POST', `${second}/payments`))
    const job = await importFile(
      api,
      csv(
        'Id,Status,Observation',
        `${invoiceIds[0]},Paid,noted`,
        `${invoiceIds[1]},Cancelled,noted`,
        `${invoiceIds[2]},Opened,`,
        'none,Paid,',
      ),
    )
    expect(job.rows).toMatchObject({ changed: 1, unchanged: 1, failed: 2 })
    // Somebody else has the last word on the first, and mends what kept the second from its change.
    okEmpty(await api.call('PUT', first, { status: 'Opened', observation: 'of somebody else' }))
    okEmpty(await api.call('PUT', second, { status: 'Opened' }))
    const before = await entryCount(api)
    expect(accepted(await retry(job)).rows).toMatchObject({ read: 2, changed: 1, failed: 0 })
    const again = await whenOver(api, job)
    expect(again).toMatchObject({
      state: 'completed',
      rows: { total: 4, read: 4, changed: 2, unchanged: 1, failed: 1 },
      totals: { paid: { rows: 1, value: 100 }, cancelled: { rows: 1, value: 100 } },
    })
    // Cancelled and annotated.
    expect(await entryCount(api)).toBe(before + 2)
    expect(ok(await api.call('GET', first))).toMatchObject({
      status: 'Opened',
      observation: 'of somebody else',
    })
    expect(await rowsOf(api, again)).toMatchObject([
      { line: 2, result: 'changed' },
      { line: 3, result: 'changed', code: null, error: null },
      { line: 4, result: 'unchanged' },
      { line: 5, result: 'failed', code: 1023 },
    ])
  })

  test('as a whole may be tried again too', async () => {
    const tooLong = Array.from({ length: MAX_ROWS + 1 }, (_, n) => `none-${n},Paid`)
    const job = await importFile(api, csv('Id,Status', ...tooLong))
    expect(accepted(await retry(job))).toMatchObject({ error: null, finishedAt: null })
    expect(await whenOver(api, job)).toMatchObject({ state: 'failed', error: job.error })
  })

  test('as a cancelled dry run is a dry run again when it is tried again', async () => {
    const { invoiceIds } = await order(api.call, await openAccount(api.call), 100)
    const job = await importFile(api, csv('Id,Status', `${invoiceIds[0]},Paid`), { dryRun: true })
    ok(await cancel(job))
    const before = await entryCount(api)
    accepted(await retry(job))
    const again = await whenOver(api, job)
    expect(again).toMatchObject({ state: 'awaitingConfirmation', rows: { read: 1, changed: 1 } })
    expect(await entryCount(api)).toBe(before)
  })
})

describe('an export', () => {
  test('says how far it is, and is cancelled while it runs', async () => {
    const { files } = await storedCount(api)
    const job = await api.sql.begin(async (sql) => {
      await sql`lock table invoice in access exclusive mode`
      const made = accepted(await api.call('POST', '/exports', { kind: 'invoices' }))
      // It has written its header, and waits for the rows.
      const running = await until(
        () => exportOf(made),
        ({ bytes }) => bytes > 0,
      )
      expect(running.state).toBe('running')
      expect(running).toMatchObject({ percent: 0, fileUrl: null, finishedAt: null })
      expect(ok(await cancel(made, 'exports')).state).toBe('running')
      return made
    })
    const cancelled = await whenOver(api, job, 'exports')
    expect(cancelled).toMatchObject({ state: 'cancelled', fileUrl: null })
    expect(cancelled.finishedAt).not.toBeNull()
    expect((await storedCount(api)).files).toBe(files)
    expect(ok(await cancel(job, 'exports')).state).toBe('cancelled')
  })

  test('has its rows and bytes counted', async () => {
    const account = await openAccount(api.call)
    await order(api.call, account, 300, 3)
    const filters = { creditAccountId: account.id }
    const made = accepted(await api.call('POST', '/exports', { kind: 'invoices', filters }))
    expect(made).toMatchObject({ state: 'queued', kind: 'invoices', filters, fileUrl: null })
    const job = await whenOver(api, made, 'exports')
    expect(job).toMatchObject({
      state: 'completed',
      rows: { total: 3, read: 3, failed: 0 },
      percent: 100,
      secondsLeft: null,
      finishedAt: isoOf(api.clock.now),
      fileName: `invoices-${isoOf(api.clock.now).slice(0, 10)}.csv`,
    })
    const file = await fetch(`${api.url}${job.fileUrl}`)
    expect((await file.arrayBuffer()).byteLength).toBe(job.bytes)
  })
})

test('the history has the newest first, with who made each', async () => {
  const store = { ...api, ...(await api.newStore()) }
  const session = await api.addSession('ana@example.com')
  const byAna = { key: false, headers: { VtexIdclientAutCookie: session } } as const
  const made: JobJson[] = []
  for (const kind of ['invoices', 'accounts'] as const) {
    const file = kind === 'invoices' ? 'Id,Status\nnone,Paid' : 'Id,Credit limit\nnone,5'
    made.unshift(await importFile(store, file, { kind, name: `${kind}.csv` }))
    api.clock.advance(1)
    const exported = accepted(await store.call('POST', '/exports', { kind }))
    made.unshift(await whenOver(store, exported, 'exports'))
    api.clock.advance(1)
  }
  const idsOf = (jobs: JobJson[]) => jobs.map(({ id }) => id)
  const { data: exports, summary } = ok(await store.call('GET', '/exports'))
  expect(idsOf(exports)).toEqual(idsOf(made.filter((job) => 'fileUrl' in job)))
  expect(summary).toEqual({ count: 2 })
  const { data: imports } = ok(await store.call('GET', '/imports'))
  expect(imports).toEqual(made.filter((job) => 'dryRun' in job))
  expect(imports).toMatchObject([
    { kind: 'accounts', mode: 'upsert', fileName: 'accounts.csv', createdBy: store.key.appKey },
    { kind: 'invoices', mode: null, fileName: 'invoices.csv', createdBy: store.key.appKey },
  ])
  const answer = await sendFile(api, 'Id,Status\nnone,Paid', byAna)
  const { data: ours } = ok(await api.call('GET', '/imports?from=1&to=1'))
  expect(ours).toMatchObject([{ id: answer.json.id, createdBy: 'ana@example.com' }])
  const exportedByAna = await api.call('POST', '/exports', { kind: 'accounts' }, byAna)
  expect(exportedByAna.json.createdBy).toBe('ana@example.com')
})

describe('upkeep', () => {
  const forget = () => forgetOldFiles(api.sql, api.clock.now)
  const statusOf = async (path: string) => (await api.call('GET', path)).status

  test('keeps the file and the rows of an import for 90 days, and the job for ever', async () => {
    const sending = { name: 'kept.csv' }
    const [real, dryRun] = [
      await importFile(api, csv('Id,Status', 'none,Paid'), sending),
      await importFile(api, csv('Id,Status', 'none,Paid'), { ...sending, dryRun: true }),
    ]
    api.clock.advance(90 * DAY_MS)
    await forget()
    for (const job of [real, dryRun]) {
      expect(await rowsOf(api, job)).toHaveLength(1)
      expect((await api.call('GET', `/imports/${job.id}/file`)).text).toContain('none,Paid')
    }
    api.clock.advance(1)
    await forget()
    for (const { id, rows, createdBy, createdAt, finishedAt } of [real, dryRun]) {
      const job = await importOf({ id })
      const over = finishedAt ?? isoOf(api.clock.now)
      expect(job).toMatchObject({ rows, createdBy, createdAt, finishedAt: over, fileName: null })
      expect(await rowsOf(api, job)).toEqual([])
      expect(await statusOf(`/imports/${id}/file`)).toBe(404)
      const stored = await api.sql`
        select from stored_file_piece where file_id = (select file_id from bulk_job where job_id = ${id})`
      expect(stored).toEqual([])
    }
  })

  test('leaves nothing to confirm, to try again or to mend once the file is gone', async () => {
    const failed = await importFile(api, csv('Id,Status', 'none,Paid'))
    const dryRun = await importFile(api, csv('Id,Status', 'none,Paid'), { dryRun: true })
    api.clock.advance(90 * DAY_MS + 1)
    await forget()
    const statuses = [
      await api.call('GET', `/imports/${failed.id}/errors.csv`),
      await retry(failed),
      await api.call('POST', `/imports/${dryRun.id}/confirm`),
    ].map(({ status }) => status)
    expect(statuses).toEqual([404, 409, 409])
  })

  test('keeps the file of an export for 7 days, and the job for ever', async () => {
    const made = accepted(await api.call('POST', '/exports', { kind: 'accounts' }))
    await whenOver(api, made, 'exports')
    api.clock.advance(7 * DAY_MS)
    await forget()
    const { fileUrl } = await exportOf(made)
    expect((await fetch(`${api.url}${fileUrl}`)).status).toBe(200)
    api.clock.advance(1)
    await forget()
    expect(await exportOf(made)).toMatchObject({ state: 'completed', fileUrl: null })
    expect((await fetch(`${api.url}${fileUrl}`)).status).toBe(403)
  })

  test('keeps a file that no job names for a day', async () => {
    const { storeId } = api.store
    const content = (async function* () {
      yield Buffer.from('Id')
    })()
    const file = { storeId, name: 'orphan.csv', maxBytes: 10 }
    const { fileId } = await storeFile(api.sql, file, content, api.clock.now)
    const pieces = () => api.sql`
      select from stored_file f join stored_file_piece p using (file_id) where file_id = ${fileId}`
    const job = await importFile(api, csv('Id,Status', 'none,Paid'))
    api.clock.advance(DAY_MS)
    await forget()
    expect(await pieces()).toHaveLength(1)
    api.clock.advance(1)
    await forget()
    expect(await pieces()).toHaveLength(0)
    expect(await statusOf(`/imports/${job.id}/file`)).toBe(200)
  })
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
