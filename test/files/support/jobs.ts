/** Sends files to a server under test and follows what becomes of them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { work } from '../../../src/files/runner.ts'
import type { Writer } from '../../../src/ledger/writer.ts'
import type { Api } from '../../api/support/api.ts'
import { BASE } from '../../api/support/contract.ts'
import { ok } from '../../api/support/expect.ts'
import type { Opened } from '../../api/support/make.ts'
import type { Answer, CallOptions, Credentials } from '../../support/server.ts'

export interface Sending {
  readonly kind?: string
  readonly mode?: string
  readonly dryRun?: boolean | string
  readonly locale?: string
  readonly name?: string
  /** False: without a key. */
  readonly key?: Credentials | false
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
  key: Credentials | false = api.key,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return await postBody(api, form, { key, headers })
}

/** POST …/imports with a body of any kind; `url` is that of another server on the same database. */
export async function postBody(
  api: Api,
  body: NonNullable<RequestInit['body']>,
  { key = api.key, headers = {}, path = '/imports', url = api.url }: PostOptions = {},
): Promise<Answer> {
  const credentials = key
    ? { 'X-VTEX-API-AppKey': key.appKey, 'X-VTEX-API-AppToken': key.token }
    : {}
  const answer = await fetch(`${url}${BASE}${path}`, {
    method: 'POST',
    headers: { ...credentials, ...headers },
    body,
  })
  const text = await answer.text()
  const received = { status: answer.status, headers: answer.headers, text, json: JSON.parse(text) }
  api.contract.check('POST', `${BASE}${path}`, received)
  return received
}

export interface PostOptions extends CallOptions {
  readonly path?: string
  readonly url?: string
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

/** A file of these lines, as a spreadsheet writes it. */
export function csv(...lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n`
}

/** Sends a file, which must be accepted, to a server that leaves it queued. */
export async function queueFile(
  api: Api,
  file: string | Buffer,
  sending: Sending = {},
): Promise<JobJson> {
  const answer = await sendFile(api, file, sending)
  expect(`${answer.status} ${answer.json.state}`, answer.text).toBe('202 queued')
  return answer.json
}

/** Works on an import now, for a server that was started without `files` and leaves all queued. */
export async function runJob(
  api: Api,
  { id }: JobJson,
  submit: Writer['submit'] = (submission) => api.writer.submit(submission),
): Promise<JobJson> {
  const context = {
    sql: () => api.sql,
    url: api.databaseUrl,
    onConnectionError: () => undefined,
    writer: { submit } as Writer,
    now: api.clock.read,
    maxRows: 100_000,
    onError: (error: unknown) => {
      throw error
    },
  }
  await work(context, id, new AbortController().signal)
  return ok(await api.call('GET', `/imports/${id}`))
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

/** The file of the rows that failed, without the byte order mark. */
export async function errorsOf(api: Api, { id }: JobJson): Promise<string> {
  const { status, text } = await api.call('GET', `/imports/${id}/errors.csv`)
  expect(status, text).toBe(200)
  return text.replace(/^\ufeff/, '')
}

/** How many entries the ledger has. */
export async function entryCount(api: Api): Promise<number> {
  const [row] = await api.sql<{ count: bigint }[]>`select count(*) as count from entry`
  return Number(row?.count)
}

/** How many files are stored, and how many pieces of files. */
export async function storedCount(api: Api): Promise<{ files: number; pieces: number }> {
  const [row] = await api.sql<{ files: bigint; pieces: bigint }[]>`
    select (select count(*) from stored_file) as files,
      (select count(*) from stored_file_piece) as pieces`
  return { files: Number(row?.files), pieces: Number(row?.pieces) }
}

/** Asks again and again until the answer passes `test`. */
export async function until<T>(ask: () => Promise<T>, test: (answer: T) => boolean): Promise<T> {
  const limit = performance.now() + LONGEST_MS
  for (;;) {
    const answer = await ask()
    if (test(answer)) return answer
    if (performance.now() > limit) throw new Error(`It stays ${JSON.stringify(answer)}`)
    await sleep(20)
  }
}

/** Runs `task` while the writer cannot get at an account: whatever concerns it waits. */
export async function whileLocked<T>(
  api: Api,
  { id }: Pick<Opened, 'id'>,
  task: () => Promise<T>,
): Promise<T> {
  return (await api.sql.begin(async (sql) => {
    await sql`select from account where account_id = ${id} for update`
    return await task()
  })) as T
}
