/** Ranges of due date, creation and value. */
import { Button, Group, Popover, Stack, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconFilter } from '@tabler/icons-react'
import { useState } from 'react'
import { AmountInput } from '../../components/amount-input.tsx'
import { type Formats, useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'
import type { InvoicesSearch, SearchChange } from './search.ts'

const NAMES = [
  'dueDateFrom',
  'dueDateTo',
  'createdDateFrom',
  'createdDateTo',
  'valueFrom',
  'valueTo',
] as const

type RangeName = (typeof NAMES)[number]
type Typed = Readonly<Record<RangeName, string>>

interface RangeFiltersProps {
  readonly search: InvoicesSearch
  readonly onChange: (change: SearchChange) => void
}

export function RangeFilters({ search, onChange }: RangeFiltersProps) {
  const t = useText()
  const [isOpen, { toggle, close }] = useDisclosure(false)
  const set = NAMES.filter((name) => search[name] !== undefined).length
  const apply = (change: SearchChange): void => {
    onChange(change)
    close()
  }
  return (
    <Popover
      opened={isOpen}
      onChange={close}
      position="bottom-start"
      shadow="md"
      trapFocus
      withRoles
      width="20rem"
    >
      <Popover.Target>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconFilter size={16} aria-hidden="true" />}
          onClick={toggle}
        >
          {t('invoices.filters', { set })}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('invoices.ranges')}>
        <RangeForm search={search} onApply={apply} />
      </Popover.Dropdown>
    </Popover>
  )
}

function RangeForm(props: { search: InvoicesSearch; onApply: (change: SearchChange) => void }) {
  const t = useText()
  const formats = useFormats()
  const [typed, setTyped] = useState(() => typedOf(props.search, formats))
  const values = { from: valueIn(typed.valueFrom, formats), to: valueIn(typed.valueTo, formats) }
  const fieldOf = (name: RangeName, label: string) => ({
    label,
    size: 'xs' as const,
    value: typed[name],
    onChange: ({ currentTarget }: { currentTarget: { value: string } }) =>
      setTyped({ ...typed, [name]: currentTarget.value }),
  })
  const fault = t('fault.amount', { example: formats.plain(1234.5) })
  const apply = (): void => {
    if (values.from === null || values.to === null) return
    const dates = Object.fromEntries(NAMES.map((name) => [name, typed[name] || undefined]))
    props.onApply({ ...dates, valueFrom: values.from, valueTo: values.to })
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        apply()
      }}
    >
      <Stack gap="xs">
        <Group grow align="start" gap="xs">
          <TextInput type="date" {...fieldOf('dueDateFrom', t('invoices.dueFrom'))} />
          <TextInput type="date" {...fieldOf('dueDateTo', t('invoices.dueTo'))} />
        </Group>
        <Group grow align="start" gap="xs">
          <TextInput type="date" {...fieldOf('createdDateFrom', t('invoices.createdFrom'))} />
          <TextInput type="date" {...fieldOf('createdDateTo', t('invoices.createdTo'))} />
        </Group>
        <Group grow align="start" gap="xs">
          <AmountInput
            required={false}
            error={values.from === null && fault}
            {...fieldOf('valueFrom', t('invoices.valueFrom'))}
          />
          <AmountInput
            required={false}
            error={values.to === null && fault}
            {...fieldOf('valueTo', t('invoices.valueTo'))}
          />
        </Group>
        <Group justify="flex-end" gap="xs">
          <Button
            variant="default"
            size="xs"
            onClick={() =>
              props.onApply(Object.fromEntries(NAMES.map((name) => [name, undefined])))
            }
          >
            {t('action.clear')}
          </Button>
          <Button type="submit" size="xs">
            {t('invoices.apply')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function typedOf(search: InvoicesSearch, { plain }: Formats): Typed {
  const texts = NAMES.map((name): [RangeName, string] => {
    const given = search[name] ?? ''
    const isValue = name === 'valueFrom' || name === 'valueTo'
    return [name, isValue && given !== '' ? plain(Number(given)) : given]
  })
  return Object.fromEntries(texts) as Typed
}

/** The amount that was typed, undefined where nothing was, null where it is none. */
function valueIn(text: string, { readAmount }: Formats): string | undefined | null {
  return text.trim() === '' ? undefined : (readAmount(text) ?? null)
}
