/**
 * The whole catalogue of errors: every refusal has a number that never changes, a status, a title
 * and words that say what to do next. Answers are `application/problem+json` (RFC 9457).
 */
import { formatDecimal, toJsonNumber } from '../credit/money.ts'
import type { Refusal, RefusalFacts } from '../credit/refusals.ts'
import type { StoredAnswer } from '../ledger/job.ts'
import type { Store } from '../ledger/stores.ts'

export const PROBLEM_TYPE = 'application/problem+json'

/** One thing that is wrong with the input: where it stands, and what would be right. */
export interface InputFault {
  /** JSON pointer into the body, or `/name` of a query parameter, a path parameter or a header. */
  readonly pointer: string
  readonly in: 'body' | 'query' | 'path' | 'header'
  readonly detail: string
}

/** Facts of the errors that the rules do not know: those of HTTP, of callers and of the server. */
interface ApiFacts {
  'unreadable-row': { readonly fault: string }
  'duplicate-row': { readonly line: number }
  'unusable-file': { readonly fault: string }
  'file-too-large': { readonly most: string }
  'no-file': Record<never, never>
  'not-a-form': Record<never, never>
  'job-not-found': { readonly jobId: string }
  'job-over': { readonly state: string }
  'job-not-waiting': { readonly state: string }
  'nothing-to-retry': { readonly state: string }
  'data-changed': { readonly rows: readonly number[]; readonly lines: string }
  'link-expired': Record<never, never>
  'export-too-large': { readonly count: number; readonly most: number }
  'too-many-uploads': Record<never, never>
  'wrong-sign-in': Record<never, never>
  'sign-in-locked': { readonly retryAfter_s: number }
  'not-a-user': Record<never, never>
  'wrong-password': Record<never, never>
  'user-not-found': { readonly userId: string }
  'user-exists': { readonly email: string }
  'last-administrator': Record<never, never>
  'api-key-not-found': { readonly appKey: string }
  'oidc-refused': Record<never, never>
  'oidc-unknown-user': Record<never, never>
  'oidc-unavailable': Record<never, never>
  'malformed-request': { readonly fault: string }
  unauthenticated: { readonly fault: string }
  'cross-site': Record<never, never>
  'route-not-found': Record<never, never>
  'body-too-large': { readonly most: string }
  'unsupported-media-type': Record<never, never>
  'headers-too-large': Record<never, never>
  'idempotency-key-reused': Record<never, never>
  'idempotency-key-running': Record<never, never>
  'rate-limited': { readonly retryAfter_s: number }
  'too-many-failed-sign-ins': { readonly retryAfter_s: number }
  overloaded: Record<never, never>
  unavailable: Record<never, never>
  'outcome-unknown': Record<never, never>
  internal: Record<never, never>
}

type Facts = RefusalFacts & ApiFacts

export type ProblemName = keyof Facts

interface Entry<F> {
  readonly status: number
  readonly code: number
  readonly title: string
  readonly detail: (facts: F, money: (amount: bigint) => string) => string
}

const CATALOGUE: { readonly [N in ProblemName]: Entry<Facts[N]> } = {
  'malformed-request': {
    status: 400,
    code: 1000,
    title: 'The request cannot be read',
    detail: ({ fault }) => fault,
  },
  'invalid-input': {
    status: 400,
    code: 1001,
    title: 'Some of the input is not right',
    detail: ({ pointer, fault }) => `${pointer || 'The body'} ${fault}.`,
  },
  unauthenticated: {
    status: 401,
    code: 1010,
    title: 'Credentials are missing or wrong',
    detail: ({ fault }) => fault,
  },
  'missing-resource': {
    status: 403,
    code: 1011,
    title: 'These credentials may not do this',
    detail: ({ resource }) =>
      `The resource "${resource}" is needed. Ask an administrator for a key or a role that has it.`,
  },
  'cross-site': {
    status: 403,
    code: 1012,
    title: 'A session cookie is not accepted from another site',
    detail: () =>
      'Send the session token in the VtexIdclientAutCookie header, or call from the same origin.',
  },
  'route-not-found': {
    status: 404,
    code: 1020,
    title: 'There is nothing at this address',
    detail: () => 'No operation has this method and path. The list is at /docs.',
  },
  'account-not-found': {
    status: 404,
    code: 1021,
    title: 'There is no such account',
    detail: ({ accountId }) =>
      `This store has no account ${quoted(accountId)}. Look it up with GET /api/creditcontrol/accounts, or open it.`,
  },
  'transaction-not-found': {
    status: 404,
    code: 1022,
    title: 'There is no such pre-authorization',
    detail: ({ transactionId }) =>
      `The account has no pre-authorization ${quoted(transactionId)}. List them with GET …/transactions.`,
  },
  'invoice-not-found': {
    status: 404,
    code: 1023,
    title: 'There is no such invoice',
    detail: ({ invoiceId }) =>
      `There is no invoice ${quoted(invoiceId)} here (or not with this friendlyId). List them with GET …/invoices.`,
  },
  'holder-not-found': {
    status: 404,
    code: 1024,
    title: 'There is no such holder',
    detail: ({ holderId }) =>
      `The account has no additional holder ${quoted(holderId)}. List them with GET …/holders.`,
  },
  'body-too-large': {
    status: 413,
    code: 1030,
    title: 'The body is too large',
    detail: ({ most }) => `A body may have ${most} at most. Send less at a time.`,
  },
  'unsupported-media-type': {
    status: 415,
    code: 1031,
    title: 'The body is not JSON',
    detail: () => 'Send the body with Content-Type: application/json.',
  },
  'headers-too-large': {
    status: 431,
    code: 1032,
    title: 'The headers are too large',
    detail: () => 'All headers together may have 16 KB at most. Send fewer or shorter ones.',
  },
  'account-already-open': {
    status: 409,
    code: 1099,
    title: 'The account is already open',
    // The words that clients of the compatible API look for.
    detail: () => 'The Credit Account is already open.',
  },
  'account-closed': {
    status: 409,
    code: 1100,
    title: 'The account is closed',
    detail: ({ accountId }) =>
      `Account ${quoted(accountId)} is closed and can only be read. Open a new account for the buyer.`,
  },
  'account-frozen': {
    status: 409,
    code: 1101,
    title: 'The account is frozen',
    detail: ({ reason }) =>
      `The account takes payments but no new purchases: ${reason}. Unfreeze it with PUT …/freeze first.`,
  },
  'account-in-use': {
    status: 409,
    code: 1102,
    title: 'The account is still in use',
    detail: ({ owed, held }, money) =>
      `The account owes ${money(owed)} and holds ${money(held)}. Both must be zero before it is closed: settle its invoices and cancel its pre-authorizations.`,
  },
  'email-taken': {
    status: 409,
    code: 1103,
    title: 'The e-mail is in use',
    detail: ({ accountId }) =>
      `The e-mail belongs to account ${quoted(accountId)} already, as its owner or as a holder. Remove it there first.`,
  },
  'holder-not-removable': {
    status: 409,
    code: 1104,
    title: 'The main holder cannot be removed',
    detail: () => "Change the account's e-mail with PUT …/accounts/{creditAccountId} instead.",
  },
  'too-many-holders': {
    status: 409,
    code: 1105,
    title: 'The account has too many holders',
    detail: ({ most }) => `An account has ${most} additional holders at most. Remove one first.`,
  },
  'not-a-holder': {
    status: 409,
    code: 1106,
    title: 'The buyer does not share this account',
    detail: () =>
      'The e-mail in "holder" is neither the owner nor an additional holder. Add it with POST …/holders first.',
  },
  'insufficient-credit': {
    status: 409,
    code: 1110,
    title: 'There is not enough credit',
    detail: ({ value, spendable, shortfall }, money) =>
      `${money(value)} was asked and ${money(spendable)} can be spent: ${money(shortfall)} is missing. Ask for less, or raise the credit limit.`,
  },
  'transaction-ended': {
    status: 409,
    code: 1111,
    title: 'The pre-authorization has ended',
    detail: ({ status }) => `The pre-authorization is ${status}: authorize the order again.`,
  },
  'transaction-settled': {
    status: 409,
    code: 1112,
    title: 'The pre-authorization is settled',
    detail: ({ settled }, money) =>
      `${money(settled)} of it is settled. Change the settlement with PUT …/settlement, or give money back with POST …/refunds.`,
  },
  'transaction-to-be-settled': {
    status: 409,
    code: 1113,
    title: 'The pre-authorization is to be settled',
    detail: () =>
      'It was made with "settle": true. Send PUT with "settle": false first, then cancel it.',
  },
  'growth-exceeded': {
    status: 409,
    code: 1114,
    title: 'The value grows too much',
    detail: ({ value, most }, money) =>
      `${money(value)} was asked, and this pre-authorization may grow to ${money(most)} (maxPreAuthorizationGrowthRate of the store). Authorize the rest separately.`,
  },
  'nothing-to-settle': {
    status: 409,
    code: 1115,
    title: 'There is nothing to settle',
    detail: () =>
      'A first settlement needs a value above zero. To give the credit back, cancel the pre-authorization.',
  },
  'settlement-below-paid': {
    status: 409,
    code: 1116,
    title: 'Too little of the settlement is open',
    detail: ({ lowerBy, open }, money) =>
      `${money(lowerBy)} was to be taken off and only ${money(open)} is on open invoices. Use POST …/refunds for what is paid.`,
  },
  'settlement-below-refunds': {
    status: 409,
    code: 1117,
    title: 'More than that is refunded',
    detail: ({ refunded }, money) =>
      `${money(refunded)} of it went back already, so the settlement cannot be lower than that.`,
  },
  'refund-exceeded': {
    status: 409,
    code: 1118,
    title: 'The refund is too large',
    detail: ({ value, refundable }, money) =>
      `${money(value)} was asked and ${money(refundable)} is left to refund. Ask for that at most.`,
  },
  'too-many-invoices': {
    status: 409,
    code: 1119,
    title: 'The pre-authorization has too many invoices',
    detail: ({ most }) =>
      `One pre-authorization makes ${most} invoices at most. Authorize the rest separately.`,
  },
  'invoice-transition': {
    status: 409,
    code: 1120,
    title: 'The invoice cannot change like that',
    detail: ({ from, to }) =>
      from === 'Paid'
        ? `A Paid invoice cannot become ${to}. Take the payment back (status Opened) first, or refund it.`
        : `A ${from} invoice stays ${from}. Settle the order again to make a new one.`,
  },
  'invoice-already-refunded': {
    status: 409,
    code: 1121,
    title: 'The invoice was refunded already',
    detail: ({ value, refundable }, money) =>
      `The invoice is ${money(value)} and only ${money(refundable)} of its order has not gone back yet: cancelling it would give credit twice.`,
  },
  'postponement-disabled': {
    status: 409,
    code: 1122,
    title: 'The store does not postpone invoices',
    detail: () => 'Turn postponementEnabled on in the store configuration first.',
  },
  'postponement-not-open': {
    status: 409,
    code: 1123,
    title: 'Only open invoices are postponed',
    detail: ({ status }) => `The invoice is ${status}.`,
  },
  'postponement-limit': {
    status: 409,
    code: 1124,
    title: 'The invoice was postponed often enough',
    detail: ({ most }) =>
      `The store allows ${most} postponements of an invoice (invoicePostponementLimit).`,
  },
  'postponement-days': {
    status: 409,
    code: 1125,
    title: 'That is too long a postponement',
    detail: ({ days, left }) =>
      `${days} days were asked and ${left} are left of maxPostponementDays. Ask for that at most.`,
  },
  'debit-conflict': {
    status: 409,
    code: 1130,
    title: 'The statement id is in use',
    detail: ({ value }, money) =>
      `A debit of ${money(value)} was recorded under this statement id. Use another id for another debit.`,
  },
  'changed-meanwhile': {
    status: 409,
    code: 1132,
    title: 'It changed meanwhile',
    detail: ({ fields }) =>
      `Since it was looked at, somebody else changed: ${fields}. Look again and decide anew.`,
  },
  'owed-too-large': {
    status: 409,
    code: 1131,
    title: 'The account would owe too much',
    detail: ({ most }, money) => `An account may owe ${money(most)} at most.`,
  },
  'unusable-file': {
    status: 400,
    code: 1200,
    title: 'The file cannot be used',
    detail: ({ fault }) => fault,
  },
  'no-file': {
    status: 400,
    code: 1201,
    title: 'There is no file in the form',
    detail: () => 'Send the CSV as the part "file" of the form (multipart/form-data).',
  },
  'not-a-form': {
    status: 415,
    code: 1202,
    title: 'The body is not a form with a file',
    detail: () =>
      'Send multipart/form-data with the parts file, kind and, where they are wanted, mode, dryRun and locale.',
  },
  'file-too-large': {
    status: 413,
    code: 1203,
    title: 'The file is too large',
    detail: ({ most }) => `A file may have ${most} at most. Split it and send the parts.`,
  },
  'too-many-uploads': {
    status: 503,
    code: 1204,
    title: 'Too many files are being sent',
    detail: () => 'Nothing was done. Send the file again after Retry-After.',
  },
  'unreadable-row': {
    status: 400,
    code: 1210,
    title: 'The row cannot be read',
    detail: ({ fault }) => fault,
  },
  'duplicate-row': {
    status: 409,
    code: 1211,
    title: 'Two rows of the file concern the same',
    detail: ({ line }) =>
      `Line ${line} of the file concerns the same account or invoice. Keep one of the two.`,
  },
  'job-not-found': {
    status: 404,
    code: 1220,
    title: 'There is no such import or export',
    detail: ({ jobId }) =>
      `This store has none with the id ${quoted(jobId)}. List them with GET …/imports or GET …/exports.`,
  },
  'job-over': {
    status: 409,
    code: 1221,
    title: 'It is over already',
    detail: ({ state }) => `It is ${state}: there is nothing left to stop.`,
  },
  'job-not-waiting': {
    status: 409,
    code: 1222,
    title: 'There is nothing to confirm',
    detail: ({ state }) =>
      `It is ${state}. Only a dry run that is awaitingConfirmation can be confirmed.`,
  },
  'nothing-to-retry': {
    status: 409,
    code: 1223,
    title: 'There is nothing to try again',
    detail: ({ state }) =>
      `It is ${state}. Only what failed, was cancelled, or was completed with failed rows is tried again.`,
  },
  'data-changed': {
    status: 409,
    code: 1224,
    title: 'The data changed since the dry run',
    detail: ({ lines }) =>
      `These rows would do something else by now: lines ${lines}. Send the file again as a dry run and look at it anew.`,
  },
  'link-expired': {
    status: 403,
    code: 1225,
    title: 'The link does not open the file',
    detail: () => 'Its time is over, or it is incomplete. Read the export again for a new link.',
  },
  'export-too-large': {
    status: 409,
    code: 1226,
    title: 'Too many rows for an answer at once',
    detail: ({ count, most }) =>
      `${count} rows match and ${most} are answered at once at most. Ask for a file with POST …/exports.`,
  },
  'wrong-sign-in': {
    status: 401,
    code: 1300,
    title: 'E-mail or password is wrong',
    detail: () =>
      'Check both and try again. Who has forgotten the password asks an administrator for a new one.',
  },
  'sign-in-locked': {
    status: 429,
    code: 1301,
    title: 'Too many wrong passwords for this e-mail',
    detail: ({ retryAfter_s }) => `Try again in ${retryAfter_s} s.`,
  },
  'not-a-user': {
    status: 403,
    code: 1302,
    title: 'This is for people who signed in',
    detail: () =>
      'These credentials belong to a program. Sign in with POST /api/admin/sign-in and call with the session.',
  },
  'wrong-password': {
    status: 403,
    code: 1303,
    title: 'The current password is wrong',
    detail: () => 'The password was not changed. Type the one that you have and try again.',
  },
  'user-not-found': {
    status: 404,
    code: 1304,
    title: 'There is no such user',
    detail: ({ userId }) =>
      `This store has no user ${quoted(userId)}. List them with GET /api/admin/users.`,
  },
  'user-exists': {
    status: 409,
    code: 1305,
    title: 'There is a user with this e-mail',
    detail: ({ email }) =>
      `${quoted(email)} is a user of this store already. Change that one, or enable it again.`,
  },
  'last-administrator': {
    status: 409,
    code: 1306,
    title: 'The store needs an administrator',
    detail: () =>
      'This is the only administrator that is left. Make somebody else an administrator first.',
  },
  'api-key-not-found': {
    status: 404,
    code: 1307,
    title: 'There is no such API key',
    detail: ({ appKey }) =>
      `This store has no key ${quoted(appKey)} that is in force. List them with GET /api/admin/api-keys.`,
  },
  'oidc-refused': {
    status: 403,
    code: 1308,
    title: 'The OpenID provider did not let you in',
    detail: () => 'Start again from the sign-in page; it must not take longer than 10 minutes.',
  },
  'oidc-unknown-user': {
    status: 403,
    code: 1309,
    title: 'The OpenID provider knows you, this store does not',
    detail: () =>
      'Ask an administrator to create or enable a user with your verified e-mail, or to give you a role at the provider.',
  },
  'oidc-unavailable': {
    status: 503,
    code: 1310,
    title: 'The OpenID provider cannot be reached',
    detail: () => 'Try again in a moment, or sign in with a password.',
  },
  'idempotency-key-reused': {
    status: 422,
    code: 1140,
    title: 'The Idempotency-Key was used for another request',
    detail: () => 'Use a new key for a new request; repeat a request with the same key and body.',
  },
  'idempotency-key-running': {
    status: 409,
    code: 1141,
    title: 'The request with this Idempotency-Key is still running',
    detail: () => 'Wait for its answer, or repeat it in a second to read the same answer.',
  },
  'rate-limited': {
    status: 429,
    code: 1150,
    title: 'Too many requests',
    detail: ({ retryAfter_s }) =>
      `This key has used up its requests. Try again in ${retryAfter_s} s.`,
  },
  'too-many-failed-sign-ins': {
    status: 429,
    code: 1151,
    title: 'Too many failed sign-ins',
    detail: ({ retryAfter_s }) =>
      `Wrong credentials came from this address too often. Check them and try again in ${retryAfter_s} s.`,
  },
  overloaded: {
    status: 503,
    code: 1160,
    title: 'The server has too much to do',
    detail: () => 'Nothing was done. Try again after Retry-After.',
  },
  unavailable: {
    status: 503,
    code: 1161,
    title: 'The database cannot be reached',
    detail: () => 'Nothing was done. Try again after Retry-After.',
  },
  'outcome-unknown': {
    status: 503,
    code: 1162,
    title: 'The database went away during the request',
    detail: () =>
      'It may have been done or not: read the account before you repeat it. With an Idempotency-Key, repeating is always safe.',
  },
  internal: {
    status: 500,
    code: 1170,
    title: 'Something went wrong here',
    detail: () =>
      'The fault is ours and was written to the log of the server under this request id. Nothing was done.',
  },
}

const MAX_ECHO = 100

/** Ids come from outside: they are shown short. */
function quoted(id: string): string {
  return id.length > MAX_ECHO ? `${id.slice(0, MAX_ECHO)}…` : id
}

/** An error on its way to the caller. */
export class Problem extends Error {
  override name = 'Problem'
  readonly problem: ProblemName
  readonly facts: Facts[ProblemName]
  readonly errors: readonly InputFault[] | undefined

  constructor(problem: ProblemName, facts: Facts[ProblemName], errors?: readonly InputFault[]) {
    super(problem)
    this.problem = problem
    this.facts = facts
    this.errors = errors
  }
}

export function problem<N extends ProblemName>(
  name: N,
  facts: Facts[N],
  errors?: readonly InputFault[],
): Problem {
  return new Problem(name, facts, errors)
}

export function problemOf({ reason, facts }: Refusal): Problem {
  if (reason !== 'invalid-input') return new Problem(reason, facts)
  return invalidInput([{ pointer: facts.pointer, in: 'body', detail: facts.fault }])
}

/** A 400 that names every fault. */
export function invalidInput(errors: readonly InputFault[]): Problem {
  const first = errors[0] ?? { pointer: '', detail: 'is not right' }
  return problem('invalid-input', { pointer: first.pointer, fault: first.detail }, errors)
}

/** How amounts are written in the words of a problem: those of the caller's store. */
type Currency = Pick<Store, 'currency' | 'exponent'>

const NO_CURRENCY: Currency = { currency: '', exponent: 2 }

/** The JSON body of a problem. `message` repeats `detail`, for clients of the compatible API. */
export function problemBody(
  { problem: name, facts, errors }: Problem,
  store: Currency = NO_CURRENCY,
): Record<string, unknown> {
  const entry = CATALOGUE[name] as Entry<unknown>
  const money = (amount: bigint) =>
    `${store.currency} ${formatDecimal(amount, store.exponent)}`.trim()
  const detail = entry.detail(facts, money)
  return {
    ...membersOf(facts, store.exponent),
    type: `/problems/${name}`,
    title: entry.title,
    status: entry.status,
    detail,
    code: entry.code,
    message: detail,
    ...(errors && { errors }),
  }
}

/** The facts of a problem as fields of its own; what only serves the words is left out. */
function membersOf(facts: Facts[ProblemName], exponent: number): Record<string, unknown> {
  const { fault: _fault, pointer: _pointer, ...shown } = facts as Record<string, unknown>
  const members = Object.entries(shown).map(([key, value]) => [
    key,
    typeof value === 'bigint' ? toJsonNumber(value, exponent) : value,
  ])
  // A fact must not pass for the status of the answer.
  return Object.fromEntries(
    members.map(([key, value]) => [key === 'status' ? 'state' : key, value]),
  )
}

/** A problem as an answer that can be kept under an Idempotency-Key. */
export function problemAnswer(problem: Problem, store: Currency): StoredAnswer {
  return {
    status: CATALOGUE[problem.problem].status,
    body: JSON.stringify(problemBody(problem, store)),
  }
}

export function statusOf(name: ProblemName): number {
  return CATALOGUE[name].status
}

/** One line of the catalogue, for the documentation; facts stand in the detail as `{value}`. */
export interface CatalogueLine {
  readonly name: ProblemName
  readonly status: number
  readonly code: number
  readonly title: string
  readonly detail: string
}

/** Stands in for the facts of a problem that has not happened: each reads as its own name. */
const PLACEHOLDERS: never = new Proxy({}, { get: (_, name) => `{${String(name)}}` }) as never

/** The whole catalogue in the order of its numbers. */
export function catalogue(): CatalogueLine[] {
  return (Object.keys(CATALOGUE) as ProblemName[])
    .map((name) => {
      const { status, code, title, detail } = CATALOGUE[name]
      return { name, status, code, title, detail: detail(PLACEHOLDERS, String) }
    })
    .sort((a, b) => a.code - b.code)
}

export function isProblemName(name: string): name is ProblemName {
  return Object.hasOwn(CATALOGUE, name)
}
