/**
 * A store kept whole in memory: the model that the real thing must agree with.
 *
 * The ledger loads only what a command names, in batches, from tables. The book does the plain
 * thing: it keeps every account as a whole, hands `decide` a view of it and applies the events with
 * `evolve`, one after the other. A test plays the same commands on both and compares.
 *
 *     const book = new Book({ config: { ...NEW_STORE_CONFIG, toleranceEnabled: true } })
 *     const decision = book.perform('A', { type: 'openAccount', … }, now)
 *     book.stateOf('A')?.account.owed
 *
 * What is kept is frozen, so a `decide` or an `evolve` that changed its input would throw; and the
 * state of an account is the same object for as long as nothing happens to it.
 */
import type { Account, Holder } from '../account.ts'
import { type Claim, claimsOf, documentClaim, emailClaim } from '../claims.ts'
import type { Buyer, Command } from '../commands.ts'
import { decide } from '../decide.ts'
import type { Context, Decision } from '../decision.ts'
import type { Event } from '../events.ts'
import { evolve } from '../evolve.ts'
import { type Invoice, parseInvoiceId } from '../invoice.ts'
import type { Minor } from '../money.ts'
import type { Instant } from '../schedule.ts'
import { NEW_STORE_CONFIG, type StoreConfig } from '../store.ts'
import { expiriesDue, type Transaction } from '../transaction.ts'
import { EMPTY_VIEW, type View } from '../view.ts'

export type Decide = typeof decide

/** One entry of the ledger; `seq` counts the entries of its account from 1. */
export interface BookEntry {
  readonly accountId: string
  readonly seq: number
  readonly event: Event
  readonly at: Instant
}

/** All there is to know of one account. Ids are the keys; they stand in the order of their making. */
export interface AccountState {
  readonly account: Account
  readonly holders: readonly Holder[]
  readonly transactions: Readonly<Record<string, Transaction>>
  /** The invoices of each transaction by its id, by instalment. */
  readonly invoices: Readonly<Record<string, readonly Invoice[]>>
  /** The value debited under each statement id. */
  readonly debits: Readonly<Record<string, Minor>>
}

export interface BookOptions {
  readonly config?: StoreConfig
  readonly timeZone?: string
  /** Another `decide` in place of the true one: how a test shows that it would notice a wrong one. */
  readonly decide?: Decide
}

export class Book {
  readonly timeZone: string
  config: StoreConfig
  readonly #decide: Decide
  readonly #accounts = new Map<string, AccountState>()
  readonly #entries: BookEntry[] = []

  constructor(options: BookOptions = {}) {
    this.config = options.config ?? NEW_STORE_CONFIG
    this.timeZone = options.timeZone ?? 'America/Sao_Paulo'
    this.#decide = options.decide ?? decide
  }

  /** The book that a ledger tells of, by `evolve` alone. */
  static replay(entries: Iterable<BookEntry>, options: BookOptions = {}): Book {
    const book = new Book(options)
    for (const { accountId, event, at } of entries) book.#apply(accountId, event, at)
    return book
  }

  /** Every entry so far, in the order in which it happened. */
  get entries(): readonly BookEntry[] {
    return this.#entries
  }

  /** Every account that was ever opened, in that order. */
  get accounts(): ReadonlyMap<string, AccountState> {
    return this.#accounts
  }

  stateOf(accountId: string): AccountState | undefined {
    return this.#accounts.get(accountId)
  }

  entriesOf(accountId: string): BookEntry[] {
    return this.#entries.filter((entry) => entry.accountId === accountId)
  }

  configure(change: Partial<StoreConfig>): void {
    this.config = { ...this.config, ...change }
  }

  /** Applies the expiries that are due on an account at `now`. */
  expire(accountId: string, now: Instant): readonly Event[] {
    const state = this.#accounts.get(accountId)
    if (!state) return []
    const events = expiriesDue(Object.values(state.transactions), now)
    for (const event of events) this.#apply(accountId, event, now)
    return events
  }

  /** Decides one command after the expiries that are due, and applies what comes of it. */
  perform(accountId: string, command: Command, now: Instant): Decision {
    this.expire(accountId, now)
    const decision = this.#decide(
      this.viewFor(accountId, command),
      accountId,
      command,
      this.contextAt(now),
    )
    if ('events' in decision) {
      for (const event of decision.events) this.#apply(accountId, event, now)
    }
    return decision
  }

  contextAt(now: Instant): Context {
    return { now, timeZone: this.timeZone, config: this.config }
  }

  /** What the ledger would load for a command. */
  viewFor(accountId: string, command: Command): View {
    const state = this.#accounts.get(accountId)
    const debit = command.type === 'debit' ? state?.debits[command.statementId] : undefined
    return { ...viewOf(state, transactionNamedBy(command)), debit, ...this.#taken(command, state) }
  }

  #taken(command: Command, state: AccountState | undefined): Partial<View> {
    const { email, document, documentType } = claimedBy(command, state?.account)
    return {
      emailTakenBy: email ? this.#holderOf(emailClaim(email)) : undefined,
      documentTakenBy:
        document && documentType
          ? this.#holderOf(documentClaim(document, documentType))
          : undefined,
    }
  }

  #holderOf({ kind, value }: Claim): string | undefined {
    for (const [id, { account, holders }] of this.#accounts) {
      const claims = claimsOf(account, holders)
      if (claims.some((claim) => claim.kind === kind && claim.value === value)) return id
    }
    return undefined
  }

  #apply(accountId: string, event: Event, at: Instant): void {
    const state = this.#accounts.get(accountId)
    const transactionId = 'transactionId' in event ? event.transactionId : undefined
    const isNew = event.type === 'TransactionAuthorized'
    if (isNew && state?.transactions[event.transactionId]) {
      throw new Error(`Transaction ${event.transactionId} was authorized twice`)
    }
    const view = evolve(viewOf(state, transactionId), accountId, event, at)
    const next = frozen(stateAfter(state, view, event))
    this.#accounts.set(accountId, next)
    this.#entries.push(frozen({ accountId, seq: next.account.seq, event, at }))
  }
}

function viewOf(state: AccountState | undefined, transactionId: string | undefined): View {
  if (!state) return EMPTY_VIEW
  const { account, holders, transactions, invoices } = state
  if (transactionId === undefined) return { ...EMPTY_VIEW, account, holders }
  return {
    ...EMPTY_VIEW,
    account,
    holders,
    transaction: transactions[transactionId],
    invoices: invoices[transactionId] ?? [],
  }
}

function stateAfter(state: AccountState | undefined, view: View, event: Event): AccountState {
  const { account, holders, transaction, invoices } = view
  if (!account) throw new Error(`${event.type} left no account`)
  const { transactions = {}, invoices: others = {}, debits = {} } = state ?? {}
  return {
    account,
    holders,
    transactions: transaction ? { ...transactions, [transaction.id]: transaction } : transactions,
    invoices: transaction ? { ...others, [transaction.id]: invoices } : others,
    debits: event.type === 'Debited' ? { ...debits, [event.statementId]: event.value } : debits,
  }
}

function transactionNamedBy(command: Command): string | undefined {
  if ('transactionId' in command) return command.transactionId
  return 'invoiceId' in command ? parseInvoiceId(command.invoiceId)?.transactionId : undefined
}

/** The e-mail and the document that must be free for a command. */
function claimedBy(command: Command, account: Account | undefined): Partial<Buyer> {
  switch (command.type) {
    case 'openAccount':
      return command
    case 'changeAccount': {
      const { document, documentType, email } = command
      return {
        document: document ?? account?.document,
        documentType: documentType ?? account?.documentType,
        email: email ?? account?.email,
      }
    }
    case 'addHolder':
      return { email: command.email }
    case 'authorize':
      return account ? {} : (command.buyer ?? {})
    default:
      return {}
  }
}

function frozen<T extends object>(value: T): T {
  if (Object.isFrozen(value)) return value
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) frozen(part)
  }
  return Object.freeze(value)
}
