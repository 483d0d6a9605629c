/** Records the expiries that nobody touched, and forgets old Idempotency-Keys. */
import type { Instant } from '../credit/schedule.ts'
import type { Sql } from '../postgres/connect.ts'
import { SYSTEM } from './batch.ts'
import type { Writer } from './writer.ts'

/** First answers are kept for a week at least. */
export const KEY_LIFETIME_DAYS = 8

const ACCOUNTS_A_SWEEP = 500
const KEYS_A_SWEEP = 5_000
const DAY_MS = 86_400_000

/** One sweep; answers how many accounts had an expiry to record. */
export async function sweep(sql: Sql, writer: Writer, now: Instant): Promise<number> {
  const due = await sql<{ store_id: number; account_id: string }[]>`
    select store_id, account_id from account
    where next_expiry <= ${new Date(now)}
    order by next_expiry
    limit ${ACCOUNTS_A_SWEEP}`
  // One account that cannot be written now must not keep the others, nor the old keys.
  await Promise.allSettled(
    due.map(({ store_id, account_id }) =>
      writer.submit({
        storeId: store_id,
        accountId: account_id,
        command: { type: 'expire' },
        doneBy: SYSTEM,
      }),
    ),
  )
  await forgetOldKeys(sql, now)
  return due.length
}

async function forgetOldKeys(sql: Sql, now: Instant): Promise<void> {
  const before = new Date(now - KEY_LIFETIME_DAYS * DAY_MS)
  for (let forgotten = KEYS_A_SWEEP; forgotten === KEYS_A_SWEEP; ) {
    const { count } = await sql`
      delete from idempotency where ctid = any (array(
        select ctid from idempotency where created_at < ${before} limit ${KEYS_A_SWEEP}))`
    forgotten = count
  }
}

/** Sweeps every `every_ms` until the returned function is called; failures go to `onError`. */
export function startSweeper(
  task: () => Promise<unknown>,
  every_ms: number,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let running: Promise<unknown> = Promise.resolve()
  let isIdle = true
  const timer = setInterval(() => {
    if (!isIdle) return
    isIdle = false
    running = task()
      .catch(onError)
      .finally(() => {
        isIdle = true
      })
  }, every_ms)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await running
  }
}
