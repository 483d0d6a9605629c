/** Imports of invoices: what a row does, what it is refused for, and how a file may be written. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, expectNoDrift, startApi } from '../api/support/api.ts'
import { ok, okEmpty, refused } from '../api/support/expect.ts'
import {
  closeWithOpenInvoice,
  invoiceLines,
  type Opened,
  type Order,
  openAccount,
  order,
  statementsOf,
} from '../api/support/make.ts'
import { DAY_MS } from '../support/server.ts'
import {
  csv,
  entryCount,
  errorsOf,
  exported,
  importFile,
  type JobJson,
  rowsOf,
  type Sending,
  sendFile,
  until,
  whenOver,
} from './support/jobs.ts'

let api: Api

beforeAll(async () => {
  api = await startApi({ files: true })
})
afterAll(() => api.close())

/** An account with one order of `count` invoices of 100 each. */
async function invoices(count: number): Promise<Order & { account: Opened }> {
  const account = await openAccount(api.call, { creditLimit: 100_000 })
  return { account, ...(await order(api.call, account, 100 * count, count)) }
}

/** Imports a file, which must be worked through to its end. */
async function imported(lines: readonly string[], sending: Sending = {}): Promise<JobJson> {
  const job = await importFile(api, csv(...lines), sending)
  expect(job.state, job.error).toBe('completed')
  return job
}

/** What became of each row of a file. */
async function outcomesOf(...lines: readonly string[]): Promise<JobJson[]> {
  return await rowsOf(api, await imported(lines))
}

async function outcomeOf(header: string, row: string): Promise<JobJson> {
  const rows = await outcomesOf(header, row)
  expect(rows).toHaveLength(1)
  return rows[0]
}

async function read(path: string | undefined): Promise<JobJson> {
  return ok(await api.call('GET', path ?? ''))
}

async function withoutEntries(task: () => Promise<unknown>): Promise<void> {
  const before = await entryCount(api)
  await task()
  expect(await entryCount(api)).toBe(before)
}

describe('an import of invoices', () => {
  test('marks as paid, annotates and cancels', async () => {
    const account = await openAccount(api.call)
    const { invoiceIds } = await order(api.call, account, 300, 3)
    const file = [
      'Id,Status,Observation',
      `${invoiceIds[0]},Paid,by cheque`,
      `${invoiceIds[1]},Opened,`,
      `${invoiceIds[2]},Cancelled,gone`,
    ].join('\n')
    const job = await importFile(api, file)
    expect(job).toMatchObject({
      state: 'completed',
      rows: { total: 3, read: 3, changed: 2, unchanged: 1, failed: 0 },
      totals: { paid: { rows: 1, value: 100 }, cancelled: { rows: 1, value: 100 } },
    })
    expect(await invoiceLines(api.call, account)).toEqual([
      'Paid 100',
      'Opened 100',
      'Cancelled 100',
    ])
    expect(await rowsOf(api, job, 'changed')).toMatchObject([
      {
        line: 2,
        changes: [
          { field: 'status', from: 'Opened', to: 'Paid' },
          { field: 'observation', from: null, to: 'by cheque' },
        ],
      },
      { line: 4 },
    ])
  })

  test('knows the states in three languages, without case or accents', async () => {
    const words = {
      Paid: ['Paid', 'PAGO', ' pagado ', 'Págo'],
      Cancelled: ['Cancelled', 'canceled', 'CANCELADO', 'Cancelado'],
      Opened: ['Opened', 'open', 'aberto', 'ABIERTO', 'Overdue', 'vencido'],
    }
    const cases = Object.entries(words).flatMap(([state, all]) => all.map((word) => [state, word]))
    const { account, invoiceIds } = await invoices(cases.length)
    const job = await imported([
      'Id,Status',
      ...cases.map(([, word], index) => `${invoiceIds[index]},${word}`),
    ])
    expect(job.rows).toMatchObject({ changed: 8, unchanged: 6 })
    expect(await invoiceLines(api.call, account)).toEqual(cases.map(([state]) => `${state} 100`))
  })

  test('takes Overdue for the Opened that it is', async () => {
    const { account, invoiceIds, invoices: paths } = await invoices(2)
    ok(await api.call('POST', `${paths[1]}/payments`))
    api.clock.advance(100 * DAY_MS)
    expect((await read(paths[0])).overdue).toBe(true)
    const rows = await outcomesOf(
      'Id,Status',
      `${invoiceIds[0]},Overdue`,
      `${invoiceIds[1]},Overdue`,
    )
    expect(rows).toMatchObject([
      { result: 'unchanged', changes: [] },
      { result: 'changed', changes: [{ field: 'status', from: 'Paid', to: 'Opened' }] },
    ])
    expect(await invoiceLines(api.call, account)).toEqual(['Opened 100', 'Opened 100'])
  })

  test('takes payments back', async () => {
    const { account, invoiceIds, invoices: paths } = await invoices(2)
    for (const path of paths) ok(await api.call('POST', `${path}/payments`))
    const job = await imported([
      'Id,Status',
      `${invoiceIds[0]},Opened`,
      `${invoiceIds[1]?.toLowerCase()},Abierto`,
    ])
    expect(job.totals).toEqual({ takenBack: { rows: 2, value: 200 } })
    expect(await invoiceLines(api.call, account)).toEqual(['Opened 100', 'Opened 100'])
    const lines = await statementsOf(api.call, account)
    expect(lines.slice(-2).map(({ origin, value }) => `${origin} ${value}`)).toEqual([
      'Payment -100',
      'Payment -100',
    ])
  })

  test('sets observations and links; an empty cell clears them, an empty state does not', async () => {
    const { invoiceIds, invoices: paths } = await invoices(1)
    const header = 'Payment link,Id,Observation,Status'
    const link = 'https://pay.example/a?b=c,d'
    const set = await outcomeOf(header, `"${link}",${invoiceIds[0]},"two\nlines ""x"" 💳",`)
    expect(set.changes).toEqual([
      { field: 'observation', from: null, to: 'two\nlines "x" 💳' },
      { field: 'paymentLink', from: null, to: link },
    ])
    expect(await read(paths[0])).toMatchObject({
      status: 'Opened',
      observation: 'two\nlines "x" 💳',
      paymentLink: link,
    })
    const job = await imported([header, `,${invoiceIds[0]},,`])
    expect(job.totals).toEqual({ annotated: { rows: 1, value: 0 } })
    expect(await read(paths[0])).toMatchObject({
      status: 'Opened',
      observation: null,
      paymentLink: null,
    })
  })

  test('touches nothing of which the file has no column', async () => {
    const { invoiceIds, invoices: paths } = await invoices(1)
    const [id, path = ''] = [invoiceIds[0], paths[0]]
    const kept = { observation: 'kept', paymentLink: 'https://pay.example/kept' }
    okEmpty(await api.call('PUT', path, kept))
    await imported(['Id,Status', `${id},Paid`])
    expect(await read(path)).toMatchObject({ status: 'Paid', ...kept })
    await imported(['Id,Observation', `${id},new`])
    expect(await read(path)).toMatchObject({ status: 'Paid', ...kept, observation: 'new' })
    await imported(['Id,Payment link', `${id},https://pay.example/new`])
    expect(await read(path)).toMatchObject({
      status: 'Paid',
      observation: 'new',
      paymentLink: 'https://pay.example/new',
    })
  })

  test('writes no entry of the ledger for a row that changes nothing', async () => {
    const { invoiceIds, invoices: paths } = await invoices(3)
    okEmpty(await api.call('PUT', paths[0] ?? '', { observation: "'=as it is", status: 'Paid' }))
    await withoutEntries(async () => {
      const job = await imported([
        'Id,Status,Observation',
        `${invoiceIds[0]},Paid,"''=as it is"`,
        `${invoiceIds[1]},,`,
        `${invoiceIds[2]},Opened,`,
      ])
      expect(job.rows).toMatchObject({ changed: 0, unchanged: 3, failed: 0 })
      expect(job.totals).toEqual({})
    })
    // Nor for one that is imported a second time.
    const lines = ['Id,Status', `${invoiceIds[1]},Paid`]
    await imported(lines)
    await withoutEntries(async () => {
      expect((await imported(lines)).rows).toMatchObject({ changed: 0, unchanged: 1 })
    })
  })

  test('refuses changes of state as the API does, with the same number and words', async () => {
    const { invoiceIds, invoices: paths } = await invoices(2)
    ok(await api.call('POST', `${paths[0]}/payments`))
    okEmpty(await api.call('DELETE', paths[1] ?? ''))
    const wishes = [
      [0, 'Cancelled'],
      [1, 'Paid'],
      [1, 'Opened'],
    ] as const
    for (const [index, status] of wishes) {
      const answer = await api.call('PUT', paths[index] ?? '', { status })
      const { code, detail } = refused(answer, 409, 'invoice-transition')
      await withoutEntries(async () => {
        const row = await outcomeOf('Id,Status,Observation', `${invoiceIds[index]},${status},note`)
        expect(row).toMatchObject({ result: 'failed', code, error: detail, changes: [] })
      })
      expect((await read(paths[index])).observation).toBeNull()
    }
  })

  test('refuses what was refunded and what is of a closed account, as the API does', async () => {
    const refunded = await invoices(2)
    const [first = ''] = refunded.invoices
    ok(await api.call('POST', `${first}/payments`))
    ok(await api.call('POST', `${refunded.path}/refunds`, { value: 120 }))
    okEmpty(await api.call('PUT', first, { status: 'Opened' }))
    const closed = await closeWithOpenInvoice(api.call)
    for (const [path, name] of [
      [first, 'invoice-already-refunded'],
      [closed.invoice, 'account-closed'],
    ] as const) {
      const answer = await api.call('PUT', path, { status: 'Cancelled' })
      const { code, detail } = refused(answer, 409, name)
      const row = await outcomeOf('Id,Status', `${path.split('/').at(-1)},Cancelled`)
      expect(row).toMatchObject({ result: 'failed', code, error: detail })
    }
  })

  test('refuses invoices that are not there, or of another store', async () => {
    const other = await api.newStore()
    const theirs = await order(other.call, await openAccount(other.call), 100)
    const rows = await outcomesOf(
      'Id,Status',
      '0123456789ABCDEF0123456789ABCDEF-01,Paid',
      'nothing,Paid',
      `${theirs.invoiceIds[0]},Paid`,
    )
    expect(rows.map(({ code }) => code)).toEqual([1023, 1023, 1023])
    for (const { error } of rows) expect(error).toContain('There is no invoice')
    expect(ok(await other.call('GET', theirs.invoices[0] ?? '')).status).toBe('Opened')
  })

  test('names all that cannot be read in a row, and works on the others', async () => {
    const { account, invoiceIds } = await invoices(2)
    const rows = await outcomesOf(
      'Id,Status,Payment link',
      ',settled,ftp://pay.example',
      `${invoiceIds[0]},Paid,`,
      `${invoiceIds[1]},Paid`,
      `${invoiceIds[1]},Paid,,more`,
    )
    expect(rows.map(({ line, result, code }) => [line, result, code])).toEqual([
      [2, 'failed', 1210],
      [3, 'changed', null],
      [4, 'failed', 1210],
      [5, 'failed', 1210],
    ])
    expect(rows[0].error).toMatch(/Status: must be .*; Payment link: must be .*; Id: is missing/)
    expect(rows[2].error).toContain('has 2 fields where the header has 3')
    expect(await invoiceLines(api.call, account)).toEqual(['Paid 100', 'Opened 100'])
  })

  test('refuses the second row of an invoice, with the line of the first, however far', async () => {
    const { account, invoiceIds } = await invoices(1)
    const filler = Array.from({ length: 1_100 }, (_, n) => `none-${n},Paid`)
    const [id] = invoiceIds
    const job = await imported([
      'Id,Status',
      `${id},Paid`,
      ...filler,
      `${id?.toLowerCase()},Opened`,
    ])
    expect(job.rows).toMatchObject({ total: 1_102, read: 1_102, changed: 1, failed: 1_101 })
    const { data } = await read(`/imports/${job.id}/rows?from=1102&to=1102`)
    expect(data[0]).toMatchObject({ line: 1_103, code: 1211 })
    expect(data[0].error).toContain('Line 2 ')
    expect(await invoiceLines(api.call, account)).toEqual(['Paid 100'])
  })

  test('writes to the ledger who sent it', async () => {
    const { account, invoiceIds } = await invoices(1)
    const token = await api.addSession('ana@example.com')
    const answer = await sendFile(api, csv('Id,Status', `${invoiceIds[0]},Paid`), {
      key: false,
      headers: { VtexIdclientAutCookie: token },
    })
    await whenOver(api, answer.json)
    const [line] = (await statementsOf(api.call, account)).slice(-1)
    expect(line).toMatchObject({ doneBy: 'ana@example.com', origin: 'Payment', value: 100 })
  })

  test('takes an export back as it is, with all its columns and + and _ in e-mails', async () => {
    const account = await openAccount(api.call, { email: 'ana+loja_1@example.com' })
    await order(api.call, account, 100, 2, { orderId: '=order, "1"' })
    const file = await exported(api, 'invoices', { filters: { creditAccountId: account.id } })
    expect(file).toContain('ana+loja_1@example.com')
    await withoutEntries(async () => {
      const job = await importFile(api, file)
      expect(job).toMatchObject({ rows: { unchanged: 2, failed: 0 }, warnings: [] })
    })
  })
})

describe('a file', () => {
  const FORMS: [form: string, write: (text: string) => string | Buffer][] = [
    ['UTF-8', (text) => text],
    ['UTF-8 with a byte order mark', (text) => `\ufeff${text}`],
    ['Windows-1252', (text) => Buffer.from(text, 'latin1')],
    ['semicolons', (text) => text.replaceAll(',', ';')],
    ['tabs', (text) => text.replaceAll(',', '\t')],
    ['trailing delimiters', (text) => text.replaceAll('\r\n', ',,\r\n')],
    ['blank lines', (text) => `\r\n${text.replaceAll('\r\n', '\r\n\r\n ,,\r\n')}`],
    ['line feeds alone', (text) => text.replaceAll('\r\n', '\n')],
    ['a line that tells Excel the delimiter', (text) => `sep=,\r\n${text}`],
    ['no end of its last line', (text) => text.trimEnd()],
    ['quotes around all', (text) => text.replaceAll(/[^,\r\n]+/g, '"$&"')],
    ['stray quotes', (text) => text.replace('situação', '12" situação')],
  ]

  test.each(FORMS)('may be in %s', async (form, write) => {
    const { invoiceIds, invoices: paths } = await invoices(1)
    const text = csv('Situação,ID,observação', `pago,${invoiceIds[0]},situação`)
    const job = await importFile(api, write(text))
    const charset = form === 'Windows-1252' ? 'windows-1252' : 'utf-8'
    const original = await api.call('GET', `/imports/${job.id}/file`)
    expect(original.headers.get('content-type')).toBe(`text/csv; charset=${charset}`)
    expect(job).toMatchObject({ state: 'completed', rows: { total: 1, changed: 1 } })
    expect(await read(paths[0])).toMatchObject({
      status: 'Paid',
      observation: form === 'stray quotes' ? '12" situação' : 'situação',
    })
  })

  test('counts its lines as an editor does', async () => {
    const rows = await outcomesOf(
      'Id,Observation',
      'none-1,"one\r\ntwo\nthree"',
      '',
      'none-2,x',
      'none-3,"open',
      'none-4,x',
    )
    expect(rows.map(({ line, code }) => `${line} ${code}`)).toEqual([
      '2 1023',
      '6 1023',
      '7 1210',
      '8 1023',
    ])
    expect(rows[2].error).toContain('never closed')
  })

  test('has its extra columns reported and ignored', async () => {
    const { invoiceIds } = await invoices(1)
    const job = await imported(['Id,Status,My notes,Value', `${invoiceIds[0]},Paid,hello,7`])
    expect(job.rows.changed).toBe(1)
    expect(job.warnings).toEqual([
      { code: 'ignored-columns', message: expect.stringMatching(/My notes\./) },
    ])
  })

  test('has its failed rows as a file, to be mended and imported again', async () => {
    const { account, invoiceIds } = await invoices(2)
    const job = await imported([
      'Id\tStatus\tObservation\tError',
      `${invoiceIds[0]}\tPaid\tfine\tan earlier error`,
      `${invoiceIds[1]}\tPayed\t"a\ttab and ""quotes"""\tan earlier error`,
    ])
    const errors = await errorsOf(api, job)
    const [header, row, ...more] = errors.trimEnd().split('\r\n')
    expect(header).toBe('Id\tStatus\tObservation\tError')
    expect(row).toMatch(/\tPayed\t"a\ttab and ""quotes"""\tStatus: must be/)
    expect(more).toEqual([])
    const again = await importFile(api, errors.replace('Payed', 'Paid'))
    expect(again).toMatchObject({ rows: { total: 1, changed: 1 }, warnings: [] })
    expect(await invoiceLines(api.call, account)).toEqual(['Paid 100', 'Paid 100'])
    expect(await errorsOf(api, again)).toBe('Id\tStatus\tObservation\tError\r\n')
  })

  test('is followed while it is worked on', async () => {
    const answer = await sendFile(api, csv('Id,Status', 'none,Paid'))
    expect(['queued', 'running']).toContain(answer.json.state)
    expect(answer.headers.get('location')).toBe(`/api/creditcontrol/imports/${answer.json.id}`)
    const job = await until(
      () => read(`/imports/${answer.json.id}`),
      ({ state }) => state === 'completed',
    )
    expect(job.rows).toEqual({ total: 1, read: 1, changed: 0, unchanged: 0, failed: 1 })
  })
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
