/** The current password and the next one. */
import { Button, Group, PasswordInput, Stack } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { changePassword, type Session } from '../api/session.ts'
import { Failure } from '../components/failure.tsx'
import { useText } from '../i18n/use-text.ts'

interface PasswordFormProps {
  readonly onChanged: (session: Session) => void
  /** What leads away from here without a change. */
  readonly way: { readonly label: string; readonly onClick: () => void }
}

export function PasswordForm({ onChanged, way }: PasswordFormProps) {
  const t = useText()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const change = useMutation({
    mutationFn: changePassword,
    onSuccess: (session) => {
      notifications.show({ message: t('password.changed'), color: 'teal' })
      onChanged(session)
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    change.mutate({ current, next })
  }
  const toggle = { 'aria-label': t('signIn.showPassword') }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
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
          description={t('password.rule')}
          autoComplete="new-password"
          required
          withAsterisk={false}
          visibilityToggleButtonProps={toggle}
          value={next}
          onChange={(event) => setNext(event.currentTarget.value)}
        />
        {change.error && <Failure error={change.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={way.onClick}>
            {way.label}
          </Button>
          <Button type="submit" loading={change.isPending}>
            {t('password.submit')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
