/** API keys as an administrator manages them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CREDENTIAL_CACHE_MS } from '../../src/api/auth.ts'
import type { Call } from '../api/support/api.ts'
import { faults, ok, okEmpty, refused } from '../api/support/expect.ts'
import { ADMIN, type Browser, type Desk, startDesk } from './support/desk.ts'

let desk: Desk
let boss: Browser

beforeAll(async () => {
  desk = await startDesk()
  boss = await desk.newcomer('administrator')
})
afterAll(() => desk.close())

const RESOURCES = ['Read Invoices', 'Pay Invoice']

const create = async (body: object = {}) =>
  ok(await boss.call('POST', '/api-keys', { label: 'checkout', resources: RESOURCES, ...body }))

const as = ({ appKey, token }: { appKey: string; token: string }): Call =>
  desk.api.as({ appKey, token })

async function listed(appKey: string) {
  const { data } = ok(await boss.call('GET', '/api-keys?from=1&to=1000'))
  return data.find((key: { appKey: string }) => key.appKey === appKey)
}

test('a new key works with its resources and its rate; its token is told once', async () => {
  const { token, ...made } = await create({ requestsPerSecond: 50 })
  expect(made).toEqual({
    appKey: expect.stringMatching(/^fiado-main-[0-9a-f]{10}$/),
    label: 'checkout',
    resources: RESOURCES,
    requestsPerSecond: 50,
    createdAt: new Date(desk.api.clock.now).toISOString(),
    lastUsedAt: null,
    revokedAt: null,
  })
  expect(await listed(made.appKey)).toEqual(made)
  const by = as({ ...made, token })
  const answer = await by('GET', '/invoices')
  ok(answer)
  expect(answer.headers.get('ratelimit-policy')).toBe('"key";q=50;w=1')
  refused(await by('GET', '/accounts'), 403, 'missing-resource')
})

test('a key with bad input is refused: 400', async () => {
  const send = (body: unknown) => boss.call('POST', '/api-keys', body)
  faults(await send({}), '/label', '/resources')
  faults(await send({ label: 'x', resources: [] }), '/resources')
  faults(await send({ label: 'x', resources: ['Everything'] }), '/resources/0')
  faults(
    await send({ label: 'x', resources: RESOURCES, requestsPerSecond: 0 }),
    '/requestsPerSecond',
  )
  faults(await boss.call('GET', '/api-keys?from=2&to=1'), '/to')
})

test('the last use is told to the minute, and costs no request anything', async () => {
  const key = await create()
  const by = as(key)
  ok(await by('GET', '/invoices'))
  const usedAt = desk.api.clock.now
  expect((await listed(key.appKey)).lastUsedAt).toBeNull()
  await desk.api.users.keepUses()
  expect((await listed(key.appKey)).lastUsedAt).toBe(new Date(usedAt).toISOString())

  desk.api.clock.advance(CREDENTIAL_CACHE_MS)
  ok(await by('GET', '/invoices'))
  await desk.api.users.keepUses()
  const later = new Date(usedAt + CREDENTIAL_CACHE_MS).toISOString()
  expect((await listed(key.appKey)).lastUsedAt).toBe(later)

  // Another process, whose news are older.
  desk.api.users.onKeyUse(key.appKey, usedAt)
  await desk.api.users.keepUses()
  expect((await listed(key.appKey)).lastUsedAt).toBe(later)
})

test('a wrong token is no use of the key', async () => {
  const key = await create()
  refused(await as({ ...key, token: 'wrong' })('GET', '/invoices'), 401, 'unauthenticated')
  await desk.api.users.keepUses()
  expect((await listed(key.appKey)).lastUsedAt).toBeNull()
})

test('a revoked key is refused, and stays in the list', async () => {
  const key = await create()
  ok(await as(key)('GET', '/invoices'))
  okEmpty(await boss.call('DELETE', `/api-keys/${key.appKey}`))
  expect((await listed(key.appKey)).revokedAt).toBe(new Date(desk.api.clock.now).toISOString())
  desk.api.clock.advance(CREDENTIAL_CACHE_MS)
  refused(await as(key)('GET', '/invoices'), 401, 'unauthenticated')
  refused(await boss.call('DELETE', `/api-keys/${key.appKey}`), 404, 'api-key-not-found')
})

test('a key of another store is not there', async () => {
  const other = await desk.api.newStore()
  const { appKey } = other.key
  refused(await boss.call('DELETE', `/api-keys/${appKey}`), 404, 'api-key-not-found')
  for (const name of ['nobody', '%00', '%F0%9F%98%80', "'", 'x'.repeat(300)]) {
    refused(await boss.call('DELETE', `/api-keys/${name}`), 404, 'api-key-not-found')
  }
  expect(await listed(appKey)).toBeUndefined()
  const theirs = ok(await other.call('GET', `${ADMIN}/api-keys`))
  expect(theirs.summary.count).toBe(1)
  expect(theirs.data[0].appKey).toBe(appKey)
  ok(await other.call('GET', '/invoices'))
})
