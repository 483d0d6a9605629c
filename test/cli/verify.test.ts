/** verify is quiet about a ledger that agrees, and names whatever somebody changed behind it. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { verify } from '../../src/ledger/verify.ts'
import { connect, type Sql } from '../../src/postgres/connect.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { runFiado } from '../support/process.ts'

/** Enough for some of everything: see the fates of the demo. */
const ACCOUNTS = '20'

let database: TestDatabase
let admin: Sql
/** The database without anybody connected: each case takes a copy of it. */
let template: string

beforeAll(async () => {
  database = await createDatabase()
  admin = connect(inject('adminUrl'), { max: 1 })
  const made = await runFiado(['demo', '--accounts', ACCOUNTS], { databaseUrl: database.url })
  if (made.code !== 0) throw new Error(made.stderr)
  template = `${new URL(database.url).pathname.slice(1)}_made`
  await admin.unsafe(
    `create database ${template} template ${new URL(database.url).pathname.slice(1)} strategy file_copy`,
  )
})
afterAll(async () => {
  await admin.unsafe(`drop database ${template} with (force)`)
  await admin.end()
  await database.drop()
})

let copies = 0

/** Runs `work` on a copy in which `statement` was run; it must have changed something. */
async function onTampered<T>(statement: string, work: (url: string, sql: Sql) => Promise<T>) {
  copies += 1
  const name = `${template}_${copies}`
  await admin.unsafe(`create database ${name} template ${template}`)
  const url = new URL(database.url)
  url.pathname = `/${name}`
  const sql = connect(url.href, { max: 1 })
  try {
    const { count } = await sql.unsafe(statement)
    expect(count).toBeGreaterThan(0)
    return await work(url.href, sql)
  } finally {
    await sql.end()
    await admin.unsafe(`drop database ${name} with (force)`)
  }
}

test('a sound ledger: exit code 0, and what was checked', async () => {
  const { code, stdout, stderr } = await runFiado(['verify'], { databaseUrl: database.url })
  const [entries, invoices] = await Promise.all([
    database.sql<{ count: bigint }[]>`select count(*) from entry`,
    database.sql<{ count: bigint }[]>`select count(*) from invoice`,
  ])
  expect(stdout).toContain(`Replayed ${entries[0]?.count} entries of ${ACCOUNTS} accounts`)
  expect(stdout).toContain(`${invoices[0]?.count} invoices`)
  expect(stdout).toContain('No drift: every total agrees with the ledger.')
  expect(stderr).toBe('')
  expect(code).toBe(0)
})

test('one store, and a store that does not exist', async () => {
  const databaseUrl = database.url
  await runFiado(['stores', 'create', 'empty'], { databaseUrl })
  const empty = await runFiado(['verify', '--store', 'empty'], { databaseUrl })
  expect(empty.stdout).toContain('Replayed 0 entries of 0 accounts')
  expect(empty.code).toBe(0)
  const nowhere = await runFiado(['verify', '--store', 'nowhere'], { databaseUrl })
  expect(nowhere.stderr).toMatch(/^fiado: There is no store nowhere .+\n$/)
  expect(nowhere.code).toBe(1)
})

/** Any one row of the table, by its physical place. */
function one(table: string, where = 'true'): string {
  return `ctid = (select ctid from ${table} where ${where} order by account_id limit 1)`
}

const LAST_ENTRY = 'seq = (select max(seq) from entry e where e.account_id = entry.account_id)'

const HOLDER = "'invented', 'segredo@correio.example', 'segredo@correio.example', created_at"

const TAMPERINGS: readonly [what: string, statement: string, says: RegExp][] = [
  [
    'account.owed',
    `update account set owed = owed + 1 where ${one('account')}`,
    /account owed: \d+ by the ledger, \d+ stored/,
  ],
  ['account.held', `update account set held = held + 1 where ${one('account')}`, /account held: /],
  [
    'account.credit_limit',
    `update account set credit_limit = credit_limit + 1 where ${one('account')}`,
    /account limit: /,
  ],
  [
    'account.tolerance',
    `update account set tolerance = tolerance + 1 where ${one('account')}`,
    /account tolerance: /,
  ],
  [
    'account.status',
    `update account set status = 'Closed' where ${one('account', "status = 'Open'")}`,
    /account status: Open by the ledger, Closed stored/,
  ],
  [
    'account.email',
    `update account set email = 'segredo@correio.example' where ${one('account')}`,
    /account email: differs/,
  ],
  [
    'account.next_expiry',
    `update account set next_expiry = null where ${one('account', 'held > 0')}`,
    /next expiry: a hold expires before it/,
  ],
  ['entry.owed', `update entry set owed = owed + 1 where ${one('entry')}`, /#\d+ owed: /],
  ['entry.held', `update entry set held = held + 1 where ${one('entry')}`, /#\d+ held: /],
  [
    'entry.credit_limit',
    `update entry set credit_limit = credit_limit + 1 where ${one('entry')}`,
    /#\d+ limit: /,
  ],
  [
    'entry.tolerance',
    `update entry set tolerance = tolerance + 1 where ${one('entry')}`,
    /#\d+ tolerance: /,
  ],
  [
    'entry.value',
    `update entry set value = value + 1 where ${one('entry', 'value is not null')}`,
    /#\d+ value: /,
  ],
  [
    'entry.origin',
    `update entry set origin = null where ${one('entry', 'value is not null')}`,
    /#\d+ origin: /,
  ],
  [
    'entry.at',
    `update entry set at = at + interval '1 year' where ${one('entry', 'seq = 1')}`,
    /out of order/,
  ],
  [
    'an amount inside an entry',
    `update entry set data = jsonb_set(data, '{value}', '"1"') where ${one('entry', "kind = 'TransactionAuthorized'")}`,
    /#\d+ held: /,
  ],
  [
    'an entry that is no event',
    `update entry set data = '{"type": "Nonsense"}' where ${one('entry', 'seq = 2')}`,
    /#2/,
  ],
  ['a deleted first entry', 'delete from entry where seq = 1', /#2: cannot be replayed/],
  [
    'a deleted entry in between',
    `delete from entry where ${one('entry', 'seq = 2')}`,
    /#3(:| seq:)/,
  ],
  ['a deleted last entry', `delete from entry where ${one('entry', LAST_ENTRY)}`, /account seq: /],
  [
    'a deleted invoice',
    `delete from invoice where ${one('invoice')}`,
    /invoice \w+-\d+: a record by the ledger, nothing stored/,
  ],
  [
    'an invented invoice',
    `insert into invoice select store_id, account_id, repeat('F', 32) || '-01', transaction_id, friendly_id, installment, installments, settlement, value, credit_value, status, due_at, original_due_at, postponements, postponed_days, order_id, observation, payment_link, created_at, updated_at, resolved_at, created_on, due_on from invoice where ${one('invoice')}`,
    /invoice F{32}-01: nothing by the ledger, a record stored/,
  ],
  [
    'invoice.status',
    `update invoice set status = 'Paid' where ${one('invoice', "status = 'Opened'")}`,
    /invoice \w+-\d+ status: Opened by the ledger, Paid stored/,
  ],
  [
    'invoice.value',
    `update invoice set value = value - 1 where ${one('invoice')}`,
    /invoice \w+-\d+ value: /,
  ],
  [
    'invoice.due_at',
    `update invoice set due_at = due_at + interval '1 day' where ${one('invoice')}`,
    /invoice \w+-\d+ dueAt: /,
  ],
  [
    'a deleted transaction',
    `delete from transaction where ${one('transaction')}`,
    /transaction \w+: a record by the ledger, nothing stored/,
  ],
  [
    'transaction.held',
    `update transaction set held = held + 1 where ${one('transaction')}`,
    /transaction \w+ held: [\s\S]*held is the sum of its holds: /,
  ],
  [
    'transaction.status',
    `update transaction set status = 'Expired' where ${one('transaction', "status = 'Settled'")}`,
    /transaction \w+ status: Settled by the ledger, Expired stored/,
  ],
  [
    'an orphan claim',
    "insert into claim values (1, 'email', 'segredo@correio.example', 'nobody')",
    /nobody claim: there is no account/,
  ],
  [
    'a claim too many',
    `insert into claim select store_id, 'email', 'segredo@correio.example', account_id from account where ${one('account')}`,
    /claims: \d+ by the ledger, \d+ stored/,
  ],
  [
    'a claim that is gone',
    `delete from claim where ${one('claim')}`,
    /claims: \d+ by the ledger, \d+ stored/,
  ],
  [
    'a deleted account',
    `delete from account where ${one('account')}`,
    /account: a record by the ledger, nothing stored/,
  ],
  [
    'a holder too many',
    `insert into holder select store_id, account_id, ${HOLDER} from account where ${one('account')}`,
    /holder invented: differs/,
  ],
  ['a deleted holder', `delete from holder where ${one('holder')}`, /holder \w+: differs/],
  [
    'a debit too many',
    `insert into debit select store_id, account_id, 'invented', -100, created_at from account where ${one('account')}`,
    /debit invented: nothing by the ledger, -100 stored/,
  ],
  [
    'debit.value',
    `update debit set value = value - 1 where ${one('debit')}`,
    /debit tarifa-\d+: -/,
  ],
  [
    'an account without a ledger',
    `delete from entry where account_id = (select min(account_id) from account)`,
    /account: nothing by the ledger, a record stored/,
  ],
]

describe('changed behind the ledger', () => {
  test.each(TAMPERINGS)('%s', async (_what, statement, says) => {
    const { drift, driftCount } = await onTampered(statement, (_url, sql) => verify(sql, undefined))
    expect(driftCount).toBeGreaterThan(0)
    expect(drift.join('\n')).toMatch(says)
    expect(drift.join('\n')).not.toMatch(/@|segredo/)
  })

  const ON_THE_COMMAND_LINE = ['account.owed', 'a deleted invoice', 'a deleted first entry']
  const some = TAMPERINGS.filter(([what]) => ON_THE_COMMAND_LINE.includes(what))
  test.each(some)(
    '%s, on the command line: it prints the drift and exits 1',
    async (_what, statement, says) => {
      const { code, stdout, stderr } = await onTampered(statement, (databaseUrl) =>
        runFiado(['verify'], { databaseUrl }),
      )
      expect(stdout).toMatch(/^DRIFT: \d+ differences?\.$/m)
      expect(stdout).toMatch(says)
      expect(stdout).not.toContain('No drift')
      expect(stderr).toBe('')
      expect(code).toBe(1)
    },
  )
})
