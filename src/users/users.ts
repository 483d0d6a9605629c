/** People who sign in, as a capability of the server: their operations, and when keys were used. */
import type { Api, ApiContext, Capability } from '../api/context.ts'
import type { Instant } from '../credit/schedule.ts'
import { keepKeyUses } from '../ledger/credentials.ts'
import type { Sql } from '../postgres/connect.ts'
import { Hasher } from './hasher.ts'
import { forgetFailures } from './lockout.ts'
import { OidcProvider, type OidcSettings } from './oidc.ts'
import { keyRoutes } from './routes/keys.ts'
import { oidcRoutes } from './routes/oidc.ts'
import { peopleRoutes } from './routes/people.ts'
import { openSessionRoutes, sessionRoutes } from './routes/session.ts'
import { forgetSessions } from './user-store.ts'

export interface UsersOptions {
  /** The pool of the API. */
  readonly sql: () => Sql
  readonly now: () => Instant
  /** The name of the store to which people sign in who name none. */
  readonly store: string
  /** Where an OpenID provider lets people in, too. */
  readonly oidc?: OidcSettings | undefined
  readonly onError: (error: unknown) => void
}

const KEEP_USES_EVERY_MS = 60_000
const FORGET_EVERY_MS = 3_600_000

export class Users implements Capability {
  readonly hasher = new Hasher()
  readonly defaultStore: string
  /** How one may sign in. */
  readonly options: { password: boolean; oidc: boolean; providerName?: string }
  readonly #options: UsersOptions
  readonly #provider: OidcProvider | undefined
  /** Keys that were used since they were last written down. */
  #uses = new Map<string, Instant>()
  #timers: NodeJS.Timeout[] = []

  constructor(options: UsersOptions) {
    this.#options = options
    this.defaultStore = options.store
    this.#provider = options.oidc && new OidcProvider(options.oidc)
    this.options = this.#provider
      ? { password: true, oidc: true, providerName: this.#provider.name }
      : { password: true, oidc: false }
  }

  readonly onKeyUse = (appKey: string, at: Instant): void => {
    this.#uses.set(appKey, at)
  }

  open(api: Api, context: ApiContext): void {
    openSessionRoutes(api, context, this)
    if (this.#provider) oidcRoutes(api, context, this.#provider)
  }

  closed(api: Api, context: ApiContext): void {
    sessionRoutes(api, context, this)
    peopleRoutes(api, context, this)
    keyRoutes(api, context)
  }

  /** Begins to write down now and then what was used, and to forget what is over. */
  start(): void {
    const { onError } = this.#options
    const every = (ms: number, task: () => Promise<void>) =>
      setInterval(() => void task().catch(onError), ms).unref()
    this.#timers = [
      every(KEEP_USES_EVERY_MS, () => this.keepUses()),
      every(FORGET_EVERY_MS, () => this.forget()),
    ]
  }

  /** Writes down when keys were used, all in one statement. */
  async keepUses(): Promise<void> {
    if (this.#uses.size === 0) return
    const uses = this.#uses
    this.#uses = new Map()
    await keepKeyUses(this.#options.sql(), uses)
  }

  /** Forgets failed sign-ins and sessions that count no more. */
  async forget(): Promise<void> {
    const { sql, now } = this.#options
    await forgetFailures(sql(), now())
    await forgetSessions(sql(), now())
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await this.keepUses().catch(this.#options.onError)
  }
}
