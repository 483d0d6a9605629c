/**
 * The lines of an export, made by PostgreSQL: each row of a million comes as one text that is ready
 * for the file. How a field is written follows csv/write.ts; a test compares the two.
 */
import { pipeline } from 'node:stream'
import { RATE_PLACES } from '../credit/money.ts'
import { dayAt, type Instant } from '../credit/schedule.ts'
import {
  type AccountColumn,
  type ColumnKey,
  type ColumnType,
  columnsOf,
  type InvoiceColumn,
} from '../csv/columns.ts'
import { ACCOUNT_STATES, INVOICE_STATES } from '../csv/states.ts'
import {
  BYTE_ORDER_MARK,
  FORMULA,
  type Format,
  headerLine,
  LINE_END,
  quotedPattern,
} from '../csv/write.ts'
import { LaneSession } from '../ledger/lane-session.ts'
import { accountsMatching, countAccounts, lapsedHolds } from '../ledger/read/accounts.ts'
import { Conditions, Values } from '../ledger/read/invoice-filter.ts'
import { summarizeInvoices } from '../ledger/read/invoices.ts'
import type { Store } from '../ledger/stores.ts'
import { arrayOf } from '../postgres/array.ts'
import type { Sql } from '../postgres/connect.ts'
import { CopiedLines, type Lines } from './copied-lines.ts'
import type { ExportAsked } from './export-request.ts'

/** So many rows come from the database at a time. */
const ROWS_AT_A_TIME = 2_000
/** Longest wait for the next rows: all of them may have to be sorted first. */
const LONGEST_WAIT_MS = 600_000

/** How many rows an export has at this moment. */
export async function countRows(sql: Sql, asked: ExportAsked, now: Instant): Promise<number> {
  const { store } = asked
  if (asked.kind === 'accounts') return await countAccounts(sql, store.storeId, asked.filter)
  const { count } = await summarizeInvoices(sql, { store, filter: asked.filter, now })
  return count
}

/**
 * The whole file, part by part, as of one instant: one statement sees one state of the store. It has
 * a connection of its own, so that nothing that breaks it can leave us waiting.
 */
export async function* exportLines(
  url: string,
  asked: ExportAsked,
  now: Instant,
): AsyncGenerator<Lines> {
  yield { text: heading(asked), rows: 0 }
  const session = new LaneSession(url, 'fiado export')
  const soon = () => performance.now() + LONGEST_WAIT_MS
  const within = <T>(work: PromiseLike<T>) => session.whileOpen(Promise.resolve(work), soon())
  try {
    const sql = await session.open(soon())
    yield* asked.kind === 'accounts'
      ? fetched(sql, asked, now, within)
      : copied(sql, asked, now, within)
  } finally {
    session.discard()
  }
}

/** What the work gives, or an error as soon as the connection breaks. */
type Within = <T>(work: PromiseLike<T>) => Promise<T>

async function* fetched(
  sql: Sql,
  asked: Of<'accounts'>,
  now: Instant,
  within: Within,
): AsyncGenerator<Lines> {
  const parts = accounts(sql, asked, now).cursor(ROWS_AT_A_TIME)[Symbol.asyncIterator]()
  const read = () => within(Promise.resolve(parts.next()))
  let next = read()
  for (;;) {
    const part = await next
    if (part.done) return
    // PostgreSQL makes the next rows while these are on their way.
    next = read()
    next.catch(() => undefined)
    yield { text: textOf(part.value), rows: part.value.length }
  }
}

async function* copied(
  sql: Sql,
  asked: Of<'invoices'>,
  now: Instant,
  within: Within,
): AsyncGenerator<Lines> {
  const values = new LocalValues()
  const query = invoicesQuery(asked, values, now)
  await within(sql.unsafe('begin read only'))
  await within(values.set(sql))
  const source = await within(sql.unsafe(`copy (${query}) to stdout (format binary)`).readable())
  // Whatever breaks one of them breaks the other, and who reads it.
  const lines = pipeline(source, new CopiedLines(), () => undefined)
  const parts: AsyncIterator<Lines> = lines[Symbol.asyncIterator]()
  for (let part = await within(parts.next()); !part.done; part = await within(parts.next())) {
    yield part.value
  }
}

/** Values of a statement that takes no parameters, as COPY: settings of its transaction. */
class LocalValues extends Values {
  override add(value: string | number | bigint, type: string): string {
    this.list.push(String(value))
    return `current_setting('fiado.value_${this.list.length}')::${type}`
  }

  async set(sql: Sql): Promise<void> {
    await sql`
      select set_config('fiado.value_' || n, value, true)
      from unnest(${arrayOf(this.list)}::text[]) with ordinality as given (value, n)`
  }
}

/** The same as one text, for few rows. */
export async function wholeExport(sql: Sql, asked: ExportAsked, now: Instant): Promise<string> {
  return heading(asked) + textOf(await query(sql, asked, now))
}

function heading({ kind, format }: ExportAsked): string {
  return BYTE_ORDER_MARK + headerLine(kind, format)
}

function textOf(rows: readonly Line[]): string {
  return rows.map(({ line }) => line + LINE_END).join('')
}

function query(sql: Sql, asked: ExportAsked, now: Instant) {
  return asked.kind === 'accounts' ? accounts(sql, asked, now) : invoices(sql, asked, now)
}

interface Line {
  line: string
}

type Of<K extends ExportAsked['kind']> = Extract<ExportAsked, { kind: K }>

function accounts(sql: Sql, { store, filter, format }: Of<'accounts'>, now: Instant) {
  const expression = lineOf('accounts', accountFields(store, format), format, store)
  return sql<Line[]>`
    select ${sql.unsafe(expression)} as line from (
      select a.*, a.held - ${lapsedHolds(sql, now)} as live from account a
      where ${accountsMatching(sql, store.storeId, filter)}
    ) as a
    order by a.created_at, a.account_id`
}

function invoices(sql: Sql, asked: Of<'invoices'>, now: Instant) {
  const values = new Values()
  const query = invoicesQuery(asked, values, now)
  return sql.unsafe<Line[]>(query, values.list, { prepare: false })
}

function invoicesQuery(
  { store, filter, format }: Of<'invoices'>,
  values: Values,
  now: Instant,
): string {
  const expression = lineOf('invoices', invoiceFields(store, format, now), format, store)
  const conditions = new Conditions({ store, filter, now }, values)
  return `
    select ${expression} as line from (
      select * from invoice where store_id = ${conditions.storeId} and ${conditions.rows()}
    ) as i
    join account a on a.store_id = i.store_id and a.account_id = i.account_id
    order by i.created_at, i.invoice_id`
}

/** An expression of SQL for the field of each column, null where it is empty. */
type Fields<C extends ColumnKey> = Readonly<Record<C, string>>

function accountFields({ timeZone }: Store, { locale }: Format): Fields<AccountColumn> {
  return {
    email: 'a.email',
    document: 'a.document',
    documentType: 'a.document_type',
    creditLimit: 'a.credit_limit',
    tolerance: 'a.tolerance',
    id: 'a.account_id',
    status: worded('a.status', ACCOUNT_STATES[locale]),
    balance: '-a.owed',
    availableCredit: '(a.credit_limit - a.owed - a.live)',
    preAuthorizedCredit: 'a.live',
    createdAt: localTime('a.created_at', timeZone),
    updatedAt: localTime('a.updated_at', timeZone),
  }
}

function invoiceFields(
  { timeZone }: Store,
  { locale }: Format,
  now: Instant,
): Fields<InvoiceColumn> {
  const words = INVOICE_STATES[locale]
  const today = literal(dayAt(now, timeZone).date)
  const isOverdue = `i.status = 'Opened' and i.due_on < ${today}::date`
  const status = worded('i.status', words)
  return {
    id: 'i.invoice_id',
    friendlyId: 'i.friendly_id',
    accountId: 'i.account_id',
    accountEmail: 'a.email',
    orderId: 'i.order_id',
    installment: 'i.installment::text',
    installments: 'i.installments::text',
    value: 'i.value',
    dueDate: 'i.due_on::text',
    status: `case when ${isOverdue} then ${literal(words.Overdue)} else ${status} end`,
    observation: 'i.observation',
    paymentLink: 'i.payment_link',
    createdAt: localTime('i.created_at', timeZone),
    resolvedAt: localTime('i.resolved_at', timeZone),
  }
}

/**
 * One text of all fields, in the order of the columns. To look at each text by itself costs more than
 * all the rest: in nearly every row one look at all of them together finds nothing to mark.
 */
function lineOf(
  kind: ExportAsked['kind'],
  fields: Readonly<Partial<Record<ColumnKey, string>>>,
  format: Format,
  store: Store,
): string {
  const columns = columnsOf(kind).map(([key, { type }]) => ({ field: fields[key] ?? 'null', type }))
  const line = (textOf: (field: string) => string) =>
    columns
      .map(({ field, type }) => `coalesce(${written(field, type, format, store, textOf)}, '')`)
      .join(` || ${literal(format.delimiter)} || `)
  const texts = columns.filter(({ type }) => type === 'freeText').map(({ field }) => field)
  return `case when ${mayNeedMarks(texts, format)}
    then ${line((field) => marked(field, format))} else ${line((field) => field)} end`
}

function written(
  field: string,
  type: ColumnType,
  format: Format,
  { exponent }: Store,
  textOf: (field: string) => string,
): string {
  switch (type) {
    case 'freeText':
      return textOf(field)
    case 'amount':
      return numeral(decimal(field, exponent, format), format)
    case 'rate':
      return numeral(shortened(decimal(field, RATE_PLACES, format), format), format)
    case 'plain':
      return field
  }
}

/** True, among others, where a text is quoted or escaped: `quotedPattern` and `FORMULA`. */
function mayNeedMarks(texts: readonly string[], { delimiter }: Format): string {
  const pattern = String.raw`[${delimiter}"\r\n]|(^|\x01)[ '=+@\t-]| (\x01|$)`
  return `concat_ws(chr(1), ${texts.join(', ')}) ~ ${literal(pattern)}`
}

/** A text as it stands in the file: quoted, and with an apostrophe before what would be a formula. */
function marked(field: string, { delimiter }: Format): string {
  const isFormula = `${field} ~ ${literal(FORMULA)}`
  const isQuoted = `${field} ~ ${literal(quotedPattern(delimiter))}`
  return `case
    when ${isQuoted} then '"' || case when ${isFormula} then '''' else '' end
      || replace(${field}, '"', '""') || '"'
    when ${isFormula} then '''' || ${field}
    else ${field} end`
}

/** Numbers have nothing to quote but their mark, where it is the delimiter as well. */
function numeral(number: string, { delimiter, decimalMark }: Format): string {
  if (delimiter !== decimalMark) return number
  const hasMark = `strpos(${number}, ${literal(decimalMark)}) > 0`
  return `case when ${hasMark} then '"' || ${number} || '"' else ${number} end`
}

/** Minor units as a decimal, without a float: a product has as many places as its factors. */
function decimal(field: string, places: number, { decimalMark }: Format): string {
  if (places === 0) return `(${field})::text`
  const text = `(${field} * 0.${'1'.padStart(places, '0')})::text`
  return decimalMark === '.' ? text : `replace(${text}, '.', ${literal(decimalMark)})`
}

function shortened(decimalText: string, { decimalMark }: Format): string {
  return `rtrim(rtrim(${decimalText}, '0'), ${literal(decimalMark)})`
}

/** The clock of the store, to the second, as spreadsheets of any language read it. */
function localTime(instant: string, timeZone: string): string {
  // The text is cut where date_trunc would cost as much as all that is around it.
  return `left((${instant} at time zone ${literal(timeZone)})::text, ${'2026-01-31 12:00:00'.length})`
}

function worded(field: string, words: Readonly<Record<string, string>>): string {
  const cases = Object.entries(words).map(
    ([state, word]) => `when ${literal(state)} then ${literal(word)}`,
  )
  return `case ${field} ${cases.join(' ')} end`
}

/** Words, marks and patterns of our own as constants of SQL; what callers send is a parameter. */
function literal(text: string): string {
  const plain = `'${text.replaceAll("'", "''")}'`
  return text.includes('\\') ? `E${plain.replaceAll('\\', '\\\\')}` : plain
}
