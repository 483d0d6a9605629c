/** Says what is about to happen, and asks. */
import { Button, Group, Modal, Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import { useText } from '../i18n/use-text.ts'
import { Failure } from './failure.tsx'

interface ConfirmationProps {
  readonly title: string
  readonly submit: string
  readonly isPending: boolean
  readonly error: unknown
  /** True where something is lost by it. */
  readonly isLoss?: boolean
  readonly onConfirm: () => void
  readonly onClose: () => void
  readonly children: ReactNode
}

export function Confirmation(props: ConfirmationProps) {
  const t = useText()
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={props.title}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          props.onConfirm()
        }}
      >
        <Stack gap="sm">
          {props.children}
          {props.error != null && <Failure error={props.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={props.onClose}>
              {t('action.back')}
            </Button>
            <Button
              type="submit"
              loading={props.isPending}
              {...(props.isLoss && { color: 'red.9' })}
            >
              {props.submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
