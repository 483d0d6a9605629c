/** How the account stands, and how its limit is used. */
import { Text } from '@mantine/core'
import { type Account, owedBy } from '../../api/accounts.ts'
import { Amount } from '../../components/amount.tsx'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'
import classes from './account.module.css'
import { Facts } from './facts.tsx'
import { Section } from './section.tsx'

export function StatusPanel({ account }: { account: Account }) {
  const t = useText()
  const { availableCredit, preAuthorizedCredit } = account
  return (
    <Section title={t('account.status')}>
      <UseBar account={account} />
      <Facts
        facts={[
          [
            t('account.availableCredit'),
            <span key="available" className={availableCredit < 0 ? classes.over : undefined}>
              <Amount value={availableCredit} />
            </span>,
          ],
          [t('account.owed'), <Keyed key="owed" kind="owed" value={owedBy(account)} />],
          [t('account.reserved'), <Keyed key="held" kind="held" value={preAuthorizedCredit} />],
        ]}
      />
    </Section>
  )
}

function Keyed({ kind, value }: { kind: 'owed' | 'held'; value: number }) {
  return (
    <>
      <span className={`${classes.key} ${classes[kind]}`} aria-hidden="true" />
      <Amount value={value} />
    </>
  )
}

/** Told in words too: what is owed and held, as shares of the limit. */
function UseBar({ account }: { account: Account }) {
  const t = useText()
  const { percent } = useFormats()
  const owed = Math.max(owedBy(account), 0)
  const held = account.preAuthorizedCredit
  const used = owed + held
  const share = account.creditLimit > 0 ? used / account.creditLimit : used > 0 ? 1 : 0
  const whole = Math.max(account.creditLimit, used)
  const width = (value: number) => `${whole === 0 ? 0 : (value / whole) * 100}%`
  const told = t('account.use', { share: percent(Math.round(share * 1000) / 1000) })
  return (
    <>
      <div className={classes.bar} role="img" aria-label={told}>
        <div className={classes.owed} style={{ width: width(owed) }} />
        <div className={classes.held} style={{ width: width(held) }} />
      </div>
      <Text size="xs" c="dimmed" px="sm" pt={4} aria-hidden="true">
        {told}
      </Text>
    </>
  )
}
