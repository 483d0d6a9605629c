/** Invoices, as the API answers them, and what can be done with them. */
import { type QueryValues, request } from './client.ts'

/** In the Admin each invoice is in one of these: what is overdue is no longer open. */
export const INVOICE_STATES = ['Opened', 'Overdue', 'Paid', 'Cancelled'] as const

export type InvoiceState = (typeof INVOICE_STATES)[number]

export interface Invoice {
  readonly id: string
  readonly friendlyId: string
  readonly status: 'Opened' | 'Paid' | 'Cancelled'
  readonly overdue: boolean
  readonly value: number
  readonly accountId: string
  /** What refunds took off. */
  readonly creditValue: number
  readonly createdAt: string
  readonly resolvedAt: string | null
  readonly updatedAt: string
  readonly paymentLink: string | null
  readonly originalDueDate: string
  readonly dueDate: string
  readonly installment: number
  readonly orderId: string
  readonly observation: string | null
  readonly transactionId: string
  readonly numberOfInstallments: number
  readonly settlement: number
}

export interface ListedInvoice extends Invoice {
  readonly accountEmail: string
}

export interface Sum {
  readonly count: number
  readonly value: number
}

export interface InvoiceList {
  readonly data: readonly ListedInvoice[]
  readonly states: readonly (Sum & { readonly status: InvoiceState })[]
  readonly total: Sum
}

/** An entry of the history of an invoice. */
export interface HistoryEntry {
  readonly seq: number
  readonly at: string
  readonly doneBy: string
  readonly type: string
  readonly value?: number
  readonly days?: number
  readonly dueDate?: string
  readonly observation?: string | null
  readonly paymentLink?: string | null
  readonly reductions?: readonly { readonly installment: number; readonly by: number }[]
}

export interface InvoiceDetails extends ListedInvoice {
  readonly accountStatus: 'Open' | 'Closed'
  readonly postponements: number
  readonly postponedDays: number
  readonly sisters: readonly Invoice[]
  readonly history: readonly HistoryEntry[]
}

/** What names an invoice in a write. */
export type InvoiceName = Pick<Invoice, 'id' | 'accountId'>

export interface InvoiceNotes {
  readonly observation: string | null
  readonly paymentLink: string | null
}

const ADMIN = '/api/admin/invoices'

/** Everything that is kept under this key is about invoices. */
export const INVOICES_KEY = 'invoices'

export const listInvoices = (query: QueryValues, signal: AbortSignal) =>
  request<InvoiceList>('GET', ADMIN, { query, signal })

export const readInvoice = (invoiceId: string, signal: AbortSignal) =>
  request<InvoiceDetails>('GET', `${ADMIN}/${encodeURIComponent(invoiceId)}`, { signal })

export const payInvoice = (invoice: InvoiceName, key: string) =>
  request<Invoice>('POST', `${pathOf(invoice)}/payments`, { key })

export const cancelInvoice = (invoice: InvoiceName, key: string) =>
  request<void>('DELETE', pathOf(invoice), { key })

export const takePaymentBack = (invoice: InvoiceName, key: string) =>
  request<void>('PUT', pathOf(invoice), { body: { status: 'Opened' }, key })

export const postponeInvoice = (
  { invoice, dueDays }: { invoice: InvoiceName; dueDays: number },
  key: string,
) => request<void>('PUT', `${pathOf(invoice)}/postponement`, { body: { dueDays }, key })

/** Only what is given is changed. */
export const annotateInvoice = (
  { invoice, notes }: { invoice: InvoiceName; notes: Partial<InvoiceNotes> },
  key: string,
) => request<void>('PUT', pathOf(invoice), { body: notes, key })

/** The state that a reader sees. */
export function stateOf({ status, overdue }: Pick<Invoice, 'status' | 'overdue'>): InvoiceState {
  return overdue ? 'Overdue' : status
}

function pathOf({ id, accountId }: InvoiceName): string {
  const account = encodeURIComponent(accountId)
  return `/api/creditcontrol/accounts/${account}/invoices/${encodeURIComponent(id)}`
}
