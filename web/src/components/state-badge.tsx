/** States in words, each with a colour that is never all there is to tell it by. */
import { Badge } from '@mantine/core'
import type { JobState, RowResult } from '../api/files.ts'
import type { InvoiceState } from '../api/invoices.ts'
import { useText } from '../i18n/use-text.ts'
import type { MessageKey } from '../messages/en.ts'

/** Every state that something in the Admin can be in. */
export type State =
  | 'accountOpen'
  | 'accountFrozen'
  | 'accountClosed'
  | `invoice${InvoiceState}`
  | `job.${JobState}`
  | `row.${RowResult}`
  | 'keyActive'
  | 'keyRevoked'
  | 'userActive'
  | 'userInvited'
  | 'userDisabled'

const SHOWN: Readonly<Record<State, { readonly text: MessageKey; readonly color: string }>> = {
  accountOpen: { text: 'account.state.open', color: 'teal' },
  accountFrozen: { text: 'account.state.frozen', color: 'blue' },
  accountClosed: { text: 'account.state.closed', color: 'gray' },
  invoiceOpened: { text: 'invoice.state.opened', color: 'blue' },
  invoiceOverdue: { text: 'invoice.state.overdue', color: 'red' },
  invoicePaid: { text: 'invoice.state.paid', color: 'teal' },
  invoiceCancelled: { text: 'invoice.state.cancelled', color: 'gray' },
  'job.queued': { text: 'job.state.queued', color: 'gray' },
  'job.running': { text: 'job.state.running', color: 'blue' },
  'job.awaitingConfirmation': { text: 'job.state.awaiting', color: 'yellow' },
  'job.completed': { text: 'job.state.completed', color: 'teal' },
  'job.failed': { text: 'job.state.failed', color: 'red' },
  'job.cancelled': { text: 'job.state.cancelled', color: 'gray' },
  'row.failed': { text: 'row.failed', color: 'red' },
  'row.changed': { text: 'row.changed', color: 'teal' },
  'row.unchanged': { text: 'row.unchanged', color: 'gray' },
  keyActive: { text: 'key.state.active', color: 'teal' },
  keyRevoked: { text: 'key.state.revoked', color: 'gray' },
  userActive: { text: 'user.state.active', color: 'teal' },
  userInvited: { text: 'user.state.invited', color: 'yellow' },
  userDisabled: { text: 'user.state.disabled', color: 'gray' },
}

export function StateBadge({ state }: { state: State }) {
  const t = useText()
  const { text, color } = SHOWN[state]
  return (
    <Badge
      variant="outline"
      color={color}
      radius="sm"
      size="sm"
      tt="none"
      fw={500}
      c="var(--mantine-color-text)"
    >
      {t(text)}
    </Badge>
  )
}
