/** The keys with which the store's programs call the API. */
import { Button, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import {
  API_KEYS_KEY,
  type ApiKey,
  type ApiKeyWithToken,
  listApiKeys,
  type Resource,
  revokeApiKey,
} from '../../../api/api-keys.ts'
import { type Column, DataTable } from '../../../components/data-table/data-table.tsx'
import { rangeOf } from '../../../components/data-table/table-search.ts'
import { Empty } from '../../../components/empty.tsx'
import { StateBadge } from '../../../components/state-badge.tsx'
import { useFormats } from '../../../i18n/use-formats.ts'
import { useText } from '../../../i18n/use-text.ts'
import { Confirm } from '../confirm.tsx'
import type { SettingsSearch } from '../search.ts'
import { ShownOnce } from '../shown-once.tsx'
import { NewKeyDialog } from './new-key-dialog.tsx'
import { RESOURCE_NAME } from './resources.ts'

const route = getRouteApi('/settings')

type Act =
  | { readonly kind: 'new' }
  | { readonly kind: 'token'; readonly key: ApiKeyWithToken }
  | { readonly kind: 'revoke'; readonly key: ApiKey }

export function ApiKeys() {
  const t = useText()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const queries = useQueryClient()
  const [act, setAct] = useState<Act>()
  const found = useQuery({
    queryKey: [API_KEYS_KEY, rangeOf(search)],
    queryFn: ({ signal }) => listApiKeys(rangeOf(search), signal),
    placeholderData: keepPreviousData,
  })
  const columns = useKeyColumns(setAct)
  const end = (next?: Act): void => {
    void queries.invalidateQueries({ queryKey: [API_KEYS_KEY] })
    setAct(next)
  }
  return (
    <>
      <DataTable
        label={t('settings.keys')}
        columns={columns}
        rows={found.data?.data}
        rowId={({ appKey }) => appKey}
        count={found.data?.summary.count}
        search={search}
        onSearch={(change) =>
          void navigate({ search: (before) => ({ ...before, ...change }) as SettingsSearch })
        }
        found={found}
        empty={<Empty title={t('key.none')} explanation={t('key.noneWhy')} />}
      >
        <div>
          <Button
            size="xs"
            leftSection={<IconPlus size={16} aria-hidden="true" />}
            onClick={() => setAct({ kind: 'new' })}
          >
            {t('key.new')}
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
  const revoking = useMutation({ mutationFn: revokeApiKey, onSuccess: () => onEnd() })
  if (act.kind === 'new') {
    return <NewKeyDialog onMade={(key) => onEnd({ kind: 'token', key })} onClose={onClose} />
  }
  if (act.kind === 'token') {
    const { appKey, token } = act.key
    return (
      <ShownOnce
        title={t('key.made')}
        explanation={t('key.tokenOnce')}
        values={[
          { label: APP_KEY_HEADER, value: appKey },
          { label: APP_TOKEN_HEADER, value: token },
        ]}
        onClose={onClose}
      />
    )
  }
  return (
    <Confirm
      title={t('key.revokeWhich', { label: act.key.label })}
      consequence={t('key.revokeEffect')}
      action={t('key.revoke')}
      error={revoking.error}
      isPending={revoking.isPending}
      onConfirm={() => revoking.mutate(act.key.appKey)}
      onClose={onClose}
    />
  )
}

/** Headers are called the same in every language. */
const APP_KEY_HEADER = 'X-VTEX-API-AppKey'
const APP_TOKEN_HEADER = 'X-VTEX-API-AppToken'

function useKeyColumns(onAct: (act: Act) => void): readonly Column<ApiKey>[] {
  const t = useText()
  const { date, dateTime } = useFormats()
  return useMemo(
    () => [
      {
        id: 'label',
        header: t('key.label'),
        isHead: true,
        cell: ({ label, appKey }) => (
          <div>
            {label}
            <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {appKey}
            </Text>
          </div>
        ),
      },
      {
        id: 'resources',
        header: t('key.resources'),
        cell: ({ resources }) =>
          resources.map((name) => t(RESOURCE_NAME[name as Resource])).join(', '),
      },
      {
        id: 'state',
        header: t('account.state'),
        cell: ({ revokedAt }) => <StateBadge state={revokedAt ? 'keyRevoked' : 'keyActive'} />,
      },
      {
        id: 'lastUsed',
        header: t('key.lastUsed'),
        cell: ({ lastUsedAt }) => (lastUsedAt ? dateTime(lastUsedAt) : t('settings.never')),
      },
      {
        id: 'created',
        header: t('settings.createdAt'),
        cell: ({ createdAt }) => date(createdAt),
      },
      {
        id: 'actions',
        header: t('settings.actions'),
        align: 'end',
        cell: (key) =>
          !key.revokedAt && (
            <Button
              size="compact-xs"
              variant="default"
              aria-label={t('key.revokeWhich', { label: key.label })}
              onClick={() => onAct({ kind: 'revoke', key })}
            >
              {t('key.revoke')}
            </Button>
          ),
      },
    ],
    [t, date, dateTime, onAct],
  )
}
