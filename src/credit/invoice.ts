/** One instalment owed: how it is paid, cancelled, annotated and postponed. */
import { type Account, changedMeanwhile, isDecision, openAccountOf } from './account.ts'
import type { CommandOf } from './commands.ts'
import { type Context, type Decision, happened, refuse } from './decision.ts'
import type { Event } from './events.ts'
import { MAX_OWED, type Minor } from './money.ts'
import { addDays, type Instant, startOfDay } from './schedule.ts'
import type { Transaction } from './transaction.ts'
import type { View } from './view.ts'

export type InvoiceStatus = 'Opened' | 'Paid' | 'Cancelled'

export interface Invoice {
  readonly transactionId: string
  /** Counts the invoices of the transaction from 1. */
  readonly installment: number
  /** How many its settlement made. */
  readonly installments: number
  /** Which settlement of the transaction made it, from 1. */
  readonly settlement: number
  readonly value: Minor
  /** What refunds took off: value + creditValue is what its settlement stands at. */
  readonly creditValue: Minor
  readonly status: InvoiceStatus
  readonly dueAt: Instant
  readonly originalDueAt: Instant
  readonly postponements: number
  readonly postponedDays: number
  readonly orderId: string | null
  readonly friendlyId: string
  readonly observation: string | null
  readonly paymentLink: string | null
  readonly createdAt: Instant
  readonly updatedAt: Instant
  /** When it was paid or cancelled; null while it is open. */
  readonly resolvedAt: Instant | null
}

/** The most characters that an observation and a payment link may have. */
export const MAX_OBSERVATION_LENGTH = 2_000
export const MAX_LINK_LENGTH = 2_048

/** True for an absolute http(s) URL that a buyer can be sent to. */
export function isPaymentLink(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:'
  return isWeb && text.length <= MAX_LINK_LENGTH && !/\s/.test(text)
}

const INVOICE_ID = /^([0-9A-Fa-f]{32})-(\d{2,3})$/

/** `{TRANSACTION}-{kk}`. */
export function invoiceIdOf(transactionId: string, installment: number): string {
  return `${transactionId}-${String(installment).padStart(2, '0')}`
}

/** The transaction and the instalment that an invoice id names, or undefined if it can be none. */
export function parseInvoiceId(
  invoiceId: string,
): { transactionId: string; installment: number } | undefined {
  const match = INVOICE_ID.exec(invoiceId)
  if (!match?.[1] || !match[2]) return undefined
  const transactionId = match[1].toUpperCase()
  const installment = Number(match[2])
  const isCanonical = invoiceIdOf(transactionId, installment) === invoiceId.toUpperCase()
  return isCanonical ? { transactionId, installment } : undefined
}

/** Overdue is Opened with the due day gone by in the store's time zone; it is never stored. */
export function isOverdue(
  invoice: Pick<Invoice, 'status' | 'dueAt'>,
  now: Instant,
  timeZone: string,
): boolean {
  return invoice.status === 'Opened' && invoice.dueAt < startOfDay(now, timeZone)
}

interface Found {
  readonly account: Account
  readonly invoice: Invoice
  /** Where the command may cancel. */
  readonly transaction: Transaction | undefined
}

export function decideChangeInvoice(
  view: View,
  accountId: string,
  command: CommandOf<'changeInvoice'>,
): Decision {
  const { invoiceId, friendlyId, status } = command
  const found = invoiceOf(view, accountId, invoiceId)
  if (isDecision(found)) return found
  const { invoice } = found
  if (friendlyId !== undefined && friendlyId !== invoice.friendlyId) {
    return refuse('invoice-not-found', { invoiceId })
  }
  const stale = changedMeanwhile({ ...invoice }, { ...command.expected })
  if (stale) return stale
  const needsLeave = command.payingNeedsLeave && status === 'Paid' && invoice.status !== 'Paid'
  if (needsLeave && !command.mayPay) return refuse('missing-resource', { resource: 'Pay Invoice' })
  const moved = move(found, invoiceId, status ?? invoice.status, command.mayPay)
  if ('refusal' in moved) return moved
  const events = [...moved.events, ...annotation(invoice, command)]
  return events.length === 0 ? happened() : onOpenAccount(view, accountId, events)
}

export function decidePayInvoice(view: View, accountId: string, invoiceId: string): Decision {
  return decideMove(view, accountId, invoiceId, 'Paid')
}

export function decideCancelInvoice(view: View, accountId: string, invoiceId: string): Decision {
  return decideMove(view, accountId, invoiceId, 'Cancelled')
}

function decideMove(view: View, accountId: string, invoiceId: string, to: InvoiceStatus): Decision {
  const found = invoiceOf(view, accountId, invoiceId)
  if (isDecision(found)) return found
  const moved = move(found, invoiceId, to, true)
  if ('refusal' in moved || moved.events.length === 0) return moved
  return onOpenAccount(view, accountId, moved.events)
}

export function decidePostpone(
  view: View,
  accountId: string,
  command: CommandOf<'postponeInvoice'>,
  { config, timeZone }: Context,
): Decision {
  const { invoiceId, days } = command
  const account = openAccountOf(view, accountId)
  if (isDecision(account)) return account
  const found = invoiceOf(view, accountId, invoiceId)
  if (isDecision(found)) return found
  const { transactionId, installment, status, dueAt, postponements, postponedDays } = found.invoice
  if (!config.postponementEnabled) return refuse('postponement-disabled', {})
  if (status !== 'Opened') return refuse('postponement-not-open', { invoiceId, status })
  const most = config.invoicePostponementLimit
  if (postponements >= most) return refuse('postponement-limit', { most })
  const left = Math.max(0, config.maxPostponementDays - postponedDays)
  if (days > left) return refuse('postponement-days', { days, left })
  return happened({
    type: 'InvoicePostponed',
    transactionId,
    installment,
    days,
    dueAt: addDays(dueAt, days, timeZone),
  })
}

/** The event that takes an invoice to a state, none where it is there already, or the refusal. */
function move(
  { account, invoice, transaction }: Found,
  invoiceId: string,
  to: InvoiceStatus,
  mayPay: boolean,
): Decision {
  const { status: from, transactionId, installment, value } = invoice
  if (from === to) return happened()
  if (from === 'Opened' && to === 'Paid') {
    return happened({ type: 'InvoicePaid', transactionId, installment, value })
  }
  if (from === 'Paid' && to === 'Opened') {
    if (!mayPay) return refuse('missing-resource', { resource: 'Pay Invoice' })
    if (account.owed + value > MAX_OWED) return refuse('owed-too-large', { most: MAX_OWED })
    return happened({ type: 'PaymentTakenBack', transactionId, installment, value })
  }
  if (from !== 'Opened') return refuse('invoice-transition', { invoiceId, from, to })
  if (!transaction) throw new Error(`Invoice ${invoiceId} is cancelled without its transaction`)
  const refundable = transaction.settled - transaction.refunded
  if (value > refundable) return refuse('invoice-already-refunded', { value, refundable })
  const { orderId } = transaction
  return happened({ type: 'InvoiceCancelled', transactionId, installment, value, orderId })
}

function annotation(invoice: Invoice, command: CommandOf<'changeInvoice'>): Event[] {
  const { transactionId, installment } = invoice
  const { observation = invoice.observation, paymentLink = invoice.paymentLink } = command
  if (observation === invoice.observation && paymentLink === invoice.paymentLink) return []
  return [{ type: 'InvoiceAnnotated', transactionId, installment, observation, paymentLink }]
}

function onOpenAccount(view: View, accountId: string, events: readonly Event[]): Decision {
  const account = openAccountOf(view, accountId)
  return isDecision(account) ? account : { events }
}

function invoiceOf(view: View, accountId: string, invoiceId: string): Found | Decision {
  if (!view.account) return refuse('account-not-found', { accountId })
  const named = parseInvoiceId(invoiceId)
  const invoice = view.invoices.find(({ installment }) => installment === named?.installment)
  if (!named || !invoice) return refuse('invoice-not-found', { invoiceId })
  return { account: view.account, invoice, transaction: view.transaction }
}
