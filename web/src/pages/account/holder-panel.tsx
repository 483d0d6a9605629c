/** Whose account it is. */
import { type Account, stateOf } from '../../api/accounts.ts'
import { StateBadge } from '../../components/state-badge.tsx'
import { formatDocument } from '../../i18n/documents.ts'
import { useFormats } from '../../i18n/use-formats.ts'
import { useText } from '../../i18n/use-text.ts'
import { type Fact, Facts } from './facts.tsx'
import { Section } from './section.tsx'

export function HolderPanel({ account }: { account: Account }) {
  const t = useText()
  const { dateTime } = useFormats()
  const { id, document, documentType, email, createdAt, updatedAt, freezeReason } = account
  const frozen: readonly Fact[] =
    freezeReason === null ? [] : [[t('account.freezeReason'), freezeReason]]
  return (
    <Section title={t('account.holder')}>
      <Facts
        facts={[
          [t('account.state'), <StateBadge key="state" state={stateOf(account)} />],
          ...frozen,
          [t('account.id'), id],
          [t('account.document'), formatDocument(document, documentType)],
          [t('account.documentType'), documentType],
          [t('account.email'), email],
          [t('account.opened'), dateTime(createdAt)],
          [t('account.changed'), dateTime(updatedAt)],
        ]}
      />
    </Section>
  )
}
