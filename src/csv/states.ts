/**
 * The states of accounts and invoices in the words of each language. Overdue is never stored: it
 * is written for people, and read back as the Opened that it is.
 */
import type { InvoiceStatus } from '../credit/invoice.ts'
import type { Locale } from './columns.ts'
import { fold } from './fold.ts'

type WrittenInvoiceState = InvoiceStatus | 'Overdue'

/** How the states of invoices are written. */
export const INVOICE_STATES: Readonly<
  Record<Locale, Readonly<Record<WrittenInvoiceState, string>>>
> = {
  en: { Opened: 'Opened', Overdue: 'Overdue', Paid: 'Paid', Cancelled: 'Cancelled' },
  'pt-BR': { Opened: 'Aberto', Overdue: 'Vencido', Paid: 'Pago', Cancelled: 'Cancelado' },
  es: { Opened: 'Abierto', Overdue: 'Vencido', Paid: 'Pagado', Cancelled: 'Cancelado' },
}

/** How the states of accounts are written; no import reads them. */
export const ACCOUNT_STATES: Readonly<Record<Locale, Readonly<Record<'Open' | 'Closed', string>>>> =
  {
    en: { Open: 'Open', Closed: 'Closed' },
    'pt-BR': { Open: 'Aberta', Closed: 'Fechada' },
    es: { Open: 'Abierta', Closed: 'Cerrada' },
  }

const WORDS: Readonly<Record<InvoiceStatus, readonly string[]>> = {
  Opened: [
    'opened',
    'open',
    'overdue',
    'aberto',
    'aberta',
    'abierto',
    'abierta',
    'vencido',
    'vencida',
  ],
  Paid: ['paid', 'pago', 'paga', 'pagado', 'pagada'],
  Cancelled: ['cancelled', 'canceled', 'cancelado', 'cancelada'],
}

const STATES: ReadonlyMap<string, InvoiceStatus> = new Map(
  Object.entries(WORDS).flatMap(([state, words]) =>
    words.map((word) => [word, state as InvoiceStatus] as const),
  ),
)

/** The state that a word means in any of the languages, without case or accents. */
export function findInvoiceState(word: string): InvoiceStatus | undefined {
  return STATES.get(fold(word))
}
