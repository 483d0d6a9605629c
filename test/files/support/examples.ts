/** One accepted request for each operation of imports and exports, on a server that leaves jobs queued. */
import type { Api } from '../../api/support/api.ts'
import { BASE, type Operation } from '../../api/support/contract.ts'
import { type Answer, type CallOptions, call as fetchAnswer } from '../../support/server.ts'
import { type JobJson, type PostOptions, postBody, queueFile, runJob } from './jobs.ts'

export const KINDS = ['accounts', 'invoices'] as const
export type Kind = (typeof KINDS)[number]

/** What a caller needs for a kind, in either direction. */
export const RESOURCES = {
  Imports: { accounts: 'Create Checking Accounts', invoices: 'Create Invoices' },
  Exports: { accounts: 'Read Checking Accounts', invoices: 'Read Invoices' },
} as const

/** Files of one row, which is refused. */
export const FILES: Readonly<Record<Kind, string>> = {
  accounts: 'Document,Document Type,Credit limit\n1,Other,5\n',
  invoices: 'Id,Status\nnone,Paid\n',
}

export interface FileRequest {
  readonly jobId?: string
  readonly body?: unknown
  readonly form?: Readonly<Record<string, string>>
}

type Arrange = (api: Api, kind: Kind) => Promise<FileRequest>

const onQueued: Arrange = async (api, kind) => ({
  jobId: (await queueFile(api, FILES[kind], { kind })).id,
})

const onRehearsed: Arrange = async (api, kind) => {
  const job = await queueFile(api, FILES[kind], { kind, dryRun: true })
  return { jobId: (await runJob(api, job)).id }
}

const onFailedRow: Arrange = async (api, kind) => ({
  jobId: (await runJob(api, await queueFile(api, FILES[kind], { kind }))).id,
})

export async function queueExport(api: Api, kind: Kind): Promise<JobJson> {
  return (await api.call('POST', '/exports', { kind })).json
}

const onExport: Arrange = async (api, kind) => ({ jobId: (await queueExport(api, kind)).id })

export const EXAMPLES: Readonly<Record<string, Arrange>> = {
  createImport: async (_, kind) => ({ form: { kind, file: FILES[kind] } }),
  listImports: async () => ({}),
  getImport: onQueued,
  listImportRows: onQueued,
  getImportErrors: onQueued,
  getImportFile: onQueued,
  cancelImport: onQueued,
  confirmImport: onRehearsed,
  retryImport: onFailedRow,
  createExport: async (_, kind) => ({ body: { kind } }),
  listExports: async () => ({}),
  getExport: onExport,
  cancelExport: onExport,
}

export const OPERATION_IDS = Object.keys(EXAMPLES)

export function operationOf({ contract }: Api, id: string): Operation {
  const operation = contract.fileOperations.find((known) => known.id === id)
  if (!operation) throw new Error(`/openapi.json has no operation ${id}`)
  return operation
}

export function arrange(api: Api, id: string, kind: Kind = 'invoices'): Promise<FileRequest> {
  const example = EXAMPLES[id]
  if (!example) throw new Error(`${id} has no example in test/files/support/examples.ts`)
  return example(api, kind)
}

/** A well-formed id of nothing. */
export const UNKNOWN_JOB = '01234567-89ab-4cde-8f01-23456789abcd'

export interface RequestOptions extends PostOptions {
  /** Added to the path. */
  readonly more?: string
}

/** Sends the request of an operation. */
export async function request(
  api: Api,
  { method, template, hasBody }: Operation,
  { jobId = UNKNOWN_JOB, body, form }: FileRequest,
  { more = '', url = api.url, ...options }: RequestOptions = {},
): Promise<Answer> {
  const path = `${template.replace(BASE, '').replace('{id}', encodeURIComponent(jobId))}${more}`
  if (form) return await postBody(api, formOf(form), { ...options, path, url })
  const sent = hasBody ? (body ?? {}) : undefined
  const answer = await fetchAnswer(url, api.key, method, path, sent, options as CallOptions)
  api.contract.check(method, `${BASE}${path}`, answer)
  return answer
}

/** A form as a browser sends it. */
export function formOf({ file, ...fields }: Readonly<Record<string, string>>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  if (file !== undefined) form.set('file', new Blob([file]), 'file.csv')
  return form
}
