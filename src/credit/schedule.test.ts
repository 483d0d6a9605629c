import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { describe, expect, test } from 'vitest'
import {
  addDays,
  dayAt,
  dayBounds,
  installmentSchedule,
  isTimeZone,
  startOfDay,
} from './schedule.ts'

const SAO_PAULO = 'America/Sao_Paulo'
const NEW_YORK = 'America/New_York'
const DAY_MS = 86_400_000

function at(instant: string): number {
  return Date.parse(instant)
}

function iso(instant: number | undefined): string | undefined {
  return instant === undefined ? undefined : new Date(instant).toISOString()
}

describe('addDays', () => {
  test.each([
    ['2026-11-22T15:00:00Z', 30, SAO_PAULO, '2026-12-22T15:00:00.000Z'],
    ['2026-12-31T02:30:00Z', 1, SAO_PAULO, '2027-01-01T02:30:00.000Z'],
    ['2024-02-28T15:00:00Z', 1, SAO_PAULO, '2024-02-29T15:00:00.000Z'],
    ['2026-11-22T15:00:00Z', 0, SAO_PAULO, '2026-11-22T15:00:00.000Z'],
    // 8:30 in New York stays 8:30, whether its clocks go forward or back in between.
    ['2026-03-01T13:30:00Z', 30, NEW_YORK, '2026-03-31T12:30:00.000Z'],
    ['2026-10-20T12:30:00Z', 30, NEW_YORK, '2026-11-19T13:30:00.000Z'],
    // There is no 2:30 on that day: the clock reads 3:30.
    ['2026-03-07T07:30:00Z', 1, NEW_YORK, '2026-03-08T07:30:00.000Z'],
    // 1:30 comes twice on that day: the first is meant.
    ['2026-10-31T05:30:00Z', 1, NEW_YORK, '2026-11-01T05:30:00.000Z'],
  ])('%s and %i days in %s is %s', (from, days, zone, to) => {
    expect(iso(addDays(at(from), days, zone))).toBe(to)
  })

  test('keeps the time of day where the clocks do not change', () => {
    const instants = fc.integer({
      min: at('2020-01-01T00:00:00Z'),
      max: at('2100-01-01T00:00:00Z'),
    })
    fc.assert(
      fc.property(instants, fc.nat(4000), (from, days) => {
        expect(addDays(from, days, SAO_PAULO)).toBe(from + days * DAY_MS)
      }),
    )
  })
})

describe('startOfDay', () => {
  test.each([
    ['2026-11-22T15:00:00Z', SAO_PAULO, '2026-11-22T03:00:00.000Z'],
    ['2026-11-22T02:59:59.999Z', SAO_PAULO, '2026-11-21T03:00:00.000Z'],
    ['2026-11-22T03:00:00Z', SAO_PAULO, '2026-11-22T03:00:00.000Z'],
    ['2026-07-01T12:00:00Z', NEW_YORK, '2026-07-01T04:00:00.000Z'],
    // São Paulo's clocks went forward at midnight: that day began at one.
    ['2018-11-04T15:00:00Z', SAO_PAULO, '2018-11-04T03:00:00.000Z'],
  ])('of %s in %s is %s', (instant, zone, start) => {
    expect(iso(startOfDay(at(instant), zone))).toBe(start)
  })
})

describe('dayBounds', () => {
  test.each([
    ['2026-11-22', SAO_PAULO, '2026-11-22T03:00:00.000Z', '2026-11-23T02:59:59.999Z'],
    ['2026-11-22', 'UTC', '2026-11-22T00:00:00.000Z', '2026-11-22T23:59:59.999Z'],
    ['2024-02-29', SAO_PAULO, '2024-02-29T03:00:00.000Z', '2024-03-01T02:59:59.999Z'],
    ['2018-11-04', SAO_PAULO, '2018-11-04T03:00:00.000Z', '2018-11-05T01:59:59.999Z'],
  ])('%s in %s is from %s to %s', (date, zone, first, last) => {
    const bounds = dayBounds(date, zone)
    expect([iso(bounds?.first), iso(bounds?.last)]).toEqual([first, last])
  })

  test('a day of New York has 23 or 25 hours when its clocks change', () => {
    const hours = (date: string) => {
      const bounds = dayBounds(date, NEW_YORK)
      return bounds && (bounds.last + 1 - bounds.first) / 3_600_000
    }
    expect(hours('2026-03-08')).toBe(23)
    expect(hours('2026-11-01')).toBe(25)
    expect(hours('2026-11-02')).toBe(24)
  })

  test('days follow one another without a gap', () => {
    const dates = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01') })
    fc.assert(
      fc.property(fc.noBias(dates), fc.constantFrom(SAO_PAULO, NEW_YORK), (date, zone) => {
        const [day = ''] = date.toISOString().split('T')
        const [next = ''] = new Date(Date.parse(day) + DAY_MS).toISOString().split('T')
        expect(dayBounds(next, zone)?.first).toBe((dayBounds(day, zone)?.last ?? 0) + 1)
      }),
    )
  })

  test.each([
    '',
    'today',
    '2026-02-29',
    '2026-13-01',
    '2026-11-31',
    '2026-1-1',
    '22/11/2026',
    '2026-11',
  ])('%j is no day', (date) => {
    expect(dayBounds(date, SAO_PAULO)).toBeUndefined()
  })
})

describe('dayAt', () => {
  const zones = fc.constantFrom(
    ...[SAO_PAULO, NEW_YORK, 'UTC', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Apia'],
    ...['Africa/Cairo', 'America/Nuuk', 'Europe/Lisbon', 'Pacific/Kiritimati', 'America/Havana'],
  )

  test('is the day that the calendar shows, with its bounds', () => {
    const instants = fc.integer({
      min: at('1970-01-01T00:00:00Z'),
      max: at('2060-01-01T00:00:00Z'),
    })
    fc.assert(
      fc.property(instants, zones, (instant, zone) => {
        const shown = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone)
        const day = dayAt(instant, zone)
        expect(day.date).toBe(shown.toPlainDate().toString())
        expect(dayBounds(day.date, zone)).toEqual({ first: day.first, last: day.last })
      }),
      { numRuns: 2_000 },
    )
  })

  test('knows a day at its first and its last instant, in whatever order it is asked', () => {
    const dates = fc.date({ min: new Date('2011-12-01'), max: new Date('2040-01-01') })
    const moments = fc.array(fc.constantFrom('first', 'last', 'before', 'after'), { minLength: 8 })
    fc.assert(
      fc.property(fc.noBias(dates), zones, moments, (date, zone, order) => {
        const { date: name, first, last } = dayAt(date.getTime(), zone)
        for (const moment of order) {
          if (moment === 'first') expect(dayAt(first, zone).date).toBe(name)
          if (moment === 'last') expect(dayAt(last, zone).date).toBe(name)
          if (moment === 'before') expect(dayAt(first - 1, zone).last).toBe(first - 1)
          if (moment === 'after') expect(dayAt(last + 1, zone).first).toBe(last + 1)
        }
      }),
    )
  })

  test.each([
    // No 30 December 2011 on Samoa, and a midnight that came twice in St. John's.
    ['2011-12-30T09:59:59.999Z', 'Pacific/Apia', '2011-12-29'],
    ['2011-12-30T10:00:00Z', 'Pacific/Apia', '2011-12-31'],
    ['2010-11-07T02:29:59.999Z', 'America/St_Johns', '2010-11-06'],
    ['2010-11-07T02:30:00Z', 'America/St_Johns', '2010-11-07'],
    ['2010-11-07T02:31:00Z', 'America/St_Johns', '2010-11-07'],
  ])('%s in %s is on %s', (instant, zone, date) => {
    expect(dayAt(at(instant), zone).date).toBe(date)
  })
})

describe('installmentSchedule', () => {
  test('the k-th instalment is due k × 30 days after the settlement', () => {
    const schedule = installmentSchedule(100n, 3, at('2026-11-22T15:00:00Z'), SAO_PAULO)
    expect(schedule.map(({ value, dueAt }) => [value, iso(dueAt)])).toEqual([
      [34n, '2026-12-22T15:00:00.000Z'],
      [33n, '2027-01-21T15:00:00.000Z'],
      [33n, '2027-02-20T15:00:00.000Z'],
    ])
  })

  test('due dates keep the time of day of the store', () => {
    const schedule = installmentSchedule(3n, 3, at('2026-02-01T13:30:00Z'), NEW_YORK)
    expect(schedule.map(({ dueAt }) => iso(dueAt))).toEqual([
      '2026-03-03T13:30:00.000Z',
      '2026-04-02T12:30:00.000Z',
      '2026-05-02T12:30:00.000Z',
    ])
  })

  test('the 99th is due after 2,970 days', () => {
    const from = at('2026-11-22T15:00:00Z')
    const last = installmentSchedule(9900n, 99, from, SAO_PAULO).at(-1)
    expect(last).toEqual({ value: 100n, dueAt: from + 2970 * DAY_MS })
  })
})

test('isTimeZone knows the zones of this machine', () => {
  expect(['UTC', SAO_PAULO, NEW_YORK, 'Asia/Kolkata'].every(isTimeZone)).toBe(true)
  expect(['', 'Mars/Phobos', 'Sao Paulo', 'America'].some(isTimeZone)).toBe(false)
})
