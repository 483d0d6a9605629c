/** One import: what its rows would do, how far it is, and what became of them. */
import { Alert, Button, Group, NativeSelect, Progress, Stack, Text } from '@mantine/core'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { ACCOUNTS_KEY } from '../../api/accounts.ts'
import {
  actOnImport,
  errorsUrl,
  FILES_KEY,
  type ImportAct,
  type ImportJob,
  importFileUrl,
  isActive,
  type RowResult,
  readImport,
  readImportRows,
} from '../../api/files.ts'
import { INVOICES_KEY } from '../../api/invoices.ts'
import { useWrite } from '../../api/use-write.ts'
import { Confirmation } from '../../components/confirmation.tsx'
import { DataTable } from '../../components/data-table/data-table.tsx'
import { rangeOf } from '../../components/data-table/table-search.ts'
import { Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Loading } from '../../components/loading.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'
import { ImportFigures } from './import-figures.tsx'
import type { ImportSearch } from './search.ts'
import { FileLink } from './use-job-columns.tsx'
import { useRowColumns } from './use-row-columns.tsx'

const route = getRouteApi('/files/$importId')

const POLL_MS = 1_000

export function ImportPage() {
  const t = useText()
  const { importId } = route.useParams()
  const found = useQuery({
    queryKey: [FILES_KEY, 'import', importId],
    queryFn: ({ signal }) => readImport(importId, signal),
    refetchInterval: ({ state }) => (state.data && isActive(state.data) ? POLL_MS : false),
  })
  useFreshLists(found.data)
  if (found.error) {
    return (
      <>
        <PageHeader title={t('import.title')} />
        <Failure error={found.error} onRetry={() => void found.refetch()} />
      </>
    )
  }
  if (!found.data) return <Loading />
  return <Import key={importId} job={found.data} />
}

function Import({ job }: { job: ImportJob }) {
  const t = useText()
  return (
    <>
      <PageHeader title={job.fileName ?? t('import.title')}>
        <StateBadge state={`job.${job.state}`} />
      </PageHeader>
      <Stack gap="sm">
        <Stage job={job} />
        <ImportFigures job={job} />
        {job.warnings.map(({ code, message }) => (
          <Alert key={`${code} ${message}`} color="yellow" variant="outline">
            <span lang="en">{message}</span>
          </Alert>
        ))}
        <Rows job={job} />
      </Stack>
    </>
  )
}

/** Where it stands, and what can be done about it. */
function Stage({ job }: { job: ImportJob }) {
  const t = useText()
  const queries = useQueryClient()
  const [isStopping, setStopping] = useState(false)
  const acting = useWrite(actOnImport, {
    onSuccess: (next) => {
      queries.setQueryData([FILES_KEY, 'import', job.id], next)
      void queries.invalidateQueries({ queryKey: [FILES_KEY] })
      setStopping(false)
    },
  })
  const act = (what: ImportAct): void => acting.mutate({ id: job.id, act: what })
  const isPending = (what: ImportAct) => acting.isPending && acting.variables.act === what
  const isWaiting = job.state === 'awaitingConfirmation'
  return (
    <section className="panel">
      <Stack gap="xs" p="sm">
        <Course job={job} />
        {acting.error && !isStopping && <Failure error={acting.error} />}
        <Group gap="xs">
          {isWaiting && job.rows.changed > 0 && (
            <Button loading={isPending('confirm')} onClick={() => act('confirm')}>
              {t('import.confirm', { count: job.rows.changed })}
            </Button>
          )}
          {isWaiting && (
            <Button variant="default" loading={isPending('cancel')} onClick={() => act('cancel')}>
              {t('import.discard')}
            </Button>
          )}
          {isActive(job) && (
            <Button variant="default" onClick={() => setStopping(true)}>
              {t('action.cancel')}
            </Button>
          )}
          {mayRetry(job) && (
            <Button variant="default" loading={isPending('retry')} onClick={() => act('retry')}>
              {t('import.retry')}
            </Button>
          )}
          {job.rows.failed > 0 && !isActive(job) && (
            <FileLink href={errorsUrl(job.id)} label={t('import.errorsFile')} />
          )}
          <FileLink href={importFileUrl(job.id)} label={t('import.originalFile')} />
        </Group>
      </Stack>
      {isStopping && (
        <Confirmation
          title={t('import.stop')}
          submit={t('import.stop')}
          isLoss
          isPending={acting.isPending}
          error={acting.error}
          onConfirm={() => act('cancel')}
          onClose={() => setStopping(false)}
        >
          <Text size="sm">{t('import.stopWhat')}</Text>
        </Confirmation>
      )}
    </section>
  )
}

const mayRetry = ({ state, rows }: ImportJob) =>
  state === 'failed' || state === 'cancelled' || (state === 'completed' && rows.failed > 0)

/** Where it stands, in words; while it runs, as a bar. */
function Course({ job }: { job: ImportJob }) {
  const t = useText()
  const { count } = useFormats()
  const { rows, percent, secondsLeft, rowsPerSecond } = job
  const isLook = job.dryRun && !job.confirmed
  if (job.state === 'failed') {
    return (
      <Alert color="red" variant="outline" role="alert">
        <span lang="en">{job.error ?? t('failure.unknown')}</span>
      </Alert>
    )
  }
  if (!isActive(job)) {
    return (
      <Text size="sm" role="status">
        {job.state === 'awaitingConfirmation' && t('import.waiting')}
        {job.state === 'cancelled' && isLook && t('import.discarded')}
        {job.state === 'cancelled' && !isLook && t('import.cancelled', { count: rows.changed })}
        {job.state === 'completed' &&
          t('import.completed', { changed: rows.changed, failed: rows.failed })}
      </Text>
    )
  }
  return (
    <Stack gap={6}>
      <Text size="sm" role="status">
        {t(isLook ? 'import.looking' : 'import.working')}
      </Text>
      <Progress.Root size="lg">
        <Progress.Section value={percent} aria-label={t('import.progress')} />
      </Progress.Root>
      <Text size="sm" c="dimmed" className="amount">
        {t('import.pace', {
          read: count(rows.read),
          total: rows.total === null ? '…' : count(rows.total),
          pace: count(rowsPerSecond),
        })}
        {secondsLeft !== null && ` · ${t('import.left', { seconds: secondsLeft })}`}
      </Text>
    </Stack>
  )
}

function Rows({ job }: { job: ImportJob }) {
  const t = useText()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const columns = useRowColumns()
  const { count } = useFormats()
  const { rows } = job
  const shown = search.rows ?? (rows.failed > 0 ? 'failed' : 'all')
  const result: RowResult | undefined = shown === 'all' ? undefined : shown
  const range = rangeOf(search)
  const found = useQuery({
    queryKey: [FILES_KEY, 'rows', job.id, result, range, job.state],
    queryFn: ({ signal }) => readImportRows(job.id, { result, ...range }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: isActive(job) ? 2 * POLL_MS : false,
  })
  type Change = { readonly [K in keyof ImportSearch]?: ImportSearch[K] | undefined }
  const change = (changed: Change): void => {
    void navigate({ search: (before) => ({ ...before, ...changed }) as ImportSearch })
  }
  const optionOf = (value: RowResult, label: string) => ({
    value,
    label: `${label} (${count(rows[value])})`,
  })
  return (
    <DataTable
      label={t('import.rows')}
      columns={columns}
      rows={found.data?.data}
      rowId={({ line }) => String(line)}
      count={found.data?.summary.count}
      search={search}
      onSearch={change}
      found={found}
      empty={<Empty title={t('import.noRows')} />}
    >
      <NativeSelect
        size="xs"
        aria-label={t('import.rows')}
        data={[
          optionOf('failed', t('row.failed')),
          optionOf('changed', t('row.changed')),
          optionOf('unchanged', t('row.unchanged')),
          { value: 'all', label: t('row.all') },
        ]}
        value={shown}
        onChange={({ currentTarget }) =>
          change({ rows: currentTarget.value as RowResult | 'all', page: undefined })
        }
      />
    </DataTable>
  )
}

/** What an import has written shows in the lists as soon as it is over. */
function useFreshLists(job: ImportJob | undefined): void {
  const queries = useQueryClient()
  const wasActive = useRef(false)
  useEffect(() => {
    if (!job) return
    if (wasActive.current && !isActive(job)) {
      void queries.invalidateQueries({ queryKey: [INVOICES_KEY] })
      void queries.invalidateQueries({ queryKey: [ACCOUNTS_KEY] })
    }
    wasActive.current = isActive(job)
  }, [job, queries])
}
