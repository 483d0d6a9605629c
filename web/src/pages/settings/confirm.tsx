/** Asks before something is done that cannot simply be taken back. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { Failure } from '../../components/failure.tsx'
import { useText } from '../../i18n/use-text.ts'

interface ConfirmProps {
  readonly title: string
  /** What will be so afterwards. */
  readonly consequence: string
  /** The word on the button: what is done. */
  readonly action: string
  readonly error?: Error | null
  readonly isPending?: boolean
  readonly onConfirm: () => void
  readonly onClose: () => void
}

export function Confirm(props: ConfirmProps) {
  const t = useText()
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={props.title}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <Stack gap="md">
        <Text size="sm">{props.consequence}</Text>
        {props.error && <Failure error={props.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onClose} data-autofocus>
            {t('action.cancel')}
          </Button>
          <Button color="red.9" loading={props.isPending ?? false} onClick={props.onConfirm}>
            {props.action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
