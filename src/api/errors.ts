/** Whatever goes wrong, the caller gets a problem of the catalogue and the log no personal data. */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { OutcomeUnknown, WriterOverloaded, WriterUnavailable } from '../ledger/writer.ts'
import { errorCode, isConnectionError, isOverloadError } from '../postgres/connect.ts'
import { faultsOf } from './faults.ts'
import { quotaHeaders, quotaOf } from './limits.ts'
import {
  invalidInput,
  PROBLEM_TYPE,
  Problem,
  type ProblemName,
  problem,
  problemBody,
  statusOf,
} from './problems.ts'

/** Largest body of a request. */
export const MAX_BODY_BYTES = 1_048_576

export const RETRY_AFTER_S = 1

const BY_CODE: Readonly<Record<string, () => Problem>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => problem('body-too-large', { most: '1 MB' }),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => problem('unsupported-media-type', {}),
  FST_ERR_CTP_INVALID_TYPE: () => problem('unsupported-media-type', {}),
}

/** Told of faults that are ours, and of a database that cannot be reached. */
export interface ErrorHooks {
  readonly onConnectionError: () => void
}

export function errorHandler({ onConnectionError }: ErrorHooks) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (isConnectionError(error)) onConnectionError()
    const found = toProblem(error)
    if (statusOf(found.problem) >= 500) logFault(request, found.problem, error)
    return sendProblem(request, reply, found)
  }
}

export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  found: Problem,
): FastifyReply {
  const status = statusOf(found.problem)
  const quota = quotaOf(found)
  if (quota) reply.headers(quotaHeaders(quota))
  if (status === 429) reply.header('Retry-After', retryAfterOf(found))
  if (status === 503) reply.header('Retry-After', RETRY_AFTER_S)
  const requestId = found.problem === 'internal' ? { requestId: request.id } : {}
  const body = JSON.stringify({ ...requestId, ...problemBody(found, request.principal?.store) })
  return reply
    .code(status)
    .type(`${PROBLEM_TYPE}; charset=utf-8`)
    .serializer((text: unknown) => text as string)
    .send(body)
}

function retryAfterOf({ facts }: Problem): number {
  return 'retryAfter_s' in facts ? facts.retryAfter_s : RETRY_AFTER_S
}

function toProblem(error: FastifyError | Problem): Problem {
  if (error instanceof Problem) return error
  if ('validation' in error && error.validation) {
    return invalidInput(faultsOf(error.validation, error.validationContext))
  }
  const known = BY_CODE[error.code]
  if (known) return known()
  if (error instanceof WriterOverloaded) return problem('overloaded', {})
  if (error instanceof OutcomeUnknown) return problem('outcome-unknown', {})
  if (error instanceof WriterUnavailable) return problem('unavailable', {})
  if (isConnectionError(error) || isOverloadError(error)) return problem('unavailable', {})
  const status = error.statusCode ?? 500
  if (status >= 400 && status < 500) {
    return problem('malformed-request', {
      fault: 'The request is not valid HTTP or its address cannot be read.',
    })
  }
  return problem('internal', {})
}

/** Codes and our own call stack: messages and parameters of the database may hold personal data. */
function logFault(request: FastifyRequest, name: ProblemName, error: Error): void {
  const cause = error.cause as Error | undefined
  const stack = error.stack?.split('\n').filter((line) => line.startsWith('    at '))
  const fault = {
    reqId: request.id,
    problem: name,
    error: error.name,
    code: errorCode(error) || errorCode(cause),
    route: request.routeOptions.url,
    stack: stack?.slice(0, 8),
  }
  if (name === 'internal') request.log.error(fault, 'A request failed')
  else request.log.warn(fault, 'A request could not be served')
}

/** Marks a connection on which a file is on its way: that may take longer than other requests do. */
export const SENDS_FILE = Symbol('sends a file')

declare module 'node:net' {
  interface Socket {
    [SENDS_FILE]?: boolean
  }
}

/** Answers what is not even HTTP. */
export function clientErrorHandler(error: Error & { code?: string }, socket: Socket): void {
  // The server has one time limit for all requests; a file has its own, and must keep moving.
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket[SENDS_FILE]) return
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const name = error.code === 'HPE_HEADER_OVERFLOW' ? 'headers-too-large' : 'malformed-request'
  const fault = 'The request is not valid HTTP, or it took too long to arrive.'
  const body = JSON.stringify(problemBody(new Problem(name, { fault })))
  const status = statusOf(name)
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: ${PROBLEM_TYPE}; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
