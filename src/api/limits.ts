/** Rate limits: requests of a key, and failed sign-ins of an address. Counted in this process. */
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { type Problem, problem } from './problems.ts'

/** Failed sign-ins that one address may make in a minute. */
export const FAILED_SIGN_INS_A_MINUTE = 20

/** What the RateLimit headers say (draft-ietf-httpapi-ratelimit-headers). */
export interface Quota {
  readonly limit: number
  readonly remaining: number
  readonly reset_s: number
}

export class Limits {
  readonly #keys = new Map<number, RateLimiterAbstract>()
  readonly #failures = new RateLimiterMemory({ points: FAILED_SIGN_INS_A_MINUTE, duration: 60 })

  /** Counts one request of a key. Throws 429 past its limit. */
  async countRequest(key: string, requestsPerSecond: number): Promise<Quota> {
    const limiter = this.#limiterFor(requestsPerSecond)
    const used = await limiter.consume(key).catch(asResult)
    const reset_s = seconds(used.msBeforeNext)
    if (used.consumedPoints > requestsPerSecond) throw rateLimited(requestsPerSecond, reset_s)
    return { limit: requestsPerSecond, remaining: used.remainingPoints, reset_s }
  }

  /** Throws 429 where the address has failed too often already. */
  async checkAddress(address: string): Promise<void> {
    const used = await this.#failures.get(address)
    if (!used || used.consumedPoints < FAILED_SIGN_INS_A_MINUTE) return
    throw problem('too-many-failed-sign-ins', { retryAfter_s: seconds(used.msBeforeNext) })
  }

  async countFailedSignIn(address: string): Promise<void> {
    await this.#failures.consume(address).catch(asResult)
  }

  #limiterFor(requestsPerSecond: number): RateLimiterAbstract {
    const known = this.#keys.get(requestsPerSecond)
    if (known) return known
    const fresh = new RateLimiterMemory({ points: requestsPerSecond, duration: 1 })
    this.#keys.set(requestsPerSecond, fresh)
    return fresh
  }
}

/** The draft's header fields for one key. */
export function quotaHeaders({ limit, remaining, reset_s }: Quota): Record<string, string> {
  return {
    'RateLimit-Policy': `"key";q=${limit};w=1`,
    RateLimit: `"key";r=${remaining};t=${reset_s}`,
  }
}

const QUOTAS = new WeakMap<Problem, Quota>()

/** The quota that a 429 speaks of, for its headers. */
export function quotaOf(refusal: Problem): Quota | undefined {
  return QUOTAS.get(refusal)
}

function rateLimited(limit: number, reset_s: number): Problem {
  const refusal = problem('rate-limited', { retryAfter_s: reset_s })
  QUOTAS.set(refusal, { limit, remaining: 0, reset_s })
  return refusal
}

/** The library rejects with its result where the limit is passed. */
function asResult(rejected: unknown): RateLimiterRes {
  if (rejected instanceof RateLimiterRes) return rejected
  throw rejected
}

function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000))
}
