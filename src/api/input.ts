/** Reads the fields of a request and collects what is wrong with them, so that one answer names all. */
import { cleanDocument, isEmail, MAX_DOCUMENT_LENGTH } from '../credit/identity.ts'
import { isPaymentLink, MAX_LINK_LENGTH } from '../credit/invoice.ts'
import { MAX_AMOUNT, MAX_RATE, parseDecimal, RATE_PLACES } from '../credit/money.ts'
import { dayBounds, type Instant } from '../credit/schedule.ts'
import type { Page } from '../ledger/read/accounts.ts'
import type { Range } from '../ledger/read/invoice-filter.ts'
import type { Store } from '../ledger/stores.ts'
import { isStorable } from './json-body.ts'
import { type InputFault, invalidInput } from './problems.ts'

type NumberLike = number | string

/** Most rows of one page of a list, and how many there are where nobody asks. */
export const MAX_PAGE = 1_000
export const DEFAULT_PAGE = 20

const MAX_POSITION = 1_000_000_000
const DAY_LENGTH = '2026-11-22'.length
const DATE = /^\d{4}-\d{2}-\d{2}$/
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?$/
/** PostgreSQL's `timestamptz` and ISO 8601 agree on these years, and nobody needs others. */
const FIRST_INSTANT = Date.parse('0001-01-01T00:00:00.000Z')
const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z')

const DECIMAL_WORDS = {
  'not-a-number': 'must be a number, such as 12.5 or "12.50"',
  'out-of-range': 'is out of range',
} as const

export class Input {
  readonly #faults: InputFault[] = []
  readonly #in: InputFault['in']
  readonly #store: Store
  readonly #within: string

  /** `within`: where in the body the fields stand, as the beginning of their pointers. */
  constructor(store: Store, where: InputFault['in'] = 'body', within = '') {
    this.#store = store
    this.#in = where
    this.#within = within
  }

  fault(pointer: string, detail: string): void {
    this.#faults.push({ pointer: `${this.#within}${pointer}`, in: this.#in, detail })
  }

  /** Throws the 400 that names all faults, if there are any. */
  check(): void {
    if (this.#faults.length > 0) throw invalidInput(this.#faults)
  }

  /** An amount of the store's currency within bounds; 0n stands in for a wrong one. */
  amount(
    pointer: string,
    raw: NumberLike,
    rule: 'above zero' | 'zero or above' | 'below zero',
  ): bigint {
    const { exponent, currency } = this.#store
    const value = parseDecimal(raw, exponent, MAX_AMOUNT)
    if (value === 'too-many-decimals') {
      this.fault(pointer, `has more decimals than ${currency} has (${exponent})`)
      return 0n
    }
    if (typeof value === 'string') {
      this.fault(pointer, DECIMAL_WORDS[value])
      return 0n
    }
    const fits = {
      'above zero': value > 0n,
      'zero or above': value >= 0n,
      'below zero': value < 0n,
    }
    if (!fits[rule]) this.fault(pointer, `must be ${rule}`)
    return value
  }

  /** A tolerance or a rate, from 0 to 1,000, with six decimals at most. */
  rate(pointer: string, raw: NumberLike): bigint {
    const value = parseDecimal(raw, RATE_PLACES, MAX_RATE)
    if (value === 'too-many-decimals') {
      this.fault(pointer, `has more than ${RATE_PLACES} decimals`)
      return 0n
    }
    if (typeof value === 'string') {
      this.fault(pointer, DECIMAL_WORDS[value])
      return 0n
    }
    if (value < 0n) this.fault(pointer, 'must be zero or above')
    return value
  }

  integer(pointer: string, raw: NumberLike, least: number, most: number): number {
    const value = parseDecimal(raw, 0, BigInt(Number.MAX_SAFE_INTEGER))
    if (typeof value !== 'bigint' || value < least || value > most) {
      this.fault(pointer, `must be a whole number from ${least} to ${most}`)
      return least
    }
    return Number(value)
  }

  email(pointer: string, raw: string): string {
    const email = raw.trim()
    if (!isEmail(email) || !isStorable(email)) {
      this.fault(pointer, 'must be an e-mail address, such as name+tag@example.com')
    }
    return email
  }

  document(pointer: string, raw: NumberLike): string {
    const document = cleanDocument(String(raw))
    if (document === undefined) {
      const fault = `must have 1 to ${MAX_DOCUMENT_LENGTH} letters and digits`
      this.fault(pointer, `${fault}; dots, hyphens, slashes and spaces are left out`)
    }
    return document ?? ''
  }

  /** An absolute http(s) URL. */
  link(pointer: string, raw: string): string {
    if (!isPaymentLink(raw)) {
      const fault = `must be an absolute http or https URL of at most ${MAX_LINK_LENGTH} characters`
      this.fault(pointer, fault)
    }
    return raw
  }

  /** An instant with time, or the first instant of a date in the store's time zone. */
  instant(pointer: string, raw: string): Instant {
    return this.#day(raw)?.first ?? this.#time(pointer, raw)
  }

  /** Both ends inclusive; a date without time covers that whole day. */
  range(
    from: string | undefined,
    to: string | undefined,
    names: { from: string; to: string },
  ): Range | undefined {
    if (from === undefined && to === undefined) return undefined
    const low = from === undefined ? undefined : this.instant(names.from, from)
    const high = to === undefined ? undefined : (this.#day(to)?.last ?? this.#time(names.to, to))
    return { ...(low !== undefined && { from: low }), ...(high !== undefined && { to: high }) }
  }

  /** `from` and `to` of a list: 1-based, inclusive, 1–20 where nobody asks. */
  page({ from, to }: { from?: string; to?: string }): Page {
    const first = from === undefined ? 1 : this.integer('/from', from, 1, MAX_POSITION)
    const most = first + MAX_PAGE - 1
    if (to === undefined) return { from: first, to: first + DEFAULT_PAGE - 1 }
    const last = this.integer('/to', to, 1, MAX_POSITION + MAX_PAGE)
    if (last < first) this.fault('/to', 'must not be below from')
    if (last > most) this.fault('/to', `asks for more than ${MAX_PAGE} at a time`)
    return { from: first, to: last }
  }

  #day(raw: string): { first: Instant; last: Instant } | undefined {
    const day = DATE.test(raw) ? dayBounds(raw, this.#store.timeZone) : undefined
    if (!day || day.first < FIRST_INSTANT) return undefined
    return { first: day.first, last: Math.min(day.last, LAST_INSTANT) }
  }

  /** An instant without a zone is UTC. In a query, the `+` of an offset may have become a space. */
  #time(pointer: string, raw: string): Instant {
    const text = raw.replace(' ', '+')
    if (INSTANT.test(text) && this.#day(text.slice(0, DAY_LENGTH))) {
      const at = Date.parse(/(Z|[+-]\d{2}:?\d{2})$/.test(text) ? text : `${text}Z`)
      if (at >= FIRST_INSTANT && at <= LAST_INSTANT) return at
    }
    this.fault(pointer, 'must be a date (2026-11-22) or an instant (2026-11-22T12:00:00Z)')
    return 0
  }
}
