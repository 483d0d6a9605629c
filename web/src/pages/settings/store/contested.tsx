/** Somebody else changed what is being changed here. */
import { Alert, List, Text } from '@mantine/core'
import { type Translate, useText } from '../../../i18n/use-text.ts'
import type { Draft } from './draft.ts'
import { FIELD_LABEL } from './labels.ts'
import type { Field, Typed } from './typed.ts'

export function Contested({ draft: { base, contested } }: { draft: Draft }) {
  const t = useText()
  return (
    <Alert color="yellow" variant="outline" role="alert">
      <Text size="sm" fw={600} mb={4}>
        {t('config.contested')}
      </Text>
      <List size="sm" mb="xs">
        {contested.map((field) => (
          <List.Item key={field}>
            {t('config.nowIs', { setting: t(FIELD_LABEL[field]), value: told(field, base, t) })}
          </List.Item>
        ))}
      </List>
      <Text size="sm">{t('config.contestedWhat')}</Text>
    </Alert>
  )
}

const RATES: ReadonlySet<Field> = new Set<Field>([
  'dailyInterestRate',
  'maxPreAuthorizationGrowthRate',
  'taxRate',
])

function told(field: Field, typed: Typed, t: Translate): string {
  const value = typed[field]
  if (typeof value === 'boolean') return t(value ? 'config.on' : 'config.off')
  if (typeof value === 'string') return RATES.has(field) ? `${value}%` : value
  const times = value.map(({ days, time }) => t('config.noticeAt', { days, time }))
  return times.join(', ') || t('config.noNotices')
}
