/** Amounts, dates and numbers as the reader writes them, in the store's currency and time zone. */
import { useMemo } from 'react'
import { useIntl } from 'react-intl'
import type { StoreInfo } from '../api/session.ts'
import { useSession } from '../session/session.ts'
import { type Decimals, decimalsOf, parseDecimal } from './decimals.ts'

export interface Formats {
  /** `R$ 1.234,50`. */
  readonly money: (amount: number) => string
  /** `18/11/2026`. */
  readonly date: (instant: string) => string
  /** `18/11/2026, 12:00`. */
  readonly dateTime: (instant: string) => string
  /** 0.125 → `12,5%`. */
  readonly percent: (rate: number) => string
  readonly count: (count: number) => string
  /** What was typed as an amount, as the decimal string that the API takes; undefined: no amount. */
  readonly readAmount: (text: string) => string | undefined
  /** What was typed as a percentage, as a fraction for the API: `12,5` → `0.125`. */
  readonly readPercent: (text: string) => string | undefined
  /** An amount as one would type it: `1.234,50`. */
  readonly plain: (amount: number) => string
  /** A fraction as one would type it as a percentage: 0.125 → `12,5`. */
  readonly plainPercent: (rate: number) => string
  readonly decimals: Decimals
}

const PERCENT_PLACES = 4
const RATE_PLACES = 6

export function useFormats(): Formats {
  const { locale } = useIntl()
  const { store } = useSession()
  return useMemo(() => formatsOf(locale, store), [locale, store])
}

/** The formats of a store for a reader. */
export function formatsOf(
  locale: string,
  { currency, exponent, timeZone }: Omit<StoreInfo, 'name'>,
): Formats {
  const places = { minimumFractionDigits: exponent, maximumFractionDigits: exponent }
  const money = new Intl.NumberFormat(locale, { style: 'currency', currency, ...places })
  const plain = new Intl.NumberFormat(locale, places)
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeZone })
  const dateTime = new Intl.DateTimeFormat(locale, {
    dateStyle: 'short',
    timeStyle: 'short',
    timeZone,
  })
  const percent = new Intl.NumberFormat(locale, {
    style: 'percent',
    maximumFractionDigits: PERCENT_PLACES,
  })
  const plainPercent = new Intl.NumberFormat(locale, { maximumFractionDigits: PERCENT_PLACES })
  const count = new Intl.NumberFormat(locale)
  const decimals = decimalsOf(locale)
  return {
    money: (amount) => money.format(amount),
    date: (instant) => date.format(new Date(instant)),
    dateTime: (instant) => dateTime.format(new Date(instant)),
    percent: (rate) => percent.format(rate),
    count: (number) => count.format(number),
    readAmount: (text) => parseDecimal(text, decimals, exponent),
    readPercent: (text) => {
      const read = parseDecimal(text, decimals, PERCENT_PLACES)
      return read === undefined ? undefined : (Number(read) / 100).toFixed(RATE_PLACES)
    },
    plain: (amount) => plain.format(amount),
    plainPercent: (rate) => plainPercent.format(Number((rate * 100).toFixed(PERCENT_PLACES))),
    decimals,
  }
}
