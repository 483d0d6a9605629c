/** What of the list of accounts stands in the address. */
import { readTableSearch, type TableSearch } from '../../components/data-table/table-search.ts'

export interface AccountsSearch extends TableSearch {
  /** An e-mail, a document or an id. */
  readonly q?: string
  /** Absent: open accounts, frozen ones among them. */
  readonly status?: 'frozen' | 'closed'
  /** Only accounts that use more than their limit. */
  readonly overLimit?: true
  /** Only accounts with overdue invoices. */
  readonly overdue?: true
}

export function readAccountsSearch(raw: Readonly<Record<string, unknown>>): AccountsSearch {
  const { q, status } = raw
  return {
    ...readTableSearch(raw),
    ...(typeof q === 'string' && q !== '' && { q }),
    ...((status === 'frozen' || status === 'closed') && { status }),
    ...(isTrue(raw.overLimit) && { overLimit: true }),
    ...(isTrue(raw.overdue) && { overdue: true }),
  }
}

/** From an address it is a text. */
const isTrue = (value: unknown): boolean => value === true || value === 'true'
