/** E-mail and password, or the store's own provider. */
import { Button, Divider, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ApiProblem } from '../api/problem.ts'
import { OIDC_START, readSignInOptions, type Session, signIn } from '../api/session.ts'
import { Failure } from '../components/failure.tsx'
import { useText } from '../i18n/use-text.ts'

interface SignInFormProps {
  /** Who was signed in, where a session is renewed. */
  readonly email?: string
  readonly explanation?: string
  readonly onSignedIn: (session: Session) => void
}

export function SignInForm({ email: known = '', explanation, onSignedIn }: SignInFormProps) {
  const t = useText()
  const [email, setEmail] = useState(known)
  const [password, setPassword] = useState('')
  const options = useQuery({
    queryKey: ['sign-in-options'],
    queryFn: ({ signal }) => readSignInOptions(signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const attempt = useMutation({ mutationFn: signIn, onSuccess: onSignedIn })

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    attempt.mutate({ email: email.trim(), password })
  }

  const { password: hasPassword = true, oidc = false, providerName } = options.data ?? {}
  return (
    <Stack gap="md">
      {explanation && <Text size="sm">{explanation}</Text>}
      {hasPassword && (
        <form onSubmit={submit}>
          <Stack gap="sm">
            <TextInput
              label={t('signIn.email')}
              type="email"
              autoComplete="username"
              required
              withAsterisk={false}
              data-autofocus={known === '' || undefined}
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
            <PasswordInput
              label={t('signIn.password')}
              autoComplete="current-password"
              required
              withAsterisk={false}
              data-autofocus={known !== '' || undefined}
              visibilityToggleButtonProps={{ 'aria-label': t('signIn.showPassword') }}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            {attempt.error && <Refused error={attempt.error} />}
            <Button type="submit" loading={attempt.isPending} fullWidth mt="xs">
              {t('signIn.submit')}
            </Button>
          </Stack>
        </form>
      )}
      {hasPassword && oidc && <Divider label={t('signIn.or')} />}
      {oidc && (
        <Button component="a" href={OIDC_START} variant="default" fullWidth>
          {t('signIn.with', { provider: providerName ?? t('signIn.provider') })}
        </Button>
      )}
    </Stack>
  )
}

/** Here a 401 does not mean that a session ended. */
function Refused({ error }: { error: Error }) {
  const t = useText()
  const isWrong = error instanceof ApiProblem && error.status === 401
  return isWrong ? <Failure message={t('signIn.wrong')} /> : <Failure error={error} />
}
