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
  /** One of these is enough; `Main Access` always is. Null: whoever is known may. */
  readonly resource: Resource | readonly OwnResource[] | null
  /** True: nobody has to be known. Such operations are registered among the open ones. */
  readonly isOpen?: boolean
  /** False: the answer has a secret or belongs to a session, and is kept for no repetition. */
  readonly isRepeatable?: boolean
  /** True: it waits in a queue of its own, and is not counted among those who keep others busy. */
  readonly isQueued?: boolean
  readonly parts: P
  /** The body of the answer; null where it has none. */
  readonly answer: TSchema | null
  /** 202: what was asked for is done later. */
  readonly status?: 200 | 202
  /** True: the answer may be a CSV file too, for who accepts `text/csv`. */
  readonly csv?: boolean
  /** The parts of a form with a file (multipart/form-data), which the handler reads by itself. */
  readonly form?: TObject
  /** What it may refuse besides what every operation may. */
  readonly errors?: readonly ProblemName[]
  readonly handler: (request: ValidRequest<P>, reply: FastifyReply) => Promise<unknown>
}

type OwnResource = Exclude<Resource, 'Main Access'>

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

const OF_KNOWN_CALLERS: ReadonlySet<ProblemName> = new Set([
  'unauthenticated',
  'missing-resource',
  'rate-limited',
])

const EVERY_WRITE: readonly ProblemName[] = [
  'cross-site',
  'body-too-large',
  'unsupported-media-type',
]

const EVERY_REPEATABLE_WRITE: readonly ProblemName[] = [
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
  const isRepeatable = spec.method !== 'GET' && spec.isRepeatable !== false
  const resources = [spec.resource ?? []].flat()
  // Whoever sends a file takes his time: he is not counted among those who keep the server busy.
  const serve = (request: FastifyRequest, reply: FastifyReply) =>
    spec.handler(request as unknown as ValidRequest<P>, reply)
  api.route({
    method: spec.method,
    url: spec.url,
    schema: {
      operationId: spec.id,
      tags: [spec.tag],
      summary: spec.summary,
      description: [spec.description, needs(spec, resources)].filter(Boolean).join('\n\n'),
      ...(!spec.isOpen && { security: SECURITY }),
      ...(spec.parts.params && { params: spec.parts.params }),
      ...(spec.parts.query && { querystring: spec.parts.query }),
      ...(spec.parts.body && { body: spec.parts.body }),
      ...(spec.form && { body: spec.form, consumes: ['multipart/form-data'] }),
      ...(isRepeatable && { headers: IdempotencyHeader }),
      response: {
        [spec.status ?? 200]: spec.csv ? jsonOrCsv(spec.answer) : success(spec.answer),
        ...problemResponses(errorsOf(spec, isRepeatable)),
      },
    },
    // A form is no JSON: its parts are read, and refused, by the handler.
    ...(spec.form && { validatorCompiler: () => () => true }),
    preValidation: (request, _reply, done) => {
      if (resources.length > 0) requireResource(request, resources)
      requireStorable(request)
      done()
    },
    handler:
      spec.form || spec.isQueued
        ? serve
        : (request, reply) => api.door.inside(request, reply, () => serve(request, reply)),
  })
}

type Spec = Pick<Operation<Parts>, 'method' | 'errors' | 'isOpen' | 'resource'>

/** All that an operation may refuse. */
function errorsOf(spec: Spec, isRepeatable: boolean): ProblemName[] {
  const every = EVERY_OPERATION.filter((name) => {
    if (name === 'missing-resource' && spec.resource === null) return false
    return !spec.isOpen || !OF_KNOWN_CALLERS.has(name)
  })
  return [
    ...every,
    ...(spec.method === 'GET' ? [] : EVERY_WRITE),
    ...(isRepeatable ? EVERY_REPEATABLE_WRITE : []),
    ...(spec.errors ?? []),
  ]
}

function needs({ isOpen, resource }: Spec, resources: readonly Resource[]): string {
  if (isOpen) return 'Needs no credentials.'
  if (resource === null) return 'Needs no resource.'
  const needed = resources.map((name) => `\`${name}\``).join(' or ')
  return `Needs the resource ${needed}${resource === 'Main Access' ? '' : ' or `Main Access`'}.`
}

/** Throws the 403 that names the resource, unless the caller has one of them. */
export function requireResource(
  request: Pick<FastifyRequest, 'principal'>,
  resources: readonly Resource[],
): void {
  if (resources.some((resource) => mayUse(request, resource))) return
  throw problem('missing-resource', { resource: resources.join('" or "') })
}

/** Text of the query that PostgreSQL cannot store cannot match anything either. */
function requireStorable({ query }: FastifyRequest): void {
  for (const [name, value] of Object.entries(query as Record<string, unknown>)) {
    if (typeof value !== 'string' || isStorable(value)) continue
    const detail = 'has a NUL character or half a surrogate pair'
    throw invalidInput([{ pointer: `/${name}`, in: 'query', detail }])
  }
}

/** True where the caller asks for a CSV file before anything else. */
export function wantsCsv({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return headers.accept?.trim().toLowerCase().startsWith('text/csv') ?? false
}

export function mayUse({ principal }: Pick<FastifyRequest, 'principal'>, resource: Resource) {
  return principal.resources.has('Main Access') || principal.resources.has(resource)
}

function success(answer: TSchema | null) {
  return answer ?? { type: 'null', description: 'Done. The answer has no body.' }
}

function jsonOrCsv(answer: TSchema | null) {
  return {
    description: 'JSON, or a CSV file with all rows of the filter for who accepts text/csv.',
    content: {
      'application/json': { schema: success(answer) },
      'text/csv': { schema: { type: 'string' } },
    },
  }
}

/** One response for each status, which lists the errors that have it. */
export function problemResponses(names: readonly ProblemName[]): Record<number, unknown> {
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
