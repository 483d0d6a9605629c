/** What stands around a form that has to be filled in before the Admin opens. */
import { Group, Stack, Text, Title } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'
import { Brand } from '../components/brand.tsx'
import { useText } from '../i18n/use-text.ts'
import { LanguageMenu } from '../shell/language-menu.tsx'
import { SchemeToggle } from '../shell/scheme-toggle.tsx'
import classes from './sign-in-page.module.css'

interface EntryPageProps {
  readonly title: string
  readonly explanation: string
  readonly children: ReactNode
}

export function EntryPage({ title, explanation, children }: EntryPageProps) {
  const t = useText()
  useEffect(() => {
    document.title = `${title} · ${t('app.name')}`
  }, [title, t])
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
          <Title order={1}>{title}</Title>
          <Text c="dimmed" size="sm" mt={4}>
            {explanation}
          </Text>
        </div>
        {children}
      </Stack>
    </main>
  )
}
