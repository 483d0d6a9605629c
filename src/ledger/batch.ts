/** The middle of a batch: decide its commands in memory, one after the other. */
import { decide } from '../credit/decide.ts'
import type { Event } from '../credit/events.ts'
import { evolve } from '../credit/evolve.ts'
import type { RefusalReason } from '../credit/refusals.ts'
import type { Instant } from '../credit/schedule.ts'
import { statementLine } from '../credit/statement.ts'
import { expiriesDue } from '../credit/transaction.ts'
import type { View } from '../credit/view.ts'
import { EMPTY_VIEW } from '../credit/view.ts'
import type { Outcome, Submission, WriteResult } from './job.ts'
import type { Expiries, Loaded } from './load.ts'
import { type AccountRef, accountKey, type Ledgered, type WorkingSet } from './working-set.ts'

/** Who records what the clock did. */
export const SYSTEM = 'fiado'

/**
 * The time of an account never runs backwards, whatever the clocks of several servers say: it is
 * the clock's, or that of its last entry where this clock is behind.
 */
function accountNow(ledgered: Ledgered | undefined, clock: Instant): Instant {
  return Math.max(clock, ledgered?.account?.updatedAt ?? clock)
}

/** The accounts of the batch on which a hold expires by now. */
export function expiring(set: WorkingSet, clock: Instant): { ledgered: Ledgered; now: Instant }[] {
  const due: { ledgered: Ledgered; now: Instant }[] = []
  for (const ledgered of set.accounts.values()) {
    const now = accountNow(ledgered, clock)
    const nextExpiry = ledgered.account?.nextExpiry ?? null
    if (nextExpiry !== null && nextExpiry <= now) due.push({ ledgered, now })
  }
  return due
}

/** Applies the expiries of one account before any command sees it. */
export function applyExpiries(
  set: WorkingSet,
  ledgered: Ledgered,
  { expired, nextExpiry }: Expiries,
  now: Instant,
): void {
  const { ref } = ledgered
  for (const transaction of expired) {
    const view: View = { ...EMPTY_VIEW, account: ledgered.account, transaction }
    apply(set, ref, view, expiriesDue([transaction], now), SYSTEM, now)
  }
  if (ledgered.account) ledgered.account = { ...ledgered.account, nextExpiry }
}

/** Decides every command of the batch in its order; each result goes with its submission. */
export function decideAll(
  { set, stores }: Loaded,
  batch: readonly Submission[],
  clock: Instant,
): WriteResult[] {
  return batch.map((submission) => {
    const rules = stores.get(submission.storeId)
    if (!rules) throw new Error(`There is no store ${submission.storeId}`)
    const known = knownAnswer(set, submission)
    if (known) return known
    const now = accountNow(set.accounts.get(accountKey(submission)), clock)
    const { accountId, command, doneBy } = submission
    const view = set.viewFor(submission, command)
    const decision = decide(view, accountId, command, { now, ...rules })
    const outcome: Outcome =
      'refusal' in decision
        ? { kind: 'refused', refusal: decision.refusal }
        : {
            kind: 'done',
            view: apply(set, submission, view, decision.events, doneBy, now),
            events: decision.events,
            config: rules.config,
            at: now,
          }
    keepAnswer(set, submission, outcome, clock)
    return outcome
  })
}

/** Evolves the view, event by event, and keeps an entry of the ledger for each. */
function apply(
  set: WorkingSet,
  { storeId, accountId }: AccountRef,
  before: View,
  events: readonly Event[],
  doneBy: string,
  at: Instant,
): View {
  if (events.length === 0) return before
  let view = before
  for (const event of events) {
    const line = statementLine(event, view.account)
    view = evolve(view, accountId, event, at)
    if (!view.account) throw new Error(`${event.type} left no account`)
    const { account: after } = view
    set.entries.push({ storeId, accountId, seq: after.seq, at, doneBy, event, line, after })
  }
  set.put({ storeId, accountId }, before, view, events)
  return view
}

function knownAnswer(
  set: WorkingSet,
  { storeId, idempotency }: Submission,
): WriteResult | undefined {
  if (!idempotency) return undefined
  const { key, scope, fingerprint } = idempotency
  const known = set.keyRecord(storeId, key, scope)
  if (!known) return undefined
  if (known.fingerprint !== fingerprint) return { kind: 'key-reused' }
  return { kind: 'replayed', answer: known.answer }
}

function keepAnswer(
  set: WorkingSet,
  { storeId, idempotency }: Submission,
  outcome: Outcome,
  at: Instant,
): void {
  if (!idempotency || isUndecided(outcome)) return
  const { key, fingerprint, scope, render } = idempotency
  const record = { fingerprint, scope, answer: render(outcome) }
  set.putKeyRecord(storeId, key, record)
  set.newKeys.push({ ...record, storeId, key, at })
}

/** Bad input and a caller who may not are no answers to keep: the key is free for the right request. */
function isUndecided(outcome: Outcome): boolean {
  return outcome.kind === 'refused' && UNDECIDED.has(outcome.refusal.reason)
}

const UNDECIDED = new Set<RefusalReason>(['invalid-input', 'missing-resource'])
