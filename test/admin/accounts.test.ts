/** Accounts as the Admin looks for them, their history and their live holds. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, expectNoDrift, startApi } from '../api/support/api.ts'
import { faults, ok, refused } from '../api/support/expect.ts'
import { closedAccount, hold, type Opened, openAccount, order } from '../api/support/make.ts'
import { DAY_MS } from '../support/server.ts'

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const list = async (query = '', call = api.call) =>
  ok(await call('GET', `//api/admin/accounts${query}`))

const idsOf = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id)

const history = async ({ id }: Opened, query = '', call = api.call) =>
  ok(await call('GET', `//api/admin/accounts/${id}/history${query}`))

const typesOf = ({ data }: { data: { type: string }[] }) => data.map(({ type }) => type)

describe('the list', () => {
  let call: Api['call']
  let ana: Opened
  let bia: Opened
  let caio: Opened
  let closed: Opened

  beforeAll(async () => {
    call = (await api.newStore()).call
    const named = (document: string, email: string, creditLimit: number) =>
      openAccount(call, { document, email, creditLimit })
    ana = await named('111.444.777-35', 'Ana+loja@example.com', 300)
    api.clock.advance(1)
    bia = await named('ABC345', 'bia@example.com', 200)
    api.clock.advance(1)
    caio = await named('11199', 'caio@example.com', 100)
    closed = await closedAccount(call)
    ok(await call('POST', `${ana.path}/holders`, { claims: { email: 'guest@example.com' } }))
    await order(call, ana, 50)
    api.clock.advance(31 * DAY_MS)
    await hold(call, bia, 120.5)
    await order(call, caio, 80)
    ok(await call('PUT', `${caio.path}/creditlimit`, { value: 79.99 }))
    ok(await call('PUT', `${bia.path}/freeze`, { frozen: true, reason: 'Late' }))
  })

  test('has open accounts, the newest first, and the totals of all', async () => {
    const all = await list('', call)
    expect(idsOf(all)).toEqual([caio.id, bia.id, ana.id])
    expect(all.paging).toEqual({ from: 1, to: 20, total: 3 })
    expect(all.totals).toEqual({
      creditLimit: 579.99,
      owed: 130,
      held: 120.5,
      availableCredit: 329.49,
    })
    expect(all.data[2]).toEqual(ok(await call('GET', ana.path)))
    expect(idsOf(await list('?from=2&to=2', call))).toEqual([bia.id])
  })

  test.each([
    ['the beginning of an e-mail', 'ANA', () => [ana]],
    ['an e-mail whose plus sign became a space', 'ana loja@example.com', () => [ana]],
    ['an e-mail of a holder', 'guest@', () => [ana]],
    ['a document with punctuation', '111.444.777-35', () => [ana]],
    ['the beginning of documents', '111', () => [caio, ana]],
    ['a document without case', 'abc', () => [bia]],
    ['an id', 'ABC345_CPF', () => [bia]],
    ['nothing for a part of an e-mail', 'example', () => []],
    ['nothing for a wildcard', '%', () => []],
  ])('finds %s', async (_, q, accounts) => {
    const found = await list(`?q=${encodeURIComponent(q)}`, call)
    expect(idsOf(found)).toEqual(accounts().map(({ id }) => id))
    expect(found.paging.total).toBe(accounts().length)
  })

  test('filters by status, by what is over the limit and by what is overdue', async () => {
    const asked = async (query: string) => idsOf(await list(query, call))
    expect(await asked('?status=frozen')).toEqual([bia.id])
    expect(await asked('?status=closed')).toEqual([closed.id])
    expect(await asked(`?status=closed&q=${closed.email}`)).toEqual([closed.id])
    expect(await asked(`?q=${closed.email}`)).toEqual([])
    expect(await asked('?overLimit=true')).toEqual([caio.id])
    expect(await asked('?overLimit=false')).toEqual([bia.id, ana.id])
    expect(await asked('?overdue=true')).toEqual([ana.id])
    expect(await asked('?overdue=false&overLimit=false')).toEqual([bia.id])
  })

  test.each([
    ['createdAt', () => [ana, bia, caio]],
    ['email', () => [ana, bia, caio]],
    ['creditLimit', () => [caio, bia, ana]],
    ['owed', () => [bia, ana, caio]],
    ['availableCredit', () => [caio, bia, ana]],
    ['exposure', () => [ana, caio, bia]],
  ])('sorts by %s', async (sort, accounts) => {
    const ids = accounts().map(({ id }) => id)
    expect(idsOf(await list(`?sort=${sort}&order=asc`, call))).toEqual(ids)
    expect(idsOf(await list(`?sort=${sort}`, call))).toEqual(ids.toReversed())
  })

  test('leaves out holds that have expired, whether or not anybody recorded it', async () => {
    const { call: quiet } = await api.newStore()
    const account = await openAccount(quiet)
    await hold(quiet, account, 900)
    ok(await quiet('PUT', `${account.path}/creditlimit`, { value: 100 }))
    expect((await list('?overLimit=true', quiet)).totals.held).toBe(900)
    api.clock.advance(31 * DAY_MS)
    expect((await list('?overLimit=true', quiet)).data).toEqual([])
    expect((await list('', quiet)).totals).toMatchObject({ held: 0, availableCredit: 100 })
  })

  test('of another store is another one', async () => {
    const other = await api.newStore()
    for (const query of ['', '?q=ana', `?q=${bia.id}`, '?status=closed', '?overdue=true']) {
      expect((await list(query, other.call)).data).toEqual([])
    }
  })

  test('names what it cannot read: 400', async () => {
    const query = 'status=Late&sort=name&order=up&overLimit=1&overdue=yes&to=0'
    const answer = await api.call('GET', `//api/admin/accounts?${query}`)
    faults(answer, '/status', '/sort', '/order', '/overLimit', '/overdue', '/to')
  })
})

describe('the history', () => {
  test('says who changed the terms, when and why, newest first', async () => {
    const account = await openAccount(api.call)
    const user = {
      key: false,
      headers: { VtexIdclientAutCookie: await api.addSession('manager@example.com') },
    } as const
    const limit = { value: 1200, reason: ' Good payer ' }
    ok(await api.call('PUT', `${account.path}/creditlimit`, limit, user))
    ok(await api.call('PUT', `${account.path}/tolerance`, { value: 0.1 }))
    const change = { creditLimit: 900, tolerance: 0.2, reason: 'Review' }
    ok(await api.call('PUT', account.path, change))
    await order(api.call, account, 100)
    const added = { claims: { email: 'guest1@example.com' } }
    const { id } = ok(await api.call('POST', `${account.path}/holders`, added))
    ok(await api.call('DELETE', `${account.path}/holders/${id}`))
    ok(await api.call('PUT', `${account.path}/freeze`, { frozen: true, reason: 'Late' }))

    const terms = await history(account)
    expect(typesOf(terms)).toEqual([
      ...['AccountFrozen', 'HolderRemoved', 'HolderAdded', 'ToleranceChanged', 'LimitChanged'],
      ...['ToleranceChanged', 'LimitChanged', 'AccountOpened'],
    ])
    expect(terms.paging).toEqual({ from: 1, to: 20, total: 8 })
    expect(terms.data[0]).toMatchObject({ reason: 'Late', after: { owed: 100, held: 0 } })
    expect(terms.data[1]).toMatchObject({ holderId: id, email: 'guest1@example.com' })
    expect(terms.data[3]).toMatchObject({ from: 0.1, to: 0.2, reason: 'Review' })
    expect(terms.data[4]).toMatchObject({ from: 1200, to: 900, reason: 'Review' })
    expect(terms.data[5]).not.toHaveProperty('reason')
    expect(terms.data[6]).toEqual({
      seq: 2,
      at: new Date(api.clock.now).toISOString(),
      doneBy: 'manager@example.com',
      type: 'LimitChanged',
      from: 1000,
      to: 1200,
      reason: 'Good payer',
      after: { limit: 1200, tolerance: 0, owed: 0, held: 0 },
    })
    expect(terms.data[7]).toMatchObject({
      seq: 1,
      doneBy: api.key.appKey,
      document: account.document,
      creditLimit: 1000,
    })
    expect(typesOf(await history(account, '?from=2&to=3'))).toEqual(typesOf(terms).slice(1, 3))
  })

  test('of everything has every entry, numbered without gaps', async () => {
    const account = await openAccount(api.call)
    const { invoices } = await order(api.call, account, 100, 2, { orderId: 'o-1' })
    ok(await api.call('POST', `${invoices[0]}/payments`))
    const all = await history(account, '?kinds=all')
    expect(typesOf(all)).toEqual([
      ...['InvoicePaid', 'TransactionSettled', 'TransactionAuthorized', 'AccountOpened'],
    ])
    expect(all.data.map(({ seq }: { seq: number }) => seq)).toEqual([4, 3, 2, 1])
    expect(all.data[0]).toMatchObject({ installment: 1, value: 50, after: { owed: 50, held: 0 } })
    expect(all.data[1].invoices).toHaveLength(2)
    expect(all.data[2]).toMatchObject({ value: 100, installments: 2, orderId: 'o-1' })
    expect(typesOf(await history(account, '?kinds=all&from=4&to=9'))).toEqual(['AccountOpened'])
    expect((await history(account, '?kinds=all&from=5&to=9')).data).toEqual([])
  })

  test('of another store is not found, and odd questions are named', async () => {
    const other = await api.newStore()
    const account = await openAccount(api.call)
    const path = `//api/admin/accounts/${account.id}`
    for (const part of ['history', 'authorizations']) {
      refused(await other.call('GET', `${path}/${part}`), 404, 'account-not-found')
    }
    faults(await api.call('GET', `${path}/history?kinds=some&from=x`), '/kinds', '/from')
    faults(await api.call('GET', `${path}/authorizations?to=1001`), '/to')
  })
})

test('the authorizations are those that hold something now, and what is settled of them', async () => {
  const account = await openAccount(api.call)
  const first = await hold(api.call, account, 100)
  api.clock.advance(1)
  const second = await hold(api.call, account, 60, { settle: false, orderId: 'o-2' })
  await order(api.call, account, 10)
  const gone = await hold(api.call, account, 1, { settle: false })
  ok(await api.call('DELETE', gone.path))
  ok(await api.call('PUT', `${first.path}/settlement`, { value: 30, final: false }))
  const path = `//api/admin/accounts/${account.id}/authorizations`
  const { data, paging, totals } = ok(await api.call('GET', path))
  expect(idsOf({ data })).toEqual([second.id, first.id])
  expect(data[1]).toEqual(ok(await api.call('GET', first.path)))
  expect(data[1]).toMatchObject({ status: 'Settled', held: 70, settled: 30 })
  expect(paging).toEqual({ from: 1, to: 20, total: 2 })
  expect(totals).toEqual({ held: 130 })
  api.clock.advance(31 * DAY_MS)
  expect(ok(await api.call('GET', path))).toMatchObject({ data: [], totals: { held: 0 } })
})

test('each needs its resource: 403', async () => {
  const account = await openAccount(api.call)
  const path = `//api/admin/accounts/${account.id}`
  const others = await api.asKeyWith('Read Invoices', 'Create Checking Accounts')
  const needed = async (by: Api['call'], target: string) =>
    refused(await by('GET', target), 403, 'missing-resource').resource
  expect(await needed(others, '//api/admin/accounts')).toBe('Read Checking Accounts')
  expect(await needed(others, `${path}/history`)).toBe('Read Checking Accounts')
  expect(await needed(others, `${path}/authorizations`)).toBe('Read Statements')
  const reader = await api.asKeyWith('Read Checking Accounts')
  ok(await reader('GET', '//api/admin/accounts'))
  ok(await reader('GET', `${path}/history`))
  expect(await needed(reader, `${path}/history?kinds=all`)).toBe('Read Statements')
  const both = await api.asKeyWith('Read Checking Accounts', 'Read Statements')
  ok(await both('GET', `${path}/history?kinds=all`))
  ok(await both('GET', `${path}/authorizations`))
})

describe('an edit that says what it expects', () => {
  test('is refused where somebody else was first: 409, and nothing changes', async () => {
    const account = await openAccount(api.call)
    const seen = { creditLimit: 1000, tolerance: 0, email: account.email }
    const edit = { creditLimit: 1500, expected: seen }
    expect(ok(await api.call('PUT', account.path, edit)).creditLimit).toBe(1500)
    const other = { email: 'new@example.com', tolerance: 0.5, expected: seen }
    const refusal = refused(await api.call('PUT', account.path, other), 409, 'changed-meanwhile')
    expect(refusal).toMatchObject({ code: 1132, fields: 'limit' })
    expect(ok(await api.call('GET', account.path))).toMatchObject({
      email: account.email,
      tolerance: 0,
    })
    const again = { ...other, expected: { ...seen, creditLimit: '1500.00' } }
    expect(ok(await api.call('PUT', account.path, again)).tolerance).toBe(0.5)
  })

  test('of the limit or the tolerance alone', async () => {
    const account = await openAccount(api.call)
    const put = (what: string, body: unknown) => api.call('PUT', `${account.path}/${what}`, body)
    ok(await put('creditlimit', { value: 2000, expected: 1000 }))
    refused(await put('creditlimit', { value: 3000, expected: 1000 }), 409, 'changed-meanwhile')
    ok(await put('tolerance', { value: 0.1, expected: 0 }))
    refused(await put('tolerance', { value: 0.2, expected: 0 }), 409, 'changed-meanwhile')
    expect(ok(await api.call('GET', account.path))).toMatchObject({
      creditLimit: 2000,
      tolerance: 0.1,
    })
  })

  test('names what it cannot read: 400', async () => {
    const account = await openAccount(api.call)
    const expected = { creditLimit: 'x', email: 'nobody' }
    const wrong = await api.call('PUT', account.path, { creditLimit: 1, expected })
    faults(wrong, '/expected/creditLimit', '/expected/email')
    const path = `${account.path}/creditlimit`
    faults(await api.call('PUT', path, { value: 1, expected: -1 }), '/expected')
    faults(await api.call('PUT', path, { value: 1, reason: ' ' }), '/reason')
    faults(await api.call('PUT', path, { value: 1, reason: 'x'.repeat(501) }), '/reason')
    ok(await api.call('PUT', path, { value: 1, reason: null, expected: null }))
  })
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
