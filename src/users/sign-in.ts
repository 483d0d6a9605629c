/** Signing in with e-mail and password: the same answer in the same time, whoever is unknown. */
import type { ApiContext } from '../api/context.ts'
import { problem } from '../api/problems.ts'
import type { UserSession } from '../ledger/credentials.ts'
import { findStore, listStores, type Store } from '../ledger/stores.ts'
import type { Sql } from '../postgres/connect.ts'
import { countAttempt, forgive } from './lockout.ts'
import { findUserByEmail, openSession, type User } from './user-store.ts'
import type { Users } from './users.ts'

export interface SignedIn {
  readonly user: User
  readonly inStore: Store
  /** Of the session; told this once. */
  readonly token: string
  readonly session: UserSession
}

export interface Typed {
  readonly email: string
  readonly password: string
  /** The name of a store. */
  readonly store?: string | null | undefined
}

type Context = Pick<ApiContext, 'sql' | 'now' | 'limits'>

/** Opens a session. Throws 401 where anything is wrong, 429 where too much was wrong before. */
export async function signIn(
  { sql, now, limits }: Context,
  { hasher, defaultStore }: Pick<Users, 'hasher' | 'defaultStore'>,
  address: string,
  { email, password, store }: Typed,
): Promise<SignedIn> {
  await limits.checkAddress(address)
  const inStore = store ? await findStore(sql(), store) : await ownStore(sql(), defaultStore)
  const target = { storeId: inStore?.storeId ?? 0, email }
  await countAttempt(sql(), target, now())
  const user = await findUserByEmail(sql(), target.storeId, email)
  const isRight = await hasher.matches(password, user?.passwordHash)
  const opened = isRight && user ? await openSession(sql(), user, now()) : undefined
  if (!inStore || !user || !opened) {
    await limits.countFailedSignIn(address)
    throw problem('wrong-sign-in', {})
  }
  await forgive(sql(), target)
  return { user, inStore, ...opened }
}

/** The store that the settings name, or the first there is. */
async function ownStore(sql: Sql, name: string): Promise<Store | undefined> {
  return (await findStore(sql, name)) ?? (await listStores(sql))[0]
}
