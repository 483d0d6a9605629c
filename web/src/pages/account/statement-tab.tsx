/** The statement of a period, with a running balance, and as a file. */
import { Button, Group, Text, TextInput } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { readStatement, type StatementOrigin } from '../../api/account.ts'
import { ACCOUNTS_KEY, type Account } from '../../api/accounts.ts'
import { Amount } from '../../components/amount.tsx'
import { Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Loading } from '../../components/loading.tsx'
import { PlainTable } from '../../components/plain-table.tsx'
import { type Formats, useFormats } from '../../i18n/use-formats.ts'
import { type Translate, useText } from '../../i18n/use-text.ts'
import type { MessageKey } from '../../messages/en.ts'
import { useSession } from '../../session/session.ts'
import classes from './account.module.css'
import type { AccountSearch } from './search.ts'
import { csvOf, download, type RunningLine, referenceOf, withBalances } from './statement.ts'

const route = getRouteApi('/accounts/$accountId')

const DAY_MS = 86_400_000
const DEFAULT_DAYS = 90
/** So many lines at first, and so many more each time. */
const STEP = 100

const ORIGINS: Readonly<Record<StatementOrigin, MessageKey>> = {
  Credit: 'statement.credit',
  Invoice: 'statement.invoice',
  Payment: 'statement.payment',
  Statement: 'statement.debit',
}

export function StatementTab({ account: { id } }: { account: Account }) {
  const t = useText()
  const formats = useFormats()
  const { store } = useSession()
  const period = usePeriod()
  const [shown, setShown] = useState(STEP)
  const found = useQuery({
    queryKey: [ACCOUNTS_KEY, 'one', id, 'statement', period],
    queryFn: ({ signal }) => readStatement(id, period, signal),
    placeholderData: keepPreviousData,
  })
  const lines = useMemo(
    () => (found.data ? withBalances(found.data, store.exponent).reverse() : undefined),
    [found.data, store.exponent],
  )
  const save = (): void => {
    const file = csvOf(
      csvRows(lines ?? [], t, formats),
      formats.decimals.decimal === ',' ? ';' : ',',
    )
    download(`${id}_${period.from}_${period.to}.csv`, file)
  }
  return (
    <>
      <Group p="sm" gap="xs" align="end">
        <Period period={period} />
        <Button
          variant="default"
          size="xs"
          leftSection={<IconDownload size={14} aria-hidden="true" />}
          disabled={!lines || lines.length === 0 || found.isPlaceholderData}
          onClick={save}
        >
          {t('statement.download')}
        </Button>
      </Group>
      {found.error && (
        <div className={classes.note}>
          <Failure error={found.error} onRetry={() => void found.refetch()} />
        </div>
      )}
      {!found.error && !lines && <Loading />}
      {found.data?.truncated && (
        <Text size="sm" className={classes.note}>
          {t('statement.truncated', { count: formats.count(found.data.statements.length) })}
        </Text>
      )}
      {lines?.length === 0 && <Empty title={t('statement.none')} />}
      {lines && lines.length > 0 && (
        <Lines lines={lines.slice(0, shown)} isStale={found.isPlaceholderData} />
      )}
      {lines && lines.length > shown && (
        <Group justify="center" p="sm">
          <Button variant="default" size="xs" onClick={() => setShown(shown + STEP)}>
            {t('action.more')}
          </Button>
        </Group>
      )}
    </>
  )
}

function Lines({ lines, isStale }: { lines: readonly RunningLine[]; isStale: boolean }) {
  const t = useText()
  const { dateTime } = useFormats()
  const columns = useMemo(
    () => [
      {
        id: 'date',
        header: t('statement.date'),
        isHead: true,
        cell: ({ date }: RunningLine) => dateTime(date),
      },
      {
        id: 'origin',
        header: t('statement.kind'),
        cell: ({ origin }: RunningLine) => t(ORIGINS[origin]),
      },
      { id: 'reference', header: t('statement.reference'), cell: referenceOf },
      { id: 'by', header: t('statement.by'), cell: ({ doneBy }: RunningLine) => doneBy },
      {
        id: 'value',
        header: t('account.value'),
        align: 'end' as const,
        cell: ({ value }: RunningLine) => <Amount value={value} />,
      },
      {
        id: 'balance',
        header: t('statement.balance'),
        align: 'end' as const,
        cell: ({ balance }: RunningLine) => <Amount value={balance} />,
      },
    ],
    [t, dateTime],
  )
  return (
    <PlainTable
      label={t('account.tab.statement')}
      columns={columns}
      rows={lines}
      rowId={({ at }) => String(at)}
      isStale={isStale}
    />
  )
}

interface Days {
  readonly from: string
  readonly to: string
}

function Period({ period }: { period: Days }) {
  const t = useText()
  const navigate = route.useNavigate()
  const change = (changed: Partial<Days>): void => {
    void navigate({
      search: (before) => ({ ...before, ...changed }) as AccountSearch,
      replace: true,
      resetScroll: false,
    })
  }
  return (['from', 'to'] as const).map((end) => (
    <TextInput
      key={end}
      type="date"
      size="xs"
      label={t(end === 'from' ? 'statement.from' : 'statement.to')}
      value={period[end]}
      onChange={({ currentTarget: { value } }) => {
        if (value !== '') change({ [end]: value })
      }}
    />
  ))
}

/** The days of the address, else the last 90 of the store. */
function usePeriod(): Days {
  const { timeZone } = useSession().store
  const { from, to } = route.useSearch()
  const dayOf = (at: number) => new Intl.DateTimeFormat('en-CA', { timeZone }).format(at)
  const now = Date.now()
  return { from: from ?? dayOf(now - DEFAULT_DAYS * DAY_MS), to: to ?? dayOf(now) }
}

function csvRows(lines: readonly RunningLine[], t: Translate, { dateTime, plain }: Formats) {
  const head = [
    t('statement.date'),
    t('statement.kind'),
    t('statement.reference'),
    t('statement.by'),
    t('account.value'),
    t('statement.balance'),
  ]
  return [
    head,
    ...lines.map((line) => [
      dateTime(line.date),
      t(ORIGINS[line.origin]),
      referenceOf(line),
      line.doneBy,
      plain(line.value),
      plain(line.balance),
    ]),
  ]
}
