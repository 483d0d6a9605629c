/** The pool for reads: each has a deadline, and the pool is replaced when its database was lost. */
import { connect, type Sql } from './connect.ts'
import { withDeadline } from './deadline.ts'

const RENEW_EVERY_MS = 1_000
/** With the grace for its cancellation, every read ends within 10 s. */
const READ_TIMEOUT_MS = 6_000

/**
 * The driver may keep a connection wedged whose socket closed in the middle of a write, so after
 * a connection error the whole pool is replaced; queries under way end on the old one.
 */
export class ReadPool {
  readonly #open: () => Sql
  #sql: Sql
  #renewedAt = 0

  constructor(url: string, max: number, timeout_ms = READ_TIMEOUT_MS) {
    this.#open = () =>
      withDeadline(connect(url, { max, applicationName: 'fiado reads' }), timeout_ms)
    this.#sql = this.#open()
  }

  get sql(): Sql {
    return this.#sql
  }

  renew(): void {
    const now = performance.now()
    if (now - this.#renewedAt < RENEW_EVERY_MS) return
    this.#renewedAt = now
    const old = this.#sql
    this.#sql = this.#open()
    void old.end({ timeout: 5 }).catch(() => undefined)
  }

  async close(): Promise<void> {
    await this.#sql.end({ timeout: 5 })
  }
}
