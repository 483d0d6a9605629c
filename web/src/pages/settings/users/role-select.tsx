/** Which role somebody has, and what it may do. */
import { NativeSelect } from '@mantine/core'
import { ROLES, type Role } from '../../../api/users.ts'
import { useText } from '../../../i18n/use-text.ts'
import { ROLE_MAY, ROLE_NAME } from './roles.ts'

interface RoleSelectProps {
  readonly value: Role
  readonly onChange: (role: Role) => void
}

export function RoleSelect({ value, onChange }: RoleSelectProps) {
  const t = useText()
  return (
    <NativeSelect
      label={t('user.role')}
      description={t(ROLE_MAY[value])}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      data={ROLES.map((role) => ({ value: role, label: t(ROLE_NAME[role]) }))}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value as Role)}
    />
  )
}
