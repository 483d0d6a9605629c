/** What may be a password. */
import { randomBytes } from 'node:crypto'

export const MIN_PASSWORD_LENGTH = 10
export const MAX_PASSWORD_LENGTH = 200

/** Letters and digits that nobody takes for one another: 32 of them, so 5 bits each. */
const LEGIBLE = 'abcdefghijkmnpqrstuvwxyz23456789'
const ONE_TIME_GROUPS = 5
const GROUP_LENGTH = 5

/** The form in which a password is hashed: the same letters, however a keyboard composes them. */
export function normalPassword(typed: string): string {
  return typed.normalize('NFC')
}

/** Why this cannot be the password of the user with this e-mail; undefined where it can. */
export function passwordFault(typed: string, email: string): string | undefined {
  const password = normalPassword(typed)
  const { length } = [...password]
  if (length < MIN_PASSWORD_LENGTH || length > MAX_PASSWORD_LENGTH) {
    return `must have ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters`
  }
  if (!password.isWellFormed()) return 'has half a surrogate pair'
  if (new Set(password).size === 1) return 'must not be one character over and over'
  const lower = password.toLowerCase()
  const address = email.normalize('NFC').toLowerCase()
  if (lower === address || lower === address.split('@')[0]) return 'must not be the e-mail'
  return undefined
}

/** A password that is told once and must be changed: 125 random bits, easy to read aloud. */
export function newOneTimePassword(): string {
  const letters = [...randomBytes(ONE_TIME_GROUPS * GROUP_LENGTH)]
    .map((byte) => LEGIBLE[byte % LEGIBLE.length])
    .join('')
  return letters.replaceAll(/.{5}(?=.)/g, '$&-')
}
