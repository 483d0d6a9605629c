/** How late what is open is: as a chart, and as a table that adds up. */
import { Title } from '@mantine/core'
import type { Age, AgeingCell, InvoiceFigures } from '../../api/overview.ts'
import { Amount } from '../../components/amount.tsx'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'
import type { MessageKey } from '../../messages/en.ts'
import { invoicesOf, ListLink } from './list-link.tsx'
import classes from './start-page.module.css'

const LABEL: Readonly<Record<Age, MessageKey>> = {
  notDue: 'start.notDue',
  '1-30': 'start.late30',
  '31-60': 'start.late60',
  '61-90': 'start.late90',
  over90: 'start.lateOver90',
}

const CLASS: Readonly<Record<Age, string | undefined>> = {
  notDue: classes.notDue,
  '1-30': classes.late30,
  '31-60': classes.late60,
  '61-90': classes.late90,
  over90: classes.over90,
}

export function Ageing({ figures: { ageing, open } }: { figures: InvoiceFigures }) {
  const t = useText()
  return (
    <section className={`panel ${classes.section}`} aria-labelledby="ageing">
      <Title order={2} id="ageing" mb="sm">
        {t('start.ageing')}
      </Title>
      <div className={classes.ageing}>
        <Chart ageing={ageing} total={open.value} />
        <AgeingTable ageing={ageing} open={open} />
      </div>
    </section>
  )
}

const BAR = { width: 44, step: 64, most: 120, top: 18, height: 168 } as const

/** The table beside it says the same to those who cannot see it. */
function Chart({ ageing, total }: { ageing: readonly AgeingCell[]; total: number }) {
  const t = useText()
  const { percent } = useFormats()
  const largest = Math.max(...ageing.map(({ value }) => value))
  const base = BAR.top + BAR.most
  const shareOf = (value: number) => (total === 0 ? 0 : value / total)
  const told = ageing.map(
    ({ age, value }) => `${t(LABEL[age])}: ${percent(rounded(shareOf(value)))}`,
  )
  return (
    <svg
      className={classes.chart}
      viewBox={`0 0 ${BAR.step * ageing.length} ${BAR.height}`}
      role="img"
      aria-label={t('start.ageingChart', { shares: told.join(', ') })}
    >
      <line x1="0" x2={BAR.step * ageing.length} y1={base} y2={base} />
      {ageing.map(({ age, value }, at) => {
        const height = largest === 0 ? 0 : (value / largest) * BAR.most
        const middle = at * BAR.step + BAR.step / 2
        return (
          <g key={age} className={CLASS[age]}>
            <rect x={middle - BAR.width / 2} y={base - height} width={BAR.width} height={height} />
            <text x={middle} y={base - height - 5}>
              {percent(rounded(shareOf(value)))}
            </text>
            <text x={middle} y={base + 18}>
              {t(SHORT[age])}
            </text>
          </g>
        )
      })}
    </svg>
  )
}

const SHORT: Readonly<Record<Age, MessageKey>> = {
  notDue: 'start.notDueShort',
  '1-30': 'start.late30Short',
  '31-60': 'start.late60Short',
  '61-90': 'start.late90Short',
  over90: 'start.lateOver90Short',
}

function AgeingTable({ ageing, open }: Pick<InvoiceFigures, 'ageing' | 'open'>) {
  const t = useText()
  const { count } = useFormats()
  return (
    <table className={classes.table} aria-labelledby="ageing">
      <thead>
        <tr>
          <th scope="col">{t('start.age')}</th>
          <th scope="col" data-align="end">
            {t('start.count')}
          </th>
          <th scope="col" data-align="end">
            {t('start.value')}
          </th>
        </tr>
      </thead>
      <tbody>
        {ageing.map((cell) => (
          <tr key={cell.age} className={CLASS[cell.age]}>
            <th scope="row">
              <span className={classes.swatch} />
              {t(LABEL[cell.age])}
            </th>
            <td data-align="end" className="amount">
              {count(cell.count)}
            </td>
            <td data-align="end">
              <ListLink {...invoicesOf(cell.age === 'notDue' ? 'Opened' : 'Overdue', cell)}>
                <Amount value={cell.value} />
              </ListLink>
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{t('start.openTotal')}</th>
          <td data-align="end" className="amount">
            {count(open.count)}
          </td>
          <td data-align="end">
            <Amount value={open.value} />
          </td>
        </tr>
      </tfoot>
    </table>
  )
}

/** To whole per cent. */
function rounded(share: number): number {
  return Math.round(share * 100) / 100
}
