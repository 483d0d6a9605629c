/** Does one thing to the selected invoices: a summary, progress, and what became of each. */
import { Alert, Button, Group, List, Modal, Progress, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { ACCOUNTS_KEY } from '../../api/accounts.ts'
import {
  cancelInvoice,
  INVOICES_KEY,
  type ListedInvoice,
  payInvoice,
  takePaymentBack,
} from '../../api/invoices.ts'
import { useFormats } from '../../i18n/use-formats.ts'
import { useProblemText } from '../../i18n/use-problem-text.ts'
import { useText } from '../../i18n/use-text.ts'
import type { MessageKey } from '../../messages/en.ts'
import { useMay } from '../../session/session.ts'
import { type Batch, type Outcome, type Send, useBatch } from './use-batch.ts'

export type BatchAct = 'pay' | 'cancel'

type Act = BatchAct | 'undo'

const ACTS: Readonly<Record<Act, { send: Send; title: MessageKey; done: MessageKey }>> = {
  pay: { send: payInvoice, title: 'invoice.pay', done: 'batch.paid' },
  cancel: { send: cancelInvoice, title: 'invoice.cancel', done: 'batch.cancelled' },
  undo: { send: takePaymentBack, title: 'invoice.takeBack', done: 'batch.takenBack' },
}

interface BatchDialogProps {
  readonly act: BatchAct
  readonly invoices: readonly ListedInvoice[]
  readonly onClose: (isDone: boolean) => void
}

export function BatchDialog({ act, invoices, onClose }: BatchDialogProps) {
  const t = useText()
  const queries = useQueryClient()
  const batch = useBatch()
  const [doing, setDoing] = useState<Act>(act)
  // Only what is open moves: the others are told, and left alone.
  const [open] = useState(() => invoices.filter(({ status }) => status === 'Opened'))
  const [skipped] = useState(() => invoices.length - open.length)
  const begin = async (next: Act, of: readonly ListedInvoice[]): Promise<void> => {
    setDoing(next)
    await batch.run(of, ACTS[next].send)
    void queries.invalidateQueries({ queryKey: [INVOICES_KEY] })
    void queries.invalidateQueries({ queryKey: [ACCOUNTS_KEY] })
  }
  const hasBegun = batch.total > 0
  return (
    <Modal
      opened
      onClose={() => onClose(hasBegun)}
      title={t(ACTS[doing].title)}
      closeOnClickOutside={!hasBegun}
      closeOnEscape={!batch.isRunning}
      withCloseButton={!batch.isRunning}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {hasBegun ? (
        <Course
          batch={batch}
          act={doing}
          onAgain={(of) => void begin(doing, of)}
          onUndo={(of) => void begin('undo', of)}
          onClose={() => onClose(true)}
        />
      ) : (
        <Summary
          act={act}
          open={open}
          skipped={skipped}
          onConfirm={() => void begin(act, open)}
          onClose={() => onClose(false)}
        />
      )}
    </Modal>
  )
}

function Summary(props: {
  act: BatchAct
  open: readonly ListedInvoice[]
  skipped: number
  onConfirm: () => void
  onClose: () => void
}) {
  const t = useText()
  const { money } = useFormats()
  const { act, open, skipped } = props
  const value = money(sumOf(open))
  const accounts = new Set(open.map(({ accountId }) => accountId)).size
  return (
    <Stack gap="sm">
      <Text size="sm">
        {t(act === 'pay' ? 'batch.willPay' : 'batch.willCancel', {
          count: open.length,
          value,
          accounts,
        })}
      </Text>
      {skipped > 0 && (
        <Alert color="yellow" variant="outline" role="status">
          {t('batch.skipped', { count: skipped })}
        </Alert>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={props.onClose}>
          {t('action.back')}
        </Button>
        <Button
          data-autofocus
          disabled={open.length === 0}
          onClick={props.onConfirm}
          {...(act === 'cancel' && { color: 'red.9' })}
        >
          {t(ACTS[act].title)}
        </Button>
      </Group>
    </Stack>
  )
}

function Course(props: {
  batch: Batch
  act: Act
  onAgain: (invoices: readonly ListedInvoice[]) => void
  onUndo: (invoices: readonly ListedInvoice[]) => void
  onClose: () => void
}) {
  const t = useText()
  const may = useMay()
  const { batch, act } = props
  const { outcomes, total, isRunning } = batch
  const done = outcomes.filter(({ error }) => error === undefined).map(({ invoice }) => invoice)
  const failed = outcomes.filter(({ error }) => error !== undefined)
  const mayUndo = act === 'pay' && may('Create Invoices') && may('Pay Invoice')
  const closing = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (!isRunning) closing.current?.focus()
  }, [isRunning])
  return (
    <Stack gap="sm">
      <Progress.Root size="lg">
        <Progress.Section
          value={(100 * outcomes.length) / total}
          aria-label={t('batch.progress', { done: outcomes.length, total })}
        />
      </Progress.Root>
      <Text size="sm" role="status">
        {isRunning
          ? t('batch.progress', { done: outcomes.length, total })
          : t(ACTS[act].done, { count: done.length, total })}
      </Text>
      <Failures outcomes={failed} />
      <Group justify="flex-end">
        {isRunning && (
          <Button variant="default" onClick={batch.stop}>
            {t('batch.stop')}
          </Button>
        )}
        {!isRunning && failed.length > 0 && (
          <Button
            variant="default"
            onClick={() => props.onAgain(failed.map(({ invoice }) => invoice))}
          >
            {t('action.retry')}
          </Button>
        )}
        {!isRunning && mayUndo && done.length > 0 && (
          <Button variant="default" onClick={() => props.onUndo(done)}>
            {t('action.undo')}
          </Button>
        )}
        {!isRunning && (
          <Button ref={closing} onClick={props.onClose}>
            {t('action.close')}
          </Button>
        )}
      </Group>
    </Stack>
  )
}

function Failures({ outcomes }: { outcomes: readonly Outcome[] }) {
  const textOf = useProblemText()
  if (outcomes.length === 0) return null
  return (
    <List size="sm" spacing={4}>
      {outcomes.map(({ invoice, error }) => (
        <List.Item key={invoice.id}>
          <strong>{invoice.friendlyId}</strong> {textOf(error).message}
        </List.Item>
      ))}
    </List>
  )
}

/** In the smallest unit while it is summed: fractions of a coin must not add up. */
function sumOf(invoices: readonly ListedInvoice[]): number {
  const SCALE = 1_000
  return invoices.reduce((sum, { value }) => sum + Math.round(value * SCALE), 0) / SCALE
}
