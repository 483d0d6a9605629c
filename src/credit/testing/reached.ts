/** What a history reaches, by name, so that a test can ask whether it reaches enough. */
import type { Account } from '../account.ts'
import type { Event } from '../events.ts'
import { emailKey } from '../identity.ts'
import type { Transaction } from '../transaction.ts'
import { spendableOf } from './invariants.ts'
import type { Played, Player } from './player.ts'

/** An event, and what it happened to. */
interface Seen {
  readonly event: Event
  readonly played: Played
  /** The account after the step, and what the step left spendable of it. */
  readonly account: Account
  readonly left: bigint
  /** The transaction of the event before the step and after it. */
  readonly was: Transaction | undefined
  readonly transaction: Transaction | undefined
}

/** Cases that are worth a test, beyond the types of events and the reasons of refusals. */
export const CASES: Readonly<Record<string, (seen: Seen) => boolean>> = {
  'a hold that takes the last unit of the limit': (seen) =>
    seen.event.type === 'TransactionAuthorized' && seen.left === 0n && !isBeyondLimit(seen),
  'a hold that takes the last unit of the tolerance': (seen) =>
    seen.event.type === 'TransactionAuthorized' && seen.left === 0n && isBeyondLimit(seen),
  'an authorization by another holder': ({ event, account }) =>
    event.type === 'TransactionAuthorized' &&
    event.holder !== null &&
    emailKey(event.holder) !== emailKey(account.email),
  'a hold that grows': ({ event, was }) =>
    event.type === 'TransactionChanged' && event.value > (was?.value ?? 0n),
  'a hold that expires at the very instant of a command': ({ event, transaction, played }) =>
    event.type === 'TransactionExpired' && transaction?.expiresAt === played.now,
  'a rest of a hold that expires after a settlement': ({ event, transaction }) =>
    event.type === 'TransactionExpired' && transaction?.status === 'Settled',
  'a settlement beyond its hold': ({ event }) =>
    event.type === 'TransactionSettled' && event.value > event.fromHold,
  'a second settlement of a transaction': ({ event, transaction }) =>
    event.type === 'TransactionSettled' && transaction?.settlements === 2,
  'fewer units than instalments': ({ event, was }) =>
    event.type === 'TransactionSettled' && event.invoices.length < (was?.installments ?? 0),
  'a refund off open invoices': ({ event }) =>
    event.type === 'TransactionRefunded' && event.reductions.length > 0,
  'a refund as credit': ({ event }) => event.type === 'TransactionRefunded' && event.credited > 0n,
  'a payment taken back after a refund': ({ event, was }) =>
    event.type === 'PaymentTakenBack' && (was?.refunded ?? 0n) > 0n,
  'an invoice cancelled after a refund': ({ event, was }) =>
    event.type === 'InvoiceCancelled' && (was?.refunded ?? 0n) > 0n,
  'a debt in the favour of the buyer': ({ account }) => account.owed < 0n,
  'credit used beyond what is spendable': ({ left }) => left < 0n,
  'an account opened by an authorization': ({ event, played }) =>
    event.type === 'AccountOpened' && played.command?.type === 'authorize',
  'an account opened by a change': ({ event, played }) =>
    event.type === 'AccountOpened' && played.command?.type === 'changeAccount',
  'an account opened in the place of one that was closed': ({ event, played }) =>
    event.type === 'AccountOpened' && played.accountId !== `account-${played.step.account}`,
}

export const NO_EFFECT = 'a command without effect'

/** Types of events, the reason of a refusal, and cases, as often as the step reached them. */
export function reachedBy(player: Player, played: Played): string[] {
  const { expired, decision } = played
  if (!decision) return []
  const events = [...expired, ...('events' in decision ? decision.events : [])]
  const names: string[] = events.map(({ type }) => type)
  if ('refusal' in decision) names.push(decision.refusal.reason)
  else if (decision.events.length === 0) names.push(NO_EFFECT)
  return [...names, ...events.flatMap((event) => casesOf(player, played, event))]
}

function casesOf({ book }: Player, played: Played, event: Event): string[] {
  const state = book.stateOf(played.accountId)
  if (!state) return []
  const { account, transactions } = state
  const id = 'transactionId' in event ? event.transactionId : ''
  const was = played.before.get(played.accountId)?.transactions[id]
  const left = spendableOf(account, book.config)
  const seen = { event, played, account, left, was, transaction: transactions[id] }
  return Object.keys(CASES).filter((name) => CASES[name]?.(seen))
}

function isBeyondLimit({ account: { owed, held, limit } }: Seen): boolean {
  return owed + held > limit
}
