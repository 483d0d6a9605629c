/** The start page: where the credit of the store stands. */
import Type from 'typebox'
import { iso } from '../api/answers.ts'
import type { Api, ApiContext } from '../api/context.ts'
import { mayUse, operation } from '../api/operation.ts'
import { Amount, InstantOut, nullable } from '../api/schemas.ts'
import { toJsonNumber } from '../credit/money.ts'
import type { Sum } from '../ledger/read/invoice-list.ts'
import { AGES, type DueDays, type Overview, readOverview } from '../ledger/read/overview.ts'
import type { Store } from '../ledger/stores.ts'
import { ADMIN, TAG } from './query.ts'

const SumOut = {
  count: Type.Integer({ description: 'How many.' }),
  value: Amount('What they are worth.'),
}

const DaysOut = {
  dueDateFrom: nullable(Type.String({ description: 'First due day; null: from the beginning.' })),
  dueDateTo: nullable(Type.String({ description: 'Last due day, inclusive; null: open.' })),
}

const AccountsOut = Type.Object({
  count: Type.Integer({ description: 'Open accounts.' }),
  creditLimit: Amount('Sum of their limits.'),
  owed: Amount('Sum of what they owe.'),
  held: Amount('Sum of what live pre-authorizations hold.'),
  availableCredit: Amount('Limits − owed − held.'),
  overLimit: Type.Integer({ description: 'How many owe and hold more than their limit.' }),
  largest: Type.Array(
    Type.Object({
      id: Type.String(),
      email: Type.String(),
      creditLimit: Amount('Limit of the account.'),
      owed: Amount('What it owes.'),
      held: Amount('What is held on it.'),
      exposure: Amount('owed + held.'),
    }),
    { description: 'The ten open accounts with the largest exposure above zero.' },
  ),
})

const InvoicesOut = Type.Object({
  open: Type.Object(SumOut),
  overdue: Type.Object(SumOut),
  ageing: Type.Array(
    Type.Object({
      age: Type.String({ enum: [...AGES], description: 'Days late.' }),
      ...DaysOut,
      ...SumOut,
    }),
    { description: 'All open invoices, each in one age: they add up to `open`.' },
  ),
  dueSoon: Type.Object({ ...DaysOut, ...SumOut }),
})

/**
 * Each figure is that of a list under /api/admin, asked with the same day of the store:
 *
 * | figure | list | is its |
 * | --- | --- | --- |
 * | accounts.count, creditLimit, owed, held, availableCredit | accounts?status=open | totals |
 * | accounts.overLimit | accounts?status=open&overLimit=true | paging.total |
 * | accounts.largest | accounts?status=open&sort=exposure&order=desc | first ten |
 * | invoices.open | invoices | states Opened + Overdue |
 * | invoices.overdue | invoices?status=Overdue | total |
 * | invoices.ageing notDue | invoices?status=Opened | total |
 * | invoices.ageing 1-30 … over90 | invoices?status=Overdue&dueDateFrom=&dueDateTo= | total |
 * | invoices.dueSoon | invoices?status=Opened&dueDateFrom=&dueDateTo= | total |
 */
export function overviewRoute(api: Api, context: ApiContext): void {
  operation(api, {
    method: 'GET',
    url: `${ADMIN}/overview`,
    id: 'getOverview',
    tag: TAG,
    summary: 'Read the figures of the store',
    description:
      'All figures are of one instant. Accounts are null for who may not read checking accounts, invoices for who may not read invoices.',
    resource: ['Read Checking Accounts', 'Read Invoices'],
    parts: {},
    answer: Type.Object({
      at: InstantOut('The instant of all figures.'),
      today: Type.String({ description: 'The day in the store: what is due before is overdue.' }),
      accounts: nullable(AccountsOut),
      invoices: nullable(InvoicesOut),
    }),
    handler: async (request) => {
      const { store } = request.principal
      const now = context.now()
      const overview = await readOverview(context.sql(), store, now)
      return {
        at: iso(now),
        today: overview.today,
        accounts: mayUse(request, 'Read Checking Accounts') ? accountsJson(overview, store) : null,
        invoices: mayUse(request, 'Read Invoices') ? invoicesJson(overview, store) : null,
      }
    },
  })
}

function accountsJson({ accounts }: Overview, { exponent }: Store) {
  const { count, limit, owed, held, overLimit, largest } = accounts
  const amount = (value: bigint) => toJsonNumber(value, exponent)
  return {
    count,
    creditLimit: amount(limit),
    owed: amount(owed),
    held: amount(held),
    availableCredit: amount(limit - owed - held),
    overLimit,
    largest: largest.map((account) => ({
      id: account.id,
      email: account.email,
      creditLimit: amount(account.limit),
      owed: amount(account.owed),
      held: amount(account.held),
      exposure: amount(account.owed + account.held),
    })),
  }
}

function invoicesJson({ invoices }: Overview, store: Store) {
  const { open, overdue, ageing, dueSoon } = invoices
  return {
    open: sumJson(open, store),
    overdue: sumJson(overdue, store),
    ageing: ageing.map((cell) => ({ age: cell.age, ...daysJson(cell), ...sumJson(cell, store) })),
    dueSoon: { ...daysJson(dueSoon), ...sumJson(dueSoon, store) },
  }
}

function daysJson({ first, last }: DueDays) {
  return { dueDateFrom: first, dueDateTo: last }
}

export function sumJson({ count, value }: Sum, { exponent }: Store) {
  return { count, value: toJsonNumber(value, exponent) }
}
