/** People are given a password that is told once and must be changed. */
import type { Instant } from '../credit/schedule.ts'
import type { Sql } from '../postgres/connect.ts'
import type { Hasher } from './hasher.ts'
import { forgive } from './lockout.ts'
import { newOneTimePassword } from './password.ts'
import { createUser, type NewUser, resetPassword, type User } from './user-store.ts'

export interface WithPassword {
  readonly user: User
  /** Told this once; only its hash is kept. */
  readonly oneTimePassword: string
}

/** Creates a user; undefined where the store has one with this e-mail. */
export async function addUser(
  sql: Sql,
  hasher: Hasher,
  given: Pick<NewUser, 'storeId' | 'email' | 'name' | 'role'>,
  now: Instant,
): Promise<WithPassword | undefined> {
  const oneTimePassword = newOneTimePassword()
  const passwordHash = await hasher.hash(oneTimePassword)
  const secrets = { passwordHash, mustChangePassword: true, oidcSubject: null }
  const user = await createUser(sql, { ...given, ...secrets }, now)
  return user && { user, oneTimePassword }
}

/** Gives a user another one-time password; the old one and all sessions end, and so does a lock. */
export async function giveNewPassword(
  sql: Sql,
  hasher: Hasher,
  user: User,
  now: Instant,
): Promise<WithPassword> {
  const oneTimePassword = newOneTimePassword()
  const passwordHash = await hasher.hash(oneTimePassword)
  await resetPassword(sql, user, passwordHash, now)
  await forgive(sql, user)
  return { user: { ...user, passwordHash, mustChangePassword: true }, oneTimePassword }
}
