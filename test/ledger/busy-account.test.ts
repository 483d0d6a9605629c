/**
 * A write reads what it names, however much its account has and whatever PostgreSQL knows of its
 * tables: a store that is an hour old has no statistics yet.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MAX_INSTALLMENTS } from '../../src/credit/transaction.ts'
import {
  createLedger,
  hold,
  newId,
  opening,
  outcomesOf,
  settlement,
  type TestLedger,
  tally,
  until,
} from './support.ts'

const ACCOUNT = 'busy'
const ORDERS = 40
const INVOICES = ORDERS * MAX_INSTALLMENTS
const VALUE = BigInt(MAX_INSTALLMENTS)
const WRITES = 30
/** Rows that one write may have read from indexes: the account, its transaction, its invoices. */
const A_WRITE_READS = 2 * MAX_INSTALLMENTS + 20

let ledger: TestLedger
const orders = Array.from({ length: ORDERS }, newId)

beforeAll(async () => {
  ledger = await createLedger()
  await ledger.sql`alter table invoice set (autovacuum_enabled = false)`
  await ledger.sql`alter table transaction set (autovacuum_enabled = false)`
  const writer = ledger.writer()
  const submit = (command: Parameters<TestLedger['on']>[1]) =>
    writer.submit(ledger.on(ACCOUNT, command))
  await submit(opening(ACCOUNT, VALUE * BigInt(ORDERS)))
  const holds = orders.map((transactionId) =>
    submit(hold(VALUE, { transactionId, settle: true, installments: MAX_INSTALLMENTS })),
  )
  const settlements = orders.map((transactionId) => submit(settlement(transactionId, VALUE)))
  expect(tally(await outcomesOf([...holds, ...settlements]))).toEqual({ done: 2 * ORDERS })
  await writer.close()
})
afterAll(async () => {
  expect(await ledger.drift()).toEqual([])
  await ledger.close()
})

/** Rows that look-ups in the indexes of these tables have given, ever. */
async function rowsRead(): Promise<number> {
  const [row] = await ledger.sql<{ read: number }[]>`
    select sum(idx_tup_read)::integer as read from pg_stat_user_indexes
    where relname in ('account', 'transaction', 'invoice')`
  return row?.read ?? 0
}

/** What the sessions of writers read counts when they are gone. */
async function untilCounted(): Promise<void> {
  await until(async () => {
    const [row] = await ledger.sql<{ count: number }[]>`
      select count(*)::integer as count from pg_stat_activity
      where datname = current_database() and application_name like 'fiado writer%'`
    return row?.count === 0
  })
}

test('payments and refunds in an account with thousands of invoices read those alone', async () => {
  await untilCounted()
  const [analyzed] = await ledger.sql<{ reltuples: number }[]>`
    select reltuples from pg_class where relname = 'invoice'`
  expect(analyzed?.reltuples).toBe(-1)
  const before = await rowsRead()
  const writer = ledger.writer()
  for (let index = 0; index < WRITES; index += 1) {
    const transactionId = orders[index] ?? ''
    const command =
      index % 2 === 0
        ? { type: 'payInvoice' as const, invoiceId: `${transactionId}-07` }
        : { type: 'refund' as const, transactionId, value: 1n }
    const [outcome] = await outcomesOf([writer.submit(ledger.on(ACCOUNT, command))])
    expect(outcome).toBe('done')
  }
  await writer.close()
  await untilCounted()
  const read = (await rowsRead()) - before
  expect(read).toBeGreaterThan(WRITES)
  expect(read).toBeLessThan(WRITES * A_WRITE_READS)
  expect(WRITES * A_WRITE_READS).toBeLessThan((WRITES * INVOICES) / 10)
})
