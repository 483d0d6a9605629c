/** API keys and sessions: who may call, for which store, and what. Secrets are kept as hashes only. */
import { hash, randomBytes } from 'node:crypto'
import type { Instant } from '../credit/schedule.ts'
import { arrayOf } from '../postgres/array.ts'
import type { Sql } from '../postgres/connect.ts'
import type { Page } from './read/accounts.ts'
import type { Store } from './stores.ts'

/** The resources that an operation may ask for; `Main Access` stands for all of them. */
export const RESOURCES = [
  'Main Access',
  'Read Invoices',
  'Create Invoices',
  'Pay Invoice',
  'Read Checking Accounts',
  'Create Checking Accounts',
  'Edit credits',
  'Read Statements',
  'Create Statements',
  'Read Configuration',
  'Edit Configuration',
] as const

export type Resource = (typeof RESOURCES)[number]

/** A caller whose credentials were accepted. */
export interface Principal {
  readonly store: Store
  /** The e-mail or the key, as the ledger records it. */
  readonly doneBy: string
  readonly resources: ReadonlySet<string>
  readonly requestsPerSecond: number | null
  /** Null for a key, and for a session that no user of the store opened. */
  readonly session: UserSession | null
}

/** The session of a user of the store. */
export interface UserSession {
  readonly userId: string
  readonly tokenHash: string
  readonly expiresAt: Instant
}

export interface KeyInfo {
  readonly appKey: string
  readonly store: string
  readonly label: string
  readonly resources: readonly string[]
  readonly requestsPerSecond: number | null
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  readonly revokedAt: Date | null
}

/** SHA-256 in hex: enough for tokens, which are long and random; passwords would need more. */
export function hashToken(token: string): string {
  return hash('sha256', token, 'hex')
}

/** A new secret: 256 random bits. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** A new key name. */
export function newAppKey(storeName: string): string {
  return `fiado-${storeName}-${randomBytes(5).toString('hex')}`
}

interface PrincipalRow {
  store_id: number
  name: string
  currency: string
  exponent: number
  time_zone: string
  resources: string[]
  token_hash: string
  done_by: string
  requests_per_second: number | null
}

export interface Credential {
  readonly principal: Principal
  /** Of {@link hashToken}. */
  readonly tokenHash: string
  /** The instant from which a session counts no more; null for a key. */
  readonly expiresAt: Instant | null
}

interface SessionRow extends PrincipalRow {
  expires_at: Date
  user_id: string | null
}

function toCredential(row: PrincipalRow & Partial<SessionRow>): Credential {
  return {
    principal: {
      store: {
        storeId: row.store_id,
        name: row.name,
        currency: row.currency,
        exponent: row.exponent,
        timeZone: row.time_zone,
      },
      doneBy: row.done_by,
      resources: new Set(row.resources),
      requestsPerSecond: row.requests_per_second,
      session: sessionOf(row),
    },
    tokenHash: row.token_hash,
    expiresAt: row.expires_at?.getTime() ?? null,
  }
}

function sessionOf({ user_id, token_hash, expires_at }: PrincipalRow & Partial<SessionRow>) {
  if (!user_id || !expires_at) return null
  return { userId: user_id, tokenHash: token_hash, expiresAt: expires_at.getTime() }
}

/** The key that is in force under this name, or undefined. */
export async function findKey(sql: Sql, appKey: string): Promise<Credential | undefined> {
  const rows = await sql<PrincipalRow[]>`
    select s.store_id, s.name, s.currency, s.exponent, s.time_zone, to_json(k.resources) as resources,
      encode(k.token_hash, 'hex') as token_hash,
      k.app_key as done_by, k.requests_per_second
    from api_key k join store s using (store_id)
    where k.app_key = ${appKey} and k.revoked_at is null`
  return rows[0] && toCredential(rows[0])
}

/** The session that is in force under this token, or undefined. */
export async function findSession(
  sql: Sql,
  token: string,
  now: Instant,
): Promise<Credential | undefined> {
  const rows = await sql<SessionRow[]>`
    select s.store_id, s.name, s.currency, s.exponent, s.time_zone, to_json(n.resources) as resources,
      encode(n.token_hash, 'hex') as token_hash,
      n.email as done_by, null as requests_per_second, n.expires_at, n.user_id
    from session n join store s using (store_id)
    where n.token_hash = decode(${hashToken(token)}, 'hex') and n.revoked_at is null
      and n.expires_at > ${new Date(now)}`
  return rows[0] && toCredential(rows[0])
}

export interface NewKey {
  readonly storeId: number
  readonly appKey: string
  readonly token: string
  readonly label: string
  readonly resources: readonly Resource[]
  readonly requestsPerSecond: number | null
}

/** Creates a key; false where its name is taken. */
export async function createKey(sql: Sql, key: NewKey, now: Instant): Promise<boolean> {
  const rows = await sql`
    insert into api_key (app_key, store_id, token_hash, label, resources, requests_per_second,
      created_at)
    values (${key.appKey}, ${key.storeId}, decode(${hashToken(key.token)}, 'hex'), ${key.label},
      ${arrayOf(key.resources)}::text[], ${key.requestsPerSecond}, ${new Date(now)})
    on conflict (app_key) do nothing
    returning app_key`
  return rows.length === 1
}

export async function listKeys(sql: Sql): Promise<KeyInfo[]> {
  return await sql<KeyInfo[]>`
    ${keyInfo(sql)} from api_key k join store s using (store_id)
    order by k.created_at, k.app_key`
}

/** A page of the keys of a store, the oldest first, and how many it has. */
export async function pageOfKeys(
  sql: Sql,
  storeId: number,
  { from, to }: Page,
): Promise<{ keys: KeyInfo[]; count: number }> {
  const [keys, counted] = await Promise.all([
    sql<KeyInfo[]>`
      ${keyInfo(sql)} from api_key k join store s using (store_id)
      where k.store_id = ${storeId}
      order by k.created_at, k.app_key
      limit ${to - from + 1} offset ${from - 1}`,
    sql<{ count: number }[]>`
      select count(*)::int as count from api_key where store_id = ${storeId}`,
  ])
  return { keys, count: counted[0]?.count ?? 0 }
}

function keyInfo(sql: Sql) {
  return sql`
    select k.app_key as "appKey", s.name as store, k.label, to_json(k.resources) as resources,
      k.requests_per_second as "requestsPerSecond", k.created_at as "createdAt",
      k.last_used_at as "lastUsedAt", k.revoked_at as "revokedAt"`
}

/** Ends a key for good, one of the store alone where that is told; false where none is in force. */
export async function revokeKey(
  sql: Sql,
  appKey: string,
  now: Instant,
  storeId?: number,
): Promise<boolean> {
  const rows = await sql`
    update api_key set revoked_at = ${new Date(now)}
    where app_key = ${appKey} and revoked_at is null
      and store_id = coalesce(${storeId ?? null}, store_id)
    returning app_key`
  return rows.length === 1
}

/** Keeps when keys were last used; an instant that is older than what is kept changes nothing. */
export async function keepKeyUses(sql: Sql, uses: ReadonlyMap<string, Instant>): Promise<void> {
  const instants = [...uses.values()].map((at) => new Date(at).toISOString())
  await sql`
    update api_key k set last_used_at = u.at
    from unnest(${arrayOf([...uses.keys()])}::text[], ${arrayOf(instants)}::timestamptz[])
      as u (app_key, at)
    where k.app_key = u.app_key and (k.last_used_at is null or k.last_used_at < u.at)`
}

/** Opens a session for a person and answers its token, which is shown this once. */
export async function createSession(
  sql: Sql,
  session: { storeId: number; email: string; resources: readonly Resource[]; lifetime_ms: number },
  now: Instant,
): Promise<string> {
  const token = newToken()
  await sql`
    insert into session (token_hash, store_id, email, resources, created_at, expires_at)
    values (decode(${hashToken(token)}, 'hex'), ${session.storeId}, ${session.email},
      ${arrayOf(session.resources)}::text[], ${new Date(now)}, ${new Date(now + session.lifetime_ms)})`
  return token
}

/** Ends every session of an e-mail; answers how many. */
export async function revokeSessions(sql: Sql, email: string, now: Instant): Promise<number> {
  const rows = await sql`
    update session set revoked_at = ${new Date(now)}
    where lower(email) = lower(${email}) and revoked_at is null
    returning token_hash`
  return rows.length
}
