/** A server behind a proxy, and people who sign in to it, each from an address of their own. */
import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { Store } from '../../../src/ledger/stores.ts'
import { Hasher } from '../../../src/users/hasher.ts'
import type { Role } from '../../../src/users/roles.ts'
import { createUser } from '../../../src/users/user-store.ts'
import { type Api, type Proxied, startApi, startProxied } from '../../api/support/api.ts'
import { ok } from '../../api/support/expect.ts'
import type { Answer } from '../../support/server.ts'

export const ADMIN = '//api/admin'

/** Of everybody here, unless a test says otherwise. */
export const PASSWORD = 'correct horse battery staple'

export interface Person {
  readonly id: string
  readonly email: string
}

export type Headers = Readonly<Record<string, string>>

/** Somebody in a browser: each request brings the cookie, and says that it comes from our pages. */
export interface Browser {
  readonly token: string
  /** A request to a path under `/api/admin`. */
  call(method: string, path: string, body?: unknown, headers?: Headers): Promise<Answer>
  /** A request to any address. */
  at(method: string, address: string, body?: unknown, headers?: Headers): Promise<Answer>
}

export interface Desk {
  readonly api: Api
  readonly proxied: Proxied
  /** Another address, from which nobody failed yet. */
  newAddress(): string
  addPerson(role: Role, store?: Store, email?: string): Promise<Person>
  /** A try to sign in, without anything that a browser keeps. */
  tryToEnter(email: string, password?: string, options?: EnterOptions): Promise<Answer>
  enter(person: Person, password?: string): Promise<Browser>
  /** Somebody new with this role, signed in. */
  newcomer(role: Role, store?: Store): Promise<Browser & Person>
  close(): Promise<void>
}

export interface EnterOptions {
  readonly address?: string
  readonly headers?: Headers
  readonly store?: string
}

const SAME_ORIGIN = { 'Sec-Fetch-Site': 'same-origin' }

let passwordHash: Promise<string> | undefined

export async function startDesk(): Promise<Desk> {
  const api = await startApi()
  const proxied = await startProxied(api, { users: api.users })
  let addresses = 0
  let people = 0

  const newAddress = () => {
    addresses += 1
    return `10.1.${addresses >> 8}.${addresses & 255}`
  }

  const addPerson: Desk['addPerson'] = async (role, store = api.store, email) => {
    passwordHash ??= new Hasher().hash(PASSWORD)
    people += 1
    const user = await createUser(
      api.sql,
      {
        storeId: store.storeId,
        email: email ?? `person-${people}@example.com`,
        name: `Person ${people}`,
        role,
        passwordHash: await passwordHash,
        mustChangePassword: false,
        oidcSubject: null,
      },
      api.clock.now,
    )
    if (!user) throw new Error('There is somebody with this e-mail')
    return { id: user.userId, email: user.email }
  }

  const tryToEnter: Desk['tryToEnter'] = (
    email,
    password = PASSWORD,
    { address = newAddress(), headers = {}, store } = {},
  ) => {
    const body = { email, password, ...(store && { store }) }
    return proxied.call(address, 'POST', `${ADMIN}/sign-in`, body, { key: false, headers })
  }

  const enter: Desk['enter'] = async ({ email }, password) => {
    const answer = await tryToEnter(email, password)
    ok(answer)
    return browser(tokenIn(answer))
  }

  const browser = (token: string): Browser => {
    const address = newAddress()
    const at: Browser['at'] = (method, path, body, headers = SAME_ORIGIN) => {
      const sent = { Cookie: `VtexIdclientAutCookie=${token}`, ...headers }
      return proxied.call(address, method, path, body, { key: false, headers: sent })
    }
    return { token, at, call: (method, path, ...rest) => at(method, `${ADMIN}${path}`, ...rest) }
  }

  return {
    api,
    proxied,
    newAddress,
    addPerson,
    tryToEnter,
    enter,
    newcomer: async (role, store) => {
      const person = await addPerson(role, store)
      return { ...person, ...(await enter(person)) }
    },
    close: async () => {
      await proxied.close()
      await api.close()
    },
  }
}

/** The session that an answer gives the browser. */
export function tokenIn({ headers }: Pick<Answer, 'headers'>): string {
  const token = /^VtexIdclientAutCookie=([^;]+);/.exec(cookieIn(headers))?.[1]
  expect(token).toMatch(/^[\w-]{43}$/)
  return token ?? ''
}

export function cookieIn(headers: globalThis.Headers): string {
  return headers.get('set-cookie') ?? ''
}

/** An e-mail that nobody has. */
export function nobody(): string {
  return `${randomUUID()}@example.com`
}
