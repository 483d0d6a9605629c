/** One account in a book and a clock that stands still: the stage of a test that tells a story. */
import type { Account } from '../account.ts'
import type { Command, CommandOf } from '../commands.ts'
import type { Event } from '../events.ts'
import type { Invoice } from '../invoice.ts'
import { invoiceIdOf } from '../invoice.ts'
import type { Minor } from '../money.ts'
import type { Refusal } from '../refusals.ts'
import type { Instant } from '../schedule.ts'
import { NEW_STORE_CONFIG, type StoreConfig } from '../store.ts'
import type { Transaction } from '../transaction.ts'
import { type AccountState, Book } from './book.ts'

export const NOON: Instant = Date.parse('2026-11-22T15:00:00Z')
export const DAY_MS = 86_400_000

/** The account that a scenario is about, and the buyer it is opened for. */
export const ANA = 'ana'
export const ANA_BUYER = {
  document: '52998224725',
  documentType: 'CPF',
  email: 'ana@exemplo.com.br',
}
export const BRUNO_BUYER = {
  document: '12ABC34501DE35',
  documentType: 'CNPJ',
  email: 'bruno@exemplo.com.br',
}

type Overrides = Partial<Omit<CommandOf<'authorize'>, 'type' | 'value'>>

export class Scenario {
  readonly book: Book
  now: Instant = NOON
  #made = 0

  /** A store where Ana has an account; with no limit given, she has none. */
  constructor(limit?: Minor, config: Partial<StoreConfig> = {}, tolerance = 0n) {
    this.book = new Book({ config: { ...NEW_STORE_CONFIG, ...config } })
    if (limit !== undefined) {
      this.events({ type: 'openAccount', ...ANA_BUYER, limit, tolerance })
    }
  }

  /** What came of a command; a refusal fails the test. */
  events(command: Command, accountId: string = ANA): readonly Event[] {
    const decision = this.book.perform(accountId, command, this.now)
    if ('events' in decision) return decision.events
    throw new Error(`${command.type} was refused: ${JSON.stringify(decision.refusal, toText)}`)
  }

  /** Why a command is refused; events fail the test. */
  refusal(command: Command, accountId: string = ANA): Refusal {
    const decision = this.book.perform(accountId, command, this.now)
    if ('refusal' in decision) return decision.refusal
    throw new Error(`${command.type} was not refused: ${JSON.stringify(decision.events, toText)}`)
  }

  wait(milliseconds: number): void {
    this.now += milliseconds
  }

  get state(): AccountState {
    const state = this.book.stateOf(ANA)
    if (!state) throw new Error('Ana has no account')
    return state
  }

  get account(): Account {
    return this.state.account
  }

  transaction(id: string): Transaction {
    const transaction = this.state.transactions[id]
    if (!transaction) throw new Error(`There is no transaction ${id}`)
    return transaction
  }

  invoices(transactionId: string): readonly Invoice[] {
    return this.state.invoices[transactionId] ?? []
  }

  /** The invoices of a transaction as `1 Opened 50`, for short comparisons. */
  billed(transactionId: string): string[] {
    return this.invoices(transactionId).map(
      ({ installment, status, value }) => `${installment} ${status} ${value}`,
    )
  }

  /** An authorization of `value`: `settle: false`, one instalment, no expiry unless told. */
  hold(value: Minor, overrides: Overrides = {}): CommandOf<'authorize'> {
    this.#made += 1
    return {
      type: 'authorize',
      transactionId: this.#made.toString(16).toUpperCase().padStart(32, '0'),
      friendlyCode: 'ABCD1234',
      value,
      settle: false,
      installments: 1,
      expiresAt: null,
      orderId: null,
      holder: null,
      conditionId: null,
      buyer: null,
      ...overrides,
    }
  }

  /** Authorizes, and gives the id of the transaction. */
  held(value: Minor, overrides: Overrides = {}): string {
    const command = this.hold(value, overrides)
    this.events(command)
    return command.transactionId
  }

  /** Authorizes and settles all of it, and gives the id of the transaction. */
  sold(value: Minor, installments = 1): string {
    const transactionId = this.held(value, { installments })
    this.events({ type: 'settle', transactionId, total: value, final: true })
    return transactionId
  }

  pay(transactionId: string, installment = 1): readonly Event[] {
    return this.events({ type: 'payInvoice', invoiceId: invoiceIdOf(transactionId, installment) })
  }

  takeBack(transactionId: string, installment = 1): readonly Event[] {
    const invoiceId = invoiceIdOf(transactionId, installment)
    return this.events({ type: 'changeInvoice', invoiceId, status: 'Opened', mayPay: true })
  }

  refund(transactionId: string, value: Minor): readonly Event[] {
    return this.events({ type: 'refund', transactionId, value })
  }

  settle(transactionId: string, total: Minor, final = true): readonly Event[] {
    return this.events({ type: 'settle', transactionId, total, final })
  }
}

function toText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
