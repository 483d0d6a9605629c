/** The list of accounts, and the way to open one. */
import { Button, SegmentedControl } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPlus } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { ACCOUNTS_KEY, searchAccounts } from '../../api/accounts.ts'
import { DataTable } from '../../components/data-table/data-table.tsx'
import { rangeOf } from '../../components/data-table/table-search.ts'
import { Empty } from '../../components/empty.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { SearchBox } from '../../components/search-box.tsx'
import { useText } from '../../i18n/use-text.ts'
import { useMay } from '../../session/session.ts'
import { useShortcut } from '../../shell/shortcuts.tsx'
import type { AccountsSearch } from './search.ts'
import { useAccountColumns } from './use-account-columns.tsx'

const route = getRouteApi('/accounts')

const NewAccountDialog = lazy(async () => ({
  default: (await import('./new-account-dialog.tsx')).NewAccountDialog,
}))

/** What changes in the address; `undefined` takes a part back to its default. */
type Change = { readonly [K in keyof AccountsSearch]?: AccountsSearch[K] | undefined }

export function AccountsPage() {
  const t = useText()
  const may = useMay()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const columns = useAccountColumns()
  const [isOpening, dialog] = useDisclosure(false)
  const found = useAccounts(search)

  const change = (changed: Change): void => {
    void navigate({ search: (before) => ({ ...before, ...changed }) as AccountsSearch })
  }
  const filter = (changed: Change): void => change({ ...changed, page: undefined })

  return (
    <>
      <PageHeader title={t('accounts.title')}>
        {may('Create Checking Accounts') && <NewButton onClick={dialog.open} />}
      </PageHeader>
      <DataTable
        label={t('accounts.title')}
        columns={columns}
        rows={found.data?.data}
        rowId={({ id }) => id}
        count={found.data?.summary.count}
        search={search}
        onSearch={change}
        error={found.error}
        onRetry={() => void found.refetch()}
        isStale={found.isPlaceholderData}
        empty={<NoAccounts isFiltered={Boolean(search.q ?? search.status)} />}
      >
        <SearchBox
          label={t('accounts.search')}
          value={search.q ?? ''}
          onSearch={(q) => filter({ q: q === '' ? undefined : q })}
        />
        <SegmentedControl
          size="xs"
          aria-label={t('accounts.state')}
          data={[
            { value: 'open', label: t('accounts.open') },
            { value: 'closed', label: t('accounts.closed') },
          ]}
          value={search.status ?? 'open'}
          onChange={(value) => filter({ status: value === 'closed' ? 'closed' : undefined })}
        />
      </DataTable>
      <Suspense>{isOpening && <NewAccountDialog onClose={dialog.close} />}</Suspense>
    </>
  )
}

function useAccounts(search: AccountsSearch) {
  const status = search.status === 'closed' ? ('Closed' as const) : ('Open' as const)
  const wanted = { status, text: search.q ?? '', ...rangeOf(search) }
  return useQuery({
    queryKey: [ACCOUNTS_KEY, wanted],
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
