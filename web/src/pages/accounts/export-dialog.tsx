/** Makes a file of the accounts that are listed, where the export knows the filter. */
import { Alert, Button, Group, Loader, Modal, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type AccountExport, exportAccounts, readExport } from '../../api/account-export.ts'
import { useWrite } from '../../api/use-write.ts'
import { Failure } from '../../components/failure.tsx'
import { useLanguage } from '../../i18n/language-provider.tsx'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'
import type { AccountsSearch } from './search.ts'

const LOOK_AGAIN_MS = 1_000

interface ExportDialogProps {
  readonly search: AccountsSearch
  readonly count: number | undefined
  readonly onClose: () => void
}

export function ExportDialog({ search, count, onClose }: ExportDialogProps) {
  const t = useText()
  const { language } = useLanguage()
  const formats = useFormats()
  const asking = useWrite(exportAccounts)
  const job = useJob(asking.data)
  const isWhole = isExportable(search)
  const status = search.status === 'closed' ? 'Closed' : 'Open'
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('accountExport.title')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <Stack gap="sm">
        {isWhole ? (
          <Text size="sm">
            {t(status === 'Open' ? 'accountExport.open' : 'accountExport.closed', {
              count: formats.count(count ?? 0),
            })}
          </Text>
        ) : (
          <Alert color="yellow" variant="outline">
            {t('accountExport.cannot')}
          </Alert>
        )}
        {asking.error && <Failure error={asking.error} />}
        {job.error && <Failure error={job.error} onRetry={() => void job.refetch()} />}
        {asking.data && <Progress job={job.data ?? asking.data} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('action.close')}
          </Button>
          {isWhole && !asking.data && (
            <Button
              loading={asking.isPending}
              onClick={() => asking.mutate({ status, locale: language })}
            >
              {t('accountExport.submit')}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  )
}

function Progress({ job }: { job: AccountExport }) {
  const t = useText()
  if (job.fileUrl !== null) {
    return (
      <Button component="a" href={job.fileUrl} download={job.fileName ?? true}>
        {t('accountExport.download')}
      </Button>
    )
  }
  if (job.finishedAt !== null) return <Failure message={t('accountExport.failed')} />
  return (
    <Group gap="xs" role="status">
      <Loader size="xs" aria-hidden="true" />
      <Text size="sm">{t('accountExport.running')}</Text>
    </Group>
  )
}

/** Follows an export to its end. */
function useJob(job: AccountExport | undefined) {
  return useQuery({
    queryKey: ['account-export', job?.id],
    queryFn: ({ signal }) => readExport(job?.id ?? '', signal),
    enabled: job !== undefined,
    refetchInterval: ({ state }) => (state.data?.finishedAt ? false : LOOK_AGAIN_MS),
  })
}

/** The export knows open and closed; it cannot search by a beginning, nor by what is owed. */
function isExportable({ q, status, overLimit, overdue }: AccountsSearch): boolean {
  return !q && status !== 'frozen' && !overLimit && !overdue
}
