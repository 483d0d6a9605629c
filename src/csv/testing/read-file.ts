/** A file of bytes as the import gets it, in pieces, and all that it says. */
import type { Source, Unusable } from '../dialect.ts'
import { type Layout, type Row, readRows, type ScanOptions, scan } from '../read.ts'
import { type AccountValues, type InvoiceValues, readAccountRow, readInvoiceRow } from '../rows.ts'

/** What a row says, and in which line it is. */
export interface ReadRow {
  readonly line: number
  readonly values?: AccountValues | InvoiceValues
  readonly faults?: readonly string[]
  readonly notes: readonly string[]
}

/** Bytes as a source whose pieces have this many bytes. */
export function inPieces(bytes: Uint8Array, size: number): Source {
  return async function* open() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
}

/** The rows of a source as the second pass hands them out. */
export async function rowsOf(open: Source, layout: Layout): Promise<Row[]> {
  return (await Array.fromAsync(readRows(open, layout))).flat()
}

/** Both passes, and every row as values or faults. */
export async function readFile(
  open: Source,
  options: ScanOptions,
): Promise<Unusable | { layout: Layout; rows: ReadRow[] }> {
  const layout = await scan(open, options)
  if ('unusable' in layout) return layout
  const rows = await rowsOf(open, layout)
  const read = rows.map((row) => ({
    line: row.line,
    ...(layout.kind === 'accounts'
      ? readAccountRow(row, layout, options)
      : readInvoiceRow(row, layout)),
  }))
  return { layout, rows: read }
}
