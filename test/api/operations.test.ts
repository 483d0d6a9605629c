/**
 * What is the same for all operations, driven by the server's own /openapi.json: an operation
 * that is added without an example fails here.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Writer } from '../../src/ledger/writer.ts'
import { connect, type Sql } from '../../src/postgres/connect.ts'
import { type Api, expectNoDrift, startApi, startProxied } from './support/api.ts'
import type { Operation } from './support/contract.ts'
import {
  blankOf,
  exampleOf,
  OPERATION_IDS,
  operationOf,
  pathFor,
  send,
  UNKNOWN,
} from './support/examples.ts'
import { faults, ok, okEmpty, refused } from './support/expect.ts'
import { openAccount } from './support/make.ts'

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

test('every operation of /openapi.json has an example, and every example an operation', () => {
  expect(api.contract.operations.map(({ id }) => id).sort()).toEqual([...OPERATION_IDS].sort())
})

describe.each(OPERATION_IDS)('%s', (id) => {
  test('answers 200', async () => {
    const operation = operationOf(api, id)
    const answer = await send(api, operation)
    if (operation.isSilent) okEmpty(answer)
    else expect(typeof ok(answer)).toBe('object')
  })

  test('answers with a trailing slash', async () => {
    const operation = operationOf(api, id)
    const { params, body } = await exampleOf(operation)(api.call)
    const answer = await api.call(operation.method, `${pathFor(operation, params)}/`, body)
    expect(answer.status, answer.text).toBe(200)
  })

  test('ignores fields and queries that it does not know', async () => {
    const operation = operationOf(api, id)
    const { params, body } = await exampleOf(operation)(api.call)
    const more = operation.hasBody ? { ...(body as object), unknownField: { deep: [1] } } : body
    const path = `${pathFor(operation, params)}?unknownQuery=1`
    const answer = await api.call(operation.method, path, more)
    expect(answer.status, answer.text).toBe(200)
  })

  test('takes a JSON content type with a charset, also without a body', async () => {
    const operation = operationOf(api, id)
    const { params, body } = await exampleOf(operation)(api.call)
    const headers = { 'Content-Type': 'application/json; charset=utf-8' }
    const path = pathFor(operation, params)
    const answer = await api.call(operation.method, path, body, { headers })
    expect(answer.status, answer.text).toBe(200)
  })

  test('refuses text in the query that cannot be stored: 400', async () => {
    const { method, path, body } = blankOf(operationOf(api, id))
    faults(await api.call(method, `${path}?x=%00`, body), '/x')
  })

  test('names ids of its path that are unknown, malformed or of another store: 404', async () => {
    const operation = operationOf(api, id)
    for (const name of operation.params) await expectNotFound(operation, name)
  })
})

const MALFORMED: Readonly<Record<string, readonly string[]>> = {
  creditAccountId: [' ', '_x', 'a b', "x';--", 'é', 'x'.repeat(101), '%00', '../x'],
  transactionId: ['x', '0123456789ABCDEF0123456789ABCDEZ', '0'.repeat(33), '%00'],
  invoiceId: [
    'x',
    '0123456789ABCDEF0123456789ABCDEF',
    '0123456789ABCDEF0123456789ABCDEF-1',
    '0123456789ABCDEF0123456789ABCDEF-001',
    '0123456789ABCDEF0123456789ABCDEF-0001',
  ],
  holderId: ['x', '0'.repeat(31), '0'.repeat(33), '%00'],
}

const NOT_FOUND: Readonly<Record<string, string>> = {
  creditAccountId: 'account-not-found',
  transactionId: 'transaction-not-found',
  invoiceId: 'invoice-not-found',
  holderId: 'holder-not-found',
}

async function expectNotFound(operation: Operation, name: string): Promise<void> {
  // A statement id is the caller's own, and PUT opens an account that is not there.
  if (name === 'statementId' || operation.id === 'openOrChangeAccount') return
  const { params, body } = await exampleOf(operation)(api.call)
  const answerTo = (change: Record<string, string>, by = api.call) =>
    by(operation.method, pathFor(operation, { ...params, ...change }), body)
  const problem = NOT_FOUND[name] ?? ''
  refused(await answerTo({ [name]: UNKNOWN[name] ?? '' }), 404, problem)
  for (const value of MALFORMED[name] ?? [])
    refused(await answerTo({ [name]: value }), 404, problem)

  const stranger = await api.newStore()
  refused(await answerTo({}, stranger.call), 404, 'account-not-found')
  if (name === 'creditAccountId') return
  // The same account id exists over there: what hangs below it still is not theirs.
  const [document, documentType] = (params.creditAccountId ?? '').split('_')
  await openAccount(stranger.call, { document, documentType })
  refused(await answerTo({}, stranger.call), 404, problem)
  // Nor does it hang below another account of the same store.
  const { id: creditAccountId } = await openAccount(api.call)
  refused(await answerTo({ creditAccountId }), 404, problem)
}

describe('every write', () => {
  const writes = () => api.contract.operations.filter(({ isWrite }) => isWrite)

  test('refuses a body that is no JSON: 400', async () => {
    for (const operation of writes()) {
      const { method, path } = blankOf(operation)
      for (const body of ['{', '{"value": 1,}', "{'value': 1}", '\u0000', '{"a": 1} 2']) {
        refused(await api.call(method, path, body), 400, 'malformed-request')
      }
    }
  })

  test('refuses text that cannot be stored: 400', async () => {
    for (const operation of writes()) {
      const { method, path } = blankOf(operation)
      for (const body of ['{"x": "\\u0000"}', '{"x": "\\ud800"}']) {
        refused(await api.call(method, path, body), 400, 'malformed-request')
      }
    }
  })

  test('refuses a body that is no object where it needs one: 400', async () => {
    for (const operation of writes()) {
      const { method, path } = blankOf(operation)
      if (!operation.hasBody) continue
      for (const body of ['', ' ', 'null', '[]', '"text"', '12']) {
        const headers = { 'Content-Type': 'application/json' }
        faults(await api.call(method, path, body, { headers }), '')
      }
    }
  })

  test('takes a body where it needs none', async () => {
    for (const operation of writes()) {
      if (operation.hasBody) continue
      for (const body of ['', ' ', '{}', '{"document": "1", "email": "x@example.com"}']) {
        const { params } = await exampleOf(operation)(api.call)
        const headers = { 'Content-Type': 'application/json' }
        const path = pathFor(operation, params)
        const answer = await api.call(operation.method, path, body, { headers })
        expect(answer.status, answer.text).toBe(200)
      }
    }
  })

  test('refuses a body of more than 1 MB: 413', async () => {
    const body = JSON.stringify({ x: 'x'.repeat(1_048_576) })
    for (const operation of writes()) {
      const { method, path } = blankOf(operation)
      refused(await api.call(method, path, body), 413, 'body-too-large')
    }
  })

  test('refuses a body that is not JSON by its content type: 415', async () => {
    for (const operation of writes()) {
      const { method, path } = blankOf(operation)
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'nonsense']) {
        const headers = { 'Content-Type': type }
        refused(await api.call(method, path, 'x', { headers }), 415, 'unsupported-media-type')
      }
    }
  })

  test('is refused while too many wait: 503', async () => {
    const writer = new Writer({ url: api.databaseUrl, now: api.clock.read, queue: 0 })
    const proxied = await startProxied(api, { writer })
    for (const operation of writes()) {
      // The configuration of a store does not go through the writer.
      if (operation.id === 'changeStoreConfig') continue
      const { params, body } = await exampleOf(operation)(api.call)
      const path = pathFor(operation, params)
      const answer = await proxied.call('10.2.0.1', operation.method, path, body)
      refused(answer, 503, 'overloaded')
      expect(answer.headers.get('retry-after')).toBe('1')
    }
    await proxied.close()
    await writer.close()
  })
})

test('without a database every operation says that it is unavailable: 503', async () => {
  const url = 'postgres://nobody:nothing@127.0.0.1:1/nowhere'
  const nowhere = connect(url, { max: 1, connectTimeout_s: 1 })
  const writer = new Writer({ url, now: api.clock.read })
  let sql: Sql = api.sql
  const proxied = await startProxied(api, { writer, sql: () => sql })
  ok(await proxied.call('10.3.0.1', 'GET', '/accounts'))
  const requests = await Promise.all(
    api.contract.operations.map(async (operation) => {
      const { params, body } = await exampleOf(operation)(api.call)
      return { method: operation.method, path: pathFor(operation, params), body }
    }),
  )
  sql = nowhere
  const answers = await Promise.all(
    requests.map(({ method, path, body }) => proxied.call('10.3.0.1', method, path, body)),
  )
  for (const answer of answers) {
    refused(answer, 503, 'unavailable')
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(answer.text).not.toMatch(/ECONNREFUSED|postgres|nowhere/)
  }
  refused(await proxied.call('10.3.0.1', 'GET', '//readyz'), 503, 'unavailable')
  ok(await proxied.call('10.3.0.1', 'GET', '//healthz'))
  await proxied.close()
  await writer.close()
  await nowhere.end({ timeout: 1 })
})

test('what is no address is a problem too', async () => {
  for (const [method, path] of [
    ['GET', '/nothing'],
    ['PATCH', '/accounts'],
    ['DELETE', '/accounts'],
    ['POST', '/invoices'],
    ['GET', '//nothing'],
  ] as const) {
    refused(await api.call(method, path), 404, 'route-not-found')
  }
  for (const path of ['/accounts/%zz', `/accounts/${'x'.repeat(400)}`]) {
    refused(await api.call('GET', path), 400, 'malformed-request')
  }
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
