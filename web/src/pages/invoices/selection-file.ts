/** The selected invoices as a file that a spreadsheet opens and an import reads. */
import { headerOf, type InvoiceColumn } from '../../../../src/csv/columns.ts'
import { INVOICE_STATES } from '../../../../src/csv/states.ts'
import { type ListedInvoice, stateOf } from '../../api/invoices.ts'
import type { Language } from '../../i18n/languages.ts'

const BYTE_ORDER_MARK = '\ufeff'
const LINE_END = '\r\n'
/** What a spreadsheet would run; an import takes the `'` off again. */
const FORMULA = /^'*[=+@\t\r-]/

type Cell = (invoice: ListedInvoice, language: Language) => string

const CELLS: readonly (readonly [InvoiceColumn, Cell])[] = [
  ['id', ({ id }) => id],
  ['friendlyId', ({ friendlyId }) => text(friendlyId)],
  ['accountId', ({ accountId }) => text(accountId)],
  ['accountEmail', ({ accountEmail }) => text(accountEmail)],
  ['orderId', ({ orderId }) => text(orderId)],
  ['installment', ({ installment }) => String(installment)],
  ['installments', ({ numberOfInstallments }) => String(numberOfInstallments)],
  ['value', ({ value }, language) => decimal(value, language)],
  ['dueDate', ({ dueDate }) => dueDate],
  ['status', (invoice, language) => INVOICE_STATES[language][stateOf(invoice)]],
  ['observation', ({ observation }) => text(observation ?? '')],
  ['paymentLink', ({ paymentLink }) => text(paymentLink ?? '')],
  ['createdAt', ({ createdAt }) => createdAt],
  ['resolvedAt', ({ resolvedAt }) => resolvedAt ?? ''],
]

/** Headers, states, delimiter and decimals as the exports of the server have them. */
export function selectionFile(invoices: readonly ListedInvoice[], language: Language): string {
  const delimiter = language === 'en' ? ',' : ';'
  const header = CELLS.map(([column]) => headerOf('invoices', column, language))
  const rows = invoices.map((invoice) => CELLS.map(([, cell]) => cell(invoice, language)))
  const lines = [header, ...rows].map((fields) => fields.map(quoted(delimiter)).join(delimiter))
  return BYTE_ORDER_MARK + lines.map((line) => line + LINE_END).join('')
}

const text = (value: string) => (FORMULA.test(value) ? `'${value}` : value)

const decimal = (value: number, language: Language) =>
  language === 'en' ? String(value) : String(value).replace('.', ',')

const quoted = (delimiter: string) => (field: string) =>
  field.includes(delimiter) || /["\r\n]|^ | $/.test(field)
    ? `"${field.replaceAll('"', '""')}"`
    : field

/** Gives a file to the person who asked for it. */
export function download(content: string, name: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: 'text/csv;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
