/** The sections of the navigation, in their order. A page that exists has its line here. */
import { type Icon, IconFiles, IconReceipt, IconUsers } from '@tabler/icons-react'
import type { MessageKey } from '../messages/en.ts'

export interface Section {
  readonly to: '/accounts' | '/files' | '/invoices'
  readonly label: MessageKey
  readonly icon: Icon
  /** The keys that lead there. */
  readonly keys: string
  /** What one needs to see anything there. */
  readonly resource: string
}

export const SECTIONS: readonly Section[] = [
  {
    to: '/accounts',
    label: 'nav.accounts',
    icon: IconUsers,
    keys: 'g c',
    resource: 'Read Checking Accounts',
  },
  {
    to: '/invoices',
    label: 'nav.invoices',
    icon: IconReceipt,
    keys: 'g t',
    resource: 'Read Invoices',
  },
  {
    to: '/files',
    label: 'nav.files',
    icon: IconFiles,
    keys: 'g f',
    resource: 'Read Invoices',
  },
]
