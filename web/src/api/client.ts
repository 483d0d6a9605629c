/** Requests to our own server: JSON in, JSON out, refusals as {@link ApiProblem}. */
import { ApiProblem, NetworkProblem } from './problem.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** What stands behind the `?`; what is undefined or empty is left out. */
export type QueryValues = Readonly<Record<string, string | number | undefined>>

export interface RequestOptions {
  readonly query?: QueryValues
  readonly body?: unknown
  /** Instead of `body`: a form, with a file in it. */
  readonly form?: FormData
  readonly signal?: AbortSignal
  /** The Idempotency-Key of a write: the same key and body are done once. */
  readonly key?: string
  /** True where a 401 is an answer to be shown, and no reason to sign in again. */
  readonly anonymous?: boolean
}

/** Answers true once the person has signed in again, false where they did not want to. */
export type Renewal = () => Promise<boolean>

let renew: Renewal = () => Promise.resolve(false)

/** Tells how a session that ended is renewed: requests that wait for it are then sent again. */
export function renewSessionsWith(renewal: Renewal): void {
  renew = renewal
}

/** Sends one request. Throws {@link ApiProblem} or {@link NetworkProblem}. */
export async function request<T>(
  method: Method,
  path: string,
  options: RequestOptions = {},
): Promise<T> {
  const answer = await send(method, path, options)
  if (answer.status !== 401 || options.anonymous) return await read<T>(answer)
  const isRenewed = await renew()
  return await read<T>(isRenewed ? await send(method, path, options) : answer)
}

/** A new Idempotency-Key. `crypto.randomUUID` is missing where the page came without TLS. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}

async function send(method: Method, path: string, options: RequestOptions): Promise<Response> {
  const { body, form, key, signal } = options
  try {
    return await fetch(`${path}${queryOf(options.query)}`, {
      method,
      headers: {
        Accept: 'application/json',
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(key !== undefined && { 'Idempotency-Key': key }),
      },
      credentials: 'same-origin',
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(form && { body: form }),
      ...(signal && { signal }),
    })
  } catch (error) {
    throw failureOf(error)
  }
}

async function read<T>(answer: Response): Promise<T> {
  const text = await answer.text().catch((error: unknown) => {
    throw failureOf(error)
  })
  const isJson = /json/.test(answer.headers.get('Content-Type') ?? '')
  const body: unknown = isJson && text !== '' ? JSON.parse(text) : undefined
  if (answer.ok) return body as T
  throw new ApiProblem(answer.status, (body ?? {}) as Record<string, unknown>)
}

/** A request that we gave up ourselves is no failure of the network. */
function failureOf(error: unknown): unknown {
  const isOurs = error instanceof DOMException && error.name === 'AbortError'
  return isOurs ? error : new NetworkProblem('The server was not reached', { cause: error })
}

function queryOf(query: QueryValues = {}): string {
  const entries = Object.entries(query).filter(
    ([, value]) => value !== undefined && value !== '',
  ) as [string, string | number][]
  if (entries.length === 0) return ''
  return `?${new URLSearchParams(entries.map(([name, value]) => [name, String(value)]))}`
}
