/** Who may call what under /api/admin, from where, and what is never told or kept. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RESOURCES } from '../../src/ledger/credentials.ts'
import { startApi } from '../api/support/api.ts'
import type { Document } from '../api/support/contract.ts'
import { ok, refused } from '../api/support/expect.ts'
import { ADMIN, type Desk, PASSWORD, startDesk, tokenIn } from './support/desk.ts'
import { rawCall } from './support/raw.ts'

/** Those that need no resource, but a user. */
const OWN = ['GET /me', 'POST /sign-out', 'POST /sign-out-everywhere', 'PUT /me/password']

type Asked = readonly [method: string, path: string, body: object | undefined]

const MANAGING: readonly Asked[] = [
  ['GET', '/users', undefined],
  ['POST', '/users', { email: 'new@example.com', name: 'New', role: 'reader' }],
  ['PUT', '/users/nobody', { name: 'New' }],
  ['POST', '/users/nobody/password-reset', undefined],
  ['GET', '/api-keys', undefined],
  ['POST', '/api-keys', { label: 'new', resources: ['Main Access'] }],
  ['DELETE', '/api-keys/nobody', undefined],
]

const OPEN = ['GET /sign-in-options', 'POST /sign-in']

/** What the pages of the Admin read besides is tested in test/admin. */
const OWN_TAGS = ['Signing in', 'Users', 'API keys']

let desk: Desk

beforeAll(async () => {
  desk = await startDesk()
})
afterAll(() => desk.close())

test('these are all operations there are', () => {
  const paths = Object.entries<Document>(desk.api.contract.document.paths)
  const found = paths
    .filter(([path]) => path.startsWith('/api/admin/'))
    .flatMap(([path, methods]) =>
      Object.entries<Document>(methods)
        .filter(([, { tags }]) => OWN_TAGS.some((tag) => tags.includes(tag)))
        .map(([method]) => `${method.toUpperCase()} ${path.slice('/api/admin'.length)}`),
    )
  const known = MANAGING.map(([method, path]) => {
    const template = path
      .replace('/users/nobody', '/users/{userId}')
      .replace('/api-keys/nobody', '/api-keys/{appKey}')
    return `${method} ${template}`
  })
  expect(found.sort()).toEqual([...known, ...OWN, ...OPEN].sort())
})

const CLOSED: readonly Asked[] = [
  ...MANAGING,
  ...OWN.map((text): Asked => [text.split(' ')[0] ?? '', text.split(' ')[1] ?? '', undefined]),
]

describe.each(CLOSED)('%s %s', (method, path, body) => {
  test('without credentials, or with wrong ones: 401', async () => {
    const address = desk.newAddress()
    const send = (headers: Record<string, string>) =>
      desk.proxied.call(address, method, `${ADMIN}${path}`, body, { key: false, headers })
    refused(await send({}), 401, 'unauthenticated')
    refused(await send({ VtexIdclientAutCookie: 'wrong' }), 401, 'unauthenticated')
    refused(await send({ Cookie: 'VtexIdclientAutCookie=wrong' }), 401, 'unauthenticated')
  })

  test('with the cookie from another site: 403 for what writes', async () => {
    const by = await desk.newcomer('administrator')
    for (const headers of [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
    ] as Record<string, string>[]) {
      const answer = await by.call(method, path, body, headers)
      if (method === 'GET') ok(answer)
      else refused(answer, 403, 'cross-site')
    }
    ok(await by.call('GET', '/me'))
  })
})

describe.each(MANAGING)('%s %s', (method, path, body) => {
  test('needs Main Access, whatever else one has: 403', async () => {
    const others = RESOURCES.filter((name) => name !== 'Main Access')
    const key = await desk.api.asKeyWith(...others)
    const answer = refused(await key(method, `${ADMIN}${path}`, body), 403, 'missing-resource')
    expect(answer.resource).toBe('Main Access')
    for (const role of ['credit-manager', 'collections', 'reader'] as const) {
      const by = await desk.newcomer(role)
      refused(await by.call(method, path, body), 403, 'missing-resource')
    }
  })
})

test('an Idempotency-Key keeps no secret', async () => {
  const headers = { 'Idempotency-Key': 'once' }
  const body = { label: 'new', resources: ['Read Invoices'] }
  const send = () => desk.api.call('POST', `${ADMIN}/api-keys`, body, { headers })
  expect(ok(await send()).appKey).not.toBe(ok(await send()).appKey)
  expect(await desk.api.sql`select 1 from idempotency where idempotency_key = 'once'`).toEqual([])
})

test('passwords, tokens and e-mails that were mistyped are in the database in no form', async () => {
  const person = await desk.addPerson('administrator')
  const entered = await desk.tryToEnter(person.email)
  const typed = 'My-Password-In-The-Wrong-Field@example.com'
  refused(await desk.tryToEnter(typed, 'x'), 401, 'wrong-sign-in')
  const { oneTimePassword } = ok(
    await desk.api.call('POST', `${ADMIN}/users/${person.id}/password-reset`),
  )
  const { token } = ok(
    await desk.api.call('POST', `${ADMIN}/api-keys`, { label: 'x', resources: ['Main Access'] }),
  )
  const tables = await desk.api.sql<{ name: string }[]>`
    select table_name as name from information_schema.tables where table_schema = 'public'`
  const rows = await Promise.all(
    tables.map(({ name }) => desk.api.sql.unsafe(`select t::text as row from "${name}" t`)),
  )
  const stored = rows.flatMap((found) => found.map(({ row }) => row)).join('\n')
  expect(stored).toContain(person.email)
  for (const secret of [PASSWORD, tokenIn(entered), oneTimePassword, token, typed]) {
    for (const form of [secret, secret.toLowerCase(), Buffer.from(secret).toString('hex')]) {
      expect(stored).not.toContain(form)
    }
  }
})

test('passwords, tokens and e-mails never reach the log', async () => {
  const written: string[] = []
  const write = process.stderr.write
  process.stderr.write = ((chunk: unknown) => written.push(String(chunk)) > 0) as typeof write
  try {
    const loud = await startApi({ logLevel: 'trace' })
    const email = 'secret.name@example.com'
    const user = { email, name: 'Secret Name', role: 'reader' }
    const { id, oneTimePassword } = ok(await loud.call('POST', `${ADMIN}/users`, user))
    const typed = { email, password: oneTimePassword }
    const entered = await loud.call('POST', `${ADMIN}/sign-in`, typed, { key: false })
    const wrong = { email, password: 'a-wrong-password' }
    await loud.call('POST', `${ADMIN}/sign-in`, wrong, { key: false })
    await loud.sql`alter table store_user rename to elsewhere`
    refused(await rawCall(loud, 'POST', '/sign-in', typed), 500, 'internal')
    refused(await rawCall(loud, 'PUT', `/users/${id}`, { name: 'x' }), 500, 'internal')
    const token = tokenIn(entered)
    await loud.close()
    const log = written.join('')
    expect(log).toContain('/api/admin/sign-in')
    for (const secret of [email, 'Secret Name', oneTimePassword, 'a-wrong-password', token]) {
      expect(log).not.toContain(secret)
    }
    expect(log).not.toContain('argon2id')
  } finally {
    process.stderr.write = write
  }
})
