/** The one connection of a lane, opened when it is needed and thrown away when it breaks. */
import { connect, type Sql } from '../postgres/connect.ts'

/** Longest wait for a connection that is given up to end by itself. */
const END_TIMEOUT_S = 1

/**
 * A reserved connection must never be used after its socket closed: the driver would send the
 * rest of a transaction on a new connection, outside of any transaction, and it never settles
 * queries that were still waiting for their turn. So a closed session is abandoned whole, whoever
 * waits on it is told at once, and the next batch opens a new one.
 */
export class LaneSession {
  readonly #url: string
  readonly #name: string
  #pool: Sql | undefined
  #reserved: Sql | undefined
  /** Who waits on the connection, to be told when it breaks. */
  readonly #waiting = new Set<(error: Error) => void>()

  constructor(url: string, name: string) {
    this.#url = url
    this.#name = name
  }

  /** The connection. Throws the driver's error where the database cannot be reached in time. */
  async open(deadline: number): Promise<Sql> {
    if (this.#reserved) return this.#reserved
    this.discard()
    const pool: Sql = connect(this.#url, {
      max: 1,
      applicationName: this.#name,
      onClose: () => this.#onClose(pool),
    })
    this.#pool = pool
    try {
      // The driver reserves only a connection that stands already.
      await this.whileOpen(Promise.resolve(pool`select 1`), deadline)
      const reserved = await this.whileOpen(pool.reserve() as unknown as Promise<Sql>, deadline)
      if (this.#pool !== pool) throw closed()
      this.#reserved = reserved
      return reserved
    } catch (error) {
      this.discard()
      throw error
    }
  }

  /** False once the connection broke: nothing more may be sent on what {@link open} gave. */
  isOpen(sql: Sql): boolean {
    return this.#reserved === sql
  }

  /** Throws CONNECTION_CLOSED once the connection broke. */
  assertOpen(sql: Sql): void {
    if (!this.isOpen(sql)) throw closed()
  }

  /**
   * What `work` on the connection gives, or CONNECTION_CLOSED as soon as the connection breaks; a
   * connection with no end of the work by the deadline (of `performance.now()`) is given up: a
   * network that loses packets tells nobody.
   */
  async whileOpen<T>(work: Promise<T>, deadline: number): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    this.#waiting.add(reject)
    work.then(resolve, reject)
    const late = setTimeout(() => this.discard(), Math.max(0, deadline - performance.now()))
    try {
      return await promise
    } finally {
      clearTimeout(late)
      this.#waiting.delete(reject)
    }
  }

  /** Drops the connection without waiting for it. */
  discard(): void {
    const pool = this.#pool
    this.#pool = undefined
    this.#reserved = undefined
    for (const tell of this.#waiting) tell(closed())
    void pool?.end({ timeout: END_TIMEOUT_S }).catch(() => undefined)
  }

  #onClose(pool: Sql): void {
    if (this.#pool === pool) this.discard()
  }
}

function closed(): Error {
  return Object.assign(new Error('The connection closed'), { code: 'CONNECTION_CLOSED' })
}
