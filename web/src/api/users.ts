/** The people of the store. */
import { request } from './client.ts'

export const ROLES = ['administrator', 'credit-manager', 'collections', 'reader'] as const

export type Role = (typeof ROLES)[number]

export interface User {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly disabled: boolean
  readonly mustChangePassword: boolean
  readonly createdAt: string
  readonly lastSignInAt: string | null
}

/** The one time that a one-time password is told. */
export interface UserWithPassword extends User {
  readonly oneTimePassword: string
}

export interface NewUser {
  readonly email: string
  readonly name: string
  readonly role: Role
}

export interface UserChange {
  readonly name?: string
  readonly role?: Role
  readonly disabled?: boolean
}

interface UserList {
  readonly data: readonly User[]
  readonly summary: { readonly count: number }
}

const USERS = '/api/admin/users'

export const USERS_KEY = 'users'

export const listUsers = (range: { from: number; to: number }, signal: AbortSignal) =>
  request<UserList>('GET', USERS, { query: range, signal })

export const createUser = (user: NewUser) =>
  request<UserWithPassword>('POST', USERS, { body: user })

export const changeUser = ({ id, change }: { id: string; change: UserChange }) =>
  request<User>('PUT', `${USERS}/${id}`, { body: change })

export const resetPassword = (id: string) =>
  request<UserWithPassword>('POST', `${USERS}/${id}/password-reset`)
