/** Exports: ask for a file, follow it, download it by a link; and searches that answer as CSV. */
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import type { Api, ApiContext, CsvAnswers } from '../../api/context.ts'
import { ACCOUNT_CRITERIA } from '../../api/creditcontrol/accounts.ts'
import { INVOICE_CRITERIA } from '../../api/creditcontrol/invoices.ts'
import { BASE } from '../../api/creditcontrol/paths.ts'
import { Input } from '../../api/input.ts'
import { operation, problemResponses, requireResource } from '../../api/operation.ts'
import { problem } from '../../api/problems.ts'
import { nullable, text } from '../../api/schemas.ts'
import { fingerprintOf, idempotencyKeyOf, once, type WriteRequest } from '../../api/write.ts'
import type { Instant } from '../../credit/schedule.ts'
import { KINDS, LOCALES, type Locale } from '../../csv/columns.ts'
import { DELIMITERS, type Delimiter } from '../../csv/dialect.ts'
import { formatOf } from '../../csv/write.ts'
import type { Store } from '../../ledger/stores.ts'
import type { Sql } from '../../postgres/connect.ts'
import { countRows, wholeExport } from '../export-lines.ts'
import { type ExportAsked, exportAsked } from '../export-request.ts'
import { fileNameOf } from '../export-run.ts'
import { readFile } from '../file-store.ts'
import type { Files } from '../files.ts'
import type { Job, Kind } from '../job.ts'
import { createJob, findJobById } from '../job-store.ts'
import { exportJson } from './answers.ts'
import { callerOf, cancel, jobOf, jobsOf, jobUnderKey, ListQuery, sendFile } from './jobs.ts'
import { ExportListOut, ExportOut, JobPath } from './schemas.ts'

const EXPORTS = `${BASE}/exports`
const EXPORT = `${EXPORTS}/:id`

const RESOURCE = { accounts: 'Read Checking Accounts', invoices: 'Read Invoices' } as const
const EITHER = Object.values(RESOURCE)

type OfJob = Parameters<typeof jobOf>[1]

const MAX_FILTER_LENGTH = 2_000

const criteria = Object.fromEntries(
  Object.keys({ ...ACCOUNT_CRITERIA, ...INVOICE_CRITERIA }).map((name) => [
    name,
    Type.Optional(nullable(text(MAX_FILTER_LENGTH, 'As in the search.'))),
  ]),
)

const ExportBody = Type.Object({
  kind: Type.Unsafe<Kind>({ type: 'string', enum: [...KINDS] }),
  filters: Type.Optional(
    nullable(Type.Object(criteria, { description: 'As in the search of that kind.' })),
  ),
  locale: Type.Optional(
    nullable(
      Type.Unsafe<Locale>({
        type: 'string',
        enum: [...LOCALES],
        description: 'Headers, states, delimiter and decimals of the file; en where absent.',
      }),
    ),
  ),
  delimiter: Type.Optional(
    nullable(
      Type.Unsafe<Delimiter>({
        type: 'string',
        enum: [...DELIMITERS],
        description: 'That of the locale where absent: a comma in en, a semicolon in pt-BR and es.',
      }),
    ),
  ),
})

export function exportRoutes(api: Api, context: ApiContext, files: Files): void {
  const own = (request: OfJob) => jobOf(context, request, 'export', RESOURCE)
  const told = async (job: Job) => exportJson(job, await linkTo(files, job, context), context.now())

  operation(api, {
    method: 'POST',
    url: EXPORTS,
    id: 'createExport',
    tag: 'Exports',
    summary: 'Export accounts or invoices to a file',
    description: 'The file shows one instant of the store, all rows of the filter.',
    resource: EITHER,
    parts: { body: ExportBody },
    answer: ExportOut,
    status: 202,
    handler: async (request, reply) =>
      once(context, request, reply, async () => {
        const { job, isNew } = await makeExport(context, request)
        if (isNew) await files.enqueue(job)
        else reply.header('Idempotency-Replayed', 'true')
        reply.header('Location', `${EXPORTS}/${job.jobId}`)
        return { status: 202, body: await told(job) }
      }),
  })

  operation(api, {
    method: 'GET',
    url: EXPORTS,
    id: 'listExports',
    tag: 'Exports',
    summary: 'List exports',
    description: 'The newest first; those of the kinds that the caller may read.',
    resource: EITHER,
    parts: { query: ListQuery },
    answer: ExportListOut,
    handler: async (request) => {
      const { jobs, count } = await jobsOf(context, request, 'export', RESOURCE)
      return { data: await Promise.all(jobs.map(told)), summary: { count } }
    },
  })

  operation(api, {
    method: 'GET',
    url: EXPORT,
    id: 'getExport',
    tag: 'Exports',
    summary: 'Read an export',
    resource: EITHER,
    parts: { params: JobPath },
    answer: ExportOut,
    errors: ['job-not-found'],
    handler: async (request) => told(await own(request)),
  })

  operation(api, {
    method: 'POST',
    url: `${EXPORT}/cancel`,
    id: 'cancelExport',
    tag: 'Exports',
    summary: 'Cancel an export',
    resource: EITHER,
    parts: { params: JobPath },
    answer: ExportOut,
    errors: ['job-not-found', 'job-over'],
    handler: async (request, reply) =>
      once(context, request, reply, async () => {
        await cancel(context, await own(request))
        return { status: 200, body: await told(await own(request)) }
      }),
  })
}

/** The file itself: whoever has a link that is signed and not too old may have it. */
export function exportFileRoute(api: Api, context: ApiContext, files: Files): void {
  api.get(
    `${EXPORT}/file`,
    {
      schema: {
        operationId: 'getExportFile',
        tags: ['Exports'],
        summary: 'Download the file of an export',
        description: 'By the `fileUrl` of the export, which is signed and opens it for an hour.',
        params: JobPath,
        querystring: Type.Object({
          expires: Type.Optional(Type.String()),
          signature: Type.Optional(Type.String()),
        }),
        response: {
          200: {
            description: 'The CSV file.',
            content: { 'text/csv': { schema: { type: 'string' } } },
          },
          ...problemResponses(['invalid-input', 'link-expired', 'unavailable']),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params as { id: string }
      const { expires = '', signature = '' } = request.query as Record<string, string | undefined>
      const path = pathOf(id)
      const isOpen = await files.links.opens(path, expires, signature, context.now())
      const job = isOpen ? await findJobById(context.sql(), id) : undefined
      if (!job?.fileId || !job.fileName) throw problem('link-expired', {})
      return sendFile(reply, job.fileName, readFile(context.sql(), job.fileId))
    },
  )
}

/** Searches that answer as CSV files, for filters that a moment is enough for. */
export function csvAnswers(sql: () => Sql, now: () => Instant, most: number): CsvAnswers {
  const send = async (reply: FastifyReply, asked: ExportAsked) => {
    const at = now()
    const count = await countRows(sql(), asked, at)
    if (count > most) throw problem('export-too-large', { count, most })
    return sendFile(reply, fileNameOf(asked, at), [await wholeExport(sql(), asked, at)])
  }
  const format = formatOf('en')
  return {
    accounts: (request, reply, filter) =>
      send(reply, { kind: 'accounts', filter, format, store: request.principal.store }),
    invoices: (request, reply, filter) =>
      send(reply, { kind: 'invoices', filter, format, store: request.principal.store }),
  }
}

const pathOf = (jobId: string) => `${EXPORTS}/${jobId}/file`

async function linkTo(files: Files, job: Job, context: ApiContext): Promise<string | null> {
  if (job.state !== 'completed' || !job.fileName) return null
  return await files.links.sign(pathOf(job.jobId), context.now())
}

async function makeExport(
  context: ApiContext,
  request: WriteRequest & { body: Type.Static<typeof ExportBody> },
): Promise<{ job: Job; isNew: boolean }> {
  const sql = context.sql()
  const { body, principal } = request
  const { store } = principal
  const { kind, filters = null, locale = null, delimiter = null } = body
  requireResource(request, [RESOURCE[kind]])
  const wanted = { kind, filter: onlyOf(kind, filters, store), locale, delimiter }
  exportAsked(wanted, store)
  const key = idempotencyKeyOf(request)
  const fingerprint = fingerprintOf(request)
  const job = await createJob(
    sql,
    {
      ...wanted,
      storeId: store.storeId,
      direction: 'export',
      mode: null,
      dryRun: false,
      fileId: null,
      bytes: 0,
      warnings: [],
      caller: callerOf(request),
      ...(key && { idempotency: { key, fingerprint } }),
    },
    context.now(),
  )
  if (job) return { job, isNew: true }
  return { job: await jobUnderKey(sql, store.storeId, key ?? '', fingerprint), isNew: false }
}

/** A filter that is unknown, or of the other kind, would be passed over in silence: it is refused. */
function onlyOf(kind: Kind, filters: object | null, store: Store): Record<string, unknown> {
  const known = Object.keys(kind === 'accounts' ? ACCOUNT_CRITERIA : INVOICE_CRITERIA)
  const input = new Input(store, 'body', '/filters')
  const given = Object.entries(filters ?? {}).filter(([, value]) => value !== null)
  for (const [name] of given) {
    if (!known.includes(name)) input.fault(`/${name}`, `is no filter of ${kind}`)
  }
  input.check()
  return Object.fromEntries(given)
}
