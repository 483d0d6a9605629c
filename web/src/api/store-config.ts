/** The settings of the store. */
import { request } from './client.ts'

/** Days from the due date, and the store's time of day: HH:MM:SS. */
export interface NoticeTime {
  readonly days: number
  readonly timeOfDay: string
}

export interface StoreConfig {
  readonly dailyInterestRate: number
  readonly taxRate: number
  readonly maxPreAuthorizationGrowthRate: number
  readonly invoicePostponementLimit: number
  readonly maxPostponementDays: number
  readonly defaultCreditValue: number
  readonly postponementEnabled: boolean
  readonly automaticCheckingAccountCreationEnabled: boolean
  readonly toleranceEnabled: boolean
  readonly documentValidation: 'off' | 'strict'
  readonly notificationsSettings: {
    readonly daysPrior: readonly NoticeTime[]
    readonly daysAfter: readonly NoticeTime[]
  }
}

/** What is sent changes, the rest stays. Numbers are decimal strings, as they were typed. */
export type StoreConfigChange = Readonly<Record<string, unknown>>

const STORE_CONFIG = '/api/creditcontrol/storeconfig'

export const STORE_CONFIG_KEY = 'store-config'

export const readStoreConfig = (signal?: AbortSignal) =>
  request<StoreConfig>('GET', STORE_CONFIG, { ...(signal && { signal }) })

export const changeStoreConfig = (change: StoreConfigChange, key: string) =>
  request<StoreConfig>('PUT', STORE_CONFIG, { body: change, key })
