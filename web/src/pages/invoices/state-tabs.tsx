/** The states as tabs, each with how many there are under the other filters. */
import { UnstyledButton } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { INVOICE_STATES, type InvoiceList, type InvoiceState } from '../../api/invoices.ts'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'
import type { MessageKey } from '../../messages/en.ts'
import classes from './invoices.module.css'
import type { InvoicesSearch } from './search.ts'

const LABELS: Readonly<Record<InvoiceState, MessageKey>> = {
  Opened: 'invoice.state.opened',
  Overdue: 'invoice.state.overdue',
  Paid: 'invoice.state.paid',
  Cancelled: 'invoice.state.cancelled',
}

interface StateTabsProps {
  readonly search: InvoicesSearch
  readonly states: InvoiceList['states'] | undefined
}

export function StateTabs({ search, states }: StateTabsProps) {
  const t = useText()
  const all = states?.reduce((count, state) => count + state.count, 0)
  const countOf = (state: InvoiceState) => states?.find(({ status }) => status === state)?.count
  return (
    <nav className={classes.tabs} aria-label={t('invoices.states')}>
      <StateTab search={search} state={undefined} label={t('invoices.all')} count={all} />
      {INVOICE_STATES.map((state) => (
        <StateTab
          key={state}
          search={search}
          state={state}
          label={t(LABELS[state])}
          count={countOf(state)}
        />
      ))}
    </nav>
  )
}

function StateTab(props: {
  search: InvoicesSearch
  state: InvoiceState | undefined
  label: string
  count: number | undefined
}) {
  const { count } = useFormats()
  const { status: _, page: __, ...others } = props.search
  const isHere = props.search.status === props.state
  return (
    <UnstyledButton
      component={Link}
      to="/invoices"
      search={{ ...others, ...(props.state && { status: props.state }) } as never}
      className={classes.tab}
      data-here={isHere || undefined}
      aria-current={isHere ? 'page' : undefined}
    >
      {props.label}
      {props.count !== undefined && <span className={classes.count}>{count(props.count)}</span>}
    </UnstyledButton>
  )
}
