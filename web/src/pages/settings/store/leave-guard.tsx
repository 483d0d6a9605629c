/** Tells of what is not saved before one leaves. */
import { useBlocker } from '@tanstack/react-router'
import { useText } from '../../../i18n/use-text.ts'
import { Confirm } from '../confirm.tsx'

export function LeaveGuard({ isDirty }: { isDirty: boolean }) {
  const t = useText()
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: () => isDirty,
    enableBeforeUnload: () => isDirty,
    withResolver: true,
  })
  if (status !== 'blocked') return null
  return (
    <Confirm
      title={t('config.leave')}
      consequence={t('config.leaveEffect')}
      action={t('config.leaveAnyway')}
      onConfirm={proceed}
      onClose={reset}
    />
  )
}
