/** Closes an account, and says what still stands in its way. */
import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { closeAccount } from '../../api/account.ts'
import { ACCOUNTS_KEY, type Account, owedBy } from '../../api/accounts.ts'
import { useWrite } from '../../api/use-write.ts'
import { Amount } from '../../components/amount.tsx'
import { Failure } from '../../components/failure.tsx'
import { useText } from '../../i18n/use-text.ts'
import { Facts } from './facts.tsx'

export function CloseDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const t = useText()
  const queries = useQueryClient()
  const { id, email, preAuthorizedCredit } = account
  const closing = useWrite(closeAccount, {
    onSuccess: (closed) => {
      queries.setQueryData([ACCOUNTS_KEY, 'one', id], closed)
      void queries.invalidateQueries({ queryKey: [ACCOUNTS_KEY] })
      onClose()
    },
  })
  const isInUse = owedBy(account) !== 0 || preAuthorizedCredit !== 0
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('close.title')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <Stack gap="sm">
        <Text size="sm">{t('close.why', { email })}</Text>
        <Facts
          facts={[
            [t('account.owed'), <Amount key="owed" value={owedBy(account)} />],
            [t('account.reserved'), <Amount key="held" value={preAuthorizedCredit} />],
          ]}
        />
        {isInUse && !closing.error && (
          <Alert color="yellow" variant="outline">
            {t('close.inUse')}
          </Alert>
        )}
        {closing.error && <Failure error={closing.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t('action.cancel')}
          </Button>
          <Button color="red.8" loading={closing.isPending} onClick={() => closing.mutate({ id })}>
            {t('account.close')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
