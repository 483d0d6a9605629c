/** Days, due dates and instalments. Days are counted on the calendar of the store's time zone. */
import { Temporal } from 'temporal-polyfill'
import { type Minor, splitEvenly } from './money.ts'

/** Milliseconds since 1970-01-01T00:00Z. */
export type Instant = number

/** A hold that is to be settled, and one that names no expiry, live this many days. */
export const HOLD_DAYS = 30

/** Days between a settlement and its first due date, and between one due date and the next. */
export const INSTALLMENT_DAYS = 30

/** One instalment to come. */
export interface Installment {
  readonly value: Minor
  readonly dueAt: Instant
}

/** The instant `days` calendar days later, at the same time of day in `timeZone`. */
export function addDays(at: Instant, days: number, timeZone: string): Instant {
  return zoned(at, timeZone).add({ days }).epochMilliseconds
}

/** The first instant of the day that `at` falls on in `timeZone`. */
export function startOfDay(at: Instant, timeZone: string): Instant {
  return zoned(at, timeZone).startOfDay().epochMilliseconds
}

/** The first and the last instant of a calendar day (`2026-11-22`), or undefined if there is no such day. */
export function dayBounds(
  date: string,
  timeZone: string,
): { first: Instant; last: Instant } | undefined {
  try {
    const day = Temporal.PlainDate.from(date, { overflow: 'reject' })
    const first = day.toZonedDateTime(timeZone).epochMilliseconds
    const next = day.add({ days: 1 }).toZonedDateTime(timeZone).epochMilliseconds
    return { first, last: next - 1 }
  } catch {
    return undefined
  }
}

/** Splits `total` in `installments`; the k-th is due k × 30 days after the settlement. */
export function installmentSchedule(
  total: Minor,
  installments: number,
  settledAt: Instant,
  timeZone: string,
): Installment[] {
  return splitEvenly(total, installments).map((value, index) => ({
    value,
    dueAt: addDays(settledAt, INSTALLMENT_DAYS * (index + 1), timeZone),
  }))
}

/** True for an IANA time zone that this machine knows. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

function zoned(at: Instant, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone)
}
