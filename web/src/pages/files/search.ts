/** What of the imports and exports stands in the address. */
import { ROW_RESULTS, type RowResult } from '../../api/files.ts'
import { readTableSearch, type TableSearch } from '../../components/data-table/table-search.ts'

export interface FilesSearch extends TableSearch {
  /** Absent: imports. */
  readonly show?: 'exports'
}

export interface ImportSearch extends TableSearch {
  /** Absent: those that failed, where there are any. */
  readonly rows?: RowResult | 'all'
}

export function readFilesSearch(raw: Readonly<Record<string, unknown>>): FilesSearch {
  return { ...readTableSearch(raw), ...(raw.show === 'exports' && { show: 'exports' }) }
}

export function readImportSearch(raw: Readonly<Record<string, unknown>>): ImportSearch {
  const rows = ([...ROW_RESULTS, 'all'] as const).find((known) => known === raw.rows)
  return { ...readTableSearch(raw), ...(rows && { rows }) }
}
