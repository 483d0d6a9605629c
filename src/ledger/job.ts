/** What the writer is given and what it answers. */
import type { Command } from '../credit/commands.ts'
import type { Event } from '../credit/events.ts'
import type { Refusal } from '../credit/refusals.ts'
import type { Instant } from '../credit/schedule.ts'
import type { StoreConfig } from '../credit/store.ts'
import type { View } from '../credit/view.ts'

/** An answer as it was first given under an Idempotency-Key: HTTP status and JSON text. */
export interface StoredAnswer {
  readonly status: number
  readonly body: string
}

/** The events of an accepted command, and the account after them. */
export interface Done {
  readonly kind: 'done'
  readonly view: View
  readonly events: readonly Event[]
  readonly config: StoreConfig
  readonly at: Instant
}

export interface Refused {
  readonly kind: 'refused'
  readonly refusal: Refusal
}

export type Outcome = Done | Refused

export type WriteResult =
  | Outcome
  /** The key was used before for the same request: its first answer, and no effect. */
  | { readonly kind: 'replayed'; readonly answer: StoredAnswer }
  /** The key was used before for another request: no effect. */
  | { readonly kind: 'key-reused' }

/** An Idempotency-Key: the writer keeps the answer that `render` makes of the outcome. */
export interface Idempotency {
  readonly key: string
  /** Tells one request (method, path, body) from another. */
  readonly fingerprint: string
  /** Where the key is kept: the account, or '' for a request that names none. */
  readonly scope: string
  readonly render: (outcome: Outcome) => StoredAnswer
}

/** One command on one account of one store. */
export interface Submission {
  readonly storeId: number
  readonly accountId: string
  readonly command: Command
  /** The e-mail or the key that asks for it. */
  readonly doneBy: string
  readonly idempotency?: Idempotency
  /** One of very many that nobody waits for: those of people take turns with them (writer.ts). */
  readonly background?: true
}
