/** What kind of document, and the document. */
import { Group, NativeSelect, TextInput } from '@mantine/core'
import type { GetInputPropsReturnType } from '@mantine/form'
import { useText } from '../../i18n/use-text.ts'

interface DocumentFieldsProps {
  readonly type: GetInputPropsReturnType
  readonly document: GetInputPropsReturnType
}

export function DocumentFields({ type, document }: DocumentFieldsProps) {
  const t = useText()
  return (
    <Group grow preventGrowOverflow={false} align="start" wrap="nowrap">
      <NativeSelect
        label={t('account.documentType')}
        maw="7.5rem"
        data={[
          { value: 'CPF', label: 'CPF' },
          { value: 'CNPJ', label: 'CNPJ' },
          { value: 'Other', label: t('account.otherDocument') },
        ]}
        {...type}
      />
      <TextInput
        label={t('account.document')}
        autoComplete="off"
        required
        withAsterisk={false}
        data-autofocus
        {...document}
      />
    </Group>
  )
}
