/** Who else buys on the account: the box of additional holders. */
import { ActionIcon, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { type QueryKey, useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useRef, useState } from 'react'
import { isEmail } from '../../../../src/credit/identity.ts'
import {
  addHolder,
  type Holder,
  type HolderList,
  readHolders,
  removeHolder,
} from '../../api/account.ts'
import { ACCOUNTS_KEY, type Account } from '../../api/accounts.ts'
import { useWrite } from '../../api/use-write.ts'
import { Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Loading } from '../../components/loading.tsx'
import { PlainTable } from '../../components/plain-table.tsx'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'
import { useMay } from '../../session/session.ts'
import classes from './account.module.css'
import { Section } from './section.tsx'

const ADDITIONAL = 2

const keyOf = (id: string): QueryKey => [ACCOUNTS_KEY, 'one', id, 'holders']

export function HoldersPanel({ account }: { account: Account }) {
  const t = useText()
  const may = useMay()
  const [isAdding, setAdding] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const mayWrite = account.status === 'Open' && may('Create Checking Accounts')
  const found = useQuery({
    queryKey: keyOf(account.id),
    queryFn: ({ signal }) => readHolders(account.id, signal),
  })
  const end = (): void => {
    setAdding(false)
    button.current?.focus()
  }
  const add = mayWrite && (
    <Button
      ref={button}
      variant="default"
      size="xs"
      leftSection={<IconPlus size={14} aria-hidden="true" />}
      aria-expanded={isAdding}
      onClick={() => setAdding(true)}
    >
      {t('action.new')}
    </Button>
  )
  return (
    <Section title={t('holders.title')} actions={add}>
      {isAdding && <NewHolderForm id={account.id} onDone={end} />}
      {found.error && (
        <div className={classes.note}>
          <Failure error={found.error} onRetry={() => void found.refetch()} />
        </div>
      )}
      {!found.error && !found.data && <Loading />}
      {found.data && (
        <HolderTable
          account={account}
          list={found.data}
          mayWrite={mayWrite}
          onRemoved={() => button.current?.focus()}
        />
      )}
    </Section>
  )
}

function NewHolderForm({ id, onDone }: { id: string; onDone: () => void }) {
  const t = useText()
  const queries = useQueryClient()
  const form = useForm({
    initialValues: { email: '' },
    validate: {
      email: (text: string) => (isEmail(text.trim()) ? null : t('newAccount.emailFault')),
    },
  })
  const adding = useWrite(addHolder, {
    onSuccess: (holder) => {
      queries.setQueryData<HolderList>(keyOf(id), (list) =>
        list ? { ...list, data: [...list.data, holder] } : list,
      )
      void queries.invalidateQueries({ queryKey: [ACCOUNTS_KEY, 'one', id] })
      onDone()
    },
  })
  return (
    <form
      noValidate
      className={classes.form}
      onSubmit={form.onSubmit(({ email }) => adding.mutate({ id, email: email.trim() }))}
    >
      <Stack gap="xs">
        <Group align="start" gap="xs">
          <TextInput
            label={t('holders.email')}
            type="email"
            autoComplete="off"
            autoFocus
            required
            withAsterisk={false}
            w="20rem"
            maw="100%"
            {...form.getInputProps('email')}
          />
          <Group gap="xs" mt="1.4rem">
            <Button type="submit" loading={adding.isPending}>
              {t('holders.confirm')}
            </Button>
            <Button variant="default" onClick={onDone}>
              {t('action.cancel')}
            </Button>
          </Group>
        </Group>
        {adding.error && <Failure error={adding.error} />}
      </Stack>
    </form>
  )
}

interface HolderTableProps {
  readonly account: Account
  readonly list: HolderList
  readonly mayWrite: boolean
  /** The button that was pressed is gone: the focus needs another place. */
  readonly onRemoved: () => void
}

function HolderTable({ account, list, mayWrite, onRemoved }: HolderTableProps) {
  const t = useText()
  const { dateTime } = useFormats()
  const [leaving, setLeaving] = useState<Holder>()
  const columns = useMemo(() => {
    const remove = {
      id: 'remove',
      header: t('table.acts'),
      align: 'end' as const,
      cell: (holder: Holder) => (
        <ActionIcon
          aria-label={t('holders.removeOf', { email: holder.claims.email })}
          onClick={() => setLeaving(holder)}
        >
          <IconTrash size={16} aria-hidden="true" />
        </ActionIcon>
      ),
    }
    return [
      {
        id: 'email',
        header: t('account.email'),
        isHead: true,
        cell: ({ claims }: Holder) => claims.email,
      },
      {
        id: 'since',
        header: t('holders.since'),
        cell: ({ createdAt }: Holder) => dateTime(createdAt),
      },
      ...(mayWrite ? [remove] : []),
    ]
  }, [t, dateTime, mayWrite])
  const rows = list.data.filter(({ level }) => level === ADDITIONAL)
  return (
    <>
      {rows.length === 0 ? (
        <Empty title={t('holders.none')} explanation={t('holders.noneWhy')} />
      ) : (
        <PlainTable
          label={t('holders.title')}
          columns={columns}
          rows={rows}
          rowId={({ id }) => id}
        />
      )}
      {leaving && (
        <RemoveDialog
          id={account.id}
          holder={leaving}
          onRemoved={onRemoved}
          onClose={() => setLeaving(undefined)}
        />
      )}
    </>
  )
}

interface RemoveDialogProps {
  readonly id: string
  readonly holder: Holder
  readonly onRemoved: () => void
  readonly onClose: () => void
}

function RemoveDialog({ id, holder, onRemoved, onClose }: RemoveDialogProps) {
  const t = useText()
  const queries = useQueryClient()
  const removing = useWrite(removeHolder, {
    onSuccess: () => {
      queries.setQueryData<HolderList>(keyOf(id), (list) =>
        list ? { ...list, data: list.data.filter((each) => each.id !== holder.id) } : list,
      )
      void queries.invalidateQueries({ queryKey: [ACCOUNTS_KEY, 'one', id] })
      onClose()
      // Once the dialog has let go of the focus.
      setTimeout(onRemoved, 0)
    },
  })
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('holders.removeTitle')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <Stack gap="sm">
        <Text size="sm">{t('holders.removeWhy', { email: holder.claims.email })}</Text>
        {removing.error && <Failure error={removing.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t('action.cancel')}
          </Button>
          <Button
            color="red.8"
            loading={removing.isPending}
            onClick={() => removing.mutate({ id, holderId: holder.id })}
          >
            {t('holders.remove')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
