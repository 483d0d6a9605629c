/** What operators and tools look at: health, readiness, metrics, documentation, error pages. */
import Type from 'typebox'
import type { Api, Dependencies } from './context.ts'
import type { Metrics } from './metrics.ts'
import { catalogue, isProblemName, problem } from './problems.ts'

interface System extends Dependencies {
  readonly metrics: Metrics
}

const READY_TIMEOUT_MS = 2_000

export function systemRoutes(api: Api, { sql, metrics }: System): void {
  const tags = ['System']
  const status = Type.Object({ status: Type.String() })

  api.get(
    '/healthz',
    {
      schema: {
        operationId: 'getHealth',
        tags,
        summary: 'The process answers',
        response: { 200: status },
      },
    },
    async () => ({ status: 'ok' }),
  )

  api.get(
    '/readyz',
    {
      schema: {
        operationId: 'getReadiness',
        tags,
        summary: 'The database answers too',
        response: {
          200: status,
          503: {
            description: 'The database does not answer.',
            content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
          },
        },
      },
    },
    async () => {
      const isReady = await within(READY_TIMEOUT_MS, sql()`select 1 from schema_migration limit 1`)
      if (!isReady) throw problem('unavailable', {})
      return { status: 'ready' }
    },
  )

  api.get(
    '/metrics',
    { schema: { operationId: 'getMetrics', tags, summary: 'Prometheus metrics' } },
    async (_, reply) => reply.type(metrics.registry.contentType).send(await metrics.text()),
  )

  // Made once: it is large, and anybody may ask for it.
  let document: Buffer | undefined
  api.get('/openapi.json', { schema: { hide: true } }, async (_, reply) => {
    document ??= Buffer.from(JSON.stringify(api.swagger()))
    return reply.type('application/json; charset=utf-8').send(document)
  })

  api.get('/', { schema: { hide: true } }, async (_, reply) => reply.redirect('/docs'))

  api.get(
    '/problems/:name',
    {
      schema: {
        operationId: 'getProblem',
        tags,
        summary: 'What an error means',
        params: Type.Object({ name: Type.String() }),
        response: {
          200: Type.Object({
            name: Type.String(),
            status: Type.Integer(),
            code: Type.Integer(),
            title: Type.String(),
            detail: Type.String({ description: 'Its words, with facts in braces.' }),
          }),
          404: {
            description: 'No error has this name.',
            content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
          },
        },
      },
    },
    async (request) => {
      const { name } = request.params as { name: string }
      if (!isProblemName(name)) throw problem('route-not-found', {})
      return catalogue().find((line) => line.name === name)
    },
  )
}

/** True where `work` succeeds in time. */
async function within(limit_ms: number, work: Promise<unknown>): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => {
    setTimeout(() => resolve(false), limit_ms).unref()
  })
  const done = work.then(
    () => true,
    () => false,
  )
  return await Promise.race([done, late])
}
