/** Invoices by the thousand, a file that changes them, and what must be so when it has been imported. */
import { expect } from 'vitest'
import { verify } from '../../../src/ledger/verify.ts'
import { arrayOf } from '../../../src/postgres/array.ts'
import type { Sql } from '../../../src/postgres/connect.ts'
import { FIRST_KEY } from '../../support/process.ts'
import { type Answer, call } from '../../support/server.ts'

const ACCOUNTS = 40
const INSTALLMENTS = 99
const AT_ONCE = 8

/** What a row of the file says of its invoice. */
interface Row {
  readonly invoiceId: string
  readonly status: string
  readonly observation: string
  readonly paymentLink: string
  readonly result: 'changed' | 'unchanged' | 'failed'
}

let books = 0

/** Some accounts with invoices of 1.00 each, all open, and a file with a row for each of them. */
export class ImportFile {
  readonly rows: readonly Row[]
  readonly #accounts: readonly string[]

  private constructor(accounts: readonly string[], invoiceIds: readonly string[]) {
    this.#accounts = accounts
    this.rows = invoiceIds.map(rowOf)
  }

  /** Makes the invoices through the API. */
  static async make(url: string, count: number): Promise<ImportFile> {
    books += 1
    const book = books
    const accounts: string[] = []
    const invoiceIds: string[] = []
    const creditLimit = Math.ceil(count / ACCOUNTS) + INSTALLMENTS
    for (let index = 0; index < ACCOUNTS; index += 1) {
      const document = `BULK${book}X${index}`
      const buyer = { document, documentType: 'Other', email: `${document}+x@correio.example` }
      accounts.push(done(await ask(url, 'POST', '/accounts', { ...buyer, creditLimit })).id)
    }
    let made = 0
    const client = async (): Promise<void> => {
      while (made < count) {
        const installments = Math.min(INSTALLMENTS, count - made)
        const account = `/accounts/${accounts[Math.floor(made / INSTALLMENTS) % ACCOUNTS]}`
        made += installments
        const order = { value: installments, installments }
        const { id } = done(await ask(url, 'POST', `${account}/transactions`, order))
        const settlement = `${account}/transactions/${id}/settlement`
        done(await ask(url, 'PUT', settlement, { value: installments }))
        for (let nth = 1; nth <= installments; nth += 1) {
          invoiceIds.push(`${id}-${String(nth).padStart(2, '0')}`)
        }
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, client))
    return new ImportFile(accounts, invoiceIds)
  }

  get text(): string {
    const lines = this.rows.map(({ invoiceId, status, observation, paymentLink }) => {
      const note = `"${observation.replaceAll('"', '""')}"`
      return `${invoiceId};${status};${note};${paymentLink}`
    })
    return ['Id;Status;Observação;Link de pagamento', ...lines].join('\r\n')
  }

  /** How many rows have each result, as the job must count them. */
  get counts(): Record<string, number> {
    const of = (result: Row['result']) => this.rows.filter((row) => row.result === result).length
    const total = this.rows.length
    const [changed, unchanged, failed] = [of('changed'), of('unchanged'), of('failed')]
    return { total, read: total, changed, unchanged, failed }
  }

  /** Every invoice is as its row says, with its entries in the ledger, each once, and no others. */
  async expectDone(sql: Sql): Promise<void> {
    await this.#expectDone(sql, this.rows)
    expect((await verify(sql, undefined)).drift).toEqual([])
  }

  /**
   * The rows that the job has recorded are done, all others are not. Answers how many there are of
   * each result.
   */
  async expectDoneAsRecorded(sql: Sql, jobId: string): Promise<Record<string, number>> {
    const recorded = await sql<{ line: bigint; result: Row['result']; final: boolean }[]>`
      select line, result, final from import_row where job_id = ${jobId} order by line`
    expect(recorded.filter(({ final }) => !final)).toEqual([])
    const lines = this.#lines()
    const rows = recorded.map(({ line }) => lines.get(Number(line)) as Row)
    expect(recorded.map(({ result }) => result)).toEqual(rows.map(({ result }) => result))
    await this.#expectDone(sql, rows)
    const of = (result: Row['result']) => rows.filter((row) => row.result === result).length
    const [changed, unchanged, failed] = [of('changed'), of('unchanged'), of('failed')]
    return { read: rows.length, changed, unchanged, failed }
  }

  /** The line in which each row begins. */
  #lines(): Map<number, Row> {
    const lines = new Map<number, Row>()
    let line = 2
    for (const row of this.rows) {
      lines.set(line, row)
      line += row.observation.split('\n').length
    }
    return lines
  }

  async #expectDone(sql: Sql, rows: readonly Row[]): Promise<void> {
    const changed = rows.filter(({ result }) => result === 'changed')
    const wanted = new Map(changed.map((row) => [row.invoiceId, row]))
    const stored = await sql<Stored[]>`
      select invoice_id, status, observation, payment_link from invoice
      where account_id = any (${arrayOf(this.#accounts)}::text[])`
    expect(stored).toHaveLength(this.rows.length)
    const wrong = stored.filter((invoice) => {
      const row = wanted.get(invoice.invoice_id)
      return (
        invoice.status !== (row?.status ?? 'Opened') ||
        invoice.observation !== (row?.observation || null) ||
        invoice.payment_link !== (row?.paymentLink || null)
      )
    })
    expect(wrong.slice(0, 5)).toEqual([])
    const marks = await sql<{ mark: string }[]>`
      select concat_ws(' ', kind, data->>'transactionId', data->>'installment') as mark from entry
      where account_id = any (${arrayOf(this.#accounts)}::text[]) and data->>'installment' is not null`
    const told = marks.map(({ mark }) => mark).sort()
    const expected = changed.flatMap(marksOf).sort()
    expect(told.length - new Set(told).size, 'entries that stand twice').toBe(0)
    expect(told.length, 'entries').toBe(expected.length)
    expect(told.every((mark, index) => mark === expected[index])).toBe(true)
  }
}

interface Stored {
  readonly invoice_id: string
  readonly status: string
  readonly observation: string | null
  readonly payment_link: string | null
}

const KINDS: Readonly<Record<string, string>> = {
  Paid: 'InvoicePaid',
  Cancelled: 'InvoiceCancelled',
}

function marksOf({ invoiceId, status, observation, paymentLink }: Row): string[] {
  const [transactionId, part] = invoiceId.split('-')
  const named = `${transactionId} ${Number(part)}`
  const kind = KINDS[status]
  const isAnnotated = observation !== '' || paymentLink !== ''
  return [
    ...(kind ? [`${kind} ${named}`] : []),
    ...(isAnnotated ? [`InvoiceAnnotated ${named}`] : []),
  ]
}

/** All kinds of rows, neighbours of each other. */
function rowOf(invoiceId: string, index: number): Row {
  const same = { invoiceId, status: 'Opened', observation: '', paymentLink: '' }
  switch (index % 8) {
    case 0:
      return { ...same, status: 'Paid', result: 'changed' }
    case 1:
      return { ...same, observation: `paid by "cheque" ${index}`, result: 'changed' }
    case 2:
      return { ...same, status: 'Cancelled', result: 'changed' }
    case 3:
      return { ...same, paymentLink: `https://pay.example/${index}`, result: 'changed' }
    case 4:
      return { ...same, result: 'unchanged' }
    case 5:
      return { ...same, status: 'Paid', observation: `with note ${index}`, result: 'changed' }
    case 6:
      return { ...same, observation: `two\nlines ${index}`, result: 'changed' }
    default:
      return { ...same, status: 'Given back', result: 'failed' }
  }
}

function ask(url: string, method: string, path: string, body?: unknown): Promise<Answer> {
  return call(url, FIRST_KEY, method, path, body)
}

// biome-ignore lint/suspicious/noExplicitAny: answers of any shape
function done({ status, text, json }: Answer): any {
  if (status !== 200) throw new Error(text)
  return json
}
