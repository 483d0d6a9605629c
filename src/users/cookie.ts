/** The cookie that carries the session of a browser. */
import { stringifySetCookie } from 'cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { SESSION_COOKIE } from '../api/auth.ts'
import { SESSION_MS } from './user-store.ts'

type Asked = Pick<FastifyRequest, 'protocol'>

/** Gives the browser a session, or takes it away (null). */
export function setSessionCookie(request: Asked, reply: FastifyReply, token: string | null): void {
  setCookie(request, reply, SESSION_COOKIE, token, { path: '/', maxAge_s: SESSION_MS / 1_000 })
}

/**
 * Sets a cookie that no script reads and no other site's form sends. Over https, as the trusted
 * proxy tells it, it never goes out in clear.
 */
export function setCookie(
  { protocol }: Asked,
  reply: FastifyReply,
  name: string,
  value: string | null,
  { path, maxAge_s }: { path: string; maxAge_s: number },
): void {
  const cookie = stringifySetCookie({
    name,
    value: value ?? '',
    path,
    maxAge: value === null ? 0 : maxAge_s,
    httpOnly: true,
    sameSite: 'lax',
    secure: protocol === 'https',
  })
  reply.header('Set-Cookie', cookie)
}
