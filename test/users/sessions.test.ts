/** Signing in and out, the cookie, the own password, and how long all of that lasts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FAILED_SIGN_INS_A_MINUTE } from '../../src/api/limits.ts'
import { RESOURCES_OF, ROLES } from '../../src/users/roles.ts'
import { faults, ok, okEmpty, refused } from '../api/support/expect.ts'
import { openAccount } from '../api/support/make.ts'
import { ADMIN, cookieIn, type Desk, nobody, PASSWORD, startDesk, tokenIn } from './support/desk.ts'

const HOUR_MS = 3_600_000
const NEXT = 'a quite different password'

let desk: Desk

beforeAll(async () => {
  desk = await startDesk()
})
afterAll(() => desk.close())

describe('signing in', () => {
  test('answers who one is, and gives a cookie that no script reads', async () => {
    const { email } = await desk.addPerson('credit-manager')
    const answer = await desk.tryToEnter(` ${email.toUpperCase()} `)
    expect(ok(answer)).toEqual({
      email,
      name: expect.stringMatching(/^Person/),
      role: 'credit-manager',
      resources: RESOURCES_OF['credit-manager'],
      mustChangePassword: false,
      store: { name: 'main', currency: 'BRL', exponent: 2, timeZone: 'America/Sao_Paulo' },
      expiresAt: new Date(desk.api.clock.now + 12 * HOUR_MS).toISOString(),
    })
    expect(cookieIn(answer.headers).split('; ').slice(1).sort()).toEqual([
      'HttpOnly',
      'Max-Age=43200',
      'Path=/',
      'SameSite=Lax',
    ])
    expect(answer.text).not.toContain(tokenIn(answer))
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test('over https, as the proxy tells it, gives a cookie that never goes out in clear', async () => {
    const { email } = await desk.addPerson('reader')
    const headers = { 'X-Forwarded-Proto': 'https' }
    const secure = await desk.tryToEnter(email, PASSWORD, { headers })
    expect(cookieIn(secure.headers)).toContain('; Secure')
    const { proxied: _, ...direct } = desk
    const body = { email, password: PASSWORD }
    const plain = await direct.api.call('POST', `${ADMIN}/sign-in`, body, { key: false, headers })
    ok(plain)
    expect(cookieIn(plain.headers)).not.toContain('Secure')
  })

  test.each(ROLES)('as %s opens what the role may', async (role) => {
    const by = await desk.newcomer(role)
    const { resources } = ok(await by.call('GET', '/me'))
    expect(resources).toEqual(RESOURCES_OF[role])
    ok(await by.at('GET', '/accounts'))
    const opened = await by.at('PUT', '/storeconfig', { taxRate: 0.1 })
    if (role === 'administrator') ok(opened)
    else refused(opened, 403, 'missing-resource')
  })

  test('the ledger names the user', async () => {
    const by = await desk.newcomer('credit-manager')
    const account = await openAccount(desk.api.call)
    ok(await by.at('PUT', `${account.path}/creditlimit`, { value: 2_000 }))
    const [entry] = await desk.api.sql<{ done_by: string }[]>`
      select done_by from entry where account_id = ${account.id} order by seq desc limit 1`
    expect(entry?.done_by).toBe(by.email)
  })

  test('with a wrong password, an unknown e-mail, or as who is disabled: one and the same 401', async () => {
    const known = await desk.addPerson('reader')
    const disabled = await desk.addPerson('reader')
    ok(await desk.api.call('PUT', `${ADMIN}/users/${disabled.id}`, { disabled: true }))
    const answers = [
      await desk.tryToEnter(known.email, 'wrong password'),
      await desk.tryToEnter(nobody(), PASSWORD),
      await desk.tryToEnter(disabled.email, PASSWORD),
      await desk.tryToEnter(known.email, PASSWORD, { store: 'elsewhere' }),
      await desk.tryToEnter(known.email, ''),
      await desk.tryToEnter(known.email, 'x'.repeat(2_000)),
    ]
    for (const answer of answers) {
      refused(answer, 401, 'wrong-sign-in')
      expect(answer.text).toBe(answers[0]?.text)
      expect(cookieIn(answer.headers)).toBe('')
    }
  })

  test('takes as long for who is unknown', async () => {
    const known = await desk.addPerson('reader')
    const took_ms = async (email: string) => {
      const began = performance.now()
      refused(await desk.tryToEnter(email, 'wrong password'), 401, 'wrong-sign-in')
      return performance.now() - began
    }
    const times = { known: [] as number[], unknown: [] as number[] }
    for (let round = 0; round < 5; round += 1) {
      times.known.push(await took_ms(known.email))
      times.unknown.push(await took_ms(nobody()))
    }
    const [of, ofNobody] = [Math.min(...times.known), Math.min(...times.unknown)]
    // Without a hash it would be a tenth; other work on this machine must not count.
    expect(ofNobody).toBeGreaterThan(of / 3)
    expect(ofNobody).toBeLessThan(of * 3)
  })

  test('with bad input: 400 that names it', async () => {
    const send = (body: unknown) => desk.api.call('POST', `${ADMIN}/sign-in`, body, { key: false })
    faults(await send({}), '/email', '/password')
    faults(await send({ email: 'nobody', password: 'x' }), '/email')
    faults(await send({ email: 'a@b', password: 1 }), '/password')
    faults(await send({ email: 'a@b', password: 'x', store: 'No Store' }), '/store')
    refused(await send('{'), 400, 'malformed-request')
  })

  test('is not possible from another site: 403', async () => {
    const { email } = await desk.addPerson('reader')
    for (const headers of [
      { 'Sec-Fetch-Site': 'cross-site' },
      { Origin: 'https://evil.example' },
    ] as Record<string, string>[]) {
      refused(await desk.tryToEnter(email, PASSWORD, { headers }), 403, 'cross-site')
    }
  })

  test('too often wrong from one address: 429, whoever it is', async () => {
    const address = desk.newAddress()
    const { email } = await desk.addPerson('reader')
    for (let index = 0; index < FAILED_SIGN_INS_A_MINUTE; index += 1) {
      refused(await desk.tryToEnter(nobody(), PASSWORD, { address }), 401, 'wrong-sign-in')
    }
    const answer = await desk.tryToEnter(email, PASSWORD, { address })
    refused(answer, 429, 'too-many-failed-sign-ins')
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    ok(await desk.tryToEnter(email))
  })

  test('is to the store that is named, or to the first; no store locks the users of another', async () => {
    const other = await desk.api.newStore({}, 'CLP', 'America/Santiago')
    const store = other.store.name
    const email = nobody()
    await desk.addPerson('reader', desk.api.store, email)
    await desk.addPerson('administrator', other.store, email)
    expect(ok(await desk.tryToEnter(email))).toMatchObject({ role: 'reader' })
    const named = ok(await desk.tryToEnter(email, PASSWORD, { store }))
    expect(named).toMatchObject({ role: 'administrator', store: { name: store, currency: 'CLP' } })
    for (let index = 0; index < 5; index += 1) {
      refused(await desk.tryToEnter(email, 'wrong password', { store }), 401, 'wrong-sign-in')
    }
    refused(await desk.tryToEnter(email, PASSWORD, { store }), 429, 'sign-in-locked')
    ok(await desk.tryToEnter(email))
    refused(await desk.tryToEnter(email, PASSWORD, { store }), 429, 'sign-in-locked')
  })
})

describe('guessing at one e-mail', () => {
  const guess = (email: string) => desk.tryToEnter(email, 'wrong password')

  test.each(['known', 'unknown'])('takes ever longer, where it is %s', async (kind) => {
    const email = kind === 'known' ? (await desk.addPerson('reader')).email : nobody()
    for (let index = 0; index < 5; index += 1) refused(await guess(email), 401, 'wrong-sign-in')
    for (const wait_s of [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]) {
      const locked = await guess(email)
      expect(refused(locked, 429, 'sign-in-locked').retryAfter_s).toBe(wait_s)
      expect(locked.headers.get('retry-after')).toBe(String(wait_s))
      desk.api.clock.advance(wait_s * 1_000 - 1)
      refused(await desk.tryToEnter(email), 429, 'sign-in-locked')
      desk.api.clock.advance(1)
      refused(await guess(email), 401, 'wrong-sign-in')
    }
    desk.api.clock.advance(900_000)
    if (kind === 'unknown') return
    ok(await desk.tryToEnter(email))
    for (let index = 0; index < 4; index += 1) refused(await guess(email), 401, 'wrong-sign-in')
    ok(await desk.tryToEnter(email))
  })

  test('with many at once gains nothing', async () => {
    const { email } = await desk.addPerson('reader')
    const answers = await Promise.all(Array.from({ length: 20 }, () => guess(email)))
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(5)
    expect(statuses.filter((status) => status === 429)).toHaveLength(15)
  })

  test('is forgotten after a day', async () => {
    const email = nobody()
    for (let index = 0; index < 5; index += 1) refused(await guess(email), 401, 'wrong-sign-in')
    desk.api.clock.advance(24 * HOUR_MS + 1)
    for (let index = 0; index < 5; index += 1) refused(await guess(email), 401, 'wrong-sign-in')
    refused(await guess(email), 429, 'sign-in-locked')
    desk.api.clock.advance(24 * HOUR_MS + 1)
    await desk.api.users.forget()
    expect(await desk.api.sql`select * from sign_in_failure`).toHaveLength(0)
  })
})

describe('a session', () => {
  test('lasts 12 hours, in the cookie and in the header', async () => {
    const by = await desk.newcomer('reader')
    const header = { VtexIdclientAutCookie: by.token, Cookie: '' }
    ok(await by.call('GET', '/me', undefined, header))
    desk.api.clock.advance(12 * HOUR_MS - 1)
    ok(await by.call('GET', '/me'))
    desk.api.clock.advance(1)
    refused(await by.call('GET', '/me'), 401, 'unauthenticated')
    refused(await by.call('GET', '/me', undefined, header), 401, 'unauthenticated')
  })

  test('ends at once when its user signs out, and no other does', async () => {
    const person = await desk.addPerson('reader')
    const [one, other] = [await desk.enter(person), await desk.enter(person)]
    const answer = await one.call('POST', '/sign-out')
    okEmpty(answer)
    expect(cookieIn(answer.headers)).toMatch(/^VtexIdclientAutCookie=; Max-Age=0; Path=\/;/)
    refused(await one.call('GET', '/me'), 401, 'unauthenticated')
    ok(await other.call('GET', '/me'))
  })

  test('ends everywhere, in every process', async () => {
    const person = await desk.addPerson('reader')
    const [one, other] = [await desk.enter(person), await desk.enter(person)]
    const bystander = await desk.newcomer('reader')
    const elsewhere = () =>
      desk.api.call('GET', `${ADMIN}/me`, undefined, {
        key: false,
        headers: { VtexIdclientAutCookie: other.token },
      })
    ok(await elsewhere())
    okEmpty(await one.call('POST', '/sign-out-everywhere'))
    refused(await elsewhere(), 401, 'unauthenticated')
    for (const by of [one, other]) refused(await by.call('GET', '/me'), 401, 'unauthenticated')
    ok(await bystander.call('GET', '/me'))
  })

  test('is forgotten a month after its end', async () => {
    const by = await desk.newcomer('reader')
    const count = async () =>
      (await desk.api.sql`select 1 from session where email = ${by.email}`).length
    await desk.api.users.forget()
    expect(await count()).toBe(1)
    desk.api.clock.advance(31 * 24 * HOUR_MS)
    await desk.api.users.forget()
    expect(await count()).toBe(0)
  })

  test('of a key or of the command line belongs to nobody: 403', async () => {
    const headers = { VtexIdclientAutCookie: await desk.api.addSession('cli@example.com') }
    for (const [method, path, body] of [
      ['GET', '/me'],
      ['POST', '/sign-out'],
      ['POST', '/sign-out-everywhere'],
      ['PUT', '/me/password', { current: PASSWORD, next: NEXT }],
    ] as const) {
      const address = `${ADMIN}${path}`
      refused(await desk.api.call(method, address, body), 403, 'not-a-user')
      const bySession = await desk.api.call(method, address, body, { key: false, headers })
      refused(bySession, 403, 'not-a-user')
    }
  })
})

describe('the own password', () => {
  test('is changed by who knows it; all other sessions end', async () => {
    const person = await desk.addPerson('credit-manager')
    const [one, other] = [await desk.enter(person), await desk.enter(person)]
    const changed = await one.call('PUT', '/me/password', { current: PASSWORD, next: NEXT })
    expect(ok(changed)).toMatchObject({ email: person.email, mustChangePassword: false })
    ok(await one.call('GET', '/me'))
    refused(await other.call('GET', '/me'), 401, 'unauthenticated')
    refused(await desk.tryToEnter(person.email), 401, 'wrong-sign-in')
    ok(await desk.tryToEnter(person.email, NEXT))
  })

  test('however a keyboard composes it', async () => {
    const person = await desk.addPerson('reader')
    const by = await desk.enter(person)
    const next = 'cafe\u0301 com leite'
    ok(await by.call('PUT', '/me/password', { current: PASSWORD, next }))
    ok(await desk.tryToEnter(person.email, 'caf\u00e9 com leite'))
  })

  test('stays where the current one is wrong: 403, and guessing is limited', async () => {
    const by = await desk.newcomer('reader')
    const change = (current: string) => by.call('PUT', '/me/password', { current, next: NEXT })
    for (let index = 0; index < 5; index += 1) {
      refused(await change('wrong password'), 403, 'wrong-password')
    }
    refused(await change(PASSWORD), 429, 'sign-in-locked')
    desk.api.clock.advance(5_000)
    ok(await change(PASSWORD))
  })

  test('that may not be one is refused: 400', async () => {
    const by = await desk.newcomer('reader')
    for (const next of ['too short', 'x'.repeat(201), 'aaaaaaaaaaaa', by.email, PASSWORD]) {
      faults(await by.call('PUT', '/me/password', { current: PASSWORD, next }), '/next')
    }
    faults(await by.call('PUT', '/me/password', {}), '/current', '/next')
  })
})

test('how one may sign in is told to everybody', async () => {
  const options = await desk.api.call('GET', `${ADMIN}/sign-in-options`, undefined, { key: false })
  expect(ok(options)).toEqual({ password: true, oidc: false })
})
