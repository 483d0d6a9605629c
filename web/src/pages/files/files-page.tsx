/** What was imported and exported, by whom and with what result; what runs is followed. */
import { Button, Group, SegmentedControl, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import {
  FILES_KEY,
  type FileKind,
  isActive,
  type Job,
  type ListOf,
  listExports,
  listImports,
} from '../../api/files.ts'
import { DataTable } from '../../components/data-table/data-table.tsx'
import { rangeOf } from '../../components/data-table/table-search.ts'
import { Empty } from '../../components/empty.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { useText } from '../../i18n/use-text.ts'
import { useMay } from '../../session/session.ts'
import type { FilesSearch } from './search.ts'
import { useExportColumns, useImportColumns } from './use-job-columns.tsx'

const route = getRouteApi('/files')

const POLL_MS = 1_500

const UploadDialog = lazy(async () => ({
  default: (await import('./upload-dialog.tsx')).UploadDialog,
}))

type Change = { readonly [K in keyof FilesSearch]?: FilesSearch[K] | undefined }

export function FilesPage() {
  const t = useText()
  const may = useMay()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const [uploading, setUploading] = useState<FileKind>()
  const mayInvoices = may('Create Invoices')
  const mayAccounts = may('Create Checking Accounts')
  const mayImport = mayInvoices || mayAccounts
  const isExports = search.show === 'exports' || !mayImport
  const change = (changed: Change): void => {
    void navigate({ search: (before) => ({ ...before, ...changed }) as FilesSearch })
  }
  const show = mayImport ? (
    <SegmentedControl
      size="xs"
      aria-label={t('files.show')}
      data={[
        { value: 'imports', label: t('files.imports') },
        { value: 'exports', label: t('files.exports') },
      ]}
      value={isExports ? 'exports' : 'imports'}
      onChange={(value) =>
        change({ show: value === 'exports' ? 'exports' : undefined, page: undefined })
      }
    />
  ) : (
    <Text size="sm">{t('files.exports')}</Text>
  )
  const List = isExports ? Exports : Imports
  return (
    <>
      <PageHeader title={t('nav.files')}>
        <Group gap="xs">
          {mayAccounts && (
            <Button variant="default" onClick={() => setUploading('accounts')}>
              {t('upload.accounts')}
            </Button>
          )}
          {mayInvoices && (
            <Button variant="default" onClick={() => setUploading('invoices')}>
              {t('files.updateInvoices')}
            </Button>
          )}
        </Group>
      </PageHeader>
      <List search={search} onSearch={change}>
        {show}
      </List>
      <Suspense>
        {uploading && <UploadDialog kind={uploading} onClose={() => setUploading(undefined)} />}
      </Suspense>
    </>
  )
}

interface ListProps {
  readonly search: FilesSearch
  readonly onSearch: (change: Change) => void
  readonly children: React.ReactNode
}

function Imports({ search, onSearch, children }: ListProps) {
  const t = useText()
  const navigate = route.useNavigate()
  const columns = useImportColumns()
  const found = useJobs('imports', search, listImports)
  return (
    <DataTable
      label={t('files.imports')}
      columns={columns}
      rows={found.data?.data}
      rowId={({ id }) => id}
      count={found.data?.summary.count}
      search={search}
      onSearch={onSearch}
      found={found}
      empty={<Empty title={t('files.noImports')} explanation={t('files.noImportsWhy')} />}
      onOpen={({ id }) =>
        void navigate({ to: '/files/$importId', params: { importId: id }, search: {} })
      }
    >
      {children}
    </DataTable>
  )
}

function Exports({ search, onSearch, children }: ListProps) {
  const t = useText()
  const columns = useExportColumns()
  const found = useJobs('exports', search, listExports)
  return (
    <DataTable
      label={t('files.exports')}
      columns={columns}
      rows={found.data?.data}
      rowId={({ id }) => id}
      count={found.data?.summary.count}
      search={search}
      onSearch={onSearch}
      found={found}
      empty={<Empty title={t('files.noExports')} explanation={t('files.noExportsWhy')} />}
    >
      {children}
    </DataTable>
  )
}

/** Asks again as long as something runs, and no longer. */
function useJobs<T extends Job>(
  name: string,
  search: FilesSearch,
  list: (range: { from: number; to: number }, signal: AbortSignal) => Promise<ListOf<T>>,
) {
  const range = rangeOf(search)
  return useQuery({
    queryKey: [FILES_KEY, name, range],
    queryFn: ({ signal }) => list(range, signal),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.data.some(isActive) ? POLL_MS : false),
  })
}
