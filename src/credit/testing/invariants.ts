/**
 * What must hold of a store after every command, whatever came before.
 *
 * Nothing here asks `decide` or `evolve`: totals are added up again from the entries, and compared
 * with what the book says. Each check tells what is wrong in words, or nothing.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Account } from '../account.ts'
import { claimsOf } from '../claims.ts'
import { decodeEvent, type Event, type EventOf, encodeEvent } from '../events.ts'
import type { Invoice } from '../invoice.ts'
import type { Minor } from '../money.ts'
import { statementLine } from '../statement.ts'
import type { StoreConfig } from '../store.ts'
import { type AccountState, Book, type BookEntry } from './book.ts'
import type { Played, Player } from './player.ts'

/** All that is wrong after a step. */
export function violations({ book }: Player, played: Played): string[] {
  const { accountId, before, now } = played
  const state = book.stateOf(accountId)
  const found = [...refusalFaults(book, played), ...neighbourFaults(book, played)]
  found.push(...claimFaults(book))
  if (!state) return found
  const entries = book.entriesOf(accountId)
  found.push(...totalFaults(state, entries), ...statementFaults(state.account, entries))
  found.push(...expiryFaults(state, now), ...seqFaults(state.account, entries))
  for (const transaction of Object.values(state.transactions)) {
    found.push(...transactionFaults(state, transaction.id, entries))
  }
  const earlier = before.get(accountId)
  const fresh = entries.slice(earlier?.account.seq ?? 0).map(({ event }) => event)
  for (const event of fresh) found.push(...eventFaults(event, earlier, state))
  found.push(...finalFaults(state, played))
  found.push(...spendableFaults(earlier?.account, state.account, fresh, book.config, played))
  return found
}

/** All that is wrong once a history is over: its ledger must tell the whole of it. */
export function replayFaults(book: Book): string[] {
  const { config, timeZone } = book
  const stored = book.entries.map((entry) => ({
    ...entry,
    event: decodeEvent(encodeEvent(entry.event)),
  }))
  const faults = stored
    .filter((entry, index) => !isDeepStrictEqual(entry, book.entries[index]))
    .map(({ event }) => `${event.type} does not come back from its JSON`)
  const again = Book.replay(stored, { config, timeZone })
  if (!isDeepStrictEqual([...again.accounts], [...book.accounts])) {
    faults.push('replaying the ledger gives another state')
  }
  return faults
}

/** The credit that an authorization may take, added up anew. */
export function spendableOf({ limit, tolerance, owed, held }: Account, config: StoreConfig): Minor {
  const extra = config.toleranceEnabled ? (limit * tolerance) / 1_000_000n : 0n
  return limit + extra - owed - held
}

function refusalFaults(book: Book, { accountId, before, decision, command }: Played): string[] {
  if (!decision || 'events' in decision) return []
  const state = before.get(accountId)
  const faults: string[] = []
  if (book.stateOf(accountId) !== state) faults.push('a refusal changed something')
  if (decision.refusal.reason === 'insufficient-credit' && state) {
    const { value, spendable, shortfall } = decision.refusal.facts
    const left = spendableOf(state.account, book.config)
    if (spendable !== left) faults.push(`refused for ${spendable}, but ${left} is spendable`)
    if (shortfall <= 0n || shortfall !== value - left) faults.push(`wrong shortfall ${shortfall}`)
    if (command?.type === 'authorize' && value !== command.value) faults.push('wrong value refused')
  }
  return faults
}

function neighbourFaults(book: Book, { accountId, before }: Played): string[] {
  return [...book.accounts]
    .filter(([id, state]) => id !== accountId && state !== before.get(id))
    .map(([id]) => `${id} changed by a command on ${accountId}`)
}

function claimFaults(book: Book): string[] {
  const claims = [...book.accounts.values()]
    .flatMap(({ account, holders }) => claimsOf(account, holders))
    .map(({ kind, value }) => `${kind} ${value}`)
  const isTwice = new Set(claims).size !== claims.length
  return isTwice ? [`something is claimed twice: ${claims.join(', ')}`] : []
}

function totalFaults(state: AccountState, entries: readonly BookEntry[]): string[] {
  const { account, transactions, invoices } = state
  const open = sum(Object.values(invoices).flat().filter(isOpen).map(amountOf))
  const owed = open + sum(entries.map(({ event }) => debitOf(event) - creditOf(event)))
  const held = sum(Object.values(transactions).map((transaction) => transaction.held))
  return [
    ...differ('owed', account.owed, owed),
    ...differ('held', account.held, held),
    ...differ('held by the entries', held, sum(entries.map(({ event }) => heldBy(event, entries)))),
    ...(account.status === 'Closed' && (owed !== 0n || held !== 0n) ? ['closed while used'] : []),
  ]
}

/** What an event adds to the holds of its account. */
function heldBy(event: Event, entries: readonly BookEntry[]): Minor {
  switch (event.type) {
    case 'TransactionAuthorized':
      return event.value
    case 'TransactionChanged':
      return event.value - valueBefore(event, entries)
    case 'TransactionSettled':
      return -event.fromHold - event.released
    case 'TransactionCancelled':
    case 'TransactionExpired':
    case 'HoldReleased':
    case 'SettlementLowered':
      return -event.released
    default:
      return 0n
  }
}

function valueBefore(changed: EventOf<'TransactionChanged'>, entries: readonly BookEntry[]): Minor {
  let value = 0n
  for (const { event } of entries) {
    if (event === changed) return value
    const isValued = event.type === 'TransactionAuthorized' || event.type === 'TransactionChanged'
    if (isValued && event.transactionId === changed.transactionId) value = event.value
  }
  return value
}

/** Every line of the statement but those of the credit itself moves the balance by its value. */
function statementFaults(account: Account, entries: readonly BookEntry[]): string[] {
  const lines = entries
    .map(({ event }) => statementLine(event, account))
    .filter((line) => line !== null && line.origin !== 'Credit')
  return differ('balance of the statement', -account.owed, sum(lines.map((line) => line?.value)))
}

function expiryFaults({ account, transactions }: AccountState, now: number): string[] {
  const live = Object.values(transactions).filter(({ held }) => held > 0n)
  const first = Math.min(...live.map(({ expiresAt }) => expiresAt))
  const faults: string[] = []
  if (first <= now) faults.push('a hold outlived its expiry')
  if ((account.nextExpiry === null) !== (live.length === 0)) faults.push('nextExpiry is amiss')
  if (account.nextExpiry !== null && account.nextExpiry > first) faults.push('nextExpiry is late')
  return faults
}

function seqFaults(account: Account, entries: readonly BookEntry[]): string[] {
  const isCounted = entries.every(({ seq }, index) => seq === index + 1)
  return isCounted && account.seq === entries.length ? [] : ['seq does not count the entries']
}

function transactionFaults(
  { transactions, invoices }: AccountState,
  transactionId: string,
  entries: readonly BookEntry[],
): string[] {
  const transaction = transactions[transactionId]
  if (!transaction) return []
  const { value, held, settled, refunded, status, invoiceCount } = transaction
  const own = invoices[transactionId] ?? []
  const open = sum(own.filter(isOpen).map(amountOf))
  const paid = sum(own.filter((invoice) => invoice.status === 'Paid').map(amountOf))
  const billed = sum(own.map((invoice) => invoice.value + invoice.creditValue))
  const events = entries.map(({ event }) => event).filter((event) => isOf(event, transactionId))
  const credited = sum(events.map(creditOf))
  const owing = sum(events.map(owedBy))
  const name = `transaction ${transactionId}: `
  return [
    ...(held < 0n || settled < 0n || refunded < 0n ? ['something is negative'] : []),
    ...(settled + held > value ? [`settled ${settled} and held ${held} of ${value}`] : []),
    ...(refunded > settled ? [`refunded ${refunded} of ${settled}`] : []),
    ...(status === 'Cancelled' || status === 'Expired'
      ? differ('what an ended one keeps', held + settled, 0n)
      : []),
    ...differ('sum of its invoices', billed, settled),
    ...differ('number of its invoices', BigInt(own.length), BigInt(invoiceCount)),
    ...differ('what the buyer gave or owes', open + paid - credited, settled - refunded),
    ...differ('part of the debt', open - credited, owing),
    ...(owing + paid < 0n ? [`${-owing - paid} was made from nothing`] : []),
    ...own.flatMap(invoiceFaults),
  ].map((fault) => name + fault)
}

function invoiceFaults({ value, creditValue, status, installment }: Invoice): string[] {
  const isEmptied = value === 0n && status !== 'Cancelled'
  const isWrong = value < 0n || creditValue < 0n || isEmptied
  return isWrong ? [`invoice ${installment} is ${status} with ${value} and ${creditValue}`] : []
}

function eventFaults(
  event: Event,
  before: AccountState | undefined,
  after: AccountState,
): string[] {
  switch (event.type) {
    case 'TransactionSettled':
      return settlementFaults(event, before)
    case 'TransactionRefunded':
      return reductionFaults(event, event.value - event.credited, event.credited, before, after)
    case 'SettlementLowered':
      return reductionFaults(event, event.value, 0n, before, after)
    default:
      return []
  }
}

/** Open invoices give from the last backwards, and only what they cannot give becomes credit. */
function reductionFaults(
  { transactionId, reductions }: EventOf<'TransactionRefunded' | 'SettlementLowered'>,
  reduced: Minor,
  credited: Minor,
  before: AccountState | undefined,
  after: AccountState,
): string[] {
  const open = before?.invoices[transactionId]?.filter(isOpen) ?? []
  const left = after.invoices[transactionId]?.filter(isOpen) ?? []
  const touched = open.slice(open.length - reductions.length).reverse()
  const isBackwards = reductions.every(({ installment, by }, index) => {
    const invoice = touched[index]
    const isLast = index === reductions.length - 1
    return (
      invoice?.installment === installment && (isLast ? by <= invoice.value : by === invoice.value)
    )
  })
  return [
    ...differ('sum of the reductions', sum(reductions.map(({ by }) => by)), reduced),
    ...(isBackwards ? [] : ['the last open invoices were not reduced first']),
    ...(credited > 0n && left.length > 0 ? ['credited while an invoice is open'] : []),
  ]
}

function settlementFaults(
  { transactionId, value, numberOfInstallments, invoices }: EventOf<'TransactionSettled'>,
  before: AccountState | undefined,
): string[] {
  const count = before?.transactions[transactionId]?.invoiceCount ?? 0
  const most = before?.transactions[transactionId]?.installments ?? 0
  const values = invoices.map(amountOf)
  const first = values[0] ?? 0n
  const last = values.at(-1) ?? 0n
  const falls = values.every((part, index) => index === 0 || part <= (values[index - 1] ?? 0n))
  const isNumbered = invoices.every(({ installment }, index) => installment === count + index + 1)
  return [
    ...differ('sum of the instalments', sum(values), value),
    ...(falls && first - last <= 1n && last > 0n ? [] : [`uneven instalments ${values}`]),
    ...(isNumbered ? [] : ['the instalments are not numbered on']),
    ...(values.length === numberOfInstallments && values.length <= most ? [] : ['wrong count']),
  ]
}

function finalFaults({ transactions }: AccountState, { command, decision }: Played): string[] {
  if (command?.type !== 'settle' || !command.final) return []
  const isDone = decision !== undefined && 'events' in decision
  const held = transactions[command.transactionId]?.held ?? 0n
  return isDone ? differ('hold after a final settlement', held, 0n) : []
}

/** What may bring the spendable credit below zero; everything else must leave it at zero or more. */
const MAY_OVERDRAW = new Set(['LimitChanged', 'ToleranceChanged', 'Debited', 'PaymentTakenBack'])

function spendableFaults(
  before: Account | undefined,
  after: Account,
  events: readonly Event[],
  config: StoreConfig,
  { step }: Played,
): string[] {
  if (step.kind === 'configure') return []
  const left = spendableOf(after, config)
  const fell = before === undefined || left < spendableOf(before, config)
  const isExcused = events.some(({ type }) => MAY_OVERDRAW.has(type))
  return left < 0n && fell && !isExcused ? [`overdrawn by ${-left}`] : []
}

/** What an event adds to the debt of its transaction. */
function owedBy(event: Event): Minor {
  switch (event.type) {
    case 'TransactionSettled':
    case 'PaymentTakenBack':
      return event.value
    case 'SettlementLowered':
    case 'TransactionRefunded':
    case 'InvoicePaid':
    case 'InvoiceCancelled':
      return -event.value
    default:
      return 0n
  }
}

function debitOf(event: Event): Minor {
  return event.type === 'Debited' ? -event.value : 0n
}

function creditOf(event: Event): Minor {
  return event.type === 'TransactionRefunded' ? event.credited : 0n
}

function isOf(event: Event, transactionId: string): boolean {
  return 'transactionId' in event && event.transactionId === transactionId
}

function isOpen({ status }: Invoice): boolean {
  return status === 'Opened'
}

function amountOf({ value }: { readonly value: Minor }): Minor {
  return value
}

function differ(what: string, is: Minor, should: Minor): string[] {
  return is === should ? [] : [`${what} is ${is} instead of ${should}`]
}

function sum(values: readonly (Minor | undefined)[]): Minor {
  return values.reduce<Minor>((total, value = 0n) => total + value, 0n)
}
