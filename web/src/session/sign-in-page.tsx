/** What somebody sees who is not signed in, whatever the address. */
import { Group, Stack, Text, Title } from '@mantine/core'
import { useEffect } from 'react'
import type { Session } from '../api/session.ts'
import { Brand } from '../components/brand.tsx'
import { useText } from '../i18n/use-text.ts'
import { LanguageMenu } from '../shell/language-menu.tsx'
import { SchemeToggle } from '../shell/scheme-toggle.tsx'
import { SignInForm } from './sign-in-form.tsx'
import classes from './sign-in-page.module.css'

export function SignInPage({ onSignedIn }: { onSignedIn: (session: Session) => void }) {
  const t = useText()
  useEffect(() => {
    document.title = `${t('signIn.title')} · ${t('app.name')}`
  }, [t])
  return (
    <main className={classes.page}>
      <Stack className={classes.card} gap="lg">
        <Group justify="space-between">
          <Brand />
          <Group gap={4}>
            <LanguageMenu />
            <SchemeToggle />
          </Group>
        </Group>
        <div>
          <Title order={1}>{t('signIn.title')}</Title>
          <Text c="dimmed" size="sm" mt={4}>
            {t('signIn.subtitle')}
          </Text>
        </div>
        <SignInForm onSignedIn={onSignedIn} />
      </Stack>
    </main>
  )
}
