/**
 * Dry runs: what they say, and that confirm does exactly that or says why not. The server leaves
 * jobs queued, so that each test says what happens between two steps.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, expectNoDrift, startApi } from '../api/support/api.ts'
import { ok, okEmpty, refused } from '../api/support/expect.ts'
import {
  hold,
  invoiceLines,
  newBuyer,
  type Opened,
  type Order,
  openAccount,
  order,
} from '../api/support/make.ts'
import {
  csv,
  entryCount,
  type JobJson,
  queueFile,
  rowsOf,
  runJob,
  type Sending,
} from './support/jobs.ts'

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

interface Invoices extends Order {
  readonly account: Opened
}

/** An account with one order of `count` invoices of 100 each. */
async function invoices(count: number): Promise<Invoices> {
  const account = await openAccount(api.call, { creditLimit: 100_000 })
  return { account, ...(await order(api.call, account, 100 * count, count)) }
}

/** Makes a dry run of a file. */
async function tried(lines: readonly string[], sending: Sending = {}): Promise<JobJson> {
  const job = await runJob(api, await queueFile(api, csv(...lines), { dryRun: true, ...sending }))
  expect(job.state, job.error).toBe('awaitingConfirmation')
  return job
}

const triedAccounts = (...lines: string[]) =>
  tried(['Id,Email,Document,Document Type,Credit limit,Tolerance rate', ...lines], {
    kind: 'accounts',
  })

const sendConfirm = (job: JobJson) => api.call('POST', `/imports/${job.id}/confirm`)

async function confirmed(job: JobJson): Promise<JobJson> {
  const answer = await sendConfirm(job)
  expect(answer.status, answer.text).toBe(202)
  return answer.json
}

/** Confirm is refused for these lines, and the job waits as before. */
async function expectChanged(job: JobJson, ...lines: number[]): Promise<void> {
  const problem = refused(await sendConfirm(job), 409, 'data-changed')
  expect(problem.rows).toEqual(lines)
  expect(problem.detail).toContain(`lines ${lines.join(', ')}`)
  expect(ok(await api.call('GET', `/imports/${job.id}`)).state).toBe('awaitingConfirmation')
}

async function change(path: string | undefined, fields: unknown): Promise<void> {
  const answer = await api.call('PUT', path ?? '', fields)
  expect(answer.status, answer.text).toBe(200)
}

describe('a dry run', () => {
  test('says what each row would do and the totals, and writes nothing', async () => {
    const { account, invoiceIds, invoices: paths } = await invoices(4)
    await change(paths[1], { observation: 'old' })
    ok(await api.call('POST', `${paths[2]}/payments`))
    const before = [await entryCount(api), await invoiceLines(api.call, account)]
    const job = await tried([
      'Id,Status,Observation',
      `${invoiceIds[0]},Paid,by cheque`,
      `${invoiceIds[1]},Opened,`,
      `${invoiceIds[2]},Opened,`,
      `${invoiceIds[3]},Opened,`,
      'none,Paid,',
    ])
    expect(job).toMatchObject({
      dryRun: true,
      confirmed: false,
      percent: 100,
      finishedAt: null,
      rows: { total: 5, read: 5, changed: 3, unchanged: 1, failed: 1 },
      totals: {
        paid: { rows: 1, value: 100 },
        takenBack: { rows: 1, value: 100 },
        annotated: { rows: 1, value: 0 },
      },
    })
    expect(await rowsOf(api, job)).toMatchObject([
      {
        line: 2,
        result: 'changed',
        changes: [
          { field: 'status', from: 'Opened', to: 'Paid' },
          { field: 'observation', from: null, to: 'by cheque' },
        ],
      },
      { line: 3, changes: [{ field: 'observation', from: 'old', to: null }] },
      { line: 4, changes: [{ field: 'status', from: 'Paid', to: 'Opened' }] },
      { line: 5, result: 'unchanged', changes: [] },
      { line: 6, result: 'failed', code: 1023 },
    ])
    expect([await entryCount(api), await invoiceLines(api.call, account)]).toEqual(before)
  })

  test('of accounts says what would be opened and changed, and writes nothing', async () => {
    const account = await openAccount(api.call)
    const { document, email } = newBuyer()
    const before = await entryCount(api)
    const job = await triedAccounts(
      `,,${account.document},CPF,250.5,`,
      `,${email},${document},CPF,70,0.1`,
      `,${account.email},${newBuyer().document},CPF,70,`,
    )
    expect(job.totals).toEqual({
      limitLowered: { rows: 1, value: 749.5 },
      opened: { rows: 1, value: 70 },
    })
    expect(await rowsOf(api, job)).toMatchObject([
      { changes: [{ field: 'creditLimit', from: '1000.00', to: '250.50' }] },
      { changes: [{ field: 'email', from: null, to: email }, {}, {}, {}, {}] },
      { result: 'failed', code: 1099 },
    ])
    expect(await entryCount(api)).toBe(before)
    expect(ok(await api.call('GET', `/accounts?document=${document}`)).data).toEqual([])
  })
})

describe('confirm', () => {
  test('does exactly what was shown', async () => {
    const { account, invoiceIds } = await invoices(3)
    const shown = await tried([
      'Id,Status,Observation,Mine',
      `${invoiceIds[0]},Paid,noted,1`,
      `${invoiceIds[1]},Cancelled,,2`,
      `${invoiceIds[2]},Opened,,3`,
      'none,Paid,,4',
    ])
    expect(shown.warnings).toMatchObject([{ code: 'ignored-columns' }])
    const rows = await rowsOf(api, shown)
    const before = await entryCount(api)
    expect(await confirmed(shown)).toMatchObject({ state: 'queued', confirmed: true })
    const job = await runJob(api, shown)
    expect(job).toMatchObject({
      state: 'completed',
      dryRun: true,
      confirmed: true,
      rows: shown.rows,
      totals: shown.totals,
      warnings: shown.warnings,
    })
    expect(job.finishedAt).not.toBeNull()
    expect(await rowsOf(api, job)).toEqual(rows)
    // Paid, annotated, cancelled.
    expect(await entryCount(api)).toBe(before + 3)
    expect(await invoiceLines(api.call, account)).toEqual([
      'Paid 100',
      'Cancelled 100',
      'Opened 100',
    ])
  })

  test('opens the accounts that were shown, also for the document of a closed one', async () => {
    const closed = await openAccount(api.call)
    ok(await api.call('DELETE', closed.path))
    const buyer = newBuyer()
    const shown = await triedAccounts(
      `,${closed.email},${closed.document},CPF,70,`,
      `,${buyer.email},${buyer.document},CPF,70,`,
    )
    await confirmed(shown)
    expect((await runJob(api, shown)).rows).toMatchObject({ changed: 2 })
    for (const { document } of [closed, buyer]) {
      expect(ok(await api.call('GET', `/accounts?document=${document}`)).data).toHaveLength(1)
    }
  })

  test('does so where a row takes the e-mail that the row before it gives up', async () => {
    const lines: string[] = []
    for (let pair = 0; pair < 20; pair += 1) {
      const [one, other] = [await openAccount(api.call), await openAccount(api.call)]
      lines.push(`${one.id},new-${one.email},,,,`, `${other.id},${one.email},,,,`)
    }
    const shown = await triedAccounts(...lines)
    await confirmed(shown)
    expect((await runJob(api, shown)).rows).toEqual(shown.rows)
  })

  // A dry run looks at some hundred rows at a time: what they do together is found when it is done.
  test('refuses the row that another one far from it leaves nothing for', async () => {
    const { path, invoiceIds, invoices: paths } = await invoices(2)
    for (const invoice of paths) ok(await api.call('POST', `${invoice}/payments`))
    ok(await api.call('POST', `${path}/refunds`, { value: 80 }))
    for (const invoice of paths) await change(invoice, { status: 'Opened' })
    // Both are open, and 120 is left of the order: only one of them can be cancelled.
    const between = Array.from({ length: 600 }, (_, nth) => `none-${nth},Paid`)
    const [first, second] = invoiceIds.map((id) => `${id},Cancelled`)
    const shown = await tried(['Id,Status', `${first}`, ...between, `${second}`])
    expect(shown.rows).toMatchObject({ changed: 2, failed: 600 })
    await confirmed(shown)
    const done = await runJob(api, shown)
    expect(done.rows).toMatchObject({ changed: 1, failed: 601 })
    expect((await rowsOf(api, done)).at(-1)).toMatchObject({ line: 603, code: 1121 })
  })

  test('leaves failed what failed in the dry run, whatever became of it', async () => {
    const { invoiceIds, invoices: paths } = await invoices(2)
    ok(await api.call('POST', `${paths[0]}/payments`))
    const lines = [`${invoiceIds[0]},Cancelled`, `${invoiceIds[1]},Paid`]
    const shown = await tried(['Id,Status', ...lines])
    await change(paths[0], { status: 'Opened' })
    await confirmed(shown)
    expect(await rowsOf(api, await runJob(api, shown))).toMatchObject([
      { result: 'failed', code: 1120 },
      { result: 'changed' },
    ])
    expect(ok(await api.call('GET', paths[0] ?? '')).status).toBe('Opened')
  })

  test('is refused twice: 409', async () => {
    const { invoiceIds } = await invoices(1)
    const job = await tried(['Id,Status', `${invoiceIds[0]},Paid`])
    const answers = await Promise.all([sendConfirm(job), sendConfirm(job)])
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409])
    expect(refused(await sendConfirm(job), 409, 'job-not-waiting').state).toBe('queued')
    const before = await entryCount(api)
    await runJob(api, job)
    await runJob(api, job)
    expect(await entryCount(api)).toBe(before + 1)
    expect(refused(await sendConfirm(job), 409, 'job-not-waiting').state).toBe('completed')
  })

  test('is refused for what is no dry run, or is not there yet: 409', async () => {
    const file = csv('Id,Status', 'none,Paid')
    refused(
      await sendConfirm(await runJob(api, await queueFile(api, file))),
      409,
      'job-not-waiting',
    )
    const queued = await queueFile(api, file, { dryRun: true })
    refused(await sendConfirm(queued), 409, 'job-not-waiting')
  })

  test('is refused once the dry run was cancelled: 409', async () => {
    const { account, invoiceIds } = await invoices(1)
    const job = await tried(['Id,Status', `${invoiceIds[0]},Paid`])
    api.clock.advance(1000)
    const cancelled = ok(await api.call('POST', `/imports/${job.id}/cancel`))
    const finishedAt = new Date(api.clock.now).toISOString()
    expect(cancelled).toMatchObject({ state: 'cancelled', finishedAt })
    refused(await sendConfirm(job), 409, 'job-not-waiting')
    expect((await runJob(api, job)).state).toBe('cancelled')
    expect(await invoiceLines(api.call, account)).toEqual(['Opened 100'])
  })
})

describe('confirm is refused where rows would do something else by now: 409, with their lines', () => {
  const HEADER = 'Id,Status,Observation'

  test('an invoice was paid meanwhile', async () => {
    const { invoiceIds, invoices: paths } = await invoices(3)
    const job = await tried([HEADER, ...invoiceIds.map((id) => `${id},Paid,`)])
    ok(await api.call('POST', `${paths[1]}/payments`))
    await expectChanged(job, 3)
    // It is as it was shown again.
    await change(paths[1], { status: 'Opened' })
    await confirmed(job)
  })

  test('a field that a row changes has another value', async () => {
    const { invoiceIds, invoices: paths } = await invoices(3)
    const job = await tried([HEADER, ...invoiceIds.map((id) => `${id},,note`)])
    await change(paths[0], { observation: 'of somebody else' })
    await change(paths[2], { observation: 'note' })
    await expectChanged(job, 2, 4)
  })

  test('a field that a row left as it was has another value', async () => {
    const { invoiceIds, invoices: paths } = await invoices(1)
    const job = await tried([HEADER, `${invoiceIds[0]},Opened,note`])
    await change(paths[0], { status: 'Paid' })
    await expectChanged(job, 2)
  })

  test('an invoice cannot become what was shown', async () => {
    const { path, invoiceIds, invoices: paths } = await invoices(2)
    const job = await tried([HEADER, `${invoiceIds[0]},Cancelled,`])
    // It is open again, and cancelling it would give the refund twice.
    ok(await api.call('POST', `${paths[0]}/payments`))
    ok(await api.call('POST', `${path}/refunds`, { value: 120 }))
    await change(paths[0], { status: 'Opened' })
    await expectChanged(job, 2)
  })

  test('an account has another limit, or somebody else has its document', async () => {
    const [one, two] = [await openAccount(api.call), await openAccount(api.call)]
    const buyer = newBuyer()
    const job = await triedAccounts(
      `,,${one.document},CPF,2000,`,
      `${two.id},,,,2000,`,
      `,${buyer.email},${buyer.document},CPF,70,`,
    )
    await change(`${one.path}/creditlimit`, { value: 1500 })
    ok(await api.call('POST', '/accounts', { ...buyer, creditLimit: 5 }))
    await expectChanged(job, 2, 4)
  })

  test('an account was closed meanwhile', async () => {
    const [one, two] = [await openAccount(api.call), await openAccount(api.call)]
    const job = await triedAccounts(`,,${one.document},CPF,2000,`, `${two.id},,,,2000,`)
    for (const { path } of [one, two]) ok(await api.call('DELETE', path))
    await expectChanged(job, 2, 3)
  })

  test('an e-mail was taken meanwhile', async () => {
    const account = await openAccount(api.call)
    const { email } = newBuyer()
    const job = await triedAccounts(`${account.id},${email},,,,`)
    await openAccount(api.call, { email })
    await expectChanged(job, 2)
  })

  test('of many lines, the first 100 are named', async () => {
    const { account, invoiceIds } = await invoices(99)
    const more = await order(api.call, account, 300, 3)
    const ids = [...invoiceIds, ...more.invoiceIds]
    const job = await tried([HEADER, ...ids.map((id) => `${id},,note`)])
    await runJob(api, await queueFile(api, csv(HEADER, ...ids.map((id) => `${id},,other`))))
    const problem = refused(await sendConfirm(job), 409, 'data-changed')
    expect(problem.rows).toEqual(Array.from({ length: 100 }, (_, index) => index + 2))
    expect(problem.detail).toContain('101 and more')
  })
})

describe('confirm is not refused where something else changed', () => {
  const CHANGES: [what: string, change: (made: Invoices) => Promise<unknown>][] = [
    [
      'another field of the invoice',
      ({ invoices: paths }) => change(paths[0], { paymentLink: 'https://pay.example/1' }),
    ],
    [
      'another invoice of the account',
      async ({ invoices: paths }) => ok(await api.call('POST', `${paths[1]}/payments`)),
    ],
    ['a new authorization', ({ account }) => hold(api.call, account, 10)],
    ['a new order', ({ account }) => order(api.call, account, 10)],
    ['the limit', ({ account }) => change(`${account.path}/creditlimit`, { value: 7 })],
  ]

  test.each(CHANGES)('%s', async (_, makeChange) => {
    const made = await invoices(2)
    const job = await tried(['Id,Status,Observation', `${made.invoiceIds[0]},Paid,note`])
    await makeChange(made)
    await confirmed(job)
    expect((await runJob(api, job)).rows).toMatchObject({ changed: 1, failed: 0 })
    expect(ok(await api.call('GET', made.invoices[0] ?? ''))).toMatchObject({
      status: 'Paid',
      observation: 'note',
    })
  })

  test('of an account: another field, an order, a freeze', async () => {
    const account = await openAccount(api.call)
    const job = await triedAccounts(`${account.id},,,,2000,`)
    await change(account.path, { email: `new-${account.email}`, tolerance: 0.5 })
    await order(api.call, account, 100)
    await change(`${account.path}/freeze`, { frozen: true, reason: 'Late' })
    await confirmed(job)
    expect((await runJob(api, job)).rows).toMatchObject({ changed: 1, failed: 0 })
    expect(ok(await api.call('GET', account.path))).toMatchObject({
      email: `new-${account.email}`,
      creditLimit: 2000,
      tolerance: 0.5,
    })
  })
})

describe('what changes after confirm has looked is refused for that row alone', () => {
  const MEANWHILE = {
    result: 'failed',
    code: 1132,
    error: expect.stringContaining('somebody else changed: observation'),
    changes: [],
  }

  /** The writer, for a run whose first command comes only once `task` is done. */
  function following(task: () => Promise<unknown>): typeof api.writer.submit {
    let first: Promise<unknown> | undefined
    return async (submission) => {
      first ??= task()
      await first
      return await api.writer.submit(submission)
    }
  }

  async function noted(): Promise<Invoices & { job: JobJson }> {
    const made = await invoices(3)
    const job = await tried(['Id,Observation', ...made.invoiceIds.map((id) => `${id},note`)])
    await confirmed(job)
    return { ...made, job }
  }

  const notesOf = async ({ invoices: paths }: Invoices) =>
    await Promise.all(
      paths.map(async (path) => ok(await api.call('GET', path)).observation as string | null),
    )

  test('between confirm and the run', async () => {
    const { job, ...made } = await noted()
    await change(made.invoices[1], { observation: 'of somebody else' })
    const done = await runJob(api, job)
    expect(await rowsOf(api, done)).toMatchObject([{ result: 'changed' }, MEANWHILE, {}])
    expect(done).toMatchObject({ state: 'completed', rows: { changed: 2, failed: 1 } })
    expect(await notesOf(made)).toEqual(['note', 'of somebody else', 'note'])
  })

  test('between the look at a row and its writing', async () => {
    const { job, ...made } = await noted()
    const meanwhile = () => change(made.invoices[1], { observation: 'of somebody else' })
    const done = await runJob(api, job, following(meanwhile))
    expect(await rowsOf(api, done)).toMatchObject([{ result: 'changed' }, MEANWHILE, {}])
    expect(await notesOf(made)).toEqual(['note', 'of somebody else', 'note'])
  })

  test('and not where it is another field', async () => {
    const { job, ...made } = await noted()
    const link = 'https://pay.example/1'
    const done = await runJob(
      api,
      job,
      following(() => change(made.invoices[1], { paymentLink: link, status: 'Paid' })),
    )
    expect(done.rows).toMatchObject({ changed: 3, failed: 0 })
    expect(await notesOf(made)).toEqual(['note', 'note', 'note'])
    expect(ok(await api.call('GET', made.invoices[1] ?? ''))).toMatchObject({
      paymentLink: link,
      status: 'Paid',
    })
  })

  test('of accounts too', async () => {
    const [one, two] = [await openAccount(api.call), await openAccount(api.call)]
    const job = await triedAccounts(`${one.id},,,,2000,`, `${two.id},,,,2000,`)
    await confirmed(job)
    const meanwhile = () => change(`${two.path}/creditlimit`, { value: 5 })
    const rows = await rowsOf(api, await runJob(api, job, following(meanwhile)))
    expect(rows).toMatchObject([{ result: 'changed' }, { result: 'failed', code: 1132 }])
    expect(ok(await api.call('GET', two.path)).creditLimit).toBe(5)
  })

  test('without a dry run nothing was shown: the later word goes', async () => {
    const { invoiceIds, invoices: paths } = await invoices(1)
    const job = await queueFile(api, csv('Id,Observation', `${invoiceIds[0]},note`))
    const done = await runJob(
      api,
      job,
      following(() => change(paths[0], { observation: 'of somebody else' })),
    )
    expect(done.rows).toMatchObject({ changed: 1, failed: 0 })
    okEmpty(await api.call('PUT', paths[0] ?? '', { observation: 'note' }))
  })
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
