/** A file of any size that costs no memory to send, and what its import must come to. */

import { FIRST_KEY } from '../../support/process.ts'
import { call } from '../../support/server.ts'
import { beginUpload, type UploadEnd } from './upload.ts'

const MB = 1_000_000
const INSTALLMENTS = 99
/** Orders whose invoices the file names. */
const ORDERS = 10
const ROWS_AT_A_TIME = 1_000
/** What a row has besides its note. */
const BARE_ROW = 52
const CR = 13

export interface Size {
  readonly mb: number
  readonly rows: number
}

/** Invoices that the first rows of a file name, without changing them. */
export async function knownInvoices(url: string, account: string): Promise<string[]> {
  const ids: string[] = []
  for (let order = 0; order < ORDERS; order += 1) {
    const body = { value: INSTALLMENTS, installments: INSTALLMENTS }
    const { json } = await call(url, FIRST_KEY, 'POST', `${account}/transactions`, body)
    const settlement = `${account}/transactions/${json.id}/settlement`
    await call(url, FIRST_KEY, 'PUT', settlement, { value: INSTALLMENTS })
    for (let nth = 1; nth <= INSTALLMENTS; nth += 1) {
      ids.push(`${json.id}-${String(nth).padStart(2, '0')}`)
    }
  }
  return ids
}

/** Sends the file block by block, as fast as the server takes it. */
export async function sendLargeFile(
  url: string,
  { mb, rows }: Size,
  known: readonly string[],
): Promise<UploadEnd & { readonly bytes: number }> {
  const upload = beginUpload(url, 'Id;Status;Observation')
  const padding = 'x'.repeat((mb * MB) / rows - BARE_ROW)
  let bytes = 0
  for (let from = 0; from < rows; from += ROWS_AT_A_TIME) {
    const lines = Array.from({ length: ROWS_AT_A_TIME }, (_, index) =>
      rowOf(from + index, known, padding),
    )
    const block = Buffer.from(lines.join(''))
    bytes += block.length
    await upload.write(block)
  }
  upload.finish()
  return { ...(await upload.end), bytes }
}

/** A row that changes nothing, that names a row before it, that names nothing, or cannot be read. */
function rowOf(index: number, known: readonly string[], padding: string): string {
  const nobody = `${index.toString(16).toUpperCase().padStart(32, '0')}-01`
  const first = known[index]
  if (first) return `${first};Opened;\r\n`
  if (index % 10 === 3) return `${known[index % known.length]};Opened;${padding}\r\n`
  if (index % 10 === 5) return `${nobody};Banana;${padding}\r\n`
  if (index % 10 === 7) return `${nobody};Paid;"a ""quoted"" note\nof two lines, ${padding}"\r\n`
  return `${nobody};Paid;note ${index} ${padding}\r\n`
}

/** Reads the file of the rows that failed to its end; how long it is and how many rows it has. */
export async function readErrors(url: string, id: string): Promise<{ mb: number; rows: number }> {
  const answer = await fetch(`${url}/api/creditcontrol/imports/${id}/errors.csv`, {
    headers: { 'X-VTEX-API-AppKey': FIRST_KEY.appKey, 'X-VTEX-API-AppToken': FIRST_KEY.token },
  })
  let bytes = 0
  let lines = 0
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length
    for (let at = chunk.indexOf(CR); at !== -1; at = chunk.indexOf(CR, at + 1)) lines += 1
  }
  return { mb: Math.round(bytes / MB), rows: lines - 1 }
}
