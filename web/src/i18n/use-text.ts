/** Words for the page. */
import { useCallback } from 'react'
import { useIntl } from 'react-intl'
import type { MessageKey } from '../messages/en.ts'

export type TextValues = Readonly<Record<string, string | number>>

/** Answers `t(key, values)`: the message in the reader's language. */
export type Translate = (key: MessageKey, values?: TextValues) => string

export function useText(): Translate {
  const intl = useIntl()
  return useCallback((key, values) => intl.formatMessage({ id: key }, values), [intl])
}
