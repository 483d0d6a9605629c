/** What is known of an invoice. */
import { Anchor, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { InvoiceDetails } from '../../api/invoices.ts'
import { Amount } from '../../components/amount.tsx'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'
import classes from './invoice.module.css'
import { Panel } from './panel.tsx'

export function Facts({ invoice }: { invoice: InvoiceDetails }) {
  const t = useText()
  const { date, dateTime } = useFormats()
  const { originalDueDate, dueDate, resolvedAt, creditValue, orderId } = invoice
  return (
    <Panel title={t('invoice.summary')}>
      <dl className={classes.facts}>
        <Fact label={t('invoice.value')} isStrong>
          <Amount value={invoice.value} />
        </Fact>
        <Fact label={t('invoice.dueDate')} isStrong>
          <span className="amount">{date(dueDate)}</span>
          {originalDueDate !== dueDate && (
            <Text size="xs" c="dimmed" fw={400}>
              {t('invoice.originally', {
                date: date(originalDueDate),
                days: invoice.postponedDays,
                times: invoice.postponements,
              })}
            </Text>
          )}
        </Fact>
        <Fact label={t('invoice.installment')}>
          {t('invoice.installmentOf', {
            k: invoice.installment,
            n: invoice.numberOfInstallments,
          })}
        </Fact>
        <Fact label={t('invoice.account')}>
          <AccountLink invoice={invoice} />
        </Fact>
        {orderId !== '' && (
          <Fact label={t('invoice.order')}>
            <Anchor component={Link} to="/invoices" search={{ q: orderId } as never} fz="inherit">
              {orderId}
            </Anchor>
          </Fact>
        )}
        <Fact label={t('invoice.created')}>{dateTime(invoice.createdAt)}</Fact>
        {resolvedAt !== null && <Fact label={t('invoice.resolved')}>{dateTime(resolvedAt)}</Fact>}
        {creditValue > 0 && (
          <Fact label={t('invoice.refunded')}>
            <Amount value={creditValue} />
          </Fact>
        )}
      </dl>
    </Panel>
  )
}

function AccountLink({ invoice: { accountId, accountEmail } }: { invoice: InvoiceDetails }) {
  const path: string = `/accounts/${encodeURIComponent(accountId)}`
  return (
    <Anchor component={Link} to={path as never} fz="inherit">
      {accountEmail}
    </Anchor>
  )
}

function Fact(props: { label: string; isStrong?: boolean; children: ReactNode }) {
  return (
    <div>
      <dt>{props.label}</dt>
      <dd data-strong={props.isStrong || undefined}>{props.children}</dd>
    </div>
  )
}
