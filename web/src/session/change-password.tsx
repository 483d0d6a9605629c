/** The dialog in which a person changes their own password. */
import { Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { changePassword } from '../api/session.ts'
import { Failure } from '../components/failure.tsx'
import { useText } from '../i18n/use-text.ts'

interface ChangePasswordProps {
  /** `required`: the password was given by somebody else, and nothing goes on before it is changed. */
  readonly reason: 'wanted' | 'required'
  readonly onDone: () => void
}

export function ChangePassword({ reason, onDone }: ChangePasswordProps) {
  const t = useText()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const isRequired = reason === 'required'
  const change = useMutation({
    mutationFn: changePassword,
    onSuccess: () => {
      notifications.show({ message: t('password.changed'), color: 'teal' })
      onDone()
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    change.mutate({ current, next })
  }
  const toggle = { 'aria-label': t('signIn.showPassword') }
  return (
    <Modal
      opened
      onClose={onDone}
      title={t('password.title')}
      withCloseButton={!isRequired}
      closeOnEscape={!isRequired}
      closeOnClickOutside={!isRequired}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form onSubmit={submit}>
        <Stack gap="sm">
          {isRequired && <Text size="sm">{t('password.required')}</Text>}
          <PasswordInput
            label={t('password.current')}
            autoComplete="current-password"
            required
            withAsterisk={false}
            data-autofocus
            visibilityToggleButtonProps={toggle}
            value={current}
            onChange={(event) => setCurrent(event.currentTarget.value)}
          />
          <PasswordInput
            label={t('password.next')}
            autoComplete="new-password"
            required
            withAsterisk={false}
            visibilityToggleButtonProps={toggle}
            value={next}
            onChange={(event) => setNext(event.currentTarget.value)}
          />
          {change.error && <Failure error={change.error} />}
          <Group justify="flex-end">
            {!isRequired && (
              <Button variant="default" onClick={onDone}>
                {t('action.cancel')}
              </Button>
            )}
            <Button type="submit" loading={change.isPending}>
              {t('password.submit')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
