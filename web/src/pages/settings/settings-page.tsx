/** Settings of the store, the people who work with it, and the keys of its programs. */
import { Tabs } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { Empty } from '../../components/empty.tsx'
import { Loading } from '../../components/loading.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { useText } from '../../i18n/use-text.ts'
import type { MessageKey } from '../../messages/en.ts'
import { useMay } from '../../session/session.ts'
import { TABS, type Tab } from './search.ts'

const route = getRouteApi('/settings')

const StoreSettings = lazy(async () => ({
  default: (await import('./store/store-settings.tsx')).StoreSettings,
}))
const Users = lazy(async () => ({ default: (await import('./users/users.tsx')).Users }))
const ApiKeys = lazy(async () => ({ default: (await import('./keys/api-keys.tsx')).ApiKeys }))

const LABEL: Readonly<Record<Tab, MessageKey>> = {
  store: 'settings.store',
  users: 'settings.users',
  keys: 'settings.keys',
}

const RESOURCE: Readonly<Record<Tab, string>> = {
  store: 'Read Configuration',
  users: 'Main Access',
  keys: 'Main Access',
}

export function SettingsPage() {
  const t = useText()
  const may = useMay()
  const { tab = 'store' } = route.useSearch()
  const navigate = route.useNavigate()
  const shown = TABS.filter((each) => may(RESOURCE[each]))
  const open = (next: string | null): void => {
    const search = next === 'users' || next === 'keys' ? { tab: next } : {}
    void navigate({ search } as never)
  }
  return (
    <>
      <PageHeader title={t('settings.title')} />
      <Tabs value={tab} onChange={open} keepMounted={false}>
        <Tabs.List mb="md">
          {shown.map((each) => (
            <Tabs.Tab key={each} value={each}>
              {t(LABEL[each])}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {shown.map((each) => (
          <Tabs.Panel key={each} value={each}>
            <Suspense fallback={<Loading />}>
              <Part tab={each} />
            </Suspense>
          </Tabs.Panel>
        ))}
      </Tabs>
      {!shown.includes(tab) && (
        <Empty title={t('settings.forbidden')} explanation={t('settings.forbiddenWhy')} />
      )}
    </>
  )
}

function Part({ tab }: { tab: Tab }) {
  if (tab === 'users') return <Users />
  if (tab === 'keys') return <ApiKeys />
  return <StoreSettings />
}
