/** Entries of the ledger → JSON, in the words of the API. */
import Type from 'typebox'
import { iso } from '../api/answers.ts'
import { Amount, InstantOut, nullable } from '../api/schemas.ts'
import type { Event, NewInvoice, Reduction } from '../credit/events.ts'
import { RATE_PLACES, toJsonNumber } from '../credit/money.ts'
import type { HistoryEntry } from '../ledger/read/history.ts'
import type { Store } from '../ledger/stores.ts'

const maybe = Type.Optional
const TextOut = maybe(Type.String())
const NoteOut = maybe(nullable(Type.String()))
const CountOut = maybe(Type.Integer())

export const HistoryEntryOut = Type.Object({
  seq: Type.Integer({ description: 'Number of the entry in its account, from 1 without gaps.' }),
  at: InstantOut('When it happened.'),
  doneBy: Type.String({ description: 'E-mail or key that did it.' }),
  type: Type.String({ description: 'What happened (docs/ledger.md has all).' }),
  document: TextOut,
  documentType: TextOut,
  email: TextOut,
  creditLimit: maybe(Amount('Limit that the account was opened with.')),
  tolerance: maybe(Type.Number({ description: 'Tolerance that the account was opened with.' })),
  from: maybe(Type.Number({ description: 'Limit or tolerance before.' })),
  to: maybe(Type.Number({ description: 'Limit or tolerance after.' })),
  reason: TextOut,
  holderId: TextOut,
  statementId: TextOut,
  transactionId: TextOut,
  installment: CountOut,
  value: maybe(Amount('What it is about.')),
  released: maybe(Amount('What of the hold went back.')),
  fromHold: maybe(Amount('What of a settlement the hold covered.')),
  credited: maybe(Amount('What of a refund became credit.')),
  settle: maybe(Type.Boolean()),
  installments: CountOut,
  numberOfInstallments: CountOut,
  expirationDate: maybe(InstantOut('When the hold expires.')),
  orderId: NoteOut,
  holder: NoteOut,
  conditionId: NoteOut,
  observation: NoteOut,
  paymentLink: NoteOut,
  days: maybe(Type.Integer({ description: 'Days of a postponement.' })),
  dueDate: maybe(InstantOut('Due date after a postponement.')),
  invoices: maybe(
    Type.Array(
      Type.Object({
        installment: Type.Integer(),
        numberOfInstallments: Type.Integer(),
        value: Amount('What is to be paid.'),
        dueDate: InstantOut('Due date.'),
      }),
    ),
  ),
  reductions: maybe(
    Type.Array(Type.Object({ installment: Type.Integer(), by: Amount('What was taken off.') })),
  ),
  after: Type.Object({
    limit: Amount('Limit after it.'),
    tolerance: Type.Number({ description: 'Tolerance after it.' }),
    owed: Amount('What is owed after it.'),
    held: Amount('What is held after it.'),
  }),
})

/** `emails`: of holders, by their ids; a removal names its holder by the id alone. */
export function historyJson(
  { seq, at, doneBy, event, after }: HistoryEntry,
  { exponent }: Store,
  emails: ReadonlyMap<string, string> = new Map(),
) {
  const amount = (value: bigint) => toJsonNumber(value, exponent)
  return {
    seq,
    at: iso(at),
    doneBy,
    ...eventJson(event, amount),
    ...(event.type === 'HolderRemoved' && emailOf(event.holderId, emails)),
    after: {
      limit: amount(after.limit),
      tolerance: rate(after.tolerance),
      owed: amount(after.owed),
      held: amount(after.held),
    },
  }
}

function emailOf(holderId: string, emails: ReadonlyMap<string, string>) {
  const email = emails.get(holderId)
  return email !== undefined && { email }
}

const rate = (value: bigint) => toJsonNumber(value, RATE_PLACES)

type ToAmount = (value: bigint) => number

function eventJson(event: Event, amount: ToAmount): Record<string, unknown> {
  switch (event.type) {
    case 'AccountOpened': {
      const { limit, tolerance, ...rest } = event
      return { ...rest, creditLimit: amount(limit), tolerance: rate(tolerance) }
    }
    case 'LimitChanged':
      return { ...event, from: amount(event.from), to: amount(event.to) }
    case 'ToleranceChanged':
      return { ...event, from: rate(event.from), to: rate(event.to) }
    case 'TransactionAuthorized': {
      const { friendlyCode: _, value, expiresAt, ...rest } = event
      return { ...rest, value: amount(value), expirationDate: iso(expiresAt) }
    }
    case 'TransactionChanged': {
      const { value, expiresAt, ...rest } = event
      return { ...rest, value: amount(value), expirationDate: iso(expiresAt) }
    }
    case 'InvoicePostponed': {
      const { dueAt, ...rest } = event
      return { ...rest, dueDate: iso(dueAt) }
    }
    default:
      return mapped(event, amount)
  }
}

/** Events whose fields have the names of the API; amounts are all that is a bigint in them. */
function mapped(event: Event, amount: ToAmount): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(event).map(([name, value]: [string, unknown]) => {
      if (typeof value === 'bigint') return [name, amount(value)]
      if (name === 'invoices') return [name, invoicesJson(value as NewInvoice[], amount)]
      if (name === 'reductions') return [name, reductionsJson(value as Reduction[], amount)]
      return [name, value]
    }),
  )
}

function invoicesJson(invoices: readonly NewInvoice[], amount: ToAmount) {
  return invoices.map(({ installment, installments, value, dueAt }) => ({
    installment,
    numberOfInstallments: installments,
    value: amount(value),
    dueDate: iso(dueAt),
  }))
}

function reductionsJson(reductions: readonly Reduction[], amount: ToAmount) {
  return reductions.map(({ installment, by }) => ({ installment, by: amount(by) }))
}
