/** Links that open a file without credentials, for a while: they carry their end and a signature. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Instant } from '../credit/schedule.ts'
import type { Sql } from '../postgres/connect.ts'

/** How long a link to a file opens it; reading the job again gives a new one. */
export const LINK_LIFETIME_MS = 3_600_000

const SECRET = 'file links'
const SECRET_BYTES = 32

/** Signs and checks links. Every process of an installation signs with the same secret. */
export class Links {
  readonly #sql: () => Sql
  #secret: Promise<Buffer> | undefined

  constructor(sql: () => Sql) {
    this.#sql = sql
  }

  /** The query that opens `path` until an hour from now. */
  async sign(path: string, now: Instant): Promise<string> {
    const expires = String(now + LINK_LIFETIME_MS)
    return `${path}?expires=${expires}&signature=${await this.#signature(path, expires)}`
  }

  /** True where the link is one of ours, for this path, and its time is not over. */
  async opens(path: string, expires: string, signature: string, now: Instant): Promise<boolean> {
    if (!/^\d{1,15}$/.test(expires) || Number(expires) < now) return false
    const ours = Buffer.from(await this.#signature(path, expires))
    const theirs = Buffer.from(signature)
    return ours.length === theirs.length && timingSafeEqual(ours, theirs)
  }

  async #signature(path: string, expires: string): Promise<string> {
    this.#secret ??= readSecret(this.#sql(), SECRET)
    const secret = await this.#secret.catch((error: unknown) => {
      this.#secret = undefined
      throw error
    })
    return createHmac('sha256', secret).update(`${path}\n${expires}`).digest('base64url')
  }
}

/** Whoever comes first makes the secret; all others find it. */
async function readSecret(sql: Sql, name: string): Promise<Buffer> {
  await sql`
    insert into secret (name, value, created_at)
    values (${name}, ${randomBytes(SECRET_BYTES)}, ${new Date()}) on conflict do nothing`
  const [row] = await sql<{ value: Uint8Array }[]>`select value from secret where name = ${name}`
  if (!row) throw new Error('A secret that was stored is gone')
  return Buffer.from(row.value)
}
