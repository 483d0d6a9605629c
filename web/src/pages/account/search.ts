/** What of the details of an account stands in the address. */
import { readTableSearch, type TableSearch } from '../../components/data-table/table-search.ts'

export const TABS = ['invoices', 'authorizations', 'statement', 'history'] as const

export type Tab = (typeof TABS)[number]

export interface AccountSearch extends Pick<TableSearch, 'page' | 'size'> {
  /** Absent: the invoices. */
  readonly tab?: Exclude<Tab, 'invoices'>
  /** First and last day of the statement, `2026-11-18`; absent: the last 90 days. */
  readonly from?: string
  readonly to?: string
}

const DAY = /^\d{4}-\d{2}-\d{2}$/

export function readAccountSearch(raw: Readonly<Record<string, unknown>>): AccountSearch {
  const { page, size } = readTableSearch(raw)
  const tab = TABS.find((known) => known === raw.tab)
  return {
    ...(page !== undefined && { page }),
    ...(size !== undefined && { size }),
    ...(tab !== undefined && tab !== 'invoices' && { tab }),
    ...(isDay(raw.from) && { from: raw.from }),
    ...(isDay(raw.to) && { to: raw.to }),
  }
}

function isDay(value: unknown): value is string {
  return typeof value === 'string' && DAY.test(value)
}
