/** The other invoices of the same purchase. */
import { type InvoiceDetails, stateOf } from '../../api/invoices.ts'
import { Amount } from '../../components/amount.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'
import classes from './invoice.module.css'
import { InvoiceLink } from './invoice-link.tsx'
import { Panel } from './panel.tsx'

export function Sisters({ invoice: { sisters } }: { invoice: InvoiceDetails }) {
  const t = useText()
  const { date } = useFormats()
  if (sisters.length === 0) return null
  return (
    <Panel title={t('invoice.sisters')}>
      <table className={classes.sisters}>
        <thead>
          <tr>
            <th scope="col">{t('invoice.friendlyId')}</th>
            <th scope="col">{t('invoice.dueDate')}</th>
            <th scope="col">{t('invoice.state')}</th>
            <th scope="col">{t('invoice.value')}</th>
          </tr>
        </thead>
        <tbody>
          {sisters.map((sister) => (
            <tr key={sister.id}>
              <th scope="row">
                <InvoiceLink invoice={sister} />
              </th>
              <td className="amount">{date(sister.dueDate)}</td>
              <td>
                <StateBadge state={`invoice${stateOf(sister)}`} />
              </td>
              <td>
                <Amount value={sister.value} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}
