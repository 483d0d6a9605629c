/** Signing in through a real OpenID provider, by a browser that follows redirects and keeps cookies. */
import { randomUUID } from 'node:crypto'
import { parseSetCookie } from 'cookie'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RESOURCES_OF } from '../../src/users/roles.ts'
import { ok, refused } from '../api/support/expect.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { ADMIN, nobody, PASSWORD } from './support/desk.ts'
import { type Account, startProvider, type TestProvider } from './support/provider.ts'

const START = '/api/admin/oidc/start'
const CALLBACK = '/api/admin/oidc/callback'

let provider: TestProvider
/** The provider says what people may do. */
let server: TestServer

beforeAll(async () => {
  provider = await startProvider()
  server = await startServer({ users: { oidc: settings({ roleClaim: 'roles' }) } })
})
afterAll(async () => {
  await server.close()
  await provider.close()
})

function settings({ roleClaim }: { roleClaim?: string } = {}) {
  const { issuer, clientId, clientSecret } = provider
  return { issuer, clientId, clientSecret, roleClaim, store: 'main' }
}

/** Cookies by host and name; what a browser knows. */
class Browser {
  readonly #cookies = new Map<string, Map<string, string>>()
  readonly lines: string[] = []

  cookie(url: string, name: string): string | undefined {
    return this.#of(url).get(name)
  }

  /** Follows redirects until `isThere`, and answers the address. */
  async follow(from: string, isThere: (url: URL) => boolean): Promise<URL> {
    let url = new URL(from)
    for (let hop = 0; hop < 12; hop += 1) {
      if (isThere(url)) return url
      const answer = await this.get(url)
      const to = answer.headers.get('location')
      if (!to) throw new Error(`No way on from ${url.href}: ${answer.status}`)
      url = new URL(to, url)
    }
    throw new Error('Too many redirects')
  }

  async get(url: URL | string): Promise<Response> {
    const jar = this.#of(url)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, { redirect: 'manual', headers: { Cookie: cookie } })
    for (const line of answer.headers.getSetCookie()) {
      this.lines.push(line)
      const { name, value = '' } = parseSetCookie(line)
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    await answer.arrayBuffer()
    return answer
  }

  #of(url: URL | string): Map<string, string> {
    const { host } = new URL(url)
    const jar = this.#cookies.get(host) ?? new Map()
    this.#cookies.set(host, jar)
    return jar
  }
}

const isAdmin = ({ pathname }: URL) => pathname === '/admin'

/** The whole way of somebody; answers where it ends. */
async function goIn(
  account: Account,
  at: TestServer = server,
): Promise<{ browser: Browser; end: string; token: string | undefined }> {
  provider.allow(`${at.url}${CALLBACK}`)
  provider.signsIn(account)
  const browser = new Browser()
  const { pathname, search } = await browser.follow(`${at.url}${START}`, isAdmin)
  const token = browser.cookie(at.url, 'VtexIdclientAutCookie')
  return { browser, end: pathname + search, token }
}

async function meOf(token: string | undefined, at: TestServer = server) {
  const headers = { VtexIdclientAutCookie: token ?? '' }
  return ok(await at.call('GET', `${ADMIN}/me`, undefined, { key: false, headers }))
}

function somebody(roles: unknown): Account {
  const sub = randomUUID()
  return { sub, email: `${sub}@example.com`, email_verified: true, name: 'Ana Souza', roles }
}

test('the page is told that there is a provider', async () => {
  const options = await server.call('GET', `${ADMIN}/sign-in-options`, undefined, { key: false })
  const providerName = new URL(provider.issuer).host
  expect(ok(options)).toEqual({ password: true, oidc: true, providerName })
})

test('without a provider there is no way to one', async () => {
  const plain = await startServer()
  refused(await plain.call('GET', `/${START}`, undefined, { key: false }), 404, 'route-not-found')
  await plain.close()
})

describe('where the provider gives roles', () => {
  test('somebody new becomes a user and has a session', async () => {
    const account = somebody(['staff', 'credit-manager'])
    const { browser, end, token } = await goIn(account)
    expect(end).toBe('/admin')
    expect(await meOf(token)).toMatchObject({
      email: account.email,
      name: 'Ana Souza',
      role: 'credit-manager',
      resources: RESOURCES_OF['credit-manager'],
      mustChangePassword: false,
    })
    const flow = browser.lines.find((line) => line.startsWith('FiadoOidc='))
    for (const part of ['HttpOnly', 'SameSite=Lax', 'Path=/api/admin/oidc', 'Max-Age=600']) {
      expect(flow).toContain(part)
    }
    expect(browser.cookie(server.url, 'FiadoOidc')).toBeUndefined()
    const wrong = { email: account.email, password: PASSWORD }
    refused(
      await server.call('POST', `${ADMIN}/sign-in`, wrong, { key: false }),
      401,
      'wrong-sign-in',
    )
  })

  test('another role there is another role here, and the old sessions end', async () => {
    const account = somebody('credit-manager')
    const before = await goIn(account)
    const after = await goIn({ ...account, roles: 'reader' })
    expect(await meOf(after.token)).toMatchObject({ role: 'reader' })
    const headers = { VtexIdclientAutCookie: before.token ?? '' }
    const old = await server.call('GET', `${ADMIN}/me`, undefined, { key: false, headers })
    refused(old, 401, 'unauthenticated')
  })

  test('the same person with another e-mail is the same user', async () => {
    const account = somebody('reader')
    await goIn(account)
    const { token } = await goIn({ ...account, email: nobody() })
    expect((await meOf(token)).email).toBe(account.email)
  })

  test.each([
    ['no role of ours', { roles: ['staff'] }, 1309],
    ['no role at all', { roles: undefined }, 1309],
    ['an e-mail that is not verified', { email_verified: false }, 1309],
  ])('who has %s is not let in', async (_, change, code) => {
    const { end, token } = await goIn({ ...somebody('reader'), ...change })
    expect([end, token]).toEqual([`/admin?problem=${code}`, undefined])
  })

  test('who is disabled here is not let in', async () => {
    const account = somebody('reader')
    const { token } = await goIn(account)
    const { email } = await meOf(token)
    const users = ok(await server.call('GET', `${ADMIN}/users?from=1&to=1000`)).data
    const { id } = users.find((user: { email: string }) => user.email === email)
    ok(await server.call('PUT', `${ADMIN}/users/${id}`, { disabled: true }))
    expect((await goIn(account)).end).toBe('/admin?problem=1309')
  })

  test('the last administrator is not demoted from there', async () => {
    const lonely = await startServer({ users: { oidc: settings({ roleClaim: 'roles' }) } })
    const account = somebody('administrator')
    expect((await goIn(account, lonely)).end).toBe('/admin')
    expect((await goIn({ ...account, roles: 'reader' }, lonely)).end).toBe('/admin?problem=1306')
    await lonely.close()
  })
})

describe('where roles are given here', () => {
  test('a user comes in by e-mail once, and then by who it is', async () => {
    const plain = await startServer({ users: { oidc: settings() } })
    const account = somebody('administrator')
    expect((await goIn(account, plain)).end).toBe('/admin?problem=1309')

    const invited = { email: account.email.toUpperCase(), name: 'Invited', role: 'collections' }
    const { oneTimePassword } = ok(await plain.call('POST', `${ADMIN}/users`, invited))
    const { token } = await goIn(account, plain)
    expect(await meOf(token, plain)).toMatchObject({
      role: 'collections',
      mustChangePassword: false,
      resources: RESOURCES_OF.collections,
    })
    const stale = { email: account.email, password: oneTimePassword }
    const answer = await plain.call('POST', `${ADMIN}/sign-in`, stale, { key: false })
    refused(answer, 401, 'wrong-sign-in')

    const impostor = { ...account, sub: randomUUID() }
    expect((await goIn(impostor, plain)).end).toBe('/admin?problem=1309')
    await plain.close()
  })
})

describe('a forged return', () => {
  /** Somebody who has been to the provider; the address to come back to was not opened yet. */
  async function halfWay(): Promise<{ browser: Browser; back: URL }> {
    provider.allow(`${server.url}${CALLBACK}`)
    provider.signsIn(somebody('administrator'))
    const browser = new Browser()
    const back = await browser.follow(
      `${server.url}${START}`,
      ({ pathname }) => pathname === CALLBACK,
    )
    return { browser, back }
  }

  const endOf = async (browser: Browser, url: URL) => {
    const answer = await browser.get(url)
    expect(browser.cookie(server.url, 'VtexIdclientAutCookie')).toBeUndefined()
    return answer.headers.get('location')
  }

  test('in a browser that did not leave from here', async () => {
    const { back } = await halfWay()
    expect(await endOf(new Browser(), back)).toBe('/admin?problem=1308')
  })

  test('with the state or the code of somebody else', async () => {
    for (const name of ['state', 'code']) {
      const [mine, other] = [await halfWay(), await halfWay()]
      mine.back.searchParams.set(name, other.back.searchParams.get(name) ?? '')
      expect(await endOf(mine.browser, mine.back)).toBe('/admin?problem=1308')
    }
  })

  test('for a second time', async () => {
    const { browser, back } = await halfWay()
    expect((await browser.get(back)).headers.get('location')).toBe('/admin')
    const again = await browser.get(back)
    expect(again.headers.get('location')).toBe('/admin?problem=1308')
  })

  test('with an error of the provider', async () => {
    const { browser, back } = await halfWay()
    back.searchParams.delete('code')
    back.searchParams.set('error', 'access_denied')
    expect(await endOf(browser, back)).toBe('/admin?problem=1308')
  })
})

test('a provider that is away is told as such, and asked again', async () => {
  const away = await startProvider()
  await away.close()
  const oidc = { ...settings(), issuer: away.issuer }
  const alone = await startServer({ users: { oidc } })
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const answer = await new Browser().get(`${alone.url}${START}`)
    expect(answer.headers.get('location')).toBe('/admin?problem=1310')
  }
  await alone.close()
})
