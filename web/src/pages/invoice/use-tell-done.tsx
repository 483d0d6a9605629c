/** Says that it was done, shows it everywhere, and offers to undo a payment. */
import { Button, Group, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { ACCOUNTS_KEY } from '../../api/accounts.ts'
import { INVOICES_KEY, type InvoiceDetails, takePaymentBack } from '../../api/invoices.ts'
import { useWrite } from '../../api/use-write.ts'
import { useProblemText } from '../../i18n/use-problem-text.ts'
import { useText } from '../../i18n/use-text.ts'
import type { MessageKey } from '../../messages/en.ts'
import { useMay } from '../../session/session.ts'
import type { InvoiceAct } from './invoice-actions.tsx'

const DONE: Readonly<Record<InvoiceAct, MessageKey>> = {
  pay: 'invoice.payDone',
  cancel: 'invoice.cancelDone',
  postpone: 'invoice.postponeDone',
  takeBack: 'invoice.takeBackDone',
}

/** Long enough to read it and to change one's mind. */
const UNDO_MS = 12_000

export function useTellDone(): (act: InvoiceAct, invoice: InvoiceDetails) => void {
  const t = useText()
  const may = useMay()
  const textOf = useProblemText()
  const queries = useQueryClient()
  const refresh = (): void => {
    void queries.invalidateQueries({ queryKey: [INVOICES_KEY] })
    void queries.invalidateQueries({ queryKey: [ACCOUNTS_KEY] })
  }
  const undoing = useWrite(takePaymentBack)
  const undo = (invoice: InvoiceDetails): void => {
    const { id, accountId, friendlyId } = invoice
    notifications.hide(id)
    undoing
      .mutateAsync({ id, accountId })
      .then(() =>
        notifications.show({
          message: t('invoice.takeBackDone', { id: friendlyId }),
          color: 'teal',
        }),
      )
      .catch((error: unknown) =>
        notifications.show({ message: textOf(error).message, color: 'red', role: 'alert' }),
      )
      .finally(refresh)
  }
  return (act, invoice) => {
    refresh()
    const done = t(DONE[act], { id: invoice.friendlyId })
    const mayUndo = act === 'pay' && may('Create Invoices') && may('Pay Invoice')
    if (!mayUndo) {
      notifications.show({ message: done, color: 'teal' })
      return
    }
    notifications.show({
      id: invoice.id,
      color: 'teal',
      autoClose: UNDO_MS,
      message: (
        <Group justify="space-between" wrap="nowrap">
          <Text size="sm">{done}</Text>
          <Button size="compact-sm" variant="default" onClick={() => undo(invoice)}>
            {t('action.undo')}
          </Button>
        </Group>
      ),
    })
  }
}
