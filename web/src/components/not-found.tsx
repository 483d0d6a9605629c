/** An address of the Admin that leads nowhere. */
import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useText } from '../i18n/use-text.ts'
import { Empty } from './empty.tsx'
import { PageHeader } from './page-header.tsx'

export function NotFound() {
  const t = useText()
  return (
    <>
      <PageHeader title={t('notFound.title')} />
      <Empty title={t('notFound.text')}>
        <Button component={Link} to="/" variant="default" mt="sm">
          {t('notFound.home')}
        </Button>
      </Empty>
    </>
  )
}
