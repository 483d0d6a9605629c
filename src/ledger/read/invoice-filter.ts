/** What a search asks of invoices, as conditions on their rows and on the running totals. */
import type { Invoice } from '../../credit/invoice.ts'
import type { Minor } from '../../credit/money.ts'
import { type Day, dayAt, type Instant } from '../../credit/schedule.ts'
import type { Store } from '../stores.ts'

/** Instants from and to, both inclusive; either may be absent. */
export interface Range {
  readonly from?: Instant
  readonly to?: Instant
}

/** Amounts from and to, both inclusive; either may be absent. */
export interface AmountRange {
  readonly from?: Minor
  readonly to?: Minor
}

/** NotDue is Opened and not overdue. */
export type InvoiceState = Invoice['status'] | 'Overdue' | 'NotDue'

export interface InvoiceFilter {
  /** Restricts the search to one account whatever `any` says. */
  readonly accountId?: string
  /** True: one criterion is enough (OR); false: all of them (AND). */
  readonly any: boolean
  readonly creditAccountId?: string
  readonly created?: Range
  readonly due?: Range
  readonly value?: Minor
  readonly values?: AmountRange
  readonly status?: InvoiceState
  readonly friendlyId?: string
  readonly observation?: string
  readonly orderId?: string
  /** What an order, an invoice, its account or its observation is looked for by; not with `any`. */
  readonly text?: string
}

/** A search of one store at one instant: what is due before the day of `now` is overdue. */
export interface Search {
  readonly store: Pick<Store, 'storeId' | 'timeZone'>
  readonly filter: InvoiceFilter
  readonly now: Instant
}

/** The values of a statement that is put together: each becomes a parameter. */
export class Values {
  readonly list: (string | null)[] = []

  /** The parameter of a value, with its type. */
  add(value: string | number | bigint, type: string): string {
    this.list.push(String(value))
    return `$${this.list.length}::${type}`
  }

  instant(at: Instant): string {
    return this.add(new Date(at).toISOString(), 'timestamptz')
  }
}

/** The days that lie in a range whole, and those of which only a part does. */
interface Days {
  readonly first: string | undefined
  readonly last: string | undefined
  readonly edges: readonly Day[]
}

/** Ends beyond these are open: dates of five digits or before our era need not be understood. */
const OPEN_BEFORE = Date.parse('0001-01-03T00:00:00Z')
const OPEN_AFTER = Date.parse('9999-12-29T00:00:00Z')

function daysOf({ from, to }: Range, timeZone: string): Days {
  const edges = new Map<string, Day>()
  let first: string | undefined
  let last: string | undefined
  if (from !== undefined && from > OPEN_BEFORE) {
    const day = dayAt(Math.min(from, OPEN_AFTER), timeZone)
    const isWhole = from === day.first
    first = isWhole ? day.date : dayAt(day.last + 1, timeZone).date
    if (!isWhole) edges.set(day.date, day)
  }
  if (to !== undefined && to < OPEN_AFTER) {
    const day = dayAt(Math.max(to, OPEN_BEFORE), timeZone)
    const isWhole = to === day.last
    last = isWhole ? day.date : dayAt(day.first - 1, timeZone).date
    if (!isWhole) edges.set(day.date, day)
  }
  return { first, last, edges: [...edges.values()] }
}

const IN_ANY_STATE = `status in ('Opened', 'Paid', 'Cancelled')`

function bounds({ first, last }: Day): Range {
  return { from: first, to: last }
}

/** What a search asks, as SQL; the values go where `values` gathers them. */
export class Conditions {
  readonly #search: Search
  readonly #values: Values
  readonly #created: Days | undefined
  readonly #due: Days | undefined

  constructor(search: Search, values: Values) {
    const { filter, store } = search
    this.#search = search
    this.#values = values
    this.#created = filter.created && daysOf(filter.created, store.timeZone)
    this.#due = filter.due && daysOf(filter.due, store.timeZone)
  }

  get storeId(): string {
    return this.#values.add(this.#search.store.storeId, 'integer')
  }

  /** The first day that is not overdue. */
  get today(): string {
    const { now, store } = this.#search
    return this.#values.add(dayAt(now, store.timeZone).date, 'date')
  }

  /** True where a range ends within a day: the totals do not tell about that day. */
  get hasEdges(): boolean {
    return [this.#created, this.#due].some((days) => days && days.edges.length > 0)
  }

  /** Cells of the totals in which every invoice matches: all but the edges of ranges. */
  cells(): string {
    const { status } = this.#search.filter
    return this.#join([
      this.#created && this.#within('created_on', this.#created),
      this.#due && this.#within('due_on', this.#due),
      status && this.#inState(status),
    ])
  }

  /** Invoices on the edges of ranges, in the words of the indexes. */
  edges(): string {
    const created = this.#created?.edges ?? []
    const due = this.#due?.edges ?? []
    return [
      ...created.map((day) => `(${IN_ANY_STATE} and ${this.#between('created_at', bounds(day))})`),
      ...due.map(({ date }) => `due_on = ${this.#values.add(date, 'date')}`),
    ].join(' or ')
  }

  /** Invoices that match; those that match a text are found first (invoice-text.ts). */
  rows(): string {
    const { filter } = this.#search
    const {
      accountId,
      creditAccountId,
      created,
      due,
      value,
      values: amounts,
      status,
      friendlyId,
      observation,
      orderId,
    } = filter
    const values = this.#values
    const note = observation !== undefined && values.add(observation, 'text')
    const own = accountId === undefined ? '' : `account_id = ${values.add(accountId, 'text')} and `
    const criteria = this.#join([
      creditAccountId !== undefined && `account_id = ${values.add(creditAccountId, 'text')}`,
      created && this.#between('created_at', created),
      due && this.#dueWithin(due),
      value !== undefined && `value = ${values.add(value, 'bigint')}`,
      amounts && this.#ofValue(amounts),
      status && this.#inState(status),
      friendlyId !== undefined && `friendly_id = ${values.add(friendlyId, 'text')}`,
      orderId !== undefined && `order_id = ${values.add(orderId, 'text')}`,
      note && `strpos(lower(observation), lower(${note})) > 0`,
    ])
    return `${own}${criteria}`
  }

  #ofValue({ from, to }: AmountRange): string {
    const low = from !== undefined && `value >= ${this.#values.add(from, 'bigint')}`
    const high = to !== undefined && `value <= ${this.#values.add(to, 'bigint')}`
    return `(${low || 'true'} and ${high || 'true'})`
  }

  /** By days where that says the same: an index has them. */
  #dueWithin(due: Range): string {
    const days = this.#due
    if (!days || days.edges.length > 0) return this.#between('due_at', due)
    return this.#within('due_on', days)
  }

  #within(column: string, { first, last }: Days): string {
    const low = first && `${column} >= ${this.#values.add(first, 'date')}`
    const high = last && `${column} <= ${this.#values.add(last, 'date')}`
    return `(${low ?? 'true'} and ${high ?? 'true'})`
  }

  #between(column: string, { from, to }: Range): string {
    const low = from !== undefined && `${column} >= ${this.#values.instant(from)}`
    const high = to !== undefined && `${column} <= ${this.#values.instant(to)}`
    return `(${low || 'true'} and ${high || 'true'})`
  }

  #inState(status: InvoiceState): string {
    if (status === 'Overdue') return `(status = 'Opened' and due_on < ${this.today})`
    if (status === 'NotDue') return `(status = 'Opened' and due_on >= ${this.today})`
    return `status = ${this.#values.add(status, 'text')}`
  }

  #join(criteria: readonly (string | false | undefined)[]): string {
    const asked = criteria.filter((criterion) => criterion)
    if (asked.length === 0) return 'true'
    return `(${asked.join(this.#search.filter.any ? ' or ' : ' and ')})`
  }
}
