/** Limits of a key, and of an address that fails to sign in. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Credentials } from '../support/server.ts'
import { type Api, expectNoDrift, type Proxied, startApi, startProxied } from './support/api.ts'
import { blankOf, OPERATION_IDS, operationOf } from './support/examples.ts'
import { ok, refused } from './support/expect.ts'
import { openAccount } from './support/make.ts'

const FAILURES_A_MINUTE = 20
const WRONG: Credentials = { appKey: 'nobody', token: 'wrong' }

let api: Api
let proxied: Proxied

beforeAll(async () => {
  api = await startApi()
  proxied = await startProxied(api)
})
afterAll(async () => {
  await proxied.close()
  await api.close()
})

describe('a key with a limit', () => {
  test.each(OPERATION_IDS)('%s is refused past it: 429', async (id) => {
    const { method, path, body } = blankOf(operationOf(api, id))
    const key = await api.addKey(['Main Access'], 1)
    const sent = () => api.call(method, path, body, { key })
    const answers = await Promise.all([sent(), sent(), sent()])
    const late = answers.filter(({ status }) => status === 429)
    expect(late.length).toBeGreaterThan(0)
    for (const answer of late) {
      refused(answer, 429, 'rate-limited')
      expect(answer.headers.get('retry-after')).toBe('1')
      expect(answer.headers.get('ratelimit-policy')).toBe('"key";q=1;w=1')
      expect(answer.headers.get('ratelimit')).toMatch(/^"key";r=0;t=\d+$/)
    }
  })

  test('is told on every answer what is left', async () => {
    const key = await api.addKey(['Main Access'], 100)
    const sent = (path: string) => api.call('GET', path, undefined, { key })
    const answers = await Promise.all([sent('/accounts'), sent('/accounts/unknown')])
    for (const { headers } of answers) {
      expect(headers.get('ratelimit-policy')).toBe('"key";q=100;w=1')
      expect(headers.get('retry-after')).toBeNull()
    }
    const left = answers.map(({ headers }) => headers.get('ratelimit'))
    expect(left.sort()).toEqual(['"key";r=98;t=1', '"key";r=99;t=1'])
  })

  test('is accepted again after Retry-After', async () => {
    const key = await api.addKey(['Main Access'], 1)
    const sent = () => api.call('GET', '/accounts', undefined, { key })
    const answers = await Promise.all([sent(), sent()])
    const late = answers.find(({ status }) => status === 429)
    await sleep(Number(late?.headers.get('retry-after')) * 1000)
    ok(await sent())
  })

  test('takes nothing from other keys, nor from one that has the same limit', async () => {
    const busy = await api.addKey(['Main Access'], 1)
    const idle = await api.addKey(['Main Access'], 1)
    const sent = (key: Credentials) => api.call('GET', '/accounts', undefined, { key })
    const answers = await Promise.all([sent(busy), sent(busy)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 429])
    ok(await sent(idle))
  })

  test('changes nothing where it is refused', async () => {
    const account = await openAccount(api.call)
    const key = await api.addKey(['Main Access'], 1)
    const sent = () => api.call('POST', `${account.path}/transactions`, { value: 10 }, { key })
    const answers = await Promise.all(Array.from({ length: 5 }, sent))
    const passed = answers.filter(({ status }) => status === 200).length
    expect(ok(await api.call('GET', account.path)).preAuthorizedCredit).toBe(10 * passed)
  })
})

test('a key without a limit is told of none', async () => {
  const answer = await api.call('GET', '/accounts')
  expect(answer.headers.get('ratelimit')).toBeNull()
  expect(answer.headers.get('ratelimit-policy')).toBeNull()
})

describe('failed sign-ins', () => {
  async function fail(address: string, times: number): Promise<void> {
    for (let count = 0; count < times; count += 1) {
      const answer = await get(address, WRONG)
      refused(answer, 401, 'unauthenticated')
    }
  }

  const get = (address: string, key: Credentials | false) =>
    proxied.call(address, 'GET', '/accounts', undefined, { key })

  test('every operation refuses an address with too many of them: 429', async () => {
    await fail('10.1.0.1', FAILURES_A_MINUTE)
    for (const operation of api.contract.operations) {
      const { method, path, body } = blankOf(operation)
      const answer = await proxied.call('10.1.0.1', method, path, body, { key: WRONG })
      refused(answer, 429, 'too-many-failed-sign-ins')
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(60)
    }
  })

  test('of wrong sessions count as well', async () => {
    const headers = { VtexIdclientAutCookie: 'wrong' }
    const sent = () =>
      proxied.call('10.1.0.2', 'GET', '/accounts', undefined, { key: false, headers })
    for (let count = 0; count < FAILURES_A_MINUTE; count += 1) {
      refused(await sent(), 401, 'unauthenticated')
    }
    refused(await sent(), 429, 'too-many-failed-sign-ins')
  })

  test('of one address leave others alone', async () => {
    await fail('10.1.0.3', FAILURES_A_MINUTE)
    refused(await get('10.1.0.3', WRONG), 429, 'too-many-failed-sign-ins')
    refused(await get('10.1.0.4', WRONG), 401, 'unauthenticated')
  })

  test('leave a good key alone that is known already', async () => {
    const key = await api.addKey(['Main Access'])
    ok(await get('10.1.0.5', key))
    await fail('10.1.0.5', FAILURES_A_MINUTE)
    refused(await get('10.1.0.5', WRONG), 429, 'too-many-failed-sign-ins')
    ok(await get('10.1.0.5', key))
  })

  test('leave a known good key alone for longer than it is cached', async () => {
    const key = await api.addKey(['Main Access'])
    ok(await get('10.1.0.6', key))
    await fail('10.1.0.6', FAILURES_A_MINUTE)
    for (let minute = 0; minute < 3; minute += 1) {
      api.clock.advance(60_000)
      ok(await get('10.1.0.6', key))
    }
  })

  test('do not come of requests without credentials', async () => {
    for (let count = 0; count < FAILURES_A_MINUTE + 5; count += 1) {
      refused(await get('10.1.0.7', false), 401, 'unauthenticated')
    }
    ok(await get('10.1.0.7', await api.addKey(['Main Access'])))
  })
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
