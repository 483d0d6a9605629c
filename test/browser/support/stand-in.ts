/**
 * STAND-IN, TO BE REMOVED: answers /api/admin as the server will, so that the pages can be tried
 * before it does. Who is signed in is what the cookie says, and nothing else is made up.
 */
import type { BrowserContext, Route } from 'playwright-core'
import { findSession } from '../../../src/ledger/credentials.ts'
import type { TestServer } from '../../support/server.ts'

export const PASSWORD = 'correct horse'

const COOKIE = 'VtexIdclientAutCookie'

export async function standIn(context: BrowserContext, server: TestServer): Promise<void> {
  const token = async () => (await context.cookies()).find(({ name }) => name === COOKIE)?.value
  await context.route('**/api/admin/**', async (route) => {
    const path = new URL(route.request().url()).pathname
    if (path.endsWith('/sign-in-options')) return json(route, 200, { password: true, oidc: false })
    if (path.endsWith('/me')) return tellSession(route, server, await token())
    if (path.endsWith('/sign-in')) {
      if (route.request().postDataJSON().password !== PASSWORD) return refuse(route, 401, 1010)
      const value = await server.addSession('ana@example.com')
      await context.addCookies([{ name: COOKIE, value, url: server.url, httpOnly: true }])
      return tellSession(route, server, value)
    }
    if (path.endsWith('/sign-out')) await context.clearCookies()
    const isWrong =
      path.endsWith('/password') && route.request().postDataJSON().current !== PASSWORD
    return isWrong ? refuse(route, 409, 9999) : route.fulfill({ status: 204 })
  })
}

async function tellSession(
  route: Route,
  { sql, clock }: TestServer,
  token: string | undefined,
): Promise<void> {
  const session = token === undefined ? undefined : await findSession(sql, token, clock.now)
  if (!session) return refuse(route, 401, 1010)
  const { store, doneBy, resources } = session.principal
  const { name, currency, exponent, timeZone } = store
  return json(route, 200, {
    email: doneBy,
    name: 'Ana Souza',
    role: 'administrator',
    resources: [...resources],
    mustChangePassword: false,
    store: { name, currency, exponent, timeZone },
    expiresAt: new Date(session.expiresAt ?? 0).toISOString(),
  })
}

function json(route: Route, status: number, body: unknown): Promise<void> {
  return route.fulfill({ status, contentType: 'application/json', body: JSON.stringify(body) })
}

function refuse(route: Route, status: number, code: number): Promise<void> {
  const body = { type: '/problems/x', title: 'x', status, code, detail: 'The password is wrong.' }
  return route.fulfill({
    status,
    contentType: 'application/problem+json',
    body: JSON.stringify(body),
  })
}
