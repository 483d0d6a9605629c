/** One hostile request, and what must come of it. */
import type { Credentials } from '../support/server.ts'
import type { Field, Operation } from './operations.ts'
import type { ExchangeOptions } from './raw-http.ts'
import { type Ids, sampleOf, targetOf, type World } from './world.ts'

export interface Case {
  readonly name: string
  /** Made when it is sent: some have a megabyte. */
  readonly bytes: () => Buffer
  readonly options?: ExchangeOptions
  /** `any`: refused or accepted, but in good order. `not-found`: 404 and nothing else. */
  readonly expect: 'any' | 'refused' | 'not-found'
  /** What a 400 must point at. */
  readonly pointer?: string
  /** True where the server may close without a word, as HTTP allows. */
  readonly mayClose?: boolean
}

/** A request before it is bytes. Text goes out as Latin-1, so that any byte can be sent. */
export interface Draft {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer | string
}

/** UTF-8 bytes in the text of a {@link Draft}. */
export function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

export function wire({ method, target, headers, body }: Draft): Buffer {
  const content = body === undefined ? undefined : Buffer.from(body as string, 'utf8')
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'Host: localhost',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(content ? [`Content-Length: ${content.length}`] : []),
  ]
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  return content ? Buffer.concat([head, content]) : head
}

export function credentialHeaders({ appKey, token }: Credentials): Record<string, string> {
  return { 'X-VTEX-API-AppKey': appKey, 'X-VTEX-API-AppToken': token }
}

/** A right request for the operation, to be spoiled. */
export function rightDraft(world: World, operation: Operation): Draft {
  const headers = operation.isClosed ? credentialHeaders(world.key) : {}
  const target = targetOf(operation, world.ids)
  const { method, body } = operation
  if (!body) return { method, target, headers }
  const type = { 'Content-Type': 'application/json' }
  return {
    method,
    target,
    headers: { ...headers, ...type },
    body: JSON.stringify(sampleOf(operation, world.ids)),
  }
}

const MARK = '@@here@@'

/** The right body with `raw` JSON text in the place of one field. */
export function bodyWith(operation: Operation, ids: Ids, { keys }: Field, raw: string): string {
  const sample = structuredClone(sampleOf(operation, ids))
  let at = sample as Record<string | number, unknown>
  for (const key of keys.slice(0, -1)) at = at[key] as Record<string | number, unknown>
  at[keys.at(-1) as string] = MARK
  return JSON.stringify(sample).replace(`"${MARK}"`, () => raw)
}
