/** Signing in and out, and who is signed in. */
import { request } from './client.ts'

export interface StoreInfo {
  readonly name: string
  readonly currency: string
  /** How many decimals the currency has. */
  readonly exponent: number
  readonly timeZone: string
}

/** Who is signed in, to which store, and what they may do. */
export interface Session {
  readonly email: string
  readonly name: string
  readonly role: string
  readonly resources: readonly string[]
  readonly mustChangePassword: boolean
  readonly store: StoreInfo
  readonly expiresAt: string
}

/** How a person may sign in here. */
export interface SignInOptions {
  readonly password: boolean
  readonly oidc: boolean
  readonly providerName?: string
}

const ADMIN = '/api/admin'

/** Where the browser goes to sign in with the store's own provider. */
export const OIDC_START = `${ADMIN}/oidc/start`

export const readSession = (signal: AbortSignal) =>
  request<Session>('GET', `${ADMIN}/me`, { signal, anonymous: true })

export const readSignInOptions = (signal: AbortSignal) =>
  request<SignInOptions>('GET', `${ADMIN}/sign-in-options`, { signal, anonymous: true })

export const signIn = (credentials: { email: string; password: string }) =>
  request<Session>('POST', `${ADMIN}/sign-in`, { body: credentials, anonymous: true })

export const signOut = () => request<void>('POST', `${ADMIN}/sign-out`, { anonymous: true })

/** Ends every session of the person, also those in other browsers. */
export const signOutEverywhere = () =>
  request<void>('POST', `${ADMIN}/sign-out-everywhere`, { anonymous: true })

export const changePassword = (passwords: { current: string; next: string }) =>
  request<Session>('PUT', `${ADMIN}/me/password`, { body: passwords })
