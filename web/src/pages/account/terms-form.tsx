/** Changes limit and tolerance: shows the effect first, and what somebody else changed meanwhile. */
import { Alert, Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { changeTerms, type Terms } from '../../api/account.ts'
import { ACCOUNTS_KEY, type Account, owedBy } from '../../api/accounts.ts'
import { ApiProblem } from '../../api/problem.ts'
import { useWrite } from '../../api/use-write.ts'
import { AmountInput } from '../../components/amount-input.tsx'
import { Failure } from '../../components/failure.tsx'
import { type Formats, useFormats } from '../../i18n/use-formats.ts'
import { type Translate, useText } from '../../i18n/use-text.ts'
import { useMay } from '../../session/session.ts'
import classes from './account.module.css'

const CHANGED_MEANWHILE = 1132
const MAX_REASON_LENGTH = 500

interface Typed {
  readonly limit: string
  readonly tolerance: string
  readonly reason: string
}

type Seen = Pick<Account, 'creditLimit' | 'tolerance'>

export function TermsForm({ account, onDone }: { account: Account; onDone: () => void }) {
  const t = useText()
  const may = useMay()
  const formats = useFormats()
  const queries = useQueryClient()
  /** What the person decides on: it moves only when they say that they saw the new one. */
  const [seen, setSeen] = useState<Seen>(account)
  const form = useForm<Typed>({
    initialValues: { ...typedOf(account, formats), reason: '' },
    validate: rulesOf(t, formats),
  })
  const key = [ACCOUNTS_KEY, 'one', account.id]
  const saving = useWrite(changeTerms, {
    onSuccess: (changed) => {
      queries.setQueryData(key, changed)
      void queries.invalidateQueries({ queryKey: [ACCOUNTS_KEY] })
      notifications.show({ message: t('terms.done'), color: 'teal' })
      onDone()
    },
  })
  const save = (typed: Typed): void => {
    const change = changeOf(typed, seen, formats)
    if (Object.keys(change).length === 0) {
      onDone()
      return
    }
    const { creditLimit, tolerance } = seen
    const wanted = {
      id: account.id,
      change,
      expected: { creditLimit, tolerance },
      reason: typed.reason,
    }
    saving.mutate(wanted, {
      onError: (error) => {
        if (isChangedMeanwhile(error)) void queries.invalidateQueries({ queryKey: key })
      },
    })
  }
  const accept = (): void => {
    setSeen(account)
    saving.reset()
  }
  return (
    <form noValidate className={classes.form} onSubmit={form.onSubmit(save)}>
      <Stack gap="xs">
        <AmountInput
          label={t('account.limit')}
          disabled={!may('Edit credits')}
          data-autofocus
          autoFocus
          {...form.getInputProps('limit')}
        />
        <TextInput
          label={t('account.tolerance')}
          inputMode="decimal"
          rightSection="%"
          classNames={{ input: 'amount' }}
          disabled={!may('Create Checking Accounts')}
          {...form.getInputProps('tolerance')}
        />
        <Textarea
          label={t('terms.reason')}
          description={t('terms.reasonWhy')}
          rows={2}
          maxLength={MAX_REASON_LENGTH}
          {...form.getInputProps('reason')}
        />
        <Effect account={account} typed={form.values} />
        {isOther(seen, account) && <ChangedMeanwhile seen={seen} now={account} onAccept={accept} />}
        {saving.error && !isChangedMeanwhile(saving.error) && <Failure error={saving.error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onDone}>
            {t('action.cancel')}
          </Button>
          <Button type="submit" loading={saving.isPending}>
            {t('terms.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** What the typed limit would leave to buy with. */
function Effect({ account, typed }: { account: Account; typed: Typed }) {
  const t = useText()
  const formats = useFormats()
  const limit = formats.readAmount(typed.limit)
  const tolerance = formats.readPercent(typed.tolerance)
  if (limit === undefined || tolerance === undefined) return null
  const used = owedBy(account) + account.preAuthorizedCredit
  const available = Number(limit) - used
  const most = Number(limit) * (1 + Number(tolerance)) - used
  return (
    <div role="status">
      <Text size="sm">
        {t('terms.effect', {
          from: formats.money(account.availableCredit),
          to: formats.money(available),
        })}
      </Text>
      {Number(tolerance) > 0 && (
        <Text size="xs" c="dimmed">
          {t('terms.most', { most: formats.money(Math.max(most, 0)) })}
        </Text>
      )}
      {available < 0 && (
        <Text size="xs" className={classes.over}>
          {t('terms.below')}
        </Text>
      )}
    </div>
  )
}

function ChangedMeanwhile(props: { seen: Seen; now: Account; onAccept: () => void }) {
  const t = useText()
  const { money, percent, dateTime } = useFormats()
  const { seen, now, onAccept } = props
  return (
    <Alert color="yellow" variant="outline" role="alert" title={t('terms.changed')}>
      {seen.creditLimit !== now.creditLimit && (
        <Text size="sm">
          {t('terms.changedLimit', { from: money(seen.creditLimit), to: money(now.creditLimit) })}
        </Text>
      )}
      {seen.tolerance !== now.tolerance && (
        <Text size="sm">
          {t('terms.changedTolerance', {
            from: percent(seen.tolerance),
            to: percent(now.tolerance),
          })}
        </Text>
      )}
      <Text size="xs" c="dimmed">
        {t('terms.changedAt', { at: dateTime(now.updatedAt) })}
      </Text>
      <Button variant="default" size="xs" mt="xs" onClick={onAccept}>
        {t('terms.accept')}
      </Button>
    </Alert>
  )
}

function isOther(seen: Seen, now: Seen): boolean {
  return seen.creditLimit !== now.creditLimit || seen.tolerance !== now.tolerance
}

function isChangedMeanwhile(error: unknown): boolean {
  return error instanceof ApiProblem && error.code === CHANGED_MEANWHILE
}

function typedOf({ creditLimit, tolerance }: Seen, { plain, plainPercent }: Formats) {
  return { limit: plain(creditLimit), tolerance: plainPercent(tolerance) }
}

/** Only what is other than what was seen. */
function changeOf(typed: Typed, seen: Seen, { readAmount, readPercent }: Formats): Terms {
  const limit = readAmount(typed.limit)
  const tolerance = readPercent(typed.tolerance)
  return {
    ...(limit !== undefined && Number(limit) !== seen.creditLimit && { creditLimit: limit }),
    ...(tolerance !== undefined && Number(tolerance) !== seen.tolerance && { tolerance }),
  }
}

function rulesOf(t: Translate, { readAmount, readPercent, plain }: Formats) {
  return {
    limit: (text: string) =>
      readAmount(text) === undefined ? t('fault.amount', { example: plain(1234.5) }) : null,
    tolerance: (text: string) => (readPercent(text) === undefined ? t('fault.percent') : null),
  }
}
