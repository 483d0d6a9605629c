/** What stands around every page: navigation, menus, shortcuts. */
import { ActionIcon, AppShell, Burger, Group, NavLink, Text, Tooltip } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconKeyboard } from '@tabler/icons-react'
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { Brand } from '../components/brand.tsx'
import { useText } from '../i18n/use-text.ts'
import { useMay, useSession } from '../session/session.ts'
import { LanguageMenu } from './language-menu.tsx'
import { SchemeToggle } from './scheme-toggle.tsx'
import { SECTIONS, type Section } from './sections.ts'
import classes from './shell.module.css'
import { ShortcutsProvider, useShortcut, useShortcuts } from './shortcuts.tsx'
import { UserMenu } from './user-menu.tsx'

export function Shell() {
  return (
    <ShortcutsProvider>
      <Frame />
    </ShortcutsProvider>
  )
}

function Frame() {
  const t = useText()
  const { store } = useSession()
  const [isOpen, { toggle, close }] = useDisclosure(false)
  const { pathname } = useLocation()
  const { showHelp } = useShortcuts()
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new address closes the menu
  useEffect(close, [pathname, close])
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 216, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <a href="#content" className="skip-link">
        {t('shell.skip')}
      </a>
      <AppShell.Header className={classes.header}>
        <Group h="100%" px="md" gap="xs" wrap="nowrap" justify="space-between">
          <Group gap="xs" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t(isOpen ? 'shell.closeMenu' : 'shell.openMenu')}
              aria-expanded={isOpen}
            />
            <Brand />
            <Text size="sm" c="dimmed" visibleFrom="sm">
              {store.name}
            </Text>
          </Group>
          <Group gap={2} wrap="nowrap">
            <Tooltip label={t('shortcut.title')}>
              <ActionIcon aria-label={t('shortcut.title')} onClick={showHelp} visibleFrom="sm">
                <IconKeyboard size={20} aria-hidden="true" />
              </ActionIcon>
            </Tooltip>
            <LanguageMenu />
            <SchemeToggle />
            <UserMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={classes.navbar} p="sm" aria-label={t('nav.title')}>
        <Text size="xs" fw={600} c="dimmed" px="xs" pb={6}>
          {t('nav.title')}
        </Text>
        <Sections onNavigate={close} />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} className={classes.main}>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  )
}

function Sections({ onNavigate }: { onNavigate: () => void }) {
  const may = useMay()
  return SECTIONS.filter(({ resource }) => resource === undefined || may(resource)).map(
    (section) => <SectionLink key={section.to} section={section} onNavigate={onNavigate} />,
  )
}

function SectionLink({ section, onNavigate }: { section: Section; onNavigate: () => void }) {
  const { to, label, icon: Icon, keys } = section
  const t = useText()
  const { pathname } = useLocation()
  const navigate = useNavigate()
  const isHere = pathname === to || pathname.startsWith(`${to}/`)
  useShortcut(keys, t(label), () => void navigate({ to }))
  return (
    <NavLink
      component={Link}
      to={to}
      onClick={onNavigate}
      label={t(label)}
      leftSection={<Icon size={18} aria-hidden="true" />}
      active={isHere}
      aria-current={isHere ? 'page' : undefined}
      className={classes.link}
    />
  )
}
