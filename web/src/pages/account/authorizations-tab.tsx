/** What is pre-authorized now: each can be settled or cancelled. */
import { Button, Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { type Authorization, readAuthorizations } from '../../api/account.ts'
import { ACCOUNTS_KEY, type Account } from '../../api/accounts.ts'
import { Amount } from '../../components/amount.tsx'
import { Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Loading } from '../../components/loading.tsx'
import { PlainTable } from '../../components/plain-table.tsx'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'
import classes from './account.module.css'

const SettleDialog = lazy(async () => ({
  default: (await import('./authorization-dialogs.tsx')).SettleDialog,
}))
const CancelDialog = lazy(async () => ({
  default: (await import('./authorization-dialogs.tsx')).CancelDialog,
}))

/** More than anybody reads; where there are more, the page says so. */
const SHOWN = { from: 1, to: 200 }

interface Chosen {
  readonly act: 'settle' | 'cancel'
  readonly authorization: Authorization
}

export function AuthorizationsTab(props: { account: Account; mayWrite: boolean }) {
  const { account, mayWrite } = props
  const t = useText()
  const { count } = useFormats()
  const [chosen, setChosen] = useState<Chosen>()
  const columns = useAuthorizationColumns(mayWrite ? setChosen : undefined)
  const found = useQuery({
    queryKey: [ACCOUNTS_KEY, 'one', account.id, 'authorizations'],
    queryFn: ({ signal }) => readAuthorizations(account.id, SHOWN, signal),
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
  const end = (): void => setChosen(undefined)
  const dialog = chosen && {
    account,
    authorization: chosen.authorization,
    onClose: end,
  }
  return (
    <>
      {data.length === 0 ? (
        <Empty title={t('account.noHolds')} explanation={t('account.noHoldsWhy')} />
      ) : (
        <PlainTable
          label={t('account.tab.authorizations')}
          columns={columns}
          rows={data}
          rowId={({ id }) => id}
        />
      )}
      {paging.total > data.length && (
        <p className={classes.note}>
          {t('account.firstOf', { shown: count(data.length), count: count(paging.total) })}
        </p>
      )}
      <Suspense>
        {dialog && chosen.act === 'settle' && <SettleDialog {...dialog} />}
        {dialog && chosen.act === 'cancel' && <CancelDialog {...dialog} />}
      </Suspense>
    </>
  )
}

function useAuthorizationColumns(onChoose: ((chosen: Chosen) => void) | undefined) {
  const t = useText()
  const { dateTime } = useFormats()
  const acts = {
    id: 'acts',
    header: t('table.acts'),
    align: 'end' as const,
    cell: (authorization: Authorization) => (
      <Group gap="xs" justify="flex-end">
        <Button
          size="compact-sm"
          variant="default"
          aria-label={t('hold.settleOf', { order: nameOf(authorization) })}
          onClick={() => onChoose?.({ act: 'settle', authorization })}
        >
          {t('hold.settle')}
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          aria-label={t('hold.cancelOf', { order: nameOf(authorization) })}
          onClick={() => onChoose?.({ act: 'cancel', authorization })}
        >
          {t('hold.cancel')}
        </Button>
      </Group>
    ),
  }
  return [
    { id: 'order', header: t('account.order'), isHead: true, cell: nameOf },
    {
      id: 'created',
      header: t('hold.created'),
      cell: ({ createdAt }: Authorization) => dateTime(createdAt),
    },
    {
      id: 'expires',
      header: t('hold.expires'),
      cell: ({ expirationDate }: Authorization) => dateTime(expirationDate),
    },
    {
      id: 'value',
      header: t('account.value'),
      align: 'end' as const,
      cell: ({ value }: Authorization) => <Amount value={value} />,
    },
    {
      id: 'held',
      header: t('account.held'),
      align: 'end' as const,
      cell: ({ held }: Authorization) => <Amount value={held} />,
    },
    ...(onChoose ? [acts] : []),
  ]
}

/** The order, else the id of what has none. */
const nameOf = ({ orderId, id }: Authorization): string => orderId || id
