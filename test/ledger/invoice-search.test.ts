/** Any search answers what reading every invoice would, folded or not, whatever the planner knows. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { invoiceIdOf, isOverdue } from '../../src/credit/invoice.ts'
import { dayAt, type Instant } from '../../src/credit/schedule.ts'
import { foldInvoiceTotals } from '../../src/ledger/invoice-totals.ts'
import type { InvoiceFilter, Range } from '../../src/ledger/read/invoice-filter.ts'
import {
  type InvoiceOrder,
  type ListedState,
  type ListFilter,
  listInvoices,
} from '../../src/ledger/read/invoice-list.ts'
import { type OwedInvoice, searchInvoices } from '../../src/ledger/read/invoices.ts'
import { type InvoiceRow, toInvoice } from '../../src/ledger/rows.ts'
import { START } from '../support/server.ts'
import { createLedger, hold, opening, outcomesOf, settlement, type TestLedger } from './support.ts'

const ZONE = 'America/Sao_Paulo'
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const ACCOUNTS = ['ana', 'bia', 'caio', 'davi']
const ORDERS = ['order-1', 'order-2', 'order-3']
const NOTES = ['prometeu pagar', 'PAGAR na sexta', 'ligar']

let ledger: TestLedger
let all: OwedInvoice[]

beforeAll(async () => {
  ledger = await createLedger()
  const terms = { invoicePostponementLimit: 5, maxPostponementDays: 900 }
  await ledger.configure({ postponementEnabled: true, ...terms })
  const writer = ledger.writer()
  const submit = (account: string, command: Parameters<TestLedger['on']>[1]) =>
    writer.submit(ledger.on(account, command))
  await Promise.all(ACCOUNTS.map((account) => submit(account, opening(account, 10n ** 9n))))
  // Orders at all hours over two months: some in one instant, some at both ends of a day.
  for (let round = 0; round < 60; round += 1) {
    const made = ACCOUNTS.map((account, index) => {
      const installments = 1 + ((round + index) % 5)
      const order = { installments, orderId: ORDERS[round % 4] ?? null, friendlyCode: code(round) }
      return { account, order: hold(BigInt(10 + (round % 7)), order) }
    })
    await outcomesOf(made.map(({ account, order }) => submit(account, order)))
    await outcomesOf(
      made.map(({ account, order }) =>
        submit(account, settlement(order.transactionId, order.value)),
      ),
    )
    ledger.clock.advance(round % 9 === 0 ? 60 * HOUR_MS : (round % 7) * 5 * HOUR_MS)
    await outcomesOf(
      made.flatMap(({ account, order }, index) => fates(account, order, round + index)),
    )
    if (round === 30) await foldInvoiceTotals(ledger.sql)
  }
  await writer.close()
  all = await readAll()

  function fates(account: string, { transactionId }: ReturnType<typeof hold>, seed: number) {
    const invoiceId = invoiceIdOf(transactionId, 1)
    const last = invoiceIdOf(transactionId, 3)
    const observation = NOTES[seed % 5]
    return [
      ...(seed % 3 === 0 ? [submit(account, { type: 'payInvoice', invoiceId })] : []),
      ...(seed % 4 === 0 ? [submit(account, { type: 'cancelInvoice', invoiceId: last })] : []),
      ...(seed % 5 === 0
        ? [submit(account, { type: 'postponeInvoice', invoiceId: last, days: 3 })]
        : []),
      ...(seed % 10 === 1
        ? [submit(account, { type: 'postponeInvoice', invoiceId, days: 400 })]
        : []),
      ...(seed % 6 === 0 ? [submit(account, { type: 'refund', transactionId, value: 2n })] : []),
      ...(observation
        ? [submit(account, { type: 'changeInvoice', invoiceId, observation, mayPay: true })]
        : []),
    ]
  }
})
afterAll(() => ledger.close())

function code(round: number): string {
  return `CODE${String(round % 20).padStart(4, '0')}`
}

async function readAll(): Promise<OwedInvoice[]> {
  const rows = await ledger.sql<InvoiceRow[]>`
    select * from invoice order by created_at, invoice_id collate "C"`
  return rows.map((row) => ({ accountId: row.account_id, invoice: toInvoice(row) }))
}

/** What the search must answer, by looking at every invoice. */
function expected(filter: InvoiceFilter, page: { from: number; to: number }, now: Instant) {
  const found = all.filter((owed) => matches(owed, filter, now))
  const sum = (test: (owed: OwedInvoice['invoice']) => boolean) =>
    found.reduce((total, { invoice }) => (test(invoice) ? total + invoice.value : total), 0n)
  return {
    invoices: found.slice(page.from - 1, page.to),
    summary: {
      count: found.length,
      total: sum(({ status }) => status === 'Opened'),
      totalOverdue: sum((invoice) => isOverdue(invoice, now, ZONE)),
      totalPaid: sum(({ status }) => status === 'Paid'),
      totalCancelled: sum(({ status }) => status === 'Cancelled'),
    },
  }
}

function matches(
  { accountId, invoice }: OwedInvoice,
  filter: InvoiceFilter,
  now: Instant,
): boolean {
  if (filter.accountId !== undefined && filter.accountId !== accountId) return false
  const { any, creditAccountId, created, due, value, status, friendlyId, observation, orderId } =
    filter
  const criteria = [
    creditAccountId === undefined ? [] : [accountId === creditAccountId],
    created ? [isWithin(invoice.createdAt, created)] : [],
    due ? [isWithin(invoice.dueAt, due)] : [],
    value === undefined ? [] : [invoice.value === value],
    status === undefined
      ? []
      : [status === 'Overdue' ? isOverdue(invoice, now, ZONE) : invoice.status === status],
    friendlyId === undefined ? [] : [invoice.friendlyId === friendlyId],
    observation === undefined
      ? []
      : [invoice.observation?.toLowerCase().includes(observation.toLowerCase()) ?? false],
    orderId === undefined ? [] : [invoice.orderId === orderId],
  ].flat()
  return any && criteria.length > 0 ? criteria.some(Boolean) : criteria.every(Boolean)
}

function isWithin(at: Instant, { from, to }: Range): boolean {
  return (from === undefined || at >= from) && (to === undefined || at <= to)
}

/** Ends of ranges: of whole days, within a day, and beyond all that people mean. */
const anInstant = fc.integer({ min: START - 5 * DAY_MS, max: START + 260 * DAY_MS })
const ends = (whole: 'first' | 'last') =>
  fc.oneof(
    { weight: 4, arbitrary: anInstant.map((at) => dayAt(at, ZONE)[whole]) },
    { weight: 2, arbitrary: fc.nat(500).map((n) => all[n % all.length]?.invoice.createdAt ?? 0) },
    { weight: 2, arbitrary: fc.nat(500).map((n) => all[n % all.length]?.invoice.dueAt ?? 0) },
    { weight: 2, arbitrary: anInstant },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z')
        .map(Date.parse),
    },
  )
const ranges: fc.Arbitrary<Range> = fc.record(
  { from: ends('first'), to: ends('last') },
  { requiredKeys: [] },
)
const ofDays = {
  created: ranges,
  due: ranges,
  status: fc.constantFrom('Opened', 'Paid', 'Cancelled', 'Overdue'),
}
const filters = fc.oneof(
  fc.record({ any: fc.boolean(), ...ofDays }, { requiredKeys: ['any'] }),
  fc.record(
    {
      any: fc.boolean(),
      ...ofDays,
      accountId: fc.constantFrom(...ACCOUNTS),
      creditAccountId: fc.constantFrom(...ACCOUNTS, 'nobody'),
      value: fc.constantFrom(3n, 4n, 99n),
      friendlyId: fc.nat(80).map((n) => `${code(n)}-${1 + (n % 3)}`),
      observation: fc.constantFrom('pagar', 'LIGAR', 'never'),
      orderId: fc.constantFrom(...ORDERS, 'none'),
    },
    { requiredKeys: ['any'] },
  ),
) as fc.Arbitrary<InvoiceFilter>
const pages = fc
  .tuple(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 0, max: 60 }))
  .map(([from, more]) => ({ from, to: from + more }))
const firstPages = fc.integer({ min: 1, max: 1_000 }).map((to) => ({ from: 1, to }))

async function compareSearches(numRuns: number): Promise<void> {
  const nows = fc.constantFrom(START, START + 45 * DAY_MS, START + 100 * DAY_MS)
  await fc.assert(
    fc.asyncProperty(filters, fc.oneof(pages, firstPages), nows, async (filter, page, now) => {
      const store = { storeId: ledger.storeId, timeZone: ZONE }
      const found = await searchInvoices(ledger.sql, { store, filter, now }, page)
      expect(found).toEqual(expected(filter, page, now))
    }),
    { numRuns },
  )
}

const STATES: readonly ListedState[] = ['NotDue', 'Overdue', 'Paid', 'Cancelled']

function stateOf({ invoice }: OwedInvoice, now: Instant): ListedState {
  if (invoice.status !== 'Opened') return invoice.status
  return isOverdue(invoice, now, ZONE) ? 'Overdue' : 'NotDue'
}

function hasText({ accountId, invoice }: OwedInvoice, text: string): boolean {
  const { transactionId, installment, friendlyId, orderId, observation } = invoice
  const ids = [transactionId, invoiceIdOf(transactionId, installment)]
  return (
    [orderId, friendlyId, friendlyId.split('-')[0]].includes(text) ||
    ids.includes(text.toUpperCase()) ||
    `${accountId}@exemplo.com.br`.startsWith(text.toLowerCase()) ||
    (observation?.toLowerCase().includes(text.toLowerCase()) ?? false)
  )
}

/** What the list of the Admin must answer, by looking at every invoice. */
function expectedList(
  { status, text, values, ...filter }: ListFilter,
  { by, isDescending }: InvoiceOrder,
  page: { from: number; to: number },
  now: Instant,
) {
  const inAnyState = all.filter(
    (owed) =>
      matches(owed, { ...filter, any: false }, now) &&
      (text === undefined || hasText(owed, text)) &&
      owed.invoice.value >= (values?.from ?? 0n) &&
      owed.invoice.value <= (values?.to ?? 10n ** 15n),
  )
  const found = inAnyState.filter((owed) => !status || stateOf(owed, now) === status)
  const keyOf = ({ invoice }: OwedInvoice) =>
    ({
      createdAt: 0,
      dueDate: dayAt(invoice.dueAt, ZONE).first,
      value: Number(invoice.value),
    })[by]
  // Those that are equal stay in the order of creation, then id.
  const sorted = found.toSorted((one, other) => keyOf(one) - keyOf(other))
  if (isDescending) sorted.reverse()
  const sumOf = (some: readonly OwedInvoice[]) => ({
    count: some.length,
    value: some.reduce((sum, { invoice }) => sum + invoice.value, 0n),
  })
  const ofState = (state: ListedState) => inAnyState.filter((owed) => stateOf(owed, now) === state)
  return {
    invoices: sorted.slice(page.from - 1, page.to),
    states: Object.fromEntries(STATES.map((state) => [state, sumOf(ofState(state))])),
    total: sumOf(found),
  }
}

const texts = fc.oneof(
  fc.constantFrom(...ORDERS, 'none', 'ana', 'ANA@', 'b', 'pagar', 'LIGAR', 'na sexta'),
  fc.nat(80).map((n) => code(n)),
  fc.nat(80).map((n) => `${code(n)}-${1 + (n % 3)}`),
  fc.nat(700).map((n) => all[n % all.length]?.invoice.transactionId ?? ''),
  fc.nat(700).map((n) => {
    const { transactionId = '', installment = 1 } = all[n % all.length]?.invoice ?? {}
    return invoiceIdOf(transactionId, installment).toLowerCase()
  }),
)
const listedDays = { created: ranges, due: ranges, status: fc.constantFrom(...STATES) }
const listFilters = fc.oneof(
  fc.record(listedDays, { requiredKeys: [] }),
  fc.record(
    {
      ...listedDays,
      accountId: fc.constantFrom(...ACCOUNTS, 'nobody'),
      values: fc.record(
        { from: fc.constantFrom(0n, 3n, 7n), to: fc.constantFrom(3n, 9n, 99n) },
        { requiredKeys: [] },
      ),
      text: texts,
    },
    { requiredKeys: [] },
  ),
) as fc.Arbitrary<ListFilter>
const orders: fc.Arbitrary<InvoiceOrder> = fc.record({
  by: fc.constantFrom('createdAt', 'dueDate', 'value'),
  isDescending: fc.boolean(),
})

async function compareLists(numRuns: number): Promise<void> {
  const nows = fc.constantFrom(START, START + 45 * DAY_MS, START + 100 * DAY_MS)
  const asked = fc.tuple(listFilters, orders, fc.oneof(pages, firstPages), nows)
  await fc.assert(
    fc.asyncProperty(asked, async ([filter, order, page, now]) => {
      const store = { storeId: ledger.storeId, timeZone: ZONE }
      const found = await listInvoices(ledger.sql, { store, filter, now }, order, page)
      expect(found).toEqual(expectedList(filter, order, page, now))
    }),
    { numRuns },
  )
}

describe('a search answers what reading every invoice would', () => {
  test('there is some of everything', async () => {
    expect(all.length).toBeGreaterThan(600)
    const states = new Set(all.map(({ invoice }) => invoice.status))
    expect(states.size).toBe(3)
    const [deltas] = await ledger.sql`select count(*)::integer as count from invoice_delta`
    const [totals] = await ledger.sql`select count(*)::integer as count from invoice_total_by_due`
    expect(deltas?.count).toBeGreaterThan(50)
    expect(totals?.count).toBeGreaterThan(50)
  })

  test('half folded', () => compareSearches(300))

  test('half folded, as a list of the Admin', () => compareLists(200))

  test('all folded', async () => {
    await foldInvoiceTotals(ledger.sql, 7)
    await compareSearches(300)
  })

  test('with fresh statistics', async () => {
    await ledger.sql`vacuum analyze`
    await compareSearches(200)
    await compareLists(150)
  })

  test('and nothing of it drifts', async () => expect(await ledger.drift()).toEqual([]))
})
