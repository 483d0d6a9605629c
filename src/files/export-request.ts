/** What an export asks for: read when it is made, and again when it is run. */
import { type AccountQuery, accountFilterIn } from '../api/creditcontrol/accounts.ts'
import { type InvoiceQuery, invoiceFilterIn } from '../api/creditcontrol/invoices.ts'
import { Input } from '../api/input.ts'
import { type Format, formatOf } from '../csv/write.ts'
import type { AccountFilter } from '../ledger/read/accounts.ts'
import type { InvoiceFilter } from '../ledger/read/invoice-filter.ts'
import type { Store } from '../ledger/stores.ts'
import type { Job } from './job.ts'

export type ExportAsked = { readonly store: Store; readonly format: Format } & (
  | { readonly kind: 'accounts'; readonly filter: AccountFilter }
  | { readonly kind: 'invoices'; readonly filter: InvoiceFilter }
)

type Wanted = Pick<Job, 'kind' | 'filter' | 'locale' | 'delimiter'>

/** Throws the 400 that names the filters that are wrong. */
export function exportAsked(
  { kind, filter, locale, delimiter }: Wanted,
  store: Store,
): ExportAsked {
  const input = new Input(store, 'body', '/filters')
  const query = (filter ?? {}) as AccountQuery & InvoiceQuery
  const format = formatOf(locale ?? 'en', delimiter ?? undefined)
  const asked =
    kind === 'accounts'
      ? { kind, filter: accountFilterIn(input, query) }
      : { kind, filter: invoiceFilterIn(input, query) }
  input.check()
  return { store, format, ...asked }
}
