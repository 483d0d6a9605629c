/** Who is signed in, and what concerns them. */
import { ActionIcon, Menu, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconUserCircle } from '@tabler/icons-react'
import { useState } from 'react'
import { useProblemText } from '../i18n/use-problem-text.ts'
import { useText } from '../i18n/use-text.ts'
import { ChangePassword } from '../session/change-password.tsx'
import { useSession, useSignOut } from '../session/session.ts'

export function UserMenu() {
  const t = useText()
  const textOf = useProblemText()
  const { name, email } = useSession()
  const signOut = useSignOut()
  const [isChanging, setChanging] = useState(false)
  const leave = (everywhere: boolean): void => {
    signOut(everywhere).catch((error: unknown) =>
      notifications.show({ message: textOf(error).message, color: 'red' }),
    )
  }
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={t('user.menu', { name: name || email })}>
            <IconUserCircle size={20} aria-hidden="true" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            <Text size="sm" c="var(--mantine-color-text)">
              {name || email}
            </Text>
            {name && <Text size="xs">{email}</Text>}
          </Menu.Label>
          <Menu.Divider />
          <Menu.Item onClick={() => setChanging(true)}>{t('password.title')}</Menu.Item>
          <Menu.Item onClick={() => leave(false)}>{t('user.signOut')}</Menu.Item>
          <Menu.Item onClick={() => leave(true)}>{t('user.signOutEverywhere')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {isChanging && <ChangePassword onDone={() => setChanging(false)} />}
    </>
  )
}
