/**
 * Recomputes everything from the ledger alone and compares it with what is stored: accounts,
 * transactions, invoices, holders, debits and claims, and the totals that each entry carries. The
 * running totals of the invoices are compared with the invoices.
 */
import type { Account, Holder } from '../credit/account.ts'
import { claimsOf } from '../credit/claims.ts'
import { decodeEvent, type Event } from '../credit/events.ts'
import { evolve } from '../credit/evolve.ts'
import { emailKey } from '../credit/identity.ts'
import { type Invoice, invoiceIdOf } from '../credit/invoice.ts'
import { dayAt } from '../credit/schedule.ts'
import { statementLine } from '../credit/statement.ts'
import type { Transaction } from '../credit/transaction.ts'
import { EMPTY_VIEW, type View } from '../credit/view.ts'
import { arrayOf } from '../postgres/array.ts'
import type { Sql } from '../postgres/connect.ts'
import {
  type AccountRow,
  type HolderRow,
  type InvoiceRow,
  type TransactionRow,
  toAccount,
  toHolder,
  toInvoice,
  toTransaction,
} from './rows.ts'

export interface Verification {
  readonly accounts: number
  readonly entries: number
  readonly transactions: number
  readonly invoices: number
  readonly holders: number
  readonly debits: number
  readonly claims: number
  /** What does not agree, a line each; the first {@link MAX_DRIFT} of them. */
  readonly drift: string[]
  readonly driftCount: number
}

/** Lines of drift that are kept. */
export const MAX_DRIFT = 100

const ACCOUNTS_A_PAGE = 200

interface StoreRow {
  store_id: number
  time_zone: string
}

/** An invoice with the days under which the totals count it. */
type DatedRow = InvoiceRow & { created_on: Date; due_on: Date }

interface EntryRow {
  account_id: string
  seq: bigint
  at: Date
  kind: string
  origin: string | null
  value: bigint | null
  credit_limit: bigint
  tolerance: bigint
  owed: bigint
  held: bigint
  data: string
}

/** Everything that is stored of one account, or that its ledger says of it. */
interface Book {
  account: Account | undefined
  holders: readonly Holder[]
  readonly transactions: Map<string, Transaction>
  readonly invoices: Map<string, Invoice>
  readonly debits: Map<string, bigint>
}

type Counts = { -readonly [K in keyof Omit<Verification, 'drift' | 'driftCount'>]: number }

/** Checks one store, or all; `onProgress` is told how many accounts are done. */
export async function verify(
  sql: Sql,
  storeId: number | undefined,
  onProgress: (accounts: number) => void = () => undefined,
): Promise<Verification> {
  const report = new Report()
  const stores = await sql<StoreRow[]>`
    select store_id, time_zone from store
    ${storeId === undefined ? sql`` : sql`where store_id = ${storeId}`} order by store_id`
  for (const store of stores) {
    // One snapshot for all tables: writers may go on meanwhile.
    await sql.begin('isolation level repeatable read read only', async (snapshot) => {
      await verifyStore(snapshot as unknown as Sql, store, report, onProgress)
    })
  }
  return report.result()
}

class Report {
  readonly counts: Counts = {
    accounts: 0,
    entries: 0,
    transactions: 0,
    invoices: 0,
    holders: 0,
    debits: 0,
    claims: 0,
  }
  readonly #drift: string[] = []
  #driftCount = 0

  drift(line: string): void {
    this.#driftCount += 1
    if (this.#drift.length < MAX_DRIFT) this.#drift.push(line)
  }

  result(): Verification {
    return { ...this.counts, drift: this.#drift, driftCount: this.#driftCount }
  }
}

async function verifyStore(
  sql: Sql,
  store: StoreRow,
  report: Report,
  onProgress: (accounts: number) => void,
): Promise<void> {
  const { store_id: storeId } = store
  let after = ''
  for (;;) {
    const ids = await nextAccounts(sql, storeId, after)
    if (ids.length === 0) break
    await verifyPage(sql, store, ids, report)
    after = ids.at(-1) ?? after
    onProgress(report.counts.accounts)
  }
  await verifyOrphans(sql, storeId, report)
  await verifyTotals(sql, storeId, 'invoice_total_by_due', ['due_on', 'status'], report)
  await verifyTotals(
    sql,
    storeId,
    'invoice_total_by_creation',
    ['created_on', 'due_on', 'status'],
    report,
  )
}

/** Accounts with a row or with entries: neither may be without the other. */
async function nextAccounts(sql: Sql, storeId: number, after: string): Promise<string[]> {
  const rows = await sql<{ account_id: string }[]>`
    (select account_id from account
      where store_id = ${storeId} and account_id > ${after}
      order by account_id limit ${ACCOUNTS_A_PAGE})
    union
    (select account_id from entry
      where store_id = ${storeId} and account_id > ${after} and seq = 1
      order by account_id limit ${ACCOUNTS_A_PAGE})
    order by account_id limit ${ACCOUNTS_A_PAGE}`
  return rows.map(({ account_id }) => account_id)
}

async function verifyPage(
  sql: Sql,
  store: StoreRow,
  ids: readonly string[],
  report: Report,
): Promise<void> {
  const { store_id: storeId } = store
  const stored = await loadStored(sql, store, ids, report)
  const claims = await loadClaims(sql, storeId, ids)
  const replayed = await replay(sql, storeId, ids, report)
  for (const id of ids) {
    const book = stored.get(id) ?? emptyBook()
    const ledger = replayed.get(id) ?? emptyBook()
    compareBooks(id, ledger, book, report)
    compareClaims(id, ledger, claims.get(id) ?? [], report)
    report.counts.accounts += 1
    report.counts.transactions += book.transactions.size
    report.counts.invoices += book.invoices.size
    report.counts.holders += book.holders.length
    report.counts.debits += book.debits.size
    report.counts.claims += claims.get(id)?.length ?? 0
  }
}

function emptyBook(): Book {
  return {
    account: undefined,
    holders: [],
    transactions: new Map(),
    invoices: new Map(),
    debits: new Map(),
  }
}

/** E-mails are found by their key, which must be that of the e-mail. */
type Keyed<T> = T & { readonly account_id: string; readonly email: string; email_key: string }

function checkKey(table: string, row: Keyed<object>, report: Report): void {
  const { account_id: id, email, email_key: key } = row
  if (emailKey(email) !== key) report.drift(`${id} ${table} email_key: differs`)
}

/** The days under which an invoice is counted are those of its instants. */
function checkDays(row: DatedRow, timeZone: string, report: Report): void {
  const { account_id: id, invoice_id: invoiceId } = row
  for (const [name, day, at] of [
    ['created_on', row.created_on, row.created_at],
    ['due_on', row.due_on, row.due_at],
  ] as const) {
    const stored = day.toISOString().slice(0, 10)
    expect(report, `${id} invoice ${invoiceId} ${name}`, dayAt(at.getTime(), timeZone).date, stored)
  }
}

async function loadStored(
  sql: Sql,
  { store_id: storeId, time_zone: timeZone }: StoreRow,
  ids: readonly string[],
  report: Report,
): Promise<Map<string, Book>> {
  const wanted = sql`store_id = ${storeId} and account_id = any (${arrayOf(ids)}::text[])`
  const books = new Map<string, Book>(ids.map((id) => [id, emptyBook()]))
  for (const row of await sql<Keyed<AccountRow>[]>`select * from account where ${wanted}`) {
    checkKey('account', row, report)
    bookOf(books, row).account = toAccount(row)
  }
  const holders = await sql<Keyed<HolderRow>[]>`
    select * from holder where ${wanted} order by created_at, holder_id`
  for (const row of holders) {
    checkKey('holder', row, report)
    const book = bookOf(books, row)
    book.holders = [...book.holders, toHolder(row)]
  }
  for (const row of await sql<TransactionRow[]>`select * from transaction where ${wanted}`) {
    bookOf(books, row).transactions.set(row.transaction_id, toTransaction(row))
  }
  for (const row of await sql<DatedRow[]>`select * from invoice where ${wanted}`) {
    checkDays(row, timeZone, report)
    bookOf(books, row).invoices.set(row.invoice_id, toInvoice(row))
  }
  const debits = await sql<{ account_id: string; statement_id: string; value: bigint }[]>`
    select account_id, statement_id, value from debit where ${wanted}`
  for (const row of debits) bookOf(books, row).debits.set(row.statement_id, row.value)
  return books
}

function bookOf(books: Map<string, Book>, { account_id }: { account_id: string }): Book {
  const known = books.get(account_id)
  if (known) return known
  const fresh = emptyBook()
  books.set(account_id, fresh)
  return fresh
}

async function loadClaims(
  sql: Sql,
  storeId: number,
  ids: readonly string[],
): Promise<Map<string, string[]>> {
  const rows = await sql<{ account_id: string; kind: string; value: string }[]>`
    select account_id, kind, value from claim
    where store_id = ${storeId} and account_id = any (${arrayOf(ids)}::text[])`
  const claims = new Map<string, string[]>()
  for (const { account_id, kind, value } of rows) {
    claims.set(account_id, [...(claims.get(account_id) ?? []), `${kind} ${value}`])
  }
  return claims
}

/** Replays the entries in their order, and checks that each carries the totals after it. */
async function replay(
  sql: Sql,
  storeId: number,
  ids: readonly string[],
  report: Report,
): Promise<Map<string, Book>> {
  const books = new Map<string, Book>()
  const cursor = sql<EntryRow[]>`
    select account_id, seq, at, kind, origin, value, credit_limit, tolerance, owed, held,
      data::text as data
    from entry
    where store_id = ${storeId} and account_id = any (${arrayOf(ids)}::text[])
    order by account_id, seq`.cursor(1_000)
  for await (const rows of cursor) {
    for (const row of rows) replayEntry(bookOf(books, row), row, report)
  }
  return books
}

function replayEntry(book: Book, row: EntryRow, report: Report): void {
  const { account_id: id } = row
  report.counts.entries += 1
  try {
    const event = decodeEvent(row.data)
    const at = row.at.getTime()
    if (book.account && at < book.account.updatedAt) report.drift(`${id} #${row.seq}: out of order`)
    expect(report, `${id} #${row.seq} kind`, event.type, row.kind)
    compareLine(row, event, book.account, report)
    apply(book, id, event, at)
  } catch (error) {
    report.drift(`${id} #${row.seq}: cannot be replayed: ${(error as Error).message}`)
    return
  }
  const { account } = book
  if (!account) return
  expect(report, `${id} #${row.seq} seq`, BigInt(account.seq), row.seq)
  expect(report, `${id} #${row.seq} limit`, account.limit, row.credit_limit)
  expect(report, `${id} #${row.seq} tolerance`, account.tolerance, row.tolerance)
  expect(report, `${id} #${row.seq} owed`, account.owed, row.owed)
  expect(report, `${id} #${row.seq} held`, account.held, row.held)
}

function compareLine(
  row: EntryRow,
  event: Event,
  before: Account | undefined,
  report: Report,
): void {
  const line = statementLine(event, before)
  expect(report, `${row.account_id} #${row.seq} origin`, line?.origin ?? null, row.origin)
  expect(report, `${row.account_id} #${row.seq} value`, line?.value ?? null, row.value)
}

function apply(book: Book, id: string, event: Event, at: number): void {
  const transactionId = 'transactionId' in event ? event.transactionId : undefined
  const before: View = {
    ...EMPTY_VIEW,
    account: book.account,
    holders: book.holders,
    transaction: transactionId ? book.transactions.get(transactionId) : undefined,
    invoices: transactionId ? invoicesOf(book, transactionId) : [],
  }
  const after = evolve(before, id, event, at)
  book.account = after.account
  book.holders = after.holders
  if (after.transaction) book.transactions.set(after.transaction.id, after.transaction)
  for (const invoice of after.invoices) {
    book.invoices.set(invoiceIdOf(invoice.transactionId, invoice.installment), invoice)
  }
  if (event.type === 'Debited') book.debits.set(event.statementId, event.value)
}

function invoicesOf(book: Book, transactionId: string): Invoice[] {
  const count = book.transactions.get(transactionId)?.invoiceCount ?? 0
  const invoices: Invoice[] = []
  for (let installment = 1; installment <= count; installment += 1) {
    const invoice = book.invoices.get(invoiceIdOf(transactionId, installment))
    if (invoice) invoices.push(invoice)
  }
  return invoices
}

function compareBooks(id: string, ledger: Book, stored: Book, report: Report): void {
  compareAccounts(id, ledger.account, stored.account, report)
  compareMaps(`${id} transaction`, ledger.transactions, stored.transactions, report)
  compareMaps(`${id} invoice`, ledger.invoices, stored.invoices, report)
  compareMaps(`${id} debit`, ledger.debits, stored.debits, report)
  const byId = (holders: readonly Holder[]) => new Map(holders.map((holder) => [holder.id, holder]))
  compareMaps(`${id} holder`, byId(ledger.holders), byId(stored.holders), report)
  compareSums(id, stored, report)
}

/** What is owed and held must also be what the invoices, debits and holds themselves sum to. */
function compareSums(id: string, { account, transactions }: Book, report: Report): void {
  if (!account) return
  let held = 0n
  let earliest = Number.POSITIVE_INFINITY
  for (const transaction of transactions.values()) {
    held += transaction.held
    if (transaction.held > 0n) earliest = Math.min(earliest, transaction.expiresAt)
  }
  expect(report, `${id} held is the sum of its holds`, held, account.held)
  if (held > 0n && (account.nextExpiry ?? Number.POSITIVE_INFINITY) > earliest) {
    report.drift(`${id} next expiry: a hold expires before it`)
  }
}

/** `nextExpiry` is a bound and no total: it may be earlier than what the ledger gives. */
function compareAccounts(
  id: string,
  ledger: Account | undefined,
  stored: Account | undefined,
  report: Report,
): void {
  const bare = (account: Account | undefined) => account && { ...account, nextExpiry: null }
  compareFields(`${id} account`, bare(ledger), bare(stored), report)
}

function compareMaps<T>(
  label: string,
  ledger: ReadonlyMap<string, T>,
  stored: ReadonlyMap<string, T>,
  report: Report,
): void {
  for (const key of new Set([...ledger.keys(), ...stored.keys()])) {
    compareFields(`${label} ${key}`, ledger.get(key), stored.get(key), report)
  }
}

function compareFields(label: string, ledger: unknown, stored: unknown, report: Report): void {
  if (typeof ledger !== 'object' || typeof stored !== 'object' || !ledger || !stored) {
    expect(report, label, ledger, stored)
    return
  }
  for (const [field, value] of Object.entries(ledger)) {
    expect(report, `${label} ${field}`, value, (stored as Record<string, unknown>)[field])
  }
}

function compareClaims(id: string, ledger: Book, stored: readonly string[], report: Report): void {
  const expected = claimedBy(ledger)
  if (!expected) {
    report.drift(`${id} claims: the ledger does not tell them`)
    return
  }
  const isSame = expected.size === stored.length && stored.every((claim) => expected.has(claim))
  if (!isSame) report.drift(`${id} claims: ${expected.size} by the ledger, ${stored.length} stored`)
}

/** Undefined where entries that were tampered with lack what is claimed. */
function claimedBy({ account, holders }: Book): Set<string> | undefined {
  try {
    return new Set(claimsOf(account, holders).map(({ kind, value }) => `${kind} ${value}`))
  } catch {
    return undefined
  }
}

/** Rows of accounts that do not exist. */
async function verifyOrphans(sql: Sql, storeId: number, report: Report): Promise<void> {
  for (const table of ['transaction', 'invoice', 'holder', 'debit', 'claim', 'entry']) {
    const rows = await sql<{ account_id: string }[]>`
      select distinct t.account_id from ${sql(table)} t
      where t.store_id = ${storeId} and not exists (
        select from account a where a.store_id = t.store_id and a.account_id = t.account_id)
      limit ${MAX_DRIFT}`
    for (const { account_id } of rows) report.drift(`${account_id} ${table}: there is no account`)
  }
}

interface TotalRow {
  cell: string
  counted: bigint
  counted_value: bigint
  invoices: bigint
  value: bigint
}

/** The running totals, folded or not, must be what the invoices themselves sum to. */
async function verifyTotals(
  sql: Sql,
  storeId: number,
  table: string,
  key: readonly string[],
  report: Report,
): Promise<void> {
  const cell = key.map((column) => sql`${sql(column)}::text`)
  const label = cell.reduce((left, right) => sql`${left} || ' ' || ${right}`)
  const rows = await sql<TotalRow[]>`
    with stored as (
      select cell, sum(invoices)::bigint as invoices, sum(value)::bigint as value from (
        select ${label} as cell, invoices, value from ${sql(table)} where store_id = ${storeId}
        union all
        select ${label}, invoices, value from invoice_delta where store_id = ${storeId}
      ) as parts group by cell
    ), counted as (
      select ${label} as cell, count(*)::bigint as invoices, sum(value)::bigint as value
      from invoice where store_id = ${storeId} group by 1
    )
    select cell, coalesce(c.invoices, 0) as counted, coalesce(c.value, 0) as counted_value,
      coalesce(s.invoices, 0) as invoices, coalesce(s.value, 0) as value
    from stored s full join counted c using (cell)
    where (coalesce(c.invoices, 0), coalesce(c.value, 0))
      <> (coalesce(s.invoices, 0), coalesce(s.value, 0))
    order by cell`
  for (const row of rows) {
    expect(report, `${table} ${row.cell} invoices`, row.counted, row.invoices)
    expect(report, `${table} ${row.cell} value`, row.counted_value, row.value)
  }
}

/** Personal data never shows: values that may be some are only said to differ. */
const PRIVATE = /email|document|holder|observation|paymentLink|reason/i

function expect(report: Report, label: string, ledger: unknown, stored: unknown): void {
  if (ledger === stored) return
  const values = PRIVATE.test(label)
    ? 'differs'
    : `${show(ledger)} by the ledger, ${show(stored)} stored`
  report.drift(`${label}: ${values}`)
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  return typeof value === 'object' && value !== null ? 'a record' : String(value)
}
