/** Rows of the database ↔ the types of the core. */
import type { Account, Holder } from '../credit/account.ts'
import type { Invoice, InvoiceStatus } from '../credit/invoice.ts'
import type { Transaction, TransactionStatus } from '../credit/transaction.ts'

export interface AccountRow {
  store_id: number
  account_id: string
  document: string
  document_type: string
  email: string
  status: string
  frozen_reason: string | null
  credit_limit: bigint
  tolerance: bigint
  owed: bigint
  held: bigint
  next_expiry: Date | null
  seq: bigint
  created_at: Date
  updated_at: Date
}

export interface TransactionRow {
  store_id: number
  account_id: string
  transaction_id: string
  status: string
  value: bigint
  first_value: bigint
  settle: boolean
  installments: number
  held: bigint
  settled: bigint
  refunded: bigint
  settlements: number
  invoice_count: number
  expires_at: Date
  order_id: string | null
  holder: string | null
  condition_id: string | null
  friendly_code: string
  created_at: Date
  updated_at: Date
}

export interface InvoiceRow {
  store_id: number
  account_id: string
  invoice_id: string
  transaction_id: string
  friendly_id: string
  installment: number
  installments: number
  settlement: number
  value: bigint
  credit_value: bigint
  status: string
  due_at: Date
  original_due_at: Date
  postponements: number
  postponed_days: number
  order_id: string | null
  observation: string | null
  payment_link: string | null
  created_at: Date
  updated_at: Date
  resolved_at: Date | null
}

export interface HolderRow {
  store_id: number
  account_id: string
  holder_id: string
  email: string
  created_at: Date
}

/**
 * The columns by name: a `*` would break prepared statements under a running server when a later
 * version adds a column.
 */
export const ACCOUNT_COLUMNS: readonly (keyof AccountRow)[] = [
  'store_id',
  'account_id',
  'document',
  'document_type',
  'email',
  'status',
  'frozen_reason',
  'credit_limit',
  'tolerance',
  'owed',
  'held',
  'next_expiry',
  'seq',
  'created_at',
  'updated_at',
]

export const TRANSACTION_COLUMNS: readonly (keyof TransactionRow)[] = [
  'store_id',
  'account_id',
  'transaction_id',
  'status',
  'value',
  'first_value',
  'settle',
  'installments',
  'held',
  'settled',
  'refunded',
  'settlements',
  'invoice_count',
  'expires_at',
  'order_id',
  'holder',
  'condition_id',
  'friendly_code',
  'created_at',
  'updated_at',
]

export const INVOICE_COLUMNS: readonly (keyof InvoiceRow)[] = [
  'store_id',
  'account_id',
  'invoice_id',
  'transaction_id',
  'friendly_id',
  'installment',
  'installments',
  'settlement',
  'value',
  'credit_value',
  'status',
  'due_at',
  'original_due_at',
  'postponements',
  'postponed_days',
  'order_id',
  'observation',
  'payment_link',
  'created_at',
  'updated_at',
  'resolved_at',
]

export const HOLDER_COLUMNS: readonly (keyof HolderRow)[] = [
  'store_id',
  'account_id',
  'holder_id',
  'email',
  'created_at',
]

/** Columns of a table that has an alias in the query. */
export function prefixed(alias: string, columns: readonly string[]): string[] {
  return columns.map((column) => `${alias}.${column}`)
}

export function toAccount(row: AccountRow): Account {
  return {
    id: row.account_id,
    document: row.document,
    documentType: row.document_type,
    email: row.email,
    status: row.status as Account['status'],
    frozenReason: row.frozen_reason,
    limit: row.credit_limit,
    tolerance: row.tolerance,
    owed: row.owed,
    held: row.held,
    nextExpiry: row.next_expiry?.getTime() ?? null,
    seq: Number(row.seq),
    createdAt: row.created_at.getTime(),
    updatedAt: row.updated_at.getTime(),
  }
}

export function toTransaction(row: TransactionRow): Transaction {
  return {
    id: row.transaction_id,
    status: row.status as TransactionStatus,
    value: row.value,
    firstValue: row.first_value,
    settle: row.settle,
    installments: row.installments,
    held: row.held,
    settled: row.settled,
    refunded: row.refunded,
    settlements: row.settlements,
    invoiceCount: row.invoice_count,
    expiresAt: row.expires_at.getTime(),
    orderId: row.order_id,
    holder: row.holder,
    conditionId: row.condition_id,
    friendlyCode: row.friendly_code,
    createdAt: row.created_at.getTime(),
    updatedAt: row.updated_at.getTime(),
  }
}

export function toInvoice(row: InvoiceRow): Invoice {
  return {
    transactionId: row.transaction_id,
    installment: row.installment,
    installments: row.installments,
    settlement: row.settlement,
    value: row.value,
    creditValue: row.credit_value,
    status: row.status as InvoiceStatus,
    dueAt: row.due_at.getTime(),
    originalDueAt: row.original_due_at.getTime(),
    postponements: row.postponements,
    postponedDays: row.postponed_days,
    orderId: row.order_id,
    friendlyId: row.friendly_id,
    observation: row.observation,
    paymentLink: row.payment_link,
    createdAt: row.created_at.getTime(),
    updatedAt: row.updated_at.getTime(),
    resolvedAt: row.resolved_at?.getTime() ?? null,
  }
}

export function toHolder(row: HolderRow): Holder {
  return { id: row.holder_id, email: row.email, createdAt: row.created_at.getTime() }
}
