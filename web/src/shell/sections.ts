/** The sections of the navigation, in their order. A page that exists has its line here. */
import {
  type Icon,
  IconFiles,
  IconLayoutDashboard,
  IconReceipt,
  IconSettings,
  IconUsers,
} from '@tabler/icons-react'
import type { MessageKey } from '../messages/en.ts'

export interface Section {
  readonly to: '/' | '/accounts' | '/files' | '/invoices' | '/settings'
  readonly label: MessageKey
  readonly icon: Icon
  /** The keys that lead there. */
  readonly keys: string
  /** What one needs to see anything there; absent: nothing. */
  readonly resource?: string
}

export const SECTIONS: readonly Section[] = [
  {
    to: '/',
    label: 'nav.start',
    icon: IconLayoutDashboard,
    keys: 'g i',
  },
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
  {
    to: '/settings',
    label: 'nav.settings',
    icon: IconSettings,
    keys: 'g s',
    resource: 'Read Configuration',
  },
]
