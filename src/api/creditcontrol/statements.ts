/** Statements: read a period, record a manual debit. */
import Type from 'typebox'
import type { Event } from '../../credit/events.ts'
import { formatDecimal, toJsonNumber } from '../../credit/money.ts'
import { readStatement } from '../../ledger/read/statements.ts'
import { iso } from '../answers.ts'
import type { Api, ApiContext } from '../context.ts'
import { Input } from '../input.ts'
import { operation } from '../operation.ts'
import { AccountPath, Amount, AmountIn, InstantOut } from '../schemas.ts'
import { write } from '../write.ts'
import { accountIdIn, accountIn, BASE } from './paths.ts'

const STATEMENTS = `${BASE}/accounts/:creditAccountId/statements`
const STATEMENT_ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$/

const PeriodQuery = Type.Object({
  from: Type.Optional(Type.String({ description: 'First day or instant of the period.' })),
  to: Type.Optional(Type.String({ description: 'Last day or instant of the period, inclusive.' })),
})

const StatementOut = Type.Object({
  statements: Type.Array(
    Type.Object({
      value: Amount('Value of the entry.'),
      date: InstantOut('When it happened.'),
      doneBy: Type.String({ description: 'E-mail or key that did it.' }),
      origin: Type.String({ enum: ['Credit', 'Invoice', 'Payment', 'Statement'] }),
      metadata: Type.Optional(
        Type.Object({
          transactionId: Type.Optional(Type.String()),
          orderId: Type.Optional(Type.String()),
          numberOfInstallments: Type.Optional(Type.Integer()),
          installment: Type.Optional(Type.Integer()),
          statementId: Type.Optional(Type.String()),
        }),
      ),
    }),
  ),
  currentBalance: Amount('What is owed now, negated.'),
  intervalBalance: Amount('Sum of the entries shown.'),
  previousBalance: Amount('Balance before the first entry shown.'),
  truncated: Type.Boolean({
    description: 'True: the period has more entries, and the newest 10,000 are shown.',
  }),
})

export function statementRoutes(api: Api, context: ApiContext): void {
  operation(api, {
    method: 'GET',
    url: STATEMENTS,
    id: 'getStatements',
    tag: 'Statements',
    summary: 'Read the statement of an account',
    description: 'The newest 10,000 entries of the period, oldest first.',
    resource: 'Read Statements',
    parts: { params: AccountPath, query: PeriodQuery },
    answer: StatementOut,
    errors: ['account-not-found'],
    handler: async (request) => {
      const { store } = request.principal
      const input = new Input(store, 'query')
      const { from, to } = request.query
      const period = input.range(from, to, { from: '/from', to: '/to' }) ?? {}
      input.check()
      const account = await accountIn(context, request, request.params)
      const statement = await readStatement(context.sql(), store.storeId, account.id, period)
      const amount = (value: bigint) => toJsonNumber(value, store.exponent)
      return {
        statements: statement.entries.map(({ value, at, doneBy, origin, event }) => ({
          value: amount(value),
          date: iso(at),
          doneBy,
          origin,
          ...metadataOf(event),
        })),
        currentBalance: amount(-account.owed),
        intervalBalance: amount(statement.intervalBalance),
        previousBalance: amount(statement.previousBalance),
        truncated: statement.isTruncated,
      }
    },
  })

  operation(api, {
    method: 'PUT',
    url: `${STATEMENTS}/:statementId`,
    id: 'debitAccount',
    tag: 'Statements',
    summary: 'Record a manual debit',
    description: 'The same statement id and value again give the same answer and one effect.',
    resource: 'Edit credits',
    parts: {
      params: Type.Object({
        creditAccountId: Type.String({ description: 'Id of the account.' }),
        statementId: Type.String({ description: 'Your own id of the debit.' }),
      }),
      body: Type.Object({ value: AmountIn }),
    },
    answer: Type.Object({ value: Type.String({ description: 'The debit, as a decimal.' }) }),
    errors: ['account-not-found', 'account-closed', 'debit-conflict', 'owed-too-large'],
    handler: async (request, reply) => {
      const { store } = request.principal
      const { statementId } = request.params
      const path = new Input(store, 'path')
      if (!STATEMENT_ID.test(statementId)) {
        path.fault('/statementId', 'must have 1 to 100 letters, digits or any of _ . : -')
      }
      path.check()
      const input = new Input(store)
      const value = input.amount('/value', request.body.value, 'below zero')
      input.check()
      return write(context, request, reply, {
        accountId: accountIdIn(request.params),
        command: { type: 'debit', statementId, value },
        answer: () => ({ value: formatDecimal(value, store.exponent) }),
      })
    },
  })
}

/** What an entry says besides its value: see the table of entries in docs/statements.md. */
function metadataOf(event: Event): { metadata?: Record<string, string | number> } {
  switch (event.type) {
    case 'TransactionSettled':
    case 'SettlementLowered': {
      const { transactionId, orderId, numberOfInstallments } = event
      return { metadata: { transactionId, orderId: orderId ?? '', numberOfInstallments } }
    }
    case 'InvoiceCancelled': {
      const { transactionId, orderId, installment } = event
      return { metadata: { transactionId, orderId: orderId ?? '', installment } }
    }
    case 'TransactionRefunded': {
      const { transactionId, orderId, reductions } = event
      const [last] = reductions
      const metadata = { transactionId, orderId: orderId ?? '' }
      return { metadata: last ? { ...metadata, installment: last.installment } : metadata }
    }
    case 'InvoicePaid':
    case 'PaymentTakenBack': {
      const { transactionId, installment } = event
      return { metadata: { transactionId, installment } }
    }
    case 'Debited':
      return { metadata: { statementId: event.statementId } }
    default:
      return {}
  }
}
