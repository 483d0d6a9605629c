/** What went wrong, in the reader's words. */
import { useIntl } from 'react-intl'
import { ApiProblem, NetworkProblem } from '../api/problem.ts'
import type { StoreInfo } from '../api/session.ts'
import { useSessionIfAny } from '../session/session.ts'
import { type Formats, formatsOf } from './use-formats.ts'
import { type Translate, useText } from './use-text.ts'

export interface ProblemText {
  readonly message: string
  /** The server's own words, where they say more than ours can. */
  readonly original?: string
}

/** Refusals whose facts are words of the server: which field, which line. */
export const SAYS_MORE = new Set([1000, 1001, 1200, 1210])

const NO_STORE: StoreInfo = { name: '', currency: 'XXX', exponent: 2, timeZone: 'UTC' }

/** Answers how an error is told. */
export function useProblemText(): (error: unknown) => ProblemText {
  const t = useText()
  const intl = useIntl()
  const session = useSessionIfAny()
  return (error) => {
    if (error instanceof NetworkProblem) return { message: t('failure.network') }
    if (!(error instanceof ApiProblem)) return { message: t('failure.unknown') }
    const formats = formatsOf(intl.locale, session?.store ?? NO_STORE)
    return textOf(error, formats, t, intl.messages)
  }
}

function textOf(
  { code, detail, facts }: ApiProblem,
  formats: Formats,
  t: Translate,
  messages: object,
): ProblemText {
  const key = `problem.${code}`
  if (code === undefined || !isKey(messages, key)) return { message: detail }
  const message = t(key, valuesOf(facts, formats))
  return SAYS_MORE.has(code) ? { message, original: detail } : { message }
}

function isKey(messages: object, key: string): key is Parameters<Translate>[0] {
  return Object.hasOwn(messages, key)
}

/** Each number is there as a count and, under `…Money`, as an amount: the message takes its pick. */
function valuesOf(
  facts: Readonly<Record<string, unknown>>,
  { money, count }: Formats,
): Record<string, string> {
  const values = Object.entries(facts).flatMap(([name, value]) =>
    typeof value === 'number'
      ? [
          [name, count(value)],
          [`${name}Money`, money(value)],
        ]
      : [[name, String(value)]],
  )
  return Object.fromEntries(values)
}
