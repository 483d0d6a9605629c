/**
 * The door of the API: what the server could not do in time is refused before its credentials and
 * its body cost anything, so that refusing takes little from those that are inside. Writes and
 * reads have a door each. Health and metrics are always answered.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Admission } from './admission.ts'
import { BARE_HEADERS } from './bare-headers.ts'
import type { Api } from './context.ts'
import { RETRY_AFTER_S } from './errors.ts'
import type { Metrics } from './metrics.ts'
import { PROBLEM_TYPE, problem, problemBody, statusOf } from './problems.ts'

/** 256 connections that each wait for their answer are no overload, on the slowest machine (the bench). */
const WRITES = { fewest: 32, least: 256, most: 1_024 }
/** A read may take as long as a search does, and has few connections to the database. */
const READS = { fewest: 16, least: 128, most: 512 }

/** How often we look whether the event loop is late. */
const LOOK_MS = 20

const STATUS = statusOf('overloaded')
const BODY = JSON.stringify(problemBody(problem('overloaded', {})))
const HEADERS = {
  'Content-Type': `${PROBLEM_TYPE}; charset=utf-8`,
  'Content-Length': Buffer.byteLength(BODY),
  ...BARE_HEADERS,
  'Retry-After': RETRY_AFTER_S,
}

export class Door {
  readonly #api: Api
  readonly #metrics: Metrics
  readonly #writes = new Admission(WRITES)
  readonly #reads = new Admission(READS)

  /** Stands before everything that `api` does with a request. */
  constructor(api: Api, metrics: Metrics) {
    this.#api = api
    this.#metrics = metrics
    const [handle] = api.server.listeners('request') as RequestListener[]
    if (!handle) throw new Error('The server has nobody to handle requests')
    api.server.off('request', handle)
    api.server.on('request', (request, response) => {
      if (this.#admits(request)) handle(request, response)
      else this.#refuse(request, response)
    })
    this.#watchLag()
  }

  /**
   * Counts a request while `serve` makes its answer: who sends a body slowly, or does not read the
   * answer, shall not keep others out.
   */
  async inside<T>(
    { method }: FastifyRequest,
    reply: FastifyReply,
    serve: () => Promise<T>,
  ): Promise<T> {
    const admission = this.#of(method)
    const cameInAt = performance.now()
    let isServed = false
    admission.enter()
    try {
      const answer = await serve()
      isServed = reply.statusCode === 200
      return answer
    } finally {
      const now = performance.now()
      admission.leave(now, isServed ? now - cameInAt : undefined)
    }
  }

  #watchLag(): void {
    let last = performance.now()
    const timer = setInterval(() => {
      const now = performance.now()
      const lag_ms = Math.max(0, now - last - LOOK_MS)
      last = now
      this.#writes.note(lag_ms)
      this.#reads.note(lag_ms)
    }, LOOK_MS)
    timer.unref()
    this.#api.addHook('onClose', async () => clearInterval(timer))
  }

  #admits({ method, url = '' }: IncomingMessage): boolean {
    return !url.startsWith('/api/') || this.#of(method).admits(performance.now())
  }

  #of(method: string | undefined): Admission {
    return method === 'GET' ? this.#reads : this.#writes
  }

  #refuse({ method = '' }: IncomingMessage, response: ServerResponse): void {
    this.#metrics.request(method, 'refused', STATUS, 0)
    response.writeHead(STATUS, STATUS_CODES[STATUS], {
      ...HEADERS,
      ...(this.#api.draining && { Connection: 'close' }),
    })
    response.end(BODY)
  }
}
