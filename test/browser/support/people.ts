/** People of the store who use the Admin. */
import type { BrowserContext } from 'playwright-core'
import { Hasher } from '../../../src/users/hasher.ts'
import type { Role } from '../../../src/users/roles.ts'
import {
  createUser,
  findUserByEmail,
  openSession,
  type User,
} from '../../../src/users/user-store.ts'
import type { TestServer } from '../../support/server.ts'

/** Of everybody here. */
export const PASSWORD = 'correct horse battery staple'

export interface Person {
  readonly email: string
  readonly role?: Role
}

let passwordHash: Promise<string> | undefined

/** The user of this e-mail, who is made where there is none yet: Ana Souza. */
export async function userOf(
  { sql, store, clock }: TestServer,
  { email, role = 'administrator' }: Person,
): Promise<User> {
  passwordHash ??= new Hasher().hash(PASSWORD)
  const user = {
    storeId: store.storeId,
    email,
    name: 'Ana Souza',
    role,
    passwordHash: await passwordHash,
    mustChangePassword: false,
    oidcSubject: null,
  }
  const made = await createUser(sql, user, clock.now)
  const found = made ?? (await findUserByEmail(sql, store.storeId, email))
  if (!found) throw new Error(`There is no ${email}`)
  return found
}

/** Gives the browser a session of the person, as signing in does. */
export async function signInAs(
  context: BrowserContext,
  server: TestServer,
  person: Person,
): Promise<void> {
  const opened = await openSession(server.sql, await userOf(server, person), server.clock.now)
  if (!opened) throw new Error(`${person.email} may not sign in`)
  const cookie = { name: 'VtexIdclientAutCookie', value: opened.token, url: server.url }
  await context.addCookies([{ ...cookie, httpOnly: true, sameSite: 'Lax' }])
}
