/** The columns of the rows of an import. */
import { Text } from '@mantine/core'
import { useMemo } from 'react'
import { useIntl } from 'react-intl'
import { type ColumnKey, headerOf } from '../../../../src/csv/columns.ts'
import { INVOICE_STATES } from '../../../../src/csv/states.ts'
import type { ImportedRow } from '../../api/files.ts'
import type { Column } from '../../components/data-table/data-table.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { useLanguage } from '../../i18n/language-provider.tsx'
import type { Language } from '../../i18n/languages.ts'
import { useFormats } from '../../i18n/use-formats.ts'
import { SAYS_MORE } from '../../i18n/use-problem-text.ts'
import { useText } from '../../i18n/use-text.ts'

export function useRowColumns(): readonly Column<ImportedRow>[] {
  const t = useText()
  const { count } = useFormats()
  const { language } = useLanguage()
  return useMemo(
    () => [
      {
        id: 'line',
        header: t('row.line'),
        isHead: true,
        cell: ({ line }) => <span className="amount">{count(line)}</span>,
      },
      {
        id: 'result',
        header: t('row.result'),
        cell: ({ result }) => <StateBadge state={`row.${result}`} />,
      },
      { id: 'what', header: t('row.what'), cell: (row) => <What row={row} language={language} /> },
    ],
    [t, count, language],
  )
}

function What({ row, language }: { row: ImportedRow; language: Language }) {
  const errorOf = useErrorText()
  const error = errorOf(row)
  return (
    <div>
      {error && error.text !== '' && <Text size="sm">{error.text}</Text>}
      {error?.original !== undefined && (
        <Text size={error.text === '' ? 'sm' : 'xs'} c="dimmed" lang="en">
          {error.original}
        </Text>
      )}
      {row.changes.map(({ field, from, to }) => (
        <Text key={field} size="sm">
          {`${nameOf(field, language)}: ${wordOf(from, language)} → ${wordOf(to, language)}`}
        </Text>
      ))}
      {row.notes.map((note) => (
        <Text key={note} size="xs" c="dimmed" lang="en">
          {note}
        </Text>
      ))}
    </div>
  )
}

interface ErrorText {
  readonly text: string
  /** The server's own words, where ours leave out what they are about. */
  readonly original?: string
}

/** A row tells the number of its error and the server's words, but none of the facts in them. */
function useErrorText(): (row: ImportedRow) => ErrorText | undefined {
  const { messages } = useIntl()
  return ({ code, error }) => {
    if (error === null) return undefined
    const parts = partsOf(messages[`problem.${code}`])
    if (parts.length === 0 || code === null) return { text: '', original: error }
    const text = parts.map((part) => part ?? '…').join('')
    const isWhole = !parts.includes(undefined) && !SAYS_MORE.has(code)
    return isWhole ? { text } : { text, original: error }
  }
}

/** A message as the build leaves it: its texts, and undefined for each fact between them. */
function partsOf(message: unknown): readonly (string | undefined)[] {
  if (typeof message === 'string') return message.includes('{') ? [] : [message]
  if (!Array.isArray(message)) return []
  return message.map(({ type, value }: { type: number; value: unknown }) =>
    type === 0 ? String(value) : undefined,
  )
}

function nameOf(field: string, language: Language): string {
  const column = field as ColumnKey
  const ofInvoices = headerOf('invoices', column, language)
  return ofInvoices === field ? headerOf('accounts', column, language) : ofInvoices
}

function wordOf(value: string | null, language: Language): string {
  if (value === null || value === '') return '—'
  const states: Readonly<Record<string, string>> = INVOICE_STATES[language]
  return states[value] ?? value
}
