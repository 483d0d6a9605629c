/** Accounts: search, open, read, open or change, close; credit limit, tolerance and freeze. */
import Type from 'typebox'
import type { Account } from '../../credit/account.ts'
import type { AccountChange, CommandOf } from '../../credit/commands.ts'
import { accountIdOf, DOCUMENT_TYPE, documentKey } from '../../credit/identity.ts'
import type { Done } from '../../ledger/job.ts'
import { type AccountFilter, findIdHolder, searchAccounts } from '../../ledger/read/accounts.ts'
import { accountJson, limitWarnings } from '../answers.ts'
import { type Api, type ApiContext, newAccountId } from '../context.ts'
import { Input } from '../input.ts'
import { operation, wantsCsv } from '../operation.ts'
import {
  AccountListOut,
  AccountOut,
  AccountPath,
  AccountWithWarningsOut,
  AmountIn,
  nullable,
  PageQuery,
  RateIn,
} from '../schemas.ts'
import { type WriteRequest, write } from '../write.ts'
import { ACCOUNT_ID, accountIdIn, accountIn, BASE } from './paths.ts'

const ACCOUNTS = `${BASE}/accounts`
const ACCOUNT = `${ACCOUNTS}/:creditAccountId`
const MAX_REASON_LENGTH = 500

const DocumentIn = Type.Unsafe<number | string>({
  type: ['string', 'number'],
  maxLength: 80,
  description: 'Document of the owner; kept without punctuation, 40 letters and digits at most.',
  examples: ['11144477735'],
})
const DocumentTypeIn = Type.String({
  pattern: DOCUMENT_TYPE.source,
  description: 'CPF, CNPJ, Other or another short code.',
  examples: ['CPF'],
})
const EmailIn = Type.String({
  maxLength: 300,
  description: 'E-mail of the owner. One open account or holder place per e-mail in a store.',
  examples: ['ana+loja@example.com'],
})
const Ignored = Type.Optional(Type.Unknown({ description: 'Deprecated and ignored.' }))

const OpenBody = Type.Object({
  document: DocumentIn,
  documentType: DocumentTypeIn,
  email: EmailIn,
  creditLimit: AmountIn,
  tolerance: Type.Optional(nullable(RateIn)),
  description: Ignored,
})

const CHANGEABLE = {
  document: Type.Optional(nullable(DocumentIn)),
  documentType: Type.Optional(nullable(DocumentTypeIn)),
  email: Type.Optional(nullable(EmailIn)),
  creditLimit: Type.Optional(nullable(AmountIn)),
  tolerance: Type.Optional(nullable(RateIn)),
}

const REASON = {
  minLength: 1,
  maxLength: MAX_REASON_LENGTH,
  pattern: '\\S',
}
const ReasonIn = Type.Optional(
  nullable(
    Type.String({
      ...REASON,
      description: 'Why the limit or the tolerance changes: kept in the history.',
    }),
  ),
)
const EXPECTED = 'What the caller saw: where it is not so any more, nothing changes (409).'

const ChangeBody = Type.Object({
  ...CHANGEABLE,
  description: Ignored,
  reason: ReasonIn,
  expected: Type.Optional(nullable(Type.Object(CHANGEABLE, { description: EXPECTED }))),
})

const LimitBody = Type.Object({
  value: AmountIn,
  reason: ReasonIn,
  expected: Type.Optional(
    nullable(Type.Unsafe<number | string>({ ...AmountIn, description: EXPECTED })),
  ),
})

const ToleranceBody = Type.Object({
  value: RateIn,
  reason: ReasonIn,
  expected: Type.Optional(
    nullable(Type.Unsafe<number | string>({ ...RateIn, description: EXPECTED })),
  ),
})

const FreezeBody = Type.Object({
  frozen: Type.Boolean({ description: 'true freezes the account, false unfreezes it.' }),
  reason: Type.String({
    ...REASON,
    description: 'Why: kept in the history, and told to who is refused.',
  }),
})

/** What a search of accounts may ask. */
export const ACCOUNT_CRITERIA = {
  status: Type.Optional(
    Type.String({ description: 'Open (or Opened) or Closed (or Cancelled); Open where absent.' }),
  ),
  email: Type.Optional(
    Type.String({ description: 'E-mail of the owner or of an additional holder, without case.' }),
  ),
  document: Type.Optional(
    Type.String({ description: 'Document of the owner, with or without punctuation.' }),
  ),
}

const SearchQuery = Type.Object({ ...PageQuery, ...ACCOUNT_CRITERIA })
type Query = Type.Static<typeof SearchQuery>

/** The words for the two states that clients of the compatible API use. */
const STATUS_WORDS: ReadonlyMap<string, Account['status']> = new Map([
  ['open', 'Open'],
  ['opened', 'Open'],
  ['closed', 'Closed'],
  ['cancelled', 'Closed'],
])

const OPENING_ERRORS = ['account-already-open'] as const
const CHANGING_ERRORS = ['account-not-found', 'account-closed'] as const

export function accountRoutes(api: Api, context: ApiContext): void {
  operation(api, {
    method: 'GET',
    url: ACCOUNTS,
    id: 'searchAccounts',
    tag: 'Accounts',
    summary: 'Search accounts',
    resource: 'Read Checking Accounts',
    parts: { query: SearchQuery },
    answer: AccountListOut,
    csv: true,
    errors: ['export-too-large'],
    handler: async (request, reply) => {
      const { store } = request.principal
      const input = new Input(store, 'query')
      const page = input.page(request.query)
      const filter = accountFilterIn(input, request.query)
      input.check()
      if (context.csv && wantsCsv(request)) return context.csv.accounts(request, reply, filter)
      const { accounts, count } = await searchAccounts(
        context.sql(),
        store.storeId,
        filter,
        page,
        context.now(),
      )
      return { data: accounts.map((account) => accountJson(account, store)), summary: { count } }
    },
  })

  operation(api, {
    method: 'POST',
    url: ACCOUNTS,
    id: 'openAccount',
    tag: 'Accounts',
    summary: 'Open an account',
    description:
      'The id is `{document}_{documentType}`, or a UUID where a closed account had that id.',
    resource: 'Create Checking Accounts',
    parts: { body: OpenBody },
    answer: AccountOut,
    errors: OPENING_ERRORS,
    handler: async (request, reply) => {
      const command = openCommand(request)
      const accountId = await idForOpening(context, request, command)
      return write(context, request, reply, {
        accountId,
        command,
        scope: '',
        answer: ({ view }) => accountJson(accountOf(view), request.principal.store),
      })
    },
  })

  operation(api, {
    method: 'GET',
    url: ACCOUNT,
    id: 'getAccount',
    tag: 'Accounts',
    summary: 'Read an account',
    resource: 'Read Checking Accounts',
    parts: { params: AccountPath },
    answer: AccountOut,
    errors: ['account-not-found'],
    handler: async (request) => {
      const account = await accountIn(context, request, request.params)
      return accountJson(account, request.principal.store)
    },
  })

  operation(api, {
    method: 'PUT',
    url: ACCOUNT,
    id: 'openOrChangeAccount',
    tag: 'Accounts',
    summary: 'Open or change an account',
    description:
      'Changes what is sent and leaves the rest; with `expected`, only while the account is as the caller saw it. Under an id that is not known it opens the account, with the default credit value of the store where no limit is sent.',
    resource: 'Create Checking Accounts',
    parts: { params: AccountPath, body: ChangeBody },
    answer: AccountWithWarningsOut,
    errors: [...OPENING_ERRORS, 'account-closed', 'email-taken', 'changed-meanwhile'],
    handler: async (request, reply) => {
      const { store } = request.principal
      const command = changeCommand(request)
      return write(context, request, reply, {
        accountId: request.params.creditAccountId,
        command,
        answer: ({ view }) => ({
          ...accountJson(accountOf(view), store),
          ...(command.limit !== undefined && limitWarnings(accountOf(view), store)),
        }),
      })
    },
  })

  operation(api, {
    method: 'DELETE',
    url: ACCOUNT,
    id: 'closeAccount',
    tag: 'Accounts',
    summary: 'Close an account',
    description:
      'Needs that nothing is owed and nothing is held. The history stays; e-mail and document are free for a new account.',
    resource: 'Create Checking Accounts',
    parts: { params: AccountPath },
    answer: AccountOut,
    errors: [...CHANGING_ERRORS, 'account-in-use'],
    handler: async (request, reply) =>
      write(context, request, reply, {
        accountId: accountIdIn(request.params),
        command: { type: 'closeAccount' },
        answer: ({ view }) => accountJson(accountOf(view), request.principal.store),
      }),
  })

  operation(api, {
    method: 'PUT',
    url: `${ACCOUNT}/creditlimit`,
    id: 'changeCreditLimit',
    tag: 'Accounts',
    summary: 'Change the credit limit',
    description: 'A limit below what is used is allowed, and said so in `warnings`.',
    resource: 'Edit credits',
    parts: { params: AccountPath, body: LimitBody },
    answer: AccountWithWarningsOut,
    errors: [...CHANGING_ERRORS, 'changed-meanwhile'],
    handler: async (request, reply) => {
      const { store } = request.principal
      const input = new Input(store)
      const { value, expected } = request.body
      const limit = input.amount('/value', value, 'zero or above')
      const seen = expected != null && {
        expected: { limit: input.amount('/expected', expected, 'zero or above') },
      }
      input.check()
      return write(context, request, reply, {
        accountId: accountIdIn(request.params),
        command: { type: 'changeLimit', limit, ...seen, ...reasonIn(request.body) },
        answer: ({ view }) => ({
          ...accountJson(accountOf(view), store),
          ...limitWarnings(accountOf(view), store),
        }),
      })
    },
  })

  operation(api, {
    method: 'PUT',
    url: `${ACCOUNT}/tolerance`,
    id: 'changeTolerance',
    tag: 'Accounts',
    summary: 'Change the tolerance',
    description: 'It is in force only while `toleranceEnabled` is on in the store configuration.',
    resource: 'Create Checking Accounts',
    parts: { params: AccountPath, body: ToleranceBody },
    answer: AccountOut,
    errors: [...CHANGING_ERRORS, 'changed-meanwhile'],
    handler: async (request, reply) => {
      const { store } = request.principal
      const input = new Input(store)
      const { value, expected } = request.body
      const tolerance = input.rate('/value', value)
      const seen = expected != null && {
        expected: { tolerance: input.rate('/expected', expected) },
      }
      input.check()
      return write(context, request, reply, {
        accountId: accountIdIn(request.params),
        command: { type: 'changeTolerance', tolerance, ...seen, ...reasonIn(request.body) },
        answer: ({ view }) => accountJson(accountOf(view), store),
      })
    },
  })

  operation(api, {
    method: 'PUT',
    url: `${ACCOUNT}/freeze`,
    id: 'freezeAccount',
    tag: 'Accounts',
    summary: 'Freeze or unfreeze an account',
    description: 'A frozen account refuses new authorizations and takes payments.',
    resource: 'Create Checking Accounts',
    parts: { params: AccountPath, body: FreezeBody },
    answer: AccountOut,
    errors: CHANGING_ERRORS,
    handler: async (request, reply) =>
      write(context, request, reply, {
        accountId: accountIdIn(request.params),
        command: {
          type: 'freezeAccount',
          frozen: request.body.frozen,
          reason: request.body.reason.trim(),
        },
        answer: ({ view }) => accountJson(accountOf(view), request.principal.store),
      }),
  })
}

/** What a search of accounts may ask, but for the page. */
export type AccountQuery = Omit<Query, 'from' | 'to'>

/** The filter of a search; faults gather in `input`. */
export function accountFilterIn(input: Input, query: AccountQuery): AccountFilter {
  const { email, document } = query
  const status = STATUS_WORDS.get((query.status ?? 'Open').toLowerCase())
  if (!status) input.fault('/status', 'must be Open or Closed')
  if (email?.trim() === '') input.fault('/email', 'must not be empty')
  return {
    status: status ?? 'Open',
    // A plus sign that the client did not encode arrives as a space; no e-mail has spaces.
    ...(email !== undefined && { email: email.trim().replaceAll(' ', '+') }),
    ...(document !== undefined && { document }),
  }
}

function openCommand(
  request: WriteRequest & { body: Type.Static<typeof OpenBody> },
): CommandOf<'openAccount'> {
  const { body, principal } = request
  const input = new Input(principal.store)
  const command = {
    type: 'openAccount' as const,
    document: input.document('/document', body.document),
    documentType: body.documentType,
    email: input.email('/email', body.email),
    limit: input.amount('/creditLimit', body.creditLimit, 'zero or above'),
    tolerance: input.rate('/tolerance', body.tolerance ?? 0),
  }
  input.check()
  return command
}

function changeCommand(
  request: WriteRequest & {
    params: { creditAccountId: string }
    body: Type.Static<typeof ChangeBody>
  },
): CommandOf<'changeAccount'> {
  const { body, params, principal } = request
  if (!ACCOUNT_ID.test(params.creditAccountId)) {
    const path = new Input(principal.store, 'path')
    path.fault('/creditAccountId', 'must have 1 to 100 letters, digits or any of _ . : @ + -')
    path.check()
  }
  const input = new Input(principal.store)
  const { expected } = body
  const command = {
    type: 'changeAccount' as const,
    ...changeIn(input, body, ''),
    ...(expected != null && { expected: changeIn(input, expected, '/expected') }),
    ...reasonIn(body),
  }
  input.check()
  return command
}

type Changeable = Pick<Type.Static<typeof ChangeBody>, keyof typeof CHANGEABLE>

/** The fields that were sent; `within` begins their pointers. */
function changeIn(
  input: Input,
  { document, documentType, email, creditLimit, tolerance }: Changeable,
  within: string,
): AccountChange {
  return {
    ...(document != null && { document: input.document(`${within}/document`, document) }),
    ...(documentType != null && { documentType }),
    ...(email != null && { email: input.email(`${within}/email`, email) }),
    ...(creditLimit != null && {
      limit: input.amount(`${within}/creditLimit`, creditLimit, 'zero or above'),
    }),
    ...(tolerance != null && { tolerance: input.rate(`${within}/tolerance`, tolerance) }),
  }
}

function reasonIn({ reason }: { reason?: string | null }): { reason?: string } {
  return reason == null ? {} : { reason: reason.trim() }
}

/** An id that a closed account, or one of another document by now, keeps: then a UUID. */
async function idForOpening(
  context: ApiContext,
  { principal: { store } }: WriteRequest,
  { document, documentType }: CommandOf<'openAccount'>,
): Promise<string> {
  const accountId = accountIdOf(document, documentType)
  const holder = await findIdHolder(context.sql(), store.storeId, accountId)
  if (!holder) return accountId
  const isSame =
    documentKey(holder.document, holder.documentType) === documentKey(document, documentType)
  return holder.status === 'Open' && isSame ? accountId : newAccountId()
}

/** The account that an accepted command leaves. */
function accountOf({ account }: Done['view']): Account {
  if (!account) throw new Error('An accepted command left no account')
  return account
}
