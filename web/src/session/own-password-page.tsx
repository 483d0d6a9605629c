/** Insists on a password of one's own, where somebody else gave the one that is used. */
import { notifications } from '@mantine/notifications'
import type { Session } from '../api/session.ts'
import { useProblemText } from '../i18n/use-problem-text.ts'
import { useText } from '../i18n/use-text.ts'
import { EntryPage } from './entry-page.tsx'
import { PasswordForm } from './password-form.tsx'
import { useSignOut } from './session.ts'

export function OwnPasswordPage({ onChanged }: { onChanged: (session: Session) => void }) {
  const t = useText()
  const textOf = useProblemText()
  const signOut = useSignOut()
  const leave = (): void => {
    signOut().catch((error: unknown) =>
      notifications.show({ message: textOf(error).message, color: 'red' }),
    )
  }
  return (
    <EntryPage title={t('password.title')} explanation={t('password.required')}>
      <PasswordForm onChanged={onChanged} way={{ label: t('user.signOut'), onClick: leave }} />
    </EntryPage>
  )
}
