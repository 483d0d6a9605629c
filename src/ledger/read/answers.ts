/** First answers under Idempotency-Keys, of writes that do not go through the writer's batches. */
import type { Instant } from '../../credit/schedule.ts'
import { arrayOf } from '../../postgres/array.ts'
import type { Sql } from '../../postgres/connect.ts'
import type { StoredAnswer } from '../job.ts'

export interface KeptAnswer extends StoredAnswer {
  readonly fingerprint: string
}

/** The first answer under a key, whatever it was for. */
export async function findAnswer(
  sql: Sql,
  storeId: number,
  key: string,
): Promise<KeptAnswer | undefined> {
  const rows = await sql<KeptAnswer[]>`
    select fingerprint, status, body from idempotency
    where store_id = ${storeId} and idempotency_key = ${key}
    order by account_id`
  return rows[0]
}

/** Keeps the first answer of a write that names no account. */
export async function keepAnswer(
  sql: Sql,
  storeId: number,
  key: string,
  { fingerprint, status, body }: KeptAnswer,
  now: Instant,
): Promise<void> {
  await sql`
    insert into idempotency (store_id, idempotency_key, account_id, fingerprint, status, body,
      created_at)
    values (${storeId}, ${key}, '', ${fingerprint}, ${status}, ${body}, ${new Date(now)})
    on conflict do nothing`
}

/** The bodies of the answers that these keys have, by key. */
export async function knownAnswers(
  sql: Sql,
  storeId: number,
  keys: readonly string[],
): Promise<Map<string, string>> {
  const rows = await sql<{ idempotency_key: string; body: string }[]>`
    select idempotency_key, body from idempotency
    where store_id = ${storeId} and idempotency_key = any (${arrayOf(keys)}::text[])`
  return new Map(rows.map(({ idempotency_key, body }) => [idempotency_key, body]))
}
