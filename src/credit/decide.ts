/** (what is seen of an account, command) → events or a refusal. Pure: time and ids come in. */
import {
  decideAddHolder,
  decideChange,
  decideClose,
  decideDebit,
  decideFreeze,
  decideLimit,
  decideOpen,
  decideRemoveHolder,
  decideTolerance,
} from './account.ts'
import type { Command, CommandOf } from './commands.ts'
import { type Context, type Decision, happened, refuse } from './decision.ts'
import type { Event } from './events.ts'
import { evolve } from './evolve.ts'
import {
  decideCancelInvoice,
  decideChangeInvoice,
  decidePayInvoice,
  decidePostpone,
} from './invoice.ts'
import {
  decideAuthorize,
  decideCancelTransaction,
  decideChangeTransaction,
  decideRefund,
  decideSettle,
  MAX_INSTALLMENTS,
} from './transaction.ts'
import type { View } from './view.ts'

/**
 * Decides one command on the account `accountId`.
 * The expiries that are due at `context.now` must have been applied to the view before.
 */
export function decide(
  view: View,
  accountId: string,
  command: Command,
  context: Context,
): Decision {
  assertWellFormed(command)
  switch (command.type) {
    case 'openAccount':
      return decideOpen(view, accountId, command, context)
    case 'changeAccount':
      return decideChange(view, accountId, command, context)
    case 'closeAccount':
      return decideClose(view, accountId)
    case 'freezeAccount':
      return decideFreeze(view, accountId, command)
    case 'changeLimit':
      return decideLimit(view, accountId, command)
    case 'changeTolerance':
      return decideTolerance(view, accountId, command)
    case 'debit':
      return decideDebit(view, accountId, command)
    case 'addHolder':
      return decideAddHolder(view, accountId, command)
    case 'removeHolder':
      return decideRemoveHolder(view, accountId, command)
    case 'authorize':
      return decideAuthorizeOrOpen(view, accountId, command, context)
    case 'changeTransaction':
      return decideChangeTransaction(view, accountId, command, context)
    case 'cancelTransaction':
      return decideCancelTransaction(view, accountId, command.transactionId)
    case 'settle':
      return decideSettle(view, accountId, command, context)
    case 'refund':
      return decideRefund(view, accountId, command)
    case 'changeInvoice':
      return decideChangeInvoice(view, accountId, command)
    case 'payInvoice':
      return decidePayInvoice(view, accountId, command.invoiceId)
    case 'cancelInvoice':
      return decideCancelInvoice(view, accountId, command.invoiceId)
    case 'postponeInvoice':
      return decidePostpone(view, accountId, command, context)
    case 'expire':
      return happened()
  }
}

/** The first authorization of an unknown buyer opens the account, where the store wants that. */
function decideAuthorizeOrOpen(
  view: View,
  accountId: string,
  command: CommandOf<'authorize'>,
  context: Context,
): Decision {
  const { config, now } = context
  if (view.account) return decideAuthorize(view, accountId, command, context)
  if (!config.automaticCheckingAccountCreationEnabled || !command.buyer) {
    return refuse('account-not-found', { accountId })
  }
  const credit = { limit: config.defaultCreditValue, tolerance: 0n }
  const opened = decideOpen(view, accountId, { ...command.buyer, ...credit }, context)
  if ('refusal' in opened) return opened
  const authorized = decideAuthorize(
    evolveAll(view, accountId, opened.events, now),
    accountId,
    command,
    context,
  )
  if ('refusal' in authorized) return authorized
  return happened(...opened.events, ...authorized.events)
}

/** The view after several events at one instant. */
function evolveAll(view: View, accountId: string, events: readonly Event[], at: number): View {
  return events.reduce((seen, event) => evolve(seen, accountId, event, at), view)
}

/** Callers refuse such input with words of their own; a rule must never see it. */
function assertWellFormed(command: Command): void {
  if (!isWellFormed(command)) throw new RangeError(`A ${command.type} with a number out of range`)
}

function isWellFormed(command: Command): boolean {
  switch (command.type) {
    case 'openAccount':
      return command.limit >= 0n && command.tolerance >= 0n
    case 'changeAccount':
      return (command.limit ?? 0n) >= 0n && (command.tolerance ?? 0n) >= 0n
    case 'changeLimit':
      return command.limit >= 0n
    case 'changeTolerance':
      return command.tolerance >= 0n
    case 'debit':
      return command.value < 0n
    case 'authorize':
      return command.value > 0n && isCount(command.installments)
    case 'changeTransaction':
      return (command.value ?? 1n) > 0n && isCount(command.installments ?? 1)
    case 'settle':
      return command.total >= 0n
    case 'refund':
      return command.value > 0n
    case 'postponeInvoice':
      return Number.isSafeInteger(command.days) && command.days > 0
    default:
      return true
  }
}

function isCount(installments: number): boolean {
  return Number.isInteger(installments) && installments >= 1 && installments <= MAX_INSTALLMENTS
}
