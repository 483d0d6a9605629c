/** The demo's data is what it promises, made through the ledger, and made once. */
import { cnpj, cpf } from 'cpf-cnpj-validator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { People } from '../../src/cli/demo-people.ts'
import { Random } from '../../src/cli/demo-random.ts'
import { isEmail } from '../../src/credit/identity.ts'
import { startOfDay } from '../../src/credit/schedule.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { type Finished, runFiado } from '../support/process.ts'
import { DAY_MS } from '../support/server.ts'

const ACCOUNTS = 200
const TIME_ZONE = 'America/Sao_Paulo'

let database: TestDatabase
let demo: Finished

beforeAll(async () => {
  database = await createDatabase()
  demo = await runFiado(['demo'], { databaseUrl: database.url })
})
afterAll(() => database.drop())

async function count(statement: string): Promise<number> {
  const rows = await database.sql.unsafe(`select count(*)::integer as count from ${statement}`)
  return rows[0]?.count
}

test('it says what it does, what it made, and how to check it', () => {
  expect(demo.stderr).toBe(
    '50 of 200 accounts\n100 of 200 accounts\n150 of 200 accounts\n200 of 200 accounts\n',
  )
  expect(demo.stdout).toContain('Store main (BRL, America/Sao_Paulo) is created.')
  expect(demo.stdout).toContain(
    'Changed in the configuration of store main, for the demo: toleranceEnabled true, postponementEnabled true',
  )
  expect(demo.stdout.trimEnd()).toMatch(/Check it with: npm run fiado -- verify$/)
  expect(demo.code).toBe(0)
  console.log(demo.stdout)
})

test('verify agrees', async () => {
  const { code, stdout } = await runFiado(['verify'], { databaseUrl: database.url })
  expect(stdout).toContain(`of ${ACCOUNTS} accounts`)
  expect(stdout).toContain('No drift')
  expect(code).toBe(0)
})

test('the summary tells what is in the database', async () => {
  const today = new Date(startOfDay(Date.now(), TIME_ZONE)).toISOString()
  const said = (line: string, word: RegExp): number =>
    Number(new RegExp(`^ +${line} .*?(\\d+) ${word.source}`, 'm').exec(demo.stdout)?.[1])
  expect(said('Accounts', /open/)).toBe(await count("account where status = 'Open'"))
  expect(said('Accounts', /closed/)).toBe(await count("account where status = 'Closed'"))
  expect(said('Accounts', /frozen/)).toBe(await count('account where frozen_reason is not null'))
  expect(said('Holders', /additional/)).toBe(await count('holder'))
  expect(said('Transactions', /Settled/)).toBe(await count("transaction where status = 'Settled'"))
  expect(said('Transactions', /of them hold/)).toBe(await count('transaction where held > 0'))
  expect(said('Invoices', /Overdue/)).toBe(
    await count(`invoice where status = 'Opened' and due_at < '${today}'`),
  )
  expect(said('Invoices', /Opened/)).toBe(
    await count(`invoice where status = 'Opened' and due_at >= '${today}'`),
  )
  expect(said('Invoices', /Paid/)).toBe(await count("invoice where status = 'Paid'"))
  expect(said('Ledger', /entries/)).toBe(await count('entry'))
  const [sums] = await database.sql<{ owed: string }[]>`select sum(owed)::text as owed from account`
  const owed = sums?.owed ?? ''
  expect(demo.stdout).toContain(`owed BRL ${owed.slice(0, -2)}.${owed.slice(-2)}`)
})

describe('the accounts', () => {
  test('are 200, with valid documents and e-mails of nobody', async () => {
    const rows = await database.sql<{ document: string; document_type: string; email: string }[]>`
      select document, document_type, email from account`
    expect(rows.length).toBe(ACCOUNTS)
    const documents = { CPF: cpf.isValid, CNPJ: cnpj.isValid } as Record<
      string,
      (text: string) => boolean
    >
    expect(rows.filter((row) => !documents[row.document_type]?.(row.document))).toEqual([])
    expect(rows.filter(({ email }) => !isEmail(email) || !email.endsWith('.example'))).toEqual([])
    expect(rows.filter((row) => row.document_type === 'CPF').length).toBeGreaterThan(50)
    expect(rows.filter((row) => /[A-Z]/.test(row.document)).length).toBeGreaterThan(5)
    expect(rows.filter(({ email }) => email.includes('+')).length).toBeGreaterThan(5)
    expect(rows.filter(({ email }) => /\..*@/.test(email)).length).toBeGreaterThan(5)
    const emails = [...rows, ...(await database.sql<{ email: string }[]>`select email from holder`)]
    expect(new Set(emails.map(({ email }) => email)).size).toBe(emails.length)
    const doers = await database.sql<{ done_by: string }[]>`select distinct done_by from entry`
    expect(doers.filter(({ done_by }) => !isEmail(done_by) && done_by !== 'fiado')).toEqual([])
  })

  test('are of every kind', async () => {
    expect(await count("account where status = 'Closed'")).toBe(10)
    expect(await count('account where frozen_reason is not null')).toBe(10)
    expect(
      await count("account where status = 'Open' and credit_limit < owed + held"),
    ).toBeGreaterThanOrEqual(10)
    expect(await count('account where tolerance > 0')).toBeGreaterThan(20)
    expect(await count("account where account_id like '%-%-%-%-%'")).toBeGreaterThan(10)
    expect(await count('(select distinct credit_limit from account) as limits')).toBeGreaterThan(20)
    expect(await count('holder')).toBeGreaterThan(20)
    expect(await count('debit')).toBeGreaterThan(5)
  })

  test('have a past of about 120 days, and no future', async () => {
    const [span] = await database.sql<{ first: Date; last: Date }[]>`
      select min(at) as first, max(at) as last from entry`
    const age_days = (Date.now() - (span?.first.getTime() ?? 0)) / DAY_MS
    expect(age_days).toBeGreaterThan(115)
    expect(age_days).toBeLessThan(121)
    expect(span?.last.getTime()).toBeLessThan(Date.now())
    const kinds = await database.sql<{ kind: string }[]>`select distinct kind from entry`
    expect(kinds.map(({ kind }) => kind).sort()).toEqual([
      'AccountClosed',
      'AccountFrozen',
      'AccountOpened',
      'AccountUnfrozen',
      'Debited',
      'HolderAdded',
      'InvoiceAnnotated',
      'InvoiceCancelled',
      'InvoicePaid',
      'InvoicePostponed',
      'LimitChanged',
      'PaymentTakenBack',
      'ToleranceChanged',
      'TransactionAuthorized',
      'TransactionCancelled',
      'TransactionExpired',
      'TransactionRefunded',
      'TransactionSettled',
    ])
  })
})

describe('the orders', () => {
  test('have order ids, 1 to 12 instalments and every state', async () => {
    expect(await count('transaction where order_id is null')).toBe(0)
    const spread = await database.sql<{ installments: number }[]>`
      select distinct installments from transaction order by installments`
    expect(spread[0]?.installments).toBe(1)
    expect(spread.at(-1)?.installments).toBe(12)
    for (const status of ['Authorized', 'Settled', 'Cancelled', 'Expired']) {
      expect(await count(`transaction where status = '${status}'`)).toBeGreaterThan(10)
    }
    expect(await count('transaction where held > 0')).toBeGreaterThan(10)
    expect(await count('transaction where held > 0 and expires_at <= now()')).toBe(0)
    expect(await count('transaction where settlements > 1')).toBeGreaterThan(5)
    expect(await count('transaction where settled between 1 and value - 1')).toBeGreaterThan(5)
    expect(await count('transaction where holder is not null')).toBeGreaterThan(20)
  })

  test('have invoices in every state, with observations and payment links', async () => {
    expect(
      await count("invoice where status = 'Opened' and due_at < now() - interval '1 day'"),
    ).toBeGreaterThan(20)
    expect(await count("invoice where status = 'Opened' and due_at > now()")).toBeGreaterThan(100)
    expect(await count("invoice where status = 'Paid'")).toBeGreaterThan(100)
    expect(await count("invoice where status = 'Cancelled'")).toBeGreaterThan(10)
    expect(await count('invoice where observation is not null')).toBeGreaterThan(50)
    expect(await count("invoice where payment_link like 'https://%.example/%'")).toBeGreaterThan(50)
    expect(await count('invoice where postponements > 0')).toBeGreaterThan(3)
    expect(await count('invoice where credit_value > 0')).toBeGreaterThan(3)
  })
})

test('a second time is refused in one line and changes nothing', async () => {
  const before = await count('entry')
  const again = await runFiado(['demo'], { databaseUrl: database.url })
  expect(again.stderr).toMatch(/^fiado: Store main has accounts already, .+\n$/)
  expect(again.stdout).toBe('')
  expect(again.code).toBe(1)
  expect(await count('entry')).toBe(before)
})

test('another store, of a currency without cents, and few accounts', async () => {
  const databaseUrl = database.url
  await runFiado(['stores', 'create', 'chile', '--currency', 'CLP'], { databaseUrl })
  const small = await runFiado(['demo', '--store', 'chile', '--accounts', '8'], { databaseUrl })
  expect(small.stdout).toMatch(/Accounts +8: 7 open \(1 frozen, \d above their limit\), 1 closed/)
  expect(small.stdout).toMatch(/limit CLP \d+, owed CLP \d+/)
  expect(small.code).toBe(0)
  const verified = await runFiado(['verify', '--store', 'chile'], { databaseUrl })
  expect(verified.code).toBe(0)
  const nowhere = await runFiado(['demo', '--store', 'nowhere'], { databaseUrl })
  expect(nowhere.stderr).toMatch(/^fiado: There is no store nowhere .+\n$/)
  expect(nowhere.code).toBe(1)
})

test('a seed makes the same people every time', () => {
  const some = (seed: number) => {
    const people = new People(new Random(seed))
    return Array.from({ length: 500 }, () => people.next())
  }
  expect(some(1)).toEqual(some(1))
  expect(some(1)).not.toEqual(some(2))
})
