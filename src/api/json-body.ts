/**
 * Reads a JSON body so that nothing is lost: a number that a double cannot hold exactly comes out
 * as its own digits in a string (the schemas take both), and text that PostgreSQL cannot store is
 * refused here, once for all fields.
 */
import { isUtf8 } from 'node:buffer'
import { problem } from './problems.ts'

/** Fifteen significant digits are what every double keeps; anything longer is looked at. */
const SUSPICIOUS = /\d[\d.]{15}|\d[eE]|\\u|__proto__/
const MAX_EXACT_DIGITS = 15

/** Numbers that came out as text, by what holds them: a field that is text must not take them. */
const NUMBERS = new WeakMap<object, Set<string>>()

/** True where the text under this key was a number in the body. */
export function wasNumber(holder: object, key: string | number): boolean {
  return NUMBERS.get(holder)?.has(String(key)) ?? false
}

interface ReviverContext {
  readonly source?: string
}

/** The value of a JSON body; undefined for an empty one. Throws a 400 that says what is wrong. */
export function parseJsonBody(body: Buffer): unknown {
  if (body.length === 0) return undefined
  if (!isUtf8(body)) throw malformed('The body is not valid UTF-8.')
  const text = body.toString('utf8')
  if (text.trim() === '') return undefined
  try {
    return SUSPICIOUS.test(text) ? JSON.parse(text, reviver as never) : JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) {
      throw malformed('The body is not valid JSON. Check its quotes, commas and brackets.')
    }
    throw error
  }
}

/** Own `__proto__` keys are dropped: no field of ours has that name. */
function reviver(this: object, key: string, value: unknown, { source }: ReviverContext): unknown {
  if (key === '__proto__') return undefined
  if (typeof value === 'number' && source !== undefined && !isExact(source)) {
    NUMBERS.set(this, (NUMBERS.get(this) ?? new Set()).add(key))
    return source
  }
  if (typeof value === 'string' && !isStorable(value)) {
    throw malformed('A text of the body has a NUL character or half a surrogate pair.')
  }
  return value
}

function isExact(source: string): boolean {
  const [mantissa = ''] = source.split(/[eE]/)
  const digits = mantissa.replace(/[-.]/g, '').replace(/^0+/, '')
  const value = Number(source)
  const isLost = value === 0 && /[1-9]/.test(digits)
  return digits.length <= MAX_EXACT_DIGITS && Number.isFinite(value) && !isLost
}

/** PostgreSQL stores neither NUL nor lone surrogates. */
export function isStorable(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed()
}

function malformed(fault: string) {
  return problem('malformed-request', { fault })
}
