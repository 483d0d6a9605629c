/** A new user, or another name or role of one. */
import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { isEmail } from '../../../../../src/credit/identity.ts'
import {
  changeUser,
  createUser,
  type NewUser,
  type User,
  type UserWithPassword,
} from '../../../api/users.ts'
import { Failure } from '../../../components/failure.tsx'
import { useText } from '../../../i18n/use-text.ts'
import { RoleSelect } from './role-select.tsx'

interface UserDialogProps {
  /** Absent: a new one. */
  readonly user?: User
  readonly onMade: (user: UserWithPassword) => void
  readonly onChanged: () => void
  readonly onClose: () => void
}

export function UserDialog({ user, onMade, onChanged, onClose }: UserDialogProps) {
  const t = useText()
  const form = useForm<NewUser>({
    initialValues: {
      email: user?.email ?? '',
      name: user?.name ?? '',
      role: user?.role ?? 'reader',
    },
    validate: {
      email: (text) => (isEmail(text.trim()) ? null : t('newAccount.emailFault')),
      name: (text) => (text.trim() === '' ? t('user.nameFault') : null),
    },
  })
  const making = useMutation({ mutationFn: createUser, onSuccess: onMade })
  const changing = useMutation({ mutationFn: changeUser, onSuccess: onChanged })
  const error = making.error ?? changing.error
  const submit = ({ email, name, role }: NewUser): void => {
    if (user) changing.mutate({ id: user.id, change: changeOf(user, { name: name.trim(), role }) })
    else making.mutate({ email: email.trim(), name: name.trim(), role })
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={t(user ? 'user.edit' : 'user.new')}
      closeOnClickOutside={!form.isDirty()}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form noValidate onSubmit={form.onSubmit(submit)}>
        <Stack gap="sm">
          <TextInput
            label={t('account.email')}
            type="email"
            autoComplete="off"
            required
            withAsterisk={false}
            disabled={user !== undefined}
            {...form.getInputProps('email')}
          />
          <TextInput
            label={t('user.name')}
            autoComplete="off"
            maxLength={200}
            required
            withAsterisk={false}
            data-autofocus={user !== undefined || undefined}
            {...form.getInputProps('name')}
          />
          <RoleSelect
            value={form.values.role}
            onChange={(role) => form.setFieldValue('role', role)}
          />
          {error && <Failure error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" loading={making.isPending || changing.isPending}>
              {t(user ? 'settings.save' : 'user.create')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

/** Only what is other than it was: a role that is sent again would end the sessions of the user. */
function changeOf(user: User, { name, role }: Pick<NewUser, 'name' | 'role'>) {
  return { ...(name !== user.name && { name }), ...(role !== user.role && { role }) }
}
