/** What happened to an invoice, the newest first. */
import { Text } from '@mantine/core'
import type { HistoryEntry, InvoiceDetails } from '../../api/invoices.ts'
import { type Formats, useFormats } from '../../i18n/use-formats.ts'
import { type Translate, useText } from '../../i18n/use-text.ts'
import classes from './invoice.module.css'
import { Panel } from './panel.tsx'

export function History({ invoice: { history, installment } }: { invoice: InvoiceDetails }) {
  const t = useText()
  const formats = useFormats()
  return (
    <Panel title={t('invoice.history')}>
      <ol className={classes.history} reversed>
        {history.map((entry) => (
          <li key={entry.seq}>
            <Text size="sm" fw={500} className={classes.text}>
              {wordsOf(entry, installment, t, formats)}
            </Text>
            <Text size="xs" c="dimmed">
              {`${formats.dateTime(entry.at)} · ${entry.doneBy}`}
            </Text>
          </li>
        ))}
      </ol>
    </Panel>
  )
}

type Words = (entry: HistoryEntry, installment: number, t: Translate, formats: Formats) => string

/** By the events of the ledger. */
const WORDS: Readonly<Record<string, Words>> = {
  TransactionSettled: (_, __, t) => t('history.made'),
  InvoicePaid: (_, __, t) => t('history.paid'),
  PaymentTakenBack: (_, __, t) => t('history.takenBack'),
  InvoiceCancelled: (_, __, t) => t('history.cancelled'),
  InvoicePostponed: ({ days = 0, dueDate = '' }, _, t, { date }) =>
    t('history.postponed', { days, date: date(dueDate) }),
  InvoiceAnnotated: ({ observation, paymentLink }, _, t) =>
    t('history.annotated', { observation: observation || '—', link: paymentLink || '—' }),
  TransactionRefunded: (entry, installment, t, { money }) =>
    t('history.refunded', { value: money(takenOff(entry, installment)) }),
  SettlementLowered: (entry, installment, t, { money }) =>
    t('history.lowered', { value: money(takenOff(entry, installment)) }),
}

const wordsOf: Words = (entry, installment, t, formats) =>
  WORDS[entry.type]?.(entry, installment, t, formats) ?? entry.type

function takenOff({ reductions = [] }: HistoryEntry, installment: number): number {
  return reductions.find((each) => each.installment === installment)?.by ?? 0
}
