/** The HTTP server: parsing, credentials, limits, errors, documentation, and all operations. */
import helmet from '@fastify/helmet'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { Ajv } from 'ajv'
import type { DataValidationCxt } from 'ajv/dist/types/index.js'
import Fastify, { type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import type { Principal } from '../ledger/credentials.ts'
import { Authenticator } from './auth.ts'
import { BARE_HEADERS } from './bare-headers.ts'
import type { Api, ApiContext, Capability, Dependencies } from './context.ts'
import { accountRoutes } from './creditcontrol/accounts.ts'
import { holderRoutes } from './creditcontrol/holders.ts'
import { invoiceRoutes } from './creditcontrol/invoices.ts'
import { statementRoutes } from './creditcontrol/statements.ts'
import { storeConfigRoutes } from './creditcontrol/store-config.ts'
import { transactionRoutes } from './creditcontrol/transactions.ts'
import { Door } from './door.ts'
import { clientErrorHandler, errorHandler, MAX_BODY_BYTES, sendProblem } from './errors.ts'
import { parseJsonBody, wasNumber } from './json-body.ts'
import { Limits, quotaHeaders } from './limits.ts'
import { Metrics } from './metrics.ts'
import { openApi } from './openapi.ts'
import { PAGE_POLICY } from './page-policy.ts'
import { problem } from './problems.ts'
import { ProblemOut } from './schemas.ts'
import { systemRoutes } from './system.ts'

export interface ServerOptions extends Dependencies {
  readonly version: string
  readonly logLevel: string
  /** True where a proxy of ours stands in front: its X-Forwarded-For tells the address. */
  readonly trustProxy?: boolean
  readonly metrics?: Metrics
  /** Bulk files, where they are served. */
  readonly files?: Capability
  /** The pages of the Admin, where they are served. */
  readonly pages?: (api: Api) => Promise<void>
  /** What the Admin reads, where it is served. */
  readonly admin?: Pick<Capability, 'closed'>
  /** People who sign in, and what they may manage, where that is served. */
  readonly users?: Capability
  /** Told when the database could not be reached: whoever owns the pool may renew it. */
  readonly onConnectionError?: () => void
}

const DOCS = {
  routePrefix: '/docs',
  theme: { title: 'Fiado API' },
  uiConfig: { layout: 'BaseLayout', tryItOutEnabled: true, validatorUrl: null },
} as const

/** Requests of one connection that may wait for their answers. */
const MAX_PIPELINED = 32

const REQUEST_TIMEOUT_MS = 30_000
const MAX_PARAM_LENGTH = 300

/** Builds the server; it listens where `listen` is called on it. */
export async function buildServer(options: ServerOptions): Promise<Api> {
  const metrics = options.metrics ?? new Metrics()
  const api = Fastify({
    logger: loggerOf(options.logLevel),
    logController: new LogController({ disableRequestLogging: true }),
    // A logger for each request would cost all of them; the few that log say who they are.
    childLoggerFactory: (logger) => logger,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Nothing moves on it: nobody there, or somebody who does not read.
    connectionTimeout: REQUEST_TIMEOUT_MS,
    http: {
      // Node takes the larger of the two for bodies: without this they had 60 s.
      headersTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 5_000,
      // We answer ourselves, with a problem.
      requireHostHeader: false,
    },
    // The nearest hop only: what clients write into X-Forwarded-For themselves counts nothing.
    trustProxy: options.trustProxy ? (_address: string, hop: number) => hop === 0 : false,
    // Requests in flight, and those that follow on their connections, are finished on stop.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_PARAM_LENGTH },
    clientErrorHandler,
    frameworkErrors: (_error, request: FastifyRequest, reply: FastifyReply) => {
      const fault = 'The address of the request cannot be read.'
      // No hook runs for these, so the headers of helmet are missing.
      reply.headers(BARE_HEADERS)
      return sendProblem(request, reply, problem('malformed-request', { fault }))
    },
  })
  // An expectation that nobody knows is passed over, as RFC 9110 allows.
  api.server.on('checkExpectation', (request, reply) => api.server.emit('request', request, reply))
  guardConnections(api)
  const limits = new Limits()
  const context: ApiContext = {
    writer: options.writer,
    sql: options.sql,
    now: options.now,
    limits,
    authenticator: new Authenticator({
      sql: options.sql,
      now: options.now,
      limits,
      onKeyUse: (appKey, at) => options.users?.onKeyUse?.(appKey, at),
    }),
    running: new Set(),
    csv: options.files?.csv,
  }
  api.setErrorHandler(
    errorHandler({ onConnectionError: options.onConnectionError ?? (() => undefined) }),
  )
  api.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, problem('route-not-found', {})),
  )
  readJson(api)
  validateStrictly(api)
  observe(api, metrics)
  metrics.watchQueue(() => options.writer.waiting)

  api.addSchema({ ...ProblemOut, $id: 'Problem' })
  await api.register(swagger, openApi(options.version))
  await api.register(async (pages) => {
    pages.addHook('onRequest', (_request, reply, done) => {
      // Those of the API would win over helmet's.
      for (const name of Object.keys(BARE_HEADERS)) reply.removeHeader(name)
      done()
    })
    await pages.register(helmet, { contentSecurityPolicy: PAGE_POLICY })
    await pages.register(swaggerUi, DOCS)
  })
  if (options.pages) await api.register(options.pages)
  await api.register(async (open) => {
    systemRoutes(open, { ...options, metrics })
    await options.files?.open(open, context)
    await options.users?.open(open, context)
  })
  api.decorate('door', new Door(api, metrics))
  await api.register(async (closed) => {
    identify(closed, context)
    accountRoutes(closed, context)
    holderRoutes(closed, context)
    invoiceRoutes(closed, context)
    statementRoutes(closed, context)
    transactionRoutes(closed, context)
    storeConfigRoutes(closed, context)
    await options.files?.closed(closed, context)
    await options.admin?.closed(closed, context)
    await options.users?.closed(closed, context)
  })
  return api
}

/** The log names routes, never addresses: these hold documents and e-mails. */
function loggerOf(level: string) {
  if (level === 'silent') return false
  return {
    level,
    stream: process.stderr,
    serializers: {
      req: ({ method, routeOptions }: FastifyRequest) => ({ method, route: routeOptions?.url }),
    },
  }
}

function readJson(api: Api): void {
  api.decorateRequest('rawBody')
  api.removeAllContentTypeParsers()
  api.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request: FastifyRequest, body: Buffer, done) => {
      if (request.headers['idempotency-key'] !== undefined) request.rawBody = body
      try {
        done(null, parseJsonBody(body))
      } catch (error) {
        done(error as Error)
      }
    },
  )
}

/** No coercion: a field is what it was sent as, and our own readers take numbers in strings. */
function validateStrictly(api: Api): void {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false })
  ajv.addKeyword({
    keyword: 'isText',
    type: 'string',
    validate: (_: true, _text: string, _schema: unknown, at?: DataValidationCxt) =>
      !at || !wasNumber(at.parentData, at.parentDataProperty),
  })
  api.setValidatorCompiler(({ schema, httpPart }) => {
    // The one header that is described is read by write.ts, in words of its own.
    if (httpPart === 'headers') return () => true
    return ajv.compile(httpPart === 'body' ? (withText(schema) as object) : (schema as object))
  })
}

/** Marks what may only be text, so that no number passes for it (see json-body.ts). */
function withText(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withText)
  if (typeof schema !== 'object' || schema === null) return schema
  const entries = Object.entries(schema).map(([key, value]) => [key, withText(value)])
  return {
    ...Object.fromEntries(entries),
    ...('type' in schema && schema.type === 'string' && { isText: true }),
  }
}

/** How many requests of a connection wait for their answers. */
const WAITING = Symbol('waiting')

declare module 'node:net' {
  interface Socket {
    [WAITING]?: number
  }
}

/** A client that asks and asks and does not read would have us keep all the answers. */
function guardConnections(api: Api): void {
  api.addHook('onRequest', (request, reply, done) => {
    const { socket, httpVersion, headers } = request.raw
    const count = (socket[WAITING] ?? 0) + 1
    if (socket.destroyed || count > MAX_PIPELINED) {
      reply.hijack()
      socket.destroy()
      return
    }
    socket[WAITING] = count
    reply.headers(BARE_HEADERS)
    if (headers.host !== undefined || httpVersion !== '1.1') return done()
    done(problem('malformed-request', { fault: 'The request has no Host header.' }))
  })
}

function observe(api: Api, metrics: Metrics): void {
  api.decorate('draining', false)
  api.addHook('onSend', (_request, reply, payload, done) => {
    if (api.draining) reply.header('Connection', 'close')
    done(null, payload)
  })
  api.addHook('onResponse', (request, reply, done) => {
    const { socket } = request.raw
    socket[WAITING] = (socket[WAITING] ?? 1) - 1
    const route = request.routeOptions.url ?? 'none'
    metrics.request(request.method, route, reply.statusCode, reply.elapsedTime)
    done()
  })
}

/** Finds out who calls, before the body is read, and counts the request where the key has a limit. */
function identify(api: Api, { authenticator, limits }: ApiContext): void {
  api.decorateRequest('principal')

  const count = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { requestsPerSecond, doneBy } = request.principal
    if (requestsPerSecond === null) return
    reply.headers(quotaHeaders(await limits.countRequest(doneBy, requestsPerSecond)))
  }

  const accept = async (
    request: FastifyRequest,
    reply: FastifyReply,
    principal: Principal | Promise<Principal>,
  ): Promise<void> => {
    request.principal = await principal
    await count(request, reply)
  }

  // Known callers without a limit wait for nothing here: that is nearly every request.
  api.addHook('onRequest', (request, reply, done) => {
    try {
      const principal = authenticator.authenticate(request)
      if (principal instanceof Promise || principal.requestsPerSecond !== null) {
        accept(request, reply, principal).then(() => done(), done)
        return
      }
      request.principal = principal
      done()
    } catch (error) {
      done(error as Error)
    }
  })
}
