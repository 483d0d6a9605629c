/** Invoices as the Admin looks for them, and what stands behind one. */
import Type from 'typebox'
import { invoiceJson } from '../api/answers.ts'
import type { Api, ApiContext } from '../api/context.ts'
import { invoiceIdIn } from '../api/creditcontrol/paths.ts'
import { Input } from '../api/input.ts'
import { operation } from '../api/operation.ts'
import { problem } from '../api/problems.ts'
import { Amount, InvoiceOut } from '../api/schemas.ts'
import type { Account } from '../credit/account.ts'
import type { Invoice } from '../credit/invoice.ts'
import type { Instant } from '../credit/schedule.ts'
import { findAccounts } from '../ledger/read/accounts.ts'
import { readInvoiceHistory } from '../ledger/read/history.ts'
import type { AmountRange } from '../ledger/read/invoice-filter.ts'
import { type ListedState, type ListFilter, listInvoices } from '../ledger/read/invoice-list.ts'
import { findInvoices, invoicesOfTransaction, type OwedInvoice } from '../ledger/read/invoices.ts'
import type { Store } from '../ledger/stores.ts'
import { HistoryEntryOut, historyJson } from './history-json.ts'
import { sumJson } from './overview.ts'
import {
  ADMIN,
  isDescending,
  ListQuery,
  oneOf,
  PagingOut,
  pagingJson,
  TAG,
  TextQuery,
  textIn,
  word,
} from './query.ts'

const INVOICES = `${ADMIN}/invoices`
const STATUSES = ['Opened', 'Overdue', 'Paid', 'Cancelled'] as const
const SORTS = ['createdAt', 'dueDate', 'value'] as const

type Status = (typeof STATUSES)[number]

/** In the Admin, what is overdue is no longer open: each invoice is in one state. */
const STATE_OF: Readonly<Record<Status, ListedState>> = {
  Opened: 'NotDue',
  Overdue: 'Overdue',
  Paid: 'Paid',
  Cancelled: 'Cancelled',
}

const SearchQuery = Type.Object({
  ...ListQuery,
  q: TextQuery(
    'A whole order id, friendly id (with or without its number), invoice id or transaction id; the beginning of an e-mail of the account or of its holders; or any part of an observation, without case.',
  ),
  status: word(`${STATUSES.join(', ')}: Opened is what is not overdue. All where absent.`),
  accountId: word('Id of the account.'),
  dueDateFrom: word('First due day or instant.'),
  dueDateTo: word('Last due day or instant, inclusive.'),
  createdDateFrom: word('First day or instant of creation.'),
  createdDateTo: word('Last day or instant of creation, inclusive.'),
  valueFrom: word('Least value, inclusive.'),
  valueTo: word('Greatest value, inclusive.'),
  sort: word(`${SORTS.join(', ')}; createdAt where absent. Due dates sort by their day.`),
})

const AccountOfInvoice = {
  accountEmail: Type.String({ description: 'E-mail of the owner of the account.' }),
}

const ListedInvoiceOut = Type.Object({ ...InvoiceOut.properties, ...AccountOfInvoice })

const SumOut = {
  count: Type.Integer({ description: 'How many.' }),
  value: Amount('What they are worth.'),
}

const DetailsOut = Type.Object({
  ...InvoiceOut.properties,
  ...AccountOfInvoice,
  accountStatus: Type.String({ enum: ['Open', 'Closed'] }),
  postponements: Type.Integer({ description: 'How often it was postponed.' }),
  postponedDays: Type.Integer({ description: 'By how many days in all.' }),
  sisters: Type.Array(InvoiceOut, {
    description: 'The other invoices of its transaction; `settlement` tells settlements apart.',
  }),
  history: Type.Array(HistoryEntryOut, {
    description: 'What happened to it, newest first: 1,000 entries and its making at most.',
  }),
})

export function adminInvoiceRoutes(api: Api, context: ApiContext): void {
  operation(api, {
    method: 'GET',
    url: INVOICES,
    id: 'listInvoicesForAdmin',
    tag: TAG,
    summary: 'Search, filter and sort invoices',
    description:
      '`states` has the sums of each state under the same other filters, `total` those of all that match.',
    resource: 'Read Invoices',
    parts: { query: SearchQuery },
    answer: Type.Object({
      data: Type.Array(ListedInvoiceOut),
      paging: PagingOut,
      states: Type.Array(Type.Object({ status: Type.String({ enum: [...STATUSES] }), ...SumOut })),
      total: Type.Object(SumOut),
    }),
    handler: async (request) => {
      const { store } = request.principal
      const { query } = request
      const input = new Input(store, 'query')
      const page = input.page(query)
      const filter = filterIn(input, query)
      const by = oneOf(input, 'sort', query.sort, SORTS)
      const order = { by, isDescending: isDescending(input, query.order) }
      input.check()
      const sql = context.sql()
      const now = context.now()
      const found = await listInvoices(sql, { store, filter, now }, order, page)
      const ids = new Set(found.invoices.map(({ accountId }) => accountId))
      const accounts = await findAccounts(sql, store.storeId, [...ids])
      return {
        data: found.invoices.map((owed) => listedJson(owed, accounts, store, now)),
        paging: pagingJson(page, found.total.count),
        states: STATUSES.map((status) => ({
          status,
          ...sumJson(found.states[STATE_OF[status]], store),
        })),
        total: sumJson(found.total, store),
      }
    },
  })

  operation(api, {
    method: 'GET',
    url: `${INVOICES}/:invoiceId`,
    id: 'getInvoiceForAdmin',
    tag: TAG,
    summary: 'Read an invoice, its sisters and its history',
    resource: 'Read Invoices',
    parts: {
      params: Type.Object({
        invoiceId: Type.String({ description: 'Id of the invoice: `{TRANSACTION}-{kk}`.' }),
      }),
    },
    answer: DetailsOut,
    errors: ['invoice-not-found'],
    handler: async (request) => {
      const { store } = request.principal
      const { storeId } = store
      const invoiceId = invoiceIdIn(request.params)
      const sql = context.sql()
      const now = context.now()
      const owed = (await findInvoices(sql, storeId, [invoiceId])).get(invoiceId)
      if (!owed) throw problem('invoice-not-found', { invoiceId })
      const { accountId, invoice } = owed
      const [accounts, all, history] = await Promise.all([
        findAccounts(sql, storeId, [accountId]),
        invoicesOfTransaction(sql, storeId, accountId, invoice.transactionId),
        readInvoiceHistory(sql, storeId, accountId, invoice),
      ])
      const json = (other: Invoice) => invoiceJson(accountId, other, store, now)
      return {
        ...listedJson(owed, accounts, store, now),
        accountStatus: accounts.get(accountId)?.status ?? 'Closed',
        postponements: invoice.postponements,
        postponedDays: invoice.postponedDays,
        sisters: all.filter(({ installment }) => installment !== invoice.installment).map(json),
        history: history.map((entry) => historyJson(entry, store)),
      }
    },
  })
}

function listedJson(
  { accountId, invoice }: OwedInvoice,
  accounts: ReadonlyMap<string, Account>,
  store: Store,
  now: Instant,
) {
  const accountEmail = accounts.get(accountId)?.email ?? ''
  return { ...invoiceJson(accountId, invoice, store, now), accountEmail }
}

function filterIn(input: Input, query: Type.Static<typeof SearchQuery>): ListFilter {
  const { accountId } = query
  const text = textIn(query.q)
  const due = input.range(query.dueDateFrom, query.dueDateTo, {
    from: '/dueDateFrom',
    to: '/dueDateTo',
  })
  const created = input.range(query.createdDateFrom, query.createdDateTo, {
    from: '/createdDateFrom',
    to: '/createdDateTo',
  })
  const values = amountsIn(input, query)
  const status =
    query.status === undefined ? undefined : oneOf(input, 'status', query.status, STATUSES)
  return {
    ...(status && { status: STATE_OF[status] }),
    ...(text !== undefined && { text }),
    ...(accountId !== undefined && { accountId }),
    ...(due && { due }),
    ...(created && { created }),
    ...(values && { values }),
  }
}

function amountsIn(
  input: Input,
  { valueFrom, valueTo }: { valueFrom?: string; valueTo?: string },
): AmountRange | undefined {
  if (valueFrom === undefined && valueTo === undefined) return undefined
  return {
    ...(valueFrom !== undefined && {
      from: input.amount('/valueFrom', valueFrom, 'zero or above'),
    }),
    ...(valueTo !== undefined && { to: input.amount('/valueTo', valueTo, 'zero or above') }),
  }
}
