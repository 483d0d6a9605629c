/** Stores and their configuration. */
import currencyCodes from 'currency-codes'
import type { Instant } from '../credit/schedule.ts'
import {
  changedConfig,
  NEW_STORE_CONFIG,
  type StoreConfig,
  type StoreConfigChange,
} from '../credit/store.ts'
import { errorCode, type Sql } from '../postgres/connect.ts'
import type { StoredAnswer } from './job.ts'
import { findAnswer } from './read/answers.ts'
import { decodeConfig, encodeConfig } from './store-config.ts'

/** What never changes of a store. */
export interface Store {
  readonly storeId: number
  readonly name: string
  /** ISO 4217 code, and how many decimals its minor unit has. */
  readonly currency: string
  readonly exponent: number
  /** IANA name of the zone in which the store counts its days. */
  readonly timeZone: string
}

export interface NewStore {
  readonly name: string
  readonly currency: string
  readonly timeZone: string
}

/** Two stores cannot have one name. */
export class StoreExists extends Error {
  override name = 'StoreExists'
}

/** Decimals of a currency (ISO 4217, which differs from what screens show); undefined for none. */
export function currencyExponent(currency: string): number | undefined {
  return currencyCodes.code(currency)?.digits
}

interface StoreRow {
  store_id: number
  name: string
  currency: string
  exponent: number
  time_zone: string
}

function toStore(row: StoreRow): Store {
  return {
    storeId: row.store_id,
    name: row.name,
    currency: row.currency,
    exponent: row.exponent,
    timeZone: row.time_zone,
  }
}

export async function listStores(sql: Sql): Promise<Store[]> {
  const rows = await sql<StoreRow[]>`
    select store_id, name, currency, exponent, time_zone from store order by store_id`
  return rows.map(toStore)
}

export async function findStore(sql: Sql, name: string): Promise<Store | undefined> {
  const rows = await sql<StoreRow[]>`
    select store_id, name, currency, exponent, time_zone from store where name = ${name}`
  return rows[0] && toStore(rows[0])
}

export async function findStoreById(sql: Sql, storeId: number): Promise<Store | undefined> {
  const rows = await sql<StoreRow[]>`
    select store_id, name, currency, exponent, time_zone from store where store_id = ${storeId}`
  return rows[0] && toStore(rows[0])
}

/** Creates a store with the configuration of a new one. Throws {@link StoreExists}. */
export async function createStore(
  sql: Sql,
  store: NewStore,
  doneBy: string,
  now: Instant,
): Promise<Store> {
  return await sql.begin((transaction) =>
    insertStore(transaction as unknown as Sql, store, doneBy, now),
  )
}

/** {@link createStore} within a transaction of the caller's. */
export async function insertStore(
  transaction: Sql,
  { name, currency, timeZone }: NewStore,
  doneBy: string,
  now: Instant,
): Promise<Store> {
  const exponent = currencyExponent(currency)
  if (exponent === undefined) throw new Error(`${currency} is no ISO 4217 currency`)
  const at = new Date(now)
  const config = encodeConfig(NEW_STORE_CONFIG)
  await transaction`lock table store in share row exclusive mode`
  const rows = await transaction<StoreRow[]>`
    insert into store (store_id, name, currency, exponent, time_zone, version, config, created_at)
    select coalesce(max(store_id), 0) + 1, ${name}, ${currency}, ${exponent}::smallint,
      ${timeZone}, 1, ${config}::text::jsonb, ${at}
    from store
    on conflict (name) do nothing
    returning store_id, name, currency, exponent, time_zone`
  if (!rows[0]) throw new StoreExists(`There is a store named ${name} already`)
  await transaction`
    insert into store_change (store_id, version, at, done_by, config)
    values (${rows[0].store_id}, 1, ${at}, ${doneBy}, ${config}::text::jsonb)`
  return toStore(rows[0])
}

export async function readConfig(sql: Sql, storeId: number): Promise<StoreConfig> {
  const rows = await sql<{ config: Record<string, unknown> }[]>`
    select config from store where store_id = ${storeId}`
  if (!rows[0]) throw new Error(`There is no store ${storeId}`)
  return decodeConfig(rows[0].config)
}

/** A change of the configuration, and where its first answer is kept. */
export interface ConfigChange {
  readonly storeId: number
  readonly change: StoreConfigChange
  readonly doneBy: string
  readonly now: Instant
  readonly idempotency?: {
    readonly key: string
    readonly fingerprint: string
    readonly render: (config: StoreConfig) => StoredAnswer
  }
}

export type ConfigResult =
  | { readonly kind: 'done'; readonly config: StoreConfig }
  | { readonly kind: 'replayed'; readonly answer: StoredAnswer }
  | { readonly kind: 'key-reused' }

/** How often a change is tried again that another one was faster than. */
const MAX_CONFIG_ATTEMPTS = 20

/** Changes what is given and leaves the rest; every version is kept with who set it. */
export async function changeConfig(sql: Sql, request: ConfigChange): Promise<ConfigResult> {
  for (let attempt = 1; attempt <= MAX_CONFIG_ATTEMPTS; attempt += 1) {
    const result = await tryToChange(sql, request)
    if (result) return result
  }
  throw Object.assign(new Error('The configuration changes too often'), { code: '55P03' })
}

/**
 * One try; undefined where another change came between. It writes in one statement: a transaction
 * of several on a connection that breaks would take the driver, and the process, down with it.
 */
async function tryToChange(sql: Sql, request: ConfigChange): Promise<ConfigResult | undefined> {
  const { storeId, change, doneBy, now, idempotency } = request
  const known = idempotency && (await findAnswer(sql, storeId, idempotency.key))
  if (known && known.fingerprint !== idempotency.fingerprint) return { kind: 'key-reused' }
  if (known) return { kind: 'replayed', answer: known }
  const [store] = await sql<{ config: Record<string, unknown>; version: number }[]>`
    select config, version from store where store_id = ${storeId}`
  if (!store) throw new Error(`There is no store ${storeId}`)
  const config = changedConfig(decodeConfig(store.config), change)
  const json = encodeConfig(config)
  const at = new Date(now)
  const answer = idempotency?.render(config)
  try {
    const changed = await sql`
      with changed as (
        update store set config = ${json}::text::jsonb, version = version + 1
        where store_id = ${storeId} and version = ${store.version}
        returning version
      ), logged as (
        insert into store_change (store_id, version, at, done_by, config)
        select ${storeId}::integer, version, ${at}::timestamptz, ${doneBy}, ${json}::text::jsonb
        from changed
      ), kept as (
        insert into idempotency (store_id, idempotency_key, account_id, fingerprint, status, body,
          created_at)
        select ${storeId}::integer, ${idempotency?.key ?? ''}, '',
          ${idempotency?.fingerprint ?? ''}, ${answer?.status ?? 0}::smallint,
          ${answer?.body ?? ''}, ${at}::timestamptz
        from changed where ${idempotency !== undefined}
      )
      select version from changed`
    return changed.length === 1 ? { kind: 'done', config } : undefined
  } catch (error) {
    // The same key was used at the same time by another process: its answer stands by now.
    if (errorCode(error) === '23505') return undefined
    throw error
  }
}
