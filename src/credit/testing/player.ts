/**
 * Plays a history step by step on a {@link Book}.
 *
 * A client that plays the same history over HTTP runs a player beside it: the player says which
 * command a step is, with ids of its own making, and what must come of it. The client keeps a map
 * from those ids to the ones that the server gave.
 */
import type { Buyer, Command } from '../commands.ts'
import type { Decision } from '../decision.ts'
import type { Event } from '../events.ts'
import { type Invoice, invoiceIdOf } from '../invoice.ts'
import type { Instant } from '../schedule.ts'
import { type AccountState, Book, type Decide } from './book.ts'
import {
  type ActionKind,
  type ActionOf,
  type Back,
  type Choice,
  DOCUMENTS,
  EMAILS,
  type History,
  type Nth,
  type Step,
} from './histories.ts'

/** Ids that nothing ever has. */
export const NO_TRANSACTION = 'F'.repeat(32)
export const NO_HOLDER = 'no-holder'

/** A step that was played, and all that came of it. */
export interface Played {
  readonly step: Step
  readonly accountId: string
  readonly now: Instant
  /** The command that the step is; a change of the store's configuration is none. */
  readonly command: Command | undefined
  /** The expiries that were due on the account and came first. */
  readonly expired: readonly Event[]
  /** Every account after those expiries and before the command. */
  readonly before: ReadonlyMap<string, AccountState>
  readonly decision: Decision | undefined
}

export class Player {
  readonly book: Book
  now: Instant
  /** How often the account at each place was opened anew after it was closed. */
  readonly #reopened: number[] = []
  #made = 0

  constructor({ config, timeZone, start }: Omit<History, 'steps'>, decide?: Decide) {
    this.book = new Book({ config, timeZone, decide })
    this.now = start
  }

  play(step: Step): Played {
    this.now += step.waitMs
    const command = this.commandOf(step)
    const { now, book } = this
    const accountId = this.accountIdAt(step.account)
    const expired = book.expire(accountId, now)
    const before = new Map(book.accounts)
    if (step.kind === 'configure') book.configure(step.change)
    const decision = command && book.perform(accountId, command, now)
    return { step, accountId, now, command, expired, before, decision }
  }

  /** The id of the account at a place now: a closed account is followed by one with a new id. */
  accountIdAt(place: number): string {
    const times = this.#reopened[place] ?? 0
    return times === 0 ? `account-${place}` : `account-${place}-${times}`
  }

  /** The command that a step is, with the ids that it names or makes. */
  commandOf(step: Step): Command | undefined {
    switch (step.kind) {
      case 'open':
        return this.#open(step)
      case 'change': {
        const { document, email, limit, tolerance, account } = step
        const identified = document === undefined ? {} : documentOf(document, account)
        const addressed = email === undefined ? {} : { email: emailOf(email, account) }
        return { type: 'changeAccount', ...identified, ...addressed, limit, tolerance }
      }
      case 'close':
        return { type: 'closeAccount' }
      case 'freeze':
        return { type: 'freezeAccount', frozen: step.frozen, reason: step.reason }
      case 'limit':
        return { type: 'changeLimit', limit: step.limit }
      case 'tolerance':
        return { type: 'changeTolerance', tolerance: step.tolerance }
      case 'debit':
        return { type: 'debit', statementId: `statement-${step.statement}`, value: step.value }
      case 'addHolder': {
        const holderId = `holder-${this.#next()}`
        return { type: 'addHolder', holderId, email: emailOf(step.email, step.account) }
      }
      case 'removeHolder':
        return { type: 'removeHolder', holderId: this.#holderId(step) }
      case 'expire':
        return { type: 'expire' }
      case 'configure':
        return undefined
      case 'authorize':
        return this.#authorize(step)
      case 'changeTransaction': {
        const { value, settle, installments, expiresInMs } = step
        const expiresAt = expiresInMs === undefined ? undefined : this.now + expiresInMs
        const changed = { value, settle, installments, expiresAt }
        return { type: 'changeTransaction', transactionId: this.#transactionId(step), ...changed }
      }
      case 'cancel':
        return { type: 'cancelTransaction', transactionId: this.#transactionId(step) }
      case 'settle': {
        const { total, final } = step
        return { type: 'settle', transactionId: this.#transactionId(step), total, final }
      }
      case 'refund':
        return { type: 'refund', transactionId: this.#billedId(step), value: step.value }
      case 'changeInvoice':
        return this.#changeInvoice(step)
      case 'pay':
        return { type: 'payInvoice', invoiceId: this.#invoiceId(step) }
      case 'cancelInvoice':
        return { type: 'cancelInvoice', invoiceId: this.#invoiceId(step) }
      case 'postpone':
        return { type: 'postponeInvoice', invoiceId: this.#invoiceId(step), days: step.days }
    }
  }

  /** Opening in the place of an account that was closed takes a new id. */
  #open(step: StepOf<'open'>): Command {
    const { account: place, limit, tolerance } = step
    if (this.#stateAt(place)?.account.status === 'Closed') {
      this.#reopened[place] = (this.#reopened[place] ?? 0) + 1
    }
    return { type: 'openAccount', ...buyerOf(step), limit, tolerance }
  }

  #authorize(step: StepOf<'authorize'>): Command {
    const { value, settle, installments, expiresInMs, holder, opens, account } = step
    const number = this.#next()
    return {
      type: 'authorize',
      transactionId: number.toString(16).toUpperCase().padStart(32, '0'),
      friendlyCode: number.toString(36).toUpperCase().padStart(8, 'A'),
      value,
      settle,
      installments,
      expiresAt: expiresInMs === null ? null : this.now + expiresInMs,
      orderId: number % 2 === 0 ? `order-${number}` : null,
      holder: holder === null ? null : emailOf(holder, account),
      conditionId: null,
      buyer: opens ? buyerOf({ document: 'own', email: 'own', account }) : null,
    }
  }

  #changeInvoice(step: StepOf<'changeInvoice'>): Command {
    const { status, observation, paymentLink, mayPay, payingNeedsLeave } = step
    const given = { status, observation, paymentLink, mayPay, payingNeedsLeave }
    const seen = { friendlyId: this.#friendlyId(step), expected: this.#expected(step) }
    return { type: 'changeInvoice', invoiceId: this.#invoiceId(step), ...given, ...seen }
  }

  #expected(step: StepOf<'changeInvoice'>) {
    const invoice = this.#invoiceOf(step)
    if (step.expected === undefined || !invoice) return undefined
    const { status, observation } = invoice
    return { status, observation: step.expected === 'right' ? observation : 'never written' }
  }

  #friendlyId(step: StepOf<'changeInvoice'>): string | undefined {
    if (step.friendlyId === undefined) return undefined
    const invoice = this.#invoiceOf(step)
    return step.friendlyId === 'right' && invoice ? invoice.friendlyId : 'ZZZZZZZZ-1'
  }

  #stateAt(place: number): AccountState | undefined {
    return this.book.stateOf(this.accountIdAt(place))
  }

  #holderId({ holder, account }: StepOf<'removeHolder'>): string {
    return backFrom(this.#stateAt(account)?.holders ?? [], holder)?.id ?? NO_HOLDER
  }

  #transactionId({ transaction, account }: NamesTransaction): string {
    const made = Object.keys(this.#stateAt(account)?.transactions ?? {})
    return backFrom(made, transaction) ?? NO_TRANSACTION
  }

  #billedId({ transaction, account }: NamesTransaction): string {
    const invoices = Object.entries(this.#stateAt(account)?.invoices ?? {})
    const billed = invoices.filter(([, own]) => own.length > 0).map(([id]) => id)
    return backFrom(billed, transaction) ?? this.#transactionId({ transaction, account })
  }

  #invoiceOf(step: NamesInvoice): Invoice | undefined {
    const own = this.#stateAt(step.account)?.invoices[this.#billedId(step)] ?? []
    return step.invoice === null ? undefined : own[(step.invoice - 1) % own.length]
  }

  #invoiceId(step: NamesInvoice): string {
    return invoiceIdOf(this.#billedId(step), this.#invoiceOf(step)?.installment ?? 999)
  }

  #next(): number {
    this.#made += 1
    return this.#made
  }
}

type StepOf<K extends ActionKind> = ActionOf<K> & { readonly account: number }
type NamesTransaction = { readonly account: number; readonly transaction: Back }
type NamesInvoice = NamesTransaction & { readonly invoice: Nth }

function backFrom<T>(made: readonly T[], back: Back): T | undefined {
  return back === null ? undefined : made[made.length - 1 - (back % made.length)]
}

function emailOf(choice: Choice, place: number): string {
  return EMAILS[choice === 'own' ? place : choice] as string
}

function documentOf(choice: Choice, place: number): Omit<Buyer, 'email'> {
  const index = choice === 'own' ? place : choice % DOCUMENTS.length
  return DOCUMENTS[index] as Omit<Buyer, 'email'>
}

function buyerOf(step: { document: Choice; email: Choice; account: number }): Buyer {
  const { document, email, account } = step
  return { ...documentOf(document, account), email: emailOf(email, account) }
}
