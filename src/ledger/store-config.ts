/** The configuration of a store ↔ its JSON in the database; amounts and rates are digits in strings. */
import { NEW_STORE_CONFIG, type StoreConfig } from '../credit/store.ts'

const BIGINT_FIELDS = [
  'dailyInterestRate',
  'taxRate',
  'maxPreAuthorizationGrowthRate',
  'defaultCreditValue',
] as const

/** The JSON text that {@link decodeConfig} reads. */
export function encodeConfig(config: StoreConfig): string {
  return JSON.stringify(config, (_key, value) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
}

/** Settings that a later version added take the value they have in a new store. */
export function decodeConfig(json: Record<string, unknown>): StoreConfig {
  const numbers = BIGINT_FIELDS.flatMap((field) =>
    typeof json[field] === 'string' ? [[field, BigInt(json[field])]] : [],
  )
  return { ...NEW_STORE_CONFIG, ...json, ...Object.fromEntries(numbers) }
}
