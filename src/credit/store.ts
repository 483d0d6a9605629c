/** What a store decides about its credit, as far as the rules of an account depend on it. */
import type { Millionths, Minor } from './money.ts'

/** When a notification goes out: days from the due date, and the store's time of day (HH:MM:SS). */
export interface NotificationTime {
  readonly days: number
  readonly timeOfDay: string
}

/** The configuration of a store. */
export interface StoreConfig {
  readonly dailyInterestRate: Millionths
  readonly taxRate: Millionths
  readonly maxPreAuthorizationGrowthRate: Millionths
  readonly invoicePostponementLimit: number
  readonly maxPostponementDays: number
  readonly defaultCreditValue: Minor
  readonly postponementEnabled: boolean
  readonly automaticCheckingAccountCreationEnabled: boolean
  readonly toleranceEnabled: boolean
  readonly myCreditsEnabled: boolean
  readonly documentValidation: 'off' | 'strict'
  readonly notificationsSettings: {
    readonly daysPrior: readonly NotificationTime[]
    readonly daysAfter: readonly NotificationTime[]
  }
}

/** What a change of the configuration may name; what it does not name stays. */
export type StoreConfigChange = Partial<
  Omit<StoreConfig, 'notificationsSettings'> & {
    readonly notificationsSettings: Partial<StoreConfig['notificationsSettings']>
  }
>

/** The configuration after a change. */
export function changedConfig(config: StoreConfig, change: StoreConfigChange): StoreConfig {
  const { notificationsSettings: times, ...others } = change
  const notificationsSettings = { ...config.notificationsSettings, ...times }
  return { ...config, ...others, notificationsSettings }
}

/** The configuration that a new store starts with. */
export const NEW_STORE_CONFIG: StoreConfig = {
  dailyInterestRate: 0n,
  taxRate: 0n,
  maxPreAuthorizationGrowthRate: 0n,
  invoicePostponementLimit: 0,
  maxPostponementDays: 0,
  defaultCreditValue: 0n,
  postponementEnabled: false,
  automaticCheckingAccountCreationEnabled: false,
  toleranceEnabled: false,
  myCreditsEnabled: true,
  documentValidation: 'off',
  notificationsSettings: {
    daysPrior: [5, 1, 0].map((days) => ({ days, timeOfDay: '12:00:00' })),
    daysAfter: [{ days: 3, timeOfDay: '12:00:00' }],
  },
}
