/** One operation of the API: its schemas, who may call it, and the errors it lists. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Static, TObject, TSchema } from 'typebox'
import Type from 'typebox'
import type { Resource } from '../ledger/credentials.ts'
import type { Api } from './context.ts'
import { isStorable } from './json-body.ts'
import { catalogue, invalidInput, PROBLEM_TYPE, type ProblemName, problem } from './problems.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

interface Parts {
  readonly params?: TSchema
  readonly query?: TObject
  readonly body?: TSchema
}

type StaticOf<T> = T extends TSchema ? Static<T> : undefined

/** A request whose parts the schemas have validated. */
export type ValidRequest<P extends Parts> = Omit<FastifyRequest, 'params' | 'query' | 'body'> & {
  readonly params: StaticOf<P['params']>
  readonly query: StaticOf<P['query']>
  readonly body: StaticOf<P['body']>
}

export interface Operation<P extends Parts> {
  readonly method: Method
  readonly url: string
  readonly id: string
  readonly tag: string
  readonly summary: string
  readonly description?: string
  /** One of these is enough; `Main Access` always is. */
  readonly resource: Exclude<Resource, 'Main Access'>
  readonly parts: P
  /** The body of a 200; null where it has none. */
  readonly answer: TSchema | null
  /** What it may refuse besides what every operation may. */
  readonly errors?: readonly ProblemName[]
  readonly handler: (request: ValidRequest<P>, reply: FastifyReply) => Promise<unknown>
}

const EVERY_OPERATION: readonly ProblemName[] = [
  'malformed-request',
  'invalid-input',
  'unauthenticated',
  'missing-resource',
  'rate-limited',
  'too-many-failed-sign-ins',
  'overloaded',
  'unavailable',
]

const EVERY_WRITE: readonly ProblemName[] = [
  'cross-site',
  'body-too-large',
  'unsupported-media-type',
  'idempotency-key-reused',
  'idempotency-key-running',
  'outcome-unknown',
]

const SECURITY: Record<string, string[]>[] = [
  { appKey: [], appToken: [] },
  { VtexIdclientAutCookie: [] },
]

const IdempotencyHeader = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      description:
        'Repeating a request with the same key and body has no second effect and gives the first answer. 1 to 255 visible ASCII characters; kept for 8 days.',
    }),
  ),
})

/** Registers an operation: schemas, documentation, the resource it needs, and its handler. */
export function operation<const P extends Parts>(api: Api, spec: Operation<P>): void {
  const isWrite = spec.method !== 'GET'
  const errors = [...EVERY_OPERATION, ...(isWrite ? EVERY_WRITE : []), ...(spec.errors ?? [])]
  api.route({
    method: spec.method,
    url: spec.url,
    schema: {
      operationId: spec.id,
      tags: [spec.tag],
      summary: spec.summary,
      description: `${spec.description ? `${spec.description}\n\n` : ''}Needs the resource \`${spec.resource}\` or \`Main Access\`.`,
      security: SECURITY,
      ...(spec.parts.params && { params: spec.parts.params }),
      ...(spec.parts.query && { querystring: spec.parts.query }),
      ...(spec.parts.body && { body: spec.parts.body }),
      ...(isWrite && { headers: IdempotencyHeader }),
      response: { 200: success(spec.answer), ...problemResponses(errors) },
    },
    preValidation: (request, _reply, done) => {
      requireResource(request, spec.resource)
      requireStorable(request)
      done()
    },
    handler: (request, reply) =>
      api.door.inside(request, reply, () =>
        spec.handler(request as unknown as ValidRequest<P>, reply),
      ),
  })
}

/** Throws the 403 that names the resource, unless the caller has it. */
function requireResource(request: FastifyRequest, resource: Resource): void {
  if (!mayUse(request, resource)) throw problem('missing-resource', { resource })
}

/** Text of the query that PostgreSQL cannot store cannot match anything either. */
function requireStorable({ query }: FastifyRequest): void {
  for (const [name, value] of Object.entries(query as Record<string, unknown>)) {
    if (typeof value !== 'string' || isStorable(value)) continue
    const detail = 'has a NUL character or half a surrogate pair'
    throw invalidInput([{ pointer: `/${name}`, in: 'query', detail }])
  }
}

export function mayUse({ principal }: Pick<FastifyRequest, 'principal'>, resource: Resource) {
  return principal.resources.has('Main Access') || principal.resources.has(resource)
}

function success(answer: TSchema | null) {
  return answer ?? { type: 'null', description: 'Done. The answer has no body.' }
}

/** One response for each status, which lists the errors that have it. */
function problemResponses(names: readonly ProblemName[]): Record<number, unknown> {
  const lines = catalogue().filter(({ name }) => names.includes(name))
  const byStatus = Object.groupBy(lines, ({ status }) => status)
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, ofStatus = []]) => [
      status,
      {
        description: ofStatus
          .map(({ code, name, title }) => `${code} ${name}: ${title}`)
          .join('\n'),
        content: { [PROBLEM_TYPE]: { schema: { $ref: 'Problem#' } } },
      },
    ]),
  )
}
