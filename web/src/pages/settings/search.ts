/** What of the settings stands in the address. */
import { readTableSearch, type TableSearch } from '../../components/data-table/table-search.ts'

export const TABS = ['store', 'users', 'keys'] as const

export type Tab = (typeof TABS)[number]

export interface SettingsSearch extends TableSearch {
  /** Absent: the store's own settings. */
  readonly tab?: Exclude<Tab, 'store'>
}

export function readSettingsSearch(raw: Readonly<Record<string, unknown>>): SettingsSearch {
  const isTab = raw.tab === 'users' || raw.tab === 'keys'
  return { ...readTableSearch(raw), ...(isTab && { tab: raw.tab as 'users' | 'keys' }) }
}
