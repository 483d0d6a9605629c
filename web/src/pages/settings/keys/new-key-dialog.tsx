/** Makes an API key. */
import { Button, Checkbox, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { type ApiKeyWithToken, createApiKey, RESOURCES } from '../../../api/api-keys.ts'
import { Failure } from '../../../components/failure.tsx'
import { useText } from '../../../i18n/use-text.ts'
import { RESOURCE_NAME } from './resources.ts'

interface Typed {
  readonly label: string
  readonly resources: string[]
}

interface NewKeyDialogProps {
  readonly onMade: (key: ApiKeyWithToken) => void
  readonly onClose: () => void
}

export function NewKeyDialog({ onMade, onClose }: NewKeyDialogProps) {
  const t = useText()
  const form = useForm<Typed>({
    initialValues: { label: '', resources: [] },
    validate: {
      label: (text) => (text.trim() === '' ? t('key.labelFault') : null),
      resources: (chosen) => (chosen.length === 0 ? t('key.resourcesFault') : null),
    },
  })
  const making = useMutation({ mutationFn: createApiKey, onSuccess: onMade })
  const isAll = form.values.resources.includes('Main Access')
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('key.new')}
      closeOnClickOutside={!form.isDirty()}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        noValidate
        onSubmit={form.onSubmit(({ label, resources }) =>
          making.mutate({ label: label.trim(), resources: isAll ? ['Main Access'] : resources }),
        )}
      >
        <Stack gap="sm">
          <TextInput
            label={t('key.label')}
            description={t('key.labelWhy')}
            autoComplete="off"
            maxLength={200}
            required
            withAsterisk={false}
            data-autofocus
            {...form.getInputProps('label')}
          />
          <Checkbox.Group label={t('key.resources')} {...form.getInputProps('resources')}>
            <Stack gap={10} mt={6} mb={4}>
              {RESOURCES.map((resource) => (
                <Checkbox
                  key={resource}
                  size="xs"
                  value={resource}
                  label={t(RESOURCE_NAME[resource])}
                  disabled={isAll && resource !== 'Main Access'}
                />
              ))}
            </Stack>
          </Checkbox.Group>
          {making.error && <Failure error={making.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" loading={making.isPending}>
              {t('key.create')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
