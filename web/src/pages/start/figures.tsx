/** The large figures: of all accounts, and of all open invoices. */
import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { AccountFigures, InvoiceFigures } from '../../api/overview.ts'
import { Amount } from '../../components/amount.tsx'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'
import { ALL_ACCOUNTS, invoicesOf, ListLink, OVER_LIMIT } from './list-link.tsx'
import classes from './start-page.module.css'

export function AccountFigureCards({ figures }: { figures: AccountFigures }) {
  const t = useText()
  const { count } = useFormats()
  const { creditLimit, owed, held, availableCredit } = figures
  const share = (value: number) => <UsedShare value={value} of={creditLimit} />
  return (
    <section className="panel" aria-label={t('start.credit')}>
      <dl className={classes.cards}>
        <Figure label={t('start.limit')} note={t('start.accounts', { count: figures.count })}>
          <ListLink {...ALL_ACCOUNTS}>
            <Amount value={creditLimit} />
          </ListLink>
        </Figure>
        <Figure label={t('start.owed')} note={share(owed)}>
          <ListLink {...ALL_ACCOUNTS}>
            <Amount value={owed} />
          </ListLink>
        </Figure>
        <Figure label={t('start.held')} note={share(held)}>
          <ListLink {...ALL_ACCOUNTS}>
            <Amount value={held} />
          </ListLink>
        </Figure>
        <Figure label={t('start.available')} note={share(availableCredit)}>
          <ListLink {...ALL_ACCOUNTS}>
            <Amount value={availableCredit} />
          </ListLink>
        </Figure>
        <Figure label={t('start.overLimit')} note={t('start.overLimitWhat')}>
          <ListLink {...OVER_LIMIT}>
            <span className="amount">{count(figures.overLimit)}</span>
          </ListLink>
        </Figure>
      </dl>
    </section>
  )
}

export function InvoiceFigureCards({ figures }: { figures: InvoiceFigures }) {
  const t = useText()
  const { date } = useFormats()
  const { open, overdue, dueSoon } = figures
  return (
    <section className="panel" aria-label={t('start.invoices')}>
      <dl className={classes.cards}>
        <Figure label={t('start.open')} note={t('start.invoiceCount', { count: open.count })}>
          {/* No one list has both states: the table below leads to each. */}
          <ListLink to="/" hash="ageing">
            <Amount value={open.value} />
          </ListLink>
        </Figure>
        <Figure label={t('start.overdue')} note={t('start.invoiceCount', { count: overdue.count })}>
          <ListLink {...invoicesOf('Overdue')}>
            <Amount value={overdue.value} />
          </ListLink>
        </Figure>
        <Figure
          label={t('start.dueSoon')}
          note={t('start.dueUntil', {
            count: dueSoon.count,
            day: date(`${dueSoon.dueDateTo}T12:00:00Z`),
          })}
        >
          <ListLink {...invoicesOf('Opened', dueSoon)}>
            <Amount value={dueSoon.value} />
          </ListLink>
        </Figure>
      </dl>
    </section>
  )
}

function Figure(props: { label: string; note: ReactNode; children: ReactNode }) {
  return (
    <div className={classes.card}>
      <dt>{props.label}</dt>
      <dd className={classes.figure}>{props.children}</dd>
      <Text component="dd" size="xs" c="dimmed">
        {props.note}
      </Text>
    </div>
  )
}

/** How much of the limit. */
function UsedShare({ value, of }: { value: number; of: number }) {
  const t = useText()
  const { percent } = useFormats()
  const share = of === 0 ? 0 : value / of
  return t('start.shareOfLimit', { share: percent(Math.round(share * 1_000) / 1_000) })
}
