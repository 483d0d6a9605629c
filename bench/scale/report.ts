/** The figures of growth as text. */

import type { GrowthResult, Latency, OperationResult, SizeResult } from './growth.ts'
import { DEEP_PAGE } from './operations.ts'

const number = (value: number): string => value.toLocaleString('en')
const megabytes = (bytes: number | undefined): string =>
  bytes === undefined ? 'unknown' : `${number(Math.round(bytes / 1e6))} MB`

/** Head and rows of the table, and the lines that say what it is of. */
export function growthReport(result: GrowthResult): {
  readonly notes: string[]
  readonly head: string[]
  readonly rows: string[][]
} {
  const { isInMemory, small, large, pages, operations } = result
  const { ofPaid, ofDue, dueMonths } = pages
  const promised = operations.filter(({ isInformative }) => !isInformative)
  const others = operations.filter(({ isInformative }) => isInformative)
  return {
    notes: [
      sizeLine('small', small),
      sizeLine('large', large),
      `Page 1 has 20 rows. Page ${number(DEEP_PAGE)} of Paid has ${ofPaid}, that of ${dueMonths} months of due dates has ${ofDue}, such that it exists in the small store.`,
      'One request at a time over HTTP, both sizes in turn. Ratio: large over small, of the medians.',
      'Operations in brackets are told for information.',
      isInMemory
        ? 'All files were read before, so that they are in memory as far as it goes.'
        : 'The files were not read before (no pg_prewarm here): a disk is measured too.',
    ],
    head: ['OPERATION', 'SMALL p50', 'p95', 'LARGE p50', 'p95', 'RATIO'],
    rows: [...promised, ...others].map(rowOf),
  }
}

function sizeLine(label: string, size: SizeResult): string {
  const { invoices, accounts, size_bytes, generatedIn_s, peakRss_bytes } = size
  const made =
    generatedIn_s === undefined ? 'made before' : `made in ${Math.round(generatedIn_s)} s`
  return `${label}: ${number(invoices)} invoices of ${number(accounts)} accounts, ${megabytes(size_bytes)} on disk, ${made}; the server's peak memory was ${megabytes(peakRss_bytes)}`
}

function rowOf({ name, isInformative, small, large, ratio }: OperationResult): string[] {
  return [
    isInformative ? `(${name})` : name,
    ...cells(small),
    ...cells(large),
    ratio === undefined ? '–' : `${ratio.toFixed(2)}x`,
  ]
}

function cells({ median_ms, p95_ms, failed }: Latency): string[] {
  if (median_ms === undefined || p95_ms === undefined) return [`${failed} failed`, '–']
  const failures = failed > 0 ? ` (${failed} failed)` : ''
  return [`${median_ms.toFixed(2)} ms`, `${p95_ms.toFixed(2)} ms${failures}`]
}
