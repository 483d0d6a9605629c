/** Users, sessions and keys as JSON. */
import type { KeyInfo, UserSession } from '../../ledger/credentials.ts'
import type { Store } from '../../ledger/stores.ts'
import { resourcesOf } from '../roles.ts'
import type { User } from '../user-store.ts'

export function meJson(user: User, { expiresAt }: UserSession, store: Store) {
  const { email, name, role, mustChangePassword } = user
  const { currency, exponent, timeZone } = store
  return {
    email,
    name,
    role,
    resources: resourcesOf(user),
    mustChangePassword,
    store: { name: store.name, currency, exponent, timeZone },
    expiresAt: new Date(expiresAt).toISOString(),
  }
}

export function userJson(user: User) {
  return {
    id: user.userId,
    email: user.email,
    name: user.name,
    role: user.role,
    disabled: user.disabledAt !== null,
    mustChangePassword: user.mustChangePassword,
    hasPassword: user.passwordHash !== null,
    createdAt: new Date(user.createdAt).toISOString(),
    lastSignInAt: textOf(user.lastSignInAt),
    disabledAt: textOf(user.disabledAt),
  }
}

export function keyJson(key: Omit<KeyInfo, 'store'>) {
  return {
    appKey: key.appKey,
    label: key.label,
    resources: key.resources,
    requestsPerSecond: key.requestsPerSecond,
    createdAt: key.createdAt.toISOString(),
    lastUsedAt: textOf(key.lastUsedAt),
    revokedAt: textOf(key.revokedAt),
  }
}

function textOf(at: number | Date | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
