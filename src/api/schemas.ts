/** The schemas that several operations share. They validate, serialize and document. */
import Type, { type TSchema } from 'typebox'

/** An amount that comes in: a JSON number or a decimal string, read by its digits. */
export const AmountIn = Type.Unsafe<number | string>({
  type: ['number', 'string'],
  description:
    "An amount in the store's currency: a JSON number or a decimal string with no more decimals than the currency has, 10^13 minor units at most.",
  examples: [100.5, '100.50'],
})

/** A tolerance or a rate that comes in. */
export const RateIn = Type.Unsafe<number | string>({
  type: ['number', 'string'],
  description: 'A fraction with at most 6 decimals: 0.1 is 10 %.',
  examples: [0.1, '0.1'],
})

export const IntegerIn = Type.Unsafe<number | string>({
  type: ['number', 'string'],
  description: 'A whole number.',
  examples: [1],
})

export const Amount = (description: string) => Type.Number({ description })
export const InstantOut = (description: string) => Type.String({ format: 'date-time', description })

export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** Text that comes in as null is taken as not sent. */
export const text = (maxLength: number, description: string) =>
  Type.String({ maxLength, description })

export const AccountPath = Type.Object({
  creditAccountId: Type.String({ description: 'Id of the account.' }),
})

export const TransactionPath = Type.Object({
  creditAccountId: Type.String({ description: 'Id of the account.' }),
  transactionId: Type.String({ description: 'Id of the pre-authorization: 32 hex digits.' }),
})

export const InvoicePath = Type.Object({
  creditAccountId: Type.String({ description: 'Id of the account.' }),
  invoiceId: Type.String({ description: 'Id of the invoice: `{TRANSACTION}-{kk}`.' }),
})

export const PageQuery = {
  from: Type.Optional(
    Type.String({ description: 'Position of the first row, from 1.', examples: ['1'] }),
  ),
  to: Type.Optional(
    Type.String({
      description: 'Position of the last row, inclusive; 1,000 rows at a time at most.',
      examples: ['20'],
    }),
  ),
}

const accountFields = {
  id: Type.String({ description: 'Id of the account.' }),
  balance: Amount('What is owed, negated: negative means that the buyer owes.'),
  document: Type.String({ description: 'Document of the owner, letters and digits only.' }),
  status: Type.String({ enum: ['Open', 'Closed'] }),
  documentType: Type.String({ description: 'CPF, CNPJ, Other or another short code.' }),
  creditLimit: Amount('Most that may be outstanding at one time, before tolerance.'),
  updatedAt: InstantOut('Last change.'),
  createdAt: InstantOut('Opening.'),
  description: Type.String({ description: 'Always empty; kept for compatibility.' }),
  availableCredit: Amount('Limit − owed − held; negative where the limit was cut below that.'),
  preAuthorizedCredit: Amount('What live pre-authorizations hold.'),
  email: Type.String({ description: 'E-mail of the owner.' }),
  tolerance: Type.Number({ description: 'Fraction by which a purchase may pass the limit.' }),
  availableBalance: Amount('The same as availableCredit.'),
  frozen: Type.Boolean({ description: 'True: no new purchases; payments are taken.' }),
  freezeReason: nullable(Type.String()),
}

export const AccountOut = Type.Object(accountFields)

const Warning = Type.Object({
  code: Type.String(),
  message: Type.String(),
  shortfall: Amount('How much is missing.'),
})

export const AccountWithWarningsOut = Type.Object({
  ...accountFields,
  warnings: Type.Optional(Type.Array(Warning)),
})

export const AccountListOut = Type.Object({
  data: Type.Array(AccountOut),
  summary: Type.Object({ count: Type.Integer({ description: 'Accounts that match.' }) }),
})

export const InvoiceOut = Type.Object({
  id: Type.String({ description: '`{TRANSACTION}-{kk}`.' }),
  friendlyId: Type.String({ description: '8 letters and digits, a hyphen and the number.' }),
  status: Type.String({ enum: ['Opened', 'Paid', 'Cancelled'] }),
  overdue: Type.Boolean({ description: 'Opened, and its due day has gone by in the store.' }),
  value: Amount('What is to be paid.'),
  accountId: Type.String(),
  creditValue: Amount('What refunds took off.'),
  createdAt: InstantOut('Creation.'),
  resolvedAt: nullable(InstantOut('When it was paid or cancelled.')),
  updatedAt: InstantOut('Last change.'),
  paymentLink: nullable(Type.String()),
  originalDueDate: InstantOut('Due date before any postponement.'),
  dueDate: InstantOut('Due date.'),
  installment: Type.Integer({ description: 'Number among the invoices of its transaction.' }),
  orderId: Type.String({ description: 'Order, or an empty string.' }),
  observation: nullable(Type.String()),
  transactionId: Type.String(),
  numberOfInstallments: Type.Integer({ description: 'How many its settlement made.' }),
  settlement: Type.Integer({ description: 'Which settlement of the transaction made it.' }),
  creditAccountId: Type.String(),
})

export const InvoiceListOut = Type.Object({
  data: Type.Array(InvoiceOut),
  summary: Type.Object({
    count: Type.Integer({ description: 'Invoices that match the whole filter.' }),
    total: Amount('Sum of those that are open, overdue included.'),
    totalOverdue: Amount('Sum of those that are overdue.'),
    totalPaid: Amount('Sum of those that are paid.'),
    totalCancelled: Amount('Sum of those that are cancelled.'),
  }),
})

export const TransactionOut = Type.Object({
  id: Type.String(),
  value: Amount('What was authorized, as grown.'),
  expirationDate: InstantOut('The hold gives its credit back at this instant.'),
  installments: Type.Integer(),
  settle: Type.Boolean(),
  status: Type.String({ enum: ['Authorized', 'Settled', 'Cancelled', 'Expired'] }),
  held: Amount('What is still held.'),
  settled: Amount('What is settled so far.'),
  refunded: Amount('What went back: refunds, and invoices cancelled one by one.'),
  orderId: nullable(Type.String()),
  holder: nullable(Type.String()),
  conditionId: nullable(Type.String()),
  createdAt: InstantOut('Authorization.'),
  updatedAt: InstantOut('Last change.'),
})

export const HolderOut = Type.Object({
  level: Type.Integer({ description: '1: the owner of the account; 2: an additional holder.' }),
  claims: Type.Object({ email: Type.String() }),
  id: Type.String(),
  createdAt: InstantOut('Since when.'),
})

export const ProblemOut = Type.Object(
  {
    type: Type.String({ description: 'A page about this error.' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'What happened and what to do next.' }),
    code: Type.Integer({ description: 'A number that never changes.' }),
    message: Type.String({ description: 'The same text as detail.' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.String(),
          in: Type.String({ enum: ['body', 'query', 'path', 'header'] }),
          detail: Type.String(),
        }),
      ),
    ),
  },
  { additionalProperties: true, description: 'RFC 9457 problem.' },
)
