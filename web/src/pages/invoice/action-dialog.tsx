/** Asks before an invoice is paid, cancelled, postponed, or its payment taken back; then does it. */
import { Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import {
  cancelInvoice,
  type InvoiceDetails,
  type InvoiceName,
  payInvoice,
  postponeInvoice,
  takePaymentBack,
} from '../../api/invoices.ts'
import { useWrite } from '../../api/use-write.ts'
import { Confirmation } from '../../components/confirmation.tsx'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'
import type { MessageKey } from '../../messages/en.ts'
import { ACT_NAMES, type InvoiceAct } from './invoice-actions.tsx'
import { useTellDone } from './use-tell-done.tsx'

interface Asked {
  readonly act: InvoiceAct
  readonly invoice: InvoiceName
  readonly dueDays: number
}

const EXPLANATIONS: Readonly<Record<Exclude<InvoiceAct, 'postpone'>, MessageKey>> = {
  pay: 'invoice.payWhat',
  cancel: 'invoice.cancelWhat',
  takeBack: 'invoice.takeBackWhat',
}

interface ActionDialogProps {
  readonly act: InvoiceAct
  readonly invoice: InvoiceDetails
  readonly onClose: () => void
}

export function ActionDialog({ act, invoice, onClose }: ActionDialogProps) {
  const t = useText()
  const { money } = useFormats()
  const tellDone = useTellDone()
  const [days, setDays] = useState('')
  const [isFaulty, setFaulty] = useState(false)
  const writing = useWrite(send, {
    onSuccess: () => {
      tellDone(act, invoice)
      onClose()
    },
  })
  const confirm = (): void => {
    const dueDays = /^\d{1,4}$/.test(days.trim()) ? Number(days) : 0
    if (act === 'postpone' && dueDays < 1) {
      setFaulty(true)
      return
    }
    const { id, accountId } = invoice
    writing.mutate({ act, invoice: { id, accountId }, dueDays })
  }
  return (
    <Confirmation
      title={t(ACT_NAMES[act])}
      submit={t(ACT_NAMES[act])}
      isLoss={act === 'cancel' || act === 'takeBack'}
      isPending={writing.isPending}
      error={writing.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      {act === 'postpone' ? (
        <TextInput
          label={t('invoice.days')}
          inputMode="numeric"
          autoComplete="off"
          data-autofocus
          value={days}
          error={isFaulty && t('invoice.daysFault')}
          onChange={(event) => {
            setDays(event.currentTarget.value)
            setFaulty(false)
          }}
        />
      ) : (
        <Text size="sm">
          {t(EXPLANATIONS[act], { value: money(invoice.value), account: invoice.accountEmail })}
        </Text>
      )}
    </Confirmation>
  )
}

function send({ act, invoice, dueDays }: Asked, key: string): Promise<unknown> {
  if (act === 'pay') return payInvoice(invoice, key)
  if (act === 'cancel') return cancelInvoice(invoice, key)
  if (act === 'postpone') return postponeInvoice({ invoice, dueDays }, key)
  return takePaymentBack(invoice, key)
}
