/** Opens an account. */
import { Alert, Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { cleanDocument, hasValidCheckDigits, isEmail } from '../../../../src/credit/identity.ts'
import { ACCOUNTS_KEY, type NewAccount, openAccount } from '../../api/accounts.ts'
import { useWrite } from '../../api/use-write.ts'
import { AmountInput } from '../../components/amount-input.tsx'
import { Failure } from '../../components/failure.tsx'
import { type Formats, useFormats } from '../../i18n/use-formats.ts'
import { type Translate, useText } from '../../i18n/use-text.ts'
import { DocumentFields } from './document-fields.tsx'

interface Typed {
  readonly documentType: string
  readonly document: string
  readonly email: string
  readonly limit: string
  readonly tolerance: string
}

const INITIAL: Typed = { documentType: 'CPF', document: '', email: '', limit: '', tolerance: '0' }

export function NewAccountDialog({ onClose }: { onClose: () => void }) {
  const t = useText()
  const formats = useFormats()
  const queries = useQueryClient()
  const form = useForm<Typed>({ initialValues: INITIAL, validate: rulesOf(t, formats) })
  const opening = useWrite(openAccount, {
    onSuccess: ({ email }) => {
      void queries.invalidateQueries({ queryKey: [ACCOUNTS_KEY] })
      notifications.show({ message: t('newAccount.done', { email }), color: 'teal' })
      onClose()
    },
  })
  const { documentType, document } = form.values
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('newAccount.title')}
      closeOnClickOutside={!form.isDirty()}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        noValidate
        onSubmit={form.onSubmit((typed) => opening.mutate(accountOf(typed, formats)))}
      >
        <Stack gap="sm">
          <DocumentFields
            type={form.getInputProps('documentType')}
            document={form.getInputProps('document')}
          />
          {isDoubtful(document, documentType) && (
            <Alert color="yellow" variant="outline" role="status">
              {t('newAccount.doubtful', { type: documentType })}
            </Alert>
          )}
          <TextInput
            label={t('account.email')}
            type="email"
            autoComplete="off"
            required
            withAsterisk={false}
            {...form.getInputProps('email')}
          />
          <Group grow align="start">
            <AmountInput label={t('account.limit')} {...form.getInputProps('limit')} />
            <TextInput
              label={t('newAccount.tolerance')}
              inputMode="decimal"
              rightSection="%"
              classNames={{ input: 'amount' }}
              {...form.getInputProps('tolerance')}
            />
          </Group>
          {opening.error && <Failure error={opening.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" loading={opening.isPending}>
              {t('newAccount.submit')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

function rulesOf(t: Translate, { readAmount, readPercent, plain }: Formats) {
  return {
    document: (text: string) => (cleanDocument(text) ? null : t('newAccount.documentFault')),
    email: (text: string) => (isEmail(text.trim()) ? null : t('newAccount.emailFault')),
    limit: (text: string) =>
      readAmount(text) === undefined ? t('fault.amount', { example: plain(1234.5) }) : null,
    tolerance: (text: string) => (readPercent(text) === undefined ? t('fault.percent') : null),
  }
}

function accountOf(typed: Typed, { readAmount, readPercent }: Formats): NewAccount {
  return {
    documentType: typed.documentType,
    document: typed.document,
    email: typed.email.trim(),
    creditLimit: readAmount(typed.limit) ?? '',
    tolerance: readPercent(typed.tolerance) ?? '0',
  }
}

/** Whole, and its check digits are wrong: a slip of the fingers, most of the time. */
function isDoubtful(text: string, type: string): boolean {
  const document = cleanDocument(text)
  const isWhole = document !== undefined && document.length >= (type === 'CPF' ? 11 : 14)
  return isWhole && !hasValidCheckDigits(document, type)
}
