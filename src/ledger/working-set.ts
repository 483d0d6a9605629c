/**
 * The accounts of one batch in memory: what was loaded of them, what the commands of the batch
 * made of it, and so what has to be written.
 */
import type { Account, Holder } from '../credit/account.ts'
import { type Claim, claimsOf } from '../credit/claims.ts'
import type { Command } from '../credit/commands.ts'
import type { Event } from '../credit/events.ts'
import type { Invoice } from '../credit/invoice.ts'
import type { Instant } from '../credit/schedule.ts'
import type { StatementLine } from '../credit/statement.ts'
import type { Transaction } from '../credit/transaction.ts'
import type { View } from '../credit/view.ts'
import { type DatedInvoice, dated, InvoiceDeltas } from './invoice-totals.ts'
import type { StoredAnswer } from './job.ts'
import { claimsNeeded, needsOf } from './needs.ts'

/** An account of a store; its key tells it from all others. */
export interface AccountRef {
  readonly storeId: number
  readonly accountId: string
}

export interface NewEntry extends AccountRef {
  readonly seq: number
  readonly at: Instant
  readonly doneBy: string
  readonly event: Event
  readonly line: StatementLine | null
  readonly after: Account
}

export interface KeyRecord {
  /** The account that the first request named, or ''. */
  readonly scope: string
  readonly fingerprint: string
  readonly answer: StoredAnswer
}

export interface NewKey extends KeyRecord {
  readonly storeId: number
  readonly key: string
  readonly at: Instant
}

export interface NewDebit {
  readonly statementId: string
  readonly value: bigint
  readonly at: Instant
}

export interface ClaimChange {
  readonly storeId: number
  readonly claim: Claim
  readonly accountId: string
}

/** Everything of one account that this batch has seen. */
export class Ledgered {
  readonly ref: AccountRef
  /** As it was loaded; undefined where there is none yet. */
  readonly loaded: Account | undefined
  account: Account | undefined
  holders: readonly Holder[] = []
  readonly transactions = new Map<string, Transaction>()
  readonly invoices = new Map<string, Map<number, Invoice>>()
  readonly debits = new Map<string, bigint>()

  constructor(ref: AccountRef, account: Account | undefined) {
    this.ref = ref
    this.loaded = account
    this.account = account
  }

  putInvoice(invoice: Invoice): void {
    const siblings = this.invoices.get(invoice.transactionId)
    if (siblings) siblings.set(invoice.installment, invoice)
    else this.invoices.set(invoice.transactionId, new Map([[invoice.installment, invoice]]))
  }
}

/** Something to write, with the account it belongs to. */
export interface Written<T> {
  readonly ref: AccountRef
  readonly value: T
}

/** An account of which nothing but totals moved, and the number of its last entry before. */
export interface MovedAccount extends Written<Account> {
  readonly was: number
}

interface ChangedAccounts {
  readonly inserted: Written<Account>[]
  readonly updated: Written<Account>[]
  readonly moved: MovedAccount[]
}

type Dirty<T> = Map<string, Written<T>>

export class WorkingSet {
  readonly accounts: Map<string, Ledgered>
  readonly #keys = new Map<string, KeyRecord[]>()
  readonly #claims = new Map<string, { storeId: number; claim: Claim; owner: string | undefined }>()
  readonly #loadedClaims = new Map<string, string>()
  readonly #stores: ReadonlyMap<number, { readonly timeZone: string }>

  readonly entries: NewEntry[] = []
  readonly newKeys: NewKey[] = []
  readonly newTransactions: Dirty<Transaction> = new Map()
  readonly changedTransactions: Dirty<Transaction> = new Map()
  readonly newInvoices: Dirty<DatedInvoice> = new Map()
  readonly changedInvoices: Dirty<DatedInvoice> = new Map()
  readonly invoiceDeltas = new InvoiceDeltas()
  readonly newHolders: Dirty<Holder> = new Map()
  readonly removedHolders: Dirty<Holder> = new Map()
  readonly newDebits: Written<NewDebit>[] = []

  /** `stores`: those of the batch. */
  constructor(
    stores: ReadonlyMap<number, { readonly timeZone: string }>,
    accounts = new Map<string, Ledgered>(),
  ) {
    this.#stores = stores
    this.accounts = accounts
  }

  /**
   * The accounts to insert, in one order for all against deadlocks; those to update; and those of
   * which nothing but totals moved, as nearly always.
   */
  changedAccounts(): ChangedAccounts {
    const inserted: Written<Account>[] = []
    const updated: Written<Account>[] = []
    const moved: MovedAccount[] = []
    for (const { ref, loaded, account } of this.accounts.values()) {
      if (!account || account === loaded) continue
      const written = { ref, value: account }
      if (!loaded) inserted.push(written)
      else if (hasSameTerms(loaded, account)) moved.push({ ...written, was: loaded.seq })
      else updated.push(written)
    }
    inserted.sort((a, b) => compare(accountKey(a.ref), accountKey(b.ref)))
    return { inserted, updated, moved }
  }

  /** The accounts that the batch left as they were: all that was asked of them was refused. */
  unchangedAccounts(): Written<Account>[] {
    return [...this.accounts.values()].flatMap(({ ref, loaded, account }) =>
      account && account === loaded ? [{ ref, value: account }] : [],
    )
  }

  /** Claims to give back and to make; claims to make are in one order for all, against deadlocks. */
  changedClaims(): { freed: ClaimChange[]; taken: ClaimChange[] } {
    const freed: ClaimChange[] = []
    const taken: ClaimChange[] = []
    for (const [key, { storeId, claim, owner }] of this.#claims) {
      const before = this.#loadedClaims.get(key)
      if (before === owner) continue
      if (before !== undefined) freed.push({ storeId, claim, accountId: before })
      if (owner !== undefined) taken.push({ storeId, claim, accountId: owner })
    }
    taken.sort((a, b) => compare(claimKey(a.storeId, a.claim), claimKey(b.storeId, b.claim)))
    return { freed, taken }
  }

  /** The record of a key: that of the same account where requests for several came at once. */
  keyRecord(storeId: number, key: string, scope: string): KeyRecord | undefined {
    const records = this.#keys.get(`${storeId}/${key}`)
    return records?.find((record) => record.scope === scope) ?? records?.[0]
  }

  putKeyRecord(storeId: number, key: string, record: KeyRecord): void {
    const id = `${storeId}/${key}`
    this.#keys.set(id, [...(this.#keys.get(id) ?? []), record])
  }

  loadClaim(storeId: number, claim: Claim, owner: string): void {
    const key = claimKey(storeId, claim)
    this.#loadedClaims.set(key, owner)
    this.#claims.set(key, { storeId, claim, owner })
  }

  of(ref: AccountRef): Ledgered {
    const key = accountKey(ref)
    const known = this.accounts.get(key)
    if (known) return known
    const fresh = new Ledgered(ref, undefined)
    this.accounts.set(key, fresh)
    return fresh
  }

  /** What `command` sees of the account, with all that earlier commands of the batch did. */
  viewFor(ref: AccountRef, command: Command): View {
    const ledgered = this.of(ref)
    const needs = needsOf(command)
    const { transactionId, invoice, statementId } = needs
    const invoices = ledgered.invoices.get(transactionId ?? invoice?.transactionId ?? '')
    const takenBy = { email: undefined, document: undefined } as Record<
      Claim['kind'],
      string | undefined
    >
    for (const claim of claimsNeeded(command, ledgered.account)) {
      takenBy[claim.kind] = this.#claims.get(claimKey(ref.storeId, claim))?.owner
    }
    return {
      account: ledgered.account,
      transaction: transactionId ? ledgered.transactions.get(transactionId) : undefined,
      invoices: [...(invoices?.values() ?? [])],
      holders: ledgered.holders,
      debit: statementId ? ledgered.debits.get(statementId) : undefined,
      emailTakenBy: takenBy.email,
      documentTakenBy: takenBy.document,
    }
  }

  /** Keeps what an accepted command made of what it saw. */
  put(ref: AccountRef, before: View, after: View, events: readonly Event[]): void {
    const ledgered = this.of(ref)
    ledgered.account = after.account
    this.#putTransaction(ledgered, before, after)
    this.#putInvoices(ledgered, before, after)
    if (before.holders !== after.holders) this.#putHolders(ledgered, before, after)
    for (const event of events) {
      if (event.type !== 'Debited') continue
      const { statementId, value } = event
      ledgered.debits.set(statementId, value)
      this.newDebits.push({ ref, value: { statementId, value, at: after.account?.updatedAt ?? 0 } })
    }
    if (events.some(({ type }) => CLAIMING.has(type))) this.#putClaims(ref, before, after)
  }

  #putTransaction({ ref, transactions }: Ledgered, before: View, after: View): void {
    const { transaction } = after
    if (!transaction || transaction === before.transaction) return
    if (!before.transaction && transactions.has(transaction.id)) {
      throw new Error('One batch must not make two transactions of one id')
    }
    transactions.set(transaction.id, transaction)
    const key = `${accountKey(ref)}/${transaction.id}`
    const isNew = !before.transaction || this.newTransactions.has(key)
    const written = isNew ? this.newTransactions : this.changedTransactions
    written.set(key, { ref, value: transaction })
  }

  #putInvoices(ledgered: Ledgered, before: View, after: View): void {
    if (before.invoices === after.invoices) return
    const known = new Map(before.invoices.map((invoice) => [invoice.installment, invoice]))
    const { ref } = ledgered
    const timeZone = this.#timeZoneOf(ref)
    for (const invoice of after.invoices) {
      const old = known.get(invoice.installment)
      if (old === invoice) continue
      ledgered.putInvoice(invoice)
      const key = `${accountKey(ref)}/${invoice.transactionId}/${invoice.installment}`
      const isNew = !old || this.newInvoices.has(key)
      const written = isNew ? this.newInvoices : this.changedInvoices
      const value = dated(invoice, timeZone)
      written.set(key, { ref, value })
      if (old) this.invoiceDeltas.remove(ref, dated(old, timeZone))
      this.invoiceDeltas.add(ref, value)
    }
  }

  #timeZoneOf({ storeId }: AccountRef): string {
    const store = this.#stores.get(storeId)
    if (!store) throw new Error(`There is no store ${storeId}`)
    return store.timeZone
  }

  #putHolders(ledgered: Ledgered, before: View, after: View): void {
    const { ref } = ledgered
    ledgered.holders = after.holders
    for (const holder of after.holders) {
      if (before.holders.includes(holder)) continue
      this.newHolders.set(`${accountKey(ref)}/${holder.id}`, { ref, value: holder })
    }
    for (const holder of before.holders) {
      if (after.holders.includes(holder)) continue
      const key = `${accountKey(ref)}/${holder.id}`
      if (!this.newHolders.delete(key)) this.removedHolders.set(key, { ref, value: holder })
    }
  }

  #putClaims({ storeId, accountId }: AccountRef, before: View, after: View): void {
    const had = byKey(storeId, claimsOf(before.account, before.holders))
    const has = byKey(storeId, claimsOf(after.account, after.holders))
    for (const [key, claim] of has) {
      if (!had.has(key)) this.#claims.set(key, { storeId, claim, owner: accountId })
    }
    for (const [key, claim] of had) {
      if (has.has(key)) continue
      if (!this.#claims.has(key)) this.#loadedClaims.set(key, accountId)
      this.#claims.set(key, { storeId, claim, owner: undefined })
    }
  }
}

/** Events that change what an account claims for itself. */
const CLAIMING = new Set<Event['type']>([
  'AccountOpened',
  'AccountIdentified',
  'AccountClosed',
  'HolderAdded',
  'HolderRemoved',
])

/** True where the two differ in totals alone. */
function hasSameTerms(a: Account, b: Account): boolean {
  return (
    a.limit === b.limit &&
    a.tolerance === b.tolerance &&
    a.status === b.status &&
    a.frozenReason === b.frozenReason &&
    a.email === b.email &&
    a.document === b.document &&
    a.documentType === b.documentType
  )
}

export function accountKey({ storeId, accountId }: AccountRef): string {
  return `${storeId}/${accountId}`
}

export function claimKey(storeId: number, { kind, value }: Claim): string {
  return `${storeId}/${kind}/${value}`
}

function byKey(storeId: number, claims: readonly Claim[]): Map<string, Claim> {
  return new Map(claims.map((claim) => [claimKey(storeId, claim), claim]))
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
