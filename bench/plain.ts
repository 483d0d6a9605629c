/**
 * The plain way, a process of its own: the same driver and tables, no HTTP, and one transaction
 * for each request, as it is written everywhere. What Fiado is measured against.
 */
import { randomBytes } from 'node:crypto'
import postgres from 'postgres'

export interface PlainJob {
  readonly url: string
  readonly kind: 'authorize' | 'order'
  readonly clients: number
  readonly accounts: readonly string[]
  readonly warmUp_ms: number
  readonly measure_ms: number
}

export interface PlainSeen {
  readonly perSecond: number
  readonly done: number
}

type Sql = postgres.TransactionSql<{ bigint: bigint }>

const STORE_ID = 1
const VALUE = 100n
const DAY_MS = 86_400_000

interface AccountRow {
  credit_limit: bigint
  owed: bigint
  held: bigint
  seq: bigint
}

async function lockAccount(sql: Sql, accountId: string): Promise<AccountRow> {
  const [account] = await sql<AccountRow[]>`
    select credit_limit, owed, held, seq from account
    where store_id = ${STORE_ID} and account_id = ${accountId} for update`
  if (!account) throw new Error(`There is no account ${accountId}`)
  return account
}

/** The totals after the change, in the account and in a new entry of the ledger. */
async function record(
  sql: Sql,
  accountId: string,
  { credit_limit, seq }: AccountRow,
  kind: string,
  after: { owed: bigint; held: bigint },
  data: object,
): Promise<void> {
  const at = new Date()
  await sql`
    update account set owed = ${after.owed}, held = ${after.held}, seq = ${seq + 1n}, updated_at = ${at}
    where store_id = ${STORE_ID} and account_id = ${accountId}`
  await sql`
    insert into entry (store_id, account_id, seq, at, kind, done_by, origin, value, credit_limit,
      tolerance, owed, held, data)
    values (${STORE_ID}, ${accountId}, ${seq + 1n}, ${at}, ${kind}, 'bench', null, null,
      ${credit_limit}, 0, ${after.owed}, ${after.held}, ${JSON.stringify(data)}::text::jsonb)`
}

async function authorize(sql: Sql, accountId: string, orderId: string): Promise<string> {
  const account = await lockAccount(sql, accountId)
  if (account.owed + account.held + VALUE > account.credit_limit) throw new Error('No credit')
  const id = randomBytes(16).toString('hex').toUpperCase()
  const at = new Date()
  await sql`
    insert into transaction (store_id, account_id, transaction_id, status, value, first_value, settle,
      installments, held, settled, refunded, settlements, invoice_count, expires_at, order_id, holder,
      condition_id, friendly_code, created_at, updated_at)
    values (${STORE_ID}, ${accountId}, ${id}, 'Authorized', ${VALUE}, ${VALUE}, true, 3, ${VALUE}, 0, 0,
      0, 0, ${new Date(at.getTime() + 30 * DAY_MS)}, ${orderId}, null, null, ${id.slice(0, 8)}, ${at}, ${at})`
  const after = { owed: account.owed, held: account.held + VALUE }
  await record(sql, accountId, account, 'Authorized', after, {
    type: 'Authorized',
    transactionId: id,
    orderId,
  })
  return id
}

async function settle(sql: Sql, accountId: string, id: string): Promise<void> {
  const account = await lockAccount(sql, accountId)
  const [hold] = await sql<{ held: bigint }[]>`
    select held from transaction
    where store_id = ${STORE_ID} and account_id = ${accountId} and transaction_id = ${id}`
  if (!hold) throw new Error(`There is no transaction ${id}`)
  const at = new Date()
  await sql`
    update transaction set status = 'Settled', held = 0, settled = ${hold.held}, settlements = 1,
      invoice_count = 3, updated_at = ${at}
    where store_id = ${STORE_ID} and account_id = ${accountId} and transaction_id = ${id}`
  const invoices = [1, 2, 3].map((installment) => ({
    store_id: STORE_ID,
    account_id: accountId,
    invoice_id: invoiceIdOf(id, installment),
    transaction_id: id,
    friendly_id: `${id.slice(0, 8)}-${installment}`,
    installment,
    installments: 3,
    settlement: 1,
    value: hold.held / 3n,
    credit_value: 0n,
    status: 'Opened',
    due_at: new Date(at.getTime() + installment * 30 * DAY_MS),
    original_due_at: new Date(at.getTime() + installment * 30 * DAY_MS),
    postponements: 0,
    postponed_days: 0,
    created_at: at,
    created_on: dayOf(at.getTime()),
    due_on: dayOf(at.getTime() + installment * 30 * DAY_MS),
    updated_at: at,
  }))
  await sql`insert into invoice ${sql(invoices)}`
  await sql`insert into invoice_delta ${sql(
    invoices.map(({ created_on, due_on, value }) =>
      deltaOf(accountId, { created_on, due_on, status: 'Opened', invoices: 1, value }),
    ),
  )}`
  const after = { owed: account.owed + hold.held, held: account.held - hold.held }
  await record(sql, accountId, account, 'TransactionSettled', after, {
    type: 'TransactionSettled',
    transactionId: id,
    invoices: invoices.map(({ invoice_id }) => invoice_id),
  })
}

async function pay(sql: Sql, accountId: string, id: string, installment: number): Promise<void> {
  const account = await lockAccount(sql, accountId)
  const invoiceId = invoiceIdOf(id, installment)
  const [invoice] = await sql<
    { value: bigint; status: string; created_on: string; due_on: string }[]
  >`
    select value, status, created_on::text as created_on, due_on::text as due_on from invoice
    where store_id = ${STORE_ID} and account_id = ${accountId} and invoice_id = ${invoiceId}`
  if (invoice?.status !== 'Opened') throw new Error(`${invoiceId} cannot be paid`)
  const at = new Date()
  await sql`
    update invoice set status = 'Paid', resolved_at = ${at}, updated_at = ${at}
    where store_id = ${STORE_ID} and account_id = ${accountId} and invoice_id = ${invoiceId}`
  const { created_on, due_on, value } = invoice
  await sql`insert into invoice_delta ${sql([
    deltaOf(accountId, { created_on, due_on, status: 'Opened', invoices: -1, value: -value }),
    deltaOf(accountId, { created_on, due_on, status: 'Paid', invoices: 1, value }),
  ])}`
  const after = { owed: account.owed - invoice.value, held: account.held }
  await record(sql, accountId, account, 'InvoicePaid', after, {
    type: 'InvoicePaid',
    transactionId: id,
    installment,
  })
}

interface Delta {
  readonly created_on: string
  readonly due_on: string
  readonly status: string
  readonly invoices: number
  readonly value: bigint
}

/** What changed in the running totals. */
function deltaOf(accountId: string, delta: Delta) {
  return { store_id: STORE_ID, account_id: accountId, ...delta }
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}

function invoiceIdOf(id: string, installment: number): string {
  return `${id}-${String(installment).padStart(2, '0')}`
}

async function run(job: PlainJob): Promise<PlainSeen> {
  const sql = postgres(job.url, {
    max: job.clients,
    types: { bigint: postgres.BigInt },
    fetch_types: false,
    connection: { application_name: 'bench plain' },
  })
  const accountOf = (n: number) => job.accounts[(n * 7919) % job.accounts.length] ?? ''
  const unit = async (n: number): Promise<void> => {
    const accountId = accountOf(n)
    const id = await sql.begin((transaction) => authorize(transaction, accountId, `o${n}`))
    if (job.kind === 'authorize') return
    await sql.begin((transaction) => settle(transaction, accountId, id))
    for (const installment of [1, 2, 3]) {
      await sql.begin((transaction) => pay(transaction, accountId, id, installment))
    }
  }
  const from = performance.now() + job.warmUp_ms
  const to = from + job.measure_ms
  let next = 0
  let done = 0
  let measured = 0
  const client = async (): Promise<void> => {
    while (performance.now() < to) {
      next += 1
      await unit(next)
      done += 1
      const at = performance.now()
      if (at >= from && at < to) measured += 1
    }
  }
  await Promise.all(Array.from({ length: job.clients }, client))
  await sql.end()
  return { perSecond: (measured * 1000) / job.measure_ms, done }
}

process.once('message', async (job: PlainJob) => {
  const seen = await run(job)
  process.send?.(seen, () => process.exit(0))
})
