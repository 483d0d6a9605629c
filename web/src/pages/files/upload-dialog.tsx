/** Sends a file to be looked at; what its rows would do is then shown on a page of its own. */
import { Button, FileButton, Modal, Stack, Text } from '@mantine/core'
import { IconFileUpload } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type DragEvent, useState } from 'react'
import { createImport, FILES_KEY, type FileKind } from '../../api/files.ts'
import { useWrite } from '../../api/use-write.ts'
import { Failure } from '../../components/failure.tsx'
import { useLanguage } from '../../i18n/language-provider.tsx'
import { useText } from '../../i18n/use-text.ts'
import classes from './files.module.css'

export function UploadDialog({ kind, onClose }: { kind: FileKind; onClose: () => void }) {
  const t = useText()
  const { language } = useLanguage()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [isOver, setOver] = useState(false)
  const sending = useWrite(createImport, {
    onSuccess: ({ id }) => {
      void queries.invalidateQueries({ queryKey: [FILES_KEY] })
      void navigate({ to: '/files/$importId', params: { importId: id } })
    },
  })
  const send = (file: File | null | undefined): void => {
    if (!file || sending.isPending) return
    const mark = `${file.name} ${file.size} ${file.lastModified}`
    sending.mutate({ file, kind, locale: language, mark })
  }
  const onDrop = (event: DragEvent): void => {
    event.preventDefault()
    setOver(false)
    send(event.dataTransfer.files[0])
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={t(kind === 'invoices' ? 'invoices.bulk' : 'upload.accounts')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <Stack gap="sm">
        <Text size="sm">
          {t(kind === 'invoices' ? 'upload.invoicesHow' : 'upload.accountsHow')}
        </Text>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the button is the first */}
        <div
          className={classes.drop}
          data-over={isOver || undefined}
          onDragOver={(event) => {
            event.preventDefault()
            setOver(true)
          }}
          onDragLeave={() => setOver(false)}
          onDrop={onDrop}
        >
          <IconFileUpload size={28} stroke={1.5} aria-hidden="true" />
          <FileButton onChange={send} accept=".csv,.txt,text/csv">
            {(button) => (
              <Button {...button} loading={sending.isPending} data-autofocus>
                {t('upload.choose')}
              </Button>
            )}
          </FileButton>
          <Text size="sm" c="dimmed">
            {t('upload.drop')}
          </Text>
        </div>
        <Text size="sm" c="dimmed">
          {t('upload.safe')}
        </Text>
        {sending.error && <Failure error={sending.error} />}
      </Stack>
    </Modal>
  )
}
