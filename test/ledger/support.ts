/** A ledger without HTTP around it: a database of its own, a store, and writers with set clocks. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command, CommandOf } from '../../src/credit/commands.ts'
import type { StoreConfigChange } from '../../src/credit/store.ts'
import type { Idempotency, Outcome, Submission, WriteResult } from '../../src/ledger/job.ts'
import { changeConfig, createStore } from '../../src/ledger/stores.ts'
import { type Verification, verify } from '../../src/ledger/verify.ts'
import { Writer, type WriterOptions } from '../../src/ledger/writer.ts'
import type { Sql } from '../../src/postgres/connect.ts'
import { createDatabase } from '../support/database.ts'
import { Clock } from '../support/server.ts'

export interface TestLedger {
  readonly url: string
  readonly sql: Sql
  readonly clock: Clock
  readonly storeId: number
  /** A writer of its own connections; closed with the ledger. */
  writer(options?: Partial<WriterOptions>): Writer
  configure(change: StoreConfigChange): Promise<void>
  /** One command of the store of the ledger. */
  on(accountId: string, command: Command, idempotency?: Idempotency): Submission
  /** The drift that `verify` finds. */
  drift(): Promise<Verification['drift']>
  close(): Promise<void>
}

export async function createLedger(): Promise<TestLedger> {
  const database = await createDatabase()
  const { url, sql } = database
  const clock = new Clock()
  const writers: Writer[] = []
  const store = { name: 'main', currency: 'BRL', timeZone: 'America/Sao_Paulo' }
  const { storeId } = await createStore(sql, store, 'test', clock.now)
  return {
    url,
    sql,
    clock,
    storeId,
    writer: (options) => {
      const writer = new Writer({ url, now: clock.read, ...options })
      writers.push(writer)
      return writer
    },
    configure: async (change) => {
      await changeConfig(sql, { storeId, change, doneBy: 'test', now: clock.now })
    },
    on: (accountId, command, idempotency) => ({
      storeId,
      accountId,
      command,
      doneBy: 'test',
      ...(idempotency && { idempotency }),
    }),
    drift: async () => (await verify(sql, undefined)).drift,
    close: async () => {
      await Promise.all(writers.map((writer) => within(10_000, writer.close())))
      await database.drop()
    },
  }
}

/** 32 random hex digits, as the API makes them. */
export function newId(): string {
  return randomBytes(16).toString('hex').toUpperCase()
}

/** Opens an account for a buyer of its own; the name makes document and e-mail. */
export function opening(
  name: string,
  limit: bigint = 100_000n,
  overrides: Partial<CommandOf<'openAccount'>> = {},
): CommandOf<'openAccount'> {
  const document = `DOC${name.replace(/[^A-Za-z0-9]/g, '')}`
  const buyer = { document, documentType: 'Other', email: `${name}@exemplo.com.br` }
  return { type: 'openAccount', ...buyer, limit, tolerance: 0n, ...overrides }
}

/** A hold of one instalment that lives 30 days. */
export function hold(
  value: bigint,
  overrides: Partial<CommandOf<'authorize'>> = {},
): CommandOf<'authorize'> {
  return {
    type: 'authorize',
    transactionId: newId(),
    friendlyCode: 'ABCD1234',
    value,
    settle: false,
    installments: 1,
    expiresAt: null,
    orderId: null,
    holder: null,
    conditionId: null,
    buyer: null,
    ...overrides,
  }
}

export function settlement(
  transactionId: string,
  total: bigint,
  final: boolean = true,
): CommandOf<'settle'> {
  return { type: 'settle', transactionId, total, final }
}

/** An Idempotency-Key whose answer names what the command made. */
export function keyed(key: string, scope: string = '', fingerprint: string = key): Idempotency {
  return { key, scope, fingerprint, render: rendered }
}

function rendered(outcome: Outcome) {
  if (outcome.kind === 'refused') return { status: 409, body: outcome.refusal.reason }
  const { view, events } = outcome
  const { id = '' } = view.transaction ?? {}
  return { status: 200, body: `${view.account?.id} ${id} ${events.length}` }
}

/** What came of a submission, in one word: `done`, `replayed`, a reason, or the name of an error. */
export async function outcomeOf(result: Promise<WriteResult>): Promise<string> {
  try {
    const found = await result
    return found.kind === 'refused' ? found.refusal.reason : found.kind
  } catch (error) {
    return (error as Error).name
  }
}

/** The same for many, in their order. */
export function outcomesOf(results: readonly Promise<WriteResult>[]): Promise<string[]> {
  return Promise.all(results.map(outcomeOf))
}

/** How often each word stands in a list. */
export function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}

/** The result of `work`, or an error where it takes too long: a lane that hangs fails, not waits. */
export async function within<T>(limit_ms: number, work: Promise<T>): Promise<T> {
  const over = new AbortController()
  const late = sleep(limit_ms, undefined, { signal: over.signal }).then(
    () => Promise.reject(new Error(`Nothing came within ${limit_ms} ms`)),
    () => undefined as never,
  )
  try {
    return await Promise.race([work, late])
  } finally {
    over.abort()
  }
}

/** Holds the row of an account until the function that it answers is called. */
export async function lockAccount(sql: Sql, accountId: string): Promise<() => Promise<void>> {
  const locker = await sql.reserve()
  await locker`begin`
  await locker`select from account where account_id = ${accountId} for update`
  return async () => {
    await locker`rollback`
    locker.release()
  }
}

/** Waits until the database says so. */
export async function until(isSo: () => Promise<boolean>, limit_ms: number = 10_000) {
  const deadline = performance.now() + limit_ms
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`It was not so within ${limit_ms} ms`)
    await sleep(5)
  }
}

/** How many connections of writers wait for a lock. */
export async function waitingForLocks(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::integer as count from pg_stat_activity
    where datname = current_database() and application_name like 'fiado writer%'
      and wait_event_type = 'Lock'`
  return row?.count ?? 0
}
