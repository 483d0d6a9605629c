/**
 * What the writer would decide now, without deciding it: the same loading and the same rules, as of
 * one instant, in a transaction that may not write and that locks nothing.
 */
import type { Instant } from '../credit/schedule.ts'
import type { Sql } from '../postgres/connect.ts'
import { decideAll } from './batch.ts'
import type { Submission, WriteResult } from './job.ts'
import { LaneSession } from './lane-session.ts'
import { loadCurrent } from './load-current.ts'

const PATIENCE_MS = 15_000

/** Rehearses batches, one after the other, on a connection of its own. */
export class Rehearsal {
  readonly #session: LaneSession

  constructor(url: string) {
    this.#session = new LaneSession(url, 'fiado rehearsal')
  }

  /**
   * The outcome of each submission if they were written now, in their order. Throws what the writer's
   * load throws, CONNECTION_CLOSED where the connection breaks.
   */
  async rehearse(batch: readonly Submission[], clock: Instant): Promise<WriteResult[]> {
    if (batch.length === 0) return []
    const deadline = performance.now() + PATIENCE_MS
    const sql = await this.#session.open(deadline)
    try {
      return await this.#session.whileOpen(this.#decide(sql, batch, clock), deadline)
    } catch (error) {
      this.#session.discard()
      throw error
    }
  }

  close(): void {
    this.#session.discard()
  }

  async #decide(sql: Sql, batch: readonly Submission[], clock: Instant): Promise<WriteResult[]> {
    const assertOpen = () => this.#session.assertOpen(sql)
    const loaded = await loadCurrent(sql, batch, clock, assertOpen, { toRead: true })
    const results = decideAll(loaded, batch, clock)
    assertOpen()
    await sql.unsafe('rollback')
    return results
  }
}
