/** Pre-authorizations: create, read, change, cancel, settle, refund. */
import Type from 'typebox'
import type { Buyer } from '../../credit/commands.ts'
import { cleanDocument, isEmail } from '../../credit/identity.ts'
import { toJsonNumber } from '../../credit/money.ts'
import { MAX_INSTALLMENTS, type Transaction } from '../../credit/transaction.ts'
import type { View } from '../../credit/view.ts'
import { findTransaction, listTransactions } from '../../ledger/read/transactions.ts'
import { iso, transactionJson } from '../answers.ts'
import { type Api, type ApiContext, newFriendlyCode, newTransactionId } from '../context.ts'
import { Input } from '../input.ts'
import { operation } from '../operation.ts'
import { problem } from '../problems.ts'
import {
  AccountPath,
  Amount,
  AmountIn,
  InstantOut,
  IntegerIn,
  nullable,
  PageQuery,
  TransactionOut,
  TransactionPath,
  text,
} from '../schemas.ts'
import { write } from '../write.ts'
import { accountIdIn, accountIn, BASE, transactionIdIn } from './paths.ts'

const TRANSACTIONS = `${BASE}/accounts/:creditAccountId/transactions`
const TRANSACTION = `${TRANSACTIONS}/:transactionId`
const STATUSES = ['Authorized', 'Settled', 'Cancelled', 'Expired'] as const

const InstallmentsIn = Type.Unsafe<number | string>({
  ...IntegerIn,
  description: `Instalments, 1 to ${MAX_INSTALLMENTS}.`,
})

const CreateBody = Type.Object({
  value: AmountIn,
  settle: Type.Optional(
    nullable(
      Type.Boolean({ description: 'True (also where absent): to be settled, lives 30 days.' }),
    ),
  ),
  installments: Type.Optional(nullable(InstallmentsIn)),
  expirationDate: Type.Optional(
    nullable(
      text(
        40,
        'With `settle: false`: when the hold expires; 30 days where absent. A date is its first instant in the store.',
      ),
    ),
  ),
  orderId: Type.Optional(nullable(text(100, 'Order that the credit is for.'))),
  holder: Type.Optional(nullable(text(300, 'E-mail that spends, where it is not the owner.'))),
  conditionId: Type.Optional(nullable(text(100, 'Payment condition.'))),
})

const ChangeBody = Type.Object({
  value: Type.Optional(nullable(AmountIn)),
  settle: Type.Optional(nullable(Type.Boolean())),
  installments: Type.Optional(nullable(InstallmentsIn)),
  expirationDate: Type.Optional(nullable(text(40, 'With `settle: false`: when it expires.'))),
})

const HoldOut = Type.Object({
  id: Type.String(),
  value: Amount('What is held.'),
  expirationDate: InstantOut('The hold gives its credit back at this instant.'),
  installments: Type.Integer(),
})

/** The schemas of an authorization: the bench holds an empty route with them against ours. */
export const AUTHORIZATION = { params: AccountPath, body: CreateBody, answer: HoldOut }

const CHANGING_ERRORS = ['account-not-found', 'account-closed', 'transaction-not-found'] as const
const CREDIT_ERRORS = ['account-frozen', 'insufficient-credit', 'owed-too-large'] as const

export function transactionRoutes(api: Api, context: ApiContext): void {
  operation(api, {
    method: 'POST',
    url: TRANSACTIONS,
    id: 'authorize',
    tag: 'Transactions',
    summary: 'Create a pre-authorization',
    description:
      'Holds credit for one order. Where the store opens accounts by itself, an unknown account is opened for the buyer: by `{document}_{documentType}` as its id, by the e-mail in `holder`, or both.',
    resource: 'Create Statements',
    parts: { params: AUTHORIZATION.params, body: AUTHORIZATION.body },
    answer: AUTHORIZATION.answer,
    errors: [
      'account-not-found',
      'account-closed',
      'account-already-open',
      'not-a-holder',
      ...CREDIT_ERRORS,
    ],
    handler: async (request, reply) => {
      const { body, principal } = request
      const { store } = principal
      const accountId = accountIdIn(request.params)
      const input = new Input(store)
      const settle = body.settle ?? true
      const holder = body.holder ? input.email('/holder', body.holder) : null
      const command = {
        type: 'authorize' as const,
        transactionId: newTransactionId(),
        friendlyCode: newFriendlyCode(),
        value: input.amount('/value', body.value, 'above zero'),
        settle,
        installments: input.integer('/installments', body.installments ?? 1, 1, MAX_INSTALLMENTS),
        // Official samples send an old date beside `settle: true`: it is ignored.
        expiresAt:
          settle || !body.expirationDate
            ? null
            : input.instant('/expirationDate', body.expirationDate),
        orderId: body.orderId || null,
        holder,
        conditionId: body.conditionId || null,
        buyer: buyerOf(accountId, holder),
      }
      input.check()
      return write(context, request, reply, {
        accountId,
        command,
        answer: ({ view }) => {
          const { id, value, expiresAt, installments } = transactionOf(view)
          const amount = toJsonNumber(value, store.exponent)
          return { id, value: amount, expirationDate: iso(expiresAt), installments }
        },
      })
    },
  })

  operation(api, {
    method: 'GET',
    url: TRANSACTIONS,
    id: 'listTransactions',
    tag: 'Transactions',
    summary: 'List the pre-authorizations of an account',
    resource: 'Read Statements',
    parts: {
      params: AccountPath,
      query: Type.Object({
        ...PageQuery,
        status: Type.Optional(Type.String({ description: STATUSES.join(', ') })),
      }),
    },
    answer: Type.Object({
      data: Type.Array(TransactionOut),
      summary: Type.Object({
        count: Type.Integer({ description: 'Transactions that match the whole filter.' }),
        held: Amount('What they all hold.'),
      }),
    }),
    errors: ['account-not-found'],
    handler: async (request) => {
      const { query, principal } = request
      const { store } = principal
      const input = new Input(store, 'query')
      const page = input.page(query)
      const status = STATUSES.find((known) => known === query.status)
      if (query.status !== undefined && !status) {
        input.fault('/status', `must be one of ${STATUSES.join(', ')}`)
      }
      input.check()
      const account = await accountIn(context, request, request.params)
      const now = context.now()
      const { transactions, count, held } = await listTransactions(
        context.sql(),
        store.storeId,
        account.id,
        status,
        page,
        now,
      )
      return {
        data: transactions.map((transaction) => transactionJson(transaction, store, now)),
        summary: { count, held: toJsonNumber(held, store.exponent) },
      }
    },
  })

  operation(api, {
    method: 'GET',
    url: TRANSACTION,
    id: 'getTransaction',
    tag: 'Transactions',
    summary: 'Read a pre-authorization',
    resource: 'Read Statements',
    parts: { params: TransactionPath },
    answer: TransactionOut,
    errors: ['account-not-found', 'transaction-not-found'],
    handler: async (request) => {
      const { store } = request.principal
      const account = await accountIn(context, request, request.params)
      const transactionId = transactionIdIn(request.params)
      const found = await findTransaction(context.sql(), store.storeId, account.id, transactionId)
      if (!found) throw problem('transaction-not-found', { transactionId })
      return transactionJson(found, store, context.now())
    },
  })

  operation(api, {
    method: 'PUT',
    url: TRANSACTION,
    id: 'changeTransaction',
    tag: 'Transactions',
    summary: 'Change a pre-authorization',
    description:
      'While nothing is settled. The value may grow to the first value × (1 + maxPreAuthorizationGrowthRate), as far as the growth can be spent.',
    resource: 'Create Statements',
    parts: { params: TransactionPath, body: ChangeBody },
    answer: HoldOut,
    errors: [
      ...CHANGING_ERRORS,
      ...CREDIT_ERRORS,
      'transaction-ended',
      'transaction-settled',
      'growth-exceeded',
    ],
    handler: async (request, reply) => {
      const { body, principal } = request
      const { store } = principal
      const input = new Input(store)
      const { value, settle, installments, expirationDate } = body
      const most = MAX_INSTALLMENTS
      const command = {
        type: 'changeTransaction' as const,
        transactionId: transactionIdIn(request.params),
        ...(value != null && { value: input.amount('/value', value, 'above zero') }),
        ...(settle != null && { settle }),
        ...(installments != null && {
          installments: input.integer('/installments', installments, 1, most),
        }),
        ...(expirationDate &&
          settle !== true && { expiresAt: input.instant('/expirationDate', expirationDate) }),
      }
      input.check()
      return write(context, request, reply, {
        accountId: accountIdIn(request.params),
        command,
        answer: ({ view }) => {
          const changed = transactionOf(view)
          return {
            id: changed.id,
            value: toJsonNumber(changed.value, store.exponent),
            expirationDate: iso(changed.expiresAt),
            installments: changed.installments,
          }
        },
      })
    },
  })

  operation(api, {
    method: 'DELETE',
    url: TRANSACTION,
    id: 'cancelTransaction',
    tag: 'Transactions',
    summary: 'Cancel a pre-authorization',
    description: 'Only with `settle: false`. What is cancelled or expired stays as it is: 200.',
    resource: 'Create Statements',
    parts: { params: TransactionPath },
    answer: null,
    errors: [...CHANGING_ERRORS, 'transaction-settled', 'transaction-to-be-settled'],
    handler: async (request, reply) =>
      write(context, request, reply, {
        accountId: accountIdIn(request.params),
        command: { type: 'cancelTransaction', transactionId: transactionIdIn(request.params) },
        answer: () => undefined,
      }),
  })

  operation(api, {
    method: 'PUT',
    url: `${TRANSACTION}/settlement`,
    id: 'settle',
    tag: 'Transactions',
    summary: 'Settle a pre-authorization',
    description:
      'Sets the total settled so far, so repeating it changes nothing. The first time it makes the invoices and, unless `final` is false, releases the rest of the hold. A larger total makes more invoices; a smaller one is taken off open invoices, from the last backwards.',
    resource: 'Create Statements',
    parts: {
      params: TransactionPath,
      body: Type.Object({
        value: AmountIn,
        final: Type.Optional(
          nullable(
            Type.Boolean({ description: 'False: more shipments will come; keep the rest held.' }),
          ),
        ),
      }),
    },
    answer: Type.Object({ value: Amount('Total settled.'), id: Type.String() }),
    errors: [
      ...CHANGING_ERRORS,
      ...CREDIT_ERRORS,
      'transaction-ended',
      'growth-exceeded',
      'nothing-to-settle',
      'settlement-below-paid',
      'settlement-below-refunds',
      'too-many-invoices',
    ],
    handler: async (request, reply) => {
      const { body, principal } = request
      const { store } = principal
      const input = new Input(store)
      const total = input.amount('/value', body.value, 'zero or above')
      input.check()
      const transactionId = transactionIdIn(request.params)
      return write(context, request, reply, {
        accountId: accountIdIn(request.params),
        command: { type: 'settle', transactionId, total, final: body.final ?? true },
        answer: () => ({ value: toJsonNumber(total, store.exponent), id: transactionId }),
      })
    },
  })

  operation(api, {
    method: 'POST',
    url: `${TRANSACTION}/refunds`,
    id: 'refund',
    tag: 'Transactions',
    summary: 'Refund a settlement',
    description:
      'Taken off open invoices from the last backwards; the rest becomes credit in the buyer’s favour. At most settled − refunded.',
    resource: 'Create Statements',
    parts: { params: TransactionPath, body: Type.Object({ value: AmountIn }) },
    answer: Type.Object({ value: Amount('What was refunded.') }),
    errors: [...CHANGING_ERRORS, 'refund-exceeded'],
    handler: async (request, reply) => {
      const { store } = request.principal
      const input = new Input(store)
      const value = input.amount('/value', request.body.value, 'above zero')
      input.check()
      const transactionId = transactionIdIn(request.params)
      return write(context, request, reply, {
        accountId: accountIdIn(request.params),
        command: { type: 'refund', transactionId, value },
        answer: () => ({ value: toJsonNumber(value, store.exponent) }),
      })
    },
  })
}

const ACCOUNT_OF_DOCUMENT = /^([A-Za-z0-9]{1,40})_([A-Za-z0-9][A-Za-z0-9-]{0,19})$/

/** Whom an unknown account would be opened for, as far as the request tells; null where it does not. */
function buyerOf(accountId: string, holder: string | null): Buyer | null {
  const [, document = '', documentType = ''] = ACCOUNT_OF_DOCUMENT.exec(accountId) ?? []
  const email = holder !== null && isEmail(holder) ? holder : ''
  if (document === '' && email === '') return null
  return { document: cleanDocument(document) ?? '', documentType, email }
}

function transactionOf({ transaction }: View): Transaction {
  if (!transaction) throw new Error('An accepted command left no transaction')
  return transaction
}
