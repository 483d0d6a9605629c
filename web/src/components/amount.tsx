/** An amount of money, its digits aligned with those above and below. */
import { useFormats } from '../i18n/use-formats.ts'

export function Amount({ value }: { value: number }) {
  const { money } = useFormats()
  return <span className="amount">{money(value)}</span>
}
