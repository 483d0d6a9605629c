/**
 * Users and their sessions as they are stored. Every change is one statement: what it depends on is
 * locked within it, and a connection that breaks leaves all of it or nothing.
 */
import { randomUUID } from 'node:crypto'
import { emailKey } from '../credit/identity.ts'
import type { Instant } from '../credit/schedule.ts'
import { hashToken, newToken, type UserSession } from '../ledger/credentials.ts'
import type { Page } from '../ledger/read/accounts.ts'
import { arrayOf } from '../postgres/array.ts'
import type { Sql } from '../postgres/connect.ts'
import { RESOURCES_OF, type Role, resourcesOf } from './roles.ts'

export interface User {
  readonly userId: string
  readonly storeId: number
  readonly email: string
  readonly name: string
  readonly role: Role
  /** Null: only the OpenID provider lets this user in. */
  readonly passwordHash: string | null
  readonly mustChangePassword: boolean
  readonly oidcSubject: string | null
  readonly createdAt: Instant
  readonly lastSignInAt: Instant | null
  readonly disabledAt: Instant | null
}

/** How long a session lasts. */
export const SESSION_MS = 12 * 3_600_000

/** Sessions that are over are kept for so long, for who asks what happened. */
const SESSIONS_KEPT_MS = 30 * 86_400_000

interface UserRow {
  user_id: string
  store_id: number
  email: string
  name: string
  role: Role
  password_hash: string | null
  must_change_password: boolean
  oidc_subject: string | null
  created_at: Date
  last_sign_in_at: Date | null
  disabled_at: Date | null
}

const COLUMNS = [
  ...['user_id', 'store_id', 'email', 'name', 'role', 'password_hash', 'must_change_password'],
  ...['oidc_subject', 'created_at', 'last_sign_in_at', 'disabled_at'],
]

function toUser(row: UserRow): User {
  return {
    userId: row.user_id,
    storeId: row.store_id,
    email: row.email,
    name: row.name,
    role: row.role,
    passwordHash: row.password_hash,
    mustChangePassword: row.must_change_password,
    oidcSubject: row.oidc_subject,
    createdAt: row.created_at.getTime(),
    lastSignInAt: row.last_sign_in_at?.getTime() ?? null,
    disabledAt: row.disabled_at?.getTime() ?? null,
  }
}

export type NewUser = Pick<
  User,
  'storeId' | 'email' | 'name' | 'role' | 'passwordHash' | 'mustChangePassword' | 'oidcSubject'
>

/** Creates a user; undefined where the store has one with this e-mail. */
export async function createUser(sql: Sql, user: NewUser, now: Instant): Promise<User | undefined> {
  const rows = await sql<UserRow[]>`
    insert into store_user (user_id, store_id, email, email_key, name, role, password_hash,
      must_change_password, oidc_subject, created_at)
    values (${randomUUID()}, ${user.storeId}, ${user.email}, ${emailKey(user.email)}, ${user.name},
      ${user.role}, ${user.passwordHash}, ${user.mustChangePassword}, ${user.oidcSubject},
      ${new Date(now)})
    on conflict do nothing
    returning ${sql(COLUMNS)}`
  return rows[0] && toUser(rows[0])
}

export async function hasUsers(sql: Sql): Promise<boolean> {
  return (await sql`select 1 from store_user limit 1`).length > 0
}

export async function findUser(
  sql: Sql,
  storeId: number,
  userId: string,
): Promise<User | undefined> {
  const rows = await sql<UserRow[]>`
    select ${sql(COLUMNS)} from store_user where store_id = ${storeId} and user_id = ${userId}`
  return rows[0] && toUser(rows[0])
}

export async function findUserByEmail(
  sql: Sql,
  storeId: number,
  email: string,
): Promise<User | undefined> {
  const rows = await sql<UserRow[]>`
    select ${sql(COLUMNS)} from store_user
    where store_id = ${storeId} and email_key = ${emailKey(email)}`
  return rows[0] && toUser(rows[0])
}

export async function findUserBySubject(
  sql: Sql,
  storeId: number,
  subject: string,
): Promise<User | undefined> {
  const rows = await sql<UserRow[]>`
    select ${sql(COLUMNS)} from store_user
    where store_id = ${storeId} and oidc_subject = ${subject}`
  return rows[0] && toUser(rows[0])
}

/** A page of the users of a store, the oldest first, and how many it has. */
export async function pageOfUsers(
  sql: Sql,
  storeId: number,
  { from, to }: Page,
): Promise<{ users: User[]; count: number }> {
  const [rows, counted] = await Promise.all([
    sql<UserRow[]>`
      select ${sql(COLUMNS)} from store_user where store_id = ${storeId}
      order by created_at, user_id
      limit ${to - from + 1} offset ${from - 1}`,
    sql<{ count: number }[]>`
      select count(*)::int as count from store_user where store_id = ${storeId}`,
  ])
  return { users: rows.map(toUser), count: counted[0]?.count ?? 0 }
}

export async function listUsers(sql: Sql): Promise<(User & { readonly store: string })[]> {
  const rows = await sql<(UserRow & { store: string })[]>`
    select u.*, s.name as store from store_user u join store s using (store_id)
    order by s.name, u.created_at, u.user_id`
  return rows.map((row) => ({ ...toUser(row), store: row.store }))
}

export interface UserChange {
  readonly name?: string | undefined
  readonly role?: Role | undefined
  readonly disabled?: boolean | undefined
}

/**
 * Changes a user; another role, or being disabled, ends the sessions. Undefined where nothing was
 * done because no administrator would be left: the rows of all of them are locked, in order, so that
 * two who demote each other take turns.
 */
export async function changeUser(
  sql: Sql,
  { storeId, userId }: Pick<User, 'storeId' | 'userId'>,
  { name, role, disabled }: UserChange,
  now: Instant,
): Promise<User | undefined> {
  const at = new Date(now)
  const [wantedRole, isDisabled] = [role ?? null, disabled ?? null]
  const rows = await sql<UserRow[]>`
    with locked as (
      select user_id, role, role = 'administrator' and disabled_at is null as administers
      from store_user
      where store_id = ${storeId}
        and (user_id = ${userId} or (role = 'administrator' and disabled_at is null))
      order by user_id for update
    ), old as (
      select user_id, role, administers,
        (select count(*) from locked where administers) as administrators
      from locked where user_id = ${userId}
    ), changed as (
      update store_user u set
        name = coalesce(${name ?? null}::text, u.name),
        role = coalesce(${wantedRole}::text, u.role),
        disabled_at = case
          when ${isDisabled}::boolean then coalesce(u.disabled_at, ${at}::timestamptz)
          when ${isDisabled}::boolean is null then u.disabled_at end
      from old
      where u.store_id = ${storeId} and u.user_id = old.user_id
        and (not old.administers or old.administrators > 1
          or (coalesce(${wantedRole}::text, old.role) = 'administrator'
            and not coalesce(${isDisabled}::boolean, false)))
      returning u.*, u.role <> old.role or u.disabled_at is not null as is_out
    ), ended as (
      update session n set revoked_at = ${at}::timestamptz from changed c
      where n.user_id = c.user_id and c.is_out and n.revoked_at is null
    )
    select ${sql(COLUMNS)} from changed`
  return rows[0] && toUser(rows[0])
}

/** Gives a user a password that must be changed, and ends the sessions. */
export async function resetPassword(
  sql: Sql,
  { storeId, userId }: Pick<User, 'storeId' | 'userId'>,
  passwordHash: string,
  now: Instant,
): Promise<void> {
  await sql`
    with changed as (
      update store_user set password_hash = ${passwordHash}, must_change_password = true
      where store_id = ${storeId} and user_id = ${userId}
      returning user_id
    )
    update session n set revoked_at = ${new Date(now)} from changed c
    where n.user_id = c.user_id and n.revoked_at is null`
}

/**
 * Puts a password of the user's own in the place of the old one and ends all sessions but this one,
 * which may use from now on what the role may. False where the old one is no longer that.
 */
export async function changePassword(
  sql: Sql,
  user: User,
  session: UserSession,
  passwordHash: string,
  now: Instant,
): Promise<boolean> {
  const rows = await sql`
    with changed as (
      update store_user set password_hash = ${passwordHash}, must_change_password = false
      where store_id = ${user.storeId} and user_id = ${user.userId}
        and password_hash = ${user.passwordHash} and role = ${user.role} and disabled_at is null
      returning user_id
    ), ended as (
      update session n set revoked_at = ${new Date(now)}::timestamptz from changed c
      where n.user_id = c.user_id and n.revoked_at is null
        and n.token_hash <> decode(${session.tokenHash}, 'hex')
    ), opened as (
      update session n set resources = ${arrayOf(RESOURCES_OF[user.role])}::text[] from changed c
      where n.user_id = c.user_id and n.token_hash = decode(${session.tokenHash}, 'hex')
    )
    select 1 from changed`
  return rows.length > 0
}

/**
 * Opens a session and answers its token, which is told this once; undefined where the user was
 * disabled or changed since it was read.
 */
export async function openSession(
  sql: Sql,
  user: User,
  now: Instant,
): Promise<{ token: string; session: UserSession } | undefined> {
  const token = newToken()
  const tokenHash = hashToken(token)
  const expiresAt = now + SESSION_MS
  const rows = await sql`
    with seen as (
      update store_user set last_sign_in_at = ${new Date(now)}::timestamptz
      where store_id = ${user.storeId} and user_id = ${user.userId} and disabled_at is null
        and role = ${user.role} and must_change_password = ${user.mustChangePassword}
        and password_hash is not distinct from ${user.passwordHash}::text
      returning user_id, store_id, email
    )
    insert into session (token_hash, store_id, email, resources, created_at, expires_at, user_id)
    select decode(${tokenHash}, 'hex'), store_id, email, ${arrayOf(resourcesOf(user))}::text[],
      ${new Date(now)}::timestamptz, ${new Date(expiresAt)}::timestamptz, user_id
    from seen
    returning user_id`
  if (rows.length === 0) return undefined
  return { token, session: { userId: user.userId, tokenHash, expiresAt } }
}

/** Ends one session. */
export async function endSession(sql: Sql, session: UserSession, now: Instant): Promise<void> {
  await sql`
    update session set revoked_at = ${new Date(now)}
    where token_hash = decode(${session.tokenHash}, 'hex') and revoked_at is null`
}

/** Ends all sessions of a user. */
export async function endSessions(sql: Sql, userId: string, now: Instant): Promise<void> {
  await sql`
    update session set revoked_at = ${new Date(now)}
    where user_id = ${userId} and revoked_at is null`
}

/**
 * Notes who a user is at the OpenID provider, which makes a one-time password needless. Undefined
 * where somebody else is that user already.
 */
export async function adoptBySubject(
  sql: Sql,
  user: User,
  subject: string,
): Promise<User | undefined> {
  const rows = await sql<UserRow[]>`
    update store_user set oidc_subject = ${subject}, must_change_password = false,
      password_hash = case when must_change_password then null else password_hash end
    where store_id = ${user.storeId} and user_id = ${user.userId}
      and coalesce(oidc_subject, ${subject}) = ${subject}
    returning ${sql(COLUMNS)}`
  return rows[0] && toUser(rows[0])
}

/** Forgets sessions of users that have been over for long. */
export async function forgetSessions(sql: Sql, now: Instant): Promise<void> {
  await sql`
    delete from session
    where user_id is not null and expires_at < ${new Date(now - SESSIONS_KEPT_MS)}`
}
