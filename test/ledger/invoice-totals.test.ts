/** The running totals are exact at every instant: while writers write and folds fold. */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dayAt } from '../../src/credit/schedule.ts'
import { foldInvoiceTotals, rebuildInvoiceTotals } from '../../src/ledger/invoice-totals.ts'
import type { Sql } from '../../src/postgres/connect.ts'
import { MIGRATIONS } from '../../src/setup.ts'
import { createDatabase } from '../support/database.ts'
import {
  createLedger,
  hold,
  opening,
  outcomesOf,
  settlement,
  type TestLedger,
  tally,
} from './support.ts'

let ledger: TestLedger

beforeAll(async () => {
  ledger = await createLedger()
})
afterAll(() => ledger.close())

/** Cells in which the totals and the invoices differ, in one statement: of one snapshot. */
async function differences(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    with total as (
      select due_on, status, sum(invoices) as invoices, sum(value) as value from (
        select due_on, status, invoices, value from invoice_total_by_due
        union all select due_on, status, invoices, value from invoice_delta
      ) as cell group by due_on, status having sum(invoices) <> 0 or sum(value) <> 0
    ), created as (
      select due_on, status, sum(invoices) as invoices, sum(value) as value from (
        select due_on, status, invoices, value from invoice_total_by_creation
        union all select due_on, status, invoices, value from invoice_delta
      ) as cell group by due_on, status having sum(invoices) <> 0 or sum(value) <> 0
    ), actual as (
      select due_on, status, count(*) as invoices, sum(value) as value
      from invoice group by due_on, status
    )
    select count(*)::integer as count
    from actual a full join total t using (due_on, status) full join created c using (due_on, status)
    where (a.invoices, a.value) is distinct from (t.invoices, t.value)
      or (a.invoices, a.value) is distinct from (c.invoices, c.value)`
  return row?.count ?? -1
}

async function rowsOf(sql: Sql, table: string): Promise<number> {
  const [row] = await sql`select count(*)::integer as count from ${sql(table)}`
  return row?.count
}

test('two servers write, two fold, and who reads meanwhile never sees a wrong total', async () => {
  const { sql, clock } = ledger
  const writers = [ledger.writer(), ledger.writer()]
  const names = ['ana', 'bia', 'caio', 'davi', 'eva', 'fabio']
  await Promise.all(
    names.map((name) => writers[0]?.submit(ledger.on(name, opening(name, 10n ** 12n)))),
  )
  let isOver = false
  const folded = [0, 0]
  const folding = folded.map(async (_, index) => {
    while (!isOver) {
      folded[index] = (folded[index] ?? 0) + (await foldInvoiceTotals(sql, 5))
      await sleep(1)
    }
  })
  const seen: number[] = []
  const reading = (async () => {
    while (!isOver) seen.push(await differences(sql))
  })()
  const outcomes: string[] = []
  // Every account is written by both servers at once, so batches conflict and are decided again.
  const work = writers.flatMap((writer) =>
    names.map(async (name, index) => {
      for (let round = 0; round < 25; round += 1) {
        const order = hold(BigInt(10 + index), { installments: 3 })
        const { transactionId } = order
        const invoiceId = `${transactionId}-01`
        outcomes.push(
          ...(await outcomesOf([
            writer.submit(ledger.on(name, order)),
            writer.submit(ledger.on(name, settlement(transactionId, order.value))),
            writer.submit(ledger.on(name, { type: 'payInvoice', invoiceId })),
          ])),
          ...(await outcomesOf([
            writer.submit(ledger.on(name, { type: 'refund', transactionId, value: 4n })),
          ])),
        )
        clock.advance(3_600_000)
      }
    }),
  )
  await Promise.all(work)
  isOver = true
  await Promise.all([...folding, reading])

  expect(tally(outcomes)).toEqual({ done: 25 * 4 * names.length * 2 })
  expect(seen.length).toBeGreaterThan(10)
  expect(new Set(seen)).toEqual(new Set([0]))
  expect(Math.min(...folded)).toBeGreaterThan(0)
  await foldInvoiceTotals(sql)
  expect(await rowsOf(sql, 'invoice_delta')).toBe(0)
  expect(await differences(sql)).toBe(0)
  expect(await ledger.drift()).toEqual([])
})

test('the reader of that test sees what is wrong: a delta that went without a fold', async () => {
  const { sql } = ledger
  await sql`insert into invoice_delta
    select store_id, 'x', created_on, due_on, status, 1, 0 from invoice limit 1`
  expect(await differences(sql)).toBe(1)
  await sql`delete from invoice_delta`
})

test('a fold that another one keeps out does nothing, and one that is cut leaves all as it was', async () => {
  const { sql } = ledger
  await sql`insert into invoice_delta
    select store_id, 'x', created_on, due_on, status, 0, 0 from invoice limit 9`
  const other = await sql.reserve()
  await other`begin`
  await other`select pg_advisory_xact_lock(${0x66_6f_6c_64}::bigint)`
  expect(await foldInvoiceTotals(sql)).toBe(0)
  await other`rollback`
  other.release()
  await sql`alter table invoice_total_by_creation add constraint broken check (invoices is null) not valid`
  await expect(foldInvoiceTotals(sql)).rejects.toThrow('broken')
  expect(await rowsOf(sql, 'invoice_delta')).toBe(9)
  await sql`alter table invoice_total_by_creation drop constraint broken`
  expect(await foldInvoiceTotals(sql, 4)).toBe(9)
  expect(await differences(sql)).toBe(0)
})

test('a batch writes no delta for what nets to nothing', async () => {
  const { sql } = ledger
  const writer = ledger.writer({ lanes: 1 })
  const order = hold(10n)
  const { transactionId } = order
  const invoiceId = `${transactionId}-01`
  const change = { type: 'changeInvoice', invoiceId, mayPay: true } as const
  await outcomesOf(
    [order, settlement(transactionId, 10n)].map((c) => writer.submit(ledger.on('ana', c))),
  )
  await foldInvoiceTotals(sql)
  await outcomesOf([
    writer.submit(ledger.on('ana', { ...change, observation: 'a note' })),
    writer.submit(ledger.on('ana', { ...change, status: 'Paid' })),
    writer.submit(ledger.on('ana', { ...change, status: 'Opened' })),
  ])
  expect(await rowsOf(sql, 'invoice_delta')).toBe(0)
  await outcomesOf([writer.submit(ledger.on('ana', { ...change, status: 'Paid' }))])
  expect(await rowsOf(sql, 'invoice_delta')).toBe(2)
})

test('rebuilding makes the same totals', async () => {
  const { sql } = ledger
  await foldInvoiceTotals(sql)
  const totals = () => sql`
    select * from invoice_total_by_creation where invoices <> 0 order by 1, 2, 3, 4`
  const before = await totals()
  await sql`update invoice_total_by_due set invoices = 7`
  await rebuildInvoiceTotals(sql)
  expect([...(await totals())]).toEqual([...before])
  expect(await differences(sql)).toBe(0)
  expect(await ledger.drift()).toEqual([])
})

test('the migration fills the days and the totals of what was there', async () => {
  const database = await createDatabase()
  const { sql } = database
  try {
    await sql.unsafe('drop schema public cascade; create schema public').simple()
    await applyMigration(sql, '000001_')
    await sql`insert into store values
      (1, 'a', 'BRL', 2, 'America/Sao_Paulo', 1, '{}', now()),
      (2, 'b', 'USD', 2, 'Australia/Lord_Howe', 1, '{}', now())`
    await sql`insert into invoice
      select 1 + n % 2, 'account-' || n % 5, lpad(n::text, 32, '0') || '-01', lpad(n::text, 32, '0'),
        'f', 1, 1, 1, n, 0, (array['Opened', 'Paid', 'Cancelled'])[1 + n % 3],
        at + interval '30 days', at, 0, 0, null, null, null, at, at, null
      from generate_series(1, 3000) n,
        lateral (select timestamptz '2017-06-01 00:00Z' + n * interval '67 minutes 0.999 seconds') u (at)`
    await applyMigration(sql, '000002_')
    const rows = await sql<Record<string, string | Date>[]>`
      select i.created_at, i.due_at, i.created_on::text, i.due_on::text, s.time_zone
      from invoice i join store s using (store_id)`
    const wrong = rows.filter(
      ({ created_at, due_at, created_on, due_on, time_zone }) =>
        dayAt(Number(created_at), `${time_zone}`).date !== created_on ||
        dayAt(Number(due_at), `${time_zone}`).date !== due_on,
    )
    expect(rows).toHaveLength(3_000)
    expect(wrong).toEqual([])
    const perStore = await sql`
      select store_id, sum(invoices)::integer as invoices, sum(value)::integer as value
      from invoice_total_by_due group by store_id order by store_id`
    expect([...perStore]).toEqual([
      { store_id: 1, invoices: 1_500, value: (3_000 / 2) * 1_501 },
      { store_id: 2, invoices: 1_500, value: (3_000 / 2) * 1_500 },
    ])
    expect(await differences(sql)).toBe(0)
  } finally {
    await database.drop()
  }
})

async function applyMigration(sql: Sql, number: string): Promise<void> {
  const name = readdirSync(MIGRATIONS).find((file) => file.startsWith(number))
  await sql.unsafe(readFileSync(new URL(name ?? '', MIGRATIONS), 'utf8')).simple()
}
