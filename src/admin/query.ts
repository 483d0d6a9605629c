/** What the lists of the Admin have in common: their place, their order, and words with few values. */
import Type from 'typebox'
import type { Input } from '../api/input.ts'
import { PageQuery } from '../api/schemas.ts'
import type { Page } from '../ledger/read/accounts.ts'

export const ADMIN = '/api/admin'

export const TAG = 'Admin'

/** Longest text that is searched for: an observation may have 2,000 characters, nobody types them. */
const MAX_TEXT_LENGTH = 300

export const word = (description: string) => Type.Optional(Type.String({ description }))

export const ListQuery = {
  ...PageQuery,
  order: word('asc or desc (also where absent).'),
}

export const TextQuery = (description: string) =>
  Type.Optional(Type.String({ maxLength: MAX_TEXT_LENGTH, description }))

export const PagingOut = Type.Object({
  from: Type.Integer({ description: 'Position of the first row that was asked for.' }),
  to: Type.Integer({ description: 'Position of the last row that was asked for.' }),
  total: Type.Integer({ description: 'How many match.' }),
})

export function pagingJson({ from, to }: Page, total: number) {
  return { from, to, total }
}

/** One of `words`; the first where nothing is said. A fault names them all. */
export function oneOf<const W extends string>(
  input: Input,
  name: string,
  raw: string | undefined,
  words: readonly [W, ...W[]],
): W {
  const known = words.find((each) => each === (raw ?? words[0]))
  if (!known) input.fault(`/${name}`, `must be one of ${words.join(', ')}`)
  return known ?? words[0]
}

/** true, false, or undefined where nothing is said. */
export function flag(input: Input, name: string, raw: string | undefined): boolean | undefined {
  if (raw === undefined) return undefined
  return oneOf(input, name, raw, ['true', 'false']) === 'true'
}

/** True where the list goes from the greatest, the newest or the last letter on. */
export function isDescending(input: Input, raw: string | undefined): boolean {
  return oneOf(input, 'order', raw, ['desc', 'asc']) === 'desc'
}

/** The text without the space around it; undefined where nothing is left. */
export function textIn(raw: string | undefined): string | undefined {
  return raw?.trim() || undefined
}
