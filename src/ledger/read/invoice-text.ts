/** Invoices by what a person types to find them: any id, the e-mail of the account, or a note. */
import { invoiceIdOf, parseInvoiceId } from '../../credit/invoice.ts'
import { prefixed } from '../rows.ts'
import type { Values } from './invoice-filter.ts'
import { emailsStartingWith } from './prefix.ts'

const FRIENDLY_CODE = /^[0-9A-Za-z]{8}$/
/** What a search may ask of them besides, and no more: all of it is compared for duplicates. */
const KEPT = [
  ...['account_id', 'invoice_id', 'created_at', 'due_at', 'due_on', 'status', 'value'],
  ...['friendly_id', 'order_id', 'observation'],
]
const COLUMNS = KEPT.join(', ')

const TRANSACTION_ID = /^[0-9A-Fa-f]{32}$/

/**
 * The invoices that match a text, as a query: an order id, a friendly id with or without its number, an
 * invoice id, a transaction id, the beginning of an e-mail of the account or of one of its holders,
 * or any part of an observation. Each is found in an index of its own; invoices that have an
 * observation (and they are few, mostly) are read one by one.
 */
export function textMatches(storeId: number, text: string, values: Values): string {
  const store = values.add(storeId, 'integer')
  const sought = values.add(text, 'text')
  const { low, high } = emailsStartingWith(text)
  const emails = `email_key collate "C" >= ${values.add(low, 'text')}
    and email_key collate "C" < ${values.add(high, 'text')}`
  const arms = [
    `order_id = ${sought}`,
    `friendly_id = ${sought}`,
    `observation is not null and strpos(lower(observation), lower(${sought})) > 0`,
    // An array, which is made once, whatever the planner knows (see account-list.ts).
    `account_id = any (array(
      select account_id from account
      where store_id = ${store} and status in ('Open', 'Closed') and ${emails}
      union all
      select account_id from holder where store_id = ${store} and ${emails}))`,
    ...byInvoiceId(text, values),
  ].map((condition) => `select ${COLUMNS} from invoice where store_id = ${store} and ${condition}`)
  if (FRIENDLY_CODE.test(text)) arms.push(byFriendlyCode(store, sought))
  return `materialized (${arms.join(' union ')})`
}

function byInvoiceId(text: string, values: Values): string[] {
  const named = parseInvoiceId(text)
  if (named) {
    const id = invoiceIdOf(named.transactionId, named.installment)
    return [`invoice_id = ${values.add(id, 'text')}`]
  }
  if (!TRANSACTION_ID.test(text)) return []
  const id = text.toUpperCase()
  // The full stop follows the hyphen.
  const first = values.add(`${id}-`, 'text')
  return [`invoice_id >= ${first} and invoice_id < ${values.add(`${id}.`, 'text')}`]
}

/** Where there is any invoice under a friendly code there is, or was, the first. */
function byFriendlyCode(store: string, code: string): string {
  return `
    select ${prefixed('i', KEPT).join(', ')} from invoice f join invoice i on i.store_id = f.store_id
      and i.account_id = f.account_id
      and i.invoice_id >= f.transaction_id || '-' and i.invoice_id < f.transaction_id || '.'
    where f.store_id = ${store} and f.friendly_id = ${code} || '-1'`
}
