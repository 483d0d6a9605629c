/** The payment link and the observation, and the form that changes them. */
import { Anchor, Button, CopyButton, Group, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconCheck, IconCopy, IconExternalLink, IconPencil } from '@tabler/icons-react'
import { lazy, Suspense } from 'react'
import type { InvoiceDetails } from '../../api/invoices.ts'
import { useText } from '../../i18n/use-text.ts'
import { useMay } from '../../session/session.ts'
import classes from './invoice.module.css'
import { Panel } from './panel.tsx'

const NotesDialog = lazy(async () => ({
  default: (await import('./notes-dialog.tsx')).NotesDialog,
}))

export function Notes({ invoice }: { invoice: InvoiceDetails }) {
  const t = useText()
  const may = useMay()
  const [isEditing, { open, close }] = useDisclosure(false)
  const { paymentLink, observation, accountStatus } = invoice
  return (
    <Panel title={t('invoice.notes')}>
      <Stack gap="sm" align="start">
        <div>
          <Text size="xs" c="dimmed">
            {t('invoice.link')}
          </Text>
          {paymentLink === null ? (
            <Text size="sm">{t('invoice.noLink')}</Text>
          ) : (
            <PaymentLink link={paymentLink} />
          )}
        </div>
        <div>
          <Text size="xs" c="dimmed">
            {t('invoice.observation')}
          </Text>
          <Text size="sm" className={classes.text}>
            {observation ?? t('invoice.noObservation')}
          </Text>
        </div>
        {may('Create Invoices') && accountStatus === 'Open' && (
          <Button
            variant="default"
            size="xs"
            leftSection={<IconPencil size={16} aria-hidden="true" />}
            onClick={open}
          >
            {t('invoice.editNotes')}
          </Button>
        )}
      </Stack>
      <Suspense>{isEditing && <NotesDialog invoice={invoice} onClose={close} />}</Suspense>
    </Panel>
  )
}

function PaymentLink({ link }: { link: string }) {
  const t = useText()
  return (
    <Stack gap={6} align="start">
      <Text size="sm" className={classes.text}>
        {link}
      </Text>
      <Group gap="xs">
        <CopyButton value={link}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              size="xs"
              onClick={copy}
              leftSection={
                copied ? (
                  <IconCheck size={16} aria-hidden="true" />
                ) : (
                  <IconCopy size={16} aria-hidden="true" />
                )
              }
            >
              {t(copied ? 'invoice.copied' : 'invoice.copy')}
            </Button>
          )}
        </CopyButton>
        <Anchor href={link} target="_blank" rel="noopener noreferrer" size="sm">
          {t('invoice.open')} <IconExternalLink size={14} aria-hidden="true" />
        </Anchor>
      </Group>
    </Stack>
  )
}
