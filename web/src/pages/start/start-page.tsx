/** Where the credit of the store stands. */
import { Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type Overview, readLatestImports, readOverview } from '../../api/overview.ts'
import { Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Loading } from '../../components/loading.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'
import { useMay } from '../../session/session.ts'
import { Ageing } from './ageing.tsx'
import { AccountFigureCards, InvoiceFigureCards } from './figures.tsx'
import { FirstSteps } from './first-steps.tsx'
import { LargestExposures } from './largest-exposures.tsx'
import { LatestImports } from './latest-imports.tsx'
import classes from './start-page.module.css'

const FRESH_EVERY_MS = 60_000

export function StartPage() {
  const t = useText()
  const may = useMay()
  const isAllowed = may('Read Checking Accounts') || may('Read Invoices')
  const overview = useQuery({
    queryKey: ['overview'],
    queryFn: ({ signal }) => readOverview(signal),
    refetchInterval: FRESH_EVERY_MS,
    enabled: isAllowed,
  })
  const { data, error } = overview
  return (
    <>
      <PageHeader title={t('start.title')}>{data && <AsOf at={data.at} />}</PageHeader>
      {!isAllowed && <Empty title={t('start.nothing')} explanation={t('start.nothingWhy')} />}
      {error && <Failure error={error} onRetry={() => void overview.refetch()} />}
      {isAllowed && !error && !data && <Loading />}
      {data && (isFresh(data) ? <FirstSteps /> : <Figures overview={data} />)}
    </>
  )
}

function AsOf({ at }: { at: string }) {
  const t = useText()
  const { dateTime } = useFormats()
  return (
    <Text size="xs" c="dimmed">
      {t('start.asOf', { at: dateTime(at) })}
    </Text>
  )
}

function Figures({ overview: { accounts, invoices } }: { overview: Overview }) {
  return (
    <div className={classes.page}>
      {accounts && <AccountFigureCards figures={accounts} />}
      {invoices && <InvoiceFigureCards figures={invoices} />}
      {invoices && <Ageing figures={invoices} />}
      <Group align="stretch" gap="md" className={classes.pair}>
        {accounts && <LargestExposures largest={accounts.largest} />}
        <Imports />
      </Group>
    </div>
  )
}

function Imports() {
  const may = useMay()
  const isAllowed = may('Create Checking Accounts') || may('Create Invoices')
  const { data, error, refetch } = useQuery({
    queryKey: ['imports', 'latest'],
    queryFn: ({ signal }) => readLatestImports(signal),
    enabled: isAllowed,
  })
  if (!isAllowed) return null
  return <LatestImports imports={data?.data} error={error} onRetry={() => void refetch()} />
}

/** Nothing has happened here yet. */
function isFresh({ accounts, invoices }: Overview): boolean {
  return accounts?.count === 0 && (invoices?.open.count ?? 0) === 0
}
