/** A buyer's credit line: its numbers, and what may be done to it. */
import type { CommandOf } from './commands.ts'
import { type Context, type Decision, happened, refuse } from './decision.ts'
import type { Event } from './events.ts'
import { emailKey, hasValidCheckDigits } from './identity.ts'
import { MAX_OWED, type Millionths, type Minor, timesRate } from './money.ts'
import type { Instant } from './schedule.ts'
import type { StoreConfig } from './store.ts'
import type { View } from './view.ts'

export interface Account {
  readonly id: string
  readonly document: string
  readonly documentType: string
  readonly email: string
  readonly status: 'Open' | 'Closed'
  /** Why new authorizations are refused, or null. */
  readonly frozenReason: string | null
  readonly limit: Minor
  readonly tolerance: Millionths
  /** Open invoices + manual debits − credits; negative is in the buyer's favour. */
  readonly owed: Minor
  /** Live holds. */
  readonly held: Minor
  /** No hold expires before this instant; null where nothing is held. */
  readonly nextExpiry: Instant | null
  /** Number of entries in the ledger of this account. */
  readonly seq: number
  readonly createdAt: Instant
  readonly updatedAt: Instant
}

/** Another e-mail that spends the credit of an account. */
export interface Holder {
  readonly id: string
  readonly email: string
  readonly createdAt: Instant
}

/** Most additional holders that one account may have. */
export const MAX_HOLDERS = 100

/** Credit that is left of the limit; negative where the limit was cut below what is used. */
export function availableCredit(account: Account): Minor {
  return account.limit - account.owed - account.held
}

/** What the next authorization may take: available credit and, where the store grants it, tolerance. */
export function spendable(account: Account, config: StoreConfig): Minor {
  const extra = config.toleranceEnabled ? timesRate(account.limit, account.tolerance) : 0n
  return availableCredit(account) + extra
}

/** The account of a command that needs one that is open, or the refusal. */
export function openAccountOf(view: View, accountId: string): Account | Decision {
  if (!view.account) return refuse('account-not-found', { accountId })
  if (view.account.status === 'Closed') return refuse('account-closed', { accountId })
  return view.account
}

/** Tells an account from the refusal that stands in its place. */
export function isDecision(found: object): found is Decision {
  return 'events' in found || 'refusal' in found
}

/** Why new credit of `value` may not be given now, or undefined. */
export function creditRefusal(
  account: Account,
  value: Minor,
  config: StoreConfig,
): Decision | undefined {
  if (account.frozenReason !== null) {
    return refuse('account-frozen', { accountId: account.id, reason: account.frozenReason })
  }
  if (account.owed + account.held + value > MAX_OWED) {
    return refuse('owed-too-large', { most: MAX_OWED })
  }
  const left = spendable(account, config)
  if (value > left) {
    return refuse('insufficient-credit', { value, spendable: left, shortfall: value - left })
  }
  return undefined
}

export function decideOpen(
  view: View,
  accountId: string,
  command: Omit<CommandOf<'openAccount'>, 'type'>,
  context: Context,
): Decision {
  if (view.account) {
    return refuse('account-already-open', { accountId: view.account.id, conflict: 'id' })
  }
  const taken = identityRefusal(view, accountId, command, context)
  if (taken) return taken
  const { document, documentType, email, limit, tolerance } = command
  return happened({ type: 'AccountOpened', document, documentType, email, limit, tolerance })
}

/** The refusal where one of the fields that a caller saw is no longer as it was seen. */
export function changedMeanwhile(
  current: Readonly<Record<string, unknown>>,
  expected: Readonly<Record<string, unknown>> = {},
): Decision | undefined {
  const fields = Object.keys(expected).filter((field) => current[field] !== expected[field])
  return fields.length === 0
    ? undefined
    : refuse('changed-meanwhile', { fields: fields.join(', ') })
}

export function decideChange(
  view: View,
  accountId: string,
  command: CommandOf<'changeAccount'>,
  context: Context,
): Decision {
  if (!view.account) return decideOpenByChange(view, accountId, command, context)
  const account = openAccountOf(view, accountId)
  if (isDecision(account)) return account

  const stale = changedMeanwhile({ ...account }, { ...command.expected })
  if (stale) return stale
  const identity = {
    document: command.document ?? account.document,
    documentType: command.documentType ?? account.documentType,
    email: command.email ?? account.email,
  }
  const events: Event[] = []
  if (!sameIdentity(account, identity)) {
    const taken = identityRefusal(view, accountId, identity, context)
    if (taken) return taken
    events.push({ type: 'AccountIdentified', ...identity })
  }
  return happened(...events, ...limitEvents(account, command), ...toleranceEvents(account, command))
}

function decideOpenByChange(
  view: View,
  accountId: string,
  command: CommandOf<'changeAccount'>,
  context: Context,
): Decision {
  const { document, documentType, email } = command
  for (const [field, value] of Object.entries({ document, documentType, email })) {
    if (value === undefined) {
      const fault = 'is needed to open an account, and there is none with this id yet'
      return refuse('invalid-input', { pointer: `/${field}`, fault })
    }
  }
  const buyer = { document, documentType, email } as {
    document: string
    documentType: string
    email: string
  }
  const { limit = context.config.defaultCreditValue, tolerance = 0n } = command
  return decideOpen(view, accountId, { ...buyer, limit, tolerance }, context)
}

export function decideClose(view: View, accountId: string): Decision {
  const account = openAccountOf(view, accountId)
  if (isDecision(account)) return account
  if (account.owed !== 0n || account.held !== 0n) {
    return refuse('account-in-use', { owed: account.owed, held: account.held })
  }
  return happened({ type: 'AccountClosed' })
}

export function decideFreeze(
  view: View,
  accountId: string,
  command: CommandOf<'freezeAccount'>,
): Decision {
  const account = openAccountOf(view, accountId)
  if (isDecision(account)) return account
  const { frozen, reason } = command
  if (frozen && account.frozenReason !== reason) return happened({ type: 'AccountFrozen', reason })
  if (!frozen && account.frozenReason !== null) return happened({ type: 'AccountUnfrozen', reason })
  return happened()
}

export function decideLimit(
  view: View,
  accountId: string,
  command: CommandOf<'changeLimit'>,
): Decision {
  const account = openAccountOf(view, accountId)
  if (isDecision(account)) return account
  const stale = changedMeanwhile({ ...account }, { ...command.expected })
  return stale ?? happened(...limitEvents(account, command))
}

export function decideTolerance(
  view: View,
  accountId: string,
  command: CommandOf<'changeTolerance'>,
): Decision {
  const account = openAccountOf(view, accountId)
  if (isDecision(account)) return account
  const stale = changedMeanwhile({ ...account }, { ...command.expected })
  return stale ?? happened(...toleranceEvents(account, command))
}

export function decideDebit(view: View, accountId: string, command: CommandOf<'debit'>): Decision {
  const { statementId, value } = command
  if (view.debit !== undefined) {
    if (view.debit === value) return happened()
    return refuse('debit-conflict', { statementId, value: view.debit })
  }
  const account = openAccountOf(view, accountId)
  if (isDecision(account)) return account
  if (account.owed - value > MAX_OWED) return refuse('owed-too-large', { most: MAX_OWED })
  return happened({ type: 'Debited', statementId, value })
}

export function decideAddHolder(
  view: View,
  accountId: string,
  command: CommandOf<'addHolder'>,
): Decision {
  const account = openAccountOf(view, accountId)
  if (isDecision(account)) return account
  if (view.emailTakenBy !== undefined) {
    return refuse('email-taken', { accountId: view.emailTakenBy })
  }
  if (view.holders.length >= MAX_HOLDERS) return refuse('too-many-holders', { most: MAX_HOLDERS })
  return happened({ type: 'HolderAdded', holderId: command.holderId, email: command.email })
}

export function decideRemoveHolder(
  view: View,
  accountId: string,
  command: CommandOf<'removeHolder'>,
): Decision {
  const account = openAccountOf(view, accountId)
  if (isDecision(account)) return account
  const { holderId } = command
  if (!view.holders.some((holder) => holder.id === holderId)) {
    return refuse('holder-not-found', { holderId })
  }
  return happened({ type: 'HolderRemoved', holderId })
}

interface TermsChange {
  readonly limit?: Minor
  readonly tolerance?: Millionths
  readonly reason?: string
}

function limitEvents(
  account: Account,
  { limit: to = account.limit, reason }: TermsChange,
): Event[] {
  const from = account.limit
  return to === from ? [] : [{ type: 'LimitChanged', from, to, ...(reason && { reason }) }]
}

function toleranceEvents(
  account: Account,
  { tolerance: to = account.tolerance, reason }: TermsChange,
): Event[] {
  const from = account.tolerance
  return to === from ? [] : [{ type: 'ToleranceChanged', from, to, ...(reason && { reason }) }]
}

type Identity = Pick<Account, 'document' | 'documentType' | 'email'>

function sameIdentity(account: Account, identity: Identity): boolean {
  return (
    account.document === identity.document &&
    account.documentType === identity.documentType &&
    account.email === identity.email
  )
}

function identityRefusal(
  view: View,
  accountId: string,
  identity: Identity,
  context: Context,
): Decision | undefined {
  const { documentTakenBy, emailTakenBy } = view
  if (documentTakenBy !== undefined && documentTakenBy !== accountId) {
    return refuse('account-already-open', { accountId: documentTakenBy, conflict: 'document' })
  }
  if (emailTakenBy !== undefined && emailTakenBy !== accountId) {
    return refuse('account-already-open', { accountId: emailTakenBy, conflict: 'email' })
  }
  const isOwnEmail = view.account && emailKey(view.account.email) === emailKey(identity.email)
  if (emailTakenBy === accountId && !isOwnEmail) return refuse('email-taken', { accountId })
  const isChecked =
    context.config.documentValidation === 'strict' && !isSameDocument(view, identity)
  if (isChecked && !hasValidCheckDigits(identity.document, identity.documentType)) {
    const fault = `is no valid ${identity.documentType}: its check digits are wrong`
    return refuse('invalid-input', { pointer: '/document', fault })
  }
  return undefined
}

/** A document that was taken before the store became strict stays good. */
function isSameDocument({ account }: View, { document, documentType }: Identity): boolean {
  return account?.document === document && account.documentType === documentType
}
