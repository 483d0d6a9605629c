/** Settles or cancels a pre-authorization, once that is confirmed. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useForm } from '@mantine/form'
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { type Authorization, cancelAuthorization, settle } from '../../api/account.ts'
import { ACCOUNTS_KEY, type Account } from '../../api/accounts.ts'
import { useWrite } from '../../api/use-write.ts'
import { AmountInput } from '../../components/amount-input.tsx'
import { Failure } from '../../components/failure.tsx'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'

interface DialogProps {
  readonly account: Account
  readonly authorization: Authorization
  readonly onClose: () => void
}

export function SettleDialog({ account, authorization, onClose }: DialogProps) {
  const t = useText()
  const { readAmount, plain, money } = useFormats()
  const { id: transactionId, held, settled } = authorization
  const done = useDone(t('hold.settled'), onClose)
  const settling = useWrite(settle, { onSuccess: done })
  const form = useForm({
    initialValues: { value: plain(settled + held) },
    validate: {
      value: (text: string) =>
        readAmount(text) === undefined ? t('fault.amount', { example: plain(1234.5) }) : null,
    },
  })
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('hold.settleTitle')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        noValidate
        onSubmit={form.onSubmit(({ value }) =>
          settling.mutate({ id: account.id, transactionId, value: readAmount(value) ?? '' }),
        )}
      >
        <Stack gap="sm">
          <Text size="sm">{t('hold.settleWhy')}</Text>
          {settled > 0 && (
            <Text size="sm" c="dimmed">
              {t('hold.settledSoFar', { settled: money(settled) })}
            </Text>
          )}
          <AmountInput label={t('hold.total')} data-autofocus {...form.getInputProps('value')} />
          {settling.error && <Failure error={settling.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('action.back')}
            </Button>
            <Button type="submit" loading={settling.isPending}>
              {t('hold.settle')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

export function CancelDialog({ account, authorization, onClose }: DialogProps) {
  const t = useText()
  const { money } = useFormats()
  const done = useDone(t('hold.cancelled'), onClose)
  const cancelling = useWrite(cancelAuthorization, { onSuccess: done })
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('hold.cancelTitle')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <Stack gap="sm">
        <Text size="sm">{t('hold.cancelWhy', { held: money(authorization.held) })}</Text>
        {cancelling.error && <Failure error={cancelling.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t('action.back')}
          </Button>
          <Button
            color="red.8"
            loading={cancelling.isPending}
            onClick={() => cancelling.mutate({ id: account.id, authorization })}
          >
            {t('hold.cancelTitle')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

/** The account and all its lists are other than before. */
function useDone(message: string, onClose: () => void) {
  const queries = useQueryClient()
  return () => {
    void queries.invalidateQueries({ queryKey: [ACCOUNTS_KEY] })
    notifications.show({ message, color: 'teal' })
    onClose()
  }
}
