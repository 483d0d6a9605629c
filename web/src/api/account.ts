/** One account and what belongs to it. */
import type { Account } from './accounts.ts'
import { request } from './client.ts'

const CONTROL = '/api/creditcontrol/accounts'
const ADMIN = '/api/admin/accounts'

export interface AccountInvoice {
  readonly id: string
  readonly friendlyId: string
  readonly status: 'Opened' | 'Paid' | 'Cancelled'
  readonly overdue: boolean
  readonly value: number
  readonly dueDate: string
  readonly orderId: string
  readonly installment: number
  readonly numberOfInstallments: number
}

export interface Listed<T> {
  readonly data: readonly T[]
  readonly paging: { readonly total: number }
}

export interface Authorization {
  readonly id: string
  readonly value: number
  readonly held: number
  readonly settled: number
  readonly settle: boolean
  readonly expirationDate: string
  readonly orderId: string | null
  readonly holder: string | null
  readonly createdAt: string
}

export interface Holder {
  /** 1: the owner of the account; 2: an additional holder. */
  readonly level: number
  readonly id: string
  readonly claims: { readonly email: string }
  readonly createdAt: string
}

export interface HolderList {
  readonly data: readonly Holder[]
}

export type StatementOrigin = 'Credit' | 'Invoice' | 'Payment' | 'Statement'

export interface StatementLine {
  readonly value: number
  readonly date: string
  readonly doneBy: string
  readonly origin: StatementOrigin
  readonly metadata?: {
    readonly orderId?: string
    readonly transactionId?: string
    readonly statementId?: string
    readonly installment?: number
  }
}

export interface Statement {
  /** The oldest first. */
  readonly statements: readonly StatementLine[]
  readonly previousBalance: number
  readonly truncated: boolean
}

/** An entry of the ledger that changed the terms of an account. */
export interface TermsEntry {
  readonly seq: number
  readonly at: string
  readonly doneBy: string
  readonly type: string
  readonly document?: string
  readonly documentType?: string
  readonly email?: string
  readonly creditLimit?: number
  readonly from?: number
  readonly to?: number
  readonly reason?: string
}

export interface Terms {
  /** Decimal strings: what was typed reaches the server digit by digit. */
  readonly creditLimit?: string
  readonly tolerance?: string
}

export interface TermsChange {
  readonly id: string
  readonly change: Terms
  /** What the person saw; where it is not so any more, nothing changes. */
  readonly expected: { readonly creditLimit: number; readonly tolerance: number }
  readonly reason: string
}

export interface OfAccount {
  readonly id: string
}

interface Position {
  readonly from: number
  readonly to: number
}

const of = (base: string, id: string, rest = '') => `${base}/${encodeURIComponent(id)}${rest}`

export const readAccount = (id: string, signal: AbortSignal): Promise<Account> =>
  request('GET', of(CONTROL, id), { signal })

/** Changes the limit, the tolerance or both, each by the operation that asks for least. */
export function changeTerms(
  { id, change, expected, reason }: TermsChange,
  key: string,
): Promise<Account> {
  const why = reason.trim() === '' ? {} : { reason: reason.trim() }
  const { creditLimit, tolerance } = change
  if (creditLimit !== undefined && tolerance !== undefined) {
    return request('PUT', of(CONTROL, id), { body: { ...change, expected, ...why }, key })
  }
  if (creditLimit !== undefined) {
    const body = { value: creditLimit, expected: expected.creditLimit, ...why }
    return request('PUT', of(CONTROL, id, '/creditlimit'), { body, key })
  }
  const body = { value: tolerance, expected: expected.tolerance, ...why }
  return request('PUT', of(CONTROL, id, '/tolerance'), { body, key })
}

export interface Freezing extends OfAccount {
  readonly frozen: boolean
  readonly reason: string
}

export const freezeAccount = ({ id, frozen, reason }: Freezing, key: string): Promise<Account> =>
  request('PUT', of(CONTROL, id, '/freeze'), { body: { frozen, reason: reason.trim() }, key })

export const closeAccount = ({ id }: OfAccount, key: string): Promise<Account> =>
  request('DELETE', of(CONTROL, id), { key })

export const readHolders = (id: string, signal: AbortSignal): Promise<HolderList> =>
  request('GET', of(CONTROL, id, '/holders'), { signal })

export interface NewHolder extends OfAccount {
  readonly email: string
}

export const addHolder = ({ id, email }: NewHolder, key: string): Promise<Holder> =>
  request('POST', of(CONTROL, id, '/holders'), { body: { claims: { email } }, key })

export interface HolderOf extends OfAccount {
  readonly holderId: string
}

export const removeHolder = ({ id, holderId }: HolderOf, key: string): Promise<{ id: string }> =>
  request('DELETE', of(CONTROL, id, `/holders/${encodeURIComponent(holderId)}`), { key })

export const readAuthorizations = (
  id: string,
  position: Position,
  signal: AbortSignal,
): Promise<Listed<Authorization>> =>
  request('GET', of(ADMIN, id, '/authorizations'), { query: { ...position }, signal })

export interface Settlement extends OfAccount {
  readonly transactionId: string
  /** The total settled so far. */
  readonly value: string
}

export const settle = ({ id, transactionId, value }: Settlement, key: string): Promise<unknown> =>
  request('PUT', of(CONTROL, id, `/transactions/${transactionId}/settlement`), {
    body: { value },
    key,
  })

export interface Cancelling extends OfAccount {
  readonly authorization: Authorization
}

/** One that was made to be settled says first that it is not, or the server keeps it. */
export async function cancelAuthorization(
  { id, authorization }: Cancelling,
  key: string,
): Promise<void> {
  const path = of(CONTROL, id, `/transactions/${authorization.id}`)
  if (authorization.settle) {
    await request('PUT', path, { body: { settle: false }, key: `${key}-1` })
  }
  await request('DELETE', path, { key })
}

export const readAccountInvoices = (
  accountId: string,
  position: Position,
  signal: AbortSignal,
): Promise<Listed<AccountInvoice>> =>
  request('GET', '/api/admin/invoices', { query: { accountId, ...position }, signal })

export const readStatement = (
  id: string,
  period: { readonly from: string; readonly to: string },
  signal: AbortSignal,
): Promise<Statement> => request('GET', of(CONTROL, id, '/statements'), { query: period, signal })

export const readTermsHistory = (
  id: string,
  position: Position,
  signal: AbortSignal,
): Promise<Listed<TermsEntry>> =>
  request('GET', of(ADMIN, id, '/history'), { query: { ...position }, signal })
