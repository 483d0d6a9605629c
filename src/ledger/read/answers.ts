/** First answers under Idempotency-Keys, for who wants to know whether something was done. */
import { arrayOf } from '../../postgres/array.ts'
import type { Sql } from '../../postgres/connect.ts'

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
