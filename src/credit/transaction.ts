/** A hold on credit for one order, and the invoices that its settlements make. */
import { type Account, creditRefusal, isDecision, openAccountOf } from './account.ts'
import type { CommandOf } from './commands.ts'
import { type Context, type Decision, happened, refuse } from './decision.ts'
import type { Event, EventOf, NewInvoice, Reduction } from './events.ts'
import { emailKey } from './identity.ts'
import type { Invoice } from './invoice.ts'
import { grownBy, type Minor, maxOf, minOf } from './money.ts'
import { addDays, HOLD_DAYS, type Instant, installmentSchedule } from './schedule.ts'
import type { View } from './view.ts'

/** `Settled` as soon as one settlement stands; a rest of its hold may still be live then. */
export type TransactionStatus = 'Authorized' | 'Settled' | 'Cancelled' | 'Expired'

export interface Transaction {
  readonly id: string
  readonly status: TransactionStatus
  readonly value: Minor
  /** What was first authorized: growth is measured against it. */
  readonly firstValue: Minor
  readonly settle: boolean
  readonly installments: number
  /** What the hold still reserves. */
  readonly held: Minor
  /** Total settled so far. */
  readonly settled: Minor
  /** Part of the settled that went back: refunds, and invoices cancelled one by one. */
  readonly refunded: Minor
  readonly settlements: number
  readonly invoiceCount: number
  readonly expiresAt: Instant
  readonly orderId: string | null
  /** The e-mail that spends; null is the account's own. */
  readonly holder: string | null
  readonly conditionId: string | null
  /** First part of the friendly ids of its invoices. */
  readonly friendlyCode: string
  readonly createdAt: Instant
  readonly updatedAt: Instant
}

/** Most instalments of one settlement, and most invoices of one transaction. */
export const MAX_INSTALLMENTS = 99
export const MAX_INVOICES = 999

/** The status at an instant: a hold past its expiry is expired whether or not it was recorded. */
export function statusAt(transaction: Transaction, now: Instant): TransactionStatus {
  const lapsed = transaction.status === 'Authorized' && transaction.expiresAt <= now
  return lapsed ? 'Expired' : transaction.status
}

/** The expiries that are due among `transactions`, as events. */
export function expiriesDue(transactions: Iterable<Transaction>, now: Instant): Event[] {
  const events: Event[] = []
  for (const { id, held, expiresAt } of transactions) {
    if (held > 0n && expiresAt <= now) {
      events.push({ type: 'TransactionExpired', transactionId: id, released: held })
    }
  }
  return events
}

export function decideAuthorize(
  view: View,
  accountId: string,
  command: CommandOf<'authorize'>,
  context: Context,
): Decision {
  const account = openAccountOf(view, accountId)
  if (isDecision(account)) return account
  const { holder, value } = command
  if (holder !== null && !spends(view, account, holder))
    return refuse('not-a-holder', { accountId })
  const expiresAt = expiryOf(command.settle, command.expiresAt, context)
  if (expiresAt <= context.now) return expiryInThePast()
  const refusal = creditRefusal(account, value, context.config)
  if (refusal) return refusal
  return happened(authorized(command, expiresAt))
}

function authorized(command: CommandOf<'authorize'>, expiresAt: Instant): Event {
  const { transactionId, friendlyCode, value, settle, installments } = command
  const { orderId, holder, conditionId } = command
  return {
    type: 'TransactionAuthorized',
    transactionId,
    friendlyCode,
    value,
    settle,
    installments,
    expiresAt,
    orderId,
    holder,
    conditionId,
  }
}

function spends(view: View, account: Account, email: string): boolean {
  const key = emailKey(email)
  return (
    emailKey(account.email) === key || view.holders.some((other) => emailKey(other.email) === key)
  )
}

function expiryOf(settle: boolean, wanted: Instant | null, { now, timeZone }: Context): Instant {
  return settle || wanted === null ? addDays(now, HOLD_DAYS, timeZone) : wanted
}

function expiryInThePast(): Decision {
  const fault = 'is in the past: send a later instant, or none for 30 days'
  return refuse('invalid-input', { pointer: '/expirationDate', fault })
}

export function decideChangeTransaction(
  view: View,
  accountId: string,
  command: CommandOf<'changeTransaction'>,
  context: Context,
): Decision {
  const transaction = transactionOf(view, accountId, command.transactionId)
  if (isDecision(transaction)) return transaction
  const ended = endedRefusal(transaction)
  if (ended) return ended
  const { id: transactionId, settled, status } = transaction
  if (status === 'Settled') return refuse('transaction-settled', { transactionId, settled })

  const { value = transaction.value, settle = transaction.settle } = command
  const { installments = transaction.installments } = command
  const expiresAt = changedExpiry(transaction, settle, command.expiresAt, context)
  if (expiresAt <= context.now) return expiryInThePast()
  const growth = value - transaction.value
  const refusal = growth > 0n ? growthRefusal(view, transaction, value, growth, context) : undefined
  if (refusal) return refusal
  const changed = { value, settle, installments, expiresAt }
  if (isSame(transaction, changed)) return happened()
  return happened({ type: 'TransactionChanged', transactionId, ...changed })
}

type Changeable = Pick<Transaction, 'value' | 'settle' | 'installments' | 'expiresAt'>

function isSame(transaction: Transaction, changed: Changeable): boolean {
  return (
    transaction.value === changed.value &&
    transaction.settle === changed.settle &&
    transaction.installments === changed.installments &&
    transaction.expiresAt === changed.expiresAt
  )
}

/** Turning `settle` on gives the 30 days of a hold that is to be settled, from now. */
function changedExpiry(
  transaction: Transaction,
  settle: boolean,
  wanted: Instant | undefined,
  context: Context,
): Instant {
  if (settle && transaction.settle) return transaction.expiresAt
  if (settle) return expiryOf(true, null, context)
  return wanted ?? transaction.expiresAt
}

/** Why a transaction may not grow to `value`, `growth` of it from credit that is not held yet. */
function growthRefusal(
  view: View,
  transaction: Transaction,
  value: Minor,
  growth: Minor,
  { config }: Context,
): Decision | undefined {
  const most = mostOf(transaction, config.maxPreAuthorizationGrowthRate)
  if (value > most) return refuse('growth-exceeded', { value, most })
  return growth > 0n ? creditRefusal(view.account as Account, growth, config) : undefined
}

function mostOf(transaction: Transaction, growthRate: bigint): Minor {
  return maxOf(transaction.value, grownBy(transaction.firstValue, growthRate))
}

export function decideCancelTransaction(
  view: View,
  accountId: string,
  transactionId: string,
): Decision {
  if (view.transaction && isEnded(view.transaction)) return happened()
  const transaction = transactionOf(view, accountId, transactionId)
  if (isDecision(transaction)) return transaction
  const { settled, held, settle, status } = transaction
  if (status === 'Settled') return refuse('transaction-settled', { transactionId, settled })
  if (settle) return refuse('transaction-to-be-settled', { transactionId })
  return happened({ type: 'TransactionCancelled', transactionId, released: held })
}

export function decideSettle(
  view: View,
  accountId: string,
  command: CommandOf<'settle'>,
  context: Context,
): Decision {
  const transaction = transactionOf(view, accountId, command.transactionId)
  if (isDecision(transaction)) return transaction
  const ended = endedRefusal(transaction)
  if (ended) return ended
  const { total, final } = command
  if (total > transaction.settled) return raiseSettlement(view, transaction, total, final, context)
  if (total < transaction.settled) return lowerSettlement(view, transaction, total, final)
  const { id: transactionId, held, status } = transaction
  if (status !== 'Settled') return refuse('nothing-to-settle', { transactionId })
  if (final && held > 0n) return happened({ type: 'HoldReleased', transactionId, released: held })
  return happened()
}

function raiseSettlement(
  view: View,
  transaction: Transaction,
  total: Minor,
  final: boolean,
  context: Context,
): Decision {
  const value = total - transaction.settled
  const fromHold = minOf(value, transaction.held)
  const refusal = growthRefusal(view, transaction, total, value - fromHold, context)
  if (refusal) return refusal
  const invoices = nextInvoices(transaction, value, context)
  if (transaction.invoiceCount + invoices.length > MAX_INVOICES) {
    return refuse('too-many-invoices', { most: MAX_INVOICES })
  }
  return happened({
    type: 'TransactionSettled',
    transactionId: transaction.id,
    orderId: transaction.orderId,
    value,
    fromHold,
    released: final ? transaction.held - fromHold : 0n,
    numberOfInstallments: invoices.length,
    invoices,
  })
}

function nextInvoices(transaction: Transaction, value: Minor, context: Context): NewInvoice[] {
  const { installments, invoiceCount } = transaction
  const schedule = installmentSchedule(value, installments, context.now, context.timeZone)
  return schedule.map((due, index) => ({
    installment: invoiceCount + index + 1,
    installments: schedule.length,
    ...due,
  }))
}

function lowerSettlement(
  view: View,
  transaction: Transaction,
  total: Minor,
  final: boolean,
): Decision {
  const { id: transactionId, orderId, settled, refunded, held } = transaction
  const value = settled - total
  if (total < refunded) return refuse('settlement-below-refunds', { value: total, refunded })
  const { reductions, rest } = takeOffOpen(view.invoices, value)
  if (rest > 0n) return refuse('settlement-below-paid', { lowerBy: value, open: value - rest })
  return happened({
    type: 'SettlementLowered',
    transactionId,
    orderId,
    value,
    released: final ? held : 0n,
    numberOfInstallments: view.invoices.at(-1)?.installments ?? transaction.installments,
    reductions,
  })
}

export function decideRefund(
  view: View,
  accountId: string,
  command: CommandOf<'refund'>,
): Decision {
  const transaction = transactionOf(view, accountId, command.transactionId)
  if (isDecision(transaction)) return transaction
  const { value } = command
  const { id: transactionId, orderId, settled, refunded } = transaction
  const refundable = settled - refunded
  if (value > refundable) return refuse('refund-exceeded', { value, refundable })
  const { reductions, rest } = takeOffOpen(view.invoices, value)
  return happened({
    type: 'TransactionRefunded',
    transactionId,
    orderId,
    value,
    reductions,
    credited: rest,
  })
}

/** Takes `value` off the open invoices, from the last backwards; `rest` is what they could not bear. */
function takeOffOpen(
  invoices: readonly Invoice[],
  value: Minor,
): { reductions: Reduction[]; rest: Minor } {
  const open = invoices
    .filter((invoice) => invoice.status === 'Opened')
    .sort((a, b) => b.installment - a.installment)
  const reductions: Reduction[] = []
  let rest = value
  for (const invoice of open) {
    if (rest === 0n) break
    const by = minOf(rest, invoice.value)
    reductions.push({ installment: invoice.installment, by })
    rest -= by
  }
  return { reductions, rest }
}

function transactionOf(
  view: View,
  accountId: string,
  transactionId: string,
): Transaction | Decision {
  const account = openAccountOf(view, accountId)
  if (isDecision(account)) return account
  return view.transaction ?? refuse('transaction-not-found', { transactionId })
}

function isEnded({ status }: Transaction): boolean {
  return status === 'Cancelled' || status === 'Expired'
}

function endedRefusal(transaction: Transaction): Decision | undefined {
  const { id: transactionId, status } = transaction
  return isEnded(transaction) ? refuse('transaction-ended', { transactionId, status }) : undefined
}

/** A new transaction, as its authorization makes it. */
export function authorizedTransaction(
  event: EventOf<'TransactionAuthorized'>,
  at: Instant,
): Transaction {
  return {
    id: event.transactionId,
    status: 'Authorized',
    value: event.value,
    firstValue: event.value,
    settle: event.settle,
    installments: event.installments,
    held: event.value,
    settled: 0n,
    refunded: 0n,
    settlements: 0,
    invoiceCount: 0,
    expiresAt: event.expiresAt,
    orderId: event.orderId,
    holder: event.holder,
    conditionId: event.conditionId,
    friendlyCode: event.friendlyCode,
    createdAt: at,
    updatedAt: at,
  }
}
