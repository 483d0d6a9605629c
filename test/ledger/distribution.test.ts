/** One schema for one machine and for many: what Citus refuses must not creep in. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  distribute,
  isDistributed,
  ON_EVERY_MACHINE,
  ON_THE_COORDINATOR,
  SHARDED_BY,
} from '../../src/ledger/distribution.ts'
import { connect } from '../../src/postgres/connect.ts'
import { migrate } from '../../src/postgres/migrate.ts'
import { MIGRATIONS } from '../../src/setup.ts'
import { runFiado } from '../support/process.ts'
import { DatabaseProxy } from './proxy.ts'
import {
  createLedger,
  hold,
  keyed,
  opening,
  outcomesOf,
  settlement,
  type TestLedger,
  tally,
} from './support.ts'

const LEDGER = join(import.meta.dirname, '../../src/ledger')
const OF_AN_ACCOUNT = Object.keys(SHARDED_BY).filter((table) => SHARDED_BY[table] === 'account_id')

let ledger: TestLedger

beforeAll(async () => {
  ledger = await createLedger()
})
afterAll(async () => {
  expect(await ledger.drift()).toEqual([])
  await ledger.close()
})

describe('the schema', () => {
  test('says of every table where its rows are', async () => {
    const rows = await ledger.sql<{ name: string }[]>`
      select relname as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')`
    const known = [...Object.keys(SHARDED_BY), ...ON_EVERY_MACHINE, ...ON_THE_COORDINATOR]
    expect(rows.map(({ name }) => name).sort()).toEqual(known.sort())
  })

  test('shards by account every table that has account_id, but what is unique over accounts', async () => {
    const rows = await ledger.sql<{ name: string }[]>`
      select attrelid::regclass::text as name from pg_attribute
      join pg_class c on c.oid = attrelid and relkind = 'r' and relnamespace = 'public'::regnamespace
      where attname = 'account_id'`
    const found = rows.map(({ name }) => name).filter((name) => name !== 'claim')
    expect(found.sort()).toEqual([...OF_AN_ACCOUNT].sort())
  })

  test('carries the sharding column in every primary key, unique index and foreign key', async () => {
    const rows = await constraints(ledger)
    expect(rows.length).toBeGreaterThanOrEqual(OF_AN_ACCOUNT.length)
    expect(rows.filter(isMissingItsColumn)).toEqual([])
  })

  test('(control: a unique index without it is found)', async () => {
    await ledger.sql`create unique index careless on invoice (store_id, friendly_id)`
    const rows = await constraints(ledger)
    await ledger.sql`drop index careless`
    expect(rows.filter(isMissingItsColumn).map(({ name }) => name)).toEqual(['careless'])
  })

  test('has no triggers', async () => {
    const rows = await ledger.sql`select tgname from pg_trigger where not tgisinternal`
    expect(rows).toEqual([])
  })

  test('ids and instants come from Node: no statement of the ledger asks SQL for them', () => {
    const files = readdirSync(LEDGER, { recursive: true, encoding: 'utf8' })
    const volatile = /\b(now|clock_timestamp|random|gen_random_uuid|nextval)\s*\(\)/
    const faults = files
      .filter((name) => /^[^.]+\.ts$|\.sql$/.test(name))
      .filter((name) => name.endsWith('.sql') || !name.includes('.test.'))
      .filter((name) =>
        sqlOf(name, readFileSync(join(LEDGER, name), 'utf8')).some((sql) => volatile.test(sql)),
      )
    expect(faults).toEqual([])
  })
})

interface Constraint {
  readonly table: string
  readonly name: string
  readonly columns: string[]
}

function isMissingItsColumn({ table, columns }: Constraint): boolean {
  return !columns.includes(SHARDED_BY[table] ?? '')
}

/** Unique indexes (primary keys among them) and foreign keys of the sharded tables. */
async function constraints({ sql }: TestLedger): Promise<Constraint[]> {
  const rows = await sql<{ table: string; name: string; columns: string }[]>`
    select i.indrelid::regclass::text as table, i.indexrelid::regclass::text as name,
      (select string_agg(attname, ',') from pg_attribute
        where attrelid = i.indrelid and attnum = any (i.indkey)) as columns
    from pg_index i join pg_class c on c.oid = i.indrelid and c.relnamespace = 'public'::regnamespace
    where i.indisunique
    union all
    select f.conrelid::regclass::text, f.conname::text,
      (select string_agg(attname, ',') from pg_attribute
        where attrelid = f.conrelid and attnum = any (f.conkey))
    from pg_constraint f where f.contype = 'f' and f.connamespace = 'public'::regnamespace`
  return rows
    .filter(({ table }) => SHARDED_BY[table] !== undefined)
    .map(({ columns, ...row }) => ({ ...row, columns: columns.split(',') }))
}

/** The template strings of a file of ours: its SQL. Any other text is SQL as a whole. */
function sqlOf(name: string, text: string): string[] {
  if (name.endsWith('.sql')) return [text]
  return [...text.matchAll(/sql(?:<[^`]*?>)?`([^`]*)`/g)].map(([, sql = '']) => sql)
}

describe('a writer that keeps to one account', () => {
  /** Transactions of the database, each with the accounts whose rows it wrote. */
  async function accountsOfCommits(prefix: string): Promise<string[][]> {
    const unions = OF_AN_ACCOUNT.filter((table) => table !== 'invoice_delta').map(
      (table) => `select xmin::text as commit, account_id from ${table}`,
    )
    const rows = await ledger.sql.unsafe<{ accounts: string }[]>(
      `select string_agg(distinct account_id, ',') as accounts from (${unions.join(' union all ')}) w
       where account_id like '${prefix}%' group by commit`,
    )
    return rows.map(({ accounts }) => accounts.split(','))
  }

  async function work(prefix: string, acrossAccounts: boolean): Promise<string[]> {
    const writer = ledger.writer({ lanes: 2, acrossAccounts })
    const accounts = Array.from({ length: 6 }, (_, index) => `${prefix}-${index}`)
    const opened = accounts.map((id) => writer.submit(ledger.on(id, opening(id))))
    expect(tally(await outcomesOf(opened))).toEqual({ done: 6 })
    const holds = accounts.flatMap((id) =>
      Array.from({ length: 20 }, () => ({ id, hold: hold(10n) })),
    )
    const held = await outcomesOf(
      holds.map(({ id, hold }, n) =>
        writer.submit(ledger.on(id, hold, n % 3 === 0 ? keyed(`${prefix} ${n}`, id) : undefined)),
      ),
    )
    const settled = await outcomesOf(
      holds.map(({ id, hold }) =>
        writer.submit(ledger.on(id, settlement(hold.transactionId, 10n))),
      ),
    )
    await writer.close()
    return [...held, ...settled]
  }

  test('does all that another does', async () => {
    expect(tally(await work('single', false))).toEqual({ done: 240 })
  })

  test('writes rows of one account in a commit', async () => {
    const commits = await accountsOfCommits('single')
    expect(commits.length).toBeGreaterThanOrEqual(6)
    expect(commits.filter((accounts) => accounts.length > 1)).toEqual([])
  })

  test('(control: one that does not keep to it is found)', async () => {
    expect(tally(await work('shared', true))).toEqual({ done: 240 })
    const commits = await accountsOfCommits('shared')
    expect(commits.some((accounts) => accounts.length > 1)).toBe(true)
  })

  test('names the account in every lock and change', async () => {
    const proxy = await DatabaseProxy.before(ledger.url)
    const texts: string[] = []
    proxy.judge = ({ type, text }) => {
      if (type === 'P') texts.push(text.split('\0')[1] ?? '')
      return 'pass'
    }
    const writer = ledger.writer({ url: proxy.url, lanes: 1, acrossAccounts: false })
    const first = hold(10n)
    await writer.submit(ledger.on('named', opening('named')))
    await writer.submit(ledger.on('named', first))
    await writer.submit(ledger.on('named', settlement(first.transactionId, 5n, false)))
    await writer.submit(ledger.on('named', settlement(first.transactionId, 8n)))
    await writer.close()
    await proxy.close()

    const locks = texts.filter((text) =>
      /\bfor (update|no key update|share|key share)\b/.test(text),
    )
    const changes = texts.filter((text) => /^\s*(update|delete)\b/.test(text))
    expect(locks.length).toBeGreaterThan(0)
    expect(changes.length).toBeGreaterThanOrEqual(2)
    expect(locks.filter((text) => !/a\.account_id = \$\d+\b/.test(text))).toEqual([])
    expect(locks.filter((text) => /unnest/.test(text))).toEqual([])
    expect(changes.filter((text) => !/and t\.account_id = \$\d+$/.test(text))).toEqual([])
  })
})

test('a database without Citus says so and stays as it was', async () => {
  expect(await isDistributed(ledger.sql)).toBe(false)
  const { code, stderr } = await runFiado(['migrate', '--distribute'], { databaseUrl: ledger.url })
  expect(stderr).toContain('has no Citus')
  expect(code).toBe(1)
})

const { FIADO_CITUS_URL } = process.env
if (!FIADO_CITUS_URL) {
  console.log(
    'Skipped: the test on Citus needs FIADO_CITUS_URL, an empty database with the extension',
  )
}

test.skipIf(!FIADO_CITUS_URL)('distributes an empty database of Citus', async () => {
  const url = FIADO_CITUS_URL ?? ''
  await migrate(url, MIGRATIONS)
  const sql = connect(url, { max: 1 })
  await distribute(sql)
  expect(await isDistributed(sql)).toBe(true)
  expect(await distribute(sql)).toEqual([])
  await sql.end()
})
