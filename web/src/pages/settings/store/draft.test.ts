/** Two people change the settings at once. */
import { expect, test } from 'vitest'
import { changedIn, draftAfter, newDraft } from './draft.ts'
import type { Typed } from './typed.ts'

const BASE: Typed = {
  toleranceEnabled: false,
  maxPreAuthorizationGrowthRate: '0',
  automaticCheckingAccountCreationEnabled: false,
  defaultCreditValue: '0,00',
  documentValidation: false,
  postponementEnabled: false,
  invoicePostponementLimit: '0',
  maxPostponementDays: '0',
  dailyInterestRate: '0',
  taxRate: '0',
  daysPrior: [{ days: '5', time: '12:00' }],
  daysAfter: [],
}

test('what others changed comes in, and what was typed here stays', () => {
  const mine = draftAfter(newDraft(BASE), { kind: 'type', change: { taxRate: '3' } })
  const both = draftAfter(mine, { kind: 'learn', base: { ...BASE, toleranceEnabled: true } })
  expect(both.values).toEqual({ ...BASE, taxRate: '3', toleranceEnabled: true })
  expect(changedIn(both)).toEqual(['taxRate'])
  expect(both.contested).toEqual([])
})

test('a field that both changed is contested, until both say the same', () => {
  const mine = draftAfter(newDraft(BASE), { kind: 'type', change: { taxRate: '3' } })
  const contested = draftAfter(mine, { kind: 'learn', base: { ...BASE, taxRate: '4' } })
  expect(contested.contested).toEqual(['taxRate'])
  expect(contested.values.taxRate).toBe('3')
  const again = draftAfter(contested, { kind: 'learn', base: { ...BASE, taxRate: '4' } })
  expect(again.contested).toEqual(['taxRate'])
  const agreed = draftAfter(again, { kind: 'learn', base: { ...BASE, taxRate: '3' } })
  expect(agreed.contested).toEqual([])
  expect(changedIn(agreed)).toEqual([])
})

test('what is typed while something is saved stays, and is not saved yet', () => {
  const sent = draftAfter(newDraft(BASE), { kind: 'type', change: { taxRate: '3,0' } })
  const typed = draftAfter(sent, { kind: 'type', change: { maxPostponementDays: '9' } })
  const base = { ...BASE, taxRate: '3' }
  const after = draftAfter(typed, { kind: 'saved', base, sent: sent.values })
  expect(after.values.taxRate).toBe('3')
  expect(changedIn(after)).toEqual(['maxPostponementDays'])
})
