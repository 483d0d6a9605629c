/** The accounts that owe and hold the most. */
import { Group, Text, Title } from '@mantine/core'
import type { Exposure } from '../../api/overview.ts'
import { Amount } from '../../components/amount.tsx'
import { useText } from '../../i18n/use-text.ts'
import { BY_EXPOSURE, ListLink } from './list-link.tsx'
import classes from './start-page.module.css'

export function LargestExposures({ largest }: { largest: readonly Exposure[] }) {
  const t = useText()
  return (
    <section className={`panel ${classes.section}`} aria-labelledby="largest">
      <Group justify="space-between" mb={4}>
        <Title order={2} id="largest">
          {t('start.largest')}
        </Title>
        <Text size="sm" component="span">
          <ListLink {...BY_EXPOSURE}>{t('start.allAccounts')}</ListLink>
        </Text>
      </Group>
      {largest.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('start.noExposure')}
        </Text>
      ) : (
        <Rows largest={largest} />
      )}
    </section>
  )
}

function Rows({ largest }: { largest: readonly Exposure[] }) {
  const t = useText()
  return (
    <table className={classes.table} aria-labelledby="largest">
      <thead>
        <tr>
          <th scope="col">{t('start.account')}</th>
          <th scope="col" data-align="end" className={classes.wide}>
            {t('start.limitOfOne')}
          </th>
          <th scope="col" data-align="end">
            {t('start.exposure')}
          </th>
        </tr>
      </thead>
      <tbody>
        {largest.map(({ id, email, creditLimit, exposure }) => (
          <tr key={id}>
            <th scope="row">
              <ListLink to={`/accounts/${id}`}>{email}</ListLink>
            </th>
            <td data-align="end" className={classes.wide}>
              <Amount value={creditLimit} />
            </td>
            <td data-align="end">
              <Amount value={exposure} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
