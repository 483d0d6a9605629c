/** What the operations of imports and those of exports have in common. */
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { ApiContext } from '../../api/context.ts'
import { Input } from '../../api/input.ts'
import { mayUse, requireResource } from '../../api/operation.ts'
import { problem } from '../../api/problems.ts'
import { PageQuery } from '../../api/schemas.ts'
import type { Encoding } from '../../csv/dialect.ts'
import type { Resource } from '../../ledger/credentials.ts'
import type { Sql } from '../../postgres/connect.ts'
import type { Direction, Job, Kind } from '../job.ts'
import { type Caller, cancelJob, findJob, findJobByKey, listJobs } from '../job-store.ts'

/** The resource that each kind of file needs. */
export type ResourceOf = Readonly<Record<Kind, Resource>>

/** A request whose caller is known. */
type Known = Pick<FastifyRequest, 'principal'>

export const ListQuery = Type.Object(PageQuery)

/** The body of an answer that is a file. */
export const CSV = Type.String({ description: 'A CSV file.' })

const JOB_ID = /^[0-9a-f-]{36}$/

/** The job that the path names. Throws 404, and 403 where its kind is not the caller's. */
export async function jobOf(
  context: ApiContext,
  request: Known & { params: { id: string } },
  direction: Direction,
  resources: ResourceOf,
): Promise<Job> {
  const { id: jobId } = request.params
  const { storeId } = request.principal.store
  const job = JOB_ID.test(jobId) ? await findJob(context.sql(), storeId, jobId) : undefined
  if (job?.direction !== direction) throw problem('job-not-found', { jobId })
  requireResource(request, [resources[job.kind]])
  return job
}

/** A page of the jobs of the kinds that the caller may use, the newest first. */
export async function jobsOf(
  context: ApiContext,
  request: Known & { query: { from?: string; to?: string } },
  direction: Direction,
  resources: ResourceOf,
): Promise<{ jobs: Job[]; count: number }> {
  const { store } = request.principal
  const input = new Input(store, 'query')
  const page = input.page(request.query)
  input.check()
  const all = Object.keys(resources) as Kind[]
  const kinds = all.filter((kind) => mayUse(request, resources[kind]))
  return await listJobs(context.sql(), { storeId: store.storeId, direction, kinds }, page)
}

/** The job that another process made under this key a moment ago. Throws 422 where it is another. */
export async function jobUnderKey(
  sql: Sql,
  storeId: number,
  key: string,
  fingerprint: string,
): Promise<Job> {
  const known = await findJobByKey(sql, storeId, key)
  const job = known && (await findJob(sql, storeId, known.jobId))
  if (!job || known.fingerprint !== fingerprint) throw problem('idempotency-key-reused', {})
  return job
}

export function callerOf(request: Known): Caller {
  return { doneBy: request.principal.doneBy, mayPay: mayUse(request, 'Pay Invoice') }
}

/** Stops a job, or says that it is over. */
export async function cancel(context: ApiContext, job: Job): Promise<void> {
  if (job.state === 'cancelled') return
  const isStopped = await cancelJob(context.sql(), job, context.now())
  if (!isStopped) throw problem('job-over', { state: job.state })
}

/** Sends a file as a download. */
export function sendFile(
  reply: FastifyReply,
  name: string,
  content: AsyncIterable<Uint8Array | string> | Iterable<string>,
  encoding: Encoding = 'utf-8',
): FastifyReply {
  const ascii = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16)}`,
  )
  return (
    reply
      .type(`text/csv; charset=${encoding}`)
      .header('Content-Disposition', `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`)
      .header('Cache-Control', 'no-store')
      // By bytes: by objects it would read 16 pieces ahead.
      .send(Readable.from(content, { objectMode: false }))
  )
}
