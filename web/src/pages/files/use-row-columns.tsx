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
      {error && (
        <Text size="sm" lang={error.isOurs ? undefined : 'en'}>
          {error.text}
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

/** A row tells the number of its error and the server's words, and none of the facts in them. */
function useErrorText() {
  const { messages } = useIntl()
  return ({ code, error }: ImportedRow) => {
    if (error === null) return undefined
    const ours = messages[`problem.${code}`]
    const text = typeof ours === 'string' ? ours : plainOf(ours)
    const isOurs = text !== undefined && !text.includes('{') && code !== 1001
    return isOurs ? { text, isOurs } : { text: error, isOurs: false }
  }
}

/** A message as the build leaves it, where it is text and nothing else. */
function plainOf(message: unknown): string | undefined {
  if (!Array.isArray(message) || message.length !== 1) return undefined
  const [{ type, value }] = message as [{ type: number; value: unknown }]
  return type === 0 ? String(value) : undefined
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
