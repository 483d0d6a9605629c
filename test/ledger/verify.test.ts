/** `verify` sees every way in which what is stored can differ from the ledger, and tells no names. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { foldInvoiceTotals } from '../../src/ledger/invoice-totals.ts'
import { MAX_DRIFT, verify } from '../../src/ledger/verify.ts'
import {
  createLedger,
  hold,
  newId,
  opening,
  outcomesOf,
  settlement,
  type TestLedger,
} from './support.ts'

const TABLES = ['account', 'transaction', 'invoice', 'holder', 'debit', 'claim', 'entry']
const TOTALS = ['invoice_total_by_due', 'invoice_total_by_creation', 'invoice_delta']

const OWNER = 'a1b2c3d4-0000-4000-8000-000000000001'
const OTHER = 'a1b2c3d4-0000-4000-8000-000000000002'
const NOBODY = 'a1b2c3d4-0000-4000-8000-00000000ffff'

/** Personal, or written by people: none of it may show in a report. */
const PRIVATE = {
  document: '52998224725',
  email: 'ana.souza@exemplo.com.br',
  holder: 'bruno.costa@exemplo.com.br',
  observation: 'mora na Rua das Flores',
  link: 'https://pague.example/ana-souza',
  reason: 'Ana Souza disse que paga depois',
}

let ledger: TestLedger

beforeAll(async () => {
  ledger = await createLedger()
  await fill()
  for (const table of [...TABLES, ...TOTALS]) {
    await ledger.sql.unsafe(`create table copy_of_${table} as table ${table}`)
  }
  expect(await ledger.drift()).toEqual([])
})
afterAll(() => ledger.close())

afterEach(async () => {
  for (const table of [...TABLES, ...TOTALS]) {
    await ledger.sql.unsafe(`truncate ${table}; insert into ${table} table copy_of_${table}`)
  }
})

/** Two accounts with a row of every kind: the second one is left in peace. */
async function fill(): Promise<void> {
  await ledger.configure({
    postponementEnabled: true,
    invoicePostponementLimit: 5,
    maxPostponementDays: 90,
  })
  const writer = ledger.writer({ lanes: 1 })
  const { document, email, holder, observation, link: paymentLink, reason } = PRIVATE
  const order = hold(90n, { installments: 3, orderId: 'order-1', holder, conditionId: 'c-1' })
  const { transactionId } = order
  const invoiceId = `${transactionId}-01`
  const commands = [
    opening('ana', 1_000n, { document, documentType: 'CPF', email, tolerance: 50_000n }),
    { type: 'addHolder', holderId: newId().toLowerCase(), email: holder },
    order,
    hold(40n),
    settlement(transactionId, 60n, false),
    { type: 'payInvoice', invoiceId },
    { type: 'changeInvoice', invoiceId, observation, paymentLink, mayPay: true },
    { type: 'postponeInvoice', invoiceId: `${transactionId}-02`, days: 5 },
    { type: 'refund', transactionId, value: 5n },
    { type: 'debit', statementId: 'statement-1', value: -7n },
    { type: 'changeLimit', limit: 900n },
    { type: 'freezeAccount', frozen: true, reason },
  ] as const
  const others = [
    opening('caio'),
    hold(10n),
    { type: 'debit', statementId: 's', value: -1n },
  ] as const
  const results = [
    ...commands.map((command) => writer.submit(ledger.on(OWNER, command))),
    ...others.map((command) => writer.submit(ledger.on(OTHER, command))),
  ]
  expect(new Set(await outcomesOf(results))).toEqual(new Set(['done']))
  await writer.close()
}

/** The report after a change; it says nothing private, whatever the change was. */
async function report(statement: string): Promise<string[]> {
  const { count } = await ledger.sql.unsafe(statement)
  expect(count, `rows changed by ${statement}`).toBe(1)
  const { drift, driftCount } = await verify(ledger.sql, undefined)
  expect(drift).toHaveLength(Math.min(driftCount, MAX_DRIFT))
  for (const value of Object.values(PRIVATE)) expect(drift.join('\n')).not.toContain(value)
  return drift
}

describe('a healthy ledger', () => {
  test('is counted and has no drift', async () => {
    expect(await verify(ledger.sql, ledger.storeId)).toEqual({
      accounts: 2,
      entries: 15,
      transactions: 3,
      invoices: 3,
      holders: 1,
      debits: 2,
      claims: 5,
      drift: [],
      driftCount: 0,
    })
  })

  test('of another store is not looked at', async () => {
    await ledger.sql`update account set owed = owed + 1`
    expect((await verify(ledger.sql, 99)).accounts).toBe(0)
    expect((await verify(ledger.sql, ledger.storeId)).driftCount).toBeGreaterThan(0)
  })
})

/** Columns that no total and no rule depends on, and that the ledger does not tell. */
const UNCHECKED = new Set(['entry.done_by', 'debit.created_at', 'account.next_expiry'])

const DIFFERENT: Readonly<Record<string, (column: string) => string>> = {
  text: (column) => `coalesce(${column}, '') || '0'`,
  bigint: (column) => `coalesce(${column}, 0) + 1000`,
  integer: (column) => `${column} + 1`,
  smallint: (column) => `${column} + 1`,
  boolean: (column) => `not ${column}`,
  date: (column) => `${column} + 1`,
  'timestamp with time zone': (column) => `coalesce(${column}, now()) + interval '1 second'`,
  jsonb: (column) => `${column} || '{"value": "1", "limit": "1"}'`,
}

interface ColumnRow {
  table_name: string
  column_name: string
  data_type: string
}

describe('a changed column', () => {
  test('is noticed, whichever it is', async () => {
    const columns = await ledger.sql<ColumnRow[]>`
      select table_name, column_name, data_type from information_schema.columns
      where table_name in ${ledger.sql(TABLES)} order by table_name, ordinal_position`
    const unnoticed: string[] = []
    for (const { table_name: table, column_name: column, data_type: type } of columns) {
      if (UNCHECKED.has(`${table}.${column}`)) continue
      const value = DIFFERENT[type]?.(`t.${column}`)
      if (value === undefined) throw new Error(`How is ${table}.${column} changed (${type})?`)
      // The settlement is the entry with the most in it; of other tables any row does.
      const which = table === 'entry' ? `kind = 'TransactionSettled'` : `account_id = '${OWNER}'`
      const drift = await report(`update ${table} t set ${column} = ${value} where t.ctid = (
        select ctid from ${table} where ${which} order by 1 limit 1)`)
      if (drift.length === 0) unnoticed.push(`${table}.${column}`)
      await ledger.sql.unsafe(`truncate ${table}; insert into ${table} table copy_of_${table}`)
    }
    expect(columns.length).toBeGreaterThan(80)
    expect(unnoticed).toEqual([])
  })

  test.each([
    ['a hold that grew', `transaction set held = held + 1 where held = 40`, /held/],
    ['an invoice that shrank', `invoice set value = value - 1 where installment = 3`, /value/],
    [
      'an account that owes less',
      `account set owed = owed - 1 where account_id = '${OWNER}'`,
      /owed/,
    ],
    ['totals of an entry', `entry set held = held + 1 where kind = 'TransactionRefunded'`, /held/],
    [
      'a line of the statement',
      `entry set value = value + 1 where kind = 'Debited' and account_id = '${OWNER}'`,
      /value/,
    ],
    [
      'a line that is none',
      `entry set origin = 'Credit', value = 5 where kind = 'HolderAdded'`,
      /origin/,
    ],
    [
      'an instant before the last',
      `entry set at = at - interval '1 day' where kind = 'LimitChanged'`,
      /out of order/,
    ],
    [
      'a next expiry that is late',
      `account set next_expiry = next_expiry + interval '90 days' where account_id = '${OWNER}'`,
      /next expiry/,
    ],
    [
      'no next expiry',
      `account set next_expiry = null where account_id = '${OWNER}'`,
      /next expiry/,
    ],
    [
      'a claim that moved',
      `claim set account_id = '${OTHER}' where kind = 'document' and account_id = '${OWNER}'`,
      /claims/,
    ],
    [
      'a row of another account',
      `debit set account_id = '${OTHER}', statement_id = 'x' where account_id = '${OWNER}'`,
      /debit/,
    ],
    ['a row of another store', `invoice set store_id = 77 where installment = 1`, /invoice/],
  ])('is named: %s', async (_name, change, expected) => {
    expect((await report(`update ${change}`)).join('\n')).toMatch(expected)
  })

  test('that may be early is no drift: the bound on the next expiry', async () => {
    expect(
      await report(`update account set next_expiry = next_expiry - interval '1 day'
        where account_id = '${OWNER}'`),
    ).toEqual([])
  })
})

describe('running totals', () => {
  test('are right folded and not folded', async () => {
    expect(await foldInvoiceTotals(ledger.sql)).toBeGreaterThan(0)
    expect(await foldInvoiceTotals(ledger.sql)).toBe(0)
    expect(await ledger.drift()).toEqual([])
  })

  const columns = TOTALS.flatMap((table) => [`${table}.invoices`, `${table}.value`])
  test.each(columns)('that changed are noticed: %s', async (name) => {
    const [table, column] = name.split('.')
    if (table !== 'invoice_delta') await foldInvoiceTotals(ledger.sql)
    const drift = await report(`update ${table} set ${column} = ${column} + 1
      where ctid = (select ctid from ${table} limit 1)`)
    expect(drift.join('\n')).toMatch(/invoice_total_by_\w+ [\d -]+ \w+ (invoices|value): \d+ by/)
  })

  test('that are missing, or one too many, are noticed', async () => {
    for (const drop of [
      'delete from invoice_delta where ctid = (',
      'insert into invoice_delta (',
    ]) {
      const one = drop.startsWith('delete') ? 'select ctid' : 'select *'
      expect(await report(`${drop}${one} from invoice_delta limit 1)`)).not.toEqual([])
    }
  })
})

describe('a row', () => {
  test.each(TABLES)('that is missing from %s is noticed', async (table) => {
    const drift = await report(`delete from ${table} where ctid = (
      select ctid from ${table} where account_id = '${OWNER}' limit 1)`)
    expect(drift.join('\n')).toContain(OWNER)
  })

  test.each([1, 7, 12])(
    'that is missing from the ledger is noticed: entry %i of 12',
    async (seq) => {
      const drift = await report(`delete from entry where account_id = '${OWNER}' and seq = ${seq}`)
      expect(drift.join('\n')).toContain(OWNER)
    },
  )

  test.each([
    ['transaction', { transaction_id: newId() }],
    ['invoice', { invoice_id: `${newId()}-01` }],
    ['holder', { holder_id: 'h' }],
    ['debit', { statement_id: 'other' }],
    ['claim', { value: 'x@exemplo.com.br' }],
    ['entry', { seq: '99' }],
    ['account', { account_id: NOBODY }],
  ])('that is one too many in %s is noticed', async (table, changed) => {
    const drift = await report(copyRow(table, changed))
    expect(drift).not.toEqual([])
  })

  test.each(TABLES.filter((table) => table !== 'account'))(
    'of an account that does not exist is an orphan: %s',
    async (table) => {
      const more: Record<string, string> = table === 'claim' ? { value: 'y@exemplo.com.br' } : {}
      const drift = await report(copyRow(table, { account_id: NOBODY, ...more }))
      expect(drift).toContain(`${NOBODY} ${table}: there is no account`)
    },
  )

  /** A row of the account once more, with other texts in some columns. */
  function copyRow(table: string, changed: Readonly<Record<string, string>>): string {
    return `insert into ${table}
      select (jsonb_populate_record(t, '${JSON.stringify(changed)}')).* from ${table} t
      where ctid = (select ctid from ${table} where account_id = '${OWNER}' limit 1)`
  }
})

describe('an entry that cannot be replayed', () => {
  test.each([
    ['of no known kind', `data || '{"type": "Nonsense"}'`, 'TransactionSettled'],
    ['that is no object', `'null'::jsonb`, 'TransactionSettled'],
    ['whose invoices are gone', `data - 'invoices'`, 'TransactionSettled'],
    ['whose amount is no number', `data || '{"value": "much"}'`, 'TransactionAuthorized'],
    ['of another transaction', `data || '{"transactionId": "${newId()}"}'`, 'TransactionRefunded'],
    ['without its e-mail', `data - 'email'`, 'AccountOpened'],
    ['without its document', `data - 'document'`, 'AccountOpened'],
    ['without the e-mail of a holder', `data - 'email'`, 'HolderAdded'],
  ])('is reported, and the rest is checked: %s', async (_name, data, kind) => {
    await ledger.sql`update debit set value = value - 1 where account_id = ${OTHER}`
    const drift = await report(`update entry set data = ${data} where ctid = (
      select ctid from entry where kind = '${kind}' and account_id = '${OWNER}' order by seq limit 1)`)
    expect(drift.join('\n')).toContain(OWNER)
    expect(drift.join('\n')).toContain(`${OTHER} debit`)
  })
})

test('much drift is counted, and its first lines are told', async () => {
  const copies = `insert into debit
    select store_id, account_id, 'many-' || n, value, created_at
    from (select * from debit where account_id = '${OWNER}' limit 1) one, generate_series(1, 300) n`
  await ledger.sql.unsafe(copies)
  const { drift, driftCount } = await verify(ledger.sql, undefined)
  expect(drift).toHaveLength(MAX_DRIFT)
  expect(driftCount).toBe(300)
})

test('writers that go on meanwhile are no drift', async () => {
  const writer = ledger.writer()
  let isOver = false
  const busy = Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const account = `busy-${index}`
      await writer.submit(ledger.on(account, opening(account, 10n ** 9n)))
      while (!isOver) {
        const command = hold(3n)
        await writer.submit(ledger.on(account, command))
        await writer.submit(ledger.on(account, settlement(command.transactionId, 2n)))
      }
    }),
  )
  for (let round = 0; round < 10; round += 1) expect(await ledger.drift()).toEqual([])
  isOver = true
  await busy
  expect((await verify(ledger.sql, undefined)).accounts).toBe(10)
})
