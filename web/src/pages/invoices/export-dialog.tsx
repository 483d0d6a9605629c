/** Exports what is filtered to a file. */
import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { createExport, FILES_KEY } from '../../api/files.ts'
import { useWrite } from '../../api/use-write.ts'
import { Failure } from '../../components/failure.tsx'
import { useLanguage } from '../../i18n/language-provider.tsx'
import { useText } from '../../i18n/use-text.ts'
import { useSession } from '../../session/session.ts'
import { exportFiltersOf, type InvoicesSearch } from './search.ts'

export function ExportDialog(props: { search: InvoicesSearch; onClose: () => void }) {
  const t = useText()
  const { store } = useSession()
  const { language } = useLanguage()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { filters, isExact } = exportFiltersOf(props.search, todayIn(store.timeZone))
  const exporting = useWrite(createExport, {
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: [FILES_KEY] })
      void navigate({ to: '/files', search: { show: 'exports' } })
    },
  })
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={t('export.title')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <Stack gap="sm">
        <Text size="sm">{t('export.explanation')}</Text>
        {!isExact && (
          <Alert color="yellow" variant="outline" role="status">
            {t('export.more')}
          </Alert>
        )}
        {exporting.error && <Failure error={exporting.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onClose}>
            {t('action.back')}
          </Button>
          <Button
            data-autofocus
            loading={exporting.isPending}
            onClick={() => exporting.mutate({ kind: 'invoices', filters, locale: language })}
          >
            {t('action.export')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

/** The day that it is in the store, as `2026-11-18`. */
function todayIn(timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(new Date())
  const part = (type: string) => parts.find((each) => each.type === type)?.value
  return `${part('year')}-${part('month')}-${part('day')}`
}
