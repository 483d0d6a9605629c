/** The columns of the list of accounts. */
import { Anchor } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { type Account, owedBy, stateOf } from '../../api/accounts.ts'
import { Amount } from '../../components/amount.tsx'
import type { Column } from '../../components/data-table/data-table.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { formatDocument } from '../../i18n/documents.ts'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'

/** What the list is sorted by is shown, also where it is hidden by default. */
export function useAccountColumns(sort: string | undefined): readonly Column<Account>[] {
  const t = useText()
  const { date, percent } = useFormats()
  return useMemo(
    () => [
      {
        id: 'email',
        header: t('account.email'),
        isHead: true,
        isSortable: true,
        cell: ({ id, email }) => (
          <Anchor
            inherit
            renderRoot={(props) => (
              <Link {...props} to="/accounts/$accountId" params={{ accountId: id }} />
            )}
          >
            {email}
          </Anchor>
        ),
      },
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
        id: 'creditLimit',
        header: t('account.limit'),
        align: 'end',
        isSortable: true,
        cell: ({ creditLimit }) => <Amount value={creditLimit} />,
      },
      {
        id: 'owed',
        header: t('account.owed'),
        align: 'end',
        isSortable: true,
        cell: (account) => <Amount value={owedBy(account)} />,
      },
      {
        id: 'held',
        header: t('account.held'),
        align: 'end',
        cell: ({ preAuthorizedCredit }) => <Amount value={preAuthorizedCredit} />,
      },
      {
        id: 'availableCredit',
        header: t('account.available'),
        align: 'end',
        isSortable: true,
        cell: ({ availableCredit }) => <Amount value={availableCredit} />,
      },
      {
        id: 'exposure',
        header: t('account.exposure'),
        align: 'end',
        isSortable: true,
        isHidden: sort?.replace(/^-/, '') !== 'exposure',
        cell: (account) => <Amount value={owedBy(account) + account.preAuthorizedCredit} />,
      },
      {
        id: 'tolerance',
        header: t('account.tolerance'),
        align: 'end',
        isHidden: true,
        cell: ({ tolerance }) => <span className="amount">{percent(tolerance)}</span>,
      },
      {
        id: 'createdAt',
        header: t('account.opened'),
        isHidden: true,
        isSortable: true,
        cell: ({ createdAt }) => date(createdAt),
      },
    ],
    [t, date, percent, sort],
  )
}
