/** (what is seen of an account, event) → what is seen after it. Replaying a ledger uses nothing else. */
import type { Account } from './account.ts'
import type { Event, EventOf, InvoiceNamed, Reduction } from './events.ts'
import type { Invoice, InvoiceStatus } from './invoice.ts'
import { type Minor, maxOf } from './money.ts'
import type { Instant } from './schedule.ts'
import { authorizedTransaction, type Transaction } from './transaction.ts'
import type { View } from './view.ts'

/** The view after `event`, which happened to the account `accountId` at the instant `at`. */
export function evolve(view: View, accountId: string, event: Event, at: Instant): View {
  if (event.type === 'AccountOpened') return { ...view, account: opened(accountId, event, at) }
  const { account } = view
  if (!account) throw new Error(`${event.type} on an account that was never opened`)
  const next = { ...account, seq: account.seq + 1, updatedAt: at }
  switch (event.type) {
    case 'AccountIdentified': {
      const { document, documentType, email } = event
      return { ...view, account: { ...next, document, documentType, email } }
    }
    case 'AccountFrozen':
      return { ...view, account: { ...next, frozenReason: event.reason } }
    case 'AccountUnfrozen':
      return { ...view, account: { ...next, frozenReason: null } }
    case 'AccountClosed':
      return { ...view, account: { ...next, status: 'Closed' } }
    case 'LimitChanged':
      return { ...view, account: { ...next, limit: event.to } }
    case 'ToleranceChanged':
      return { ...view, account: { ...next, tolerance: event.to } }
    case 'Debited':
      return { ...view, account: owing(next, -event.value), debit: event.value }
    case 'HolderAdded': {
      const holder = { id: event.holderId, email: event.email, createdAt: at }
      return { ...view, account: next, holders: [...view.holders, holder] }
    }
    case 'HolderRemoved': {
      const holders = view.holders.filter(({ id }) => id !== event.holderId)
      return { ...view, account: next, holders }
    }
    case 'TransactionAuthorized': {
      const transaction = authorizedTransaction(event, at)
      return { ...view, account: holding(next, event.value, event.expiresAt), transaction }
    }
    case 'InvoicePaid':
      return {
        ...view,
        account: owing(next, -event.value),
        invoices: moved(view.invoices, event, 'Paid', at),
      }
    case 'PaymentTakenBack':
      return {
        ...view,
        account: owing(next, event.value),
        invoices: moved(view.invoices, event, 'Opened', at),
      }
    case 'InvoiceAnnotated': {
      const { observation, paymentLink } = event
      const noted = () => ({ observation, paymentLink, updatedAt: at })
      return { ...view, account: next, invoices: changed(view.invoices, event, noted) }
    }
    case 'InvoicePostponed': {
      const postponed = ({ postponements, postponedDays }: Invoice) => ({
        dueAt: event.dueAt,
        postponements: postponements + 1,
        postponedDays: postponedDays + event.days,
        updatedAt: at,
      })
      return { ...view, account: next, invoices: changed(view.invoices, event, postponed) }
    }
    default:
      return evolveTransaction({ ...view, account: next }, next, event, at)
  }
}

type TransactionEvent = Extract<Event, { transactionId: string }>
/** Events of an invoice that leave its transaction as it is. */
type InvoiceEventType = 'InvoicePaid' | 'PaymentTakenBack' | 'InvoiceAnnotated' | 'InvoicePostponed'

/** Events that change a transaction that stands already. */
function evolveTransaction(
  view: View,
  account: Account,
  event: Exclude<TransactionEvent, { type: 'TransactionAuthorized' | InvoiceEventType }>,
  at: Instant,
): View {
  if (view.transaction?.id !== event.transactionId) {
    throw new Error(`${event.type} on transaction ${event.transactionId}, which is not in view`)
  }
  const transaction = { ...view.transaction, updatedAt: at }
  switch (event.type) {
    case 'TransactionChanged': {
      const { value, settle, installments, expiresAt } = event
      return {
        ...view,
        account: holding(account, value - transaction.held, expiresAt),
        transaction: { ...transaction, value, settle, installments, expiresAt, held: value },
      }
    }
    case 'TransactionCancelled':
      return release({ ...view, account }, { ...transaction, status: 'Cancelled' }, event.released)
    case 'TransactionExpired': {
      const status = transaction.status === 'Authorized' ? 'Expired' : transaction.status
      return release({ ...view, account }, { ...transaction, status }, event.released)
    }
    case 'HoldReleased':
      return release({ ...view, account }, transaction, event.released)
    case 'TransactionSettled':
      return settled({ ...view, account }, transaction, event, at)
    case 'SettlementLowered': {
      const lowered = { ...transaction, settled: transaction.settled - event.value }
      const invoices = reduce(view.invoices, event.reductions, false, at)
      const after = { ...view, account: owing(account, -event.value), invoices }
      return release(after, lowered, event.released)
    }
    case 'TransactionRefunded':
      return {
        ...view,
        account: owing(account, -event.value),
        transaction: { ...transaction, refunded: transaction.refunded + event.value },
        invoices: reduce(view.invoices, event.reductions, true, at),
      }
    case 'InvoiceCancelled':
      return {
        ...view,
        account: owing(account, -event.value),
        transaction: { ...transaction, refunded: transaction.refunded + event.value },
        invoices: moved(view.invoices, event, 'Cancelled', at),
      }
  }
}

function opened(accountId: string, event: EventOf<'AccountOpened'>, at: Instant): Account {
  return {
    id: accountId,
    document: event.document,
    documentType: event.documentType,
    email: event.email,
    status: 'Open',
    frozenReason: null,
    limit: event.limit,
    tolerance: event.tolerance,
    owed: 0n,
    held: 0n,
    nextExpiry: null,
    seq: 1,
    createdAt: at,
    updatedAt: at,
  }
}

function owing(account: Account, more: Minor): Account {
  return { ...account, owed: account.owed + more }
}

/** Holds `more` until `expiresAt` at the latest; `nextExpiry` may only ever be too early. */
function holding(account: Account, more: Minor, expiresAt: Instant): Account {
  const nextExpiry = Math.min(account.nextExpiry ?? expiresAt, expiresAt)
  return { ...account, held: account.held + more, nextExpiry }
}

function release(view: View & { account: Account }, transaction: Transaction, by: Minor): View {
  const { account } = view
  return {
    ...view,
    account: withHeld(account, account.held - by),
    transaction: { ...transaction, held: transaction.held - by },
  }
}

function withHeld(account: Account, held: Minor): Account {
  return { ...account, held, nextExpiry: held === 0n ? null : account.nextExpiry }
}

function settled(
  view: View & { account: Account },
  transaction: Transaction,
  event: EventOf<'TransactionSettled'>,
  at: Instant,
): View {
  const settlement = transaction.settlements + 1
  const total = transaction.settled + event.value
  const fresh = event.invoices.map(
    (invoice): Invoice => ({
      ...invoice,
      transactionId: transaction.id,
      settlement,
      creditValue: 0n,
      status: 'Opened',
      originalDueAt: invoice.dueAt,
      postponements: 0,
      postponedDays: 0,
      orderId: transaction.orderId,
      friendlyId: `${transaction.friendlyCode}-${invoice.installment}`,
      observation: null,
      paymentLink: null,
      createdAt: at,
      updatedAt: at,
      resolvedAt: null,
    }),
  )
  const after: Transaction = {
    ...transaction,
    status: 'Settled',
    value: maxOf(total, transaction.value),
    settled: total,
    settlements: settlement,
    invoiceCount: transaction.invoiceCount + fresh.length,
  }
  const account = owing(view.account, event.value)
  const invoices = [...view.invoices, ...fresh]
  return release({ ...view, account, invoices }, after, event.fromHold + event.released)
}

function reduce(
  invoices: readonly Invoice[],
  reductions: readonly Reduction[],
  isRefund: boolean,
  at: Instant,
): Invoice[] {
  const byInstallment = new Map(reductions.map(({ installment, by }) => [installment, by]))
  return invoices.map((invoice) => {
    const by = byInstallment.get(invoice.installment)
    if (by === undefined) return invoice
    const value = invoice.value - by
    const creditValue = isRefund ? invoice.creditValue + by : invoice.creditValue
    const reduced = { ...invoice, value, creditValue, updatedAt: at }
    return value > 0n ? reduced : { ...reduced, status: 'Cancelled', resolvedAt: at }
  })
}

function moved(
  invoices: readonly Invoice[],
  named: InvoiceNamed,
  status: InvoiceStatus,
  at: Instant,
): Invoice[] {
  const resolvedAt = status === 'Opened' ? null : at
  return changed(invoices, named, () => ({ status, resolvedAt, updatedAt: at }))
}

function changed(
  invoices: readonly Invoice[],
  { transactionId, installment }: InvoiceNamed,
  change: (invoice: Invoice) => Partial<Invoice>,
): Invoice[] {
  const isNamed = (invoice: Invoice) =>
    invoice.installment === installment && invoice.transactionId === transactionId
  if (!invoices.some(isNamed)) {
    throw new Error(`Invoice ${installment} of transaction ${transactionId} is not in view`)
  }
  return invoices.map((invoice) =>
    isNamed(invoice) ? { ...invoice, ...change(invoice) } : invoice,
  )
}
