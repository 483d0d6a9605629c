/** Which columns are shown. */
import { ActionIcon, Checkbox, Popover, Stack } from '@mantine/core'
import { IconColumns3 } from '@tabler/icons-react'
import { useText } from '../../i18n/use-text.ts'

interface ColumnChooserProps {
  readonly columns: readonly {
    readonly id: string
    readonly header: string
    readonly isHead?: boolean
  }[]
  readonly shown: ReadonlySet<string>
  readonly onChange: (shown: ReadonlySet<string>) => void
}

export function ColumnChooser({ columns, shown, onChange }: ColumnChooserProps) {
  const t = useText()
  const turn = (id: string, isOn: boolean): void => {
    const next = new Set(shown)
    if (isOn) next.add(id)
    else next.delete(id)
    onChange(next)
  }
  return (
    <Popover position="bottom-end" shadow="md" trapFocus withRoles>
      <Popover.Target>
        <ActionIcon aria-label={t('table.columns')}>
          <IconColumns3 size={18} aria-hidden="true" />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('table.columns')}>
        <Stack gap={8}>
          {columns.map(({ id, header, isHead }) => (
            <Checkbox
              key={id}
              size="xs"
              label={header}
              checked={shown.has(id)}
              disabled={isHead ?? false}
              onChange={(event) => turn(id, event.currentTarget.checked)}
            />
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
