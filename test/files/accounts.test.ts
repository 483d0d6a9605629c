/** Imports of accounts: what each mode does with what is there, row by row. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, type Call, expectNoDrift, startApi } from '../api/support/api.ts'
import { ok } from '../api/support/expect.ts'
import { closedAccount, newBuyer, openAccount, statementsOf } from '../api/support/make.ts'
import { UUID } from '../api/support/shapes.ts'
import type { Answer } from '../support/server.ts'
import {
  csv,
  entryCount,
  errorsOf,
  importFile,
  type JobJson,
  rowsOf,
  type Sending,
  sendFile,
} from './support/jobs.ts'

const HEADER = 'Email,Document,Document Type,Credit limit,Tolerance rate'
const WITH_ID = `${HEADER},Id`

let api: Api

beforeAll(async () => {
  api = await startApi({ files: true })
})
afterAll(() => api.close())

/** Imports a file, which must be worked through to its end. */
async function imported(
  lines: readonly string[],
  sending: Sending = {},
  by = api,
): Promise<JobJson> {
  const job = await importFile(by, csv(...lines), { kind: 'accounts', ...sending })
  expect(job.state, job.error).toBe('completed')
  return job
}

/** What became of the only row of a file. */
async function outcomeOf(
  header: string,
  row: string,
  sending: Sending = {},
  by = api,
): Promise<JobJson> {
  const rows = await rowsOf(by, await imported([header, row], sending, by))
  expect(rows).toHaveLength(1)
  return rows[0]
}

/** The row failed as the API refused the same. */
function expectSame(row: JobJson, answer: Answer): void {
  expect(answer.status).not.toBe(200)
  expect(row).toMatchObject({ result: 'failed', code: answer.json.code, error: answer.json.detail })
  expect(row.changes).toEqual([])
}

async function accountWith(document: string, call: Call = api.call): Promise<JobJson> {
  const { data } = ok(await call('GET', `/accounts?document=${document}`))
  expect(data).toHaveLength(1)
  return data[0]
}

async function isNoAccountWith(document: string): Promise<void> {
  expect(ok(await api.call('GET', `/accounts?document=${document}`)).data).toEqual([])
}

async function withoutEntries(task: () => Promise<unknown>): Promise<void> {
  const before = await entryCount(api)
  await task()
  expect(await entryCount(api)).toBe(before)
}

describe('mode create', () => {
  const create = (header: string, row: string) => outcomeOf(header, row, { mode: 'create' })

  test('opens an account where there is none', async () => {
    const { document, email } = newBuyer()
    const job = await imported([HEADER, `${email},${document},CPF,1500.5,0.05`], { mode: 'create' })
    expect(job).toMatchObject({
      mode: 'create',
      rows: { total: 1, read: 1, changed: 1, unchanged: 0, failed: 0 },
      totals: { opened: { rows: 1, value: 1500.5 } },
    })
    const [row] = await rowsOf(api, job)
    expect(row).toEqual({
      line: 2,
      result: 'changed',
      code: null,
      error: null,
      changes: [
        { field: 'email', from: null, to: email },
        { field: 'document', from: null, to: document },
        { field: 'documentType', from: null, to: 'CPF' },
        { field: 'creditLimit', from: null, to: '1500.50' },
        { field: 'tolerance', from: null, to: '0.05' },
      ],
      notes: [],
    })
    expect(await accountWith(document)).toMatchObject({
      id: `${document}_CPF`,
      email,
      documentType: 'CPF',
      creditLimit: 1500.5,
      tolerance: 0.05,
      status: 'Open',
    })
  })

  test('refuses what is open already, as the API does', async () => {
    const { id, document, email } = await openAccount(api.call)
    const body = { document, documentType: 'CPF', email: newBuyer().email, creditLimit: 7 }
    const answer = await api.call('POST', '/accounts', body)
    await withoutEntries(async () => {
      expectSame(await create(HEADER, `${body.email},${document},CPF,7,`), answer)
      expectSame(await create(HEADER, `${email},${newBuyer().document},CPF,7,`), answer)
      expectSame(await create(WITH_ID, `${body.email},${newBuyer().document},CPF,7,,${id}`), answer)
      expect((await create(HEADER, `${email},${document},CPF,1000,0`)).code).toBe(1099)
    })
    expect(await accountWith(document)).toMatchObject({ email, creditLimit: 1000 })
  })

  test('opens a new account for the document of a closed one, under another id', async () => {
    const closed = await closedAccount(api.call)
    const row = await create(HEADER, `${closed.email},${closed.document},CPF,7,`)
    expect(row).toMatchObject({ result: 'changed', error: null })
    expect(await accountWith(closed.document)).toMatchObject({ id: UUID, creditLimit: 7 })
    expect(ok(await api.call('GET', closed.path)).status).toBe('Closed')
  })

  test('opens under the Id of the row, and refuses that of a closed account', async () => {
    const [first, second] = [newBuyer(), newBuyer()]
    const id = `our+${first.document}@x_1`
    await create(WITH_ID, `${first.email},${first.document},CPF,7,,${id}`)
    expect((await accountWith(first.document)).id).toBe(id)
    const closed = await closedAccount(api.call)
    const row = await create(WITH_ID, `${second.email},${second.document},CPF,7,,${closed.id}`)
    expect(row).toMatchObject({ result: 'failed', code: 1100 })
    await isNoAccountWith(second.document)
  })

  test('names all that is missing or wrong in a row', async () => {
    const { document, email } = newBuyer()
    expect(await create(WITH_ID, ',,,7,,some-id')).toMatchObject({
      code: 1210,
      error: expect.stringMatching(/Email: .*; Document: .*; Document Type: /),
    })
    expect(await create(HEADER, 'no-email,12?,C P F,x,y')).toMatchObject({
      code: 1210,
      error: expect.stringMatching(
        /Email: .*; Document Type: .*; Document: .*; Credit limit: .*; Tolerance rate: /,
      ),
    })
    const malformed = await create(WITH_ID, `${email},${document},CPF,7,,a b`)
    expect(malformed).toMatchObject({ code: 1210, error: expect.stringMatching(/^Id: must have/) })
    expect((await create(HEADER, `${email},${document},CPF,-1,`)).error).toContain('zero or above')
    await isNoAccountWith(document)
  })
})

describe('mode update', () => {
  const update = (header: string, row: string) => outcomeOf(header, row, { mode: 'update' })

  test('changes what is given, by document; empty cells touch nothing', async () => {
    const { path, document, email } = await openAccount(api.call, { tolerance: 0.1 })
    const row = await update(HEADER, `,${document},CPF,1200,`)
    expect(row.changes).toEqual([{ field: 'creditLimit', from: '1000.00', to: '1200.00' }])
    await update(HEADER, `new+${email},${document},cpf,,7%`)
    expect(ok(await api.call('GET', path))).toMatchObject({
      email: `new+${email}`,
      document,
      documentType: 'CPF',
      creditLimit: 1200,
      tolerance: 0.07,
    })
  })

  test('changes by Id, the document too', async () => {
    const { id, path, email } = await openAccount(api.call)
    const { document } = newBuyer()
    const row = await update(WITH_ID, `,${document},Other,,,${id}`)
    expect(row.changes.map(({ field }: JobJson) => field)).toEqual(['document', 'documentType'])
    expect(ok(await api.call('GET', path))).toMatchObject({ document, email, creditLimit: 1000 })
    // Without the columns of the document too.
    expect((await update('Id,Tolerance rate', `${id},1`)).result).toBe('changed')
  })

  test('opens nothing: what is not there is refused, as in the API', async () => {
    const { document, email } = newBuyer()
    const id = `${document}_CPF`
    const answer = await api.call('PUT', `/accounts/${id}/creditlimit`, { value: 7 })
    expectSame(await update(HEADER, `${email},${document},CPF,7,0`), answer)
    expectSame(await update('Id,Credit limit', `${id},7`), answer)
    await isNoAccountWith(document)
  })

  test('refuses a closed account, as the API does', async () => {
    const { id, path, document } = await closedAccount(api.call)
    const answer = await api.call('PUT', `${path}/creditlimit`, { value: 7 })
    expectSame(await update('Id,Credit limit', `${id},7`), answer)
    // No open account has this document.
    expect((await update(HEADER, `,${document},CPF,7,`)).code).toBe(1021)
    // An export with closed accounts can be imported as it is.
    expect((await update('Id,Credit limit', `${id},1000`)).result).toBe('unchanged')
  })

  test('refuses an e-mail and a document that another account has, as the API does', async () => {
    const { id, path, email: own } = await openAccount(api.call)
    const other = await openAccount(api.call)
    ok(await api.call('POST', `${path}/holders`, { claims: { email: `holder-${own}` } }))
    for (const email of [other.email.toUpperCase(), `holder-${own}`]) {
      const answer = await api.call('PUT', path, { email })
      expectSame(await update('Id,Email', `${id},${email}`), answer)
    }
    const answer = await api.call('PUT', path, { document: other.document })
    expectSame(await update(WITH_ID, `,${other.document},CPF,,,${id}`), answer)
  })

  test('a row that changes nothing writes no entry of the ledger', async () => {
    const { id, document, email } = await openAccount(api.call, { tolerance: 0.1 })
    await withoutEntries(async () => {
      for (const row of [
        `${email},${document},CPF,"1,000.00",10%,${id}`,
        `,${document},CPF,1000,,`,
        ',,,,,'.replace(/$/, id),
      ]) {
        const outcome = await update(WITH_ID, row)
        expect(outcome).toMatchObject({ result: 'unchanged', changes: [], code: null })
      }
    })
  })

  test('adds up how far limits are raised and lowered', async () => {
    const accounts = await Promise.all([1, 2, 3, 4].map(() => openAccount(api.call)))
    const cells = ['1500,', '400,', '1000,0.5', '1200.55,0.1']
    const lines = accounts.map(({ document }, index) => `,${document},CPF,${cells[index]}`)
    const job = await imported([HEADER, ...lines], { mode: 'update' })
    expect(job.totals).toEqual({
      limitRaised: { rows: 2, value: 700.55 },
      limitLowered: { rows: 1, value: 600 },
      changed: { rows: 1, value: 0 },
    })
  })
})

describe('mode upsert', () => {
  test('changes what there is, opens the rest, and leaves what is so already', async () => {
    const [one, two] = [await openAccount(api.call), await openAccount(api.call)]
    const buyer = newBuyer()
    const job = await imported([
      HEADER,
      `,${one.document},CPF,1500,`,
      `${two.email},${two.document},CPF,1000,0`,
      `${buyer.email},${buyer.document},CPF,70,`,
    ])
    expect(job).toMatchObject({
      mode: 'upsert',
      rows: { total: 3, read: 3, changed: 2, unchanged: 1, failed: 0 },
      totals: { limitRaised: { rows: 1, value: 500 }, opened: { rows: 1, value: 70 } },
    })
    expect(await rowsOf(api, job)).toMatchObject([
      { line: 2, result: 'changed' },
      { line: 3, result: 'unchanged' },
      { line: 4, result: 'changed' },
    ])
  })

  test('opens an unknown Id under that Id', async () => {
    const { document, email } = newBuyer()
    await outcomeOf(WITH_ID, `${email},${document},CPF,7,,id-of-${document}`)
    expect((await accountWith(document)).id).toBe(`id-of-${document}`)
  })

  test('refuses an unknown Id with the document of another account, as the API does', async () => {
    const { document } = await openAccount(api.call)
    const { email } = newBuyer()
    const body = { document, documentType: 'CPF', email, creditLimit: 7 }
    const answer = await api.call('PUT', '/accounts/another-id', body)
    expectSame(await outcomeOf(WITH_ID, `${email},${document},CPF,7,,another-id`), answer)
  })

  test('refuses the Id of a closed account, and opens its document anew', async () => {
    const { id, path, document, email } = await closedAccount(api.call)
    const answer = await api.call('PUT', path, { creditLimit: 7 })
    expectSame(await outcomeOf(WITH_ID, `${email},${document},CPF,7,,${id}`), answer)
    expect((await outcomeOf(HEADER, `${email},${document},CPF,7,`)).result).toBe('changed')
    expect((await accountWith(document)).id).toEqual(UUID)
  })

  test('opens with the default credit value of the store where no limit is given', async () => {
    const other = { ...api, ...(await api.newStore({ defaultCreditValue: 123.45 })) }
    const [first, second] = [newBuyer(), newBuyer()]
    for (const lines of [
      [HEADER, `${first.email},${first.document},CPF,,`],
      ['Email,Document,Document Type', `${second.email},${second.document},CPF`],
    ]) {
      const job = await imported(lines, {}, other)
      expect(job.totals).toEqual({ opened: { rows: 1, value: 123.45 } })
    }
    for (const { document } of [first, second]) {
      expect(await accountWith(document, other.call)).toMatchObject({
        creditLimit: 123.45,
        tolerance: 0,
      })
    }
  })

  test('finds accounts by their document without case', async () => {
    const { document, documentType } = await openAccount(api.call, {
      document: 'ab12cd',
      documentType: 'Other',
    })
    expect([document, documentType]).toEqual(['ab12cd', 'Other'])
    const row = await outcomeOf(HEADER, ',AB-12 CD,OTHER,1000,')
    expect(row).toMatchObject({ result: 'unchanged', error: null })
  })
})

test('a strict store refuses documents with wrong check digits, as in the API', async () => {
  const strict = { ...api, ...(await api.newStore({ documentValidation: 'strict' })) }
  const { email } = newBuyer()
  const body = { document: '11144477736', documentType: 'CPF', email, creditLimit: 7 }
  const answer = await strict.call('POST', '/accounts', body)
  const wrong = await outcomeOf(HEADER, `${email},111.444.777-36,CPF,7,`, {}, strict)
  expectSame(wrong, answer)
  const right = await outcomeOf(HEADER, `${email},111.444.777-35,CPF,7,`, {}, strict)
  expect(right.result).toBe('changed')
})

describe('a file', () => {
  const LANGUAGES: [language: string, header: string, row: string][] = [
    ['English', 'Credit Limit;DOCUMENT;document_type;e-mail', '1234.56;#;CPF;@'],
    ['Portuguese', 'limite de credito;Documento;TIPO DE DOCUMENTO;E-mail', 'R$ 1.234,56;#;CPF;@'],
    ['Spanish', 'Límite de crédito;Documento;Tipo de documento;Correo', '1.234,56;#;CPF;@'],
  ]

  test.each(LANGUAGES)('has its columns in any order, in %s', async (_, header, row) => {
    const { document, email } = newBuyer()
    const filled = row.replace('#', document).replace('@', email)
    expect((await outcomeOf(header, filled)).error).toBeNull()
    expect(await accountWith(document)).toMatchObject({ email, creditLimit: 1234.56 })
  })

  test.each([
    ['1234.56', 1234.56],
    ['"1,234.56"', 1234.56],
    ['"1.234,56"', 1234.56],
    ['"1234,56"', 1234.56],
    ['"R$ 1.234,56"', 1234.56],
  ])('has amounts such as %s', async (cell, value) => {
    const { document } = await openAccount(api.call)
    expect((await outcomeOf(HEADER, `,${document},CPF,${cell},`)).error).toBeNull()
    expect((await accountWith(document)).creditLimit).toBe(value)
  })

  test('has 1.234 refused, unless its other values or the locale tell what it is', async () => {
    const [one, two] = [await openAccount(api.call), await openAccount(api.call)]
    const row = `,${one.document},CPF,1.234,`
    await withoutEntries(async () => {
      const outcome = await outcomeOf(HEADER, row)
      expect(outcome).toMatchObject({ code: 1210, error: expect.stringContaining('ambiguous') })
    })
    expect((await outcomeOf(HEADER, row, { locale: 'pt-BR' })).changes).toEqual([
      { field: 'creditLimit', from: '1000.00', to: '1234.00' },
    ])
    const settled = await imported([
      HEADER,
      `,${one.document},CPF,2.345,`,
      `,${two.document},CPF,"7,5",`,
    ])
    expect(settled.rows).toMatchObject({ changed: 2 })
    expect((await accountWith(one.document)).creditLimit).toBe(2345)
  })

  test('has lost zeros of documents restored, and says so', async () => {
    const [cpf, cnpj] = ['00000012399', '00012345000199']
    const job = await imported([
      HEADER,
      `zeros-a@example.com,12399,CPF,7,`,
      `zeros-b@example.com,12345000199,CNPJ,7,`,
    ])
    const rows = await rowsOf(api, job)
    expect(rows.map(({ notes }) => notes)).toEqual([
      [expect.stringContaining(cpf)],
      [expect.stringContaining(cnpj)],
    ])
    expect((await accountWith(cpf)).email).toBe('zeros-a@example.com')
    expect((await accountWith(cnpj)).email).toBe('zeros-b@example.com')
  })

  test('says nothing of zeros where the document never had them', async () => {
    const [document, email] = ['771', 'no-zeros@example.com']
    const buyer = { document, documentType: 'CPF', email, creditLimit: 7, tolerance: 0 }
    ok(await api.call('POST', '/accounts', buyer))
    const same = await outcomeOf(HEADER, `${email},${document},CPF,7,`)
    expect(same).toMatchObject({ result: 'unchanged', notes: [] })
    const raised = await outcomeOf(HEADER, `${email},${document},CPF,8,`)
    expect(raised).toMatchObject({ result: 'changed', notes: [] })
  })

  test('has documents in scientific notation refused', async () => {
    const row = await outcomeOf(HEADER, 'science@example.com,1.23457E+13,CNPJ,7,')
    expect(row).toMatchObject({
      code: 1210,
      error: expect.stringMatching(/^Document: .*shortened/),
    })
  })

  test('may have e-mails with + and _', async () => {
    const { document } = newBuyer()
    const email = `ana+loja_1.${document}@exa-mple.com`
    await outcomeOf(HEADER, `${email},${document},CPF,7,`)
    expect((await accountWith(document)).email).toBe(email)
    const again = await outcomeOf(HEADER, `'+${email},${document},CPF,7,`)
    expect(again.changes).toEqual([{ field: 'email', from: email, to: `+${email}` }])
  })
})

describe('a second row for the same account is refused, with the line of the first', () => {
  const duplicate = (first: number) => ({
    result: 'failed',
    code: 1211,
    error: expect.stringContaining(`Line ${first} `),
  })

  test('by document, in whatever form', async () => {
    const { document } = await openAccount(api.call)
    const dotted = `${document.slice(0, 3)}.${document.slice(3)}`
    const job = await imported([
      HEADER,
      `,${document},CPF,1100,`,
      `,${newBuyer().document},CPF,,`,
      `,${dotted},cpf,1200,`,
      `,${document},CPF,1300,`,
    ])
    const rows = await rowsOf(api, job)
    expect([rows[2], rows[3]]).toMatchObject([duplicate(2), duplicate(2)])
    expect((await accountWith(document)).creditLimit).toBe(1100)
  })

  test('by Id and by e-mail', async () => {
    const { id, path } = await openAccount(api.call)
    const [one, two] = [newBuyer(), newBuyer()]
    const job = await imported([
      WITH_ID,
      `,,,1100,,${id}`,
      `${one.email},${one.document},CPF,7,,`,
      `${one.email.toUpperCase()},${two.document},CPF,7,,`,
      `,,,1200,,${id}`,
    ])
    const rows = await rowsOf(api, job)
    expect([rows[2], rows[3]]).toMatchObject([duplicate(3), duplicate(2)])
    expect(ok(await api.call('GET', path)).creditLimit).toBe(1100)
    await isNoAccountWith(two.document)
  })

  test('also where one row has its Id and the other its document', async () => {
    const { id, path, document } = await openAccount(api.call)
    const job = await imported([WITH_ID, `,,,1100,,${id}`, `,${document},CPF,1200,,`])
    expect((await rowsOf(api, job))[1]).toMatchObject(duplicate(2))
    expect(ok(await api.call('GET', path)).creditLimit).toBe(1100)
  })
})

describe('a job', () => {
  test('reports columns that it ignores, and reads the others', async () => {
    const { document } = await openAccount(api.call)
    const job = await imported([
      'Notes,Document,Document Type,Credit limit,Balance,Region',
      `hello,${document},CPF,1100,-5,South`,
    ])
    expect(job.rows.changed).toBe(1)
    expect(job.warnings).toEqual([
      { code: 'ignored-columns', message: expect.stringMatching(/Notes, Region/) },
    ])
    expect(job.warnings[0].message).not.toContain('Balance')
  })

  test('warns where the same file was imported before', async () => {
    const { document } = await openAccount(api.call)
    const lines = [HEADER, `,${document},CPF,1100,`]
    expect((await imported(lines, { dryRun: false })).warnings).toEqual([])
    const again = await imported(lines)
    expect(again.warnings).toEqual([
      { code: 'same-file', message: expect.stringContaining(api.key.appKey) },
    ])
    const other = { ...api, ...(await api.newStore()) }
    expect((await imported(lines, {}, other)).warnings).toEqual([])
  })

  test('does not warn of the same file where it changed nothing before', async () => {
    const file = csv(HEADER, `,${newBuyer().document},CPF,1100,`)
    for (const dryRun of [false, true, false]) {
      const job = await importFile(api, file, { kind: 'accounts', dryRun })
      expect(job.warnings).toEqual([])
    }
  })

  test('writes to the ledger who sent it', async () => {
    const account = await openAccount(api.call)
    const token = await api.addSession('ana@example.com')
    const answer = await sendFile(api, csv(HEADER, `,${account.document},CPF,1500,`), {
      kind: 'accounts',
      key: false,
      headers: { VtexIdclientAutCookie: token },
    })
    expect(answer.json.createdBy).toBe('ana@example.com')
    await importFile(api, csv(HEADER, `,${account.document},CPF,1600,`), { kind: 'accounts' })
    const lines = await statementsOf(api.call, account)
    expect(lines.map(({ doneBy, value }) => [doneBy, value])).toEqual([
      ['ana@example.com', 500],
      [api.key.appKey, 100],
    ])
  })

  test('has its failed rows as a file, to be mended and imported again', async () => {
    const [one, two, three] = [newBuyer(), newBuyer(), newBuyer()]
    const job = await imported([
      'Notes;Email;Document;Document Type;Credit limit',
      `"a ""note""";${one.email};${one.document};CPF;10,50`,
      `"semi;colon";no-email;${two.document};CPF;20,50`,
      `=cmd;${three.email};${three.document};CPF;x`,
    ])
    expect(job.rows).toMatchObject({ changed: 1, failed: 2 })
    const errors = await errorsOf(api, job)
    const [header, ...lines] = errors.trimEnd().split('\r\n')
    expect(header).toBe('Notes;Email;Document;Document Type;Credit limit;Error')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/^"semi;colon";no-email;\d+;CPF;20,50;.*Email: must be an e-mail/)
    expect(lines[1]).toMatch(/^'=cmd;.*;x;.*Credit limit: is not an amount/)

    const mended = errors.replace('no-email', two.email).replace('CPF;x;', 'CPF;30,50;')
    const again = await importFile(api, mended, { kind: 'accounts' })
    expect(again).toMatchObject({ state: 'completed', rows: { changed: 2, failed: 0 } })
    // The column of errors is ours: nobody need hear of it.
    expect(again.warnings).toMatchObject([{ message: expect.not.stringContaining('Error') }])
    expect((await accountWith(two.document)).creditLimit).toBe(20.5)
    expect((await accountWith(three.document)).creditLimit).toBe(30.5)
  })
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
