/** Fills a store with a past of years, inside PostgreSQL, as if the writer had written all of it. */
import { availableParallelism } from 'node:os'
import { rebuildInvoiceTotals } from '../../src/ledger/invoice-totals.ts'
import type { Store } from '../../src/ledger/stores.ts'
import { connect, type Sql } from '../../src/postgres/connect.ts'
import { asPrimaryKey, takeOffIndexes } from './indexes.ts'
import { type Shape, shapeOf } from './shape.ts'
import { phasesOf } from './statements.ts'

export interface GenerateOptions {
  readonly store: Store
  /** A multiple of {@link STEP}; an account has 10 on average. */
  readonly invoices: number
  /** The past ends here. */
  readonly now: number
  readonly log?: (line: string) => void
}

/** The largest first: it takes longest. */
const TABLES = ['entry', 'invoice', 'transaction', 'account', 'claim']
const TOTALS = ['invoice_total_by_due', 'invoice_total_by_creation']

/** Of the generator's sessions only: what they lose in a crash is generated again. */
const SESSION = `
  set synchronous_commit = off;
  set work_mem = '512MB';
  set maintenance_work_mem = '1GB';
  set max_parallel_workers_per_gather = 0;
  set max_parallel_maintenance_workers = 0;
  set statement_timeout = 0`

/** Fills a store that is empty, in a database that nobody else uses. */
export async function generate(url: string, options: GenerateOptions): Promise<Shape> {
  const { store, invoices, now, log = () => undefined } = options
  const shape = shapeOf(invoices, now)
  const sessions = await openSessions(url)
  const [first] = sessions as [Sql, ...Sql[]]
  const started = performance.now()
  const done = (what: string): void =>
    log(`${what}: after ${((performance.now() - started) / 1000).toFixed(1)} s`)
  try {
    const indexes = await takeOffIndexes(first, TABLES)
    const phases = phasesOf({ ...shape, storeId: store.storeId, timeZone: store.timeZone })
    for (const [index, phase] of phases.entries()) {
      await runAll(sessions, phase)
      done(`phase ${index + 1} of ${phases.length}`)
    }
    await runAll(
      sessions,
      indexes.map(({ definition }) => definition),
    )
    await runAll([first], indexes.filter(({ isPrimaryKey }) => isPrimaryKey).map(asPrimaryKey))
    done('indexes')
    await rebuildInvoiceTotals(first)
    done('totals')
    // Scans of an index alone need the visibility map, and plans need statistics.
    await runAll(
      sessions,
      [...TABLES, ...TOTALS].map((table) => `vacuum (analyze) ${table}`),
    )
    done('vacuum')
    return shape
  } finally {
    await Promise.all(sessions.map((session) => session.end({ timeout: 5 })))
  }
}

async function openSessions(url: string): Promise<Sql[]> {
  const count = Math.max(2, availableParallelism())
  const sessions = Array.from({ length: count }, () =>
    connect(url, { max: 1, applicationName: 'fiado bench' }),
  )
  for (const session of sessions) await session.unsafe(SESSION)
  return sessions
}

/** Every statement once, as many at a time as there are sessions. */
async function runAll(sessions: readonly Sql[], statements: readonly string[]): Promise<void> {
  const waiting = [...statements]
  await Promise.all(
    sessions.map(async (session) => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        await session.unsafe(next)
      }
    }),
  )
}
