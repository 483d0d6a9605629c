/** Signing in with e-mail and password: the same answer in the same time, whoever is unknown. */
import type { ApiContext } from '../api/context.ts'
import { problem } from '../api/problems.ts'
import type { UserSession } from '../ledger/credentials.ts'
import type { Hasher } from './hasher.ts'
import { countAttempt, forgive } from './lockout.ts'
import { findForSignIn, openSession, type User } from './user-store.ts'

export interface SignedIn {
  readonly user: User
  readonly token: string
  readonly session: UserSession
}

export interface Typed {
  readonly email: string
  readonly password: string
  /** The name of a store, or null. */
  readonly store: string | null
}

type Context = Pick<ApiContext, 'sql' | 'now' | 'limits'>

/** Opens a session. Throws 401 where anything is wrong, 429 where too much was wrong before. */
export async function signIn(
  { sql, now, limits }: Context,
  hasher: Hasher,
  address: string,
  { email, password, store }: Typed,
): Promise<SignedIn> {
  await limits.checkAddress(address)
  await countAttempt(sql(), email, now())
  const user = await findForSignIn(sql(), email, store)
  const isRight = await hasher.matches(password, user?.passwordHash)
  const opened = isRight && user ? await openSession(sql(), user, now()) : undefined
  if (!user || !opened) {
    await limits.countFailedSignIn(address)
    throw problem('wrong-sign-in', {})
  }
  await forgive(sql(), email)
  return { user, ...opened }
}
