/** Who changed what in the terms of the account, newest first. */
import { Button, Group } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { readTermsHistory, type TermsEntry } from '../../api/account.ts'
import { ACCOUNTS_KEY, type Account } from '../../api/accounts.ts'
import { Failure } from '../../components/failure.tsx'
import { Loading } from '../../components/loading.tsx'
import { PlainTable } from '../../components/plain-table.tsx'
import { formatDocument } from '../../i18n/documents.ts'
import { type Formats, useFormats } from '../../i18n/use-formats.ts'
import { type Translate, useText } from '../../i18n/use-text.ts'
import classes from './account.module.css'

const STEP = 50

export function HistoryTab({ account: { id } }: { account: Account }) {
  const t = useText()
  const columns = useHistoryColumns()
  const found = useInfiniteQuery({
    queryKey: [ACCOUNTS_KEY, 'one', id, 'history'],
    queryFn: ({ signal, pageParam }) =>
      readTermsHistory(id, { from: pageParam, to: pageParam + STEP - 1 }, signal),
    initialPageParam: 1,
    getNextPageParam: ({ paging }, pages) => {
      const next = pages.length * STEP + 1
      return next <= paging.total ? next : undefined
    },
  })
  if (found.error && !found.data) {
    return (
      <div className={classes.note}>
        <Failure error={found.error} onRetry={() => void found.refetch()} />
      </div>
    )
  }
  if (!found.data) return <Loading />
  return (
    <>
      <PlainTable
        label={t('account.tab.history')}
        columns={columns}
        rows={found.data.pages.flatMap(({ data }) => data)}
        rowId={({ seq }) => String(seq)}
      />
      {found.hasNextPage && (
        <Group justify="center" p="sm">
          <Button
            variant="default"
            size="xs"
            loading={found.isFetchingNextPage}
            onClick={() => void found.fetchNextPage()}
          >
            {t('action.more')}
          </Button>
        </Group>
      )}
    </>
  )
}

function useHistoryColumns() {
  const t = useText()
  const formats = useFormats()
  return useMemo(
    () => [
      {
        id: 'at',
        header: t('history.at'),
        isHead: true,
        cell: ({ at }: TermsEntry) => formats.dateTime(at),
      },
      { id: 'by', header: t('history.by'), cell: ({ doneBy }: TermsEntry) => doneBy },
      {
        id: 'what',
        header: t('history.what'),
        cell: (entry: TermsEntry) => tellEntry(entry, t, formats),
      },
      { id: 'reason', header: t('history.reason'), cell: ({ reason }: TermsEntry) => reason },
    ],
    [t, formats],
  )
}

function tellEntry(entry: TermsEntry, t: Translate, formats: Formats): string {
  const { type, email = '', from = 0, to = 0, document = '', documentType = '' } = entry
  const { money, percent } = formats
  const written = formatDocument(document, documentType)
  switch (type) {
    case 'AccountOpened':
      return t('history.opened', { limit: money(entry.creditLimit ?? 0) })
    case 'AccountIdentified':
      return t('history.identified', { email, document: written })
    case 'AccountFrozen':
      return t('history.frozen')
    case 'AccountUnfrozen':
      return t('history.unfrozen')
    case 'AccountClosed':
      return t('history.closed')
    case 'LimitChanged':
      return t('history.limit', { from: money(from), to: money(to) })
    case 'ToleranceChanged':
      return t('history.tolerance', { from: percent(from), to: percent(to) })
    case 'HolderAdded':
      return t('history.holderAdded', { email })
    case 'HolderRemoved':
      return t('history.holderRemoved', { email })
    default:
      return type
  }
}
