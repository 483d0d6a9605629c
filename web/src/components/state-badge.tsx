/** States in words, each with a colour that is never all there is to tell it by. */
import { Badge } from '@mantine/core'
import { useText } from '../i18n/use-text.ts'
import type { MessageKey } from '../messages/en.ts'

/** Every state that something in the Admin can be in. */
export type State =
  | 'accountOpen'
  | 'accountFrozen'
  | 'accountClosed'
  | 'keyActive'
  | 'keyRevoked'
  | 'userActive'
  | 'userInvited'
  | 'userDisabled'

const SHOWN: Readonly<Record<State, { readonly text: MessageKey; readonly color: string }>> = {
  accountOpen: { text: 'account.state.open', color: 'teal' },
  accountFrozen: { text: 'account.state.frozen', color: 'blue' },
  accountClosed: { text: 'account.state.closed', color: 'gray' },
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
