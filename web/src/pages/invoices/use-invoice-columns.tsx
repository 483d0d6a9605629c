/** The columns of the list of invoices. */
import { useMemo } from 'react'
import { type ListedInvoice, stateOf } from '../../api/invoices.ts'
import { Amount } from '../../components/amount.tsx'
import type { Column } from '../../components/data-table/data-table.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'
import { InvoiceLink } from '../invoice/invoice-link.tsx'

export function useInvoiceColumns(): readonly Column<ListedInvoice>[] {
  const t = useText()
  const { date } = useFormats()
  return useMemo(
    () => [
      {
        id: 'friendlyId',
        header: t('invoice.friendlyId'),
        isHead: true,
        cell: (invoice) => <InvoiceLink invoice={invoice} />,
      },
      { id: 'account', header: t('invoice.account'), cell: ({ accountEmail }) => accountEmail },
      { id: 'order', header: t('invoice.order'), cell: ({ orderId }) => orderId },
      {
        id: 'state',
        header: t('invoice.state'),
        cell: (invoice) => <StateBadge state={`invoice${stateOf(invoice)}`} />,
      },
      {
        id: 'dueDate',
        header: t('invoice.dueDate'),
        isSortable: true,
        cell: ({ dueDate }) => <span className="amount">{date(dueDate)}</span>,
      },
      {
        id: 'value',
        header: t('invoice.value'),
        align: 'end',
        isSortable: true,
        cell: ({ value }) => <Amount value={value} />,
      },
      {
        id: 'installment',
        header: t('invoice.installment'),
        align: 'end',
        cell: ({ installment, numberOfInstallments }) =>
          t('invoice.installmentOf', { k: installment, n: numberOfInstallments }),
      },
      {
        id: 'createdAt',
        header: t('invoice.created'),
        isSortable: true,
        isHidden: true,
        cell: ({ createdAt }) => <span className="amount">{date(createdAt)}</span>,
      },
      {
        id: 'resolvedAt',
        header: t('invoice.resolved'),
        isHidden: true,
        cell: ({ resolvedAt }) => (resolvedAt === null ? '' : date(resolvedAt)),
      },
      {
        id: 'observation',
        header: t('invoice.observation'),
        isHidden: true,
        cell: ({ observation }) => observation ?? '',
      },
    ],
    [t, date],
  )
}
