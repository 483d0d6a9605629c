/** The list of invoices: found, summed, selected, and acted on. */
import { Button, Pill, Text } from '@mantine/core'
import { IconDownload, IconUpload } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { useIntl } from 'react-intl'
import { INVOICES_KEY, type InvoiceList, listInvoices } from '../../api/invoices.ts'
import { DataTable } from '../../components/data-table/data-table.tsx'
import { Empty } from '../../components/empty.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { SearchBox } from '../../components/search-box.tsx'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'
import { useMay } from '../../session/session.ts'
import type { BatchAct } from './batch-dialog.tsx'
import classes from './invoices.module.css'
import { RangeFilters } from './range-filters.tsx'
import { type InvoicesSearch, isFiltered, queryOf, type SearchChange } from './search.ts'
import { SelectionBar } from './selection-bar.tsx'
import { StateTabs } from './state-tabs.tsx'
import { useInvoiceColumns } from './use-invoice-columns.tsx'
import { useSelection } from './use-selection.ts'

const route = getRouteApi('/invoices')

const BatchDialog = lazy(async () => ({
  default: (await import('./batch-dialog.tsx')).BatchDialog,
}))
const ExportDialog = lazy(async () => ({
  default: (await import('./export-dialog.tsx')).ExportDialog,
}))
const UploadDialog = lazy(async () => ({
  default: (await import('../files/upload-dialog.tsx')).UploadDialog,
}))

type Dialog = BatchAct | 'export' | 'upload'

export function InvoicesPage() {
  const t = useText()
  const may = useMay()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const columns = useInvoiceColumns()
  const found = useInvoices(search)
  const selection = useSelection(found.data?.data)
  const [dialog, setDialog] = useState<Dialog>()

  const change = (changed: SearchChange): void => {
    void navigate({ search: (before) => ({ ...before, ...changed }) as InvoicesSearch })
  }
  const filter = (changed: SearchChange): void => change({ ...changed, page: undefined })
  const close = (): void => setDialog(undefined)

  return (
    <>
      <PageHeader title={t('nav.invoices')}>
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden="true" />}
          onClick={() => setDialog('export')}
        >
          {t('action.export')}
        </Button>
        {may('Create Invoices') && (
          <Button
            leftSection={<IconUpload size={16} aria-hidden="true" />}
            onClick={() => setDialog('upload')}
          >
            {t('invoices.bulk')}
          </Button>
        )}
      </PageHeader>
      <StateTabs search={search} states={found.data?.states} />
      <div className={classes.total}>
        <Total total={found.data?.total} />
        {selection.invoices.length > 0 && (
          <SelectionBar invoices={selection.invoices} onAct={setDialog} onClear={selection.clear} />
        )}
      </div>
      <DataTable
        label={t('nav.invoices')}
        columns={columns}
        rows={found.data?.data}
        rowId={({ id }) => id}
        count={found.data?.total.count}
        search={search}
        onSearch={change}
        found={found}
        empty={<NoInvoices isFiltered={isFiltered(search) || search.status !== undefined} />}
        selection={{
          ids: selection.ids,
          onChange: selection.change,
          labelOf: (id) => t('invoices.select', { id: selection.nameOf(id) }),
        }}
        onOpen={({ id }) =>
          void navigate({ to: '/invoices/$invoiceId', params: { invoiceId: id }, search: {} })
        }
      >
        <SearchBox
          label={t('invoices.search')}
          value={search.q ?? ''}
          onSearch={(q) => filter({ q: q === '' ? undefined : q })}
        />
        <RangeFilters search={search} onChange={filter} />
        <ActiveFilters search={search} onChange={filter} />
      </DataTable>
      <Suspense>
        {dialog === 'export' && <ExportDialog search={search} onClose={close} />}
        {dialog === 'upload' && <UploadDialog kind="invoices" onClose={close} />}
        {(dialog === 'pay' || dialog === 'cancel') && (
          <BatchDialog
            act={dialog}
            invoices={selection.invoices}
            onClose={(isDone) => {
              close()
              if (isDone) selection.clear()
            }}
          />
        )}
      </Suspense>
    </>
  )
}

function useInvoices(search: InvoicesSearch) {
  const query = queryOf(search)
  return useQuery({
    queryKey: [INVOICES_KEY, 'list', query],
    queryFn: ({ signal }) => listInvoices(query, signal),
    placeholderData: keepPreviousData,
  })
}

function Total({ total }: { total: InvoiceList['total'] | undefined }) {
  const t = useText()
  const { money } = useFormats()
  return (
    <Text size="sm" aria-live="polite">
      {total && t('invoices.total', { count: total.count })}{' '}
      {total && (
        <Text span inherit fw={600} className="amount">
          {money(total.value)}
        </Text>
      )}
    </Text>
  )
}

/** What narrows the list, each to be taken away. */
function ActiveFilters(props: {
  search: InvoicesSearch
  onChange: (change: SearchChange) => void
}) {
  const t = useText()
  const intl = useIntl()
  const { money } = useFormats()
  const { search, onChange } = props
  const day = (text: string) =>
    Number.isNaN(Date.parse(text))
      ? text
      : intl.formatDate(text, { dateStyle: 'short', timeZone: 'UTC' })
  const amount = (text: string) => (Number.isNaN(Number(text)) ? text : money(Number(text)))
  const range = (from: string | undefined, to: string | undefined, write: typeof day) =>
    `${from === undefined ? '' : write(from)} – ${to === undefined ? '' : write(to)}`
  const { dueDateFrom, dueDateTo, createdDateFrom, createdDateTo, valueFrom, valueTo } = search
  const active = [
    {
      label: t('invoice.dueDate'),
      text: range(dueDateFrom, dueDateTo, day),
      away: { dueDateFrom: undefined, dueDateTo: undefined },
      isOn: dueDateFrom ?? dueDateTo,
    },
    {
      label: t('invoice.created'),
      text: range(createdDateFrom, createdDateTo, day),
      away: { createdDateFrom: undefined, createdDateTo: undefined },
      isOn: createdDateFrom ?? createdDateTo,
    },
    {
      label: t('invoice.value'),
      text: range(valueFrom, valueTo, amount),
      away: { valueFrom: undefined, valueTo: undefined },
      isOn: valueFrom ?? valueTo,
    },
    {
      label: t('invoice.account'),
      text: search.accountId ?? '',
      away: { accountId: undefined },
      isOn: search.accountId,
    },
  ]
  return active
    .filter(({ isOn }) => isOn !== undefined)
    .map(({ label, text, away }) => (
      <Pill
        key={label}
        size="md"
        withRemoveButton
        onRemove={() => onChange(away)}
        removeButtonProps={{
          'aria-label': t('invoices.removeFilter', { filter: label }),
          'aria-hidden': false,
          tabIndex: 0,
        }}
      >
        {`${label}: ${text}`}
      </Pill>
    ))
}

function NoInvoices({ isFiltered: isNarrowed }: { isFiltered: boolean }) {
  const t = useText()
  return isNarrowed ? (
    <Empty title={t('invoices.noneFound')} explanation={t('invoices.noneFoundWhy')} />
  ) : (
    <Empty title={t('invoices.none')} explanation={t('invoices.noneWhy')} />
  )
}
