/** Texts that begin with another, as a range of an index that compares byte by byte (collate "C"). */
import { emailKey } from '../../credit/identity.ts'

export interface PrefixRange {
  /** Inclusive. */
  readonly low: string
  /** Exclusive. */
  readonly high: string
}

/** Nothing that anybody writes comes after it. */
const LAST_CHARACTER = '\u{10FFFF}'

export function startingWith(prefix: string): PrefixRange {
  return { low: prefix, high: `${prefix}${LAST_CHARACTER}` }
}

/** A plus sign that the client did not encode arrives as a space; no e-mail has spaces. */
export function emailsStartingWith(text: string): PrefixRange {
  return startingWith(emailKey(text.trim().replaceAll(' ', '+')))
}
