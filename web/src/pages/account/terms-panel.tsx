/** Limit and tolerance, changed where they stand. */
import { Button } from '@mantine/core'
import { IconPencil } from '@tabler/icons-react'
import { useState } from 'react'
import type { Account } from '../../api/accounts.ts'
import { Amount } from '../../components/amount.tsx'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'
import { useMay } from '../../session/session.ts'
import { useShortcut } from '../../shell/shortcuts.tsx'
import { Facts } from './facts.tsx'
import { Section } from './section.tsx'
import { TermsForm } from './terms-form.tsx'

export function TermsPanel({ account }: { account: Account }) {
  const t = useText()
  const may = useMay()
  const { percent } = useFormats()
  const [isEditing, setEditing] = useState(false)
  const [wasEditing, setWasEditing] = useState(false)
  const mayChange = may('Edit credits') || may('Create Checking Accounts')
  const edit = account.status === 'Open' && mayChange && !isEditing && (
    <EditButton isFocused={wasEditing} onClick={() => setEditing(true)} />
  )
  const end = (): void => {
    setEditing(false)
    setWasEditing(true)
  }
  return (
    <Section title={t('terms.title')} actions={edit}>
      {isEditing ? (
        <TermsForm account={account} onDone={end} />
      ) : (
        <Facts
          facts={[
            [t('account.limit'), <Amount key="limit" value={account.creditLimit} />],
            [t('account.tolerance'), percent(account.tolerance)],
          ]}
        />
      )}
    </Section>
  )
}

function EditButton({ isFocused, onClick }: { isFocused: boolean; onClick: () => void }) {
  const t = useText()
  useShortcut('e', t('shortcut.terms'), onClick)
  return (
    <Button
      variant="default"
      size="xs"
      leftSection={<IconPencil size={14} aria-hidden="true" />}
      // The form is gone: the focus goes back to where it came from.
      autoFocus={isFocused}
      onClick={onClick}
    >
      {t('terms.edit')}
    </Button>
  )
}
