/** When notices are due, before or after the due date. */
import { ActionIcon, Button, Fieldset, Group, Stack, Text, TextInput } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useText } from '../../../i18n/use-text.ts'
import { FIELD_LABEL } from './labels.ts'
import type { SectionsProps } from './sections.tsx'
import type { TypedNotice } from './typed.ts'

const MOST = 20
const NEW: TypedNotice = { days: '1', time: '12:00' }

interface NoticesProps extends SectionsProps {
  readonly field: 'daysPrior' | 'daysAfter'
}

export function Notices({ values, faulty, field, onChange }: NoticesProps) {
  const t = useText()
  const notices = values[field]
  const set = (next: readonly TypedNotice[]): void => onChange({ [field]: next })
  const change = (at: number, changed: Partial<TypedNotice>): void =>
    set(notices.map((notice, index) => (index === at ? { ...notice, ...changed } : notice)))
  return (
    <Fieldset legend={t(FIELD_LABEL[field])} variant="unstyled">
      <Stack gap="xs">
        {notices.map(({ days, time }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a notice is nothing but its place
          <Group key={at} gap="xs" align="center" wrap="nowrap">
            <TextInput
              aria-label={t('config.noticeDays')}
              inputMode="numeric"
              rightSection={t('config.days')}
              rightSectionWidth="3.25rem"
              w="7.5rem"
              classNames={{ input: 'amount' }}
              value={days}
              onChange={(event) => change(at, { days: event.currentTarget.value })}
            />
            <TextInput
              aria-label={t('config.noticeTime')}
              type="time"
              value={time}
              onChange={(event) => change(at, { time: event.currentTarget.value })}
            />
            <ActionIcon
              aria-label={t('config.removeNotice', { days, time })}
              onClick={() => set(notices.filter((_, index) => index !== at))}
            >
              <IconX size={16} aria-hidden="true" />
            </ActionIcon>
          </Group>
        ))}
        {faulty.has(field) && (
          <Text size="xs" c="var(--mantine-color-error)" role="alert">
            {t('config.noticesFault')}
          </Text>
        )}
        {notices.length < MOST && (
          <div>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<IconPlus size={14} aria-hidden="true" />}
              onClick={() => set([...notices, NEW])}
            >
              {t(field === 'daysPrior' ? 'config.addBefore' : 'config.addAfter')}
            </Button>
          </div>
        )}
      </Stack>
    </Fieldset>
  )
}
