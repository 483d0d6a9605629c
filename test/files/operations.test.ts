/**
 * What is the same for all operations of imports and exports, and what a form may be. The server
 * leaves all jobs queued.
 */
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildServer } from '../../src/api/server.ts'
import { Files } from '../../src/files/files.ts'
import { RESOURCES as ALL_RESOURCES, type Resource } from '../../src/ledger/credentials.ts'
import { connect, type Sql } from '../../src/postgres/connect.ts'
import { type Api, startApi } from '../api/support/api.ts'
import { BASE } from '../api/support/contract.ts'
import { pathFor, UNKNOWN } from '../api/support/examples.ts'
import { faults, ok, refused } from '../api/support/expect.ts'
import { openAccount } from '../api/support/make.ts'
import type { Answer } from '../support/server.ts'
import {
  arrange,
  FILES,
  formOf,
  KINDS,
  type Kind,
  OPERATION_IDS,
  operationOf,
  queueExport,
  RESOURCES,
  request,
  UNKNOWN_JOB,
} from './support/examples.ts'
import {
  csv,
  entryCount,
  importFile,
  postBody,
  queueFile,
  rowsOf,
  runJob,
  sendFile,
  sendForm,
  storedCount,
  until,
} from './support/jobs.ts'

const MAX_UPLOADS = 16
const MB = 1_048_576

let api: Api
let keys = 0

beforeAll(async () => {
  api = await startApi({ fileLimits: { maxBytes: MB } })
})
afterAll(() => api.close())

const newKey = () => {
  keys += 1
  return `key-${keys}`
}

const jobCount = async () => Number((await api.sql`select count(*) as n from bulk_job`)[0]?.n)

/** Fails where the task leaves a job or something of a file. */
async function leavesNothing(task: () => Promise<unknown>): Promise<void> {
  const before = [await storedCount(api), await jobCount()]
  await task()
  expect([await storedCount(api), await jobCount()]).toEqual(before)
}

test('every operation of /openapi.json has an example, and every example an operation', () => {
  expect(api.contract.fileOperations.map(({ id }) => id).sort()).toEqual([...OPERATION_IDS].sort())
})

describe.each(OPERATION_IDS)('%s', (id) => {
  const done = /^create|confirm|retry/.test(id) ? 202 : 200

  test('answers, also with a trailing slash, and ignores what it does not know', async () => {
    const operation = operationOf(api, id)
    for (const more of ['', '/', '?unknown=1']) {
      const answer = await request(api, operation, await arrange(api, id), { more })
      expect(answer.status, answer.text).toBe(done)
    }
  })

  test('refuses a request without credentials: 401', async () => {
    const answer = await request(api, operationOf(api, id), {}, { key: false })
    refused(answer, 401, 'unauthenticated')
  })

  test('refuses a key without a resource that it takes, whatever else it has: 403', async () => {
    const operation = operationOf(api, id)
    const others = ALL_RESOURCES.filter(
      (name) => name !== 'Main Access' && !operation.resources.includes(name),
    )
    const key = await api.addKey(others)
    const problem = refused(
      await request(api, operation, await arrange(api, id), { key }),
      403,
      'missing-resource',
    )
    expect(operation.resources).toHaveLength(2)
    for (const name of operation.resources) expect(problem.detail).toContain(`"${name}"`)
  })

  test('needs the resource of the kind: 403 that names it', async () => {
    const operation = operationOf(api, id)
    const resources: Readonly<Record<Kind, Resource>> =
      RESOURCES[operation.tag as keyof typeof RESOURCES]
    const isList = id === 'listImports' || id === 'listExports'
    for (const kind of KINDS) {
      const own = await api.addKey([resources[kind]])
      const accepted = await request(api, operation, await arrange(api, id, kind), { key: own })
      expect(accepted.status, accepted.text).toBe(done)
      if (isList) continue
      const others = ALL_RESOURCES.filter((name) => name !== 'Main Access')
      const key = await api.addKey(others.filter((name) => name !== resources[kind]))
      const asked = await arrange(api, id, kind)
      const answer = await request(api, operation, asked, { key })
      expect(refused(answer, 403, 'missing-resource').resource).toBe(resources[kind])
    }
  })

  test('names an id that is unknown, malformed, of the other direction or store: 404', async () => {
    const operation = operationOf(api, id)
    if (operation.params.length === 0) return
    const { jobId = '' } = await arrange(api, id)
    const isImport = operation.tag === 'Imports'
    const other = isImport
      ? await queueExport(api, 'invoices')
      : await queueFile(api, FILES.invoices)
    const bad = ['x', ' ', "';--", jobId.toUpperCase(), `${jobId}0`, '-'.repeat(36), '\u0000', 'é']
    for (const wrong of [UNKNOWN_JOB, other.id, ...bad]) {
      const answer = await request(api, operation, { jobId: wrong })
      expect(refused(answer, 404, 'job-not-found').jobId).toBe(wrong)
    }
    const { key } = await api.newStore()
    refused(await request(api, operation, { jobId }, { key }), 404, 'job-not-found')
    expect((await request(api, operation, { jobId })).status).toBe(done)
  })

  test('refuses text in the query that cannot be stored: 400', async () => {
    const answer = await request(api, operationOf(api, id), {}, { more: '?x=%00' })
    faults(answer, '/x')
  })

  test('takes a session; a write with its cookie from another site is refused: 403', async () => {
    const operation = operationOf(api, id)
    const Cookie = `VtexIdclientAutCookie=${await api.addSession('ana@example.com')}`
    const send = async (headers: Record<string, string>) =>
      request(api, operation, await arrange(api, id), { key: false, headers })
    const own = await send({ Cookie, 'Sec-Fetch-Site': 'same-origin' })
    expect(own.status, own.text).toBe(done)
    if (!operation.isWrite) return
    refused(await send({ Cookie, 'Sec-Fetch-Site': 'cross-site' }), 403, 'cross-site')
    refused(await send({ Cookie, Origin: 'https://evil.example' }), 403, 'cross-site')
  })
})

test('without a database every operation says that it is unavailable: 503', async () => {
  const address = 'postgres://nobody:nothing@127.0.0.1:1/nowhere'
  const nowhere = connect(address, { max: 1, connectTimeout_s: 1 })
  let sql: Sql = api.sql
  const server = await startSecond(() => sql, address)
  const asked = []
  for (const id of OPERATION_IDS) asked.push({ id, ...(await arrange(api, id)) })
  ok(await request(api, operationOf(api, 'listImports'), {}, { url: server.url }))
  sql = nowhere
  for (const { id, ...example } of asked) {
    const answer = await request(api, operationOf(api, id), example, { url: server.url })
    refused(answer, 503, 'unavailable')
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(answer.text).not.toMatch(/ECONNREFUSED|postgres|nowhere/)
  }
  sql = api.sql
  await server.close()
  await nowhere.end({ timeout: 1 })
})

/** Another server on the same database, as another process would be. */
async function startSecond(sql = () => api.sql, url = api.databaseUrl) {
  const { writer, clock } = api
  const files = new Files({
    url,
    sql,
    writer,
    now: clock.read,
    limits: { maxBytes: MB, maxRows: 1_000, maxRowsAtOnce: 1_000 },
    onError: () => undefined,
  })
  const settings = { writer, sql, now: clock.read, version: 'test', logLevel: 'silent', files }
  const server = await buildServer(settings)
  await server.listen({ port: 0, host: '127.0.0.1' })
  return {
    url: `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    close: async () => {
      await server.close()
      await files.stop()
    },
  }
}

describe('a list', () => {
  test('comes in pages of at most 1,000', async () => {
    const { key, call } = await api.newStore()
    const ids: string[] = []
    for (let count = 0; count < 3; count += 1) {
      ids.unshift((await queueFile(api, FILES.invoices, { key })).id)
      api.clock.advance(1)
    }
    const idsOf = async (query: string) => {
      const { data, summary } = ok(await call('GET', `/imports${query}`))
      expect(summary).toEqual({ count: 3 })
      return data.map(({ id }: { id: string }) => id)
    }
    expect(await idsOf('')).toEqual(ids)
    expect(await idsOf('?from=2&to=2')).toEqual([ids[1]])
    expect(await idsOf('?from=2')).toEqual(ids.slice(1))
    expect(await idsOf('?from=4&to=1003')).toEqual([])
  })

  test('has the limits of all lists: 400', async () => {
    const { id } = await queueFile(api, FILES.invoices)
    for (const path of ['/imports', '/exports', `/imports/${id}/rows`]) {
      faults(await api.call('GET', `${path}?from=1&to=1001`), '/to')
      faults(await api.call('GET', `${path}?from=2&to=1`), '/to')
      faults(await api.call('GET', `${path}?from=0&to=x`), '/from', '/to')
      ok(await api.call('GET', `${path}?from=1&to=1000`))
    }
  })

  test('of rows comes in pages, in the order of the file, and by result', async () => {
    const file = csv('Id,Status', ...Array.from({ length: 25 }, (_, n) => `none-${n},Paid`))
    const job = await runJob(api, await queueFile(api, file))
    const linesOf = async (query: string) => {
      const { data, summary } = ok(await api.call('GET', `/imports/${job.id}/rows${query}`))
      return [summary.count, ...data.map(({ line }: { line: number }) => line)]
    }
    expect(await linesOf('?from=20&to=22')).toEqual([25, 21, 22, 23])
    expect(await linesOf('')).toHaveLength(1 + 20)
    expect(await linesOf('?result=failed&from=25')).toEqual([25, 26])
    expect(await linesOf('?result=changed')).toEqual([0])
    const answer = await api.call('GET', `/imports/${job.id}/rows?result=Failed`)
    faults(answer, '/result')
    expect(answer.json.errors[0].detail).toContain('changed, unchanged, failed')
  })
})

describe('a form', () => {
  test('that is none is refused: 415', async () => {
    await leavesNothing(async () => {
      for (const type of ['application/json', 'text/csv', 'application/x-www-form-urlencoded']) {
        const answer = await postBody(api, '{}', { headers: { 'Content-Type': type } })
        expect(answer.status, answer.text).toBe(415)
      }
      const problem = refused(
        await postBody(api, '{"kind": "invoices"}', {
          headers: { 'Content-Type': 'application/json' },
        }),
        415,
        'not-a-form',
      )
      expect(problem.detail).toMatch(/multipart\/form-data.*file.*kind/)
    })
  })

  test('is taken by no operation but POST /imports: 415', async () => {
    const taken: string[] = []
    const { operations, fileOperations } = api.contract
    for (const operation of [...operations, ...fileOperations]) {
      const { id, method, isWrite } = operation
      if (!isWrite || id === 'createImport') continue
      const params = { ...UNKNOWN, id: (await arrange(api, 'cancelImport')).jobId ?? '' }
      const answer = await fetch(`${api.url}${BASE}${pathFor(operation, params)}`, {
        method,
        headers: { 'X-VTEX-API-AppKey': api.key.appKey, 'X-VTEX-API-AppToken': api.key.token },
        body: formOf({ value: '1' }),
      })
      if (answer.status !== 415) taken.push(`${id} ${answer.status}`)
    }
    expect(taken).toEqual([])
  })

  test('without a file is refused: 400', async () => {
    await leavesNothing(async () => {
      const answer = await sendForm(api, formOf({ kind: 'invoices' }))
      expect(refused(answer, 400, 'no-file').detail).toContain('"file"')
    })
  })

  test('has all its faults named at once: 400', async () => {
    await leavesNothing(async () => {
      const wrong = { kind: 'orders', mode: 'replace', dryRun: 'maybe', locale: 'fr' }
      const answer = await sendFile(api, FILES.invoices, wrong)
      faults(answer, '/kind', '/mode', '/dryRun', '/locale')
      const details = answer.json.errors.map(({ detail }: { detail: string }) => detail).join()
      expect(details).toMatch(/accounts, invoices.*create, update, upsert.*true or false.*pt-BR/)
      faults(await sendForm(api, formOf({ file: FILES.invoices })), '/kind')
      faults(await sendFile(api, FILES.invoices, { kind: 'Invoices' }), '/kind')
    })
  })

  test('has no mode for invoices: 400', async () => {
    await leavesNothing(async () => {
      for (const mode of ['create', 'update', 'upsert']) {
        faults(await sendFile(api, FILES.invoices, { mode }), '/mode')
      }
    })
  })

  test('means what it says, and upsert where it says no mode', async () => {
    const sent = async (sending: Parameters<typeof sendFile>[2]) => {
      const file = FILES[(sending?.kind ?? 'invoices') as Kind]
      const { kind, mode, dryRun, locale } = (await sendFile(api, file, sending)).json
      return [kind, mode, dryRun, locale]
    }
    expect(await sent({})).toEqual(['invoices', null, false, null])
    expect(await sent({ mode: '', dryRun: '', locale: '' })).toEqual([
      'invoices',
      null,
      false,
      null,
    ])
    expect(await sent({ kind: 'accounts' })).toEqual(['accounts', 'upsert', false, null])
    const all = { kind: 'accounts', mode: 'update', dryRun: 'true', locale: 'pt-BR' }
    expect(await sent(all)).toEqual(['accounts', 'update', true, 'pt-BR'])
    for (const locale of ['en', 'es']) expect((await sent({ locale }))[3]).toBe(locale)
  })

  test('may have its parts in any order', async () => {
    const form = new FormData()
    form.set('dryRun', 'true')
    form.set('file', new Blob([FILES.accounts]), 'first.csv')
    form.set('mode', 'update')
    form.set('kind', 'accounts')
    form.set('locale', 'es')
    const { status, json } = await sendForm(api, form)
    expect(status).toBe(202)
    expect(json).toMatchObject({
      kind: 'accounts',
      mode: 'update',
      dryRun: true,
      locale: 'es',
      fileName: 'first.csv',
    })
  })

  test('that is broken, breaks off or has too much in it is refused: 400', async () => {
    const two = formOf({ kind: 'invoices', file: FILES.invoices })
    two.append('file', new Blob([FILES.invoices]), 'second.csv')
    const many = formOf({ kind: 'invoices', file: FILES.invoices })
    for (let count = 0; count < 100; count += 1) many.append(`field${count}`, 'x')
    const multipart = (type: string) => ({ headers: { 'Content-Type': type } })
    const cutOff = `--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n${FILES.invoices}`
    await leavesNothing(async () => {
      for (const answer of [
        await sendForm(api, two),
        await sendForm(api, many),
        await postBody(api, 'x', multipart('multipart/form-data')),
        await postBody(api, 'no parts', multipart('multipart/form-data; boundary=x')),
        await postBody(api, cutOff, multipart('multipart/form-data; boundary=x')),
      ]) {
        expect(answer.status, answer.text).toBe(400)
      }
    })
  })

  test('of a client that goes away leaves nothing', async () => {
    await leavesNothing(async () => {
      const { files } = await storedCount(api)
      const upload = await startUpload()
      await until(
        () => storedCount(api),
        (stored) => stored.files > files,
      )
      upload.destroy()
      await until(
        () => storedCount(api),
        (stored) => stored.files === files,
      )
    })
  })

  test('waits while too many are on their way: 503', async () => {
    await leavesNothing(async () => {
      const { files } = await storedCount(api)
      const uploads = await Promise.all(Array.from({ length: MAX_UPLOADS }, startUpload))
      await until(
        () => storedCount(api),
        (stored) => stored.files === files + MAX_UPLOADS,
      )
      const answer = await sendFile(api, FILES.invoices)
      refused(answer, 503, 'too-many-uploads')
      expect(answer.headers.get('retry-after')).toBe('1')
      for (const upload of uploads) upload.destroy()
      await until(
        () => storedCount(api),
        (stored) => stored.files === files,
      )
    })
    expect((await sendFile(api, FILES.invoices)).status).toBe(202)
  })
})

/** Begins to send a form with a file that does not end. */
async function startUpload() {
  const { appKey, token } = api.key
  const upload = httpRequest(`${api.url}${BASE}/imports`, {
    method: 'POST',
    headers: {
      'Content-Type': 'multipart/form-data; boundary=x',
      'X-VTEX-API-AppKey': appKey,
      'X-VTEX-API-AppToken': token,
    },
  })
  upload.on('error', () => undefined)
  upload.write('--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nId')
  return upload
}

describe('a file', () => {
  test('over the limit is refused, and nothing of it is kept: 413', async () => {
    const line = `none,${'x'.repeat(1_018)}\n`
    const fitting = `Id,Observation\n${line.repeat(1_023)}`.padEnd(MB, '\n')
    await leavesNothing(async () => {
      for (const size of [MB + 1, 3 * MB]) {
        const answer = await sendFile(api, fitting.padEnd(size, '\n'))
        expect(refused(answer, 413, 'file-too-large').detail).toMatch(/1 MB at most.*[Ss]plit/)
      }
    })
    const { status, json } = await sendFile(api, fitting)
    expect(status).toBe(202)
    expect(json.bytes).toBe(MB)
  })

  test('that cannot be used is refused at once, and nothing of it is kept: 400', async () => {
    const unusable: [file: string | Buffer, words: RegExp, kind?: Kind, mode?: string][] = [
      ['', /empty/],
      ['\n;;\n,\n', /empty/],
      ['12,Paid\n', /first line must be a header/],
      ['Status\nPaid\n', /no column Id/],
      ['Id,Value\n1,2\n', /nothing to change/],
      ['Id,Status,Estado\n1,Paid,Pago\n', /same column twice.*Status and Estado/],
      ['PK\u0003\u0004\u0014', /Excel workbook.*CSV/],
      [Buffer.from('\ufeffId,Status\n1,Paid\n', 'utf16le'), /UTF-16.*CSV/],
      ['Document,Document Type,Credit limit\n1,CPF,5\n', /file of accounts/],
      ['Id,Order id,Value,Due date,Status\n1,2,3,4,Paid\n', /file of invoices/, 'accounts'],
      ['Email\na@example.com\n', /Document/, 'accounts'],
      ['Document,Document Type\n1,CPF\n', /lacks Email, Credit limit/, 'accounts', 'create'],
    ]
    await leavesNothing(async () => {
      for (const [file, words, kind = 'invoices', mode] of unusable) {
        const answer = await sendFile(api, file, { kind, ...(mode && { mode }) })
        expect(refused(answer, 400, 'unusable-file').detail).toMatch(words)
      }
    })
  })

  const NAMES: [sent: string, name: string][] = [
    ['plain.csv', 'plain.csv'],
    ['../../etc/pass wd.csv', 'pass wd.csv'],
    ['C:\\\\Users\\\\ana\\\\faturas.csv', 'faturas.csv'],
    ['a\\"b\\";x=y.csv', 'a"b";x=y.csv'],
    ['cobrança 💳 (1)*.csv', 'cobrança 💳 (1)*.csv'],
    ['tab\tbell\u0007del\u007f.csv', 'tabbelldel.csv'],
    ['100%25.csv', '100%25.csv'],
    [`${'long'.repeat(100)}.csv`, 'long'.repeat(50)],
    ['', 'import.csv'],
  ]

  test.each(NAMES)('named %j is downloaded as it was sent, as %j', async (sent, name) => {
    const content = `\ufeff${FILES.invoices}`
    const form = [
      '--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\ninvoices\r\n',
      `--x\r\nContent-Disposition: form-data; name="file"; filename="${sent}"\r\n`,
      `Content-Type: text/csv\r\n\r\n${content}\r\n--x--\r\n`,
    ].join('')
    const headers = { 'Content-Type': 'multipart/form-data; boundary=x' }
    const { status, text, json } = await postBody(api, form, { headers })
    expect(status, text).toBe(202)
    expect(json.fileName).toBe(name)
    const { appKey, token } = api.key
    const credentials = { 'X-VTEX-API-AppKey': appKey, 'X-VTEX-API-AppToken': token }
    const path = `${BASE}/imports/${json.id}/file`
    const answer = await fetch(`${api.url}${path}`, { headers: credentials })
    const [, ascii = '', encoded = ''] =
      /^attachment; filename="([ -~]+)"; filename\*=UTF-8''([\w.!#$&+^`|~%-]+)$/.exec(
        answer.headers.get('content-disposition') ?? '',
      ) ?? []
    expect(decodeURIComponent(encoded)).toBe(name)
    expect(ascii).not.toMatch(/["\\]/)
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(Buffer.from(await answer.arrayBuffer()).toString()).toBe(content)
  })

  test('of failed rows bears the name of the file', async () => {
    const job = await runJob(api, await queueFile(api, FILES.invoices, { name: 'maio.csv' }))
    const { headers } = await api.call('GET', `/imports/${job.id}/errors.csv`)
    expect(headers.get('content-disposition')).toContain('filename="errors-maio.csv"')
  })
})

test('a file with too many rows fails as a whole, with words that say what to do', async () => {
  const small = await startApi({ files: true, fileLimits: { maxRows: 3 } })
  const { id } = await openAccount(small.call)
  const rows = [1, 2, 3].map((n) => `${n},Other,n${n}@example.com,5`)
  const header = 'Document,Document Type,Email,Credit limit'
  const entries = await entryCount(small)
  const job = await importFile(small, csv(header, `${id},Other,a@example.com,7`, ...rows), {
    kind: 'accounts',
  })
  expect(job).toMatchObject({ state: 'failed', rows: { read: 0, changed: 0 } })
  expect(job.error).toMatch(/4 rows.*3 at most.*split/)
  expect(await rowsOf(small, job)).toEqual([])
  expect(await entryCount(small)).toBe(entries)
  const fitting = await importFile(small, csv(header, ...rows), { kind: 'accounts' })
  expect(fitting).toMatchObject({ state: 'completed', rows: { total: 3, changed: 3 } })
  await small.close()
})

describe('an Idempotency-Key', () => {
  const withKey = (key: string) => ({ 'Idempotency-Key': key })
  const isReplayed = ({ headers }: Answer) => headers.get('idempotency-replayed') === 'true'
  const sendExport = (key: string, body: unknown = { kind: 'invoices' }) =>
    api.call('POST', '/exports', body, { headers: withKey(key) })

  test('of an import gives the same job again, and one file', async () => {
    const headers = withKey(newKey())
    const first = await sendFile(api, FILES.invoices, { headers })
    expect(first.status, first.text).toBe(202)
    expect(isReplayed(first)).toBe(false)
    expect(first.headers.get('location')).toBe(`${BASE}/imports/${first.json.id}`)
    await leavesNothing(async () => {
      const again = await sendFile(api, FILES.invoices, { headers, name: 'other-name.csv' })
      expect(again.status, again.text).toBe(202)
      expect(again.json.id).toBe(first.json.id)
      expect(isReplayed(again)).toBe(true)
    })
  })

  test('of an import with another file or other fields is refused: 422', async () => {
    const headers = withKey(newKey())
    const sending = { kind: 'accounts', headers }
    expect((await sendFile(api, FILES.accounts, sending)).status).toBe(202)
    await leavesNothing(async () => {
      for (const answer of [
        await sendFile(api, `${FILES.accounts}\n2,Other,5`, sending),
        await sendFile(api, FILES.accounts, { ...sending, dryRun: true }),
        await sendFile(api, FILES.accounts, { ...sending, mode: 'update' }),
        await sendFile(api, FILES.accounts, { ...sending, locale: 'es' }),
        await sendFile(api, FILES.invoices, { ...sending, kind: 'invoices' }),
      ]) {
        refused(answer, 422, 'idempotency-key-reused')
      }
    })
  })

  test('of an import that comes several times at once makes one job and one file', async () => {
    const second = await startSecond()
    const headers = withKey(newKey())
    const before = await storedCount(api)
    const answers = await Promise.all(
      [api.url, second.url, api.url, second.url].map((url) =>
        postBody(api, formOf({ kind: 'invoices', file: FILES.invoices }), { url, headers }),
      ),
    )
    const made = answers.filter(({ status }) => status === 202)
    for (const answer of answers) {
      if (answer.status !== 202) refused(answer, 409, 'idempotency-key-running')
    }
    expect(new Set(made.map(({ json }) => json.id)).size).toBe(1)
    expect(made.filter((answer) => !isReplayed(answer))).toHaveLength(1)
    expect((await storedCount(api)).files).toBe(before.files + 1)
    await second.close()
  })

  test('of an import that was refused may be used again', async () => {
    const headers = withKey(newKey())
    refused(await sendFile(api, 'Status\nPaid\n', { headers }), 400, 'unusable-file')
    expect((await sendFile(api, FILES.invoices, { headers })).status).toBe(202)
  })

  test('of an export gives the same job again, and refuses another body: 422', async () => {
    const key = newKey()
    const first = await sendExport(key)
    expect(first.status, first.text).toBe(202)
    expect(first.headers.get('location')).toBe(`${BASE}/exports/${first.json.id}`)
    await leavesNothing(async () => {
      const again = await sendExport(key)
      expect([again.status, again.json.id]).toEqual([202, first.json.id])
      expect(isReplayed(again)).toBe(true)
      for (const body of [{ kind: 'accounts' }, { kind: 'invoices', locale: 'es' }]) {
        refused(await sendExport(key, body), 422, 'idempotency-key-reused')
      }
    })
  })

  test('of an export that comes several times at once makes one job', async () => {
    const key = newKey()
    const before = await jobCount()
    const answers = await Promise.all([1, 2, 3, 4].map(() => sendExport(key)))
    expect(answers.map(({ status }) => status)).toContain(202)
    for (const { status } of answers) expect([202, 409]).toContain(status)
    expect(await jobCount()).toBe(before + 1)
  })

  test('of another operation is refused: 422', async () => {
    const [ofImport, ofExport, ofAccount] = [newKey(), newKey(), newKey()]
    const { path } = await openAccount(api.call)
    const sendTolerance = (key: string) =>
      api.call('PUT', `${path}/tolerance`, { value: 0.01 }, { headers: withKey(key) })
    await sendFile(api, FILES.invoices, { headers: withKey(ofImport) })
    await sendExport(ofExport)
    ok(await sendTolerance(ofAccount))
    refused(await sendExport(ofImport), 422, 'idempotency-key-reused')
    const file = await sendFile(api, FILES.invoices, { headers: withKey(ofExport) })
    refused(file, 422, 'idempotency-key-reused')
    refused(await sendExport(ofAccount), 422, 'idempotency-key-reused')
    refused(await sendTolerance(ofImport), 422, 'idempotency-key-reused')
  })

  test('of another store is another', async () => {
    const key = newKey()
    const other = await api.newStore()
    const first = await sendExport(key)
    const theirs = await other.call(
      'POST',
      '/exports',
      { kind: 'invoices' },
      { headers: withKey(key) },
    )
    expect([first.status, theirs.status, isReplayed(theirs)]).toEqual([202, 202, false])
    expect(theirs.json.id).not.toBe(first.json.id)
  })

  test('that is malformed is refused, and nothing is kept: 400', async () => {
    await leavesNothing(async () => {
      const headers = withKey('with spaces')
      faults(await sendFile(api, FILES.invoices, { headers }), '/Idempotency-Key')
      faults(await sendExport('x'.repeat(256)), '/Idempotency-Key')
    })
  })

  test.each(['confirmImport', 'retryImport', 'cancelImport', 'cancelExport'])(
    'of %s gives the first answer again',
    async (id) => {
      const operation = operationOf(api, id)
      const asked = await arrange(api, id)
      const headers = withKey(newKey())
      const first = await request(api, operation, asked, { headers })
      const again = await request(api, operation, asked, { headers })
      expect([again.status, again.json.id]).toEqual([first.status, first.json.id])
      expect(isReplayed(again)).toBe(true)
    },
  )
})
