/**
 * Each refusal that an operation documents for itself, provoked. What every operation or every
 * write may answer is tested in operations, permissions, rate-limits and idempotency.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer } from '../support/server.ts'
import { type Api, type Call, expectNoDrift, startApi } from './support/api.ts'
import type { Operation } from './support/contract.ts'
import { blankOf, exampleOf, operationOf, pathFor, UNKNOWN } from './support/examples.ts'
import { ok, refused } from './support/expect.ts'
import {
  closedAccount,
  closeWithOpenInvoice,
  hold,
  newBuyer,
  openAccount,
  order,
} from './support/make.ts'

/** What any operation, or any write, may answer. */
const COMMON = new Set([
  'malformed-request',
  'invalid-input',
  'unauthenticated',
  'missing-resource',
  'rate-limited',
  'too-many-failed-sign-ins',
  'unavailable',
  'cross-site',
  'body-too-large',
  'unsupported-media-type',
  'idempotency-key-reused',
  'idempotency-key-running',
  'overloaded',
  // Needs a database that dies during a commit: the crash tests have it.
  'outcome-unknown',
])

type Provoke = (api: Api, operation: Operation) => Promise<Answer>

interface Refusal {
  readonly status: number
  readonly provoke: Provoke
  /** Facts that the problem must carry. */
  readonly facts?: Readonly<Record<string, unknown>>
}

const NO_ACCOUNT: Refusal = {
  status: 404,
  provoke: async (api, operation) => {
    const { method, path } = blankOf(operation)
    return api.call(method, path, (await exampleOf(operation)(api.call)).body)
  },
  facts: { accountId: UNKNOWN.creditAccountId },
}

/** The id of something that its account does not have. */
function missing(param: 'transactionId' | 'invoiceId' | 'holderId'): Refusal {
  return {
    status: 404,
    provoke: async (api, operation) => {
      const { params, body } = await exampleOf(operation)(api.call)
      const path = pathFor(operation, { ...params, [param]: UNKNOWN[param] ?? '' })
      return api.call(operation.method, path, body)
    },
    facts: { [param]: UNKNOWN[param] },
  }
}

/** On an account that was closed meanwhile. */
const CLOSED: Refusal = {
  status: 409,
  provoke: async (api, operation) => {
    const { id } = await closedAccount(api.call)
    const { body } = await exampleOf(operation)(api.call)
    const path = pathFor(operation, { ...UNKNOWN, creditAccountId: id })
    return api.call(operation.method, path, body)
  },
}

/** On an invoice that was open when its account was closed. */
function closedOver(body?: unknown, suffix = ''): Refusal {
  return {
    status: 409,
    provoke: async (api, { method }) => {
      const { invoice } = await closeWithOpenInvoice(api.call)
      return api.call(method, `${invoice}${suffix}`, body)
    },
  }
}

function provoked(
  provoke: (call: Call, api: Api) => Promise<Answer>,
  facts?: Refusal['facts'],
): Refusal {
  return { status: 409, provoke: (api) => provoke(api.call, api), ...(facts && { facts }) }
}

/** A change of an account with a limit of 1,000 and no tolerance, by who saw something else. */
function seenOtherwise(path: string, body: unknown, fields: string): Refusal {
  return provoked(async (call) => call('PUT', `${(await openAccount(call)).path}${path}`, body), {
    code: 1132,
    fields,
  })
}

/** A settled order of 50 + 50 of which one invoice is paid and 60 went back: it is open again. */
async function reopenedAfterRefund(call: Call): Promise<string> {
  const account = await openAccount(call)
  const { path, invoices } = await order(call, account, 100, 2)
  const first = invoices[0] ?? ''
  ok(await call('POST', `${first}/payments`))
  ok(await call('POST', `${path}/refunds`, { value: 60 }))
  ok(await call('PUT', first, { status: 'Opened' }))
  return first
}

async function paidInvoice(call: Call): Promise<string> {
  const account = await openAccount(call)
  const { invoices } = await order(call, account, 100)
  ok(await call('POST', `${invoices[0]}/payments`))
  return invoices[0] ?? ''
}

async function cancelledInvoice(call: Call): Promise<string> {
  const account = await openAccount(call)
  const { invoices } = await order(call, account, 100)
  ok(await call('DELETE', invoices[0] ?? ''))
  return invoices[0] ?? ''
}

async function frozen(call: Call, value: number) {
  const account = await openAccount(call)
  const held = await hold(call, account, value)
  ok(await call('PUT', `${account.path}/freeze`, { frozen: true, reason: 'Late twice' }))
  return { ...account, hold: held.path }
}

async function cancelledHold(call: Call): Promise<string> {
  const { path } = await hold(call, await openAccount(call), 100, { settle: false })
  ok(await call('DELETE', path))
  return path
}

async function postponable(api: Api, config: Record<string, unknown>) {
  const { call } = await api.newStore({
    postponementEnabled: true,
    invoicePostponementLimit: 2,
    maxPostponementDays: 10,
    ...config,
  })
  const { invoices } = await order(call, await openAccount(call), 100)
  const invoice = invoices[0] ?? ''
  const postpone = (dueDays: number) => call('PUT', `${invoice}/postponement`, { dueDays })
  return { call, invoice, postpone }
}

/** One commit takes many of them: this is faster than one after the other. */
async function all(count: number, task: (index: number) => Promise<unknown>): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => task(index)))
}

/** Debits an account up to the most that it may owe. */
async function oweTheMost(call: Call, path: string): Promise<void> {
  await all(100, async (index) =>
    ok(await call('PUT', `${path}/statements/d-${index}`, { value: '-100000000000.00' })),
  )
}

/** A hold of 10 that may double, on an account that owes the most meanwhile. */
async function holdThatOwesTheMost(api: Api) {
  const { call } = await api.newStore({ maxPreAuthorizationGrowthRate: 1 })
  const account = await openAccount(call)
  const { path } = await hold(call, account, 10)
  await oweTheMost(call, account.path)
  return { call, path }
}

const THE_MOST = { most: 10_000_000_000_000 }

const MANY_CREDITS = { creditLimit: 10_000_000 }

const transition = (from: string, to: string) => ({ from, to })

const REFUSALS: Readonly<Record<string, Readonly<Record<string, Refusal>>>> = {
  openAccount: {
    'account-already-open': provoked(
      async (call) => {
        const { document, documentType } = await openAccount(call)
        const { email } = newBuyer()
        return call('POST', '/accounts', { document, documentType, email, creditLimit: 1 })
      },
      { code: 1099, message: 'The Credit Account is already open.' },
    ),
  },
  getAccount: { 'account-not-found': NO_ACCOUNT },
  openOrChangeAccount: {
    'account-already-open': provoked(
      async (call) => {
        const { document, documentType } = await openAccount(call)
        const { path } = await openAccount(call)
        return call('PUT', path, { document, documentType })
      },
      { code: 1099, message: 'The Credit Account is already open.' },
    ),
    'account-closed': CLOSED,
    'changed-meanwhile': seenOtherwise(
      '',
      { creditLimit: 5, expected: { tolerance: 1 } },
      'tolerance',
    ),
    'email-taken': provoked(async (call) => {
      const { path } = await openAccount(call)
      const { email } = newBuyer()
      ok(await call('POST', `${path}/holders`, { claims: { email } }))
      return call('PUT', path, { email })
    }),
  },
  closeAccount: {
    'account-not-found': NO_ACCOUNT,
    'account-closed': CLOSED,
    'account-in-use': provoked(
      async (call) => {
        const account = await openAccount(call)
        await order(call, account, 100)
        await hold(call, account, 12.34)
        return call('DELETE', account.path)
      },
      { owed: 100, held: 12.34 },
    ),
  },
  changeCreditLimit: {
    'account-not-found': NO_ACCOUNT,
    'account-closed': CLOSED,
    'changed-meanwhile': seenOtherwise('/creditlimit', { value: 5, expected: 2 }, 'limit'),
  },
  changeTolerance: {
    'account-not-found': NO_ACCOUNT,
    'account-closed': CLOSED,
    'changed-meanwhile': seenOtherwise('/tolerance', { value: 0.5, expected: 0.2 }, 'tolerance'),
  },
  freezeAccount: { 'account-not-found': NO_ACCOUNT, 'account-closed': CLOSED },
  listHolders: { 'account-not-found': NO_ACCOUNT },
  addHolder: {
    'account-not-found': NO_ACCOUNT,
    'account-closed': CLOSED,
    'email-taken': provoked(async (call) => {
      const { email } = await openAccount(call)
      const { path } = await openAccount(call)
      return call('POST', `${path}/holders`, { claims: { email } })
    }),
    'too-many-holders': provoked(
      async (call) => {
        const { path } = await openAccount(call)
        const add = async () =>
          call('POST', `${path}/holders`, { claims: { email: newBuyer().email } })
        await all(100, async () => ok(await add()))
        return add()
      },
      { most: 100 },
    ),
  },
  removeHolder: {
    'account-not-found': NO_ACCOUNT,
    'account-closed': CLOSED,
    'holder-not-found': missing('holderId'),
    'holder-not-removable': provoked(async (call) => {
      const { path } = await openAccount(call)
      const { data } = ok(await call('GET', `${path}/holders`))
      return call('DELETE', `${path}/holders/${data[0].id}`)
    }),
  },
  listInvoices: { 'account-not-found': NO_ACCOUNT },
  getInvoice: { 'account-not-found': NO_ACCOUNT, 'invoice-not-found': missing('invoiceId') },
  changeInvoice: {
    'account-not-found': NO_ACCOUNT,
    'account-closed': closedOver({ status: 'Paid' }),
    'invoice-not-found': missing('invoiceId'),
    'invoice-transition': provoked(
      async (call) => call('PUT', await paidInvoice(call), { status: 'Cancelled' }),
      transition('Paid', 'Cancelled'),
    ),
    'invoice-already-refunded': provoked(
      async (call) => call('PUT', await reopenedAfterRefund(call), { status: 'Cancelled' }),
      { value: 50, refundable: 40 },
    ),
    'owed-too-large': provoked(async (call) => {
      const invoice = await paidInvoice(call)
      await oweTheMost(call, invoice.split('/invoices/')[0] ?? '')
      return call('PUT', invoice, { status: 'Opened' })
    }, THE_MOST),
  },
  cancelInvoice: {
    'account-not-found': NO_ACCOUNT,
    'account-closed': closedOver(),
    'invoice-not-found': missing('invoiceId'),
    'invoice-transition': provoked(
      async (call) => call('DELETE', await paidInvoice(call)),
      transition('Paid', 'Cancelled'),
    ),
    'invoice-already-refunded': provoked(
      async (call) => call('DELETE', await reopenedAfterRefund(call)),
      { value: 50, refundable: 40 },
    ),
  },
  payInvoice: {
    'account-not-found': NO_ACCOUNT,
    'account-closed': closedOver(undefined, '/payments'),
    'invoice-not-found': missing('invoiceId'),
    'invoice-transition': provoked(
      async (call) => call('POST', `${await cancelledInvoice(call)}/payments`),
      transition('Cancelled', 'Paid'),
    ),
  },
  postponeInvoice: {
    'account-not-found': NO_ACCOUNT,
    'account-closed': closedOver({ dueDays: 1 }, '/postponement'),
    'invoice-not-found': missing('invoiceId'),
    'postponement-disabled': provoked(async (_, api) =>
      (await postponable(api, { postponementEnabled: false })).postpone(1),
    ),
    'postponement-not-open': provoked(
      async (_, api) => {
        const { call, invoice, postpone } = await postponable(api, {})
        ok(await call('POST', `${invoice}/payments`))
        return postpone(1)
      },
      { state: 'Paid' },
    ),
    'postponement-limit': provoked(
      async (_, api) => {
        const { postpone } = await postponable(api, {})
        await postpone(1)
        await postpone(1)
        return postpone(1)
      },
      { most: 2 },
    ),
    'postponement-days': provoked(
      async (_, api) => {
        const { postpone } = await postponable(api, {})
        await postpone(4)
        return postpone(7)
      },
      { days: 7, left: 6 },
    ),
  },
  getStatements: { 'account-not-found': NO_ACCOUNT },
  debitAccount: {
    'account-not-found': NO_ACCOUNT,
    'account-closed': CLOSED,
    'debit-conflict': provoked(
      async (call) => {
        const { path } = await openAccount(call)
        ok(await call('PUT', `${path}/statements/fee`, { value: '-15' }))
        return call('PUT', `${path}/statements/fee`, { value: '-15.01' })
      },
      { statementId: 'fee', value: -15 },
    ),
    'owed-too-large': provoked(async (call) => {
      const { path } = await openAccount(call)
      await oweTheMost(call, path)
      return call('PUT', `${path}/statements/one-more`, { value: '-0.01' })
    }, THE_MOST),
  },
  authorize: {
    'account-not-found': NO_ACCOUNT,
    'account-closed': CLOSED,
    'account-already-open': provoked(
      async (_, api) => {
        const { call } = await api.newStore({
          automaticCheckingAccountCreationEnabled: true,
          defaultCreditValue: 100,
        })
        const { email: holder } = await openAccount(call)
        return call('POST', '/accounts/777_CPF/transactions', { value: 1, holder })
      },
      { code: 1099 },
    ),
    'not-a-holder': provoked(async (call) => {
      const { path } = await openAccount(call)
      return call('POST', `${path}/transactions`, { value: 1, holder: newBuyer().email })
    }),
    'account-frozen': provoked(
      async (call) => call('POST', `${(await frozen(call, 1)).path}/transactions`, { value: 1 }),
      { reason: 'Late twice' },
    ),
    'insufficient-credit': provoked(
      async (call) =>
        call('POST', `${(await openAccount(call)).path}/transactions`, { value: 1000.01 }),
      { value: 1000.01, spendable: 1000, shortfall: 0.01 },
    ),
    'owed-too-large': provoked(async (call) => {
      const { path } = await openAccount(call)
      await oweTheMost(call, path)
      return call('POST', `${path}/transactions`, { value: 0.01 })
    }, THE_MOST),
  },
  listTransactions: { 'account-not-found': NO_ACCOUNT },
  getTransaction: {
    'account-not-found': NO_ACCOUNT,
    'transaction-not-found': missing('transactionId'),
  },
  changeTransaction: {
    'account-not-found': NO_ACCOUNT,
    'account-closed': CLOSED,
    'transaction-not-found': missing('transactionId'),
    'account-frozen': provoked(async (_, api) => {
      const { call } = await api.newStore({ maxPreAuthorizationGrowthRate: 1 })
      return call('PUT', (await frozen(call, 10)).hold, { value: 20 })
    }),
    'insufficient-credit': provoked(
      async (_, api) => {
        const { call } = await api.newStore({ maxPreAuthorizationGrowthRate: 1 })
        const { path } = await hold(call, await openAccount(call), 900)
        return call('PUT', path, { value: 1000.5 })
      },
      { value: 100.5, spendable: 100, shortfall: 0.5 },
    ),
    'owed-too-large': provoked(async (_, api) => {
      const { call, path } = await holdThatOwesTheMost(api)
      return call('PUT', path, { value: 20 })
    }, THE_MOST),
    'transaction-ended': provoked(
      async (call) => call('PUT', await cancelledHold(call), { value: 1 }),
      { state: 'Cancelled' },
    ),
    'transaction-settled': provoked(
      async (call) =>
        call('PUT', (await order(call, await openAccount(call), 100)).path, { value: 1 }),
      { settled: 100 },
    ),
    'growth-exceeded': provoked(
      async (call) =>
        call('PUT', (await hold(call, await openAccount(call), 100)).path, { value: 100.01 }),
      { value: 100.01, most: 100 },
    ),
  },
  cancelTransaction: {
    'account-not-found': NO_ACCOUNT,
    'account-closed': CLOSED,
    'transaction-not-found': missing('transactionId'),
    'transaction-settled': provoked(
      async (call) => {
        const account = await openAccount(call)
        return call('DELETE', (await order(call, account, 100, 1, { settle: false })).path)
      },
      { settled: 100 },
    ),
    'transaction-to-be-settled': provoked(async (call) =>
      call('DELETE', (await hold(call, await openAccount(call), 100)).path),
    ),
  },
  settle: {
    'account-not-found': NO_ACCOUNT,
    'account-closed': CLOSED,
    'transaction-not-found': missing('transactionId'),
    'account-frozen': provoked(async (_, api) => {
      const { call } = await api.newStore({ maxPreAuthorizationGrowthRate: 1 })
      return call('PUT', `${(await frozen(call, 10)).hold}/settlement`, { value: 20 })
    }),
    'insufficient-credit': provoked(
      async (_, api) => {
        const { call } = await api.newStore({ maxPreAuthorizationGrowthRate: 1 })
        const { path } = await hold(call, await openAccount(call), 900)
        return call('PUT', `${path}/settlement`, { value: 1001 })
      },
      { value: 101, spendable: 100, shortfall: 1 },
    ),
    'owed-too-large': provoked(async (_, api) => {
      const { call, path } = await holdThatOwesTheMost(api)
      return call('PUT', `${path}/settlement`, { value: 20 })
    }, THE_MOST),
    'transaction-ended': provoked(
      async (call) => call('PUT', `${await cancelledHold(call)}/settlement`, { value: 1 }),
      { state: 'Cancelled' },
    ),
    'growth-exceeded': provoked(
      async (call) => {
        const { path } = await hold(call, await openAccount(call), 100)
        return call('PUT', `${path}/settlement`, { value: 100.01 })
      },
      { value: 100.01, most: 100 },
    ),
    'nothing-to-settle': provoked(async (call) => {
      const { path } = await hold(call, await openAccount(call), 100)
      return call('PUT', `${path}/settlement`, { value: 0 })
    }),
    'settlement-below-paid': provoked(
      async (call) => {
        const { path, invoices } = await order(call, await openAccount(call), 100, 2)
        ok(await call('POST', `${invoices[0]}/payments`))
        return call('PUT', `${path}/settlement`, { value: 40 })
      },
      { lowerBy: 60, open: 50 },
    ),
    'settlement-below-refunds': provoked(
      async (call) => {
        const { path } = await order(call, await openAccount(call), 100)
        ok(await call('POST', `${path}/refunds`, { value: 60 }))
        return call('PUT', `${path}/settlement`, { value: 59.99 })
      },
      { value: 59.99, refunded: 60 },
    ),
    'too-many-invoices': provoked(
      async (call) => {
        const account = await openAccount(call, MANY_CREDITS)
        const { path } = await hold(call, account, 11_000, { installments: 99 })
        const settle = (value: number) => call('PUT', `${path}/settlement`, { value, final: false })
        for (let count = 1; count <= 10; count += 1) ok(await settle(1000 * count))
        return settle(11_000)
      },
      { most: 999 },
    ),
  },
  refund: {
    'account-not-found': NO_ACCOUNT,
    'account-closed': CLOSED,
    'transaction-not-found': missing('transactionId'),
    'refund-exceeded': provoked(
      async (call) => {
        const { path } = await order(call, await openAccount(call), 100)
        ok(await call('POST', `${path}/refunds`, { value: 60 }))
        return call('POST', `${path}/refunds`, { value: 40.01 })
      },
      { value: 40.01, refundable: 40 },
    ),
  },
}

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

/** Provoked in test/files. */
const OF_FILES = new Set(['export-too-large'])

test('every refusal that an operation documents for itself is provoked here', () => {
  const documented = api.contract.operations.flatMap(({ id, problems }) =>
    problems
      .filter((name) => !COMMON.has(name) && !OF_FILES.has(name))
      .map((name) => `${id} ${name}`),
  )
  const here = Object.entries(REFUSALS).flatMap(([id, refusals]) =>
    Object.keys(refusals).map((name) => `${id} ${name}`),
  )
  expect(here.sort()).toEqual(documented.sort())
})

for (const [id, refusals] of Object.entries(REFUSALS)) {
  describe(id, () => {
    for (const [name, { status, provoke, facts }] of Object.entries(refusals)) {
      test(`refuses with ${status} ${name}, and changes nothing`, async () => {
        const answer = await provoke(api, operationOf(api, id))
        const problem = refused(answer, status, name)
        if (facts) expect(problem).toMatchObject(facts)
        expect(problem.type).toBe(`/problems/${name}`)
        expect(problem.detail).not.toMatch(/undefined|null|\[object|NaN/)
      })
    }
  })
}

test('a refusal leaves the ledger as it is', async () => {
  const account = await openAccount(api.call)
  const entries = async () => (await api.sql`select count(*) from entry`)[0]?.count
  const before = await entries()
  refused(
    await api.call('POST', `${account.path}/transactions`, { value: 1001 }),
    409,
    'insufficient-credit',
  )
  refused(await api.call('DELETE', '/accounts/1_CPF'), 404, 'account-not-found')
  expect(await entries()).toBe(before)
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
