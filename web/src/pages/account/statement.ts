/** The lines of a statement with their running balance, and as a file. */
import type { Statement, StatementLine } from '../../api/account.ts'

export interface RunningLine extends StatementLine {
  /** Position in the period, from 0. */
  readonly at: number
  /** What is owed after it, negated. */
  readonly balance: number
}

/** Adds in the smallest unit of the currency: fractions of it would drift apart. */
export function withBalances(
  { statements, previousBalance }: Statement,
  exponent: number,
): RunningLine[] {
  const scale = 10 ** exponent
  let balance = Math.round(previousBalance * scale)
  return statements.map((line, at) => {
    balance += Math.round(line.value * scale)
    return { ...line, at, balance: balance / scale }
  })
}

/** What a line is about: order, debit or transaction. */
export function referenceOf({ metadata = {} }: StatementLine): string {
  return metadata.orderId || metadata.statementId || metadata.transactionId || ''
}

/** With a mark at its beginning by which spreadsheets know that it is UTF-8. */
export function csvOf(rows: readonly (readonly string[])[], delimiter: string): string {
  const lines = rows.map((row) => row.map((cell) => csvCell(cell, delimiter)).join(delimiter))
  return `\uFEFF${lines.join('\r\n')}\r\n`
}

/** What a spreadsheet would take for a formula is made plain text; numbers stay numbers. */
function csvCell(text: string, delimiter: string): string {
  const isFormula = /^[=+\-@\t\r]/.test(text) && !/^-[\d.,\s]+$/.test(text)
  const safe = isFormula ? `'${text}` : text
  const isPlain = !safe.includes(delimiter) && !/["\r\n]/.test(safe)
  return isPlain ? safe : `"${safe.replaceAll('"', '""')}"`
}

/** Gives the reader a file. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
