/** Where one is in a list, and how to get on. */
import { ActionIcon, Group, NativeSelect, Text } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'
import type { DataTableProps } from './data-table.tsx'
import { DEFAULT_PAGE_SIZE, PAGE_SIZES, rangeOf } from './table-search.ts'

type PagerProps = Pick<DataTableProps<never>, 'search' | 'onSearch'> & { readonly count: number }

export function Pager({ count, search, onSearch }: PagerProps) {
  const t = useText()
  const formats = useFormats()
  const { page = 1, size = DEFAULT_PAGE_SIZE } = search
  const { from, to } = rangeOf(search)
  const pages = Math.ceil(count / size)
  const go = (next: number): void => onSearch({ page: next > 1 ? next : undefined })
  return (
    <Group component="nav" aria-label={t('table.pages')} justify="space-between" p="xs" gap="xs">
      <Text size="sm" c="dimmed" aria-live="polite">
        {t('table.range', {
          from: formats.count(Math.min(from, count)),
          to: formats.count(Math.min(to, count)),
          count: formats.count(count),
        })}
      </Text>
      <Group gap="xs" wrap="nowrap">
        <NativeSelect
          size="xs"
          aria-label={t('table.pageSize')}
          value={String(size)}
          data={PAGE_SIZES.map((each) => ({
            value: String(each),
            label: t('table.perPage', { size: each }),
          }))}
          onChange={(event) => {
            const next = Number(event.currentTarget.value)
            onSearch({ size: next === DEFAULT_PAGE_SIZE ? undefined : next, page: undefined })
          }}
        />
        <ActionIcon
          variant="default"
          aria-label={t('table.previous')}
          disabled={page <= 1}
          onClick={() => go(Math.min(page - 1, pages))}
        >
          <IconChevronLeft size={18} aria-hidden="true" />
        </ActionIcon>
        <ActionIcon
          variant="default"
          aria-label={t('table.next')}
          disabled={page >= pages}
          onClick={() => go(page + 1)}
        >
          <IconChevronRight size={18} aria-hidden="true" />
        </ActionIcon>
      </Group>
    </Group>
  )
}
