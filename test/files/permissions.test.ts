/** Who may import and export what, whoever began it. The server leaves jobs queued. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Resource } from '../../src/ledger/credentials.ts'
import { type Api, expectNoDrift, startApi } from '../api/support/api.ts'
import { ok, refused } from '../api/support/expect.ts'
import {
  invoiceLines,
  type Opened,
  type Order,
  openAccount,
  order,
  statementsOf,
} from '../api/support/make.ts'
import type { Credentials } from '../support/server.ts'
import { FILES, KINDS, queueExport, RESOURCES } from './support/examples.ts'
import {
  csv,
  type JobJson,
  queueFile,
  rowsOf,
  runJob,
  sendFile,
  storedCount,
} from './support/jobs.ts'

let api: Api
/** May change invoices, and nothing else. */
let clerk: Credentials
/** May mark them as paid too. */
let cashier: Credentials

beforeAll(async () => {
  api = await startApi()
  clerk = await api.addKey(['Create Invoices'])
  cashier = await api.addKey(['Create Invoices', 'Pay Invoice'])
})
afterAll(() => api.close())

/** An account with an order of four invoices of 100, of which the last two are paid. */
async function halfPaid(): Promise<Order & { account: Opened }> {
  const account = await openAccount(api.call)
  const made = await order(api.call, account, 400, 4)
  for (const path of made.invoices.slice(2)) ok(await api.call('POST', `${path}/payments`))
  return { account, ...made }
}

/** Marks the first as paid and takes the third back; notes something on the second and the fourth. */
function file({ invoiceIds: [first, second, third, fourth] }: Order): string {
  return csv(
    'Id,Status,Observation',
    `${first},Paid,noted`,
    `${second},Opened,noted`,
    `${third},Opened,noted`,
    `${fourth},Paid,noted`,
  )
}

const post = (job: JobJson, action: 'confirm' | 'retry', key: Credentials) =>
  api.as(key)('POST', `/imports/${job.id}/${action}`)

async function resultsOf(job: JobJson): Promise<string[]> {
  const rows = await rowsOf(api, job)
  return rows.map(({ result, code }) => `${result}${code ? ` ${code}` : ''}`)
}

const ALL = ['changed', 'changed', 'changed', 'changed']
const ALL_BUT_PAYMENTS = ['failed 1011', 'changed', 'failed 1011', 'changed']

describe('an import of invoices', () => {
  test('needs Pay Invoice for rows that pay or take back: they fail, the others pass', async () => {
    const made = await halfPaid()
    const job = await runJob(api, await queueFile(api, file(made), { key: clerk }))
    expect(job).toMatchObject({ state: 'completed', rows: { changed: 2, failed: 2 } })
    expect(await resultsOf(job)).toEqual(ALL_BUT_PAYMENTS)
    for (const { error } of await rowsOf(api, job, 'failed'))
      expect(error).toContain('"Pay Invoice"')
    expect(await invoiceLines(api.call, made.account)).toEqual([
      'Opened 100',
      'Opened 100',
      'Paid 100',
      'Paid 100',
    ])
    // A row that fails does nothing of what it says.
    expect(ok(await api.call('GET', made.invoices[0] ?? '')).observation).toBeNull()
  })

  test('with Pay Invoice does all its rows', async () => {
    const made = await halfPaid()
    const job = await runJob(api, await queueFile(api, file(made), { key: cashier }))
    expect(await resultsOf(job)).toEqual(ALL)
  })

  test('says so in a dry run already', async () => {
    const made = await halfPaid()
    const job = await runJob(api, await queueFile(api, file(made), { key: clerk, dryRun: true }))
    expect(await resultsOf(job)).toEqual(ALL_BUT_PAYMENTS)
    expect(job.totals).toEqual({ annotated: { rows: 2, value: 0 } })
  })
})

test('a file of a kind that the caller may not import is refused, and nothing of it is kept', async () => {
  const before = await storedCount(api)
  for (const kind of KINDS) {
    const others = KINDS.filter((other) => other !== kind).map((other) => RESOURCES.Imports[other])
    for (const resources of [others, Object.values(RESOURCES.Exports)] as Resource[][]) {
      const answer = await sendFile(api, FILES[kind], { kind, key: await api.addKey(resources) })
      const problem = refused(answer, 403, 'missing-resource')
      expect(problem.detail).toContain(`"${RESOURCES.Imports[kind]}"`)
    }
  }
  expect(await storedCount(api)).toEqual(before)
})

test('lists show the kinds that the caller may use', async () => {
  for (const kind of KINDS) {
    await queueFile(api, FILES[kind], { kind })
    await queueExport(api, kind)
  }
  for (const [path, resources] of [
    ['/imports', RESOURCES.Imports],
    ['/exports', RESOURCES.Exports],
  ] as const) {
    const kindsFor = async (...allowed: Resource[]) => {
      const by = await api.asKeyWith(...allowed)
      const { data, summary } = ok(await by('GET', `${path}?from=1&to=1000`))
      expect(data).toHaveLength(summary.count)
      return [...new Set(data.map(({ kind }: JobJson) => kind))].sort()
    }
    for (const kind of KINDS) expect(await kindsFor(resources[kind])).toEqual([kind])
    expect(await kindsFor(...Object.values(resources))).toEqual([...KINDS])
    expect(await kindsFor('Main Access')).toEqual([...KINDS])
  }
})

describe('confirm is judged by who confirms', () => {
  test('without Pay Invoice: the rows that pay fail, the others are done', async () => {
    const made = await halfPaid()
    const tried = await queueFile(api, file(made), { key: cashier, dryRun: true })
    expect(await resultsOf(await runJob(api, tried))).toEqual(ALL)
    expect((await post(tried, 'confirm', clerk)).status).toBe(202)
    const job = await runJob(api, tried)
    expect(job).toMatchObject({ state: 'completed', createdBy: cashier.appKey })
    expect(await resultsOf(job)).toEqual(ALL_BUT_PAYMENTS)
    expect(ok(await api.call('GET', made.invoices[0] ?? '')).status).toBe('Opened')
  })

  test('with it: what failed in the dry run stays failed, until it is tried again', async () => {
    const made = await halfPaid()
    const tried = await queueFile(api, file(made), { key: clerk, dryRun: true })
    await runJob(api, tried)
    expect((await post(tried, 'confirm', cashier)).status).toBe(202)
    const job = await runJob(api, tried)
    expect(await resultsOf(job)).toEqual(ALL_BUT_PAYMENTS)
    expect((await post(job, 'retry', cashier)).status).toBe(202)
    expect(await resultsOf(await runJob(api, job))).toEqual(ALL)
  })

  test('and so are the entries of the ledger', async () => {
    const made = await halfPaid()
    const tried = await queueFile(api, file(made), { key: cashier, dryRun: true })
    await runJob(api, tried)
    const other = await api.addKey(['Create Invoices', 'Pay Invoice'])
    await post(tried, 'confirm', other)
    expect((await runJob(api, tried)).createdBy).toBe(cashier.appKey)
    const lines = (await statementsOf(api.call, made.account)).slice(-2)
    expect(lines.map(({ doneBy }) => doneBy)).toEqual([other.appKey, other.appKey])
  })

  test('needs the resource of the kind: 403', async () => {
    const made = await halfPaid()
    const job = await runJob(api, await queueFile(api, file(made), { dryRun: true }))
    const other = await api.addKey(['Create Checking Accounts', 'Pay Invoice'])
    refused(await post(job, 'confirm', other), 403, 'missing-resource')
    expect(ok(await api.call('GET', `/imports/${job.id}`)).state).toBe('awaitingConfirmation')
  })
})

describe('retry is judged by who tries again', () => {
  test('without Pay Invoice the rows that pay fail again; with it they are done', async () => {
    const made = await halfPaid()
    const job = await runJob(api, await queueFile(api, file(made), { key: clerk }))
    await post(job, 'retry', clerk)
    expect(await resultsOf(await runJob(api, job))).toEqual(ALL_BUT_PAYMENTS)
    await post(job, 'retry', cashier)
    const done = await runJob(api, job)
    expect(await resultsOf(done)).toEqual(ALL)
    expect(done).toMatchObject({ createdBy: clerk.appKey, rows: { changed: 4, failed: 0 } })
    expect(await invoiceLines(api.call, made.account)).toEqual([
      'Paid 100',
      'Opened 100',
      'Opened 100',
      'Paid 100',
    ])
    const lines = (await statementsOf(api.call, made.account)).slice(-2)
    expect(lines.map(({ doneBy }) => doneBy)).toEqual([cashier.appKey, cashier.appKey])
  })

  test('also where the first caller had it and the second has not', async () => {
    const made = await halfPaid()
    const job = await queueFile(api, file(made), { key: cashier })
    ok(await api.call('POST', `/imports/${job.id}/cancel`))
    expect((await post(job, 'retry', clerk)).status).toBe(202)
    expect(await resultsOf(await runJob(api, job))).toEqual(ALL_BUT_PAYMENTS)
  })
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
