/** Who calls: an API key (two headers) or a session token (a header or a cookie of the same name). */
import { timingSafeEqual } from 'node:crypto'
import { parseCookie } from 'cookie'
import type { FastifyRequest } from 'fastify'
import type { Instant } from '../credit/schedule.ts'
import {
  type Credential,
  findKey,
  findSession,
  hashToken,
  type Principal,
} from '../ledger/credentials.ts'
import type { Sql } from '../postgres/connect.ts'
import type { Limits } from './limits.ts'
import { problem } from './problems.ts'

/** A revoked key stops working within this time in every process. */
export const CREDENTIAL_CACHE_MS = 5_000

/** The cookie that carries a session; a header of the same name does too. */
export const SESSION_COOKIE = 'VtexIdclientAutCookie'

const MAX_CACHED = 10_000
const MAX_CREDENTIAL_LENGTH = 512
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

export interface AuthDependencies {
  readonly sql: () => Sql
  readonly now: () => Instant
  readonly limits: Limits
  /** Told when a key is looked up, which is once in {@link CREDENTIAL_CACHE_MS} while it is in use. */
  readonly onKeyUse: (appKey: string, at: Instant) => void
}

interface Presented {
  /** `k` for a key, `s` for a session. */
  readonly kind: 'k' | 's'
  readonly name: string
  readonly token: string
}

interface Cached {
  readonly credential: Credential
  readonly until: Instant
}

/**
 * Answers who calls, or throws 401 or 429. Credentials that were good a moment ago are not looked
 * up again, and those that were ever good here are let in even while their address has too many
 * failures of somebody else.
 */
export class Authenticator {
  readonly #dependencies: AuthDependencies
  readonly #cache = new Map<string, Cached>()

  constructor(dependencies: AuthDependencies) {
    this.#dependencies = dependencies
  }

  /** The caller, at once where its credentials are known: most requests wait for nothing here. */
  authenticate(request: FastifyRequest): Principal | Promise<Principal> {
    const presented = presentedBy(request)
    if (!presented) throw missing()
    const hash = hashToken(presented.token)
    const known = this.#known(presented, hash)
    return known ?? this.#lookUp(request, presented, hash)
  }

  #known({ kind, name }: Presented, hash: string): Principal | undefined {
    const cached = this.#cache.get(cacheKey(kind, name, hash))
    const now = this.#dependencies.now()
    if (!cached || cached.until <= now || hasExpired(cached.credential, now)) return undefined
    return isSame(cached.credential.tokenHash, hash) ? cached.credential.principal : undefined
  }

  async #lookUp(request: FastifyRequest, presented: Presented, hash: string): Promise<Principal> {
    const { sql, now, limits } = this.#dependencies
    const { kind, name, token } = presented
    const key = cacheKey(kind, name, hash)
    const seen = this.#cache.get(key)
    const isKnown = seen !== undefined && isSame(seen.credential.tokenHash, hash)
    if (!isKnown) await limits.checkAddress(request.ip)
    const credential =
      kind === 'k' ? await findKey(sql(), name) : await findSession(sql(), token, now())
    if (!credential || !isSame(credential.tokenHash, hash)) {
      if (isKnown) this.#cache.delete(key)
      await limits.countFailedSignIn(request.ip)
      throw wrong(kind)
    }
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear()
    if (kind === 'k') this.#dependencies.onKeyUse(name, now())
    // Who is signed out, disabled or given another role is so at once, in every process: people
    // ask seldom enough to be looked up each time.
    const keep_ms = credential.principal.session ? 0 : CREDENTIAL_CACHE_MS
    this.#cache.set(key, { credential, until: now() + keep_ms })
    return credential.principal
  }
}

/** A session's name is its hash, so that no secret is kept in memory. */
function cacheKey(kind: Presented['kind'], name: string, hash: string): string {
  return kind === 'k' ? `k${name}` : `s${hash}`
}

function presentedBy(request: FastifyRequest): Presented | undefined {
  const { headers } = request
  const name = headers['x-vtex-api-appkey']
  const token = headers['x-vtex-api-apptoken']
  if (isCredential(name) && isCredential(token)) return { kind: 'k', name, token }
  const session = headers.vtexidclientautcookie
  if (isCredential(session)) return { kind: 's', name: '', token: session }
  const cookie = cookieOf(request)
  if (!isCredential(cookie)) return undefined
  if (!SAFE_METHODS.has(request.method) && !isSameOrigin(request)) throw problem('cross-site', {})
  return { kind: 's', name: '', token: cookie }
}

/** Callers with a key send no cookie: nothing is parsed for them. */
function cookieOf({ headers }: FastifyRequest): string | undefined {
  return headers.cookie === undefined ? undefined : parseCookie(headers.cookie)[SESSION_COOKIE]
}

/** A cookie goes along with any site's requests: writes with it must come from our own pages. */
export function isSameOrigin({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  const { origin } = headers
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === headers.host)
}

function isCredential(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_CREDENTIAL_LENGTH
}

function hasExpired({ expiresAt }: Credential, now: Instant): boolean {
  return expiresAt !== null && expiresAt <= now
}

/** Compares two hashes in constant time. */
function isSame(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1'))
}

function missing() {
  const fault =
    'Send the headers X-VTEX-API-AppKey and X-VTEX-API-AppToken, or a session token in VtexIdclientAutCookie.'
  return problem('unauthenticated', { fault })
}

function wrong(kind: Presented['kind']) {
  const fault =
    kind === 'k'
      ? 'This key and token do not belong together, or the key was revoked. Check both headers.'
      : 'This session has ended. Sign in again.'
  return problem('unauthenticated', { fault })
}
