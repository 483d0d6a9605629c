/** Accounts as the Admin looks for them, and what stands behind one: its history, its live holds. */
import Type from 'typebox'
import { accountJson, transactionJson } from '../api/answers.ts'
import type { Api, ApiContext } from '../api/context.ts'
import { accountIn } from '../api/creditcontrol/paths.ts'
import { Input } from '../api/input.ts'
import { operation, requireResource } from '../api/operation.ts'
import { AccountOut, AccountPath, Amount, PageQuery, TransactionOut } from '../api/schemas.ts'
import { toJsonNumber } from '../credit/money.ts'
import {
  type AccountListFilter,
  type AccountTotals,
  listAccounts,
} from '../ledger/read/account-list.ts'
import { type HistoryEntry, holderEmails, readHistory, readTerms } from '../ledger/read/history.ts'
import { listLiveHolds } from '../ledger/read/transactions.ts'
import type { Store } from '../ledger/stores.ts'
import { HistoryEntryOut, historyJson } from './history-json.ts'
import {
  ADMIN,
  flag,
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

const ACCOUNTS = `${ADMIN}/accounts`
const ACCOUNT = `${ACCOUNTS}/:creditAccountId`

const STATUSES = ['open', 'frozen', 'closed'] as const
const SORTS = ['createdAt', 'email', 'creditLimit', 'owed', 'availableCredit', 'exposure'] as const
const KINDS = ['terms', 'all'] as const

const SearchQuery = Type.Object({
  ...ListQuery,
  q: TextQuery(
    'Beginning of an e-mail (of an additional holder too, without case) or of a document (with or without punctuation), or a whole id.',
  ),
  status: word(`${STATUSES.join(', ')}; open where absent. Frozen accounts are open ones.`),
  overLimit: word('true: owes and holds more than its limit; false: does not.'),
  overdue: word('true: has invoices that are overdue; false: has none.'),
  sort: word(`${SORTS.join(', ')}; createdAt where absent. Exposure is owed + held.`),
})

const TotalsOut = Type.Object({
  creditLimit: Amount('Sum of the limits.'),
  owed: Amount('Sum of what is owed.'),
  held: Amount('Sum of what is held.'),
  availableCredit: Amount('Limits − owed − held.'),
})

export function adminAccountRoutes(api: Api, context: ApiContext): void {
  operation(api, {
    method: 'GET',
    url: ACCOUNTS,
    id: 'listAccountsForAdmin',
    tag: TAG,
    summary: 'Search, filter and sort accounts',
    description: 'Totals cover the whole filter, never the page.',
    resource: 'Read Checking Accounts',
    parts: { query: SearchQuery },
    answer: Type.Object({ data: Type.Array(AccountOut), paging: PagingOut, totals: TotalsOut }),
    handler: async (request) => {
      const { store } = request.principal
      const { query } = request
      const input = new Input(store, 'query')
      const page = input.page(query)
      const filter = filterIn(input, query)
      const by = oneOf(input, 'sort', query.sort, SORTS)
      const order = { by, isDescending: isDescending(input, query.order) }
      input.check()
      const search = { store, filter, now: context.now() }
      const { accounts, totals } = await listAccounts(context.sql(), search, order, page)
      return {
        data: accounts.map((account) => accountJson(account, store)),
        paging: pagingJson(page, totals.count),
        totals: totalsJson(totals, store),
      }
    },
  })

  operation(api, {
    method: 'GET',
    url: `${ACCOUNT}/history`,
    id: 'getAccountHistory',
    tag: TAG,
    summary: 'Read who changed what in an account, newest first',
    description:
      'Entries of the terms: limit, tolerance, freezing, identity, holders, opening, closing. All entries need `Read Statements` besides.',
    resource: 'Read Checking Accounts',
    parts: {
      params: AccountPath,
      query: Type.Object({
        ...PageQuery,
        kinds: word(`${KINDS.join(', ')}; terms where absent.`),
      }),
    },
    answer: Type.Object({ data: Type.Array(HistoryEntryOut), paging: PagingOut }),
    errors: ['account-not-found'],
    handler: async (request) => {
      const { store } = request.principal
      const { storeId } = store
      const input = new Input(store, 'query')
      const page = input.page(request.query)
      const kinds = oneOf(input, 'kinds', request.query.kinds, KINDS)
      input.check()
      if (kinds === 'all') requireResource(request, ['Read Statements'])
      const account = await accountIn(context, request, request.params)
      const sql = context.sql()
      const { entries, count } =
        kinds === 'all'
          ? await readHistory(sql, storeId, account, page)
          : await readTerms(sql, storeId, account.id, page)
      const emails = await holderEmails(sql, storeId, account.id, removedHolders(entries))
      return {
        data: entries.map((entry) => historyJson(entry, store, emails)),
        paging: pagingJson(page, count),
      }
    },
  })

  operation(api, {
    method: 'GET',
    url: `${ACCOUNT}/authorizations`,
    id: 'listAuthorizations',
    tag: TAG,
    summary: 'List the live pre-authorizations of an account, newest first',
    description:
      'Those that hold something now, also what is left of a hold that is settled in part. `totals.held` is what the account holds.',
    resource: 'Read Statements',
    parts: { params: AccountPath, query: Type.Object(PageQuery) },
    answer: Type.Object({
      data: Type.Array(TransactionOut),
      paging: PagingOut,
      totals: Type.Object({ held: Amount('Sum of what is held.') }),
    }),
    errors: ['account-not-found'],
    handler: async (request) => {
      const { store } = request.principal
      const input = new Input(store, 'query')
      const page = input.page(request.query)
      input.check()
      const account = await accountIn(context, request, request.params)
      const now = context.now()
      const found = await listLiveHolds(context.sql(), store.storeId, account.id, page, now)
      return {
        data: found.transactions.map((transaction) => transactionJson(transaction, store, now)),
        paging: pagingJson(page, found.count),
        totals: { held: toJsonNumber(found.held, store.exponent) },
      }
    },
  })
}

function filterIn(input: Input, query: Type.Static<typeof SearchQuery>): AccountListFilter {
  const text = textIn(query.q)
  const overLimit = flag(input, 'overLimit', query.overLimit)
  const overdue = flag(input, 'overdue', query.overdue)
  return {
    status: oneOf(input, 'status', query.status, STATUSES),
    ...(text !== undefined && { text }),
    ...(overLimit !== undefined && { overLimit }),
    ...(overdue !== undefined && { overdue }),
  }
}

function totalsJson({ limit, owed, held }: AccountTotals, { exponent }: Store) {
  const amount = (value: bigint) => toJsonNumber(value, exponent)
  return {
    creditLimit: amount(limit),
    owed: amount(owed),
    held: amount(held),
    availableCredit: amount(limit - owed - held),
  }
}

function removedHolders(entries: readonly HistoryEntry[]): string[] {
  return entries.flatMap(({ event }) => (event.type === 'HolderRemoved' ? [event.holderId] : []))
}
