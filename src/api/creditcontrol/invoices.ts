/** Invoices: search, list, read, change, cancel, pay, postpone. */
import Type from 'typebox'
import { type Invoice, MAX_OBSERVATION_LENGTH, parseInvoiceId } from '../../credit/invoice.ts'
import { toJsonNumber } from '../../credit/money.ts'
import type { View } from '../../credit/view.ts'
import type { Page } from '../../ledger/read/accounts.ts'
import type { InvoiceFilter } from '../../ledger/read/invoice-filter.ts'
import { findInvoice, searchInvoices } from '../../ledger/read/invoices.ts'
import { invoiceJson } from '../answers.ts'
import type { Api, ApiContext } from '../context.ts'
import { Input } from '../input.ts'
import { mayUse, operation, wantsCsv } from '../operation.ts'
import { problem } from '../problems.ts'
import {
  AccountPath,
  IntegerIn,
  InvoiceListOut,
  InvoiceOut,
  InvoicePath,
  nullable,
  PageQuery,
  text,
} from '../schemas.ts'
import { type WriteRequest, write } from '../write.ts'
import { accountIdIn, accountIn, BASE, invoiceIdIn } from './paths.ts'

const LIST = `${BASE}/accounts/:creditAccountId/invoices`
const INVOICE = `${LIST}/:invoiceId`
const STATUSES = ['Opened', 'Overdue', 'Paid', 'Cancelled'] as const
const MAX_POSTPONEMENT_DAYS = 3_650

const word = (description: string) => Type.Optional(Type.String({ description }))

const CRITERIA = {
  createdDateFrom: word('First day or instant of creation.'),
  createdDateTo: word('Last day or instant of creation, inclusive.'),
  createDateTo: word('The same as createdDateTo.'),
  dueDateFrom: word('First due day or instant.'),
  dueDateTo: word('Last due day or instant, inclusive.'),
  value: word('Exact value.'),
  status: word(`${STATUSES.join(', ')}. Overdue is Opened with its due day gone by.`),
  friendlyId: word('Exact friendly id.'),
  observation: word('Any part of the observation, without case.'),
  orderId: word('Exact order id.'),
  op: word('and (also where absent): all filters must match; or: one is enough.'),
}

/** What a search of invoices may ask. */
export const INVOICE_CRITERIA = { ...CRITERIA, creditAccountId: word('Id of the account.') }

const SearchQuery = Type.Object({ ...PageQuery, ...INVOICE_CRITERIA })
const ListQuery = Type.Object({ ...PageQuery, ...CRITERIA })
type Query = Type.Static<typeof SearchQuery>

const ChangeBody = Type.Object({
  status: Type.Optional(
    nullable(
      Type.Unsafe<Invoice['status']>({ type: 'string', enum: ['Opened', 'Paid', 'Cancelled'] }),
    ),
  ),
  observation: Type.Optional(
    nullable(text(MAX_OBSERVATION_LENGTH, 'Note; an empty text or null clears it.')),
  ),
  paymentLink: Type.Optional(
    nullable(
      text(4_096, 'Absolute http(s) URL of 2,048 characters at most; empty or null clears it.'),
    ),
  ),
})

const CHANGING_ERRORS = ['account-not-found', 'account-closed', 'invoice-not-found'] as const
const MOVING_ERRORS = ['invoice-transition', 'invoice-already-refunded'] as const

export function invoiceRoutes(api: Api, context: ApiContext): void {
  operation(api, {
    method: 'GET',
    url: `${BASE}/invoices`,
    id: 'searchInvoices',
    tag: 'Invoices',
    summary: 'Search the invoices of the store',
    description: 'The summary covers the whole filter, never the page.',
    resource: 'Read Invoices',
    parts: { query: SearchQuery },
    answer: InvoiceListOut,
    csv: true,
    errors: ['export-too-large'],
    handler: async (request, reply) => {
      const { filter, page } = readQuery(request, request.query)
      if (context.csv && wantsCsv(request)) return context.csv.invoices(request, reply, filter)
      return listed(context, request, filter, page)
    },
  })

  operation(api, {
    method: 'GET',
    url: LIST,
    id: 'listInvoices',
    tag: 'Invoices',
    summary: 'List the invoices of an account',
    description: 'Takes the same filters as the search. The summary covers the whole filter.',
    resource: 'Read Invoices',
    parts: { params: AccountPath, query: ListQuery },
    answer: InvoiceListOut,
    errors: ['account-not-found'],
    handler: async (request) => {
      const { filter, page } = readQuery(request, request.query)
      const account = await accountIn(context, request, request.params)
      return listed(context, request, { ...filter, accountId: account.id }, page)
    },
  })

  operation(api, {
    method: 'GET',
    url: INVOICE,
    id: 'getInvoice',
    tag: 'Invoices',
    summary: 'Read an invoice',
    resource: 'Read Invoices',
    parts: { params: InvoicePath },
    answer: InvoiceOut,
    errors: ['account-not-found', 'invoice-not-found'],
    handler: async (request) => {
      const { store } = request.principal
      const account = await accountIn(context, request, request.params)
      const invoiceId = invoiceIdIn(request.params)
      const invoice = await findInvoice(context.sql(), store.storeId, account.id, invoiceId)
      if (!invoice) throw problem('invoice-not-found', { invoiceId })
      return invoiceJson(account.id, invoice, store, context.now())
    },
  })

  operation(api, {
    method: 'PUT',
    url: INVOICE,
    id: 'changeInvoice',
    tag: 'Invoices',
    summary: 'Change an invoice',
    description:
      'Takes any of status, observation and paymentLink; what is absent stays. Taking a payment back (Paid → Opened) needs `Pay Invoice`.',
    resource: 'Create Invoices',
    parts: {
      params: InvoicePath,
      query: Type.Object({ friendlyId: word('Must be that of the invoice, else 404.') }),
      body: ChangeBody,
    },
    answer: null,
    errors: [...CHANGING_ERRORS, ...MOVING_ERRORS, 'owed-too-large'],
    handler: async (request, reply) => {
      const { body, query, principal } = request
      const input = new Input(principal.store)
      const { status, observation, paymentLink } = body
      const command = {
        type: 'changeInvoice' as const,
        invoiceId: invoiceIdIn(request.params),
        mayPay: mayUse(request, 'Pay Invoice'),
        ...(query.friendlyId !== undefined && { friendlyId: query.friendlyId }),
        ...(status != null && { status }),
        ...(observation !== undefined && { observation: observation || null }),
        ...(paymentLink !== undefined && {
          paymentLink: paymentLink ? input.link('/paymentLink', paymentLink) : null,
        }),
      }
      input.check()
      return write(context, request, reply, {
        accountId: accountIdIn(request.params),
        command,
        answer: () => undefined,
      })
    },
  })

  operation(api, {
    method: 'DELETE',
    url: INVOICE,
    id: 'cancelInvoice',
    tag: 'Invoices',
    summary: 'Cancel an invoice',
    resource: 'Create Invoices',
    parts: { params: InvoicePath },
    answer: null,
    errors: [...CHANGING_ERRORS, ...MOVING_ERRORS],
    handler: async (request, reply) =>
      write(context, request, reply, {
        accountId: accountIdIn(request.params),
        command: { type: 'cancelInvoice', invoiceId: invoiceIdIn(request.params) },
        answer: () => undefined,
      }),
  })

  operation(api, {
    method: 'POST',
    url: `${INVOICE}/payments`,
    id: 'payInvoice',
    tag: 'Invoices',
    summary: 'Mark an invoice as paid',
    description: 'Pays it in full. Twice gives the same answer and one effect.',
    resource: 'Pay Invoice',
    parts: { params: InvoicePath },
    answer: InvoiceOut,
    errors: [...CHANGING_ERRORS, 'invoice-transition'],
    handler: async (request, reply) => {
      const accountId = accountIdIn(request.params)
      const invoiceId = invoiceIdIn(request.params)
      return write(context, request, reply, {
        accountId,
        command: { type: 'payInvoice', invoiceId },
        answer: ({ view, at }) =>
          invoiceJson(accountId, invoiceOf(view, invoiceId), request.principal.store, at),
      })
    },
  })

  operation(api, {
    method: 'PUT',
    url: `${INVOICE}/postponement`,
    id: 'postponeInvoice',
    tag: 'Invoices',
    summary: 'Postpone an invoice',
    resource: 'Create Invoices',
    parts: { params: InvoicePath, body: Type.Object({ dueDays: IntegerIn }) },
    answer: null,
    errors: [
      ...CHANGING_ERRORS,
      'postponement-disabled',
      'postponement-not-open',
      'postponement-limit',
      'postponement-days',
    ],
    handler: async (request, reply) => {
      const input = new Input(request.principal.store)
      const { dueDays } = request.body
      const days = input.integer('/dueDays', dueDays, 1, MAX_POSTPONEMENT_DAYS)
      input.check()
      return write(context, request, reply, {
        accountId: accountIdIn(request.params),
        command: { type: 'postponeInvoice', invoiceId: invoiceIdIn(request.params), days },
        answer: () => undefined,
      })
    },
  })
}

async function listed(
  context: ApiContext,
  { principal: { store } }: WriteRequest,
  filter: InvoiceFilter,
  page: Page,
) {
  const now = context.now()
  const search = { store, filter, now }
  const { invoices, summary } = await searchInvoices(context.sql(), search, page)
  const amount = (value: bigint) => toJsonNumber(value, store.exponent)
  return {
    data: invoices.map(({ accountId, invoice }) => invoiceJson(accountId, invoice, store, now)),
    summary: {
      count: summary.count,
      total: amount(summary.total),
      totalOverdue: amount(summary.totalOverdue),
      totalPaid: amount(summary.totalPaid),
      totalCancelled: amount(summary.totalCancelled),
    },
  }
}

function readQuery({ principal: { store } }: WriteRequest, query: Query) {
  const input = new Input(store, 'query')
  const page = input.page(query)
  const filter = invoiceFilterIn(input, query)
  input.check()
  return { filter, page }
}

/** What a search of invoices may ask, but for the page. */
export type InvoiceQuery = Omit<Query, 'from' | 'to'>

/** The filter of a search; faults gather in `input`. */
export function invoiceFilterIn(input: Input, query: InvoiceQuery): InvoiceFilter {
  const created = input.range(query.createdDateFrom, query.createdDateTo ?? query.createDateTo, {
    from: '/createdDateFrom',
    to: query.createdDateTo === undefined ? '/createDateTo' : '/createdDateTo',
  })
  if (query.createdDateTo !== undefined && query.createDateTo !== undefined) {
    input.range(undefined, query.createDateTo, { from: '', to: '/createDateTo' })
  }
  const due = input.range(query.dueDateFrom, query.dueDateTo, {
    from: '/dueDateFrom',
    to: '/dueDateTo',
  })
  const status = STATUSES.find((known) => known === query.status)
  if (query.status !== undefined && !status) {
    input.fault('/status', `must be one of ${STATUSES.join(', ')}`)
  }
  const op = (query.op ?? 'and').toLowerCase()
  if (op !== 'and' && op !== 'or') input.fault('/op', 'must be and or or')
  const { creditAccountId, friendlyId, observation, orderId } = query
  const value =
    query.value === undefined ? undefined : input.amount('/value', query.value, 'zero or above')
  return {
    any: op === 'or',
    ...(created && { created }),
    ...(due && { due }),
    ...(value !== undefined && { value }),
    ...(status && { status }),
    ...(creditAccountId !== undefined && { creditAccountId }),
    ...(friendlyId !== undefined && { friendlyId }),
    ...(observation !== undefined && { observation }),
    ...(orderId !== undefined && { orderId }),
  }
}

function invoiceOf({ invoices }: View, invoiceId: string): Invoice {
  const named = parseInvoiceId(invoiceId)
  const found = invoices.find(({ installment }) => installment === named?.installment)
  if (!found) throw new Error('An accepted command left no invoice')
  return found
}
