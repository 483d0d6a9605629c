/**
 * Random stores go out and come in again: an export that is imported as it is changes nothing, and
 * one whose cells were edited changes exactly these.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ColumnKey, Kind, Locale } from '../../src/csv/columns.ts'
import { type Api, expectNoDrift, startApi } from '../api/support/api.ts'
import { ok } from '../api/support/expect.ts'
import { openAccount, order } from '../api/support/make.ts'
import { confirm, exported, importFile, type JobJson } from './support/jobs.ts'
import { decimal, makeStore, type RandomStore, storePlan } from './support/random-store.ts'
import { type Cells, escaped, readTable, writeTable } from './support/table.ts'
import { emailName, link, note } from './support/texts.ts'

const LOCALES = ['en', 'pt-BR', 'es'] as const
const DELIMITERS = [',', ';', '\t'] as const
const MINUTES = 60_000

let api: Api

beforeAll(async () => {
  api = await startApi({ files: true })
})
afterAll(() => api.close())

/** The API as the store's own key sees it. */
function within({ key }: RandomStore): Api {
  return { ...api, key, call: api.as(key) }
}

// biome-ignore lint/suspicious/noExplicitAny: rows of any table
type Row = any

const invoicesOf = ({ store }: RandomStore): Promise<Row[]> => api.sql<Row[]>`
  select * from invoice where store_id = ${store.storeId} order by created_at, invoice_id`
const accountsOf = ({ store }: RandomStore): Promise<Row[]> => api.sql<Row[]>`
  select * from account where store_id = ${store.storeId} order by created_at, account_id`
const entriesOf = ({ store }: RandomStore): Promise<Row[]> => api.sql<Row[]>`
  select * from entry where store_id = ${store.storeId} order by account_id, seq`

/** Everything that the store is, apart from its jobs. */
async function bookOf(made: RandomStore) {
  const [accounts, invoices, entries] = await Promise.all([
    accountsOf(made),
    invoicesOf(made),
    entriesOf(made),
  ])
  return { accounts, invoices, entries }
}

/** What the job says of its rows: no row failed, none was mended, and nothing else was odd. */
async function expectNothingToSay(job: JobJson): Promise<void> {
  const odd = await api.sql`
    select line, error, notes, changes from import_row
    where job_id = ${job.id} and (result <> 'unchanged' or notes is not null)`
  expect(odd).toEqual([])
  expect(job.warnings.filter(({ code }: { code: string }) => code !== 'same-file')).toEqual([])
}

/** A random value of any arbitrary. */
type Random = <T>(arbitrary: fc.Arbitrary<T>) => T

/** From a number all of a run follows; so a failure names that number, and not a store of pages. */
async function forAStore(
  runs: number,
  accounts: { min: number; max: number },
  check: (made: RandomStore, random: Random) => Promise<void>,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.nat(), async (seed) => {
      let drawn = 0
      const random: Random = (arbitrary) => {
        drawn += 1
        const [value] = fc.sample(arbitrary, { seed: seed + drawn, numRuns: 1 })
        return value as never
      }
      await check(await makeStore(api, random(storePlan(accounts))), random)
    }),
    { numRuns: runs, endOnFailure: true },
  )
}

const FORMATS = LOCALES.flatMap((locale) =>
  DELIMITERS.map((delimiter) => ({ locale, delimiter, by: JSON.stringify(delimiter) })),
)

describe('an export that is imported as it is changes nothing', () => {
  test.each(FORMATS)('in $locale by $by', { timeout: 2 * MINUTES }, async (format) => {
    const { locale, delimiter } = format
    await forAStore(1, { min: 40, max: 60 }, async (made, random) => {
      const before = await bookOf(made)
      // With two decimals the amounts tell how they are written, with three they need not.
      const says = made.exponent !== 2 || random(fc.boolean())
      const comeBack = async (kind: Kind, text: string, mode?: string): Promise<void> => {
        const total = before[kind].length
        const sending = { kind, mode, ...(says && { locale }) }
        const job = await importFile(within(made), `\ufeff${text}`, sending)
        await expectNothingToSay(job)
        const rows = { total, read: total, changed: 0, unchanged: total, failed: 0 }
        expect(job).toMatchObject({ state: 'completed', rows, totals: {} })
      }
      for (const kind of ['accounts', 'invoices'] as const) {
        const text = await exported(within(made), kind, { locale, delimiter })
        expect(readTable(text, kind, locale, delimiter)).toHaveLength(before[kind].length)
        if (kind === 'invoices') await comeBack(kind, text)
        else for (const mode of ['update', 'upsert']) await comeBack(kind, text, mode)
      }
      expect(await bookOf(made)).toEqual(before)
    })
  })

  test('also where a note says nothing but spaces', async () => {
    const account = await openAccount(api.call)
    const { invoices } = await order(api.call, account, 100)
    ok(await api.call('PUT', invoices[0] ?? '', { observation: '  ' }))
    await expectUnchanged('invoices', account.id)
  })

  test.each([
    ['Other', '12E5', 'that looks like a number in scientific notation'],
    ['CPF', '123', 'that is shorter than its type has it'],
  ])('also where an account has a document (%s %s) %s', async (documentType, document) => {
    const account = await openAccount(api.call, { documentType, document })
    await expectUnchanged('accounts', account.id)
  })

  /** The row of this account, or of its invoice, comes back as what is there. */
  async function expectUnchanged(kind: Kind, accountId: string): Promise<void> {
    const [header, ...lines] = (await exported(api, kind)).trimEnd().split('\r\n')
    const own = lines.filter((line) => line.includes(accountId))
    const job = await importFile(api, [header, ...own].join('\n'), { kind })
    expect(job.rows).toMatchObject({ total: 1, unchanged: 1 })
  }
})

/** How somebody saves the file, and in what words. */
function writingOf(kind: Kind, locale: Locale, columns: ColumnKey[], random: Random) {
  return {
    kind,
    locale,
    columns: random(fc.shuffledSubarray(columns, { minLength: columns.length })),
    delimiter: random(fc.constantFrom(...DELIMITERS)),
    quoteAll: random(fc.boolean()),
    lineEnd: random(fc.constantFrom('\n', '\r\n')),
    mark: random(fc.boolean()),
  }
}

const STATE_WORDS = {
  Opened: ['Opened', 'ABERTO', 'abierto', 'Vencido', ' overdue '],
  Paid: ['Paid', 'Pago', 'PAGADO'],
  Cancelled: ['Cancelled', 'cancelado', 'Canceled'],
} as const

type State = keyof typeof STATE_WORDS

interface InvoiceWish {
  status?: State
  observation?: string | null
  payment_link?: string | null
}

const NEXT: Readonly<Record<State, readonly State[]>> = {
  Opened: ['Paid', 'Cancelled', 'Opened'],
  Paid: ['Opened', 'Paid', 'Cancelled'],
  Cancelled: ['Cancelled', 'Cancelled', 'Paid'],
}

const isRefused = (from: State, to: State) => from !== to && from !== 'Opened' && to !== 'Opened'

interface Expected {
  changed: number
  failed: number
  /** Kinds of the entries, with what they concern. */
  readonly marks: string[]
}

/** Applies what was wished to the model of an invoice, and says what stands in the ledger for it. */
function applyToInvoice(row: Row, wish: InvoiceWish, expected: Expected): Row {
  const { status = row.status } = wish
  const after = { ...row, ...wish }
  const isAnnotated =
    after.observation !== row.observation || after.payment_link !== row.payment_link
  if (status === row.status && !isAnnotated) return row
  if (isRefused(row.status, status)) {
    expected.failed += 1
    return row
  }
  expected.changed += 1
  const kinds = { Paid: 'InvoicePaid', Opened: 'PaymentTakenBack', Cancelled: 'InvoiceCancelled' }
  const named = `${row.transaction_id} ${row.installment}`
  if (status !== row.status) expected.marks.push(`${kinds[status as State]} ${named}`)
  if (isAnnotated) expected.marks.push(`InvoiceAnnotated ${named}`)
  return after
}

const markOf = ({ kind, data }: Row) => `${kind} ${data.transactionId} ${data.installment}`

/** Without what a change moves by itself. */
function still(rows: readonly Row[]): Row[] {
  return rows.map(({ updated_at: _at, resolved_at: _resolved, ...others }) => others)
}

const cellOf = (text: string | null) => (text === null ? '' : escaped(text))

describe('an export, edited, tried and confirmed', () => {
  test('of invoices: exactly the edits', { timeout: 5 * MINUTES }, async () => {
    await forAStore(3, { min: 40, max: 70 }, async (made, random) => {
      const locale = random(fc.constantFrom<Locale>(...LOCALES))
      const before = await bookOf(made)
      const text = await exported(within(made), 'invoices', { locale, delimiter: ';' })
      const expected: Expected = { changed: 0, failed: 0, marks: [] }
      const model = new Map(before.invoices.map((row) => [row.invoice_id, row]))
      const table = readTable(text, 'invoices', locale, ';').map((cells): Cells => {
        const row = model.get(cells.id)
        const wish: InvoiceWish = {}
        const edited = { ...cells }
        const edits = random(fc.subarray(['status', 'observation', 'payment_link']))
        if (edits.includes('status')) {
          wish.status = random(fc.constantFrom(...NEXT[row.status as State]))
          edited.status = random(fc.constantFrom(...STATE_WORDS[wish.status]))
        }
        if (edits.includes('observation')) {
          wish.observation = random(fc.option(note))
          edited.observation = cellOf(wish.observation ?? null)
        }
        if (edits.includes('payment_link')) {
          wish.payment_link = random(fc.option(link))
          edited.paymentLink = cellOf(wish.payment_link ?? null)
        }
        model.set(row.invoice_id, applyToInvoice(row, wish, expected))
        return edited
      })
      const columns = Object.keys(table[0] ?? {}) as ColumnKey[]
      const file = writeTable(table, writingOf('invoices', locale, columns, random))

      const tried = await importFile(within(made), file, { dryRun: true })
      expect(await bookOf(made)).toEqual(before)
      const total = table.length
      const rows = {
        total,
        read: total,
        changed: expected.changed,
        unchanged: total - expected.changed - expected.failed,
        failed: expected.failed,
      }
      expect(tried).toMatchObject({ state: 'awaitingConfirmation', rows })
      await expectShown(tried, before.invoices, model)

      const job = await confirm(within(made), tried)
      expect(job).toMatchObject({ state: 'completed', rows })
      expect(job.totals).toEqual(tried.totals)
      const after = await bookOf(made)
      expect(still(after.invoices)).toEqual(
        still(before.invoices.map(({ invoice_id }) => model.get(invoice_id))),
      )
      const added = after.entries.filter((entry) => !isKnown(before.entries, entry))
      expect(added.map(markOf).sort()).toEqual(expected.marks.sort())
      expectOwed(before, after)
      await expectNoDrift(api)
    })
  })

  test('of accounts: exactly the edits', { timeout: 5 * MINUTES }, async () => {
    await forAStore(3, { min: 60, max: 90 }, async (made, random) => {
      const locale = random(fc.constantFrom<Locale>(...LOCALES))
      const before = await bookOf(made)
      const text = await exported(within(made), 'accounts', { locale, delimiter: ';' })
      const marks: string[] = []
      const model = new Map(before.accounts.map((row) => [row.account_id, row]))
      const table = readTable(text, 'accounts', locale, ';').map((cells, index): Cells => {
        const row = model.get(cells.id)
        const after = { ...row }
        const edited = { ...cells }
        const edits = random(fc.subarray(['email', 'creditLimit', 'tolerance'] as const))
        if (edits.includes('email')) {
          after.email = `${random(emailName)}${index}.new+x@lojá.example`
          after.email_key = after.email.normalize('NFC').toLowerCase()
          edited.email = escaped(after.email)
        }
        if (edits.includes('creditLimit')) {
          after.credit_limit = BigInt(random(fc.integer({ min: 0, max: 10 ** 9 })))
          edited.creditLimit = typed(after.credit_limit, made, locale, random)
        }
        if (edits.includes('tolerance')) {
          const percent = random(fc.integer({ min: 0, max: 200 }))
          after.tolerance = BigInt(percent) * 10_000n
          edited.tolerance = random(
            fc.constantFrom(
              `${percent}%`,
              `${percent} %`,
              decimal(percent, 2).replace('.', locale === 'en' ? '.' : ','),
            ),
          )
        }
        const fields = [
          ['email', 'AccountIdentified'],
          ['credit_limit', 'LimitChanged'],
          ['tolerance', 'ToleranceChanged'],
        ] as const
        const kinds = fields
          .filter(([field]) => after[field] !== row[field])
          .map(([, kind]) => kind)
        marks.push(...kinds.map((kind) => `${kind} ${row.account_id}`))
        model.set(row.account_id, { ...after, seq: row.seq + BigInt(kinds.length) })
        return edited
      })
      const columns = Object.keys(table[0] ?? {}) as ColumnKey[]
      const file = writeTable(table, writingOf('accounts', locale, columns, random))
      const mode = random(fc.constantFrom('update', 'upsert'))

      const sending = { kind: 'accounts', mode, locale, dryRun: true }
      const tried = await importFile(within(made), file, sending)
      expect(await bookOf(made)).toEqual(before)
      const total = table.length
      const changed = before.accounts.filter(
        ({ account_id, seq }) => model.get(account_id).seq !== seq,
      ).length
      const rows = { total, read: total, changed, unchanged: total - changed, failed: 0 }
      expect(await failuresOf(tried)).toEqual([])
      expect(tried).toMatchObject({ state: 'awaitingConfirmation', rows })

      const job = await confirm(within(made), tried)
      expect(job).toMatchObject({ state: 'completed', rows })
      expect(job.totals).toEqual(tried.totals)
      const after = await bookOf(made)
      expect(still(after.accounts)).toEqual(
        still(before.accounts.map(({ account_id }) => model.get(account_id))),
      )
      expect(after.invoices).toEqual(before.invoices)
      const added = after.entries.filter((entry) => !isKnown(before.entries, entry))
      const named = added.map(({ kind, account_id }) => `${kind} ${account_id}`)
      expect(named.sort()).toEqual(marks.sort())
      await expectNoDrift(api)
    })
  })
})

const failuresOf = (job: JobJson) => api.sql`
  select line, error from import_row where job_id = ${job.id} and result = 'failed'`

/** An amount as people type it: bare, in groups, with its currency. */
function typed(minor: bigint, made: RandomStore, locale: Locale, random: Random): string {
  const [mark, group] = locale === 'en' ? ['.', ','] : [',', '.']
  const [whole = '', fraction] = decimal(minor, made.exponent).split('.')
  const grouped = whole.replaceAll(/(?<=\d)(?=(?:\d{3})+$)/g, group)
  const end = fraction === undefined ? '' : `${mark}${fraction}`
  const { currency } = made.store
  return random(
    fc.constantFrom(
      `${whole}${end}`,
      `${grouped}${end}`,
      `${currency} ${grouped}${end}`,
      ` ${whole}${end} ${currency}`,
    ),
  )
}

function isKnown(entries: readonly Row[], { account_id, seq }: Row): boolean {
  return entries.some((entry) => entry.account_id === account_id && entry.seq === seq)
}

/** Accounts are as before but for what their invoices moved. */
function expectOwed(
  before: { accounts: Row[]; invoices: Row[] },
  after: { accounts: Row[]; invoices: Row[] },
) {
  const open = (invoices: Row[], id: string): bigint =>
    invoices
      .filter(({ account_id, status }) => account_id === id && status === 'Opened')
      .reduce((sum, { value }) => sum + value, 0n)
  const rest = ({ owed: _owed, seq: _seq, updated_at: _at, ...others }: Row) => others
  expect(after.accounts.map(rest)).toEqual(before.accounts.map(rest))
  const delta = (id: string) => open(after.invoices, id) - open(before.invoices, id)
  expect(after.accounts.map(({ owed }) => owed)).toEqual(
    before.accounts.map(({ account_id, owed }) => owed + delta(account_id)),
  )
}

/** The dry run shows for each row what differs between the two, old value and new. */
async function expectShown(job: JobJson, before: Row[], model: Map<string, Row>): Promise<void> {
  const shown = await api.sql<Row[]>`
    select changes from import_row where job_id = ${job.id} and result = 'changed' order by line`
  const differing = before.flatMap((row) => {
    const after = model.get(row.invoice_id)
    const fields = [
      ['status', row.status, after.status],
      ['observation', row.observation, after.observation],
      ['paymentLink', row.payment_link, after.payment_link],
    ].filter(([, from, to]) => from !== to)
    return fields.length > 0 ? [fields] : []
  })
  expect(shown.map(({ changes }) => changes)).toEqual(differing)
}
