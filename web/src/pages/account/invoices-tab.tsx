/** The invoices of the account. */
import { Anchor } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { type AccountInvoice, readAccountInvoices } from '../../api/account.ts'
import { ACCOUNTS_KEY, type Account } from '../../api/accounts.ts'
import { Amount } from '../../components/amount.tsx'
import { Pager } from '../../components/data-table/pager.tsx'
import { rangeOf } from '../../components/data-table/table-search.ts'
import { Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Loading } from '../../components/loading.tsx'
import { PlainTable } from '../../components/plain-table.tsx'
import { type State, StateBadge } from '../../components/state-badge.tsx'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'
import classes from './account.module.css'
import type { AccountSearch } from './search.ts'

const route = getRouteApi('/accounts/$accountId')

export function InvoicesTab({ account: { id } }: { account: Account }) {
  const t = useText()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const columns = useInvoiceColumns()
  const range = rangeOf(search)
  const found = useQuery({
    queryKey: [ACCOUNTS_KEY, 'one', id, 'invoices', range],
    queryFn: ({ signal }) => readAccountInvoices(id, range, signal),
    placeholderData: keepPreviousData,
  })
  if (found.error) {
    return (
      <div className={classes.note}>
        <Failure error={found.error} onRetry={() => void found.refetch()} />
      </div>
    )
  }
  if (!found.data) return <Loading />
  const { data, paging } = found.data
  if (paging.total === 0) {
    return <Empty title={t('account.noInvoices')} explanation={t('account.noInvoicesWhy')} />
  }
  return (
    <>
      <PlainTable
        label={t('account.tab.invoices')}
        columns={columns}
        rows={data}
        rowId={(invoice) => invoice.id}
        isStale={found.isPlaceholderData}
      />
      <Pager
        count={paging.total}
        search={search}
        onSearch={(change) =>
          void navigate({
            search: (before) => ({ ...before, ...change }) as AccountSearch,
            resetScroll: false,
          })
        }
      />
    </>
  )
}

function useInvoiceColumns() {
  const t = useText()
  const { date } = useFormats()
  return useMemo(
    () => [
      {
        id: 'invoice',
        header: t('account.invoice'),
        isHead: true,
        cell: ({ id, friendlyId }: AccountInvoice) => (
          <Anchor component={Link} to={`/invoices/${encodeURIComponent(id)}` as string} inherit>
            {friendlyId}
          </Anchor>
        ),
      },
      {
        id: 'state',
        header: t('account.state'),
        cell: (invoice: AccountInvoice) => <StateBadge state={stateOfInvoice(invoice)} />,
      },
      { id: 'order', header: t('account.order'), cell: ({ orderId }: AccountInvoice) => orderId },
      {
        id: 'installment',
        header: t('account.installment'),
        cell: ({ installment, numberOfInstallments }: AccountInvoice) =>
          `${installment}/${numberOfInstallments}`,
      },
      {
        id: 'due',
        header: t('account.due'),
        cell: ({ dueDate }: AccountInvoice) => <span className="amount">{date(dueDate)}</span>,
      },
      {
        id: 'value',
        header: t('account.value'),
        align: 'end' as const,
        cell: ({ value }: AccountInvoice) => <Amount value={value} />,
      },
    ],
    [t, date],
  )
}

function stateOfInvoice({ status, overdue }: AccountInvoice): State {
  if (status === 'Paid') return 'invoicePaid'
  if (status === 'Cancelled') return 'invoiceCancelled'
  return overdue ? 'invoiceOverdue' : 'invoiceOpened'
}
