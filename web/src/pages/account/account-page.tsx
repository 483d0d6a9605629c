/** The details of an account: whose it is, how it stands, and all that can be done with it. */
import { Anchor, Button, Group, Stack, Tabs } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { readAccount } from '../../api/account.ts'
import { ACCOUNTS_KEY, type Account } from '../../api/accounts.ts'
import { Failure } from '../../components/failure.tsx'
import { Loading } from '../../components/loading.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { useText } from '../../i18n/use-text.ts'
import type { MessageKey } from '../../messages/en.ts'
import { useMay } from '../../session/session.ts'
import classes from './account.module.css'
import { HolderPanel } from './holder-panel.tsx'
import { HoldersPanel } from './holders-panel.tsx'
import { InvoicesTab } from './invoices-tab.tsx'
import type { AccountSearch, Tab } from './search.ts'
import { StatusPanel } from './status-panel.tsx'
import { TermsPanel } from './terms-panel.tsx'

const route = getRouteApi('/accounts/$accountId')

const AuthorizationsTab = lazy(async () => ({
  default: (await import('./authorizations-tab.tsx')).AuthorizationsTab,
}))
const StatementTab = lazy(async () => ({
  default: (await import('./statement-tab.tsx')).StatementTab,
}))
const HistoryTab = lazy(async () => ({
  default: (await import('./history-tab.tsx')).HistoryTab,
}))
const FreezeDialog = lazy(async () => ({
  default: (await import('./freeze-dialog.tsx')).FreezeDialog,
}))
const CloseDialog = lazy(async () => ({
  default: (await import('./close-dialog.tsx')).CloseDialog,
}))

const TAB_NAMES: Readonly<Record<Tab, MessageKey>> = {
  invoices: 'account.tab.invoices',
  authorizations: 'account.tab.authorizations',
  statement: 'account.tab.statement',
  history: 'account.tab.history',
}

/** How soon the page notices what others do. */
const LOOK_AGAIN_MS = 15_000

export function AccountPage() {
  const t = useText()
  const { accountId } = route.useParams()
  const found = useQuery({
    queryKey: [ACCOUNTS_KEY, 'one', accountId],
    queryFn: ({ signal }) => readAccount(accountId, signal),
    refetchInterval: LOOK_AGAIN_MS,
  })
  if (found.data) return <Details key={accountId} account={found.data} />
  return (
    <>
      <PageHeader title={t('account.title')} />
      <BackLink />
      {found.error ? (
        <Failure error={found.error} onRetry={() => void found.refetch()} />
      ) : (
        <Loading />
      )}
    </>
  )
}

function BackLink() {
  const t = useText()
  return (
    <Anchor component={Link} to="/accounts" size="sm" display="inline-block" mb="xs">
      {t('account.back')}
    </Anchor>
  )
}

function Details({ account }: { account: Account }) {
  return (
    <>
      <PageHeader title={account.email}>
        <Actions account={account} />
      </PageHeader>
      <BackLink />
      <Stack gap="sm">
        <div className={classes.panels}>
          <HolderPanel account={account} />
          <StatusPanel account={account} />
          <TermsPanel account={account} />
        </div>
        <Lists account={account} />
        <HoldersPanel account={account} />
      </Stack>
    </>
  )
}

function Actions({ account }: { account: Account }) {
  const t = useText()
  const may = useMay()
  const [dialog, setDialog] = useState<'freeze' | 'close'>()
  const end = (): void => setDialog(undefined)
  if (account.status === 'Closed' || !may('Create Checking Accounts')) return null
  return (
    <Group gap="xs">
      <Button variant="default" onClick={() => setDialog('freeze')}>
        {t(account.frozen ? 'account.unfreeze' : 'account.freeze')}
      </Button>
      <Button variant="default" onClick={() => setDialog('close')}>
        {t('account.close')}
      </Button>
      <Suspense>
        {dialog === 'freeze' && <FreezeDialog account={account} onClose={end} />}
        {dialog === 'close' && <CloseDialog account={account} onClose={end} />}
      </Suspense>
    </Group>
  )
}

/** Only the list in sight is asked for. */
function Lists({ account }: { account: Account }) {
  const t = useText()
  const may = useMay()
  const { tab } = route.useSearch()
  const navigate = route.useNavigate()
  const tabs = useTabs()
  const [first] = tabs
  const shown = tabs.find((each) => each === (tab ?? 'invoices')) ?? first
  const show = (next: string | null): void => {
    const search = next === 'invoices' ? {} : { tab: next as AccountSearch['tab'] }
    void navigate({ search: search as AccountSearch, replace: true, resetScroll: false })
  }
  if (!shown) return null
  return (
    <section className="panel" aria-label={t('account.movements')}>
      <Tabs value={shown} onChange={show} keepMounted={false}>
        <Tabs.List>
          {tabs.map((each) => (
            <Tabs.Tab key={each} value={each}>
              {t(TAB_NAMES[each])}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Suspense fallback={<Loading />}>
          <Tabs.Panel value="invoices">
            <InvoicesTab account={account} />
          </Tabs.Panel>
          <Tabs.Panel value="authorizations">
            <AuthorizationsTab account={account} mayWrite={may('Create Statements')} />
          </Tabs.Panel>
          <Tabs.Panel value="statement">
            <StatementTab account={account} />
          </Tabs.Panel>
          <Tabs.Panel value="history">
            <HistoryTab account={account} />
          </Tabs.Panel>
        </Suspense>
      </Tabs>
    </section>
  )
}

function useTabs(): readonly Tab[] {
  const may = useMay()
  return [
    ...(may('Read Invoices') ? (['invoices'] as const) : []),
    ...(may('Read Statements') ? (['authorizations', 'statement'] as const) : []),
    'history',
  ]
}
