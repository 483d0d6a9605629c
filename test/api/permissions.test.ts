/** Who may do what: credentials (401), resources (403), and the two kinds of callers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  RESOURCES,
  type Resource,
  revokeKey,
  revokeSessions,
} from '../../src/ledger/credentials.ts'
import { DAY_MS, call as rawCall } from '../support/server.ts'
import { type Api, expectNoDrift, type Proxied, startApi, startProxied } from './support/api.ts'
import {
  blankOf,
  exampleOf,
  OPERATION_IDS,
  operationOf,
  pathFor,
  send,
} from './support/examples.ts'
import { ok, okEmpty, refused } from './support/expect.ts'
import { invoiceLines, openAccount, order, statementsOf } from './support/make.ts'

/** A revoked key may go on for so long. */
const REVOKED_WITHIN_MS = 5_000

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

describe.each(OPERATION_IDS)('%s', (id) => {
  test('refuses a request without credentials: 401', async () => {
    const { method, path, body } = blankOf(operationOf(api, id))
    refused(await api.call(method, path, body, { key: false }), 401, 'unauthenticated')
  })

  test('refuses wrong credentials: 401', async () => {
    const { method, path, body } = blankOf(operationOf(api, id))
    const address = `10.0.0.${OPERATION_IDS.indexOf(id)}`
    const { appKey, token } = api.key
    const wrong: Record<string, string>[] = [
      { 'X-VTEX-API-AppKey': appKey, 'X-VTEX-API-AppToken': 'wrong' },
      { 'X-VTEX-API-AppKey': appKey, 'X-VTEX-API-AppToken': '' },
      { 'X-VTEX-API-AppKey': 'nobody', 'X-VTEX-API-AppToken': token },
      { 'X-VTEX-API-AppKey': appKey },
      { 'X-VTEX-API-AppToken': token },
      { 'X-VTEX-API-AppKey': appKey, 'X-VTEX-API-AppToken': token.repeat(200) },
      { VtexIdclientAutCookie: 'wrong' },
      { VtexIdclientAutCookie: token },
      { Cookie: 'VtexIdclientAutCookie=wrong' },
    ]
    for (const headers of wrong) {
      const answer = await proxied.call(address, method, path, body, { key: false, headers })
      refused(answer, 401, 'unauthenticated')
    }
  })

  test('refuses a key without the resource, whatever else it has: 403', async () => {
    const operation = operationOf(api, id)
    const others = RESOURCES.filter((name) => name !== 'Main Access' && name !== operation.resource)
    expect(others).toHaveLength(RESOURCES.length - 2)
    const by = await api.asKeyWith(...others)
    const problem = refused(await send(api, operation, by), 403, 'missing-resource')
    expect(problem.resource).toBe(operation.resource)
    expect(problem.detail).toContain(`"${operation.resource}"`)
  })

  test('accepts each resource that suffices, alone', async () => {
    const operation = operationOf(api, id)
    for (const resource of ['Main Access', operation.resource] as Resource[]) {
      const answer = await send(api, operation, await api.asKeyWith(resource))
      expect(answer.status, `${resource}: ${answer.text}`).toBe(200)
    }
  })

  test('looks at the resource before the input: 403', async () => {
    const { method, path, body } = blankOf(operationOf(api, id))
    const by = await api.asKeyWith()
    refused(await by(method, path, body && { value: {} }), 403, 'missing-resource')
  })

  test('takes a session token, in the header or in the cookie of that name', async () => {
    const operation = operationOf(api, id)
    const token = await api.addSession('ana@example.com')
    for (const headers of [
      { VtexIdclientAutCookie: token },
      { Cookie: `other=1; VtexIdclientAutCookie=${token}` },
    ] as Record<string, string>[]) {
      const { params, body } = await exampleOf(operation)(api.call)
      const path = pathFor(operation, params)
      const answer = await api.call(operation.method, path, body, { key: false, headers })
      expect(answer.status, answer.text).toBe(200)
    }
  })

  test('refuses a write with a session cookie from another site: 403', async () => {
    const operation = operationOf(api, id)
    if (!operation.isWrite) return
    const cookie = `VtexIdclientAutCookie=${await api.addSession('ana@example.com')}`
    const { params, body } = await exampleOf(operation)(api.call)
    const sent = (headers: Record<string, string>) =>
      api.call(operation.method, pathFor(operation, params), body, {
        key: false,
        headers: { Cookie: cookie, ...headers },
      })
    refused(await sent({ 'Sec-Fetch-Site': 'cross-site' }), 403, 'cross-site')
    refused(await sent({ 'Sec-Fetch-Site': 'same-site' }), 403, 'cross-site')
    refused(await sent({ Origin: 'https://evil.example' }), 403, 'cross-site')
    const answer = await sent({ 'Sec-Fetch-Site': 'same-origin' })
    expect(answer.status, answer.text).toBe(200)
  })
})

test('a key never has what a key of another store has', async () => {
  const other = await api.newStore()
  const account = await openAccount(api.call)
  refused(await other.call('GET', account.path), 404, 'account-not-found')
  const mixed = { appKey: api.key.appKey, token: other.key.token }
  refused(await api.call('GET', account.path, undefined, { key: mixed }), 401, 'unauthenticated')
})

test('a revoked key and a revoked session stop within 5 s', async () => {
  const key = await api.addKey(['Main Access'])
  const token = await api.addSession('revoked@example.com')
  const byKey = () => api.call('GET', '/accounts', undefined, { key })
  const bySession = () =>
    api.call('GET', '/accounts', undefined, {
      key: false,
      headers: { VtexIdclientAutCookie: token },
    })
  ok(await byKey())
  ok(await bySession())
  await revokeKey(api.sql, key.appKey, api.clock.now)
  await revokeSessions(api.sql, 'Revoked@Example.com', api.clock.now)
  api.clock.advance(REVOKED_WITHIN_MS)
  refused(await byKey(), 401, 'unauthenticated')
  refused(await bySession(), 401, 'unauthenticated')
})

test('a session ends at its instant', async () => {
  const token = await api.addSession('ending@example.com')
  const headers = { VtexIdclientAutCookie: token }
  const sent = () => api.call('GET', '/accounts', undefined, { key: false, headers })
  ok(await sent())
  api.clock.advance(DAY_MS - 1)
  ok(await sent())
  api.clock.advance(1)
  refused(await sent(), 401, 'unauthenticated')
})

test('a session has its own resources', async () => {
  const token = await api.addSession('reader@example.com', ['Read Checking Accounts'])
  const options = { key: false, headers: { VtexIdclientAutCookie: token } } as const
  ok(await api.call('GET', '/accounts', undefined, options))
  const refusal = await api.call('GET', '/invoices', undefined, options)
  expect(refused(refusal, 403, 'missing-resource').resource).toBe('Read Invoices')
})

test('the ledger says who did it: the key, or the e-mail of the session', async () => {
  const account = await openAccount(api.call)
  const headers = { VtexIdclientAutCookie: await api.addSession('ana@example.com') }
  ok(await api.call('PUT', `${account.path}/creditlimit`, { value: 2000 }))
  const options = { key: false, headers } as const
  ok(await api.call('PUT', `${account.path}/creditlimit`, { value: 3000 }, options))
  const lines = await statementsOf(api.call, account)
  expect(lines.map(({ doneBy }) => doneBy)).toEqual([api.key.appKey, 'ana@example.com'])
})

describe('taking a payment back', () => {
  test('needs Pay Invoice too: 403 that names it', async () => {
    const account = await openAccount(api.call)
    const { invoices } = await order(api.call, account, 100)
    const invoice = invoices[0] ?? ''
    const changer = await api.asKeyWith('Create Invoices')
    okEmpty(await changer('PUT', invoice, { status: 'Paid' }))
    const problem = refused(
      await changer('PUT', invoice, { status: 'Opened' }),
      403,
      'missing-resource',
    )
    expect(problem.resource).toBe('Pay Invoice')
    expect(await invoiceLines(api.call, account)).toEqual(['Paid 100'])

    const cashier = await api.asKeyWith('Create Invoices', 'Pay Invoice')
    okEmpty(await cashier('PUT', invoice, { status: 'Opened' }))
    expect(await invoiceLines(api.call, account)).toEqual(['Opened 100'])
  })

  test('asks for nothing more where nothing is taken back', async () => {
    const account = await openAccount(api.call)
    const { invoices } = await order(api.call, account, 100)
    const changer = await api.asKeyWith('Create Invoices')
    okEmpty(await changer('PUT', invoices[0] ?? '', { status: 'Opened', observation: 'Called' }))
  })
})

test('tokens are stored as hashes alone', async () => {
  const session = await api.addSession('ana@example.com')
  const key = await api.addKey(['Main Access'])
  const rows = await api.sql`
    select row_to_json(k)::text as row from api_key k
    union all select row_to_json(s)::text from session s`
  const stored = JSON.stringify(rows)
  expect(stored).toContain(key.appKey)
  for (const secret of [key.token, session]) {
    expect(stored).not.toContain(secret)
    expect(stored).not.toContain(Buffer.from(secret).toString('hex'))
  }
})

test('documents, e-mails and tokens never reach the log', async () => {
  const written: string[] = []
  const write = process.stderr.write
  process.stderr.write = ((chunk: unknown) => written.push(String(chunk)) > 0) as typeof write
  try {
    const loud = await startApi({ logLevel: 'trace' })
    const account = await openAccount(loud.call, { email: 'secret.name@example.com' })
    ok(await loud.call('GET', `/accounts?email=${account.email}`))
    refused(await loud.call('GET', `${account.path}x`), 404, 'account-not-found')
    refused(await loud.call('POST', '/accounts', account.document), 400, 'invalid-input')
    const key = { ...loud.key, token: 'secret-token' }
    refused(await loud.call('GET', account.path, undefined, { key }), 401, 'unauthenticated')
    await loud.sql`alter table account rename to elsewhere`
    const fault = await rawCall(loud.url, loud.key, 'GET', account.path)
    refused(fault, 500, 'internal')
    expect(fault.text).not.toMatch(/relation|select|42P01|\bat .*\.ts/)
    await loud.close()
    const log = written.join('')
    expect(log).toContain('/api/creditcontrol/accounts/:creditAccountId')
    for (const secret of [account.email, account.document, 'secret-token', loud.key.token]) {
      expect(log).not.toContain(secret)
    }
  } finally {
    process.stderr.write = write
  }
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
