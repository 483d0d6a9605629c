/** The dialog in which a person changes their own password. */
import { Modal } from '@mantine/core'
import { useText } from '../i18n/use-text.ts'
import { PasswordForm } from './password-form.tsx'

export function ChangePassword({ onDone }: { onDone: () => void }) {
  const t = useText()
  return (
    <Modal
      opened
      onClose={onDone}
      title={t('password.title')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <PasswordForm onChanged={onDone} way={{ label: t('action.cancel'), onClick: onDone }} />
    </Modal>
  )
}
