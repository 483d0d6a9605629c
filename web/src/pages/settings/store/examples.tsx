/** What a setting comes to, computed from what is typed. Nothing is shown for what cannot be read. */
import { type Formats, useFormats } from '../../../i18n/use-formats.ts'
import { useText } from '../../../i18n/use-text.ts'
import classes from './editor.module.css'
import { countIn, mostOf, rateIn, type Typed } from './typed.ts'

interface ExampleProps {
  readonly values: Typed
}

/** Limit, order or invoice that examples are about, and how much tolerance. */
const AMOUNT = 1_000
const TOLERANCE = 0.1
const DAY_MS = 86_400_000

export function ToleranceExample({ values }: ExampleProps) {
  const t = useText()
  const { money, percent } = useFormats()
  const most = values.toleranceEnabled ? AMOUNT * (1 + TOLERANCE) : AMOUNT
  return (
    <Example>
      {t('config.toleranceExample', {
        limit: money(AMOUNT),
        tolerance: percent(TOLERANCE),
        most: money(most),
      })}
    </Example>
  )
}

export function GrowthExample({ values }: ExampleProps) {
  const t = useText()
  const formats = useFormats()
  const rate = numberIn(values.maxPreAuthorizationGrowthRate, formats)
  if (rate === undefined) return null
  const { money } = formats
  return (
    <Example>
      {t('config.growthExample', { value: money(AMOUNT), most: money(AMOUNT * (1 + rate)) })}
    </Example>
  )
}

export function AutomaticExample({ values }: ExampleProps) {
  const t = useText()
  const { money, readAmount } = useFormats()
  const limit = readAmount(values.defaultCreditValue)
  if (limit === undefined) return null
  const isOn = values.automaticCheckingAccountCreationEnabled
  return (
    <Example>
      {t(isOn ? 'config.automaticExample' : 'config.manualExample', {
        limit: money(Number(limit)),
      })}
    </Example>
  )
}

export function DocumentsExample({ values }: ExampleProps) {
  const t = useText()
  const document = '111.444.777-36'
  return (
    <Example>
      {t(values.documentValidation ? 'config.strictExample' : 'config.laxExample', { document })}
    </Example>
  )
}

export function PostponementExample({ values }: ExampleProps) {
  const t = useText()
  const { date } = useFormats()
  const days = countIn(values.maxPostponementDays, mostOf('maxPostponementDays'))
  const times = countIn(values.invoicePostponementLimit, mostOf('invoicePostponementLimit'))
  if (days === undefined || times === undefined) return null
  if (!values.postponementEnabled || days === 0 || times === 0) {
    return <Example>{t('config.neverPostponed')}</Example>
  }
  const day = (offset: number) => date(new Date(Date.now() + offset * DAY_MS).toISOString())
  return (
    <Example>
      {t('config.postponementExample', {
        due: day(0),
        times,
        last: day(days),
      })}
    </Example>
  )
}

export function InterestExample({ values }: ExampleProps) {
  const t = useText()
  const formats = useFormats()
  const rate = numberIn(values.dailyInterestRate, formats)
  if (rate === undefined) return null
  const { money } = formats
  return (
    <Example>
      {t('config.interestExample', { value: money(AMOUNT), interest: money(AMOUNT * rate) })}
    </Example>
  )
}

export function TaxExample({ values }: ExampleProps) {
  const t = useText()
  const formats = useFormats()
  const rate = numberIn(values.taxRate, formats)
  if (rate === undefined) return null
  const { money } = formats
  return (
    <Example>{t('config.taxExample', { value: money(AMOUNT), tax: money(AMOUNT * rate) })}</Example>
  )
}

function Example({ children }: { children: string }) {
  return <div className={classes.example}>{children}</div>
}

function numberIn(text: string, formats: Formats): number | undefined {
  const rate = rateIn(text, formats)
  return rate === undefined ? undefined : Number(rate)
}
