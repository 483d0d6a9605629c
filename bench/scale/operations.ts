/** What is measured: one request each, on an account, a month or an order picked anew every time. */
import type { Random } from '../../src/cli/demo-random.ts'
import type { Call } from './server-process.ts'
import { accountIdOf, DAY_S, friendlyCodeOf, orderIdOf, type Shape } from './shape.ts'

export interface Operation {
  readonly name: string
  /** Told, but no part of what is promised. */
  readonly isInformative?: true
  readonly call: (subject: Subject) => Call
}

/** One of the two databases, and the pages that both of them have. */
export interface Subject {
  readonly shape: Shape
  readonly random: Random
  readonly pages: Pages
  /** How many invoices are paid here. */
  readonly paid: number
}

/** Rows of a page such that page {@link DEEP_PAGE} exists in the smaller database too. */
export interface Pages {
  readonly ofPaid: number
  readonly ofDue: number
  /** Months of due dates that have so many invoices in the smaller database. */
  readonly dueMonths: number
}

export const DEEP_PAGE = 1_000

const MONTH_DAYS = 30
/** Months that are as full as any: the first and the last of the past are not. */
const FULL_MONTHS = { from: 2, to: 20 } as const

const get = (path: string): Call => ({ method: 'GET', path })

const anAccount = ({ shape, random }: Subject): string =>
  `/accounts/${accountIdOf(random.integer(0, shape.accounts - 1))}`

const aPurchase = ({ shape, random }: Subject): number => random.integer(0, shape.purchases - 1)

/** The day that was so many days before the end of the past. */
function dayBefore({ now_s }: Shape, days: number): string {
  return new Date((now_s - days * DAY_S) * 1000).toISOString().slice(0, 10)
}

/** So many months from the one that began `start` months before the end of the past. */
function period(shape: Shape, field: string, start: number, months: number): string {
  const first = start * MONTH_DAYS
  const last = first - months * MONTH_DAYS + 1
  return `${field}From=${dayBefore(shape, first)}&${field}To=${dayBefore(shape, last)}`
}

/** A period of so many months somewhere in the past. */
function aPeriod({ shape, random }: Subject, field: string, months: number): string {
  const start = random.integer(FULL_MONTHS.from + months, FULL_MONTHS.to)
  return period(shape, field, start, months)
}

/** All periods of so many months that {@link aPeriod} picks from. */
export function duePeriods(shape: Shape, months: number): string[] {
  const from = FULL_MONTHS.from + months
  return Array.from({ length: FULL_MONTHS.to - from + 1 }, (_, index) =>
    period(shape, 'dueDate', from + index, months),
  )
}

function page(number: number, size: number): string {
  return `from=${(number - 1) * size + 1}&to=${number * size}`
}

export const OPERATIONS: readonly Operation[] = [
  {
    name: 'authorize',
    call: (subject) => ({
      method: 'POST',
      path: `${anAccount(subject)}/transactions`,
      body: { value: 1, orderId: 'bench' },
    }),
  },
  { name: 'account', call: (subject) => get(anAccount(subject)) },
  { name: "an account's invoices", call: (subject) => get(`${anAccount(subject)}/invoices`) },
  ...(['Opened', 'Overdue', 'Paid'] as const).map((status) => ({
    name: `invoices ${status}, page 1`,
    call: () => get(`/invoices?status=${status}`),
  })),
  {
    name: 'invoices Paid, page 1,000',
    call: ({ pages }) => get(`/invoices?status=Paid&${page(DEEP_PAGE, pages.ofPaid)}`),
  },
  {
    name: 'invoices due in a month, page 1',
    call: (subject) => get(`/invoices?${aPeriod(subject, 'dueDate', 1)}`),
  },
  {
    name: 'invoices due in some months, page 1,000',
    call: (subject) => {
      const { ofDue, dueMonths } = subject.pages
      return get(`/invoices?${aPeriod(subject, 'dueDate', dueMonths)}&${page(DEEP_PAGE, ofDue)}`)
    },
  },
  {
    name: 'statement of a year',
    call: (subject) =>
      get(`${anAccount(subject)}/statements?from=${dayBefore(subject.shape, 365)}`),
  },
  {
    name: 'invoices, page 1',
    isInformative: true,
    call: () => get('/invoices'),
  },
  {
    name: 'invoices Paid, last page',
    isInformative: true,
    call: ({ paid, pages: { ofPaid } }) =>
      get(`/invoices?status=Paid&${page(Math.floor(paid / ofPaid), ofPaid)}`),
  },
  {
    name: 'invoices created in a month, page 1',
    isInformative: true,
    call: (subject) => get(`/invoices?${aPeriod(subject, 'createdDate', 1)}`),
  },
  {
    name: 'invoices Paid, due in a month, page 1',
    isInformative: true,
    call: (subject) => get(`/invoices?status=Paid&${aPeriod(subject, 'dueDate', 1)}`),
  },
  {
    name: 'invoices of an order',
    isInformative: true,
    call: (subject) => get(`/invoices?orderId=${orderIdOf(aPurchase(subject))}`),
  },
  {
    name: 'invoice by friendly id',
    isInformative: true,
    call: (subject) => get(`/invoices?friendlyId=${friendlyCodeOf(aPurchase(subject))}-1`),
  },
  { name: 'accounts, page 1', isInformative: true, call: () => get('/accounts') },
  {
    name: 'account by e-mail',
    isInformative: true,
    call: ({ shape, random }) =>
      get(`/accounts?email=buyer${random.integer(0, shape.accounts - 1)}@example.com`),
  },
]
