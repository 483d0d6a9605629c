/** Who gets in, what they see, and what is told of it: credentials, stores, headers, limits. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CREDENTIAL_CACHE_MS } from '../../src/api/auth.ts'
import { FAILED_SIGN_INS_A_MINUTE } from '../../src/api/limits.ts'
import { revokeKey, revokeSessions } from '../../src/ledger/credentials.ts'
import { type Credentials, DAY_MS, startServer, type TestServer } from '../support/server.ts'
import { isId, mixed, mixes } from './address-cases.ts'
import { credentialHeaders, rightDraft, wire } from './cases.ts'
import { leakFaults, shapeFaults } from './judge.ts'
import { namesIn, type Operation } from './operations.ts'
import { exchange, type RawAnswer } from './raw-http.ts'
import { BASE, createBook, createWorld, snapshot, targetOf, type World } from './world.ts'

let server: TestServer
let world: World

beforeAll(async () => {
  server = await startServer()
  world = await createWorld(server)
})
afterAll(() => server.close())

const JSON_TYPE = { 'Content-Type': 'application/json' }

interface Asked {
  readonly method?: string
  readonly target?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Another address of the loopback net: what fails there is not counted here. */
  readonly from?: string
}

async function ask(asked: Asked): Promise<RawAnswer> {
  const { method = 'GET', target = `${BASE}/accounts`, headers = {}, body, from } = asked
  const type: Record<string, string> = body === undefined ? {} : JSON_TYPE
  const bytes = wire({ method, target, headers: { ...type, ...headers }, ...(body && { body }) })
  const [answer] = await exchange(world.port, bytes, { ...(from && { localAddress: from }) })
  if (!answer) throw new Error(`No answer to ${method} ${target}`)
  return answer
}

function codeOf(answer: RawAnswer): number {
  expect(shapeFaults(answer)).toEqual([])
  return JSON.parse(answer.body).code
}

describe('credentials', () => {
  test('are kept as hashes only, in every table', async () => {
    const session = await server.addSession('auditor@example.com')
    const key = await server.addKey(['Main Access'])
    const { ids } = world
    const used = [credentialHeaders(key), { VtexIdclientAutCookie: session }]
    for (const [index, headers] of used.entries()) {
      const answer = await ask({
        method: 'PUT',
        target: `${BASE}/accounts/${ids.creditAccountId}/tolerance`,
        headers: { ...headers, 'Idempotency-Key': `hashes-${index}` },
        body: JSON.stringify({ value: `0.${2 + index}` }),
      })
      expect(answer.status).toBe(200)
    }
    const dump = await everyRow()
    // The hashes are found, so this looks in the right place.
    for (const token of [key.token, session, server.key.token]) {
      expect(dump).toContain(createHash('sha256').update(token).digest('hex'))
      for (const form of formsOf(token)) expect(dump).not.toContain(form)
    }
  })

  test('a revoked key works no longer than the cache keeps it', async () => {
    const key = await server.addKey(['Main Access'])
    const headers = credentialHeaders(key)
    expect((await ask({ headers })).status).toBe(200)
    await revokeKey(server.sql, key.appKey, server.clock.now)
    await expectEndWithinCache(headers)
  })

  test('a revoked session works no longer than the cache keeps it', async () => {
    const token = await server.addSession('leaver@example.com')
    const headers = { VtexIdclientAutCookie: token }
    expect((await ask({ headers })).status).toBe(200)
    await revokeSessions(server.sql, 'Leaver@Example.com', server.clock.now)
    await expectEndWithinCache(headers)
  })

  test('an expired session is refused at once', async () => {
    const headers = { VtexIdclientAutCookie: await server.addSession('sleeper@example.com') }
    server.clock.advance(DAY_MS - 1)
    expect((await ask({ headers })).status).toBe(200)
    server.clock.advance(1)
    const answer = await ask({ headers, from: '127.0.2.1' })
    expect([answer.status, codeOf(answer)]).toEqual([401, 1010])
  })

  test('an unknown key and a wrong token read the same', async () => {
    const from = '127.0.2.2'
    const right = credentialHeaders(server.key)
    const unknown = await ask({ headers: { ...right, 'X-VTEX-API-AppKey': 'nobody' }, from })
    const wrong = await ask({ headers: { ...right, 'X-VTEX-API-AppToken': 'wrong' }, from })
    expect([unknown.status, unknown.body]).toEqual([401, wrong.body])
    expect(wrong.status).toBe(401)
  })

  test('are never told in an answer', async () => {
    const session = 'a-session-token-that-is-secret'
    const token = 'a-key-token-that-is-secret'
    const headers = { ...credentialHeaders({ appKey: server.key.appKey, token }) }
    const secrets = [session, token, server.key.token]
    const target = `${BASE}/accounts/nobody`
    const from = '127.0.2.3'
    const right = credentialHeaders(server.key)
    const answers = await Promise.all([
      ask({ headers, from }),
      ask({ headers: { VtexIdclientAutCookie: session }, from }),
      ask({ headers: { Cookie: `VtexIdclientAutCookie=${session}` }, from }),
      ask({ headers: right, target }),
      ask({ headers: right, method: 'PATCH' }),
      ask({ headers: right, target: `${BASE}/accounts?from=x` }),
      ask({ headers: right, method: 'POST', body: '{' }),
      ask({ headers: right, method: 'POST', body: '[]' }),
      ask({ headers: { ...right, 'X-Long': 'x'.repeat(20_000) } }),
      ask({ headers: { ...right, 'X-Bad': '\u0001' } }),
      ask({ headers: right, target: '/%' }),
    ])
    for (const answer of answers) {
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(leakFaults(answer, secrets)).toEqual([])
      expect(secrets.filter((secret) => JSON.stringify(answer.headers).includes(secret))).toEqual(
        [],
      )
    }
  })
})

/** Uses the credentials all the time: that must not keep them alive. */
async function expectEndWithinCache(headers: Record<string, string>): Promise<void> {
  expect(CREDENTIAL_CACHE_MS).toBeLessThanOrEqual(10_000)
  const steps = 5
  for (let step = 0; step < steps; step += 1) {
    await ask({ headers })
    server.clock.advance(CREDENTIAL_CACHE_MS / steps)
  }
  const answer = await ask({ headers, from: '127.0.2.4' })
  expect([answer.status, codeOf(answer)]).toEqual([401, 1010])
}

async function everyRow(): Promise<string> {
  const tables = await server.sql<{ name: string }[]>`
    select table_name as name from information_schema.tables where table_schema = 'public'`
  expect(tables.length).toBeGreaterThan(5)
  const texts = await Promise.all(
    tables.map(({ name }) => server.sql.unsafe(`select t::text as row from "${name}" t`)),
  )
  return texts.flatMap((rows) => rows.map(({ row }) => row)).join('\n')
}

/** A token as text, and as somebody might have encoded it. */
function formsOf(token: string): string[] {
  const bytes = Buffer.from(token)
  return [token, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, '')]
}

describe('a session in a cookie', () => {
  let cookie: Record<string, string>

  beforeAll(async () => {
    const token = await server.addSession('browser@example.com')
    cookie = { Cookie: `theme=dark; VtexIdclientAutCookie=${token}; lang=pt` }
  })

  const write = (headers: Record<string, string>) =>
    ask({ method: 'PUT', target: `${BASE}/storeconfig`, headers, body: '{"taxRate":0.1}' })

  test('reads from anywhere', async () => {
    expect((await ask({ headers: cookie })).status).toBe(200)
    const linked = { ...cookie, 'Sec-Fetch-Site': 'cross-site' }
    expect((await ask({ headers: linked })).status).toBe(200)
  })

  test.each([
    ['Sec-Fetch-Site', 'cross-site'],
    ['Sec-Fetch-Site', 'same-site'],
    ['Sec-Fetch-Site', 'none'],
    ['Sec-Fetch-Site', 'Cross-Site'],
    ['Sec-Fetch-Site', ''],
    ['Origin', 'https://evil.example'],
    ['Origin', 'http://localhost.evil.example'],
    ['Origin', 'http://localhost:1'],
    ['Origin', 'http://localhost@evil.example'],
    ['Origin', 'null'],
    ['Origin', 'localhost'],
    ['Origin', ''],
  ])('does not write with %s: %s', async (name, value) => {
    const answer = await write({ ...cookie, [name]: value })
    expect([answer.status, codeOf(answer)]).toEqual([403, 1012])
  })

  test('writes from the same origin', async () => {
    expect((await write({ ...cookie, 'Sec-Fetch-Site': 'same-origin' })).status).toBe(200)
    expect((await write({ ...cookie, Origin: 'http://localhost' })).status).toBe(200)
  })

  test('does not write from elsewhere, whatever the operation', async () => {
    const { ids, key } = world
    const before = await snapshot(world, ids, key)
    const writes = world.operations.filter(({ isClosed, method }) => isClosed && method !== 'GET')
    expect(writes.length).toBeGreaterThan(10)
    for (const operation of writes) {
      const draft = rightDraft(world, operation)
      const headers = { ...cookie, ...JSON_TYPE, 'Sec-Fetch-Site': 'cross-site' }
      const [answer] = await exchange(world.port, wire({ ...draft, headers }))
      expect([answer?.status, operation.id]).toEqual([403, operation.id])
    }
    expect(await snapshot(world, ids, key)).toBe(before)
  })

  test('is no cookie where it comes in a header', async () => {
    const token = await server.addSession('script@example.com')
    const elsewhere = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://elsewhere.example' }
    const answer = await write({ VtexIdclientAutCookie: token, ...elsewhere })
    expect(answer.status).toBe(200)
  })
})

describe('two stores', () => {
  test('a key finds nothing of another store by any id of any operation', async () => {
    const { ids, foreign, key, otherKey } = world
    const before = [await snapshot(world, ids, key), await snapshot(world, foreign, otherKey)]
    let asked = 0
    for (const operation of world.operations.filter(isByAccount)) {
      for (const names of mixes(namesIn(operation, 'path').filter(isId))) {
        const answer = await askAs(otherKey, operation, mixed(foreign, ids, names))
        expect([answer.status, operation.id, names]).toEqual([404, operation.id, names])
        expect([1021, 1022, 1023, 1024]).toContain(codeOf(answer))
        asked += 1
      }
    }
    expect(asked).toBeGreaterThan(30)
    const after = [await snapshot(world, ids, key), await snapshot(world, foreign, otherKey)]
    expect(after).toEqual(before)
  })

  test('a search finds nothing of another store', async () => {
    const { ids, otherKey } = world
    const searches = [
      `/accounts?email=${ids.email}`,
      `/accounts?document=${ids.document}`,
      `/invoices?creditAccountId=${ids.creditAccountId}`,
      `/invoices?creditAccountId=${ids.creditAccountId}&op=or`,
      '/invoices?orderId=victim-order',
    ]
    for (const path of searches) {
      const { json } = await server.call('GET', path, undefined, { key: otherKey })
      expect([path, json.data, json.summary.count]).toEqual([path, [], 0])
    }
    const every = await server.call('GET', '/invoices?op=or&value=0&status=Opened', undefined, {
      key: otherKey,
    })
    const owners = every.json.data.map(({ accountId }: { accountId: string }) => accountId)
    expect([...new Set(owners)]).toEqual([world.foreign.creditAccountId])
  })

  test('one id, one document, one e-mail and one Idempotency-Key stand for two accounts', async () => {
    const { key, otherKey } = world
    const ours = await createBook(server, key, 'shared')
    const before = await snapshot(world, ours, key)
    const theirs = await createBook(server, otherKey, 'shared')
    expect(theirs.creditAccountId).toBe(ours.creditAccountId)
    const path = `/accounts/${ours.creditAccountId}/creditlimit`
    const headers = { 'Idempotency-Key': 'one-for-both' }
    const raised = await server.call('PUT', path, { value: 7 }, { key: otherKey, headers })
    expect(raised.json.creditLimit).toBe(7)
    expect(await snapshot(world, ours, key)).toBe(before)
    const other = await server.call('PUT', path, { value: 8 }, { key, headers })
    expect([other.status, other.json.creditLimit]).toEqual([200, 8])
    expect(other.headers.get('Idempotency-Replayed')).toBeNull()
    expect((await server.verify()).drift).toEqual([])
  })
})

/** What needs an id that exists: to open an account under a new id is everybody's right. */
function isByAccount({ isClosed, id, path }: Operation): boolean {
  return isClosed && id !== 'openOrChangeAccount' && path.includes('{')
}

async function askAs(
  key: Credentials,
  operation: Operation,
  ids: World['ids'],
): Promise<RawAnswer> {
  const draft = rightDraft({ ...world, key }, operation)
  const bytes = wire({ ...draft, target: targetOf(operation, ids) })
  const [answer] = await exchange(world.port, bytes)
  if (!answer) throw new Error(`No answer to ${operation.id}`)
  return answer
}

describe('every answer', () => {
  const asked: readonly (readonly [string, Asked])[] = [
    ['a document', { target: '/openapi.json' }],
    ['the docs', { target: '/docs' }],
    ['the docs, inside', { target: '/docs/static/index.html' }],
    ['a script of the docs', { target: '/docs/static/swagger-initializer.js' }],
    ['health', { target: '/healthz' }],
    ['metrics', { target: '/metrics' }],
    ['an account', {}],
    ['a 401', { headers: { 'X-VTEX-API-AppKey': '' } }],
    ['a 404', { target: '/nothing' }],
    ['a 400', { target: '/%' }],
    ['a preflight', { method: 'OPTIONS', headers: { 'Access-Control-Request-Method': 'PUT' } }],
  ]

  test.each(asked)(
    '%s has the headers that keep a browser safe',
    async (_, { headers, ...rest }) => {
      const from = { Origin: 'https://evil.example' }
      const { headers: got } = await ask({
        ...rest,
        headers: { ...credentialHeaders(server.key), ...from, ...headers },
      })
      const policy = got['content-security-policy'] ?? ''
      expect(policy).toMatch(/default-src '(self|none)'/)
      expect(policy).toMatch(/frame-ancestors 'none'/)
      expect(policy).not.toMatch(/unsafe-|\*|http:|https:/)
      expect(got['x-content-type-options']).toBe('nosniff')
      expect(Object.keys(got).filter((name) => name.startsWith('access-control-'))).toEqual([])
      expect([got.server, got['x-powered-by']]).toEqual([undefined, undefined])
    },
  )
})

describe('failed sign-ins', () => {
  const wrong = (index: number | string) =>
    credentialHeaders({ appKey: 'guessed', token: `guess-${index}` })

  test('are limited by address, and a key in use goes on working there', async () => {
    const from = '127.0.3.1'
    const right = credentialHeaders(server.key)
    expect((await ask({ headers: right, from })).status).toBe(200)
    for (let index = 0; index < FAILED_SIGN_INS_A_MINUTE; index += 1) {
      expect((await ask({ headers: wrong(index), from })).status).toBe(401)
    }
    const refused = await ask({ headers: wrong('last'), from })
    expect([refused.status, codeOf(refused)]).toEqual([429, 1151])
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    const session = { VtexIdclientAutCookie: 'guessed' }
    expect((await ask({ headers: session, from })).status).toBe(429)
    expect((await ask({ headers: wrong(0), from: '127.0.3.2' })).status).toBe(401)
    expect((await ask({ headers: right, from })).status).toBe(200)
  })

  test('of somebody else never keep a key out that was good a while ago', async () => {
    const from = '127.0.3.1'
    const right = credentialHeaders(server.key)
    expect((await ask({ headers: wrong(0), from })).status).toBe(429)
    server.clock.advance(CREDENTIAL_CACHE_MS + 1)
    expect((await ask({ headers: right, from })).status).toBe(200)
  })

  test('are limited when they come all at once', async () => {
    const from = '127.0.3.3'
    const guesses = Array.from({ length: 200 }, (_, index) => ask({ headers: wrong(index), from }))
    const answers = await Promise.all(guesses)
    const looked = answers.filter(({ status }) => status === 401)
    // Those that are being looked up already when the limit is reached still hear 401.
    expect(looked.length).toBeLessThanOrEqual(2 * FAILED_SIGN_INS_A_MINUTE)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(200 - looked.length)
  })
})
