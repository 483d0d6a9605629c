/** The tables that a batch writes, column by column; their definitions are in migrations/. */
import type { Account, Holder } from '../credit/account.ts'
import { encodeEvent } from '../credit/events.ts'
import { emailKey } from '../credit/identity.ts'
import { invoiceIdOf } from '../credit/invoice.ts'
import type { Instant } from '../credit/schedule.ts'
import type { Transaction } from '../credit/transaction.ts'
import type { DatedInvoice, InvoiceDelta } from './invoice-totals.ts'
import { type Column, Table } from './table.ts'
import type {
  ClaimChange,
  MovedAccount,
  NewDebit,
  NewEntry,
  NewKey,
  Written,
} from './working-set.ts'

/** The text of an instant. One batch writes the same few instants over and over. */
function iso(at: Instant): string
function iso(at: Instant | null): string | null
function iso(at: Instant | null): string | null {
  if (at === null) return null
  if (at !== lastIso.at) lastIso = { at, text: new Date(at).toISOString() }
  return lastIso.text
}
let lastIso = { at: 0, text: new Date(0).toISOString() }

/** The first two columns of every table of an account. */
function owner<T>(): Column<Written<T>>[] {
  return [
    ['store_id', 'integer', ({ ref }) => ref.storeId],
    ['account_id', 'text', ({ ref }) => ref.accountId],
  ]
}

/** What an authorization, a settlement or a payment changes of an account. */
const MOVING: readonly Column<Written<Account>>[] = [
  ['owed', 'bigint', ({ value }) => value.owed],
  ['held', 'bigint', ({ value }) => value.held],
  ['next_expiry', 'timestamptz', ({ value }) => iso(value.nextExpiry)],
  ['seq', 'bigint', ({ value }) => value.seq],
  ['updated_at', 'timestamptz', ({ value }) => iso(value.updatedAt)],
]

export const ACCOUNTS = new Table<Written<Account>>('account', {
  key: owner<Account>(),
  fixed: [['created_at', 'timestamptz', ({ value }) => iso(value.createdAt)]],
  changing: [
    ['document', 'text', ({ value }) => value.document],
    ['document_type', 'text', ({ value }) => value.documentType],
    ['email', 'text', ({ value }) => value.email],
    ['email_key', 'text', ({ value }) => emailKey(value.email)],
    ['status', 'text', ({ value }) => value.status],
    ['frozen_reason', 'text', ({ value }) => value.frozenReason],
    ['credit_limit', 'bigint', ({ value }) => value.limit],
    ['tolerance', 'bigint', ({ value }) => value.tolerance],
    ...MOVING,
  ],
})

/** The same accounts, where nothing but totals moved. */
export const ACCOUNT_TOTALS = new Table<MovedAccount>('account', {
  key: owner<Account>(),
  changing: MOVING,
  version: ['seq', 'bigint', ({ was }) => was],
})

export const CLAIMS = new Table<ClaimChange>('claim', {
  key: [
    ['store_id', 'integer', ({ storeId }) => storeId],
    ['kind', 'text', ({ claim }) => claim.kind],
    ['value', 'text', ({ claim }) => claim.value],
    ['account_id', 'text', ({ accountId }) => accountId],
  ],
})

export const HOLDERS = new Table<Written<Holder>>('holder', {
  key: [...owner<Holder>(), ['holder_id', 'text', ({ value }) => value.id]],
  fixed: [
    ['email', 'text', ({ value }) => value.email],
    ['email_key', 'text', ({ value }) => emailKey(value.email)],
    ['created_at', 'timestamptz', ({ value }) => iso(value.createdAt)],
  ],
})

export const TRANSACTIONS = new Table<Written<Transaction>>('transaction', {
  key: [...owner<Transaction>(), ['transaction_id', 'text', ({ value }) => value.id]],
  fixed: [
    ['first_value', 'bigint', ({ value }) => value.firstValue],
    ['order_id', 'text', ({ value }) => value.orderId],
    ['holder', 'text', ({ value }) => value.holder],
    ['condition_id', 'text', ({ value }) => value.conditionId],
    ['friendly_code', 'text', ({ value }) => value.friendlyCode],
    ['created_at', 'timestamptz', ({ value }) => iso(value.createdAt)],
  ],
  changing: [
    ['status', 'text', ({ value }) => value.status],
    ['value', 'bigint', ({ value }) => value.value],
    ['settle', 'boolean', ({ value }) => value.settle],
    ['installments', 'smallint', ({ value }) => value.installments],
    ['held', 'bigint', ({ value }) => value.held],
    ['settled', 'bigint', ({ value }) => value.settled],
    ['refunded', 'bigint', ({ value }) => value.refunded],
    ['settlements', 'integer', ({ value }) => value.settlements],
    ['invoice_count', 'integer', ({ value }) => value.invoiceCount],
    ['expires_at', 'timestamptz', ({ value }) => iso(value.expiresAt)],
    ['updated_at', 'timestamptz', ({ value }) => iso(value.updatedAt)],
  ],
})

export const INVOICES = new Table<Written<DatedInvoice>>('invoice', {
  key: [
    ...owner<DatedInvoice>(),
    ['invoice_id', 'text', ({ value }) => invoiceIdOf(value.transactionId, value.installment)],
  ],
  fixed: [
    ['transaction_id', 'text', ({ value }) => value.transactionId],
    ['friendly_id', 'text', ({ value }) => value.friendlyId],
    ['installment', 'integer', ({ value }) => value.installment],
    ['installments', 'integer', ({ value }) => value.installments],
    ['settlement', 'integer', ({ value }) => value.settlement],
    ['original_due_at', 'timestamptz', ({ value }) => iso(value.originalDueAt)],
    ['order_id', 'text', ({ value }) => value.orderId],
    ['created_at', 'timestamptz', ({ value }) => iso(value.createdAt)],
    ['created_on', 'date', ({ value }) => value.createdOn],
  ],
  changing: [
    ['value', 'bigint', ({ value }) => value.value],
    ['credit_value', 'bigint', ({ value }) => value.creditValue],
    ['status', 'text', ({ value }) => value.status],
    ['due_at', 'timestamptz', ({ value }) => iso(value.dueAt)],
    ['due_on', 'date', ({ value }) => value.dueOn],
    ['postponements', 'integer', ({ value }) => value.postponements],
    ['postponed_days', 'integer', ({ value }) => value.postponedDays],
    ['observation', 'text', ({ value }) => value.observation],
    ['payment_link', 'text', ({ value }) => value.paymentLink],
    ['updated_at', 'timestamptz', ({ value }) => iso(value.updatedAt)],
    ['resolved_at', 'timestamptz', ({ value }) => iso(value.resolvedAt)],
  ],
})

export const INVOICE_DELTAS = new Table<InvoiceDelta>('invoice_delta', {
  key: [
    ['store_id', 'integer', ({ storeId }) => storeId],
    ['account_id', 'text', ({ accountId }) => accountId],
    ['created_on', 'date', ({ createdOn }) => createdOn],
    ['due_on', 'date', ({ dueOn }) => dueOn],
    ['status', 'text', ({ status }) => status],
  ],
  fixed: [
    ['invoices', 'integer', ({ invoices }) => invoices],
    ['value', 'bigint', ({ value }) => value],
  ],
})

export const DEBITS = new Table<Written<NewDebit>>('debit', {
  key: [...owner<NewDebit>(), ['statement_id', 'text', ({ value }) => value.statementId]],
  fixed: [
    ['value', 'bigint', ({ value }) => value.value],
    ['created_at', 'timestamptz', ({ value }) => iso(value.at)],
  ],
})

export const ENTRIES = new Table<NewEntry>('entry', {
  key: [
    ['store_id', 'integer', ({ storeId }) => storeId],
    ['account_id', 'text', ({ accountId }) => accountId],
    ['seq', 'bigint', ({ seq }) => seq],
  ],
  fixed: [
    ['at', 'timestamptz', ({ at }) => iso(at)],
    ['kind', 'text', ({ event }) => event.type],
    ['done_by', 'text', ({ doneBy }) => doneBy],
    ['origin', 'text', ({ line }) => line?.origin ?? null],
    ['value', 'bigint', ({ line }) => line?.value ?? null],
    ['credit_limit', 'bigint', ({ after }) => after.limit],
    ['tolerance', 'bigint', ({ after }) => after.tolerance],
    ['owed', 'bigint', ({ after }) => after.owed],
    ['held', 'bigint', ({ after }) => after.held],
    ['data', 'jsonb', ({ event }) => encodeEvent(event)],
  ],
})

export const KEYS = new Table<NewKey>('idempotency', {
  key: [
    ['store_id', 'integer', ({ storeId }) => storeId],
    ['idempotency_key', 'text', ({ key }) => key],
    ['account_id', 'text', ({ scope }) => scope],
  ],
  fixed: [
    ['fingerprint', 'text', ({ fingerprint }) => fingerprint],
    ['status', 'smallint', ({ answer }) => answer.status],
    ['body', 'text', ({ answer }) => answer.body],
    ['created_at', 'timestamptz', ({ at }) => iso(at)],
  ],
})
