/** Imports and exports as a caller has them: ask, follow until they are over, download. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Target } from '../http/requests.ts'

export interface FileJob {
  readonly id: string
  readonly state: string
  readonly rows: { readonly read: number; readonly changed: number; readonly unchanged: number }
  readonly error: string | null
  readonly fileUrl?: string | null
}

/** Often enough for a figure, seldom enough to cost nothing beside the work. */
const LOOK_EVERY_MS = 50
const OVER = ['completed', 'failed', 'cancelled']

/** Sends a file of invoices. */
export function importInvoices(target: Target, file: Blob): Promise<FileJob> {
  const form = new FormData()
  form.set('kind', 'invoices')
  form.set('file', file, 'invoices.csv')
  return call(target, '/imports', { method: 'POST', body: form })
}

/** Asks for a file of all invoices. */
export function exportInvoices(target: Target): Promise<FileJob> {
  const headers = { 'Content-Type': 'application/json' }
  const body = JSON.stringify({ kind: 'invoices' })
  return call(target, '/exports', { method: 'POST', headers, body })
}

/** Follows a job to its end. Throws where it ends in any other way than completed. */
export async function untilCompleted(
  target: Target,
  kind: 'imports' | 'exports',
  { id }: FileJob,
): Promise<FileJob> {
  for (;;) {
    const job = await call(target, `/${kind}/${id}`)
    if (job.state === 'completed') return job
    if (OVER.includes(job.state)) throw new Error(`A job of ${kind} ${job.state}: ${job.error}`)
    await sleep(LOOK_EVERY_MS)
  }
}

/** How many lines the file of an export has. */
export async function countLines({ host, port }: Target, { fileUrl }: FileJob): Promise<number> {
  const answer = await fetch(new URL(fileUrl ?? '', `http://${host}:${port}`))
  if (!answer.ok || !answer.body) throw new Error(`${fileUrl}: ${answer.status}`)
  let lines = 0
  for await (const part of answer.body) {
    for (let at = part.indexOf(LF); at >= 0; at = part.indexOf(LF, at + 1)) lines += 1
  }
  return lines
}

const LF = 10

async function call(target: Target, path: string, request: RequestInit = {}): Promise<FileJob> {
  const { host, port, appKey, token } = target
  const answer = await fetch(`http://${host}:${port}/api/creditcontrol${path}`, {
    ...request,
    headers: { ...request.headers, 'X-VTEX-API-AppKey': appKey, 'X-VTEX-API-AppToken': token },
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
  return JSON.parse(text) as FileJob
}
