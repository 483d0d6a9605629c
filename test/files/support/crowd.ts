/** Many invoices on some accounts, other servers on the same database, and what the ledger says. */
import type { AddressInfo } from 'node:net'
import { buildServer } from '../../../src/api/server.ts'
import { Files } from '../../../src/files/files.ts'
import { work } from '../../../src/files/runner.ts'
import type { Submission, WriteResult } from '../../../src/ledger/job.ts'
import { Writer } from '../../../src/ledger/writer.ts'
import { arrayOf } from '../../../src/postgres/array.ts'
import type { Api } from '../../api/support/api.ts'
import { ok } from '../../api/support/expect.ts'
import { type Opened, openAccount } from '../../api/support/make.ts'

const MOST_INSTALLMENTS = 99

export interface Crowd {
  readonly accounts: readonly Opened[]
  /** Of all accounts in turn. */
  readonly invoiceIds: readonly string[]
}

/** Opens accounts with so many invoices of 1.00 each; the room that is left of their limits. */
export async function makeCrowd(
  api: Api,
  { accounts, invoices, room = 1_000 }: { accounts: number; invoices: number; room?: number },
): Promise<Crowd> {
  const creditLimit = invoices + room
  const opened = await Promise.all(
    Array.from({ length: accounts }, () => openAccount(api.call, { creditLimit })),
  )
  const ids = await Promise.all(opened.map((account) => placeOrders(api, account, invoices)))
  // Neighbours in a file are of different accounts, as in real ones.
  const invoiceIds = Array.from({ length: invoices }, (_, nth) => ids.map((own) => own[nth] ?? ''))
  return { accounts: opened, invoiceIds: invoiceIds.flat() }
}

async function placeOrders(api: Api, { path }: Opened, invoices: number): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < invoices) {
    const installments = Math.min(MOST_INSTALLMENTS, invoices - ids.length)
    const order = { value: installments, installments }
    const { id } = ok(await api.call('POST', `${path}/transactions`, order))
    ok(await api.call('PUT', `${path}/transactions/${id}/settlement`, { value: installments }))
    for (let nth = 1; nth <= installments; nth += 1) {
      ids.push(`${id}-${String(nth).padStart(2, '0')}`)
    }
  }
  return ids
}

export interface InvoiceWords {
  readonly invoice_id: string
  readonly status: string
  readonly observation: string | null
  readonly payment_link: string | null
}

/** What stands in these invoices, by id. */
export async function wordsOf(api: Api, { invoiceIds }: Crowd): Promise<InvoiceWords[]> {
  return await api.sql<InvoiceWords[]>`
    select invoice_id, status, observation, payment_link from invoice
    where invoice_id = any (${arrayOf(invoiceIds)}::text[]) order by invoice_id`
}

export interface Told {
  readonly invoice_id: string
  readonly kind: string
  readonly observation: string | null
  readonly payment_link: string | null
}

/** What the ledger says of these invoices, in the order of each. */
export async function toldOf(api: Api, { invoiceIds, accounts }: Crowd): Promise<Told[]> {
  return await api.sql<Told[]>`
    select * from (
      select concat(data->>'transactionId', '-', lpad(data->>'installment', 2, '0')) as invoice_id,
        kind, data->>'observation' as observation, data->>'paymentLink' as payment_link, account_id, seq
      from entry
      where account_id = any (${arrayOf(accounts.map(({ id }) => id))}::text[]) and data->>'installment' is not null
    ) as told
    where invoice_id = any (${arrayOf(invoiceIds)}::text[]) order by account_id, seq`
}

/** A second server on the database of `api`, which works on jobs too. */
export async function startSecond(api: Api): Promise<{ url: string; close(): Promise<void> }> {
  const { databaseUrl, clock } = api
  const now = clock.read
  const writer = new Writer({ url: databaseUrl, now })
  const limits = { maxBytes: 50_000_000, maxRows: 100_000, maxRowsAtOnce: 1_000 }
  const onError = (error: unknown) => console.error(error)
  const files = new Files({
    url: databaseUrl,
    sql: () => api.sql,
    writer,
    now,
    limits,
    onError,
  })
  const parts = { writer, sql: () => api.sql, now, files }
  const server = await buildServer({ ...parts, version: 'test', logLevel: 'silent' })
  await server.listen({ port: 0, host: '127.0.0.1' })
  await files.start()
  return {
    url: `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    close: async () => {
      await server.close()
      await files.stop()
      await writer.close()
    },
  }
}

export type Submit = (
  submission: Submission,
  write: (submission: Submission) => Promise<WriteResult>,
) => Promise<WriteResult>

/** A process that takes a job in hand, whoever else has it, with a writer of its own. */
export class Worker {
  readonly #api: Api
  readonly #writer: Writer
  readonly #submit: Submit
  readonly errors: unknown[] = []

  /** `submit` stands between the job and the writer. */
  constructor(api: Api, submit: Submit = (submission, write) => write(submission)) {
    this.#api = api
    this.#submit = submit
    this.#writer = new Writer({ url: api.databaseUrl, now: api.clock.read })
  }

  /** Resolves when the job is over or in another's hand. */
  async work({ id }: { id: string }, signal = new AbortController().signal): Promise<void> {
    const { sql, databaseUrl: url, clock } = this.#api
    const write = (submission: Submission) => this.#writer.submit(submission)
    const context = {
      sql: () => sql,
      url,
      onConnectionError: () => undefined,
      writer: { submit: (submission: Submission) => this.#submit(submission, write) } as Writer,
      now: clock.read,
      maxRows: 100_000,
      onError: (error: unknown) => this.errors.push(error),
    }
    await work(context, id, signal)
  }

  async close(): Promise<void> {
    await this.#writer.close()
  }
}
