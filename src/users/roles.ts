/** What the people of a store may do: each role is a set of the API's resources. */
import type { Resource } from '../ledger/credentials.ts'

const READS = [
  'Read Checking Accounts',
  'Read Invoices',
  'Read Statements',
  'Read Configuration',
] as const satisfies readonly Resource[]

/** The whole table. `Main Access`, and with it users and keys, is the administrator's alone. */
export const RESOURCES_OF = {
  administrator: ['Main Access'],
  'credit-manager': [
    ...READS,
    'Create Checking Accounts',
    'Edit credits',
    'Create Invoices',
    'Pay Invoice',
    'Create Statements',
  ],
  collections: [...READS, 'Pay Invoice'],
  reader: READS,
} as const satisfies Readonly<Record<string, readonly Resource[]>>

export type Role = keyof typeof RESOURCES_OF

/** The one that may do most comes first. */
export const ROLES = Object.keys(RESOURCES_OF) as Role[]

export function isRole(text: string): text is Role {
  return Object.hasOwn(RESOURCES_OF, text)
}

/** What a session of this user may use: nothing, as long as the password is not the user's own. */
export function resourcesOf(user: {
  readonly role: Role
  readonly mustChangePassword: boolean
}): readonly Resource[] {
  return user.mustChangePassword ? [] : RESOURCES_OF[user.role]
}
