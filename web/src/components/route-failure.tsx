/** A page that could not be shown; the shell around it still works. */
import type { ErrorComponentProps } from '@tanstack/react-router'
import { useText } from '../i18n/use-text.ts'
import { Failure } from './failure.tsx'
import { PageHeader } from './page-header.tsx'

export function RouteFailure({ reset }: ErrorComponentProps) {
  const t = useText()
  return (
    <>
      <PageHeader title={t('failure.page')} />
      <Failure message={t('failure.pageText')} onRetry={reset} />
    </>
  )
}
