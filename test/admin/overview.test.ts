/** The figures of the start page: each equals the list behind it, whatever happened before. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type History, histories } from '../../src/credit/testing/histories.ts'
import { Player } from '../../src/credit/testing/player.ts'
import { foldInvoiceTotals } from '../../src/ledger/invoice-totals.ts'
import { type Api, expectNoDrift, startApi } from '../api/support/api.ts'
import { ok, refused } from '../api/support/expect.ts'
import { hold, openAccount, order } from '../api/support/make.ts'
import { configBody, HistoryClient, overHttp, type Send } from '../support/history-client.ts'
import { DAY_MS, START } from '../support/server.ts'

const HISTORIES = 12
/** After the history, one after the other: some is late, then more, then nearly all. */
const DAYS_LATER = [0, 40, 90]

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

type Call = Api['call']

const get = async (call: Call, path: string) => ok(await call('GET', `//api/admin/${path}`))

const cents = (amount: number) => Math.round(amount * 100)

/** Every figure against the list that it is a figure of. */
async function expectEqualLists(call: Call): Promise<void> {
  const { accounts, invoices } = await get(call, 'overview')
  const open = await get(call, 'accounts?status=open&to=1000')
  const { count, overLimit, largest, ...sums } = accounts
  expect(sums).toEqual(open.totals)
  expect(count).toBe(open.paging.total)
  expect(count).toBe(open.data.length)
  expect(overLimit).toBe((await get(call, 'accounts?overLimit=true')).paging.total)
  const exposed = (await get(call, 'accounts?sort=exposure&to=10')).data
    .map((account: Record<string, number>) => ({
      id: account.id,
      exposure: (cents(-(account.balance ?? 0)) + cents(account.preAuthorizedCredit ?? 0)) / 100,
    }))
    .filter(({ exposure }: { exposure: number }) => exposure > 0)
  expect(largest).toMatchObject(exposed)

  const { states } = await get(call, 'invoices')
  const [opened, overdue] = states
  expect(invoices.overdue).toEqual(sumOf(overdue))
  expect(cents(invoices.open.value)).toBe(cents(opened.value) + cents(overdue.value))
  expect(invoices.open.count).toBe(opened.count + overdue.count)
  for (const { age, dueDateFrom, dueDateTo, ...sum } of invoices.ageing) {
    const status = age === 'notDue' ? 'Opened' : 'Overdue'
    const { total } = await get(call, `invoices?status=${status}${days(dueDateFrom, dueDateTo)}`)
    expect(sum, age).toEqual(total)
  }
  const summed = invoices.ageing.reduce(
    (sum: { count: number; value: number }, cell: { count: number; value: number }) => ({
      count: sum.count + cell.count,
      value: sum.value + cents(cell.value),
    }),
    { count: 0, value: 0 },
  )
  expect(summed).toEqual({ count: invoices.open.count, value: cents(invoices.open.value) })
  const { dueDateFrom, dueDateTo, ...soon } = invoices.dueSoon
  const due = await get(call, `invoices?status=Opened${days(dueDateFrom, dueDateTo)}`)
  expect(soon).toEqual(due.total)
}

const days = (from: string | null, to: string | null) =>
  `${from ? `&dueDateFrom=${from}` : ''}${to ? `&dueDateTo=${to}` : ''}`

const sumOf = ({ count, value }: { count: number; value: number }) => ({ count, value })

/** Plays a history in a store of its own. */
async function play(history: History): Promise<Call> {
  api.clock.now = history.start
  const { call, key } = await api.newStore(configBody(history.config), 'BRL', history.timeZone)
  const send: Send = (method, path, body) => call(method, path, body)
  const player = new Player(history)
  const client = new HistoryClient(send, key)
  for (const step of history.steps) {
    const { command, accountId } = player.play(step)
    api.clock.now = player.now
    if (command) await client.perform(accountId, command)
  }
  return call
}

test('every figure equals its list, after any history, now and later', async () => {
  let figures = 0
  await fc.assert(
    fc.asyncProperty(histories({ maxSteps: 30 }).map(overHttp), async (history) => {
      const call = await play(history)
      for (const later of DAYS_LATER) {
        api.clock.advance(later * DAY_MS)
        await expectEqualLists(call)
        figures += (await get(call, 'overview')).invoices.open.count
      }
    }),
    // No limit of time: it would leave the last one running, and setting the clock of other tests.
    { numRuns: HISTORIES },
  )
  expect(figures).toBeGreaterThan(HISTORIES)
}, 90_000)

test('has what is late in the age of its days, folded or not', async () => {
  api.clock.now = START
  const { call } = await api.newStore()
  const account = await openAccount(call, { email: 'ana@example.com' })
  const other = await openAccount(call)
  await order(call, account, 500.05, 5)
  await hold(call, other, 200)
  ok(await call('PUT', `${other.path}/creditlimit`, { value: 150 }))
  // Due after 30, 60, 90, 120 and 150 days.
  for (const [later, ...counts] of [
    [0, 5, 0, 0, 0, 0, 0],
    [30, 5, 0, 0, 0, 0, 1],
    [1, 4, 1, 0, 0, 0, 1],
    [30, 3, 1, 1, 0, 0, 1],
    [60, 1, 1, 1, 1, 1, 1],
    [30, 0, 1, 1, 1, 2, 0],
  ] as const) {
    api.clock.advance(later * DAY_MS)
    const { invoices } = await get(call, 'overview')
    const ages = invoices.ageing.map(({ count }: { count: number }) => count)
    expect([...ages, invoices.dueSoon.count], `${later}`).toEqual(counts)
    await expectEqualLists(call)
    await foldInvoiceTotals(api.sql)
    expect((await get(call, 'overview')).invoices).toEqual(invoices)
  }
  const { accounts, invoices } = await get(call, 'overview')
  expect(invoices.open).toEqual({ count: 5, value: 500.05 })
  expect(accounts).toMatchObject({ count: 2, creditLimit: 1150, owed: 500.05, held: 0 })
  expect(accounts.largest).toEqual([
    {
      id: account.id,
      email: 'ana@example.com',
      creditLimit: 1000,
      owed: 500.05,
      held: 0,
      exposure: 500.05,
    },
  ])
})

test('of an empty store is zero throughout', async () => {
  const { call } = await api.newStore()
  const { accounts, invoices } = await get(call, 'overview')
  expect(accounts).toEqual({
    count: 0,
    creditLimit: 0,
    owed: 0,
    held: 0,
    availableCredit: 0,
    overLimit: 0,
    largest: [],
  })
  expect(invoices.open).toEqual({ count: 0, value: 0 })
  expect(invoices.ageing).toHaveLength(5)
})

test('shows to each what it may read', async () => {
  const overview = async (...resources: Parameters<Api['asKeyWith']>) =>
    get(await api.asKeyWith(...resources), 'overview')
  expect((await overview('Read Invoices')).accounts).toBeNull()
  expect((await overview('Read Invoices')).invoices).not.toBeNull()
  expect((await overview('Read Checking Accounts')).invoices).toBeNull()
  const by = await api.asKeyWith('Read Configuration')
  refused(await by('GET', '//api/admin/overview'), 403, 'missing-resource')
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
