/** Roles in words. */
import type { Role } from '../../../api/users.ts'
import type { MessageKey } from '../../../messages/en.ts'

export const ROLE_NAME: Readonly<Record<Role, MessageKey>> = {
  administrator: 'role.administrator',
  'credit-manager': 'role.creditManager',
  collections: 'role.collections',
  reader: 'role.reader',
}

/** What the role may do. */
export const ROLE_MAY: Readonly<Record<Role, MessageKey>> = {
  administrator: 'role.administratorMay',
  'credit-manager': 'role.creditManagerMay',
  collections: 'role.collectionsMay',
  reader: 'role.readerMay',
}
