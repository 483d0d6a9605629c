/** A secret that is told this one time: it is copied, and the dialog closes only by its button. */
import { Alert, Button, CopyButton, Group, Modal, Stack, TextInput } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useText } from '../../i18n/use-text.ts'

interface ShownOnceProps {
  readonly title: string
  readonly explanation: string
  readonly values: readonly { readonly label: string; readonly value: string }[]
  readonly onClose: () => void
}

export function ShownOnce({ title, explanation, values, onClose }: ShownOnceProps) {
  const t = useText()
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
    >
      <Stack gap="sm">
        <Alert color="yellow" variant="outline">
          {explanation}
        </Alert>
        {values.map(({ label, value }) => (
          <Group key={label} align="end" gap="xs" wrap="nowrap">
            <TextInput
              label={label}
              value={value}
              readOnly
              flex={1}
              ff="monospace"
              onFocus={(event) => event.currentTarget.select()}
            />
            <Copy label={label} value={value} />
          </Group>
        ))}
        <Group justify="flex-end">
          <Button onClick={onClose}>{t('settings.kept')}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}

function Copy({ label, value }: { label: string; value: string }) {
  const t = useText()
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <Button
          variant="default"
          aria-label={t('settings.copyWhat', { what: label })}
          leftSection={
            copied ? (
              <IconCheck size={16} aria-hidden="true" />
            ) : (
              <IconCopy size={16} aria-hidden="true" />
            )
          }
          onClick={copy}
        >
          {t(copied ? 'settings.copied' : 'settings.copy')}
        </Button>
      )}
    </CopyButton>
  )
}
