/**
 * Rate limits: requests of a key, and failed sign-ins of an address. Counted in memory: of this
 * process, or of the primary where several serve behind one port.
 */
import cluster from 'node:cluster'
import {
  type RateLimiterAbstract,
  RateLimiterCluster,
  RateLimiterClusterMaster,
  RateLimiterMemory,
  RateLimiterRes,
} from 'rate-limiter-flexible'
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
  readonly #failures = limiterOf('sign-in', FAILED_SIGN_INS_A_MINUTE, 60)

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
    const fresh = limiterOf(`key-${requestsPerSecond}`, requestsPerSecond, 1)
    this.#keys.set(requestsPerSecond, fresh)
    return fresh
  }
}

/** Lets this process count for its workers. */
export function keepCounts(): void {
  new RateLimiterClusterMaster()
}

function limiterOf(keyPrefix: string, points: number, duration: number): RateLimiterAbstract {
  const options = { keyPrefix, points, duration }
  return cluster.isWorker ? new RateLimiterCluster(options) : new RateLimiterMemory(options)
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
