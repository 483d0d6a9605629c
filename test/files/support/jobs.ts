/** Sends files to a server under test and follows what becomes of them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Api } from '../../api/support/api.ts'
import { BASE } from '../../api/support/contract.ts'
import { ok } from '../../api/support/expect.ts'
import type { Answer, Credentials } from '../../support/server.ts'

export interface Sending {
  readonly kind?: string
  readonly mode?: string
  readonly dryRun?: boolean | string
  readonly locale?: string
  readonly name?: string
  readonly key?: Credentials
  readonly headers?: Record<string, string>
}

/** POST …/imports, as a browser sends a form. */
export async function sendFile(
  api: Api,
  file: string | Buffer,
  { kind = 'invoices', name = 'file.csv', key = api.key, headers = {}, ...fields }: Sending = {},
): Promise<Answer> {
  const form = new FormData()
  form.set('file', new Blob([typeof file === 'string' ? file : new Uint8Array(file)]), name)
  for (const [field, value] of Object.entries({ kind, ...fields })) {
    if (value !== undefined) form.set(field, String(value))
  }
  return await sendForm(api, form, key, headers)
}

export async function sendForm(
  api: Api,
  form: FormData,
  key: Credentials = api.key,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const credentials = { 'X-VTEX-API-AppKey': key.appKey, 'X-VTEX-API-AppToken': key.token }
  const answer = await fetch(`${api.url}${BASE}/imports`, {
    method: 'POST',
    headers: { ...credentials, ...headers },
    body: form,
  })
  const text = await answer.text()
  const received = { status: answer.status, headers: answer.headers, text, json: JSON.parse(text) }
  api.contract.check('POST', `${BASE}/imports`, received)
  return received
}

// biome-ignore lint/suspicious/noExplicitAny: jobs are looked at field by field
export type JobJson = any

const OVER = ['awaitingConfirmation', 'completed', 'failed', 'cancelled']
const LONGEST_MS = 50_000

/** The job once it is over, or waits for its confirmation. */
export async function whenOver(
  api: Api,
  { id }: JobJson,
  direction: 'imports' | 'exports' = 'imports',
): Promise<JobJson> {
  const until = performance.now() + LONGEST_MS
  for (;;) {
    const job = ok(await api.call('GET', `/${direction}/${id}`))
    if (OVER.includes(job.state)) return job
    if (performance.now() > until) throw new Error(`The job is ${JSON.stringify(job)}`)
    await sleep(30)
  }
}

/** Sends a file, which must be accepted, and waits until it has been worked through. */
export async function importFile(
  api: Api,
  file: string | Buffer,
  sending: Sending = {},
): Promise<JobJson> {
  const answer = await sendFile(api, file, sending)
  expect(answer.status, answer.text).toBe(202)
  return await whenOver(api, answer.json)
}

/** What became of the rows of a job, or of those with one result. */
export async function rowsOf(api: Api, { id }: JobJson, result?: string): Promise<JobJson[]> {
  const filter = result ? `&result=${result}` : ''
  return ok(await api.call('GET', `/imports/${id}/rows?from=1&to=1000${filter}`)).data
}

export async function confirm(api: Api, job: JobJson): Promise<JobJson> {
  const answer = await api.call('POST', `/imports/${job.id}/confirm`)
  expect(answer.status, answer.text).toBe(202)
  return await whenOver(api, job)
}

/** The text of an export, without the byte order mark. */
export async function exported(
  api: Api,
  kind: string,
  asked: Record<string, unknown> = {},
): Promise<string> {
  const answer = await api.call('POST', '/exports', { kind, ...asked })
  expect(answer.status, answer.text).toBe(202)
  const job = await whenOver(api, answer.json, 'exports')
  expect(job.state).toBe('completed')
  const bytes = Buffer.from(await (await fetch(`${api.url}${job.fileUrl}`)).arrayBuffer())
  expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]))
  return bytes.subarray(3).toString()
}

/** The lines of a CSV text of simple cells. */
export function cellsOf(text: string, delimiter = ','): string[][] {
  return text
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(delimiter))
}
