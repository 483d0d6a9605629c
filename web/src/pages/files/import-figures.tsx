/** What all rows of an import together do, or would. */
import type { ImportJob } from '../../api/files.ts'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'
import type { MessageKey } from '../../messages/en.ts'
import classes from './files.module.css'

const EFFECTS: Readonly<Record<string, MessageKey>> = {
  opened: 'effect.opened',
  limitRaised: 'effect.limitRaised',
  limitLowered: 'effect.limitLowered',
  changed: 'effect.changed',
  paid: 'effect.paid',
  takenBack: 'effect.takenBack',
  cancelled: 'effect.cancelled',
  annotated: 'effect.annotated',
}

/** Kinds of change that move no money. */
const WITHOUT_MONEY = new Set(['changed', 'annotated'])

export function ImportFigures({ job }: { job: ImportJob }) {
  const t = useText()
  const { count, money, dateTime } = useFormats()
  const { rows, totals } = job
  const effects = Object.entries(totals).filter(([effect]) => EFFECTS[effect] !== undefined)
  return (
    <section className="panel" aria-label={t('import.figures')}>
      <dl className={classes.figures} style={{ padding: '0.75rem' }}>
        <Figure label={t('job.rows')} value={count(rows.total ?? rows.read)} />
        <Figure label={t('row.failed')} value={count(rows.failed)} />
        <Figure label={t('row.changed')} value={count(rows.changed)} />
        <Figure label={t('row.unchanged')} value={count(rows.unchanged)} />
        {effects.map(([effect, { rows: of, value }]) => (
          <Figure
            key={effect}
            label={t(EFFECTS[effect] as MessageKey)}
            value={WITHOUT_MONEY.has(effect) ? count(of) : `${count(of)} · ${money(value)}`}
          />
        ))}
        <Figure label={t('job.by')} value={job.createdBy} isText />
        <Figure label={t('job.at')} value={dateTime(job.createdAt)} isText />
      </dl>
    </section>
  )
}

function Figure(props: { label: string; value: string; isText?: boolean }) {
  return (
    <div>
      <dt>{props.label}</dt>
      <dd data-text={props.isText || undefined}>{props.value}</dd>
    </div>
  )
}
