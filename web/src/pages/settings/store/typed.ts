/** The settings as they stand in the fields, and what of them was changed. */
import type { StoreConfig, StoreConfigChange } from '../../../api/store-config.ts'
import type { Formats } from '../../../i18n/use-formats.ts'

export interface TypedNotice {
  readonly days: string
  /** HH:MM. */
  readonly time: string
}

/** Numbers are texts, as they were typed. */
export interface Typed {
  readonly toleranceEnabled: boolean
  readonly maxPreAuthorizationGrowthRate: string
  readonly automaticCheckingAccountCreationEnabled: boolean
  readonly defaultCreditValue: string
  readonly documentValidation: boolean
  readonly postponementEnabled: boolean
  readonly invoicePostponementLimit: string
  readonly maxPostponementDays: string
  readonly dailyInterestRate: string
  readonly taxRate: string
  readonly daysPrior: readonly TypedNotice[]
  readonly daysAfter: readonly TypedNotice[]
}

export type Field = keyof Typed

const RATE_PLACES = 4
const MAX_RATE = 1_000
const MAX_POSTPONEMENTS = 100
const MAX_POSTPONEMENT_DAYS = 3_650
const MAX_NOTICE_DAYS = 365
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/

export function typedOf(config: StoreConfig, { plain, decimals }: Formats): Typed {
  const rate = (value: number) =>
    String(Number((value * 100).toFixed(RATE_PLACES))).replace('.', decimals.decimal)
  const notices = (times: StoreConfig['notificationsSettings']['daysPrior']) =>
    times.map(({ days, timeOfDay }) => ({
      days: String(days),
      time: timeOfDay.slice(0, 'HH:MM'.length),
    }))
  const { notificationsSettings: times } = config
  return {
    toleranceEnabled: config.toleranceEnabled,
    maxPreAuthorizationGrowthRate: rate(config.maxPreAuthorizationGrowthRate),
    automaticCheckingAccountCreationEnabled: config.automaticCheckingAccountCreationEnabled,
    defaultCreditValue: plain(config.defaultCreditValue),
    documentValidation: config.documentValidation === 'strict',
    postponementEnabled: config.postponementEnabled,
    invoicePostponementLimit: String(config.invoicePostponementLimit),
    maxPostponementDays: String(config.maxPostponementDays),
    dailyInterestRate: rate(config.dailyInterestRate),
    taxRate: rate(config.taxRate),
    daysPrior: notices(times.daysPrior),
    daysAfter: notices(times.daysAfter),
  }
}

/** The fields in which two states differ. */
export function differing(one: Typed, other: Typed): Field[] {
  return (Object.keys(one) as Field[]).filter((field) => !isSame(one[field], other[field]))
}

export function isSame(one: Typed[Field], other: Typed[Field]): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

export type FaultKind = 'amount' | 'percent' | 'count' | 'notices'

/** What is wrong with a field, if anything. */
export function faultOf(field: Field, typed: Typed, formats: Formats): FaultKind | undefined {
  switch (field) {
    case 'defaultCreditValue':
      return formats.readAmount(typed[field]) === undefined ? 'amount' : undefined
    case 'maxPreAuthorizationGrowthRate':
    case 'dailyInterestRate':
    case 'taxRate':
      return rateIn(typed[field], formats) === undefined ? 'percent' : undefined
    case 'invoicePostponementLimit':
      return countIn(typed[field], MAX_POSTPONEMENTS) === undefined ? 'count' : undefined
    case 'maxPostponementDays':
      return countIn(typed[field], MAX_POSTPONEMENT_DAYS) === undefined ? 'count' : undefined
    case 'daysPrior':
    case 'daysAfter':
      return typed[field].every(isNotice) ? undefined : 'notices'
    default:
      return undefined
  }
}

/** The most that a count may be, for the words of its fault. */
export function mostOf(field: Field): number {
  return field === 'invoicePostponementLimit' ? MAX_POSTPONEMENTS : MAX_POSTPONEMENT_DAYS
}

/** What was typed as a percentage, as a fraction: `12,5` → `0.125`. */
export function rateIn(text: string, { readPercent }: Formats): string | undefined {
  const rate = readPercent(text)
  return rate !== undefined && Number(rate) <= MAX_RATE ? rate : undefined
}

export function countIn(text: string, most: number): number | undefined {
  const count = /^\d{1,5}$/.test(text.trim()) ? Number(text) : undefined
  return count !== undefined && count <= most ? count : undefined
}

function isNotice({ days, time }: TypedNotice): boolean {
  return countIn(days, MAX_NOTICE_DAYS) !== undefined && TIME.test(time)
}

/** The request that changes these fields, and no other. */
export function changeOf(
  fields: readonly Field[],
  typed: Typed,
  formats: Formats,
): StoreConfigChange {
  const change: Record<string, unknown> = {}
  const times: Record<string, unknown> = {}
  for (const field of fields) {
    if (field === 'daysPrior' || field === 'daysAfter') times[field] = noticesIn(typed[field])
    else change[field] = bodyValue(field, typed, formats)
  }
  return { ...change, ...(Object.keys(times).length > 0 && { notificationsSettings: times }) }
}

function bodyValue(
  field: Exclude<Field, 'daysPrior' | 'daysAfter'>,
  typed: Typed,
  formats: Formats,
) {
  switch (field) {
    case 'documentValidation':
      return typed[field] ? 'strict' : 'off'
    case 'defaultCreditValue':
      return formats.readAmount(typed[field])
    case 'maxPreAuthorizationGrowthRate':
    case 'dailyInterestRate':
    case 'taxRate':
      return rateIn(typed[field], formats)
    case 'invoicePostponementLimit':
    case 'maxPostponementDays':
      return Number(typed[field])
    default:
      return typed[field]
  }
}

function noticesIn(notices: readonly TypedNotice[]) {
  return notices.map(({ days, time }) => ({ days: Number(days), timeOfDay: time }))
}
