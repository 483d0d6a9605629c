/** What somebody is changing, while others may change it too. */
import { differing, type Field, isSame, type Typed } from './typed.ts'

export interface Draft {
  /** What the server has, as far as is known here. */
  readonly base: Typed
  readonly values: Typed
  /** Fields changed here that somebody else changed meanwhile, to something else. */
  readonly contested: readonly Field[]
}

export type DraftAction =
  | { readonly kind: 'type'; readonly change: Partial<Typed> }
  /** The server was asked again. */
  | { readonly kind: 'learn'; readonly base: Typed }
  /** The server has taken what was `sent`; what was typed since stays. */
  | { readonly kind: 'saved'; readonly base: Typed; readonly sent: Typed }
  /** What the server has counts, and nothing of what was typed. */
  | { readonly kind: 'reset'; readonly base: Typed }

export function newDraft(base: Typed): Draft {
  return { base, values: base, contested: [] }
}

export function draftAfter(draft: Draft, action: DraftAction): Draft {
  switch (action.kind) {
    case 'type':
      return { ...draft, values: { ...draft.values, ...action.change } }
    case 'learn':
      return learnt(draft, action.base)
    case 'saved':
      return saved(draft, action.base, action.sent)
    case 'reset':
      return newDraft(action.base)
  }
}

/** The fields that were changed here. */
export function changedIn({ base, values }: Draft): Field[] {
  return differing(values, base)
}

/** What others changed comes in; what was typed here stays, and is contested where both changed it. */
function learnt(draft: Draft, base: Typed): Draft {
  const mine = changedIn(draft)
  const theirs = new Set(differing(base, draft.base))
  const kept = Object.fromEntries(mine.map((field) => [field, draft.values[field]]))
  const values = { ...base, ...kept }
  const contested = mine.filter(
    (field) =>
      (theirs.has(field) || draft.contested.includes(field)) && !isSame(values[field], base[field]),
  )
  return { base, values, contested }
}

function saved({ values }: Draft, base: Typed, sent: Typed): Draft {
  const since = differing(values, sent).map((field) => [field, values[field]])
  return { base, values: { ...base, ...Object.fromEntries(since) }, contested: [] }
}
