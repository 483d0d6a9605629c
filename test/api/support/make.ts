/** Accounts, holds and invoices to test with, each made through the API and with ids of its own. */
import type { Call } from './api.ts'
import { ok } from './expect.ts'

let made = 0

/** A document and an e-mail that no other account of the test file has. */
export function newBuyer(): { document: string; documentType: string; email: string } {
  made += 1
  return {
    document: String(10_000_000_000 + made),
    documentType: 'CPF',
    email: `buyer${made}@example.com`,
  }
}

export interface Opened {
  readonly id: string
  /** `/accounts/{id}`. */
  readonly path: string
  readonly document: string
  readonly documentType: string
  readonly email: string
}

/** Opens an account with a limit of 1,000 where nothing else is said. */
export async function openAccount(
  call: Call,
  fields: Record<string, unknown> = {},
): Promise<Opened> {
  const body = { ...newBuyer(), creditLimit: 1000, ...fields }
  const { id, document, documentType, email } = ok(await call('POST', '/accounts', body))
  return { id, path: `/accounts/${id}`, document, documentType, email }
}

export interface Hold {
  readonly id: string
  /** `/accounts/{id}/transactions/{id}`. */
  readonly path: string
}

/** Holds `value` on an account. */
export async function hold(
  call: Call,
  account: Opened,
  value: number | string,
  fields: Record<string, unknown> = {},
): Promise<Hold> {
  const { id } = ok(await call('POST', `${account.path}/transactions`, { value, ...fields }))
  return { id, path: `${account.path}/transactions/${id}` }
}

export interface Order extends Hold {
  /** The paths of its invoices, in their order. */
  readonly invoices: readonly string[]
  readonly invoiceIds: readonly string[]
}

/** Holds and settles `value` in a number of instalments. */
export async function order(
  call: Call,
  account: Opened,
  value: number | string,
  installments = 1,
  fields: Record<string, unknown> = {},
): Promise<Order> {
  const { id, path } = await hold(call, account, value, { installments, ...fields })
  ok(await call('PUT', `${path}/settlement`, { value }))
  const invoiceIds = await invoiceIdsOf(call, account, id)
  return {
    id,
    path,
    invoiceIds,
    invoices: invoiceIds.map((invoiceId) => `${account.path}/invoices/${invoiceId}`),
  }
}

export interface InvoiceJson {
  readonly id: string
  readonly status: string
  readonly value: number
  readonly transactionId: string
  readonly dueDate: string
  readonly friendlyId: string
  readonly installment: number
  readonly numberOfInstallments: number
  readonly creditValue: number
}

/** All invoices of an account. */
export async function invoicesOf(call: Call, account: Opened): Promise<InvoiceJson[]> {
  return ok(await call('GET', `${account.path}/invoices?from=1&to=1000`)).data
}

/** `status value` of each invoice of an account, in their order. */
export async function invoiceLines(call: Call, account: Opened): Promise<string[]> {
  const invoices = await invoicesOf(call, account)
  return invoices.map(({ status, value }) => `${status} ${value}`)
}

async function invoiceIdsOf(call: Call, account: Opened, transactionId: string) {
  const invoices = await invoicesOf(call, account)
  return invoices.filter((invoice) => invoice.transactionId === transactionId).map(({ id }) => id)
}

/** What an account has: limit, balance, held, available. */
export async function totalsOf(call: Call, account: Opened) {
  const { creditLimit, balance, preAuthorizedCredit, availableCredit } = ok(
    await call('GET', account.path),
  )
  return { creditLimit, balance, preAuthorizedCredit, availableCredit }
}

export interface StatementLine {
  readonly value: number
  readonly date: string
  readonly doneBy: string
  readonly origin: string
  readonly metadata?: Record<string, unknown>
}

export async function statementsOf(call: Call, account: Opened): Promise<StatementLine[]> {
  return ok(await call('GET', `${account.path}/statements`)).statements
}

/** Closes an account that owes an invoice and is owed as much: its totals are zero. */
export async function closeWithOpenInvoice(call: Call): Promise<Opened & { invoice: string }> {
  const account = await openAccount(call)
  const paid = await order(call, account, 50)
  ok(await call('POST', `${paid.invoices[0]}/payments`))
  ok(await call('POST', `${paid.path}/refunds`, { value: 50 }))
  const open = await order(call, account, 50)
  ok(await call('DELETE', account.path))
  return { ...account, invoice: open.invoices[0] ?? '' }
}

/** A closed account that never had anything. */
export async function closedAccount(call: Call): Promise<Opened> {
  const account = await openAccount(call)
  ok(await call('DELETE', account.path))
  return account
}
