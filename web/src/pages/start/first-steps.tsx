/** What to do in a store that has no accounts yet. */
import { List, Text, Title } from '@mantine/core'
import { useText } from '../../i18n/use-text.ts'
import { useMay } from '../../session/session.ts'
import { ListLink } from './list-link.tsx'
import classes from './start-page.module.css'

export function FirstSteps() {
  const t = useText()
  const may = useMay()
  const mayOpen = may('Create Checking Accounts')
  return (
    <section className={`panel ${classes.steps}`}>
      <Title order={2}>{t('start.first')}</Title>
      <Text size="sm" c="dimmed" mt={4} mb="sm">
        {t(mayOpen ? 'start.firstWhy' : 'start.firstWait')}
      </Text>
      {mayOpen && (
        <List type="ordered" spacing="xs" size="sm">
          {may('Edit Configuration') && (
            <List.Item>
              <ListLink to="/settings">{t('start.firstSettings')}</ListLink>
            </List.Item>
          )}
          <List.Item>
            <ListLink to="/accounts">{t('start.firstAccount')}</ListLink>
          </List.Item>
          <List.Item>
            <ListLink to="/files">{t('start.firstImport')}</ListLink>
          </List.Item>
          {may('Main Access') && (
            <List.Item>
              <ListLink to="/settings" search={{ tab: 'keys' }}>
                {t('start.firstKey')}
              </ListLink>
            </List.Item>
          )}
        </List>
      )}
    </section>
  )
}
