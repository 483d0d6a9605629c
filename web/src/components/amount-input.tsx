/** A field for an amount, as one types it in one's language; `useFormats().readAmount` reads it. */
import { TextInput, type TextInputProps } from '@mantine/core'
import { useSession } from '../session/session.ts'

export function AmountInput(props: TextInputProps) {
  const { currency } = useSession().store
  return (
    <TextInput
      inputMode="decimal"
      autoComplete="off"
      required
      withAsterisk={false}
      rightSection={currency}
      rightSectionWidth="3.25rem"
      classNames={{ input: 'amount', section: 'unit' }}
      {...props}
    />
  )
}
