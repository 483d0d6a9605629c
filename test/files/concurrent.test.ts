/** Imports beside imports, beside the API, and in several hands: no word is lost, no row is done twice. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { beginRun } from '../../src/files/job-store.ts'
import { arrayOf } from '../../src/postgres/array.ts'
import { type Api, expectNoDrift, startApi } from '../api/support/api.ts'
import { ok } from '../api/support/expect.ts'
import { newBuyer } from '../api/support/make.ts'
import {
  type Crowd,
  makeCrowd,
  type Submit,
  startSecond,
  toldOf,
  Worker,
  wordsOf,
} from './support/crowd.ts'
import {
  type JobJson,
  postBody,
  queueFile,
  rowsOf,
  type Sending,
  sendFile,
  until,
  whenOver,
} from './support/jobs.ts'

let api: Api

beforeAll(async () => {
  api = await startApi({ files: true })
})
afterAll(() => api.close())

function fileOf(header: string, ids: readonly string[], cells: (id: string) => string): string {
  return [`Id,${header}`, ...ids.map((id) => `${id},${cells(id)}`)].join('\n')
}

/** Sends both before either can be over. */
async function importBoth(files: readonly [string, string], sending: Sending = {}) {
  const sent = await Promise.all(files.map((file) => sendFile(api, file, sending)))
  return (await Promise.all(sent.map(({ json }) => whenOver(api, json)))) as [JobJson, JobJson]
}

describe('two imports at once that touch the same invoices', () => {
  const link = (id: string) => `https://pay.example/${id}`
  const note = (id: string) => `note of ${id}`

  test('in different columns: both words are in every invoice', async () => {
    const crowd = await makeCrowd(api, { accounts: 4, invoices: 300 })
    const total = crowd.invoiceIds.length
    const jobs = await importBoth([
      fileOf('Observation', crowd.invoiceIds, note),
      fileOf('Payment link', crowd.invoiceIds.toReversed(), link),
    ])
    for (const job of jobs) {
      expect(job).toMatchObject({ state: 'completed', rows: { read: total, changed: total } })
    }
    for (const { invoice_id: id, ...words } of await wordsOf(api, crowd)) {
      expect(words).toEqual({ status: 'Opened', observation: note(id), payment_link: link(id) })
    }
    expect(await toldOf(api, crowd)).toHaveLength(2 * total)
  })

  test('in the same column: each invoice has the later word, the ledger has both', async () => {
    const crowd = await makeCrowd(api, { accounts: 4, invoices: 300 })
    const jobs = await importBoth([
      fileOf('Observation', crowd.invoiceIds, () => 'one'),
      fileOf('Observation', crowd.invoiceIds.toReversed(), () => 'other'),
    ])
    const total = crowd.invoiceIds.length
    for (const { rows } of jobs) expect(rows).toMatchObject({ read: total, changed: total })
    const told = Map.groupBy(await toldOf(api, crowd), ({ invoice_id }) => invoice_id)
    const last = await wordsOf(api, crowd)
    for (const { invoice_id, observation } of last) {
      const words = told.get(invoice_id)?.map((entry) => entry.observation) ?? []
      expect(words.toSorted()).toEqual(['one', 'other'])
      expect(observation).toBe(words.at(-1))
    }
    // They come from two ends: one after the other, the second would have the last word everywhere.
    expect(new Set(last.map(({ observation }) => observation)).size).toBe(2)
  })

  test('that pay: each is paid once, by one of them', async () => {
    const crowd = await makeCrowd(api, { accounts: 4, invoices: 200 })
    const total = crowd.invoiceIds.length
    const paid = fileOf('Status', crowd.invoiceIds, () => 'Paid')
    const jobs = await importBoth([paid, paid])
    const changed = jobs.map(({ rows }) => rows.changed)
    const unchanged = jobs.map(({ rows }) => rows.unchanged)
    expect([sum(changed), sum(unchanged)]).toEqual([total, total])
    expect(await toldOf(api, crowd)).toHaveLength(total)
  })

  test('tried at once and confirmed at once: in different columns both are done', async () => {
    const crowd = await makeCrowd(api, { accounts: 4, invoices: 150 })
    const total = crowd.invoiceIds.length
    const tried = await importBoth(
      [
        fileOf('Observation', crowd.invoiceIds, note),
        fileOf('Payment link', crowd.invoiceIds.toReversed(), link),
      ],
      { dryRun: true },
    )
    for (const job of await confirmBoth(tried)) expect(job.rows.changed).toBe(total)
    for (const { invoice_id: id, ...words } of await wordsOf(api, crowd)) {
      expect(words).toMatchObject({ observation: note(id), payment_link: link(id) })
    }
  })

  test('tried at once and confirmed at once: in the same column one is done, the other told', async () => {
    const crowd = await makeCrowd(api, { accounts: 4, invoices: 150 })
    const total = crowd.invoiceIds.length
    const tried = await importBoth(
      [
        fileOf('Observation', crowd.invoiceIds, () => 'one'),
        fileOf('Observation', crowd.invoiceIds.toReversed(), () => 'other'),
      ],
      { dryRun: true },
    )
    const done = await confirmBoth(tried)
    expect(sum(done.map(({ rows }) => rows.changed))).toBe(total)
    expect(sum(done.map(({ rows }) => rows.failed))).toBe(total)
    const failures = (await Promise.all(done.map((job) => rowsOf(api, job, 'failed')))).flat()
    expect(new Set(failures.map(({ error }) => error)).size).toBe(1)
    const words = await wordsOf(api, crowd)
    for (const { observation } of words) expect(['one', 'other']).toContain(observation)
    expect(await toldOf(api, crowd)).toHaveLength(total)
  })

  /** Both are asked for at once: neither can see what the other does. */
  async function confirmBoth(jobs: readonly JobJson[]): Promise<JobJson[]> {
    const answers = await Promise.all(
      jobs.map(({ id }) => api.call('POST', `/imports/${id}/confirm`)),
    )
    const conflicts = answers.filter(({ status }) => status !== 202)
    expect(conflicts.map(({ text }) => text)).toEqual([])
    return await Promise.all(jobs.map((job) => whenOver(api, job)))
  }
})

test('two imports that open the same accounts open each of them once', async () => {
  const buyers = Array.from({ length: 600 }, newBuyer)
  const lines = buyers.map(
    ({ email, document, documentType }) => `${email},${document},${documentType},100`,
  )
  const file = (rows: readonly string[]) =>
    ['Email,Document,Document Type,Credit limit', ...rows].join('\n')
  const [one, other] = await importBoth([file(lines), file(lines.toReversed())], {
    kind: 'accounts',
    mode: 'upsert',
  })
  const [row] = await api.sql<{ accounts: bigint; entries: bigint }[]>`
    select count(distinct account_id) as accounts, count(*) as entries from entry
    where kind = 'AccountOpened' and data->>'document' = any (${arrayOf(buyers.map(({ document }) => document))}::text[])`
  expect(row).toEqual({ accounts: 600n, entries: 600n })
  expect(one.rows.changed + other.rows.changed).toBe(600)
  // A row that came too late is unchanged, or was refused: never both opened.
  expect(sum([one, other].map(({ rows }) => rows.unchanged + rows.failed))).toBe(600)
})

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)

describe('imports while the API writes to the same accounts', () => {
  test('limits hold, every invoice is paid once, and all is served', async () => {
    const crowd = await makeCrowd(api, { accounts: 5, invoices: 400, room: 50 })
    const { accounts, invoiceIds } = crowd
    const half = invoiceIds.slice(0, invoiceIds.length / 2)
    const limits = accounts.map(({ document }, index) => `${document},CPF,${400 + 20 * index},0.5`)
    const limitsFile = ['Document,Document Type,Credit limit,Tolerance rate', ...limits].join('\n')
    const jobs = importBoth([
      fileOf('Status,Observation', half, (id) => `Paid,${id}`),
      fileOf('Payment link', invoiceIds, (id) => `https://pay.example/${id}`),
    ])
    let isOver = false
    void jobs.finally(() => {
      isOver = true
    })
    const answers: number[] = []
    const client = async (index: number): Promise<void> => {
      for (let turn = index; !isOver || turn < 100; turn += 8) {
        const account = accounts[turn % accounts.length]
        const authorized = await api.call('POST', `${account?.path}/transactions`, { value: 40 })
        answers.push(authorized.status)
        // From the end of the file on, so that both pay some of them.
        const id = invoiceIds[invoiceIds.length - 1 - (turn % invoiceIds.length)] ?? ''
        const owner = accounts[invoiceIds.indexOf(id) % accounts.length]
        ok(await api.call('POST', `${owner?.path}/invoices/${id}/payments`))
        if (turn % 50 === 0) ok(await importLimits())
      }
    }
    const importLimits = () =>
      sendFile(api, limitsFile, { kind: 'accounts', mode: 'update' }).then((answer) => ({
        ...answer,
        status: answer.status === 202 ? 200 : answer.status,
      }))
    await Promise.all(Array.from({ length: 8 }, (_, index) => client(index)))
    const done = await jobs
    for (const job of done) expect(job).toMatchObject({ state: 'completed', rows: { failed: 0 } })
    await allOver(api)
    expect(new Set(answers)).toEqual(new Set([200, 409]))

    const passed = await api.sql`
      select account_id, seq from entry
      where kind = 'TransactionAuthorized' and owed + held > credit_limit
        and account_id = any (${arrayOf(accounts.map(({ id }) => id))}::text[])`
    expect(passed).toEqual([])
    const told = await toldOf(api, crowd)
    const paid = told.filter(({ kind }) => kind === 'InvoicePaid').map((entry) => entry.invoice_id)
    expect(paid.length).toBe(new Set(paid).size)
    const words = await wordsOf(api, crowd)
    const wrong = words.filter(
      ({ invoice_id: id, status, observation, payment_link }) =>
        (status === 'Paid') !== paid.includes(id) ||
        (half.includes(id) && status !== 'Paid') ||
        observation !== (half.includes(id) ? id : null) ||
        payment_link !== `https://pay.example/${id}`,
    )
    expect(wrong).toEqual([])
  })
})

async function allOver(on: Api): Promise<void> {
  const open = () => on.sql`select job_id from bulk_job where state in ('queued', 'running')`
  await until(open, (rows) => rows.length === 0)
}

describe('two servers on one database', () => {
  test('share the jobs, and each row is done once', async () => {
    const second = await startSecond(api)
    try {
      const crowd = await makeCrowd(api, { accounts: 4, invoices: 150 })
      const total = crowd.invoiceIds.length
      const words = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
      const sent = await Promise.all(
        words.map((word, index) => {
          const form = new FormData()
          form.set('kind', 'invoices')
          form.set('file', new Blob([fileOf('Observation', crowd.invoiceIds, () => word)]), 'x.csv')
          return postBody(api, form, { url: index % 2 ? second.url : api.url })
        }),
      )
      const jobs = await Promise.all(sent.map(({ json }) => whenOver(api, json)))
      for (const { rows, state } of jobs) {
        expect({ state, ...rows }).toMatchObject({ state: 'completed', read: total, failed: 0 })
      }
      const told = await toldOf(api, crowd)
      expect(told).toHaveLength(sum(jobs.map(({ rows }) => rows.changed)))
      const byInvoice = Map.groupBy(told, ({ invoice_id }) => invoice_id)
      expect(byInvoice.size).toBe(total)
      for (const ofOne of byInvoice.values()) {
        expect(ofOne.map(({ observation }) => observation).toSorted()).toEqual(words)
      }
      const hands = await api.sql`
        select job_id from bulk_job where job_id = any (${arrayOf(jobs.map(({ id }) => id))}::text[]) and hand <> 1`
      expect(hands).toEqual([])
    } finally {
      await second.close()
    }
  })
})

test('no total drifted by all that', () => expectNoDrift(api))

describe('a job that changes hands', () => {
  let idle: Api
  beforeAll(async () => {
    idle = await startApi()
  })
  afterAll(() => idle.close())

  /** More than three parts. */
  const INVOICES = { accounts: 3, invoices: 520 }
  const PART_ROWS = 500
  /** When so many wait the others of their part will. */
  const MOST_OF_A_PART = 100

  const jobOf = async (job: JobJson): Promise<JobJson> =>
    ok(await idle.call('GET', `/imports/${job.id}`))

  async function workOn(job: JobJson, submit?: Submit, signal?: AbortSignal): Promise<void> {
    const worker = new Worker(idle, submit)
    await worker.work(job, signal)
    expect(worker.errors).toEqual([])
    await worker.close()
  }

  /** Every row is done and counted once, whoever did it. */
  async function expectDoneOnce(job: JobJson, crowd: Crowd): Promise<void> {
    const total = crowd.invoiceIds.length
    const rows = { total, read: total, changed: total, unchanged: 0, failed: 0 }
    expect(await toldOf(idle, crowd)).toHaveLength(total)
    const kept = await idle.sql`
      select result, final, count(*)::integer as rows from import_row where job_id = ${job.id}
      group by result, final`
    expect(kept).toEqual([{ result: 'changed', final: true, rows: total }])
    expect(await jobOf(job)).toMatchObject({ state: 'completed', rows })
  }

  /** A job of these invoices that is queued, in each of the ways in which it may come to that. */
  const WAYS: readonly [string, (file: string) => Promise<JobJson>][] = [
    ['in its first run', (file) => queueFile(idle, file)],
    [
      'once it is confirmed',
      async (file) => {
        const job = await queueFile(idle, file, { dryRun: true })
        await workOn(job)
        expect((await idle.call('POST', `/imports/${job.id}/confirm`)).status).toBe(202)
        return job
      },
    ],
    [
      'in a retry',
      async (file) => {
        const job = await queueFile(idle, file)
        let submitted = 0
        await workOn(job, async (submission, write) => {
          submitted += 1
          if (submitted === 1) ok(await idle.call('POST', `/imports/${job.id}/cancel`))
          return await write(submission)
        })
        // What is in hand when the word comes is done: two parts.
        const rows = { changed: 2 * PART_ROWS }
        expect(await jobOf(job)).toMatchObject({ state: 'cancelled', rows })
        expect((await idle.call('POST', `/imports/${job.id}/retry`)).status).toBe(202)
        return job
      },
    ],
  ]

  test('is in the hand of one of those that take it at once', async () => {
    const job = await queueFile(idle, 'Id,Status\nnone,Paid\n')
    const taken = await Promise.all(
      Array.from({ length: 20 }, () => beginRun(idle.sql, job.id, idle.clock.now)),
    )
    const hands = taken.map((own) => own?.hand)
    expect(new Set(hands).size).toBe(hands.length)
    await workOn(job)
  })

  describe.each(WAYS)('%s', (_, queue) => {
    test('while all of them are alive: each row is done and counted once', async () => {
      const crowd = await makeCrowd(idle, INVOICES)
      const job = await queue(fileOf('Observation', crowd.invoiceIds, (id) => `of ${id}`))
      const workers = Array.from({ length: 6 }, async (_, index) => {
        await sleep(index * 60)
        await workOn(job)
      })
      await Promise.all(workers)
      await expectDoneOnce(job, crowd)
    })

    test.each([
      ['had written its rows', 'written'],
      ['had not written its rows', 'unwritten'],
    ])('from one that froze when it %s, and wakes when all is done', async (_, when) => {
      const crowd = await makeCrowd(idle, INVOICES)
      const job = await queue(fileOf('Observation', crowd.invoiceIds, (id) => `of ${id}`))
      const frozen = new Frozen(when === 'written')
      const first = workOn(job, frozen.submit)
      await frozen.isFrozen
      await workOn(job)
      await expectDoneOnce(job, crowd)
      frozen.wake()
      await first
      await expectDoneOnce(job, crowd)
    })

    test('from one that froze, and wakes when another has it in hand', async () => {
      const crowd = await makeCrowd(idle, INVOICES)
      const job = await queue(fileOf('Observation', crowd.invoiceIds, (id) => `of ${id}`))
      const frozen = new Frozen(true)
      const first = workOn(job, frozen.submit)
      await frozen.isFrozen
      await beginRun(idle.sql, job.id, idle.clock.now)
      frozen.wake()
      await first
      await workOn(job)
      await expectDoneOnce(job, crowd)
    })
  })

  test('no total drifted by all that', () => expectNoDrift(idle))

  /** Stands between a job and its writer, and stops the whole of the first part that comes. */
  class Frozen {
    readonly #isWritten: boolean
    readonly #woken = Promise.withResolvers<void>()
    readonly #frozen = Promise.withResolvers<void>()
    #waiting = 0

    constructor(isWritten: boolean) {
      this.#isWritten = isWritten
    }

    get isFrozen(): Promise<void> {
      return this.#frozen.promise
    }

    wake(): void {
      this.#woken.resolve()
    }

    readonly submit: Submit = async (submission, write) => {
      if (!this.#isWritten) await this.#wait()
      const result = await write(submission)
      if (this.#isWritten) await this.#wait()
      return result
    }

    async #wait(): Promise<void> {
      this.#waiting += 1
      if (this.#waiting >= MOST_OF_A_PART) this.#frozen.resolve()
      await this.#woken.promise
    }
  }
})
