/** Days, due dates and instalments. Days are counted on the calendar of the store's time zone. */
import { Temporal } from 'temporal-polyfill'
import { type Minor, splitEvenly } from './money.ts'

/** Milliseconds since 1970-01-01T00:00Z. */
export type Instant = number

/** A hold that is to be settled, and one that names no expiry, live this many days. */
export const HOLD_DAYS = 30

/** Days between a settlement and its first due date, and between one due date and the next. */
export const INSTALLMENT_DAYS = 30

const DAY_MS = 86_400_000

/** One instalment to come. */
export interface Installment {
  readonly value: Minor
  readonly dueAt: Instant
}

/** The instant `days` calendar days later, at the same time of day in `timeZone`. */
export function addDays(at: Instant, days: number, timeZone: string): Instant {
  const from = dayAt(at, timeZone)
  const to = dayAt(from.first + days * DAY_MS + DAY_MS / 2, timeZone)
  const isWanted = Date.parse(to.date) - Date.parse(from.date) === days * DAY_MS
  if (isWanted && isOrdinary(from) && isOrdinary(to)) return to.first + (at - from.first)
  return zoned(at, timeZone).add({ days }).epochMilliseconds
}

/** True where the clocks were not set on that day: its time of day is the time since it began. */
function isOrdinary({ first, last }: Day): boolean {
  return last - first === DAY_MS - 1
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

/** A day of a calendar: its date and its first and last instant. */
export interface Day {
  readonly date: string
  readonly first: Instant
  readonly last: Instant
}

/** Most days remembered of a zone; beyond them it is forgotten whole and learned again. */
const MAX_KNOWN_DAYS = 20_000

/** Days by their zone and by the UTC days that they touch. */
const knownDays = new Map<string, Map<number, readonly Day[]>>()

/**
 * The day that `at` falls on in `timeZone`. Every invoice that is written asks for two of them and
 * a calendar is slow (some 20 µs), so days are remembered.
 */
export function dayAt(at: Instant, timeZone: string): Day {
  const zone = knownDays.get(timeZone) ?? new Map<number, readonly Day[]>()
  knownDays.set(timeZone, zone)
  const utcDay = Math.floor(at / DAY_MS)
  const days = zone.get(utcDay) ?? []
  const known = days.find(({ first, last }) => first <= at && at <= last)
  if (known) return known
  const day = findDay(at, timeZone)
  if (zone.size >= MAX_KNOWN_DAYS) zone.clear()
  zone.set(utcDay, [...days, day])
  return day
}

/**
 * Days are stretches from midnight to midnight. Where clocks were set back over midnight (St.
 * John's until 2011, at 0:01) the first midnight counts, so that days follow one another.
 */
function findDay(at: Instant, timeZone: string): Day {
  const shown = zoned(at, timeZone).toPlainDate()
  const midnight = (day: Temporal.PlainDate) => day.toZonedDateTime(timeZone).epochMilliseconds
  const isPast = midnight(shown.add({ days: 1 })) <= at
  const day = isPast ? shown.add({ days: 1 }) : shown
  const last = midnight(day.add({ days: 1 })) - 1
  return { date: day.toString(), first: midnight(day), last }
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
