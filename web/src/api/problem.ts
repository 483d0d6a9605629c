/** What can go wrong with a request, as classes that callers tell apart. */

/** One field of the input that the server did not take. */
export interface FieldFault {
  /** JSON pointer: `/email`. */
  readonly pointer: string
  readonly detail: string
}

/** A refusal in the server's words (RFC 9457); its `code` never changes. */
export class ApiProblem extends Error {
  override name = 'ApiProblem'
  readonly status: number
  readonly code: number | undefined
  readonly detail: string
  /** What else the answer says: amounts, ids, counts. */
  readonly facts: Readonly<Record<string, unknown>>
  readonly errors: readonly FieldFault[]

  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    const { code, detail, title, errors, ...facts } = body
    super(String(title ?? `HTTP ${status}`))
    this.status = status
    this.code = typeof code === 'number' ? code : undefined
    this.detail = String(detail ?? title ?? `HTTP ${status}`)
    this.facts = facts
    this.errors = Array.isArray(errors) ? (errors as FieldFault[]) : []
  }
}

/** The server was not reached, or its answer did not arrive: nobody knows whether it was done. */
export class NetworkProblem extends Error {
  override name = 'NetworkProblem'
}

/** True where the same request may be sent again, and with the same Idempotency-Key. */
export function isUndecided(error: unknown): boolean {
  if (error instanceof NetworkProblem) return true
  return error instanceof ApiProblem && (error.status >= 500 || error.status === 429)
}
