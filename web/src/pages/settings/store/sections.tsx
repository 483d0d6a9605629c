/** The settings by what they are about, each with an example that follows what is typed. */
import { Group, Switch, Text, TextInput, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { AmountInput } from '../../../components/amount-input.tsx'
import { useFormats } from '../../../i18n/use-formats.ts'
import { useText } from '../../../i18n/use-text.ts'
import type { MessageKey } from '../../../messages/en.ts'
import classes from './editor.module.css'
import {
  AutomaticExample,
  DocumentsExample,
  GrowthExample,
  InterestExample,
  PostponementExample,
  TaxExample,
  ToleranceExample,
} from './examples.tsx'
import { FIELD_LABEL } from './labels.ts'
import { Notices } from './notices.tsx'
import { type Field, mostOf, type Typed } from './typed.ts'

export interface SectionsProps {
  readonly values: Typed
  /** Fields whose fault is told. */
  readonly faulty: ReadonlySet<Field>
  readonly onChange: (change: Partial<Typed>) => void
}

export function Sections(props: SectionsProps) {
  const { values } = props
  return (
    <>
      <Section name="config.credit" what="config.creditWhat">
        <Flag {...props} field="toleranceEnabled" />
        <ToleranceExample values={values} />
        <Rate {...props} field="maxPreAuthorizationGrowthRate" />
        <GrowthExample values={values} />
      </Section>
      <Section name="config.accounts" what="config.accountsWhat">
        <Flag {...props} field="automaticCheckingAccountCreationEnabled" />
        <DefaultLimit {...props} />
        <AutomaticExample values={values} />
        <Flag {...props} field="documentValidation" />
        <DocumentsExample values={values} />
      </Section>
      <Section name="config.postponing" what="config.postponingWhat">
        <Flag {...props} field="postponementEnabled" />
        <Group grow align="start">
          <Count {...props} field="invoicePostponementLimit" />
          <Count {...props} field="maxPostponementDays" />
        </Group>
        <PostponementExample values={values} />
      </Section>
      <Section name="config.charges" what="config.chargesWhat">
        <Rate {...props} field="dailyInterestRate" />
        <InterestExample values={values} />
        <Rate {...props} field="taxRate" />
        <TaxExample values={values} />
      </Section>
      <Section name="config.notices" what="config.noticesWhat">
        <Notices {...props} field="daysPrior" />
        <Notices {...props} field="daysAfter" />
      </Section>
    </>
  )
}

function Section(props: { name: MessageKey; what: MessageKey; children: ReactNode }) {
  const t = useText()
  return (
    <section className={`panel ${classes.section}`}>
      <div>
        <Title order={2}>{t(props.name)}</Title>
        <Text size="sm" c="dimmed" mt={4}>
          {t(props.what)}
        </Text>
      </div>
      <div className={classes.inputs}>{props.children}</div>
    </section>
  )
}

type FieldsOf<T> = { [K in Field]: Typed[K] extends T ? K : never }[Field]

function Flag({ values, field, onChange }: SectionsProps & { field: FieldsOf<boolean> }) {
  const t = useText()
  return (
    <Switch
      label={t(FIELD_LABEL[field])}
      checked={values[field]}
      onChange={(event) => onChange({ [field]: event.currentTarget.checked })}
    />
  )
}

function Rate({ values, faulty, field, onChange }: SectionsProps & { field: FieldsOf<string> }) {
  const t = useText()
  return (
    <TextInput
      label={t(FIELD_LABEL[field])}
      inputMode="decimal"
      autoComplete="off"
      rightSection="%"
      styles={{ wrapper: { maxWidth: '12rem' } }}
      classNames={{ input: 'amount' }}
      value={values[field]}
      error={faulty.has(field) && t('fault.percent')}
      onChange={(event) => onChange({ [field]: event.currentTarget.value })}
    />
  )
}

function Count({ values, faulty, field, onChange }: SectionsProps & { field: FieldsOf<string> }) {
  const t = useText()
  const { count } = useFormats()
  return (
    <TextInput
      label={t(FIELD_LABEL[field])}
      inputMode="numeric"
      autoComplete="off"
      classNames={{ input: 'amount' }}
      value={values[field]}
      error={faulty.has(field) && t('config.countFault', { most: count(mostOf(field)) })}
      onChange={(event) => onChange({ [field]: event.currentTarget.value })}
    />
  )
}

function DefaultLimit({ values, faulty, onChange }: SectionsProps) {
  const t = useText()
  const { plain } = useFormats()
  const isFaulty = faulty.has('defaultCreditValue')
  return (
    <AmountInput
      label={t('config.defaultLimit')}
      styles={{ wrapper: { maxWidth: '16rem' } }}
      value={values.defaultCreditValue}
      error={isFaulty && t('fault.amount', { example: plain(1234.5) })}
      onChange={(event) => onChange({ defaultCreditValue: event.currentTarget.value })}
    />
  )
}
