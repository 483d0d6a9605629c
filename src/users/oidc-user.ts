/** The user whom an OpenID provider vouches for. */
import { problem } from '../api/problems.ts'
import type { Instant } from '../credit/schedule.ts'
import type { Sql } from '../postgres/connect.ts'
import type { Identity } from './oidc.ts'
import {
  adoptBySubject,
  changeUser,
  createUser,
  findUserByEmail,
  findUserBySubject,
  type User,
} from './user-store.ts'

/**
 * Finds the user by the provider's own id, or by e-mail the first time, or creates one where the
 * provider gives roles; the role follows the provider's. Throws 403 where nobody is meant.
 */
export async function userFor(
  sql: Sql,
  storeId: number,
  identity: Identity,
  now: Instant,
): Promise<User> {
  const known =
    (await findUserBySubject(sql, storeId, identity.subject)) ??
    (await findUserByEmail(sql, storeId, identity.email)) ??
    (await newUser(sql, storeId, identity, now))
  const user = await adoptBySubject(sql, known, identity.subject)
  if (!user || user.disabledAt !== null) throw problem('oidc-unknown-user', {})
  if (identity.role === undefined || identity.role === user.role) return user
  const changed = await changeUser(sql, user, { role: identity.role }, now)
  if (!changed) throw problem('last-administrator', {})
  return changed
}

async function newUser(
  sql: Sql,
  storeId: number,
  { subject, email, name, role }: Identity,
  now: Instant,
): Promise<User> {
  if (role === undefined) throw problem('oidc-unknown-user', {})
  const secrets = { passwordHash: null, mustChangePassword: false, oidcSubject: subject }
  const user = await createUser(sql, { storeId, email, name, role, ...secrets }, now)
  // Somebody else was faster: who starts again finds that user.
  if (!user) throw problem('oidc-refused', {})
  return user
}
