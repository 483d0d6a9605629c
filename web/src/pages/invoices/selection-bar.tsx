/** What can be done with the selected invoices. */
import { Button, Group, Text } from '@mantine/core'
import type { ListedInvoice } from '../../api/invoices.ts'
import { useLanguage } from '../../i18n/language-provider.tsx'
import { useText } from '../../i18n/use-text.ts'
import { useMay } from '../../session/session.ts'
import type { BatchAct } from './batch-dialog.tsx'

interface SelectionBarProps {
  readonly invoices: readonly ListedInvoice[]
  readonly onAct: (act: BatchAct) => void
  readonly onClear: () => void
}

export function SelectionBar({ invoices, onAct, onClear }: SelectionBarProps) {
  const t = useText()
  const may = useMay()
  const { language } = useLanguage()
  const save = async (): Promise<void> => {
    const { download, selectionFile } = await import('./selection-file.ts')
    download(selectionFile(invoices, language), t('invoices.fileName'))
  }
  return (
    <Group gap={6}>
      <Text size="sm" c="dimmed">
        {t('invoices.selected', { count: invoices.length })}
      </Text>
      {may('Pay Invoice') && (
        <Button size="xs" onClick={() => onAct('pay')}>
          {t('invoice.pay')}
        </Button>
      )}
      {may('Create Invoices') && (
        <Button size="xs" variant="default" onClick={() => onAct('cancel')}>
          {t('invoice.cancel')}
        </Button>
      )}
      <Button size="xs" variant="default" onClick={() => void save()}>
        {t('invoices.exportSelected')}
      </Button>
      <Button size="xs" variant="subtle" onClick={onClear}>
        {t('invoices.clearSelection')}
      </Button>
    </Group>
  )
}
