/** The last files that were imported. */
import { Group, Text, Title } from '@mantine/core'
import type { ImportState, LatestImport } from '../../api/overview.ts'
import { Failure } from '../../components/failure.tsx'
import { Loading } from '../../components/loading.tsx'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'
import type { MessageKey } from '../../messages/en.ts'
import { ListLink } from './list-link.tsx'
import classes from './start-page.module.css'

const STATE: Readonly<Record<ImportState, MessageKey>> = {
  queued: 'start.import.queued',
  running: 'start.import.running',
  awaitingConfirmation: 'start.import.awaiting',
  completed: 'start.import.completed',
  failed: 'start.import.failed',
  cancelled: 'start.import.cancelled',
}

interface LatestImportsProps {
  readonly imports: readonly LatestImport[] | undefined
  readonly error: Error | null
  readonly onRetry: () => void
}

export function LatestImports({ imports, error, onRetry }: LatestImportsProps) {
  const t = useText()
  return (
    <section className={`panel ${classes.section}`} aria-labelledby="imports">
      <Group justify="space-between" mb={4}>
        <Title order={2} id="imports">
          {t('start.imports')}
        </Title>
        <Text size="sm" component="span">
          <ListLink to="/files">{t('start.allImports')}</ListLink>
        </Text>
      </Group>
      {error && <Failure error={error} onRetry={onRetry} />}
      {!error && !imports && <Loading />}
      {imports?.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('start.noImports')}
        </Text>
      )}
      {imports && imports.length > 0 && <Rows imports={imports} />}
    </section>
  )
}

function Rows({ imports }: { imports: readonly LatestImport[] }) {
  const t = useText()
  const { dateTime } = useFormats()
  return (
    <table className={classes.table} aria-labelledby="imports">
      <thead>
        <tr>
          <th scope="col">{t('start.file')}</th>
          <th scope="col">{t('start.state')}</th>
          <th scope="col" data-align="end" className={classes.wide}>
            {t('start.when')}
          </th>
        </tr>
      </thead>
      <tbody>
        {imports.map((one) => (
          <tr key={one.id}>
            <th scope="row">
              <ListLink to={`/files/${one.id}`}>
                {one.fileName ??
                  t(one.kind === 'accounts' ? 'start.import.accounts' : 'start.import.invoices')}
              </ListLink>
              <Text size="xs" c="dimmed">
                {one.createdBy}
              </Text>
            </th>
            <td>
              {t(STATE[one.state], { percent: one.percent })}
              <Text size="xs" c="dimmed">
                {t('start.import.rows', { changed: one.rows.changed, failed: one.rows.failed })}
              </Text>
            </td>
            <td data-align="end" className={classes.wide}>
              {dateTime(one.createdAt)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
