/** Changes the language of the page. */
import { ActionIcon, Menu } from '@mantine/core'
import { IconLanguage } from '@tabler/icons-react'
import { useLanguage } from '../i18n/language-provider.tsx'
import { LANGUAGE_NAMES, LANGUAGES } from '../i18n/languages.ts'
import { useText } from '../i18n/use-text.ts'

export function LanguageMenu() {
  const t = useText()
  const { language, choose } = useLanguage()
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon aria-label={t('language.change')}>
          <IconLanguage size={20} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown aria-label={t('language.change')}>
        {LANGUAGES.map((each) => (
          <Menu.Item
            key={each}
            lang={each}
            aria-current={each === language || undefined}
            fw={each === language ? 600 : undefined}
            onClick={() => choose(each)}
          >
            {LANGUAGE_NAMES[each]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
