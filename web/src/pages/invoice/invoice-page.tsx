/** One invoice: what is known of it, what happened to it, and what can be done with it. */
import { Grid, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { INVOICES_KEY, readInvoice, stateOf } from '../../api/invoices.ts'
import { Failure } from '../../components/failure.tsx'
import { Loading } from '../../components/loading.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { useText } from '../../i18n/use-text.ts'
import { Facts } from './facts.tsx'
import { History } from './history.tsx'
import { InvoiceActions } from './invoice-actions.tsx'
import { Notes } from './notes.tsx'
import { Sisters } from './sisters.tsx'

const route = getRouteApi('/invoices/$invoiceId')

export function InvoicePage() {
  const t = useText()
  const { invoiceId } = route.useParams()
  const found = useQuery({
    queryKey: [INVOICES_KEY, 'one', invoiceId],
    queryFn: ({ signal }) => readInvoice(invoiceId, signal),
  })
  if (found.error) {
    return (
      <>
        <PageHeader title={t('invoice.title')} />
        <Failure error={found.error} onRetry={() => void found.refetch()} />
      </>
    )
  }
  if (!found.data) return <Loading />
  const invoice = found.data
  return (
    <div key={invoice.id}>
      <PageHeader title={t('invoice.titleOf', { id: invoice.friendlyId })}>
        <StateBadge state={`invoice${stateOf(invoice)}`} />
        <InvoiceActions invoice={invoice} />
      </PageHeader>
      <Grid gap="sm">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack gap="sm">
            <Facts invoice={invoice} />
            <Notes invoice={invoice} />
            <Sisters invoice={invoice} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <History invoice={invoice} />
        </Grid.Col>
      </Grid>
    </div>
  )
}
