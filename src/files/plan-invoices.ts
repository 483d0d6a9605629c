/** Rows of an import of invoices → what each asks of the writer. */
import { problem } from '../api/problems.ts'
import type { Invoice } from '../credit/invoice.ts'
import { findInvoices } from '../ledger/read/invoices.ts'
import type { Store } from '../ledger/stores.ts'
import type { Sql } from '../postgres/connect.ts'
import type { Change, Effect } from './job.ts'
import { failed, type Planner, unchanged, type Wish } from './plan.ts'

/** What a row says of an invoice; what is absent is not touched, null clears. */
export interface InvoiceRow {
  readonly line: number
  readonly notes: readonly string[]
  /** As invoices are named: {@link invoiceIdOf}. */
  readonly invoiceId: string
  readonly status?: Invoice['status'] | undefined
  readonly observation?: string | null | undefined
  readonly paymentLink?: string | null | undefined
}

export interface InvoicePlanning {
  readonly sql: Sql
  readonly store: Store
  readonly mayPay: boolean
  /** True: what was shown must still be so when it is written; false: what the row says goes. */
  readonly guarded: boolean
}

/** Looks up the invoices that rows name. */
export async function invoicePlanner(
  rows: readonly InvoiceRow[],
  planning: InvoicePlanning,
): Promise<Planner<InvoiceRow>> {
  const { sql, store } = planning
  const ids = rows.map(({ invoiceId }) => invoiceId)
  const found = await findInvoices(sql, store.storeId, ids)
  return {
    namesOf: ({ invoiceId }) => [`invoice ${invoiceId}`],
    plan(row) {
      const { line, invoiceId, notes } = row
      const owned = found.get(invoiceId)
      if (!owned) return failed(line, problem('invoice-not-found', { invoiceId }), store, notes)
      const { accountId, invoice } = owned
      return wishOf(row, accountId, invoice, planning) ?? unchanged(line, notes)
    },
  }
}

const FIELDS = ['status', 'observation', 'paymentLink'] as const

/** Undefined where the row says what is so already. */
function wishOf(
  row: InvoiceRow,
  accountId: string,
  invoice: Invoice,
  { mayPay, guarded }: InvoicePlanning,
): Wish | undefined {
  const given = FIELDS.filter((field) => row[field] !== undefined)
  const fields = given.filter((field) => row[field] !== invoice[field])
  if (fields.length === 0) return undefined
  const changes = fields.map((field): Change => [field, invoice[field], row[field] ?? null])
  const moves = fields.includes('status')
  return {
    line: row.line,
    notes: row.notes,
    accountId,
    command: {
      type: 'changeInvoice',
      invoiceId: row.invoiceId,
      ...Object.fromEntries(given.map((field) => [field, row[field]])),
      ...(guarded && {
        expected: {
          ...Object.fromEntries(given.map((field) => [field, invoice[field]])),
          ...(moves && { value: invoice.value }),
        },
      }),
      mayPay,
      payingNeedsLeave: true,
    },
    changes,
    effect: moves ? effectOf(row.status) : 'annotated',
    amount: moves ? invoice.value : 0n,
  }
}

function effectOf(to: InvoiceRow['status']): Effect {
  if (to === 'Paid') return 'paid'
  return to === 'Cancelled' ? 'cancelled' : 'takenBack'
}
