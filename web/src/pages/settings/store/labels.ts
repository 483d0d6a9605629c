/** What each setting is called. */
import type { MessageKey } from '../../../messages/en.ts'
import type { Field } from './typed.ts'

export const FIELD_LABEL: Readonly<Record<Field, MessageKey>> = {
  toleranceEnabled: 'config.tolerance',
  maxPreAuthorizationGrowthRate: 'config.growth',
  automaticCheckingAccountCreationEnabled: 'config.automatic',
  defaultCreditValue: 'config.defaultLimit',
  documentValidation: 'config.documents',
  postponementEnabled: 'config.postponement',
  invoicePostponementLimit: 'config.postponements',
  maxPostponementDays: 'config.postponementDays',
  dailyInterestRate: 'config.interest',
  taxRate: 'config.tax',
  daysPrior: 'config.before',
  daysAfter: 'config.after',
}
