/** The list of accounts: search, filters, export, and the way to open one. */
import { Button, Checkbox, NativeSelect, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconDownload, IconPlus, IconUpload } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import {
  ACCOUNTS_KEY,
  type AccountList,
  type AccountSearch,
  searchAccounts,
} from '../../api/accounts.ts'
import { DataTable } from '../../components/data-table/data-table.tsx'
import { rangeOf } from '../../components/data-table/table-search.ts'
import { Empty } from '../../components/empty.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { SearchBox } from '../../components/search-box.tsx'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'
import { useMay } from '../../session/session.ts'
import { useShortcut } from '../../shell/shortcuts.tsx'
import type { AccountsSearch } from './search.ts'
import { useAccountColumns } from './use-account-columns.tsx'

const route = getRouteApi('/accounts')

const NewAccountDialog = lazy(async () => ({
  default: (await import('./new-account-dialog.tsx')).NewAccountDialog,
}))

const ExportDialog = lazy(async () => ({
  default: (await import('./export-dialog.tsx')).ExportDialog,
}))
const UploadDialog = lazy(async () => ({
  default: (await import('../files/upload-dialog.tsx')).UploadDialog,
}))

/** What changes in the address; `undefined` takes a part back to its default. */
type Change = { readonly [K in keyof AccountsSearch]?: AccountsSearch[K] | undefined }

export function AccountsPage() {
  const t = useText()
  const may = useMay()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const open = useNavigate()
  const columns = useAccountColumns(search.sort)
  const [isOpening, dialog] = useDisclosure(false)
  const [isExporting, exporting] = useDisclosure(false)
  const [isImporting, importing] = useDisclosure(false)
  const found = useAccounts(search)

  const change = (changed: Change): void => {
    void navigate({ search: (before) => ({ ...before, ...changed }) as AccountsSearch })
  }
  const filter = (changed: Change): void => change({ ...changed, page: undefined })

  return (
    <>
      <PageHeader title={t('accounts.title')}>
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden="true" />}
          onClick={exporting.open}
        >
          {t('action.export')}
        </Button>
        {may('Create Checking Accounts') && (
          <>
            <Button
              variant="default"
              leftSection={<IconUpload size={16} aria-hidden="true" />}
              onClick={importing.open}
            >
              {t('accounts.import')}
            </Button>
            <NewButton onClick={dialog.open} />
          </>
        )}
      </PageHeader>
      <DataTable
        label={t('accounts.title')}
        columns={columns}
        rows={found.data?.data}
        rowId={({ id }) => id}
        count={found.data?.paging.total}
        search={search}
        onSearch={change}
        found={found}
        empty={<NoAccounts isFiltered={isFiltered(search)} />}
        onOpen={({ id }) =>
          void open({ to: '/accounts/$accountId', params: { accountId: id }, search: {} })
        }
      >
        <SearchBox
          label={t('accounts.search')}
          value={search.q ?? ''}
          onSearch={(q) => filter({ q: q === '' ? undefined : q })}
        />
        <Filters search={search} onFilter={filter} />
      </DataTable>
      {found.data && <Totals totals={found.data.totals} />}
      <Suspense>
        {isOpening && <NewAccountDialog onClose={dialog.close} />}
        {isImporting && <UploadDialog kind="accounts" onClose={importing.close} />}
        {isExporting && (
          <ExportDialog
            search={search}
            count={found.data?.paging.total}
            onClose={exporting.close}
          />
        )}
      </Suspense>
    </>
  )
}

function Filters(props: { search: AccountsSearch; onFilter: (changed: Change) => void }) {
  const t = useText()
  const { search, onFilter } = props
  return (
    <>
      <NativeSelect
        size="xs"
        aria-label={t('accounts.state')}
        data={[
          { value: 'open', label: t('accounts.open') },
          { value: 'frozen', label: t('accounts.frozen') },
          { value: 'closed', label: t('accounts.closed') },
        ]}
        value={search.status ?? 'open'}
        onChange={({ currentTarget: { value } }) =>
          onFilter({ status: value === 'frozen' || value === 'closed' ? value : undefined })
        }
      />
      <Checkbox
        size="xs"
        mx={4}
        label={t('accounts.overLimit')}
        checked={search.overLimit ?? false}
        onChange={({ currentTarget }) =>
          onFilter({ overLimit: currentTarget.checked || undefined })
        }
      />
      <Checkbox
        size="xs"
        mx={4}
        label={t('accounts.overdue')}
        checked={search.overdue ?? false}
        onChange={({ currentTarget }) => onFilter({ overdue: currentTarget.checked || undefined })}
      />
    </>
  )
}

function Totals({ totals }: { totals: AccountList['totals'] }) {
  const t = useText()
  const { money } = useFormats()
  return (
    <Text size="sm" c="dimmed" className="amount" mt="xs" px="xs" style={{ whiteSpace: 'normal' }}>
      {t('accounts.totals', {
        limit: money(totals.creditLimit),
        owed: money(totals.owed),
        held: money(totals.held),
        available: money(totals.availableCredit),
      })}
    </Text>
  )
}

function isFiltered({ q, status, overLimit, overdue }: AccountsSearch): boolean {
  return Boolean(q ?? status ?? overLimit ?? overdue)
}

/** Newest first, where nobody chose. */
const DEFAULT_SORT = '-createdAt'

function useAccounts(search: AccountsSearch) {
  const { q, status = 'open', overLimit, overdue, sort = DEFAULT_SORT } = search
  const wanted: AccountSearch = {
    q,
    status,
    overLimit: overLimit && 'true',
    overdue: overdue && 'true',
    sort: sort.replace(/^-/, ''),
    order: sort.startsWith('-') ? 'desc' : 'asc',
    ...rangeOf(search),
  }
  return useQuery({
    queryKey: [ACCOUNTS_KEY, 'list', wanted],
    queryFn: ({ signal }) => searchAccounts(wanted, signal),
    placeholderData: keepPreviousData,
  })
}

function NewButton({ onClick }: { onClick: () => void }) {
  const t = useText()
  useShortcut('n', t('accounts.new'), onClick)
  return (
    <Button leftSection={<IconPlus size={16} aria-hidden="true" />} onClick={onClick}>
      {t('action.new')}
    </Button>
  )
}

function NoAccounts({ isFiltered }: { isFiltered: boolean }) {
  const t = useText()
  return isFiltered ? (
    <Empty title={t('accounts.noneFound')} explanation={t('accounts.noneFoundWhy')} />
  ) : (
    <Empty title={t('accounts.none')} explanation={t('accounts.noneWhy')} />
  )
}
