/** Tells what is not saved yet. */
import { Button, Group, Text } from '@mantine/core'
import { useText } from '../../../i18n/use-text.ts'
import classes from './editor.module.css'

interface SaveBarProps {
  readonly count: number
  readonly isSaving: boolean
  readonly onDiscard: () => void
}

export function SaveBar({ count, isSaving, onDiscard }: SaveBarProps) {
  const t = useText()
  return (
    <div className={classes.bar}>
      <Text size="sm" role="status">
        {t('config.unsaved', { count })}
      </Text>
      <Group gap="xs">
        <Button variant="default" onClick={onDiscard} disabled={isSaving}>
          {t('config.discard')}
        </Button>
        <Button type="submit" loading={isSaving}>
          {t('settings.save')}
        </Button>
      </Group>
    </div>
  )
}
