/** Random histories of a store: what holds after every command, whatever came before. */
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { CommandType } from './commands.ts'
import { decide } from './decide.ts'
import type { Event, EventType } from './events.ts'
import type { RefusalReason } from './refusals.ts'
import type { Decide } from './testing/book.ts'
import { type History, histories } from './testing/histories.ts'
import { replayFaults, violations } from './testing/invariants.ts'
import { Player } from './testing/player.ts'
import { CASES, NO_EFFECT, reachedBy } from './testing/reached.ts'
import type { View } from './view.ts'

/** `HISTORY_RUNS=100000` looks longer. */
const RUNS = Number(process.env.HISTORY_RUNS ?? 3000)
const TIMEOUT_MS = 30_000 + RUNS * 20

/** Every type of event: the type makes sure that none is left out. */
const EVENTS: Record<EventType, true> = {
  AccountOpened: true,
  AccountIdentified: true,
  AccountFrozen: true,
  AccountUnfrozen: true,
  AccountClosed: true,
  LimitChanged: true,
  ToleranceChanged: true,
  Debited: true,
  HolderAdded: true,
  HolderRemoved: true,
  TransactionAuthorized: true,
  TransactionChanged: true,
  TransactionCancelled: true,
  TransactionExpired: true,
  HoldReleased: true,
  TransactionSettled: true,
  SettlementLowered: true,
  TransactionRefunded: true,
  InvoicePaid: true,
  PaymentTakenBack: true,
  InvoiceCancelled: true,
  InvoiceAnnotated: true,
  InvoicePostponed: true,
}

/** Refusals that need more than a short history: their own tests make them. */
type OutOfReach =
  | 'holder-not-removable'
  | 'too-many-holders'
  | 'too-many-invoices'
  | 'owed-too-large'

const REFUSED: Record<Exclude<RefusalReason, OutOfReach>, true> = {
  'invalid-input': true,
  'missing-resource': true,
  'changed-meanwhile': true,
  'account-not-found': true,
  'account-already-open': true,
  'account-closed': true,
  'account-frozen': true,
  'account-in-use': true,
  'email-taken': true,
  'holder-not-found': true,
  'not-a-holder': true,
  'insufficient-credit': true,
  'transaction-not-found': true,
  'transaction-ended': true,
  'transaction-settled': true,
  'transaction-to-be-settled': true,
  'growth-exceeded': true,
  'nothing-to-settle': true,
  'settlement-below-paid': true,
  'settlement-below-refunds': true,
  'refund-exceeded': true,
  'invoice-not-found': true,
  'invoice-transition': true,
  'invoice-already-refunded': true,
  'postponement-disabled': true,
  'postponement-not-open': true,
  'postponement-limit': true,
  'postponement-days': true,
  'debit-conflict': true,
}
const REFUSALS = Object.keys(REFUSED)

function soundUnder(by: Decide): fc.IProperty<[History]> {
  return fc.property(histories(), (history) => {
    expect(faultsOf(history, by)).toEqual([])
  })
}

/** What the first faulty step of a history does wrong, or its replay. */
function faultsOf(history: History, by: Decide): string[] {
  const player = new Player(history, by)
  for (const step of history.steps) {
    const faults = violations(player, player.play(step))
    if (faults.length > 0) return faults
  }
  return replayFaults(player.book)
}

test(
  'no history breaks the books',
  () => {
    fc.assert(soundUnder(decide), { numRuns: RUNS })
  },
  TIMEOUT_MS,
)

describe('the histories reach', () => {
  const reached = new Map<string, number>()

  beforeAll(() => {
    for (const history of fc.sample(histories(), { numRuns: 3000, seed: 22 })) count(history)
  }, TIMEOUT_MS)

  function count(history: History) {
    const player = new Player(history)
    const names = history.steps.flatMap((step) => reachedBy(player, player.play(step)))
    for (const name of names) reached.set(name, (reached.get(name) ?? 0) + 1)
  }

  test.each(Object.keys(EVENTS))('%s', (type) => {
    expect(reached.get(type)).toBeGreaterThanOrEqual(10)
  })
  test.each(REFUSALS)('the refusal %s', (reason) => {
    expect(reached.get(reason)).toBeGreaterThanOrEqual(10)
  })
  test.each([NO_EFFECT, ...Object.keys(CASES)])('%s', (name) => {
    expect(reached.get(name)).toBeGreaterThanOrEqual(10)
  })
})

describe('a broken rule is noticed', () => {
  test.each<[string, Decide]>([
    ['authorizes one unit past the limit', seeing('authorize', withLimit(1n))],
    ['refuses the last unit of the limit', seeing('authorize', withLimit(-1n))],
    ['settles more than held without credit', seeing('settle', withLimit(1000n))],
    ['grows a hold without credit', seeing('changeTransaction', withLimit(1000n))],
    ['refunds more than was settled', seeing('refund', withSettled(1000n))],
    ['cancels an invoice that was refunded', seeing('cancelInvoice', withSettled(1000n))],
    ['lowers a settlement below its refunds', seeing('settle', withoutRefunds)],
    ['takes back a hidden payment', seeing('refund', withoutPayments)],
    ['closes an account in use', seeing('closeAccount', withNothingUsed)],
    ['gives an e-mail twice', seeing('addHolder', withFreeEmail)],
    ['gives the last instalment the extra unit', changing(lastTakesExtra)],
    ['refunds as credit while invoices are open', changing(allAsCredit)],
    ['keeps the rest of a hold that is settled', changing(nothingReleased)],
  ])('%s', { timeout: TIMEOUT_MS }, (_name, broken) => {
    const run = fc.check(soundUnder(broken), { numRuns: 5000, seed: 22, endOnFailure: true })
    expect(run.failed).toBe(true)
    expect(String(run.errorInstance)).toContain('to deeply equal []')
  })
})

/** A `decide` that sees a false view when it decides commands of one type. */
function seeing(type: CommandType, falsify: (view: View) => View): Decide {
  return (view, accountId, command, context) =>
    decide(command.type === type ? falsify(view) : view, accountId, command, context)
}

/** A `decide` that lets other events happen than it should. */
function changing(falsify: (event: Event) => Event): Decide {
  return (...asked) => {
    const decision = decide(...asked)
    return 'events' in decision ? { events: decision.events.map(falsify) } : decision
  }
}

function withLimit(more: bigint) {
  return (view: View): View =>
    view.account
      ? { ...view, account: { ...view.account, limit: view.account.limit + more } }
      : view
}

function withSettled(more: bigint) {
  return (view: View): View =>
    view.transaction
      ? { ...view, transaction: { ...view.transaction, settled: view.transaction.settled + more } }
      : view
}

function withoutRefunds(view: View): View {
  return view.transaction ? { ...view, transaction: { ...view.transaction, refunded: 0n } } : view
}

function withoutPayments(view: View): View {
  const invoices = view.invoices.map((invoice) =>
    invoice.status === 'Paid' ? { ...invoice, status: 'Opened' as const } : invoice,
  )
  return { ...view, invoices }
}

function withNothingUsed(view: View): View {
  return view.account ? { ...view, account: { ...view.account, owed: 0n, held: 0n } } : view
}

function withFreeEmail(view: View): View {
  return { ...view, emailTakenBy: undefined }
}

function lastTakesExtra(event: Event): Event {
  if (event.type !== 'TransactionSettled') return event
  const values = event.invoices.map(({ value }) => value).reverse()
  const invoices = event.invoices.map((invoice, index) => ({
    ...invoice,
    value: values[index] as bigint,
  }))
  return { ...event, invoices }
}

function allAsCredit(event: Event): Event {
  if (event.type !== 'TransactionRefunded') return event
  return { ...event, reductions: [], credited: event.value }
}

function nothingReleased(event: Event): Event {
  return event.type === 'TransactionSettled' ? { ...event, released: 0n } : event
}
