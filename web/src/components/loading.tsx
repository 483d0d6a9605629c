/** Something is on its way. */
import { Center, Loader, VisuallyHidden } from '@mantine/core'
import { useText } from '../i18n/use-text.ts'

export function Loading() {
  const t = useText()
  return (
    <Center mih="12rem" role="status">
      <Loader size="sm" aria-hidden="true" />
      <VisuallyHidden>{t('state.loading')}</VisuallyHidden>
    </Center>
  )
}
