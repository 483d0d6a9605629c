/** Idempotency-Key: same key and body, one effect and one answer. For every write there is. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sweep } from '../../src/ledger/sweeper.ts'
import { Writer } from '../../src/ledger/writer.ts'
import { type Answer, DAY_MS } from '../support/server.ts'
import {
  type Api,
  type Call,
  expectNoDrift,
  type Proxied,
  startApi,
  startProxied,
} from './support/api.ts'
import { exampleOf, OPERATION_IDS, operationOf, pathFor } from './support/examples.ts'
import { faults, ok, refused } from './support/expect.ts'
import { hold, newBuyer, openAccount, order, totalsOf } from './support/make.ts'

let api: Api
/** Another server on the same database, with a writer of its own. */
let second: Proxied
let secondWriter: Writer
let keys = 0

beforeAll(async () => {
  api = await startApi()
  secondWriter = new Writer({ url: api.databaseUrl, now: api.clock.read })
  second = await startProxied(api, { writer: secondWriter })
})
afterAll(async () => {
  await second.close()
  await secondWriter.close()
  await api.close()
})

const newKey = () => {
  keys += 1
  return `key-${keys}`
}

const withKey = (key: string) => ({ headers: { 'Idempotency-Key': key } })

const isReplayed = ({ headers }: Answer) => headers.get('idempotency-replayed') === 'true'

/** Everything that a write leaves behind: entries of the ledger, versions of the configuration. */
async function effects(): Promise<number> {
  const rows = await api.sql`
    select (select count(*) from entry) + (select count(*) from store_change) as count`
  return Number(rows[0]?.count)
}

/** A prepared request of an operation, to be sent as often as a test wants. */
async function prepared(id: string) {
  const operation = operationOf(api, id)
  const { params, body, otherBody } = await exampleOf(operation)(api.call)
  const path = pathFor(operation, params)
  const send = (key: string, sent: unknown = body, by: Call = api.call) =>
    by(operation.method, path, sent, withKey(key))
  return { operation, params, body, otherBody, path, send }
}

/** Known before the server runs; one test makes sure that these are all. */
const READS = new Set([
  'searchAccounts',
  'getAccount',
  'listHolders',
  'searchInvoices',
  'listInvoices',
  'getInvoice',
  'getStatements',
  'listTransactions',
  'getTransaction',
  'getStoreConfig',
])
const WRITES = OPERATION_IDS.filter((id) => !READS.has(id))

test('the writes are those of /openapi.json, and each documents the header', () => {
  const writes = api.contract.operations.filter(({ isWrite }) => isWrite)
  expect(writes.map(({ id }) => id).sort()).toEqual([...WRITES].sort())
  for (const { template, method } of api.contract.operations) {
    const { parameters = [] } = api.contract.document.paths[template][method.toLowerCase()]
    const header = parameters.find(({ name }: { name: string }) => name === 'idempotency-key')
    expect(Boolean(header), `${method} ${template}`).toBe(method !== 'GET')
  }
})

describe.each(WRITES)('%s', (id) => {
  test('with the same key and body answers the same, and has one effect', async () => {
    const { send } = await prepared(id)
    const key = newKey()
    const first = await send(key)
    expect(first.status, first.text).toBe(200)
    expect(isReplayed(first)).toBe(false)
    const before = await effects()
    api.clock.advance(1000)
    for (let count = 0; count < 3; count += 1) {
      const again = await send(key)
      expect(isReplayed(again)).toBe(true)
      expect(again.status).toBe(first.status)
      expect(again.json).toEqual(first.json)
      expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'))
    }
    expect(await effects()).toBe(before)
  })

  test('takes a key with quotes for the same without', async () => {
    const { send } = await prepared(id)
    const key = newKey()
    const first = await send(`"${key}"`)
    expect(first.status, first.text).toBe(200)
    expect(isReplayed(await send(key))).toBe(true)
    expect(isReplayed(await send(`"${key}"`))).toBe(true)
  })

  test('with the same key and another body refuses: 422', async () => {
    const { operation, path, otherBody, send } = await prepared(id)
    const key = newKey()
    ok(await send(key))
    const before = await effects()
    const other = operation.hasBody ? otherBody : { other: 'body' }
    expect(other).toBeDefined()
    refused(await send(key, other), 422, 'idempotency-key-reused')
    const elsewhere = await api.call(operation.method, `${path}?other=1`, undefined, withKey(key))
    expect([400, 422]).toContain(elsewhere.status)
    expect(await effects()).toBe(before)
    expect(isReplayed(await send(key))).toBe(true)
  })

  test('with a key of another operation refuses: 422', async () => {
    const key = newKey()
    const { path } = await openAccount(api.call)
    ok(await api.call('PUT', `${path}/tolerance`, { value: 0.01 }, withKey(key)))
    if (id === 'changeTolerance') return
    const { send } = await prepared(id)
    refused(await send(key), 422, 'idempotency-key-reused')
  })

  test('with a malformed key refuses: 400', async () => {
    const { send } = await prepared(id)
    const before = await effects()
    for (const key of ['', '""', 'a b', 'a\tb', 'x'.repeat(256), 'chave-é']) {
      const answer = await send(key)
      faults(answer, '/Idempotency-Key')
      expect(answer.json.errors[0].in).toBe('header')
    }
    expect(await effects()).toBe(before)
    ok(await send(newKey().padEnd(255, 'x')))
  })

  test('answers a first refusal again, also where it would be accepted now', async () => {
    const { params, body, operation } = await prepared(id)
    // No state of a store refuses a configuration, and PUT opens what is not there.
    if (!params.creditAccountId || id === 'openOrChangeAccount') return
    const buyer = newBuyer()
    const creditAccountId = `${buyer.document}_CPF`
    const path = pathFor(operation, { ...params, creditAccountId })
    const key = newKey()
    const send = () => api.call(operation.method, path, body, withKey(key))
    const first = await send()
    refused(first, 404, 'account-not-found')
    expect(isReplayed(first)).toBe(false)
    await openAccount(api.call, buyer)
    const again = await send()
    refused(again, 404, 'account-not-found')
    expect(isReplayed(again)).toBe(true)
    expect(again.text).toBe(first.text)
  })

  test('is told that the first is still running: 409', async () => {
    const { send } = await prepared(id)
    const key = newKey()
    const { release, waiting } = await holdUp()
    const first = send(key)
    await waiting()
    refused(await send(key), 409, 'idempotency-key-running')
    await release()
    expect((await first).status).toBe(200)
    expect(isReplayed(await first)).toBe(false)
    expect(isReplayed(await send(key))).toBe(true)
  })

  test('counts once where two servers get it at the same time', async () => {
    const { operation, path, body, send } = await prepared(id)
    const key = newKey()
    const sendThere = () => second.call('10.0.0.1', operation.method, path, body, withKey(key))
    const answers = await Promise.all([send(key), sendThere()])
    for (const answer of answers) expect(answer.status, answer.text).toBe(200)
    expect(answers[1]?.json).toEqual(answers[0]?.json)
    expect(answers.map(isReplayed).sort()).toEqual([false, true])
  })

  test('keeps keys of one store apart from those of another', async () => {
    const { send } = await prepared(id)
    const key = newKey()
    ok(await send(key))
    const other = await api.newStore()
    const operation = operationOf(api, id)
    const { params, body } = await exampleOf(operation)(other.call)
    const path = pathFor(operation, params)
    const answer = await other.call(operation.method, path, body, withKey(key))
    expect(answer.status, answer.text).toBe(200)
    expect(isReplayed(answer)).toBe(false)
  })
})

/** Holds the locks that every write needs, so that one is under way for as long as a test wants. */
async function holdUp() {
  const done = Promise.withResolvers<void>()
  const locked = Promise.withResolvers<void>()
  const transaction = api.sql.begin(async (sql) => {
    await sql`lock table account, store in exclusive mode`
    locked.resolve()
    await done.promise
  })
  await locked.promise
  return {
    release: async () => {
      done.resolve()
      await transaction
    },
    waiting: async () => {
      for (;;) {
        const rows = await api.sql`
          select 1 from pg_locks join pg_database on oid = database
          where not granted and datname = current_database()`
        if (rows.length > 0) return
        await sleep(5)
      }
    },
  }
}

test.each([...READS])('%s takes no notice of a key', async (id) => {
  const operation = operationOf(api, id)
  const { params } = await exampleOf(operation)(api.call)
  const path = pathFor(operation, params)
  const key = newKey()
  ok(await api.call('GET', path, undefined, withKey(key)))
  const again = await api.call('GET', path, undefined, withKey(key))
  expect(isReplayed(again)).toBe(false)
})

test('a refusal for want of credit is answered again after the limit was raised', async () => {
  const account = await openAccount(api.call)
  const key = newKey()
  const send = () => api.call('POST', `${account.path}/transactions`, { value: 1500 }, withKey(key))
  const first = await send()
  refused(first, 409, 'insufficient-credit')
  ok(await api.call('PUT', `${account.path}/creditlimit`, { value: 2000 }))
  const again = await send()
  expect(again.text).toBe(first.text)
  expect(isReplayed(again)).toBe(true)
  expect(again.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  expect((await totalsOf(api.call, account)).preAuthorizedCredit).toBe(0)
  ok(await api.call('POST', `${account.path}/transactions`, { value: 1500 }, withKey(newKey())))
})

test('a stored refusal to open is answered again after the account was closed', async () => {
  const buyer = { ...newBuyer(), creditLimit: 1 }
  const account = await openAccount(api.call, buyer)
  const key = newKey()
  const send = () => api.call('POST', '/accounts', buyer, withKey(key))
  refused(await send(), 409, 'account-already-open')
  ok(await api.call('DELETE', account.path))
  const again = await send()
  refused(again, 409, 'account-already-open')
  expect(isReplayed(again)).toBe(true)
  expect(ok(await api.call('POST', '/accounts', buyer, withKey(newKey()))).status).toBe('Open')
})

test('opening again under the key of the first opening answers the first, closed or not', async () => {
  const buyer = { ...newBuyer(), creditLimit: 1 }
  const key = newKey()
  const first = await api.call('POST', '/accounts', buyer, withKey(key))
  ok(await api.call('DELETE', `/accounts/${ok(first).id}`))
  const again = await api.call('POST', '/accounts', buyer, withKey(key))
  expect(again.text).toBe(first.text)
  expect(isReplayed(again)).toBe(true)
  const open = ok(await api.call('GET', `/accounts?email=${buyer.email}`))
  expect(open.summary.count).toBe(0)
})

test('many at once with one key hold once', async () => {
  const account = await openAccount(api.call)
  const key = newKey()
  const send = () => api.call('POST', `${account.path}/transactions`, { value: 10 }, withKey(key))
  const answers = await Promise.all(Array.from({ length: 20 }, send))
  for (const answer of answers) {
    if (answer.status !== 200) refused(answer, 409, 'idempotency-key-running')
  }
  const done = answers.filter(({ status }) => status === 200)
  expect(done.length).toBeGreaterThan(0)
  expect(new Set(done.map(({ text }) => text)).size).toBe(1)
  expect((await totalsOf(api.call, account)).preAuthorizedCredit).toBe(10)
})

test('one key for two accounts at two servers at once: who was told 200 is told so again', async () => {
  for (let count = 0; count < 10; count += 1) {
    const here = await openAccount(api.call)
    const there = await openAccount(api.call)
    const key = newKey()
    const body = { value: 10 }
    const send = () => api.call('POST', `${here.path}/transactions`, body, withKey(key))
    const sendThere = () =>
      second.call('10.0.0.1', 'POST', `${there.path}/transactions`, body, withKey(key))
    const first = await Promise.all([send(), sendThere()])
    const again = [await send(), await sendThere()]
    // Both may pass (docs/decisions/0004), but no answer may change afterwards.
    expect(first.some(({ status }) => status === 200)).toBe(true)
    for (const [index, { status, text }] of first.entries()) {
      expect([200, 409, 422]).toContain(status)
      expect(again[index]?.status).toBe(status === 200 ? 200 : 422)
      if (status === 200) expect(again[index]?.text).toBe(text)
    }
  }
})

test('one key for two accounts at one server: the second is refused', async () => {
  const here = await openAccount(api.call)
  const there = await openAccount(api.call)
  const key = newKey()
  const send = ({ path }: { path: string }) =>
    api.call('POST', `${path}/transactions`, { value: 10 }, withKey(key))
  const answers = await Promise.all([send(here), send(there)])
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  for (const { status } of answers) expect([200, 409, 422]).toContain(status)
  const totals = [await totalsOf(api.call, here), await totalsOf(api.call, there)]
  const held = totals.reduce((sum, { preAuthorizedCredit }) => sum + preAuthorizedCredit, 0)
  expect(held).toBe(10)
})

describe('what was never decided keeps no key', () => {
  const PAST = { settle: false, expirationDate: '2020-01-01' }

  test.each([
    ['a value of no form', { value: 'x' }, 400],
    ['a value out of range', { value: -1 }, 400],
    ['a date in the past', { value: 10, ...PAST }, 400],
  ])('%s', async (_, wrong, status) => {
    const { path } = await openAccount(api.call)
    const key = newKey()
    const send = (body: unknown) => api.call('POST', `${path}/transactions`, body, withKey(key))
    expect((await send(wrong)).status).toBe(status)
    const right = await send({ value: 10 })
    expect(right.status, right.text).toBe(200)
    expect(isReplayed(right)).toBe(false)
    expect((await send({ value: 10 })).text).toBe(right.text)
  })

  test('a document that a strict store refuses', async () => {
    const { call } = await api.newStore({ documentValidation: 'strict' })
    const key = newKey()
    const open = (document: string) =>
      call('POST', '/accounts', { ...newBuyer(), document, creditLimit: 1 }, withKey(key))
    faults(await open('11144477736'), '/document')
    expect(ok(await open('11144477735')).document).toBe('11144477735')
  })

  test('a payment that may not be taken back', async () => {
    const account = await openAccount(api.call)
    const { invoices } = await order(api.call, account, 10)
    const key = newKey()
    const put = (by: Call, status: string) =>
      by('PUT', invoices[0] ?? '', { status }, withKey(status === 'Paid' ? newKey() : key))
    ok(await put(api.call, 'Paid'))
    const answer = await put(await api.asKeyWith('Create Invoices'), 'Opened')
    refused(answer, 403, 'missing-resource')
    ok(await put(api.call, 'Opened'))
    expect((await totalsOf(api.call, account)).balance).toBe(-10)
  })
})

test('without a key the same body counts twice', async () => {
  const account = await openAccount(api.call)
  const first = await hold(api.call, account, 10)
  const second = await hold(api.call, account, 10)
  expect(first.id).not.toBe(second.id)
  expect((await totalsOf(api.call, account)).preAuthorizedCredit).toBe(20)
})

test('a body that differs in its bytes is another body', async () => {
  const { path } = await openAccount(api.call)
  const key = newKey()
  const send = (body: string) => api.call('PUT', `${path}/tolerance`, body, withKey(key))
  ok(await send('{"value":0.1}'))
  refused(await send('{"value":0.10}'), 422, 'idempotency-key-reused')
})

test('a key is refused to one who lacks the resource, whatever was answered before', async () => {
  const { path } = await openAccount(api.call)
  const key = newKey()
  const body = { value: 0.1 }
  ok(await api.call('PUT', `${path}/tolerance`, body, withKey(key)))
  const reader = await api.asKeyWith('Read Checking Accounts')
  const answer = await reader('PUT', `${path}/tolerance`, body, withKey(key))
  refused(answer, 403, 'missing-resource')
})

test('keys are kept for 7 days at least', async () => {
  const account = await openAccount(api.call)
  const key = newKey()
  const send = () => api.call('POST', `${account.path}/transactions`, { value: 10 }, withKey(key))
  const first = await send()
  for (let day = 0; day < 7; day += 1) {
    api.clock.advance(DAY_MS)
    await sweep(api.sql, api.writer, api.clock.now)
  }
  const again = await send()
  expect(again.text).toBe(first.text)
  expect(isReplayed(again)).toBe(true)
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
