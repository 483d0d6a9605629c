/** What is wrong with an answer, whatever was asked. */
import type { Case } from './cases.ts'
import type { RawAnswer } from './raw-http.ts'

/** A refusal is short, however long the request was. */
const MAX_REFUSAL_BYTES = 65_536

/** Words of a driver, of SQL, of a call stack or of a file system; no hostile request has them. */
const INTERNALS = [
  /\n\s+at .+:\d+/,
  /\bat \S+ \(\S+:\d+:\d+\)/,
  /node_modules|node:internal|file:\/\//,
  /\/work\/|\/src\/|\.ts:\d+/,
  /postgres|SQLSTATE/i,
  /invalid input syntax|syntax error at|violates|out of range: "/i,
  /relation "|column "|constraint "/i,
  /\bselect\b.{1,60}\bfrom\b|\binsert into\b|\bupdate \w+ set\b/i,
]

export type Fault = string

/** The faults of the answers to one request. */
export function judge(
  asked: Case,
  answers: readonly RawAnswer[],
  secrets: readonly string[],
): Fault[] {
  const [answer, ...others] = answers
  if (!answer) return asked.mayClose ? [] : ['closed without an answer']
  if (others.length > 0) return [`one request got ${answers.length} answers`]
  return [
    ...expectationFaults(asked, answer),
    ...leakFaults(answer, secrets),
    ...(answer.status < 400 ? [] : problemFaults(asked, answer)),
  ]
}

function expectationFaults({ expect }: Case, { status, body }: RawAnswer): Fault[] {
  if (status >= 500) return [`${status}: ${body.slice(0, 200)}`]
  if (expect === 'refused' && status < 400) return [`accepted: ${status} ${body.slice(0, 120)}`]
  if (expect === 'not-found' && status !== 404) return [`${status}, not 404: ${body.slice(0, 120)}`]
  return []
}

export function leakFaults({ body }: RawAnswer, secrets: readonly string[]): Fault[] {
  const found = INTERNALS.map((pattern) => pattern.exec(body)?.[0]).filter(Boolean)
  const told = secrets.filter((secret) => body.includes(secret))
  return [...found, ...told].map((text) => `the answer tells ${JSON.stringify(text)}`)
}

function problemFaults({ pointer, options }: Case, answer: RawAnswer): Fault[] {
  const faults = shapeFaults(answer, options?.isHead)
  if (faults.length > 0 || answer.status !== 400 || options?.isHead) return faults
  const { code, detail, errors } = JSON.parse(answer.body)
  if (code === 1000 && /body|address|request|text/i.test(detail)) return []
  if (pointer === undefined || errors?.some((error: Pointed) => error.pointer === pointer)) {
    return []
  }
  return [`no error points at ${pointer}: ${answer.body.slice(0, 300)}`]
}

interface Pointed {
  readonly pointer: string
  readonly in: string
  readonly detail: string
}

/** What of the shape of a problem (RFC 9457) is missing. */
export function shapeFaults(answer: RawAnswer, isHead = false): Fault[] {
  const { status, headers, body } = answer
  const type = headers['content-type'] ?? 'none'
  if (!type.startsWith('application/problem+json')) {
    return [`${status} with Content-Type ${type}: ${body.slice(0, 100)}`]
  }
  if (isHead) return []
  if (body.length > MAX_REFUSAL_BYTES) return [`a refusal of ${body.length} characters`]
  const read = parse(body)
  if (!read) return [`${status} is not JSON: ${body.slice(0, 100)}`]
  const checks: [string, boolean][] = [
    ['type', typeof read.type === 'string' && read.type !== ''],
    ['title', typeof read.title === 'string' && read.title !== ''],
    ['status', read.status === status],
    ['detail', typeof read.detail === 'string' && /^\S/.test(read.detail)],
    ['code', Number.isInteger(read.code)],
    ['message', read.message === read.detail],
    ['errors', read.code !== 1001 || arePointed(read.errors)],
    ['a reason', status !== 400 || read.code === 1000 || read.code === 1001],
  ]
  return checks.filter(([, isRight]) => !isRight).map(([what]) => `wrong ${what}: ${body}`)
}

function arePointed(errors: unknown): boolean {
  if (!Array.isArray(errors) || errors.length === 0) return false
  return errors.every(
    ({ pointer, in: place, detail }: Pointed) =>
      typeof pointer === 'string' &&
      ['body', 'query', 'path', 'header'].includes(place) &&
      typeof detail === 'string' &&
      detail !== '',
  )
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
