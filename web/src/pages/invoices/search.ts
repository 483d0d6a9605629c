/** What of the list of invoices stands in the address: the words of the API. */
import type { QueryValues } from '../../api/client.ts'
import { INVOICE_STATES, type InvoiceState } from '../../api/invoices.ts'
import {
  rangeOf,
  readTableSearch,
  type TableSearch,
} from '../../components/data-table/table-search.ts'

const TEXTS = [
  'q',
  'accountId',
  'dueDateFrom',
  'dueDateTo',
  'createdDateFrom',
  'createdDateTo',
  'valueFrom',
  'valueTo',
] as const

type TextField = (typeof TEXTS)[number]

export type InvoicesSearch = TableSearch & {
  /** Absent: all. */
  readonly status?: InvoiceState
} & { readonly [K in TextField]?: string }

/** What changes in the address; `undefined` takes a part back to its default. */
export type SearchChange = {
  readonly [K in keyof InvoicesSearch]?: InvoicesSearch[K] | undefined
}

export function readInvoicesSearch(raw: Readonly<Record<string, unknown>>): InvoicesSearch {
  const status = INVOICE_STATES.find(
    (state) => state.toLowerCase() === String(raw.status).toLowerCase(),
  )
  const texts = TEXTS.filter((name) => typeof raw[name] === 'string' && raw[name] !== '')
  return {
    ...readTableSearch(raw),
    ...(status && { status }),
    ...Object.fromEntries(texts.map((name) => [name, raw[name]])),
  }
}

/** The query of the API for what stands in the address. */
export function queryOf(search: InvoicesSearch): QueryValues {
  const { page: _, size: __, cols: ___, sort, ...filter } = search
  return {
    ...filter,
    ...rangeOf(search),
    ...(sort && {
      sort: sort.replace(/^-/, ''),
      order: sort.startsWith('-') ? 'desc' : 'asc',
    }),
  }
}

/** True where anything but the state narrows the list. */
export function isFiltered(search: InvoicesSearch): boolean {
  return TEXTS.some((name) => search[name] !== undefined)
}

export interface ExportFilters {
  readonly filters: Readonly<Record<string, string>>
  /** False: the file will hold more than the list, since exports know no such filter. */
  readonly isExact: boolean
}

/** The list's filter in the words of exports, where it can be said in them. */
export function exportFiltersOf(search: InvoicesSearch, today: string): ExportFilters {
  const { status, accountId, dueDateFrom, q, valueFrom, valueTo } = search
  const isOneValue = valueFrom !== undefined && valueFrom === valueTo
  // For an export, what is overdue is open too: what is due from today on is not.
  const isNotDue = status === 'Opened'
  const firstDue = isNotDue && !(dueDateFrom && dueDateFrom > today) ? today : dueDateFrom
  const filters = {
    status,
    creditAccountId: accountId,
    dueDateFrom: firstDue,
    dueDateTo: search.dueDateTo,
    createdDateFrom: search.createdDateFrom,
    createdDateTo: search.createdDateTo,
    value: isOneValue ? valueFrom : undefined,
  }
  return {
    filters: Object.fromEntries(
      Object.entries(filters).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    isExact: q === undefined && (isOneValue || (valueFrom === undefined && valueTo === undefined)),
  }
}
