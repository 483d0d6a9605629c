/**
 * What a lane still knows of the accounts that it wrote last, so that authorizations on them need no
 * look-up and no lock: they go out in one flight, and the database takes them only where everything
 * that was remembered still holds (`flushRemembered` in flush.ts). What was remembered wrongly costs
 * one flight, never a decision.
 */
import type { Account } from '../credit/account.ts'
import type { Instant } from '../credit/schedule.ts'
import type { Sql } from '../postgres/connect.ts'
import type { Submission } from './job.ts'
import type { Loaded, StoreRules } from './load.ts'
import { accountKey, Ledgered, WorkingSet } from './working-set.ts'

/** Most accounts of one lane: some 5 MB. Those that were written longest ago go first. */
export const REMEMBERED_ACCOUNTS = 8_192

/**
 * A connection that answered this short a time ago stands. After a longer rest a batch asks first: one
 * that broke meanwhile is found out then, while nothing was sent that could have been done.
 */
export const PROVEN_MS = 50

export class Memory {
  readonly #accounts = new Map<string, Account>()
  readonly #stores = new Map<number, StoreRules>()
  /** What stands on one connection is not known on the next: the database may be another by then. */
  #connection: Sql | undefined
  #keptAt = 0
  #pausedUntil = 0
  readonly #pause_ms: number

  /** `pause_ms`: where others write the same accounts, how long it is not worth trying. */
  constructor(pause_ms: number) {
    this.#pause_ms = pause_ms
  }

  /**
   * The accounts and stores of a batch, or undefined where one is unknown, a hold of it expires by
   * now, or a command needs more than its account.
   */
  recall(connection: Sql, batch: readonly Submission[], clock: Instant): Loaded | undefined {
    const now = performance.now()
    if (connection !== this.#connection || now < this.#pausedUntil) return undefined
    if (now > this.#keptAt + PROVEN_MS) return undefined
    const stores = new Map<number, StoreRules>()
    const accounts = new Map<string, Ledgered>()
    for (const submission of batch) {
      const rules = this.#stores.get(submission.storeId)
      const key = accountKey(submission)
      const account = this.#accounts.get(key)
      if (!account || !rules || !isOfAccountAlone(submission)) return undefined
      if (account.nextExpiry !== null && account.nextExpiry <= clock) return undefined
      stores.set(submission.storeId, rules)
      if (!accounts.has(key)) accounts.set(key, new Ledgered(submission, account))
    }
    return { set: new WorkingSet(stores, accounts), stores }
  }

  /** Remembers what a commit left behind. */
  keep(connection: Sql, { set, stores }: Loaded): void {
    if (connection !== this.#connection) this.#forget()
    this.#connection = connection
    this.#keptAt = performance.now()
    for (const [storeId, rules] of stores) this.#stores.set(storeId, rules)
    for (const [key, { account }] of set.accounts) {
      this.#accounts.delete(key)
      if (account) this.#accounts.set(key, account)
    }
    for (const key of this.#accounts.keys()) {
      if (this.#accounts.size <= REMEMBERED_ACCOUNTS) break
      this.#accounts.delete(key)
    }
  }

  /** Forgets all, and is of no help for a while: others write the same accounts. */
  pause(): void {
    this.#forget()
    this.#pausedUntil = performance.now() + this.#pause_ms
  }

  #forget(): void {
    this.#accounts.clear()
    this.#stores.clear()
  }
}

function isOfAccountAlone({ command }: Submission): boolean {
  return command.type === 'authorize' && command.holder === null
}
