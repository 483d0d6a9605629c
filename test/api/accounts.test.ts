/** Accounts: open, read, search, change, close, reopen, freeze. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, expectNoDrift, startApi } from './support/api.ts'
import { faults, ok, refused } from './support/expect.ts'
import {
  closedAccount,
  hold,
  newBuyer,
  openAccount,
  order,
  statementsOf,
  totalsOf,
} from './support/make.ts'
import { accountShape, isoOf, UUID } from './support/shapes.ts'

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const post = (body: unknown) => api.call('POST', '/accounts', body)
const opening = (fields: Record<string, unknown> = {}) => ({
  ...newBuyer(),
  creditLimit: 1000,
  ...fields,
})

describe('opening an account', () => {
  test('answers the account, with all its fields', async () => {
    const buyer = newBuyer()
    const answer = await post({ ...buyer, creditLimit: 1000.5, tolerance: 0.2, description: 'x' })
    const amounts = { creditLimit: 1000.5, availableCredit: 1000.5, availableBalance: 1000.5 }
    const at = isoOf(api.clock.now)
    const times = { createdAt: at, updatedAt: at }
    expect(ok(answer)).toEqual(accountShape(buyer, { ...amounts, ...times, tolerance: 0.2 }))
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
  })

  test('takes numbers as strings, and answers numbers', async () => {
    const buyer = newBuyer()
    const { text } = await post({ ...buyer, creditLimit: '1100', tolerance: '0.2' })
    expect(text).toContain('"creditLimit":1100')
    expect(text).toContain('"tolerance":0.2')
  })

  test('has no tolerance where none is sent, or null', async () => {
    for (const tolerance of [undefined, null]) {
      expect(ok(await post(opening({ tolerance }))).tolerance).toBe(0)
    }
  })

  test('makes no entry on the statement', async () => {
    expect(await statementsOf(api.call, await openAccount(api.call))).toEqual([])
  })

  test('keeps a document without its punctuation', async () => {
    const punctuated: [string | number, string][] = [
      ['111.444.777-35', '11144477735'],
      ['12.ABC.345/01DE-35', '12ABC34501DE35'],
      [' 22 333 444 ', '22333444'],
      ['a_b-c.d/e', 'abcde'],
      ['A'.repeat(40), 'A'.repeat(40)],
      [55_566_677_788, '55566677788'],
      ['00000000000191', '00000000000191'],
    ]
    for (const [document, kept] of punctuated) {
      const account = ok(await post(opening({ document, documentType: 'Other' })))
      expect(account.document).toBe(kept)
      expect(account.id).toBe(`${kept}_Other`)
    }
  })

  test('takes any short code as the type of a document', async () => {
    for (const documentType of [
      'CPF',
      'CNPJ',
      'Other',
      'RUC',
      'NIT',
      'x',
      'ERP-2_b',
      'A'.repeat(20),
    ]) {
      const buyer = { ...newBuyer(), documentType }
      expect(ok(await post({ ...buyer, creditLimit: 1000 }))).toEqual(accountShape(buyer))
    }
  })

  test('takes e-mails with +, _, dots, capitals and letters beyond ASCII', async () => {
    for (const email of [
      'ana+loja@example.com',
      'first_last@example.com',
      'a.b.c@sub.example.com',
      'Ana.Maria@Example.COM',
      'joão.conceição@exemplo.com.br',
      '用户@例子.广告',
      "o'brien@example.com",
      'a@localhost',
      `${'a'.repeat(242)}@example.com`,
    ]) {
      const { id } = ok(await post(opening({ email })))
      expect(ok(await api.call('GET', `/accounts/${id}`)).email).toBe(email)
    }
  })

  test('names every field that is missing: 400', async () => {
    faults(await post({}), '/document', '/documentType', '/email', '/creditLimit')
    faults(await post(opening({ creditLimit: undefined })), '/creditLimit')
  })

  test.each([
    ['/document', [null, true, {}, [], '', ' ', '---', 'a'.repeat(41), 'ç', '1*2', 'x'.repeat(81)]],
    ['/documentType', [null, 1, {}, '', ' ', 'a b', '_a', '-a', 'é', 'a'.repeat(21)]],
    [
      '/email',
      [
        null,
        1,
        {},
        '',
        'ana',
        '@example.com',
        'ana@',
        'a b@example.com',
        'a@b@example.com',
        'Ana <ana@example.com>',
        'ana@example.com,bia@example.com',
        `${'a'.repeat(243)}@example.com`,
        'x'.repeat(301),
      ],
    ],
    ['/creditLimit', [null, true, {}, [], '', 'x', '1,5', -1, '-0.01', 0.001, 1e11 + 0.01]],
    ['/tolerance', [true, {}, [], '', 'x', -0.1, '-0.1', 0.1234567, '1000.000001']],
  ])('names %s where it is wrong: 400', async (pointer, values) => {
    for (const value of values) faults(await post(opening({ [pointer.slice(1)]: value })), pointer)
  })

  test('names all faults of the values together', async () => {
    const body = { document: '*', documentType: 'CPF', email: 'x', creditLimit: -1, tolerance: -1 }
    faults(await post(body), '/document', '/email', '/creditLimit', '/tolerance')
  })

  test('makes limits and tolerances of zero', async () => {
    expect(ok(await post(opening({ creditLimit: 0, tolerance: 0 }))).creditLimit).toBe(0)
  })
})

describe('one open account', () => {
  const ALREADY = { code: 1099, message: 'The Credit Account is already open.' }

  test('for a document and type, however it is written: 409 with 1099', async () => {
    const { document } = await openAccount(api.call, { document: 'AB.123-c' })
    expect(document).toBe('AB123c')
    for (const again of ['AB123c', 'ab123C', ' A-B.1/2_3c']) {
      for (const documentType of ['CPF', 'cpf']) {
        const answer = await post(opening({ document: again, documentType }))
        expect(refused(answer, 409, 'account-already-open')).toMatchObject(ALREADY)
      }
    }
  })

  test('for a document of each type', async () => {
    const { document } = await openAccount(api.call)
    expect(ok(await post(opening({ document, documentType: 'RG' }))).id).toBe(`${document}_RG`)
  })

  test('for an e-mail, whatever its case: 409 with 1099', async () => {
    const { email } = await openAccount(api.call, { email: 'Joana.ÁVILA+1@Example.com' })
    for (const again of [email, 'joana.ávila+1@example.com', ' JOANA.ÁVILA+1@EXAMPLE.COM ']) {
      const answer = await post(opening({ email: again }))
      expect(refused(answer, 409, 'account-already-open')).toMatchObject(ALREADY)
    }
    ok(await post(opening({ email: 'joana.ávila+2@example.com' })))
    ok(await post(opening({ email: 'joana.avila+1@example.com' })))
  })

  test('for an e-mail that has a holder place already: 409 with 1099', async () => {
    const { path } = await openAccount(api.call)
    const { email } = newBuyer()
    ok(await api.call('POST', `${path}/holders`, { claims: { email } }))
    const answer = await post(opening({ email: email.toUpperCase() }))
    expect(refused(answer, 409, 'account-already-open')).toMatchObject(ALREADY)
  })

  test('also where many ask at once', async () => {
    const buyer = newBuyer()
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        post({ ...buyer, documentType: `T${index}`, creditLimit: 1 }),
      ),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const answer of answers) {
      if (answer.status !== 200) refused(answer, 409, 'account-already-open')
    }
  })

  test('and not where only the id looks like it: the document is free', async () => {
    const first = await openAccount(api.call)
    // The account keeps its id when its document turns out to be another one.
    ok(await api.call('PUT', first.path, { document: newBuyer().document }))
    const second = ok(await post(opening({ document: first.document })))
    expect(second.id).toEqual(UUID)
    expect(second.document).toBe(first.document)
  })
})

describe('opening by PUT', () => {
  test('opens under the id of the path, with the default credit value of the store', async () => {
    const { call } = await api.newStore({ defaultCreditValue: 2000 })
    const buyer = newBuyer()
    const amounts = { creditLimit: 2000, availableCredit: 2000, availableBalance: 2000 }
    const opened = ok(await call('PUT', '/accounts/my-own.id:1', buyer))
    expect(opened).toEqual(accountShape(buyer, { ...amounts, id: 'my-own.id:1' }))
    expect(ok(await call('GET', '/accounts/my-own.id:1'))).toEqual(opened)
  })

  test('opens with the limit and the tolerance that are sent', async () => {
    const buyer = newBuyer()
    const body = { ...buyer, creditLimit: 3400, tolerance: 0.25, description: 'ignored' }
    const { creditLimit, tolerance } = ok(await api.call('PUT', '/accounts/put-1', body))
    expect({ creditLimit, tolerance }).toEqual({ creditLimit: 3400, tolerance: 0.25 })
  })

  test('names what an opening needs: 400', async () => {
    const { document, documentType, email } = newBuyer()
    const put = (body: unknown) => api.call('PUT', '/accounts/put-2', body)
    faults(await put({ documentType, email }), '/document')
    faults(await put({ document, email }), '/documentType')
    faults(await put({ document, documentType }), '/email')
    refused(await api.call('GET', '/accounts/put-2'), 404, 'account-not-found')
  })

  test('names an id that cannot be one: 400', async () => {
    for (const id of ['_x', 'a%20b', 'x'.repeat(101), '%C3%A9']) {
      const answer = await api.call('PUT', `/accounts/${id}`, newBuyer())
      faults(answer, '/creditAccountId')
      expect(answer.json.errors[0].in).toBe('path')
    }
  })

  test('refuses a document or an e-mail that is taken: 409 with 1099', async () => {
    const taken = await openAccount(api.call)
    const { document, documentType, email } = newBuyer()
    const put = (body: unknown) => api.call('PUT', '/accounts/put-3', body)
    const byDocument = await put({ document: taken.document, documentType, email })
    expect(refused(byDocument, 409, 'account-already-open').code).toBe(1099)
    const byEmail = await put({ document, documentType, email: taken.email })
    expect(refused(byEmail, 409, 'account-already-open').code).toBe(1099)
  })
})

describe('changing by PUT', () => {
  test('changes what is sent and leaves the rest, the document too', async () => {
    const buyer = newBuyer()
    const { path } = await openAccount(api.call, { ...buyer, tolerance: 0.1 })
    const put = async (body: unknown) => ok(await api.call('PUT', path, body))
    const id = `${buyer.document}_CPF`
    const old = accountShape(buyer, { tolerance: 0.1 })
    expect(await put({})).toEqual(old)
    expect(await put({ document: null, email: null, documentType: null })).toEqual(old)
    expect(await put({ creditLimit: null, tolerance: null })).toEqual(old)

    const email = newBuyer().email
    expect(await put({ email })).toEqual({ ...old, email })
    const amounts = { creditLimit: 1500.25, availableCredit: 1500.25, availableBalance: 1500.25 }
    expect(await put({ creditLimit: '1500.25' })).toEqual({ ...old, email, ...amounts })
    const changed = { ...old, email, ...amounts, tolerance: 0 }
    expect(await put({ tolerance: 0 })).toEqual(changed)
    const { document } = newBuyer()
    expect(await put({ document: `${document}-x`, documentType: 'RG' })).toEqual({
      ...changed,
      id,
      document: `${document}x`,
      documentType: 'RG',
    })
    expect(ok(await api.call('GET', path)).id).toBe(id)
  })

  test('says when it was last changed', async () => {
    const { path } = await openAccount(api.call)
    const { createdAt } = ok(await api.call('GET', path))
    api.clock.advance(1000)
    const changed = ok(await api.call('PUT', path, { creditLimit: 2000 }))
    expect(changed.createdAt).toBe(createdAt)
    expect(changed.updatedAt).toBe(isoOf(api.clock.now))
  })

  test('changes the case of its own e-mail and document', async () => {
    const account = await openAccount(api.call, { document: 'abc123' })
    const email = account.email.toUpperCase()
    const changed = ok(await api.call('PUT', account.path, { email, document: 'ABC123' }))
    expect(changed).toMatchObject({ id: 'abc123_CPF', document: 'ABC123', email })
  })

  test('frees what it changed', async () => {
    const account = await openAccount(api.call)
    ok(await api.call('PUT', account.path, { email: newBuyer().email }))
    ok(await post(opening({ email: account.email })))
  })

  test.each([
    ['/document', [true, {}, '', '---', 'ç']],
    ['/documentType', [1, '', 'a b']],
    ['/email', [1, '', 'ana']],
    ['/creditLimit', [true, '', 'x', -1, 0.001]],
    ['/tolerance', [true, '', 'x', -1, 0.0000001]],
  ])('names %s where it is wrong: 400', async (pointer, values) => {
    const { path } = await openAccount(api.call)
    const before = ok(await api.call('GET', path))
    for (const value of values) {
      faults(await api.call('PUT', path, { [pointer.slice(1)]: value }), pointer)
    }
    expect(ok(await api.call('GET', path))).toEqual(before)
  })

  test('refuses an e-mail that is taken, and changes nothing: 409', async () => {
    const other = await openAccount(api.call)
    const account = await openAccount(api.call)
    const before = ok(await api.call('GET', account.path))
    const answer = await api.call('PUT', account.path, { email: other.email, creditLimit: 5 })
    refused(answer, 409, 'account-already-open')
    expect(ok(await api.call('GET', account.path))).toEqual(before)
  })
})

describe('searching accounts', () => {
  const listed = async (query: string) => {
    const { data, summary } = ok(await api.call('GET', `/accounts?${query}`))
    expect(Object.keys(summary)).toEqual(['count'])
    return { ids: data.map(({ id }: { id: string }) => id), count: summary.count }
  }

  test('answers accounts with all their fields, and their count', async () => {
    const buyer = newBuyer()
    await openAccount(api.call, buyer)
    const answer = await api.call('GET', `/accounts?email=${buyer.email}`)
    expect(ok(answer)).toEqual({ data: [accountShape(buyer)], summary: { count: 1 } })
  })

  test('answers nothing where nothing matches', async () => {
    expect(await listed('email=nobody@example.com')).toEqual({ ids: [], count: 0 })
    expect(await listed('document=0')).toEqual({ ids: [], count: 0 })
  })

  test('finds an e-mail with +, encoded or not, with _, without case, beyond ASCII', async () => {
    const { id } = await openAccount(api.call, { email: 'Finda_ção+x.y@Example.com' })
    for (const email of [
      'Finda_ção+x.y@Example.com',
      'finda_ção%2Bx.y@example.com',
      'FINDA_%C3%87%C3%83O+X.Y@EXAMPLE.COM',
      '%20finda_%C3%A7%C3%A3o%2Bx.y%40example.com%20',
      'finda_ça%CC%83o+x.y@example.com',
    ]) {
      expect(await listed(`email=${email}`), email).toEqual({ ids: [id], count: 1 })
    }
    // What is left out, an underscore for any character, part of an e-mail: none of them is it.
    for (const email of ['finda_ção@example.com', 'findaxção+x.y@example.com', 'finda', '%25']) {
      expect((await listed(`email=${email}`)).count, email).toBe(0)
    }
  })

  test('finds the account that an e-mail shares', async () => {
    const { id, path } = await openAccount(api.call)
    const { email } = newBuyer()
    ok(await api.call('POST', `${path}/holders`, { claims: { email } }))
    expect(await listed(`email=${email.toUpperCase()}`)).toEqual({ ids: [id], count: 1 })
  })

  test('finds a document, with punctuation or without', async () => {
    const { id } = await openAccount(api.call, { document: '98.7ab.654/0001-99' })
    for (const document of ['987ab654000199', '98.7AB.654/0001-99', '987AB 654 0001 99']) {
      expect(await listed(`document=${document}`), document).toEqual({ ids: [id], count: 1 })
    }
  })

  test('pages in the order of creation, and counts them all', async () => {
    const store = await api.newStore()
    const ids: string[] = []
    for (let index = 0; index < 25; index += 1) {
      ids.push((await openAccount(store.call)).id)
      api.clock.advance(1)
    }
    const page = async (query: string) => {
      const { data, summary } = ok(await store.call('GET', `/accounts?${query}`))
      expect(summary).toEqual({ count: 25 })
      return data.map(({ id }: { id: string }) => id)
    }
    expect(await page('')).toEqual(ids.slice(0, 20))
    expect(await page('from=1&to=20')).toEqual(ids.slice(0, 20))
    expect(await page('from=3&to=5')).toEqual(ids.slice(2, 5))
    expect(await page('from=25&to=25')).toEqual(ids.slice(24))
    expect(await page('from=24')).toEqual(ids.slice(23))
    expect(await page('to=2')).toEqual(ids.slice(0, 2))
    expect(await page('from=1&to=1000')).toEqual(ids)
    expect(await page('from=26&to=1025')).toEqual([])
  })

  test('orders accounts of one instant by their id', async () => {
    const store = await api.newStore()
    for (const document of ['3', '1', '2']) await openAccount(store.call, { document })
    const { data } = ok(await store.call('GET', '/accounts'))
    expect(data.map(({ document }: { document: string }) => document)).toEqual(['1', '2', '3'])
  })

  test.each([
    ['from=0', '/from'],
    ['from=-1', '/from'],
    ['from=x', '/from'],
    ['from=1.5', '/from'],
    ['from=', '/from'],
    ['to=x', '/to'],
    ['to=0', '/to'],
    ['from=5&to=4', '/to'],
    ['to=1001', '/to'],
    ['from=2&to=1002', '/to'],
    ['status=Frozen', '/status'],
    ['status=', '/status'],
    ['status=constructor', '/status'],
    ['status=__proto__', '/status'],
    ['status=Open&status=Closed', '/status'],
    ['email=a&email=b', '/email'],
    ['document=1&document=2', '/document'],
    ['from=1&from=2', '/from'],
  ])('names a filter that is malformed: 400 (%s)', async (query, pointer) => {
    const answer = await api.call('GET', `/accounts?${query}`)
    faults(answer, pointer)
    expect(answer.json.errors[0].in).toBe('query')
  })

  test('lists what is open, and with status=Closed what is closed', async () => {
    const store = await api.newStore()
    const open = await openAccount(store.call)
    const closed = await closedAccount(store.call)
    const idsOf = async (query: string) => {
      const { data, summary } = ok(await store.call('GET', `/accounts${query}`))
      expect(summary.count).toBe(data.length)
      return data.map(({ id }: { id: string }) => id)
    }
    for (const query of ['', '?status=Open', '?status=open', '?status=Opened']) {
      expect(await idsOf(query), query).toEqual([open.id])
    }
    for (const query of ['?status=Closed', '?status=closed', '?status=Cancelled']) {
      expect(await idsOf(query), query).toEqual([closed.id])
    }
    expect(await idsOf(`?email=${closed.email}`)).toEqual([])
    expect(await idsOf(`?email=${closed.email}&status=Closed`)).toEqual([closed.id])
    expect(await idsOf(`?document=${closed.document}&status=Closed`)).toEqual([closed.id])
  })
})

describe('closing', () => {
  test('answers the account as it is then, also with a body', async () => {
    const buyer = newBuyer()
    const { path } = await openAccount(api.call, buyer)
    const answer = await api.call('DELETE', path, { ...buyer, unknown: 1 })
    expect(ok(answer)).toEqual(accountShape(buyer, { status: 'Closed' }))
    expect(ok(await api.call('GET', path))).toEqual(ok(answer))
  })

  test('needs that nothing is owed and nothing held, and tells the amounts: 409', async () => {
    const account = await openAccount(api.call)
    const { path, invoices } = await order(api.call, account, 100.5)
    const live = await hold(api.call, account, 12.34, { settle: false })
    const close = () => api.call('DELETE', account.path)
    expect(refused(await close(), 409, 'account-in-use')).toMatchObject({
      owed: 100.5,
      held: 12.34,
    })
    expect((await close()).json.detail).toMatch(/BRL 100\.50.*BRL 12\.34/)
    ok(await api.call('DELETE', live.path))
    expect(refused(await close(), 409, 'account-in-use')).toMatchObject({ owed: 100.5, held: 0 })
    ok(await api.call('POST', `${invoices[0]}/payments`))
    ok(await api.call('POST', `${path}/refunds`, { value: 1 }))
    // What is in the buyer's favour is owed too, the other way.
    expect(refused(await close(), 409, 'account-in-use')).toMatchObject({ owed: -1, held: 0 })
    ok(await api.call('PUT', `${account.path}/statements/even`, { value: '-1' }))
    expect(ok(await close()).status).toBe('Closed')
  })

  test('counts an expired hold for nothing', async () => {
    const account = await openAccount(api.call)
    const expirationDate = isoOf(api.clock.now + 1000)
    await hold(api.call, account, 10, { settle: false, expirationDate })
    refused(await api.call('DELETE', account.path), 409, 'account-in-use')
    api.clock.advance(1000)
    expect(ok(await api.call('DELETE', account.path)).preAuthorizedCredit).toBe(0)
  })

  test('twice is refused: 409', async () => {
    const { path } = await closedAccount(api.call)
    refused(await api.call('DELETE', path), 409, 'account-closed')
  })

  test('keeps what was there readable', async () => {
    const account = await openAccount(api.call)
    const { path, invoices } = await order(api.call, account, 100)
    const { email } = newBuyer()
    ok(await api.call('POST', `${account.path}/holders`, { claims: { email } }))
    ok(await api.call('POST', `${invoices[0]}/payments`))
    const paths = ['', '/statements', '/invoices', '/transactions', '/holders']
    const read = async () => {
      const answers = []
      for (const suffix of paths) answers.push(ok(await api.call('GET', account.path + suffix)))
      answers.push(ok(await api.call('GET', path)), ok(await api.call('GET', invoices[0] ?? '')))
      return answers
    }
    const [before, ...others] = await read()
    ok(await api.call('DELETE', account.path))
    const [after, ...same] = await read()
    expect(after).toEqual({ ...before, status: 'Closed' })
    expect(same).toEqual(others)
    expect(await statementsOf(api.call, account)).toHaveLength(2)
    const all = ok(await api.call('GET', `/invoices?creditAccountId=${account.id}`))
    expect(all.summary.count).toBe(1)
  })

  test('makes it read-only for ever', async () => {
    const { path, id } = await closedAccount(api.call)
    const before = ok(await api.call('GET', path))
    const buyer = newBuyer()
    for (const [method, suffix, body] of [
      ['PUT', '', { ...buyer, creditLimit: 5 }],
      ['PUT', '', {}],
      ['PUT', '/creditlimit', { value: 5 }],
      ['PUT', '/tolerance', { value: 0.5 }],
      ['PUT', '/freeze', { frozen: true, reason: 'x' }],
      ['POST', '/holders', { claims: { email: buyer.email } }],
      ['PUT', '/statements/1', { value: '-1' }],
      ['POST', '/transactions', { value: 1 }],
      ['DELETE', '', undefined],
    ] as const) {
      refused(await api.call(method, path + suffix, body), 409, 'account-closed')
    }
    expect(ok(await api.call('GET', path))).toEqual(before)
    expect(id).toBe(before.id)
  })
})

describe('opening again after closing', () => {
  test('gets a UUID, and leaves the closed account as it was', async () => {
    const buyer = newBuyer()
    const first = await openAccount(api.call, buyer)
    ok(await api.call('DELETE', first.path))
    const second = ok(await post({ ...buyer, creditLimit: 700 }))
    const amounts = { creditLimit: 700, availableCredit: 700, availableBalance: 700 }
    expect(second).toEqual(accountShape(buyer, { id: UUID, ...amounts }))
    expect(ok(await api.call('GET', first.path)).status).toBe('Closed')
    expect(ok(await api.call('GET', `/accounts/${second.id}`))).toEqual(second)
    const open = ok(await api.call('GET', `/accounts?email=${buyer.email}`))
    expect(open.data).toEqual([second])

    refused(await post({ ...buyer, creditLimit: 1 }), 409, 'account-already-open')
    ok(await api.call('DELETE', `/accounts/${second.id}`))
    const third = ok(await post({ ...buyer, creditLimit: 1 }))
    expect(third.id).toEqual(UUID)
    expect(third.id).not.toBe(second.id)
    const closed = ok(await api.call('GET', `/accounts?email=${buyer.email}&status=Closed`))
    // Both were opened at one instant of the test's clock: then their ids are their order.
    const ids = closed.data.map(({ id }: { id: string }) => id)
    expect(ids).toEqual([first.id, second.id].sort())
  })

  test('frees the e-mail, the document and the e-mails of its holders', async () => {
    const account = await openAccount(api.call)
    const { email } = newBuyer()
    ok(await api.call('POST', `${account.path}/holders`, { claims: { email } }))
    ok(await api.call('DELETE', account.path))
    ok(await post(opening({ email: account.email })))
    ok(await post(opening({ document: account.document })))
    ok(await post(opening({ email })))
  })

  test('opens under another id by PUT, and not under the closed one', async () => {
    const buyer = newBuyer()
    const { path } = await openAccount(api.call, buyer)
    ok(await api.call('DELETE', path))
    refused(await api.call('PUT', path, buyer), 409, 'account-closed')
    expect(ok(await api.call('PUT', '/accounts/second-life', buyer)).id).toBe('second-life')
  })

  test('starts with a statement of its own', async () => {
    const account = await openAccount(api.call)
    const { invoices } = await order(api.call, account, 100)
    ok(await api.call('POST', `${invoices[0]}/payments`))
    ok(await api.call('DELETE', account.path))
    const { document, email, documentType } = account
    const again = await openAccount(api.call, { document, email, documentType })
    expect(await statementsOf(api.call, again)).toEqual([])
    expect((await totalsOf(api.call, again)).balance).toBe(0)
    expect(await statementsOf(api.call, account)).toHaveLength(2)
  })
})

describe('freezing', () => {
  const freeze = (path: string, body: unknown) => api.call('PUT', `${path}/freeze`, body)

  test('refuses purchases with the reason, and takes payments', async () => {
    const buyer = newBuyer()
    const account = await openAccount(api.call, buyer)
    const { invoices, path } = await order(api.call, account, 100, 2)
    const live = await hold(api.call, account, 100)
    const frozen = ok(await freeze(account.path, { frozen: true, reason: '  Two are late  ' }))
    expect(frozen).toMatchObject({ frozen: true, freezeReason: 'Two are late', status: 'Open' })
    const refusal = await api.call('POST', `${account.path}/transactions`, { value: 0.01 })
    const problem = refused(refusal, 409, 'account-frozen')
    expect(problem.reason).toBe('Two are late')
    expect(problem.detail).toContain('Two are late')
    ok(await api.call('POST', `${invoices[0]}/payments`))
    ok(await api.call('PUT', `${live.path}/settlement`, { value: 100 }))
    ok(await api.call('POST', `${path}/refunds`, { value: 10 }))

    const thawed = ok(await freeze(account.path, { frozen: false, reason: 'All paid' }))
    expect(thawed).toMatchObject({ frozen: false, freezeReason: null })
    await hold(api.call, account, 1)
  })

  test('twice keeps the last reason; unfreezing what is not frozen changes nothing', async () => {
    const { path } = await openAccount(api.call)
    const at = ok(await freeze(path, { frozen: false, reason: 'x' })).updatedAt
    api.clock.advance(1000)
    expect(ok(await freeze(path, { frozen: false, reason: 'x' })).updatedAt).toBe(at)
    ok(await freeze(path, { frozen: true, reason: 'first' }))
    expect(ok(await freeze(path, { frozen: true, reason: 'second' })).freezeReason).toBe('second')
  })

  test('names what is missing or wrong: 400', async () => {
    const { path } = await openAccount(api.call)
    faults(await freeze(path, {}), '/frozen', '/reason')
    for (const frozen of ['true', 1, null])
      faults(await freeze(path, { frozen, reason: 'x' }), '/frozen')
    for (const reason of ['', '  ', null, 1, 'x'.repeat(501)]) {
      faults(await freeze(path, { frozen: true, reason }), '/reason')
    }
    ok(await freeze(path, { frozen: true, reason: 'x'.repeat(500) }))
  })
})

describe('documents where the store validates strictly', () => {
  const VALID = [
    ['CPF', '111.444.777-35'],
    ['CPF', '52998224725'],
    ['cpf', '529.982.247-25'],
    ['CNPJ', '12ABC34501DE35'],
    ['CNPJ', '12.abc.345/01de-35'],
    ['CNPJ', 'A1B2C3D4000193'],
    ['CNPJ', 'ZZZZZZZZ000191'],
    ['CNPJ', '00.000.000/0001-91'],
    ['Other', '1'],
    ['RUC', 'not-checked'],
  ] as const

  const WRONG = [
    ['CPF', '11144477736'],
    ['CPF', '11111111111'],
    ['CPF', '1114447773'],
    ['CPF', '111444777355'],
    ['CPF', 'A1144477735'],
    ['CPF', '111444777A35'],
    ['CNPJ', '12ABC34501DE36'],
    ['CNPJ', '12ABC34501DEA5'],
    ['CNPJ', '00000000000000'],
    ['CNPJ', '0000000000019'],
    ['CNPJ', '11144477735'],
  ] as const

  test.each(VALID)('%s %s is good', async (documentType, document) => {
    const { call } = await api.newStore({ documentValidation: 'strict' })
    await openAccount(call, { documentType, document })
  })

  test.each(WRONG)('%s %s is refused: 400', async (documentType, document) => {
    const { call } = await api.newStore({ documentValidation: 'strict' })
    const buyer = { ...newBuyer(), documentType, document }
    faults(await call('POST', '/accounts', { ...buyer, creditLimit: 1 }), '/document')
    faults(await call('PUT', '/accounts/new', buyer), '/document')
    const { path } = await openAccount(call, { documentType: 'Other' })
    faults(await call('PUT', path, { documentType, document }), '/document')
    // The same is taken where the store does not ask for it.
    await openAccount(api.call, { ...buyer, document: `${document}${newBuyer().document}` })
  })

  test('are checked at an automatic opening as well', async () => {
    const { call } = await api.newStore({
      documentValidation: 'strict',
      automaticCheckingAccountCreationEnabled: true,
      defaultCreditValue: 100,
    })
    const authorize = (id: string) => call('POST', `/accounts/${id}/transactions`, { value: 1 })
    faults(await authorize('11144477736_CPF'), '/document')
    ok(await authorize('11144477735_CPF'))
  })

  test('that were taken before stay good while they are not changed', async () => {
    const { call } = await api.newStore()
    const account = await openAccount(call, { document: '11144477736' })
    ok(await call('PUT', '/storeconfig', { documentValidation: 'strict' }))
    ok(await call('PUT', account.path, { email: newBuyer().email, creditLimit: 5 }))
    ok(await call('PUT', account.path, { document: '11144477736' }))
    faults(await call('PUT', account.path, { document: '11144477737' }), '/document')
  })
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
