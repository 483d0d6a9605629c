/** What can be done with an invoice in its state, by who is signed in. */
import { Button } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import type { InvoiceDetails } from '../../api/invoices.ts'
import { useText } from '../../i18n/use-text.ts'
import type { MessageKey } from '../../messages/en.ts'
import { useMay } from '../../session/session.ts'

const ActionDialog = lazy(async () => ({
  default: (await import('./action-dialog.tsx')).ActionDialog,
}))

export type InvoiceAct = 'pay' | 'cancel' | 'postpone' | 'takeBack'

export const ACT_NAMES: Readonly<Record<InvoiceAct, MessageKey>> = {
  pay: 'invoice.pay',
  cancel: 'invoice.cancel',
  postpone: 'invoice.postpone',
  takeBack: 'invoice.takeBack',
}

export function InvoiceActions({ invoice }: { invoice: InvoiceDetails }) {
  const t = useText()
  const acts = useActs(invoice)
  const [asked, setAsked] = useState<InvoiceAct>()
  return (
    <>
      {acts.map((act) => (
        <Button
          key={act}
          onClick={() => setAsked(act)}
          {...(act !== 'pay' && { variant: 'default' })}
        >
          {t(ACT_NAMES[act])}
        </Button>
      ))}
      <Suspense>
        {asked && (
          <ActionDialog act={asked} invoice={invoice} onClose={() => setAsked(undefined)} />
        )}
      </Suspense>
    </>
  )
}

function useActs({ status, accountStatus }: InvoiceDetails): readonly InvoiceAct[] {
  const may = useMay()
  if (accountStatus !== 'Open') return []
  if (status === 'Paid') {
    return may('Create Invoices') && may('Pay Invoice') ? ['takeBack'] : []
  }
  if (status !== 'Opened') return []
  const changes: readonly InvoiceAct[] = may('Create Invoices') ? ['postpone', 'cancel'] : []
  return may('Pay Invoice') ? [...changes, 'pay'] : changes
}
