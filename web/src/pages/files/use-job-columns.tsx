/** The columns of the lists of imports and of exports. */
import { Anchor, Button, Group, Progress } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import {
  cancelExport,
  type ExportJob,
  errorsUrl,
  FILES_KEY,
  type ImportJob,
  importFileUrl,
  isActive,
  type Job,
} from '../../api/files.ts'
import { useWrite } from '../../api/use-write.ts'
import type { Column } from '../../components/data-table/data-table.tsx'
import { Failure } from '../../components/failure.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { type Formats, useFormats } from '../../i18n/use-formats.ts'
import { type Translate, useText } from '../../i18n/use-text.ts'

export function useImportColumns(): readonly Column<ImportJob>[] {
  const t = useText()
  const formats = useFormats()
  return useMemo(
    () => [
      {
        id: 'file',
        header: t('job.file'),
        isHead: true,
        cell: (job) => (
          <Anchor
            component={Link}
            to="/files/$importId"
            params={{ importId: job.id } as never}
            fz="inherit"
          >
            {job.fileName ?? job.id}
          </Anchor>
        ),
      },
      ...commonColumns<ImportJob>(t, formats),
      {
        id: 'changed',
        header: t('row.changed'),
        align: 'end',
        cell: ({ rows }) => <span className="amount">{formats.count(rows.changed)}</span>,
      },
      {
        id: 'failed',
        header: t('row.failed'),
        align: 'end',
        cell: ({ rows }) => <span className="amount">{formats.count(rows.failed)}</span>,
      },
      {
        id: 'download',
        header: t('job.download'),
        align: 'end',
        cell: (job) => (
          <Group gap="sm" justify="end">
            <FileLink href={importFileUrl(job.id)} label={t('job.original')} />
            {job.rows.failed > 0 && !isActive(job) && (
              <FileLink href={errorsUrl(job.id)} label={t('job.errors')} />
            )}
          </Group>
        ),
      },
    ],
    [t, formats],
  )
}

export function useExportColumns(): readonly Column<ExportJob>[] {
  const t = useText()
  const formats = useFormats()
  return useMemo(
    () => [
      {
        id: 'file',
        header: t('job.file'),
        isHead: true,
        cell: ({ fileName, kind }) => fileName ?? kindOf(kind, t),
      },
      ...commonColumns<ExportJob>(t, formats),
      {
        id: 'download',
        header: t('job.download'),
        align: 'end',
        cell: (job) => <ExportActs job={job} />,
      },
    ],
    [t, formats],
  )
}

function commonColumns<T extends Job>(t: Translate, formats: Formats): readonly Column<T>[] {
  return [
    { id: 'kind', header: t('job.kind'), cell: ({ kind }) => kindOf(kind, t) },
    { id: 'state', header: t('job.state'), cell: (job) => <JobState job={job} /> },
    { id: 'by', header: t('job.by'), cell: ({ createdBy }) => createdBy },
    {
      id: 'at',
      header: t('job.at'),
      cell: ({ createdAt }) => <span className="amount">{formats.dateTime(createdAt)}</span>,
    },
    {
      id: 'rows',
      header: t('job.rows'),
      align: 'end',
      cell: ({ rows }) => <span className="amount">{formats.count(rows.total ?? rows.read)}</span>,
    },
  ]
}

function JobState({ job }: { job: Job }) {
  const t = useText()
  const { percent } = useFormats()
  if (!isActive(job)) return <StateBadge state={`job.${job.state}`} />
  return (
    <Group gap="xs" wrap="nowrap">
      <Progress.Root w="5rem">
        <Progress.Section
          value={job.percent}
          aria-label={t('job.progress', { percent: percent(job.percent / 100) })}
        />
      </Progress.Root>
      <span className="amount">{percent(job.percent / 100)}</span>
    </Group>
  )
}

function ExportActs({ job }: { job: ExportJob }) {
  const t = useText()
  const queries = useQueryClient()
  const cancelling = useWrite(cancelExport, {
    onSuccess: () => queries.invalidateQueries({ queryKey: [FILES_KEY] }),
  })
  if (cancelling.error) return <Failure error={cancelling.error} />
  if (isActive(job)) {
    return (
      <Button
        size="compact-xs"
        variant="default"
        loading={cancelling.isPending}
        onClick={() => cancelling.mutate({ id: job.id })}
      >
        {t('action.cancel')}
      </Button>
    )
  }
  if (job.fileUrl === null) return null
  return <FileLink href={job.fileUrl} label={t('job.download')} />
}

export function FileLink({ href, label }: { href: string; label: string }) {
  return (
    <Anchor href={href} download fz="inherit">
      {label}
    </Anchor>
  )
}

function kindOf(kind: Job['kind'], t: Translate): string {
  return t(kind === 'accounts' ? 'nav.accounts' : 'nav.invoices')
}
