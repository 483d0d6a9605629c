/** One HTTP request over a kept connection, and everything that a test wants to know of its end. */
import { type Agent, type IncomingMessage, request } from 'node:http'
import { FIRST_KEY } from './process.ts'

export interface Exchange {
  /** Method and path. */
  asked?: string
  startedAt?: number
  /** When its last byte had gone to the kernel; undefined where it never had. */
  sentAt?: number
  endedAt?: number
  status?: number
  text?: string
  retryAfter?: string | undefined
  /** True where an Idempotency-Key was answered again. */
  isReplay?: boolean
  /** The code of the connection's error, where there was no answer. */
  error?: string
}

export interface Asked {
  readonly url: string
  readonly method: string
  /** Under /api/creditcontrol. */
  readonly path: string
  readonly body?: unknown
  readonly idempotencyKey?: string
  readonly agent?: Agent | undefined
}

/** A request that is still open after this hangs: it ends with the error HANGS. */
const HANGS_MS = 30_000

/** Sends the request with the first key; `exchange` is filled as it goes. Never rejects. */
export function send(
  { url, method, path, body, idempotencyKey, agent }: Asked,
  exchange: Exchange = {},
): Promise<Exchange> {
  exchange.asked = `${method} ${path}`
  exchange.startedAt = performance.now()
  return new Promise((resolve) => {
    const end = (): void => {
      exchange.endedAt ??= performance.now()
      resolve(exchange)
    }
    const fail = (error: NodeJS.ErrnoException): void => {
      exchange.error ??= error.code ?? error.message
      end()
    }
    const outgoing = request(`${url}/api/creditcontrol${path}`, {
      method,
      timeout: HANGS_MS,
      ...(agent && { agent }),
      headers: {
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(idempotencyKey && { 'Idempotency-Key': idempotencyKey }),
        'X-VTEX-API-AppKey': FIRST_KEY.appKey,
        'X-VTEX-API-AppToken': FIRST_KEY.token,
      },
    })
    outgoing.on('finish', () => {
      exchange.sentAt = performance.now()
    })
    outgoing.on('timeout', () => outgoing.destroy(Object.assign(new Error(), { code: 'HANGS' })))
    outgoing.on('error', fail)
    outgoing.on('response', (answer: IncomingMessage) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        text += chunk
      })
      answer.on('error', fail)
      answer.on('end', () => {
        exchange.status = answer.statusCode ?? 0
        exchange.text = text
        exchange.retryAfter = answer.headers['retry-after']
        exchange.isReplay = answer.headers['idempotency-replayed'] === 'true'
        end()
      })
    })
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
