/** Changes the payment link and the observation of an invoice. */
import { Button, Group, Modal, Stack, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { annotateInvoice, INVOICES_KEY, type InvoiceDetails } from '../../api/invoices.ts'
import { useWrite } from '../../api/use-write.ts'
import { Failure } from '../../components/failure.tsx'
import { useText } from '../../i18n/use-text.ts'

const MAX_OBSERVATION_LENGTH = 2_000

export function NotesDialog(props: { invoice: InvoiceDetails; onClose: () => void }) {
  const t = useText()
  const queries = useQueryClient()
  const { invoice, onClose } = props
  const form = useForm({
    initialValues: {
      paymentLink: invoice.paymentLink ?? '',
      observation: invoice.observation ?? '',
    },
    validate: { paymentLink: (text) => (isLink(text) ? null : t('notes.linkFault')) },
  })
  const writing = useWrite(annotateInvoice, {
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: [INVOICES_KEY] })
      notifications.show({ message: t('notes.done'), color: 'teal' })
      onClose()
    },
  })
  // What was not touched is not sent: somebody else may have changed it meanwhile.
  const save = ({ paymentLink, observation }: typeof form.values): void =>
    writing.mutate({
      invoice: { id: invoice.id, accountId: invoice.accountId },
      notes: {
        ...(form.isDirty('paymentLink') && { paymentLink: paymentLink.trim() || null }),
        ...(form.isDirty('observation') && { observation: observation.trim() || null }),
      },
    })
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('invoice.notes')}
      closeOnClickOutside={!form.isDirty()}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form noValidate onSubmit={form.onSubmit(save)}>
        <Stack gap="sm">
          <TextInput
            label={t('invoice.link')}
            type="url"
            autoComplete="off"
            data-autofocus
            {...form.getInputProps('paymentLink')}
          />
          <Textarea
            label={t('invoice.observation')}
            autosize
            minRows={3}
            maxRows={12}
            maxLength={MAX_OBSERVATION_LENGTH}
            {...form.getInputProps('observation')}
          />
          {writing.error && <Failure error={writing.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('action.back')}
            </Button>
            <Button type="submit" loading={writing.isPending} disabled={!form.isDirty()}>
              {t('action.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

function isLink(text: string): boolean {
  const link = text.trim()
  return link === '' || (/^https?:\/\//i.test(link) && URL.canParse(link))
}
