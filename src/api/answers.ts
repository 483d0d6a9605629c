/** The core's types → the JSON that clients of the compatible API know. */
import { createHash } from 'node:crypto'
import { type Account, availableCredit, type Holder } from '../credit/account.ts'
import { type Invoice, invoiceIdOf, isOverdue } from '../credit/invoice.ts'
import { RATE_PLACES, toJsonNumber } from '../credit/money.ts'
import type { Instant } from '../credit/schedule.ts'
import type { StoreConfig } from '../credit/store.ts'
import { statusAt, type Transaction } from '../credit/transaction.ts'
import type { Store } from '../ledger/stores.ts'

export function iso(at: Instant): string {
  return new Date(at).toISOString()
}

export function accountJson(account: Account, { exponent }: Store) {
  const available = toJsonNumber(availableCredit(account), exponent)
  return {
    id: account.id,
    balance: toJsonNumber(-account.owed, exponent),
    document: account.document,
    status: account.status,
    documentType: account.documentType,
    creditLimit: toJsonNumber(account.limit, exponent),
    updatedAt: iso(account.updatedAt),
    createdAt: iso(account.createdAt),
    description: '',
    availableCredit: available,
    preAuthorizedCredit: toJsonNumber(account.held, exponent),
    email: account.email,
    tolerance: toJsonNumber(account.tolerance, RATE_PLACES),
    availableBalance: available,
    frozen: account.frozenReason !== null,
    freezeReason: account.frozenReason,
  }
}

/** Says so where a limit stands below what is used already; the change itself is allowed. */
export function limitWarnings(account: Account, { exponent, currency }: Store) {
  const available = availableCredit(account)
  if (available >= 0n) return {}
  const short = toJsonNumber(-available, exponent)
  const message = `The credit limit is ${currency} ${short} below what is used: new purchases are refused until that much is paid or released.`
  return { warnings: [{ code: 'limit-below-used', message, shortfall: short }] }
}

export function invoiceJson(
  accountId: string,
  invoice: Invoice,
  { exponent, timeZone }: Store,
  now: Instant,
) {
  return {
    id: invoiceIdOf(invoice.transactionId, invoice.installment),
    friendlyId: invoice.friendlyId,
    status: invoice.status,
    overdue: isOverdue(invoice, now, timeZone),
    value: toJsonNumber(invoice.value, exponent),
    accountId,
    creditValue: toJsonNumber(invoice.creditValue, exponent),
    createdAt: iso(invoice.createdAt),
    resolvedAt: invoice.resolvedAt === null ? null : iso(invoice.resolvedAt),
    updatedAt: iso(invoice.updatedAt),
    paymentLink: invoice.paymentLink,
    originalDueDate: iso(invoice.originalDueAt),
    dueDate: iso(invoice.dueAt),
    installment: invoice.installment,
    orderId: invoice.orderId ?? '',
    observation: invoice.observation,
    transactionId: invoice.transactionId,
    numberOfInstallments: invoice.installments,
    settlement: invoice.settlement,
    creditAccountId: accountId,
  }
}

export function transactionJson(transaction: Transaction, { exponent }: Store, now: Instant) {
  const status = statusAt(transaction, now)
  const isLive = transaction.expiresAt > now
  return {
    id: transaction.id,
    value: toJsonNumber(transaction.value, exponent),
    expirationDate: iso(transaction.expiresAt),
    installments: transaction.installments,
    settle: transaction.settle,
    status,
    held: isLive ? toJsonNumber(transaction.held, exponent) : 0,
    settled: toJsonNumber(transaction.settled, exponent),
    refunded: toJsonNumber(transaction.refunded, exponent),
    orderId: transaction.orderId,
    holder: transaction.holder,
    conditionId: transaction.conditionId,
    createdAt: iso(transaction.createdAt),
    updatedAt: iso(transaction.updatedAt),
  }
}

export function holderJson({ id, email, createdAt }: Holder, level: 1 | 2) {
  return { level, claims: { email }, id, createdAt: iso(createdAt) }
}

/** The owner of the account as its first holder; the id is always the same for an account. */
export function mainHolder({ id, email, createdAt }: Account): Holder {
  return { id: mainHolderId(id), email, createdAt }
}

export function mainHolderId(accountId: string): string {
  return createHash('sha256').update(`main holder of ${accountId}`).digest('hex').slice(0, 32)
}

export function configJson(config: StoreConfig, { exponent }: Store) {
  const rate = (value: bigint) => toJsonNumber(value, RATE_PLACES)
  return {
    dailyInterestRate: rate(config.dailyInterestRate),
    invoicePostponementLimit: config.invoicePostponementLimit,
    taxRate: rate(config.taxRate),
    maxPostponementDays: config.maxPostponementDays,
    defaultCreditValue: toJsonNumber(config.defaultCreditValue, exponent),
    postponementEnabled: config.postponementEnabled,
    automaticCheckingAccountCreationEnabled: config.automaticCheckingAccountCreationEnabled,
    toleranceEnabled: config.toleranceEnabled,
    myCreditsEnabled: config.myCreditsEnabled,
    maxPreAuthorizationGrowthRate: rate(config.maxPreAuthorizationGrowthRate),
    documentValidation: config.documentValidation,
    notificationsSettings: config.notificationsSettings,
  }
}
