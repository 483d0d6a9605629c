/** Queries that may take so long and no longer. */
import type { Sql } from './connect.ts'

/** What of a query of the driver is used here (postgres/src/query.js). */
interface Query extends Promise<unknown> {
  /** Sends the query; a fragment, which goes into another query, never gets there. */
  handler: (query: Query) => unknown
  canceller: ((query: Query) => Promise<unknown>) | null
  reject(error: Error): void
}

/** A database that does not even take the cancellation has this long. */
const GRACE_MS = 2_000

/**
 * Every query of the pool that takes longer is cancelled: SQLSTATE 57014. The deadline is ours: a
 * `statement_timeout` of the connection would be refused, or left to others, by a pooler that
 * gives each transaction another connection.
 */
export function withDeadline(sql: Sql, timeout_ms: number): Sql {
  const tagged = (...parts: Parameters<Sql>): unknown => {
    const made: unknown = sql(...parts)
    if (made instanceof Promise) limit(made as Query, timeout_ms)
    return made
  }
  const unsafe = (...parts: Parameters<Sql['unsafe']>): unknown => {
    const made = sql.unsafe(...parts)
    limit(made as unknown as Query, timeout_ms)
    return made
  }
  return Object.assign(tagged, sql, { unsafe }) as unknown as Sql
}

function limit(query: Query, timeout_ms: number): void {
  const send = query.handler
  query.handler = (sent) => {
    let timer = setTimeout(() => {
      timer = setTimeout(() => sent.reject(outOfReach()), GRACE_MS)
      cancel(sent)
    }, timeout_ms)
    const done = (): void => clearTimeout(timer)
    sent.then(done, done)
    return send(sent)
  }
}

/** The driver's own `cancel` drops its promise: a database out of reach would end the process. */
function cancel(query: Query): void {
  const { canceller } = query
  query.canceller = null
  canceller?.(query).catch(() => undefined)
}

/** A network that loses packets tells nobody: whoever sees this leaves the connection. */
function outOfReach(): Error {
  return Object.assign(new Error('The database did not answer in time'), { code: 'ETIMEDOUT' })
}
