/** Freezes an account, or takes that back; both with a reason. */
import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useQueryClient } from '@tanstack/react-query'
import { freezeAccount } from '../../api/account.ts'
import { ACCOUNTS_KEY, type Account } from '../../api/accounts.ts'
import { useWrite } from '../../api/use-write.ts'
import { Failure } from '../../components/failure.tsx'
import { useText } from '../../i18n/use-text.ts'

const MAX_REASON_LENGTH = 500

export function FreezeDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const t = useText()
  const queries = useQueryClient()
  const { id, frozen, freezeReason } = account
  const form = useForm({
    initialValues: { reason: '' },
    validate: { reason: (text: string) => (text.trim() === '' ? t('freeze.reasonFault') : null) },
  })
  const freezing = useWrite(freezeAccount, {
    onSuccess: (changed) => {
      queries.setQueryData([ACCOUNTS_KEY, 'one', id], changed)
      void queries.invalidateQueries({ queryKey: [ACCOUNTS_KEY] })
      onClose()
    },
  })
  return (
    <Modal
      opened
      onClose={onClose}
      title={t(frozen ? 'freeze.unfreezeTitle' : 'freeze.title')}
      closeOnClickOutside={!form.isDirty()}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        noValidate
        onSubmit={form.onSubmit(({ reason }) => freezing.mutate({ id, frozen: !frozen, reason }))}
      >
        <Stack gap="sm">
          <Text size="sm">{t(frozen ? 'freeze.unfreezeWhy' : 'freeze.why')}</Text>
          {freezeReason !== null && (
            <Text size="sm" c="dimmed">
              {t('freeze.since', { reason: freezeReason })}
            </Text>
          )}
          <Textarea
            label={t('terms.reason')}
            rows={2}
            maxLength={MAX_REASON_LENGTH}
            required
            withAsterisk={false}
            data-autofocus
            {...form.getInputProps('reason')}
          />
          {freezing.error && <Failure error={freezing.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" loading={freezing.isPending}>
              {t(frozen ? 'account.unfreeze' : 'account.freeze')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
