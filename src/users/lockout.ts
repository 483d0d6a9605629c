/**
 * Guessing at one e-mail of a store takes ever longer. An attempt counts as failed before its password is
 * looked at, so that many at once gain nothing, and is forgiven once it was right.
 */
import { hash } from 'node:crypto'
import { problem } from '../api/problems.ts'
import { emailKey } from '../credit/identity.ts'
import type { Instant } from '../credit/schedule.ts'
import { plainArrayOf } from '../postgres/array.ts'
import type { Sql } from '../postgres/connect.ts'

/** Failures in a row that cost nothing but the last of them. */
export const FREE_FAILURES = 5

const FIRST_LOCK_MS = 5_000
const LONGEST_LOCK_MS = 900_000

/** Who did not fail for so long begins anew. */
export const FORGOTTEN_AFTER_MS = 86_400_000

/** For how long nobody may sign in after so many failures in a row. */
export function lockAfter_ms(failures: number): number {
  if (failures < FREE_FAILURES) return 0
  return Math.min(FIRST_LOCK_MS * 2 ** (failures - FREE_FAILURES), LONGEST_LOCK_MS)
}

/** The lock after one failure, after two … up to the longest. */
const LOCKS_MS = Array.from({ length: FREE_FAILURES + 8 }, (_, index) => lockAfter_ms(index + 1))

/** What is guessed at: an e-mail in a store, so that no store has a hand in the locks of another. */
export interface Target {
  /** 0: a store that there is not. */
  readonly storeId: number
  readonly email: string
}

/** Counts an attempt. Throws 429 where the e-mail is locked, whether or not anybody has it. */
export async function countAttempt(sql: Sql, target: Target, now: Instant): Promise<void> {
  const key = keyOf(target)
  const at = new Date(now)
  const forgotten = new Date(now - FORGOTTEN_AFTER_MS)
  const locks = plainArrayOf(LOCKS_MS)
  const counted = await sql`
    insert into sign_in_failure as f (target_hash, failures, failed_at, locked_until)
    values (decode(${key}, 'hex'), 1, ${at}, ${at})
    on conflict (target_hash) do update set
      failures = case when f.failed_at < ${forgotten} then 1 else f.failures + 1 end,
      failed_at = excluded.failed_at,
      locked_until = case when f.failed_at < ${forgotten} then excluded.failed_at
        else excluded.failed_at + interval '1 ms'
          * (${locks}::integer[])[least(f.failures + 1, ${LOCKS_MS.length}::integer)] end
    where f.locked_until <= excluded.failed_at
    returning 1`
  if (counted.length > 0) return
  const [locked] = await sql<{ until: Date }[]>`
    select locked_until as until from sign_in_failure where target_hash = decode(${key}, 'hex')`
  const left_ms = (locked?.until.getTime() ?? now) - now
  throw problem('sign-in-locked', { retryAfter_s: Math.max(1, Math.ceil(left_ms / 1000)) })
}

/** The attempt was right: nothing is held against the e-mail. */
export async function forgive(sql: Sql, target: Target): Promise<void> {
  await sql`delete from sign_in_failure where target_hash = decode(${keyOf(target)}, 'hex')`
}

/** Forgets failures that count no more. */
export async function forgetFailures(sql: Sql, now: Instant): Promise<void> {
  await sql`delete from sign_in_failure where failed_at < ${new Date(now - FORGOTTEN_AFTER_MS)}`
}

function keyOf({ storeId, email }: Target): string {
  return hash('sha256', `${storeId} ${emailKey(email)}`, 'hex')
}
