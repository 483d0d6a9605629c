/**
 * Running totals of the invoices of a store: how many there are and what they are worth, by state
 * and day. Writers append deltas in their own commits; folding them keeps them few.
 */
import type { Invoice } from '../credit/invoice.ts'
import { dayAt } from '../credit/schedule.ts'
import type { Sql } from '../postgres/connect.ts'

/** Invoices that the totals do not tell apart. */
export interface InvoiceCell {
  readonly storeId: number
  readonly createdOn: string
  readonly dueOn: string
  readonly status: Invoice['status']
}

/** What a batch changed in a cell; its account is one of the batch (see the migration). */
export interface InvoiceDelta extends InvoiceCell {
  readonly accountId: string
  invoices: bigint
  value: bigint
}

/** An invoice with its days on the calendar of its store. */
export type DatedInvoice = Invoice & Pick<InvoiceCell, 'createdOn' | 'dueOn'>

export function dated(invoice: Invoice, timeZone: string): DatedInvoice {
  return {
    ...invoice,
    createdOn: dayAt(invoice.createdAt, timeZone).date,
    dueOn: dayAt(invoice.dueAt, timeZone).date,
  }
}

type Owner = Pick<InvoiceDelta, 'storeId' | 'accountId'>

/** Sums what the invoices of one batch change. */
export class InvoiceDeltas {
  readonly #deltas = new Map<string, InvoiceDelta>()

  add(owner: Owner, invoice: DatedInvoice): void {
    this.#count(owner, invoice, 1n)
  }

  remove(owner: Owner, invoice: DatedInvoice): void {
    this.#count(owner, invoice, -1n)
  }

  /** The cells that are not as they were. */
  changed(): InvoiceDelta[] {
    return [...this.#deltas.values()].filter(({ invoices, value }) => invoices || value)
  }

  #count({ storeId, accountId }: Owner, invoice: DatedInvoice, times: bigint): void {
    const { createdOn, dueOn, status, value } = invoice
    const key = `${storeId}/${createdOn}/${dueOn}/${status}`
    const delta = this.#deltas.get(key)
    if (delta) {
      delta.invoices += times
      delta.value += times * value
      return
    }
    const cell = { storeId, accountId, createdOn, dueOn, status }
    this.#deltas.set(key, { ...cell, invoices: times, value: times * value })
  }
}

/** Most deltas of one fold: a commit of some 100 ms. */
const DELTAS_A_FOLD = 50_000

/** Deltas whose space is taken back at once: autovacuum looks once a minute only. */
const VACUUM_FROM = 1_000

/** Spells "fold". */
const FOLD_LOCK = 0x66_6f_6c_64

/**
 * Folds the deltas into the totals and answers how many there were. One process folds at a time;
 * to another there is nothing to do. Each fold is one statement and so a transaction by itself:
 * whoever reads totals and deltas in one statement sees it done or not done.
 */
export async function foldInvoiceTotals(sql: Sql, most = DELTAS_A_FOLD): Promise<number> {
  let folded = 0
  for (let count = most; count === most; folded += count) count = await fold(sql, most)
  if (folded >= VACUUM_FROM) await sql`vacuum (skip_locked) invoice_delta`
  return folded
}

async function fold(sql: Sql, most: number): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    with delta as (
      delete from invoice_delta
      where (select pg_try_advisory_xact_lock(${FOLD_LOCK}::bigint))
        and ctid = any (array(select ctid from invoice_delta limit ${most}))
      returning store_id, created_on, due_on, status, invoices, value
    ), by_due as (
      insert into invoice_total_by_due as t (store_id, due_on, status, invoices, value)
      select store_id, due_on, status, sum(invoices), sum(value) from delta
      group by store_id, due_on, status
      on conflict (store_id, due_on, status) do update
      set invoices = t.invoices + excluded.invoices, value = t.value + excluded.value
    ), by_creation as (
      insert into invoice_total_by_creation as t
        (store_id, created_on, due_on, status, invoices, value)
      select store_id, created_on, due_on, status, sum(invoices), sum(value) from delta
      group by store_id, created_on, due_on, status
      on conflict (store_id, created_on, due_on, status) do update
      set invoices = t.invoices + excluded.invoices, value = t.value + excluded.value
    )
    select count(*)::integer as count from delta`
  return row?.count ?? 0
}

/** Makes the totals anew from the invoices, for whoever wrote invoices without the writer. */
export async function rebuildInvoiceTotals(sql: Sql): Promise<void> {
  await sql`select rebuild_invoice_totals()`
}
