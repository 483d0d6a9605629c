/** Imports: send a file, follow it, confirm, cancel, try again, and see what became of each row. */
import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Api, ApiContext } from '../../api/context.ts'
import { BASE } from '../../api/creditcontrol/paths.ts'
import { Input } from '../../api/input.ts'
import { operation, requireResource } from '../../api/operation.ts'
import { problem } from '../../api/problems.ts'
import { PageQuery } from '../../api/schemas.ts'
import { idempotencyKeyOf, type OwnAnswer, once, type WriteRequest } from '../../api/write.ts'
import { errorsFile } from '../errors-file.ts'
import { forgetFile, readFile } from '../file-store.ts'
import type { Files } from '../files.ts'
import type { Job } from '../job.ts'
import { confirmJob, retryJob } from '../job-store.ts'
import { newImport } from '../new-import.ts'
import { countDone, listRows } from '../row-store.ts'
import { importJson, rowJson } from './answers.ts'
import { CSV, callerOf, cancel, jobOf, jobsOf, jobUnderKey, ListQuery, sendFile } from './jobs.ts'
import { ImportForm, ImportListOut, ImportOut, JobPath, RESULTS, RowListOut } from './schemas.ts'
import type { Upload } from './upload.ts'

const IMPORTS = `${BASE}/imports`
const IMPORT = `${IMPORTS}/:id`

/** Importing is writing: who imports may do what the file does. */
const RESOURCE = { accounts: 'Create Checking Accounts', invoices: 'Create Invoices' } as const
const EITHER = Object.values(RESOURCE)

type OfJob = Parameters<typeof jobOf>[1]

/** The one operation that takes a form. */
export function uploadRoute(api: Api, context: ApiContext, files: Files): void {
  operation(api, {
    method: 'POST',
    url: IMPORTS,
    id: 'createImport',
    tag: 'Imports',
    summary: 'Import a file',
    description:
      'Takes a CSV of accounts or invoices and works on it in the background. `Create Checking Accounts` is needed for accounts, `Create Invoices` for invoices, and `Pay Invoice` too for rows that mark as paid.',
    resource: EITHER,
    parts: {},
    form: ImportForm,
    answer: ImportOut,
    status: 202,
    errors: ['no-file', 'not-a-form', 'file-too-large', 'unusable-file', 'too-many-uploads'],
    handler: async (request, reply) => {
      idempotencyKeyOf(request)
      const upload = await files.uploads.receive(context, request as FastifyRequest)
      let fileOf: string | null = null
      const work = async () => {
        const { job, isNew } = await makeImport(context, request, upload)
        fileOf = job.fileId
        if (isNew) await files.enqueue(job)
        else reply.header('Idempotency-Replayed', 'true')
        reply.header('Location', `${IMPORTS}/${job.jobId}`)
        return { status: 202, body: importJson(job, context.now()) } as const
      }
      const { fileId } = upload.file
      const putAway = () => forgetFile(context.sql(), fileId)
      const options = { fingerprint: fingerprintOf(upload), beforeReplay: putAway }
      try {
        return await once(context, request, reply, work, options)
      } finally {
        if (fileOf !== fileId) await putAway()
      }
    },
  })
}

export function importRoutes(api: Api, context: ApiContext, files: Files): void {
  const own = (request: OfJob) => jobOf(context, request, 'import', RESOURCE)

  operation(api, {
    method: 'GET',
    url: IMPORTS,
    id: 'listImports',
    tag: 'Imports',
    summary: 'List imports',
    description: 'The newest first; those of the kinds that the caller may import.',
    resource: EITHER,
    parts: { query: ListQuery },
    answer: ImportListOut,
    handler: async (request) => {
      const { jobs, count } = await jobsOf(context, request, 'import', RESOURCE)
      const now = context.now()
      return { data: jobs.map((job) => importJson(job, now)), summary: { count } }
    },
  })

  operation(api, {
    method: 'GET',
    url: IMPORT,
    id: 'getImport',
    tag: 'Imports',
    summary: 'Read an import',
    resource: EITHER,
    parts: { params: JobPath },
    answer: ImportOut,
    errors: ['job-not-found'],
    handler: async (request) => importJson(await own(request), context.now()),
  })

  operation(api, {
    method: 'GET',
    url: `${IMPORT}/rows`,
    id: 'listImportRows',
    tag: 'Imports',
    summary: 'What became of each row',
    description: 'Of a dry run: what each row would do.',
    resource: EITHER,
    parts: {
      params: JobPath,
      query: Type.Object({
        ...PageQuery,
        result: Type.Optional(Type.String({ description: `One of ${RESULTS.join(', ')}.` })),
      }),
    },
    answer: RowListOut,
    errors: ['job-not-found'],
    handler: async (request) => {
      const input = new Input(request.principal.store, 'query')
      const page = input.page(request.query)
      const { result } = request.query
      const known = RESULTS.find((one) => one === result)
      if (result !== undefined && !known) {
        input.fault('/result', `must be one of ${RESULTS.join(', ')}`)
      }
      input.check()
      const { jobId } = await own(request)
      const { rows, count } = await listRows(context.sql(), jobId, known, page)
      return { data: rows.map(rowJson), summary: { count } }
    },
  })

  operation(api, {
    method: 'GET',
    url: `${IMPORT}/errors.csv`,
    id: 'getImportErrors',
    tag: 'Imports',
    summary: 'The rows that failed, as a file',
    description: 'As they came, with a column Error: mend them and import the file again.',
    resource: EITHER,
    parts: { params: JobPath },
    answer: CSV,
    errors: ['job-not-found'],
    handler: async (request, reply) => {
      const job = await own(request)
      if (!job.fileId) throw problem('job-not-found', { jobId: job.jobId })
      const name = `errors-${job.fileName ?? 'import.csv'}`
      return sendFile(reply, name, errorsFile(context.sql(), job, request.principal.store))
    },
  })

  operation(api, {
    method: 'GET',
    url: `${IMPORT}/file`,
    id: 'getImportFile',
    tag: 'Imports',
    summary: 'The file as it was sent',
    description: 'Kept for 90 days.',
    resource: EITHER,
    parts: { params: JobPath },
    answer: CSV,
    errors: ['job-not-found'],
    handler: async (request, reply) => {
      const { jobId, fileId, fileName, layout } = await own(request)
      if (!fileId || !fileName) throw problem('job-not-found', { jobId })
      return sendFile(reply, fileName, readFile(context.sql(), fileId), layout?.encoding)
    },
  })

  operation(api, {
    method: 'POST',
    url: `${IMPORT}/cancel`,
    id: 'cancelImport',
    tag: 'Imports',
    summary: 'Cancel an import',
    description: 'It stops after the rows that it has in hand; what is done stays done.',
    resource: EITHER,
    parts: { params: JobPath },
    answer: ImportOut,
    errors: ['job-not-found', 'job-over'],
    handler: async (request, reply) =>
      once(context, request, reply, async () => {
        await cancel(context, await own(request))
        const job = await own(request)
        return { status: 200, body: importJson(job, context.now()) }
      }),
  })

  operation(api, {
    method: 'POST',
    url: `${IMPORT}/confirm`,
    id: 'confirmImport',
    tag: 'Imports',
    summary: 'Do what a dry run showed',
    description:
      'Refused, with the lines, where the data changed so that rows would do something else by now.',
    resource: EITHER,
    parts: { params: JobPath },
    answer: ImportOut,
    status: 202,
    errors: ['job-not-found', 'job-not-waiting', 'data-changed'],
    handler: async (request, reply) =>
      once(context, request, reply, async () => {
        const job = await own(request)
        if (job.state !== 'awaitingConfirmation' || !job.fileId) throw notWaiting(job)
        const { rows, more } = await files.conflictsOf(job, request.principal.store)
        if (rows.length > 0) {
          const lines = `${rows.join(', ')}${more ? ' and more' : ''}`
          throw problem('data-changed', { rows, lines })
        }
        const isSet = await confirmJob(context.sql(), job, callerOf(request), context.now())
        return goOn(request, isSet, notWaiting)
      }),
  })

  operation(api, {
    method: 'POST',
    url: `${IMPORT}/retry`,
    id: 'retryImport',
    tag: 'Imports',
    summary: 'Try again what was not done',
    description: 'Rows that failed and rows that were not reached; what is done stays done.',
    resource: EITHER,
    parts: { params: JobPath },
    answer: ImportOut,
    status: 202,
    errors: ['job-not-found', 'nothing-to-retry'],
    handler: async (request, reply) =>
      once(context, request, reply, async () => {
        const job = await own(request)
        const isLeft = job.rows.failed > 0 || job.state !== 'completed'
        if (!isLeft || !job.fileId) throw nothingToRetry(job)
        const done = await countDone(context.sql(), job.jobId)
        const isSet = await retryJob(context.sql(), job, callerOf(request), done, context.now())
        return goOn(request, isSet, nothingToRetry)
      }),
  })

  async function goOn(
    request: OfJob,
    isSet: boolean,
    refusal: (job: Job) => Error,
  ): Promise<OwnAnswer> {
    const job = await own(request)
    if (!isSet) throw refusal(job)
    await files.enqueue(job)
    return { status: 202, body: importJson(job, context.now()) }
  }
}

const notWaiting = ({ state }: Job) => problem('job-not-waiting', { state })
const nothingToRetry = ({ state }: Job) => problem('nothing-to-retry', { state })

/** The job of an upload, or that of an earlier one with the same Idempotency-Key. */
async function makeImport(
  context: ApiContext,
  request: WriteRequest,
  upload: Upload,
): Promise<{ job: Job; isNew: boolean }> {
  const sql = context.sql()
  const { store } = request.principal
  const { file, kind, mode, dryRun, locale } = upload
  requireResource(request, [RESOURCE[kind]])
  const key = idempotencyKeyOf(request)
  const fingerprint = fingerprintOf(upload)
  const asked = { file, kind, mode, dryRun, locale, caller: callerOf(request) }
  const idempotency = key ? { idempotency: { key, fingerprint } } : {}
  const job = await newImport(sql, store, { ...asked, ...idempotency }, context.now())
  if (job) return { job, isNew: true }
  return { job: await jobUnderKey(sql, store.storeId, key ?? '', fingerprint), isNew: false }
}

function fingerprintOf({ file, kind, mode, dryRun, locale }: Upload): string {
  return JSON.stringify([file.sha256, kind, mode, dryRun, locale])
}
