/** Exports: what is in a file, how it is written, and who can open it. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ColumnKey, columnsOf, type Kind, type Locale } from '../../src/csv/columns.ts'
import { DELIMITERS } from '../../src/csv/dialect.ts'
import {
  escapeFormula,
  type Format,
  formatOf,
  writeAmount,
  writeRate,
  writeRecords,
} from '../../src/csv/write.ts'
import { type Api, expectNoDrift, startApi } from '../api/support/api.ts'
import { BASE } from '../api/support/contract.ts'
import { faults, ok, okEmpty, refused } from '../api/support/expect.ts'
import { closedAccount, hold, newBuyer, openAccount, order } from '../api/support/make.ts'
import { DAY_MS } from '../support/server.ts'
import { exported, type JobJson, whenOver } from './support/jobs.ts'
import { type Cells, readTable } from './support/table.ts'
import { emailName, link, note, orderId } from './support/texts.ts'

const LOCALES = ['en', 'pt-BR', 'es'] as const
const MAX_AT_ONCE = 100
const HOUR_MS = 3_600_000

let api: Api

beforeAll(async () => {
  api = await startApi({ files: true, fileLimits: { maxRowsAtOnce: MAX_AT_ONCE } })
})
afterAll(() => api.close())

/** The API as the key of a new store sees it. */
async function newStore(...asked: Parameters<Api['newStore']>): Promise<Api> {
  return { ...api, ...(await api.newStore(...asked)) }
}

async function done(body: Record<string, unknown>, by = api): Promise<JobJson> {
  const answer = await by.call('POST', '/exports', body)
  expect(answer.status, answer.text).toBe(202)
  const job = await whenOver(by, answer.json, 'exports')
  expect(job.state).toBe('completed')
  return job
}

/** The clock in São Paulo, as files have it. */
const clockThere = () =>
  new Date(api.clock.now - 3 * HOUR_MS).toISOString().slice(0, 19).replace('T', ' ')

/** The rows of an export, by column. */
async function table(by: Api, kind: Kind, asked: Record<string, unknown> = {}): Promise<Cells[]> {
  const { locale = 'en', delimiter = locale === 'en' ? ',' : ';' } = asked
  return readTable(await exported(by, kind, asked), kind, locale as Locale, String(delimiter))
}

describe('a file of accounts', () => {
  test('has the columns of the template and what else there is, in English', async () => {
    const store = await newStore()
    const { email, document } = await openAccount(store.call, {
      document: '12345678909',
      email: 'ana@example.com',
      creditLimit: 1500.5,
      tolerance: 0.05,
    })
    const account = { id: `${document}_CPF`, path: `/accounts/${document}_CPF` }
    ok(await store.call('PUT', `${account.path}/statements/d-1`, { value: '-12.50' }))
    ok(await store.call('POST', `${account.path}/transactions`, { value: 100 }))
    expect(await exported(store, 'accounts')).toBe(
      [
        'Email,Document,Document Type,Credit limit,Tolerance rate,Id,Status,Balance,Available credit,Pre-authorized credit,Created at,Updated at',
        `${email},${document},CPF,1500.50,0.05,${account.id},Open,-12.50,1388.00,100.00,${clockThere()},${clockThere()}`,
        '',
      ].join('\r\n'),
    )
  })

  test.each([
    [
      'pt-BR',
      'Email;Documento;Tipo de documento;Limite de crédito;Taxa de tolerância;Id;Status;Saldo;Crédito disponível;Crédito pré-autorizado;Criado em;Atualizado em',
      ['Aberta', 'Fechada'],
    ],
    [
      'es',
      'Email;Documento;Tipo de documento;Límite de crédito;Tasa de tolerancia;Id;Estado;Saldo;Crédito disponible;Crédito preautorizado;Creado el;Actualizado el',
      ['Abierta', 'Cerrada'],
    ],
  ] as const)('has headers, states and decimals of %s', async (locale, expected, states) => {
    const store = await newStore()
    await openAccount(store.call, { creditLimit: 1234.5, tolerance: 1.25 })
    await closedAccount(store.call)
    const [header] = (await exported(store, 'accounts', { locale })).split('\r\n')
    expect(header?.replace('E-mail', 'Email')).toBe(expected)
    const [open] = await table(store, 'accounts', { locale })
    expect(open).toMatchObject({
      creditLimit: '1234,50',
      tolerance: '1,25',
      balance: '0,00',
      status: states[0],
    })
    const [closed] = await table(store, 'accounts', { locale, filters: { status: 'Closed' } })
    expect(closed?.status).toBe(states[1])
  })

  test('counts no holds that have expired', async () => {
    const store = await newStore()
    const account = await openAccount(store.call)
    await hold(store.call, account, 300)
    await hold(store.call, account, 200, {
      settle: false,
      expirationDate: new Date(api.clock.now + HOUR_MS).toISOString(),
    })
    const credit = async () => {
      const [row] = await table(store, 'accounts')
      return [row?.availableCredit, row?.preAuthorizedCredit]
    }
    expect(await credit()).toEqual(['500.00', '500.00'])
    api.clock.advance(HOUR_MS)
    expect(await credit()).toEqual(['700.00', '300.00'])
  })

  test('has amounts of currencies without decimals, and days of the store', async () => {
    const store = await newStore(undefined, 'CLP', 'Asia/Tokyo')
    await openAccount(store.call, { creditLimit: 1234 })
    const [row] = await table(store, 'accounts', { locale: 'es' })
    const tokyo = new Date(api.clock.now + 9 * HOUR_MS).toISOString()
    expect(row).toMatchObject({
      creditLimit: '1234',
      createdAt: tokyo.slice(0, 19).replace('T', ' '),
    })
  })
})

describe('a file of invoices', () => {
  test('has all its columns, in English', async () => {
    const store = await newStore()
    const account = await openAccount(store.call)
    const { invoices, invoiceIds } = await order(store.call, account, 100.01, 2, {
      orderId: 'order-1',
    })
    const [first = ''] = invoices
    const paymentLink = 'https://pay.example/1'
    okEmpty(await store.call('PUT', first, { observation: 'noted', paymentLink, status: 'Paid' }))
    const { friendlyId, dueDate } = ok(await store.call('GET', first))
    const lines = (await exported(store, 'invoices')).split('\r\n')
    expect(lines[0]).toBe(
      'Id,Friendly id,Account id,Account email,Order id,Installment,Installments,Value,Due date,Status,Observation,Payment link,Created at,Resolved at',
    )
    expect(lines[1]).toBe(
      `${invoiceIds[0]},${friendlyId},${account.id},${account.email},order-1,1,2,50.01,${dueDate.slice(0, 10)},Paid,noted,${paymentLink},${clockThere()},${clockThere()}`,
    )
    expect(lines[2]).toMatch(/,order-1,2,2,50\.00,[\d-]{10},Opened,,,[\d -:]{19},$/)
    expect(lines.slice(3)).toEqual([''])
  })

  test.each([
    ['en', ['Overdue', 'Paid', 'Cancelled', 'Opened']],
    ['pt-BR', ['Vencido', 'Pago', 'Cancelado', 'Aberto']],
    ['es', ['Vencido', 'Pagado', 'Cancelado', 'Abierto']],
  ] as const)(
    'has the states in the words of %s, and says what is overdue',
    async (locale, words) => {
      const store = await newStore()
      const account = await openAccount(store.call)
      const { invoices } = await order(store.call, account, 400, 4)
      okEmpty(await store.call('PUT', invoices[1] ?? '', { status: 'Paid' }))
      okEmpty(await store.call('PUT', invoices[2] ?? '', { status: 'Cancelled' }))
      const { dueDate } = ok(await store.call('GET', invoices[0] ?? ''))
      const statesAt = async (instant: number) => {
        api.clock.now = instant
        return (await table(store, 'invoices', { locale })).map(({ status }) => status)
      }
      // The due day is gone by when the next one begins in São Paulo, at 3:00 UTC.
      const nextDay = Date.parse(`${dueDate.slice(0, 10)}T03:00:00Z`) + DAY_MS
      expect(await statesAt(nextDay - 1)).toEqual([words[3], words[1], words[2], words[3]])
      expect(await statesAt(nextDay)).toEqual(words)
    },
  )

  test('has the delimiter that is asked for', async () => {
    const store = await newStore()
    const account = await openAccount(store.call, { creditLimit: 5000 })
    await order(store.call, account, 2001, 2, { orderId: 'a;b,c\td' })
    for (const locale of LOCALES) {
      for (const delimiter of DELIMITERS) {
        const rows = await table(store, 'invoices', { locale, delimiter })
        const mark = locale === 'en' ? '.' : ','
        expect(rows.map(({ value }) => value)).toEqual([`1000${mark}50`, `1000${mark}50`])
        expect(rows[0]?.orderId).toBe('a;b,c\td')
      }
    }
  })
})

describe('a cell', () => {
  test('of free text is escaped where a spreadsheet would run it; amounts never are', async () => {
    const store = await newStore()
    const account = await openAccount(store.call, { email: '+ana@example.com' })
    ok(await store.call('PUT', `${account.path}/statements/d-1`, { value: '-12.50' }))
    const observations = ['=1+1', '+1', '-12.50', '@x', '\t=x', '\r=x', "'=x", "'x", ' =x', 'a=b']
    const made = await order(store.call, account, observations.length, observations.length, {
      orderId: '=cmd|" /C calc"!A0',
    })
    for (const [index, observation] of observations.entries()) {
      okEmpty(await store.call('PUT', made.invoices[index] ?? '', { observation }))
    }
    const rows = await table(store, 'invoices')
    expect(rows.map(({ observation }) => observation)).toEqual([
      "'=1+1",
      "'+1",
      "'-12.50",
      "'@x",
      "'\t=x",
      "'\r=x",
      "''=x",
      "'x",
      ' =x',
      'a=b',
    ])
    expect(rows[0]).toMatchObject({
      accountEmail: "'+ana@example.com",
      orderId: `'=cmd|" /C calc"!A0`,
      value: '1.00',
    })
    const [row] = await table(store, 'accounts')
    // It owes the orders and the debit.
    expect(row).toMatchObject({ email: "'+ana@example.com", balance: '-22.50' })
  })

  test('may have quotes, line ends and emoji', async () => {
    const store = await newStore()
    const { invoices } = await order(store.call, await openAccount(store.call), 100)
    for (const observation of ['a "b" c', '"', 'one\r\ntwo\nthree', '💳 é', ' x ', ',;\t']) {
      okEmpty(await store.call('PUT', invoices[0] ?? '', { observation }))
      for (const locale of LOCALES) {
        const [row] = await table(store, 'invoices', { locale })
        expect(row?.observation).toBe(observation)
      }
    }
  })

  test('is written by SQL as csv/write.ts writes it', async () => {
    const store = await newStore()
    const random = { seed: 4, numRuns: 40 }
    const [notes, orders] = [fc.sample(note, random), fc.sample(orderId, random)]
    const [links, names] = [fc.sample(link, random), fc.sample(emailName, random)]
    for (let at = 0; at < 8; at += 1) {
      const { email } = newBuyer()
      const account = await openAccount(store.call, {
        email: `${names[at]}${email}`,
        creditLimit: 10 ** at + at / 100,
        tolerance: at / 10 ** Math.min(at, 6),
      })
      const { invoices } = await order(store.call, account, '0.05', 5, { orderId: orders[at] })
      for (const [nth, path] of invoices.entries()) {
        const [observation, paymentLink] = [notes[5 * at + nth], links[5 * at + nth]]
        okEmpty(await store.call('PUT', path, { observation, paymentLink }))
      }
      ok(await store.call('PUT', `${account.path}/statements/d-1`, { value: `-${at}.05` }))
    }
    const otherwise: string[] = []
    for (const locale of LOCALES) {
      for (const delimiter of DELIMITERS) {
        for (const kind of ['accounts', 'invoices'] as const) {
          const file = await exported(store, kind, { locale, delimiter })
          const lines = await linesOf(store, kind, formatOf(locale, delimiter))
          const isSame = file.slice(file.indexOf('\r\n') + 2) === lines
          if (!isSame) otherwise.push(`${kind} in ${locale} with ${JSON.stringify(delimiter)}`)
        }
      }
    }
    expect(otherwise).toEqual([])
  })
})

/** The lines of all open accounts or invoices, as csv/write.ts writes them. */
async function linesOf({ sql, store }: Api, kind: Kind, format: Format): Promise<string> {
  const local = (column: string) =>
    sql`to_char(${sql(column)} at time zone 'America/Sao_Paulo', 'YYYY-MM-DD HH24:MI:SS')`
  type Values = Partial<Record<ColumnKey, string | bigint | null>>
  const rows: Values[] =
    kind === 'accounts'
      ? await sql`
          select email, document, document_type as "documentType", credit_limit as "creditLimit",
            tolerance, account_id as id, status, -owed as balance, held as "preAuthorizedCredit",
            credit_limit - owed - held as "availableCredit", ${local('created_at')} as "createdAt",
            ${local('updated_at')} as "updatedAt"
          from account where store_id = ${store.storeId} order by created_at, account_id`
      : await sql`
          select i.invoice_id as id, i.friendly_id as "friendlyId", i.account_id as "accountId",
            a.email as "accountEmail", i.order_id as "orderId", i.installment::text as installment,
            i.installments::text as installments, i.value, i.due_on::text as "dueDate", i.status,
            i.observation, i.payment_link as "paymentLink", ${local('i.created_at')} as "createdAt",
            null as "resolvedAt"
          from invoice i join account a using (store_id, account_id)
          where i.store_id = ${store.storeId} order by i.created_at, i.invoice_id`
  const words: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    en: {},
    'pt-BR': { Open: 'Aberta', Opened: 'Aberto' },
    es: { Open: 'Abierta', Opened: 'Abierto' },
  }
  const cell = (key: ColumnKey, type: string, value: string | bigint | null | undefined) => {
    if (value === null || value === undefined) return ''
    if (type === 'amount') return writeAmount(value as bigint, store.exponent, format)
    if (type === 'rate') return writeRate(value as bigint, format)
    if (key === 'status') return words[format.locale]?.[String(value)] ?? String(value)
    return type === 'freeText' ? escapeFormula(String(value)) : String(value)
  }
  const records = rows.map((row) =>
    columnsOf(kind).map(([key, { type }]) => cell(key, type, row[key])),
  )
  return writeRecords(records, format)
}

describe('filters', () => {
  let store: Api
  let friendlyId = ''

  beforeAll(async () => {
    store = await newStore()
    const one = await openAccount(store.call, {
      document: '11144477735',
      email: 'one+filter@example.com',
    })
    const claims = { email: 'holder@example.com' }
    ok(await store.call('POST', `${one.path}/holders`, { claims }))
    const { invoices } = await order(store.call, one, 300, 3, { orderId: 'order-1' })
    api.clock.advance(2 * DAY_MS)
    const two = await openAccount(store.call, { document: 'other-2', documentType: 'Other' })
    await order(store.call, two, 100, 1, { orderId: 'order-2' })
    await order(store.call, two, 50)
    await closedAccount(store.call)
    okEmpty(
      await store.call('PUT', invoices[0] ?? '', { status: 'Paid', observation: 'By Cheque' }),
    )
    okEmpty(await store.call('PUT', invoices[1] ?? '', { status: 'Cancelled' }))
    friendlyId = ok(await store.call('GET', invoices[2] ?? '')).friendlyId
    api.clock.advance(40 * DAY_MS)
  })

  const day = (days: number) => new Date(api.clock.now + days * DAY_MS).toISOString().slice(0, 10)

  async function found(kind: Kind, filters: Record<string, string>): Promise<string[]> {
    const query = new URLSearchParams({ ...filters, from: '1', to: '1000' })
    const { data } = ok(await store.call('GET', `/${kind}?${query}`))
    return data.map(({ id }: { id: string }) => id).sort()
  }

  const INVOICES: [filter: () => Record<string, string>, rows: number][] = [
    [() => ({}), 5],
    [() => ({ status: 'Opened' }), 3],
    [() => ({ status: 'Overdue' }), 2],
    [() => ({ status: 'Paid' }), 1],
    [() => ({ status: 'Cancelled' }), 1],
    [() => ({ createdDateFrom: day(-41) }), 2],
    [() => ({ createdDateTo: day(-41) }), 3],
    [() => ({ createDateTo: day(-41) }), 3],
    [() => ({ dueDateFrom: day(0) }), 2],
    [() => ({ dueDateTo: day(0) }), 3],
    [() => ({ value: '50.00' }), 1],
    [() => ({ friendlyId }), 1],
    [() => ({ observation: 'by ch' }), 1],
    [() => ({ orderId: 'order-1' }), 3],
    [() => ({ creditAccountId: '11144477735_CPF' }), 3],
    [() => ({ status: 'Paid', orderId: 'order-2' }), 0],
    [() => ({ status: 'Paid', orderId: 'order-2', op: 'or' }), 2],
  ]

  test.each(INVOICES)('of invoices find what the search finds: %s', async (filter, count) => {
    const filters = filter()
    const rows = await table(store, 'invoices', { filters })
    expect(rows.map(({ id }) => id).sort()).toEqual(await found('invoices', filters))
    expect(rows).toHaveLength(count)
  })

  test.each([
    [{}, 2],
    [{ status: 'Open' }, 2],
    [{ status: 'opened' }, 2],
    [{ status: 'Closed' }, 1],
    [{ status: 'Cancelled' }, 1],
    [{ email: 'ONE+filter@example.com' }, 1],
    [{ email: 'one filter@example.com' }, 1],
    [{ email: 'holder@example.com' }, 1],
    [{ document: '111.444.777-35' }, 1],
    [{ document: 'OTHER-2' }, 1],
    [{ document: 'OTHER2', email: 'holder@example.com' }, 0],
  ])('of accounts find what the search finds: %s', async (filters, count) => {
    const rows = await table(store, 'accounts', { filters })
    expect(rows.map(({ id }) => id).sort()).toEqual(await found('accounts', { ...filters }))
    expect(rows).toHaveLength(count)
  })

  test('may be absent or null, as may locale and delimiter', async () => {
    const nothing = { filters: null, locale: null, delimiter: null }
    expect(await exported(store, 'invoices', nothing)).toBe(await exported(store, 'invoices'))
  })

  test.each([
    ['invoices', { status: 'open', createdDateFrom: 'yesterday' }, ['createdDateFrom', 'status']],
    [
      'invoices',
      { createdDateTo: '2026-02-30', createDateTo: 'x' },
      ['createDateTo', 'createdDateTo'],
    ],
    ['invoices', { dueDateFrom: '18/11/2026', dueDateTo: '' }, ['dueDateFrom', 'dueDateTo']],
    ['invoices', { value: '1,50', op: 'xor' }, ['op', 'value']],
    ['invoices', { orderId: 7 }, ['orderId']],
    ['invoices', { document: '1', email: 'a@example.com' }, ['document', 'email']],
    ['accounts', { status: 'Overdue', email: ' ' }, ['email', 'status']],
    ['accounts', { orderId: '1' }, ['orderId']],
    ['accounts', { op: 'and' }, ['op']],
    ['accounts', { limit: '1' }, ['limit']],
    ['invoices', { from: '1' }, ['from']],
  ])('that are wrong are refused, by name: %s %j', async (kind, filters, names) => {
    const answer = await store.call('POST', '/exports', { kind, filters })
    faults(answer, ...names.map((name) => `/filters/${name}`))
  })

  test('and all else of the request are checked too: 400', async () => {
    const send = (body: unknown) => store.call('POST', '/exports', body)
    faults(await send({}), '/kind')
    faults(
      await send({ kind: 'orders', locale: 'fr', delimiter: '|' }),
      '/kind',
      '/locale',
      '/delimiter',
    )
    faults(await send({ kind: 'invoices', filters: 'all' }), '/filters')
    faults(await send({ kind: 'invoices', locale: 'PT' }), '/locale')
  })
})

describe('the link to a file', () => {
  const open = (url: string) => api.call('GET', url.replace(BASE, ''), undefined, { key: false })

  test('opens it for an hour, without credentials; reading the job gives a new one', async () => {
    const { id, fileUrl, fileName } = await done({ kind: 'accounts' })
    const answer = await open(fileUrl)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(answer.headers.get('content-disposition')).toContain(`filename="${fileName}"`)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    api.clock.advance(HOUR_MS)
    expect((await open(fileUrl)).text).toBe(answer.text)
    api.clock.advance(1)
    const problem = refused(await open(fileUrl), 403, 'link-expired')
    expect(problem.detail).toContain('Read the export again')
    const again = ok(await api.call('GET', `/exports/${id}`)).fileUrl
    expect((await open(again)).text).toBe(answer.text)
  })

  test('does not open with another signature, another end, of another export, or without', async () => {
    const [one, other] = [await done({ kind: 'accounts' }), await done({ kind: 'accounts' })]
    const url = new URL(one.fileUrl, api.url)
    const { expires = '', signature = '' } = Object.fromEntries(url.searchParams)
    const path = (id: string) => `${BASE}/exports/${id}/file`
    const wrong = [
      `${path(one.id)}`,
      `${path(one.id)}?expires=${expires}`,
      `${path(one.id)}?signature=${signature}`,
      `${path(one.id)}?expires=${Number(expires) + 1}&signature=${signature}`,
      `${path(one.id)}?expires=${expires}&signature=${signature.slice(0, -1)}`,
      `${path(one.id)}?expires=${expires}&signature=${[...signature].reverse().join('')}`,
      `${path(one.id)}?expires=${expires}&signature=${'é'.repeat(signature.length)}`,
      `${path(one.id)}?expires=9999999999999&signature=`,
      `${path(other.id)}${url.search}`,
      `${path('none')}${url.search}`,
      `${path('%00')}${url.search}`,
    ]
    for (const address of wrong) refused(await open(address), 403, 'link-expired')
    expect((await open(one.fileUrl)).status).toBe(200)
    // A key does not open what a link does not.
    refused(await api.call('GET', `/exports/${one.id}/file`), 403, 'link-expired')
  })
})

test('a link that is put together in odd ways is refused as it is documented', async () => {
  const address = '/exports/none/file?expires=1&expires=2&signature=x'
  const { status } = await api.call('GET', address, undefined, { key: false })
  expect([400, 403]).toContain(status)
})

describe('a search that accepts text/csv', () => {
  const asCsv = (by: Api, path: string, Accept = 'text/csv') =>
    by.call('GET', path, undefined, { headers: { Accept } })

  test('answers with all rows of the filter, as an export has them', async () => {
    const store = await newStore()
    const account = await openAccount(store.call)
    await order(store.call, account, 30, 30, { orderId: '=1+1' })
    await order(store.call, await openAccount(store.call), 1)
    const filters = { creditAccountId: account.id }
    for (const [path, kind, asked] of [
      ['/accounts', 'accounts', {}],
      ['/accounts?from=2&to=2', 'accounts', {}],
      ['/invoices', 'invoices', {}],
      [`/invoices?creditAccountId=${account.id}&from=1&to=5`, 'invoices', { filters }],
    ] as const) {
      const answer = await asCsv(store, path)
      expect(answer.status, answer.text).toBe(200)
      expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
      expect(answer.headers.get('content-disposition')).toContain(`filename="${kind}-`)
      expect(answer.text).toBe(await exported(store, kind, asked))
    }
    const { appKey, token } = store.key
    const raw = await fetch(`${api.url}${BASE}/accounts`, {
      headers: {
        Accept: 'text/csv',
        'X-VTEX-API-AppKey': appKey,
        'X-VTEX-API-AppToken': token,
      },
    })
    const mark = Buffer.from(await raw.arrayBuffer()).subarray(0, 3)
    expect(mark).toEqual(Buffer.from('\ufeff'))
  })

  test('answers JSON to who accepts that as well', async () => {
    for (const accept of ['*/*', 'application/json', 'application/json, text/csv', 'text/html']) {
      for (const path of ['/accounts', '/invoices']) ok(await asCsv(api, path, accept))
    }
    for (const accept of ['Text/CSV', 'text/csv; charset=utf-8', 'text/csv, */*;q=0.1']) {
      expect((await asCsv(api, '/accounts', accept)).text).toMatch(/^Email,/)
    }
  })

  test('refuses wrong filters and callers as it always does', async () => {
    faults(await asCsv(api, '/invoices?status=open'), '/status')
    faults(await asCsv(api, '/accounts?status=Paid'), '/status')
    const by = { ...api, call: await api.asKeyWith('Read Invoices') }
    refused(await asCsv(by, '/accounts'), 403, 'missing-resource')
    expect((await asCsv(by, '/invoices')).status).toBe(200)
  })

  test('refuses more rows than it answers at once: 409', async () => {
    const store = await newStore()
    const account = await openAccount(store.call, { creditLimit: 5000 })
    await order(store.call, account, 99, 99)
    await order(store.call, account, 7)
    expect((await asCsv(store, '/invoices')).text.trimEnd().split('\r\n')).toHaveLength(101)
    await order(store.call, account, 7)
    const problem = refused(await asCsv(store, '/invoices'), 409, 'export-too-large')
    expect(problem).toMatchObject({ count: 101, most: MAX_AT_ONCE })
    expect(problem.detail).toContain('POST …/exports')
    expect((await asCsv(store, '/invoices?value=7')).status).toBe(200)
    // A job has no such limit.
    expect(await table(store, 'invoices')).toHaveLength(101)
  })
})

test('a store sees nothing of another', async () => {
  const [one, two] = [await newStore(), await newStore()]
  for (const store of [one, two]) {
    await order(store.call, await openAccount(store.call, { email: 'same@example.com' }), 100)
  }
  for (const kind of ['accounts', 'invoices'] as const) {
    const [ofOne, ofTwo] = [await table(one, kind), await table(two, kind)]
    expect([ofOne, ofTwo].map((rows) => rows.length)).toEqual([1, 1])
    expect(ofOne[0]?.id).not.toBe(ofTwo[0]?.id)
    const answer = await one.call('GET', `/${kind}`, undefined, { headers: { Accept: 'text/csv' } })
    expect(answer.text).not.toContain(ofTwo[0]?.id)
  }
  const [friend] = await table(two, 'invoices')
  const filters = { friendlyId: friend?.friendlyId, creditAccountId: friend?.accountId, op: 'or' }
  expect(await table(one, 'invoices', { filters })).toEqual([])
  const job = await done({ kind: 'accounts' }, one)
  refused(await two.call('GET', `/exports/${job.id}`), 404, 'job-not-found')
  expect(ok(await two.call('GET', '/exports')).data).not.toContainEqual(
    expect.objectContaining({ id: job.id }),
  )
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
