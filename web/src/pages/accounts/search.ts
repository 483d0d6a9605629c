/** What of the list of accounts stands in the address. */
import { readTableSearch, type TableSearch } from '../../components/data-table/table-search.ts'

export interface AccountsSearch extends TableSearch {
  /** An e-mail or a document. */
  readonly q?: string
  /** Absent: open accounts. */
  readonly status?: 'closed'
}

export function readAccountsSearch(raw: Readonly<Record<string, unknown>>): AccountsSearch {
  return {
    ...readTableSearch(raw),
    ...(typeof raw.q === 'string' && raw.q !== '' && { q: raw.q }),
    ...(raw.status === 'closed' && { status: 'closed' }),
  }
}
