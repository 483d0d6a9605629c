/** The columns of the list of accounts. */
import { useMemo } from 'react'
import type { Account } from '../../api/accounts.ts'
import { Amount } from '../../components/amount.tsx'
import type { Column } from '../../components/data-table/data-table.tsx'
import { type State, StateBadge } from '../../components/state-badge.tsx'
import { formatDocument } from '../../i18n/documents.ts'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'

export function useAccountColumns(): readonly Column<Account>[] {
  const t = useText()
  const { date, percent } = useFormats()
  return useMemo(
    () => [
      { id: 'email', header: t('account.email'), isHead: true, cell: ({ email }) => email },
      {
        id: 'document',
        header: t('account.document'),
        cell: ({ document, documentType }) => (
          <span className="amount">{formatDocument(document, documentType)}</span>
        ),
      },
      {
        id: 'state',
        header: t('account.state'),
        cell: (account) => <StateBadge state={stateOf(account)} />,
      },
      {
        id: 'limit',
        header: t('account.limit'),
        align: 'end',
        cell: ({ creditLimit }) => <Amount value={creditLimit} />,
      },
      {
        id: 'owed',
        header: t('account.owed'),
        align: 'end',
        // The balance is what is owed, negated; there is no minus zero in a shop.
        cell: ({ balance }) => <Amount value={balance === 0 ? 0 : -balance} />,
      },
      {
        id: 'held',
        header: t('account.held'),
        align: 'end',
        cell: ({ preAuthorizedCredit }) => <Amount value={preAuthorizedCredit} />,
      },
      {
        id: 'available',
        header: t('account.available'),
        align: 'end',
        cell: ({ availableCredit }) => <Amount value={availableCredit} />,
      },
      {
        id: 'tolerance',
        header: t('account.tolerance'),
        align: 'end',
        isHidden: true,
        cell: ({ tolerance }) => <span className="amount">{percent(tolerance)}</span>,
      },
      {
        id: 'opened',
        header: t('account.opened'),
        isHidden: true,
        cell: ({ createdAt }) => date(createdAt),
      },
    ],
    [t, date, percent],
  )
}

function stateOf({ status, frozen }: Account): State {
  if (status === 'Closed') return 'accountClosed'
  return frozen ? 'accountFrozen' : 'accountOpen'
}
