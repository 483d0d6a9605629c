/** What all rows of an import together do, or would. */
import { toJsonNumber } from '../credit/money.ts'
import type { Store } from '../ledger/stores.ts'
import type { Sql } from '../postgres/connect.ts'
import type { Job } from './job.ts'
import { sumEffects } from './row-store.ts'

/** By kind of change: how many rows, and the money they move in the store's currency. */
export type Totals = Readonly<Record<string, { readonly rows: number; readonly value: number }>>

export async function totalsOf(sql: Sql, { jobId }: Job, { exponent }: Store): Promise<Totals> {
  const sums = await sumEffects(sql, jobId)
  return Object.fromEntries(
    [...sums].map(([effect, { rows, value }]) => [
      effect,
      { rows, value: toJsonNumber(value, exponent) },
    ]),
  )
}
