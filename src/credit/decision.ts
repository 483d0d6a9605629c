/** What comes of a command: events, or a refusal that changes nothing. */
import type { Event } from './events.ts'
import type { Refusal, RefusalFacts, RefusalReason } from './refusals.ts'
import type { Instant } from './schedule.ts'
import type { StoreConfig } from './store.ts'

export type Decision = { readonly events: readonly Event[] } | { readonly refusal: Refusal }

/** What a decision depends on besides the account: the clock and the store. */
export interface Context {
  readonly now: Instant
  readonly timeZone: string
  readonly config: StoreConfig
}

export function happened(...events: Event[]): Decision {
  return { events }
}

export function refuse<R extends RefusalReason>(reason: R, facts: RefusalFacts[R]): Decision {
  return { refusal: { reason, facts } as Refusal }
}
