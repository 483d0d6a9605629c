/** The people of the store and their roles. */
import { ActionIcon, Button, Menu, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconDots, IconPlus } from '@tabler/icons-react'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import {
  changeUser,
  listUsers,
  resetPassword,
  USERS_KEY,
  type User,
  type UserWithPassword,
} from '../../../api/users.ts'
import { type Column, DataTable } from '../../../components/data-table/data-table.tsx'
import { rangeOf } from '../../../components/data-table/table-search.ts'
import { Empty } from '../../../components/empty.tsx'
import { type State, StateBadge } from '../../../components/state-badge.tsx'
import { useFormats } from '../../../i18n/use-formats.ts'
import { useProblemText } from '../../../i18n/use-problem-text.ts'
import { useText } from '../../../i18n/use-text.ts'
import { Confirm } from '../confirm.tsx'
import type { SettingsSearch } from '../search.ts'
import { ShownOnce } from '../shown-once.tsx'
import { ROLE_NAME } from './roles.ts'
import { UserDialog } from './user-dialog.tsx'

const route = getRouteApi('/settings')

/** What is done with a user. */
type Act =
  | { readonly kind: 'new' }
  | { readonly kind: 'edit' | 'disable' | 'reset'; readonly user: User }
  | { readonly kind: 'password'; readonly user: UserWithPassword }

export function Users() {
  const t = useText()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const queries = useQueryClient()
  const [act, setAct] = useState<Act>()
  const found = useQuery({
    queryKey: [USERS_KEY, rangeOf(search)],
    queryFn: ({ signal }) => listUsers(rangeOf(search), signal),
    placeholderData: keepPreviousData,
  })
  const refresh = (): void => void queries.invalidateQueries({ queryKey: [USERS_KEY] })
  const columns = useUserColumns(setAct, refresh)
  const end = (next?: Act): void => {
    refresh()
    setAct(next)
  }
  return (
    <>
      <DataTable
        label={t('settings.users')}
        columns={columns}
        rows={found.data?.data}
        rowId={({ id }) => id}
        count={found.data?.summary.count}
        search={search}
        onSearch={(change) =>
          void navigate({ search: (before) => ({ ...before, ...change }) as SettingsSearch })
        }
        found={found}
        empty={<Empty title={t('user.none')} />}
      >
        <div>
          <Button
            size="xs"
            leftSection={<IconPlus size={16} aria-hidden="true" />}
            onClick={() => setAct({ kind: 'new' })}
          >
            {t('user.new')}
          </Button>
        </div>
      </DataTable>
      {act && <Doing act={act} onEnd={end} onClose={() => setAct(undefined)} />}
    </>
  )
}

function Doing(props: { act: Act; onEnd: (next?: Act) => void; onClose: () => void }) {
  const { act, onEnd, onClose } = props
  const t = useText()
  const tell = (user: UserWithPassword): void => onEnd({ kind: 'password', user })
  const disabling = useMutation({ mutationFn: changeUser, onSuccess: () => onEnd() })
  const resetting = useMutation({ mutationFn: resetPassword, onSuccess: tell })
  if (act.kind === 'new' || act.kind === 'edit') {
    const known = act.kind === 'edit' ? { user: act.user } : {}
    return <UserDialog {...known} onMade={tell} onChanged={() => onEnd()} onClose={onClose} />
  }
  const { user } = act
  const { email } = user
  if (act.kind === 'password') {
    return (
      <ShownOnce
        title={t('user.password')}
        explanation={t('user.passwordOnce', { email })}
        values={[{ label: t('user.oneTimePassword'), value: act.user.oneTimePassword }]}
        onClose={onClose}
      />
    )
  }
  if (act.kind === 'disable') {
    return (
      <Confirm
        title={t('user.disableWho', { email })}
        consequence={t('user.disableEffect')}
        action={t('user.disable')}
        error={disabling.error}
        isPending={disabling.isPending}
        onConfirm={() => disabling.mutate({ id: user.id, change: { disabled: true } })}
        onClose={onClose}
      />
    )
  }
  return (
    <Confirm
      title={t('user.resetWho', { email })}
      consequence={t('user.resetEffect')}
      action={t('user.reset')}
      error={resetting.error}
      isPending={resetting.isPending}
      onConfirm={() => resetting.mutate(user.id)}
      onClose={onClose}
    />
  )
}

function useUserColumns(onAct: (act: Act) => void, refresh: () => void): readonly Column<User>[] {
  const t = useText()
  const { date, dateTime } = useFormats()
  return useMemo(
    () => [
      { id: 'email', header: t('account.email'), isHead: true, cell: ({ email }) => email },
      { id: 'name', header: t('user.name'), cell: ({ name }) => name },
      { id: 'role', header: t('user.role'), cell: ({ role }) => t(ROLE_NAME[role]) },
      {
        id: 'state',
        header: t('account.state'),
        cell: (user) => <StateBadge state={stateOf(user)} />,
      },
      {
        id: 'lastSignIn',
        header: t('user.lastSignIn'),
        cell: ({ lastSignInAt }) => (lastSignInAt ? dateTime(lastSignInAt) : t('settings.never')),
      },
      {
        id: 'created',
        header: t('settings.createdAt'),
        isHidden: true,
        cell: ({ createdAt }) => date(createdAt),
      },
      {
        id: 'actions',
        header: t('settings.actions'),
        align: 'end',
        cell: (user) => <UserActions user={user} onAct={onAct} refresh={refresh} />,
      },
    ],
    [t, date, dateTime, onAct, refresh],
  )
}

function stateOf({ disabled, mustChangePassword }: User): State {
  if (disabled) return 'userDisabled'
  return mustChangePassword ? 'userInvited' : 'userActive'
}

function UserActions(props: { user: User; onAct: (act: Act) => void; refresh: () => void }) {
  const { user, onAct, refresh } = props
  const t = useText()
  const textOf = useProblemText()
  const enabling = useMutation({
    mutationFn: changeUser,
    onSuccess: refresh,
    onError: (error) => notifications.show({ message: textOf(error).message, color: 'red' }),
  })
  const enable = (): void => enabling.mutate({ id: user.id, change: { disabled: false } })
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon size="sm" aria-label={t('settings.actionsFor', { what: user.email })}>
          <IconDots size={16} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onAct({ kind: 'edit', user })}>{t('user.edit')}</Menu.Item>
        <Menu.Item onClick={() => onAct({ kind: 'reset', user })}>{t('user.reset')}</Menu.Item>
        {user.disabled ? (
          <Menu.Item onClick={enable}>{t('user.enable')}</Menu.Item>
        ) : (
          <Menu.Item onClick={() => onAct({ kind: 'disable', user })}>
            <Text size="sm" c="var(--mantine-color-error)">
              {t('user.disable')}
            </Text>
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}
