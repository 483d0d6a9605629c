/** Our mark. */
import { Group, Text } from '@mantine/core'
import { useText } from '../i18n/use-text.ts'
import classes from './brand.module.css'

export function Brand() {
  const t = useText()
  return (
    <Group gap={8} wrap="nowrap">
      <svg className={classes.mark} viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="6" />
        <path d="M11 24V8h11M11 15.5h8.5" />
      </svg>
      <Text fw={600} size="lg">
        {t('app.name')}
      </Text>
    </Group>
  )
}
