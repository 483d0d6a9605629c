/**
 * Random histories of a store, for fast-check.
 *
 * A step names what it means by small numbers and never by an id: account 2 is the third account of
 * the history, transaction 0 the newest of that account. So one history can be played on the core
 * (`player.ts`) and over HTTP alike, and fast-check can drop steps from it while it shrinks.
 *
 * Amounts, limits and pools are small on purpose: then credit is used up to the last unit, refunds
 * pass what is left, e-mails collide and holds expire at the very instant of a command.
 * `history.test.ts` counts that all of it does happen.
 */
import fc from 'fast-check'
import type { Buyer } from '../commands.ts'
import { MAX_AMOUNT, type Millionths, type Minor } from '../money.ts'
import type { Instant } from '../schedule.ts'
import { NEW_STORE_CONFIG, type StoreConfig } from '../store.ts'

/**
 * Counts back from the newest one made so far (0), round again past the oldest; null hits nothing.
 * Where money is to come back it counts among the transactions that have invoices, if any has.
 */
export type Back = number | null

/** An instalment counted from 1, round again past the last; null hits nothing. */
export type Nth = number | null

/** Index into {@link EMAILS} or {@link DOCUMENTS}; `own` is the index of the account itself. */
export type Choice = number | 'own'

interface ActionFields {
  open: { document: Choice; email: Choice; limit: Minor; tolerance: Millionths }
  change: { document?: Choice; email?: Choice; limit?: Minor; tolerance?: Millionths }
  close: Record<never, never>
  freeze: { frozen: boolean; reason: string }
  limit: { limit: Minor }
  tolerance: { tolerance: Millionths }
  debit: { statement: number; value: Minor }
  addHolder: { email: Choice }
  removeHolder: { holder: Back }
  authorize: {
    value: Minor
    settle: boolean
    installments: number
    /** From now to its expiry; null sends none, zero and less are in the past. */
    expiresInMs: number | null
    /** Who spends; null sends nobody. */
    holder: Choice | null
    /** Whether it says for whom to open the account where there is none. */
    opens: boolean
  }
  changeTransaction: {
    transaction: Back
    value?: Minor
    settle?: boolean
    installments?: number
    expiresInMs?: number
  }
  cancel: { transaction: Back }
  settle: { transaction: Back; total: Minor; final: boolean }
  refund: { transaction: Back; value: Minor }
  changeInvoice: {
    transaction: Back
    invoice: Nth
    status?: 'Opened' | 'Paid' | 'Cancelled'
    observation?: string | null
    paymentLink?: string | null
    friendlyId?: 'right' | 'wrong'
    mayPay: boolean
    payingNeedsLeave?: boolean
    /** Whether what the caller saw is still so. */
    expected?: 'right' | 'wrong'
  }
  pay: { transaction: Back; invoice: Nth }
  cancelInvoice: { transaction: Back; invoice: Nth }
  postpone: { transaction: Back; invoice: Nth; days: number }
  expire: Record<never, never>
  /** The store changes its configuration; the account of the step does not matter. */
  configure: { change: Partial<StoreConfig> }
}

export type ActionKind = keyof ActionFields

export type ActionOf<K extends ActionKind> = { readonly kind: K } & Readonly<ActionFields[K]>

export type Action = { [K in ActionKind]: ActionOf<K> }[ActionKind]

/** What happens next: to which account, and how long after the step before it. */
export type Step = Action & { readonly account: number; readonly waitMs: number }

export interface History {
  readonly start: Instant
  readonly timeZone: string
  readonly config: StoreConfig
  readonly steps: readonly Step[]
}

export interface HistoryOptions {
  /** How many accounts there are: 3 unless told, and 3 at most. */
  readonly accounts?: number
  /** Most steps or chains of steps after those that open the accounts: 60 unless told. */
  readonly maxSteps?: number
  /**
   * Whether time passes between steps. Against a server with a real clock: `false`; then every
   * expiry is a day away from now at least.
   */
  readonly waits?: boolean
  /** Whether the store changes its configuration on the way. */
  readonly configures?: boolean
}

/** The first three are the accounts' own; some differ only in case. */
export const EMAILS: readonly string[] = [
  'ana+loja@exemplo.com.br',
  'bruno_costa.silva@exemplo.com.br',
  'joão@exemplo.com.br',
  'Ana+Loja@Exemplo.com.br',
  'JOÃO@exemplo.com.br',
  'duda@exemplo.com.br',
  'edu@exemplo.com.br',
]

/** The first three are the accounts' own, two differ only in case, the last is no valid CPF. */
export const DOCUMENTS: readonly Omit<Buyer, 'email'>[] = [
  { document: '52998224725', documentType: 'CPF' },
  { document: '12ABC34501DE35', documentType: 'CNPJ' },
  { document: 'AB123456', documentType: 'Other' },
  { document: '12abc34501de35', documentType: 'CNPJ' },
  { document: '11144477735', documentType: 'CPF' },
  { document: '52998224724', documentType: 'CPF' },
]

const DAY_MS = 86_400_000

type Weighted<T> = { weight: number; arbitrary: fc.Arbitrary<T> }

function often<T>(weight: number, arbitrary: fc.Arbitrary<T>): Weighted<T> {
  return { weight, arbitrary }
}

function seldom<T>(arbitrary: fc.Arbitrary<T>): Weighted<T> {
  return { weight: 1, arbitrary }
}

const limit = fc.oneof(
  often(10, fc.bigInt(20n, 80n)),
  often(2, fc.bigInt(0n, 20n)),
  seldom(fc.bigInt(0n, MAX_AMOUNT)),
)
/** What is held. */
const amount = fc.oneof(
  often(16, fc.bigInt(1n, 20n)),
  often(4, fc.bigInt(1n, 60n)),
  seldom(fc.bigInt(1n, MAX_AMOUNT)),
)
/** What is settled or refunded of it: mostly a part. */
const part = fc.oneof(
  often(4, fc.constantFrom(3n, 5n, 10n)),
  often(4, fc.bigInt(1n, 12n)),
  seldom(fc.bigInt(0n, 40n)),
  seldom(fc.constant(0n)),
)
const rate = fc.constantFrom(0n, 50_000n, 100_000n, 333_333n, 500_000n, 1_000_000n)
const installments = fc.constantFrom(1, 1, 2, 2, 3, 4, 7, 99)
const expiresInMs = fc.oneof(
  seldom(fc.constantFrom(-1, 0, 1)),
  often(6, fc.constantFrom(DAY_MS, 10 * DAY_MS, 30 * DAY_MS, 40 * DAY_MS)),
)
const reason = fc.constantFrom('late payer', 'suspected fraud')
const transaction: fc.Arbitrary<Back> = fc.oneof(
  often(12, fc.constant(0)),
  often(8, fc.nat(4)),
  seldom(fc.constant(null)),
)
const invoice: fc.Arbitrary<Nth> = fc.oneof(
  often(20, fc.integer({ min: 1, max: 4 })),
  seldom(fc.constant(null)),
)
const choice: fc.Arbitrary<Choice> = fc.oneof(
  often(4, fc.constant<Choice>('own')),
  seldom(fc.nat(EMAILS.length - 1)),
)
const waitMs = fc.oneof(
  often(48, fc.constant(0)),
  often(8, fc.constantFrom(1, 1000, 3_600_000)),
  often(4, fc.constantFrom(DAY_MS, 10 * DAY_MS, 30 * DAY_MS)),
  seldom(fc.nat(40 * DAY_MS)),
)

type Fields<K extends ActionKind> = {
  [F in keyof ActionFields[K]]-?: fc.Arbitrary<Exclude<ActionFields[K][F], undefined>>
}

/** One kind of action and how often it comes; the fields named `optional` may be absent. */
function action<K extends ActionKind>(
  weight: number,
  kind: K,
  fields: Fields<K>,
  optional: readonly (keyof ActionFields[K])[] = [],
): Weighted<Action> {
  const model = { kind: fc.constant(kind), ...fields } as Record<string, fc.Arbitrary<unknown>>
  const requiredKeys = Object.keys(model).filter((key) => !optional.includes(key as never))
  const arbitrary = fc.record(model, { requiredKeys, noNullPrototype: true })
  return { weight, arbitrary: arbitrary as fc.Arbitrary<unknown> as fc.Arbitrary<Action> }
}

/** The same action, on the newest transaction and its first instalment where it names any. */
function onNewest({ arbitrary }: Weighted<Action>): fc.Arbitrary<Action> {
  return arbitrary.map((what) => ({
    ...what,
    ...('transaction' in what ? { transaction: 0 } : {}),
    ...('invoice' in what ? { invoice: 1 } : {}),
  }))
}

const authorize = action(44, 'authorize', {
  value: amount,
  settle: fc.boolean(),
  installments,
  expiresInMs: fc.option(expiresInMs, { freq: 2 }),
  holder: fc.option(choice, { freq: 3 }),
  opens: fc.boolean(),
})
const changeTransaction = action(
  8,
  'changeTransaction',
  { transaction, value: amount, settle: fc.boolean(), installments, expiresInMs },
  ['value', 'settle', 'installments', 'expiresInMs'],
)
const settle = action(40, 'settle', { transaction, total: part, final: fc.boolean() })
const refund = action(18, 'refund', { transaction, value: fc.bigInt(1n, 12n) })
const pay = action(16, 'pay', { transaction, invoice })

const takeBack = action(6, 'changeInvoice', {
  ...{ transaction, invoice, status: fc.constant('Opened' as const), mayPay: fc.constant(true) },
  ...{ observation: fc.constant(null), paymentLink: fc.constant(null) },
  friendlyId: fc.constant('right' as const),
  payingNeedsLeave: fc.constant(false),
  expected: fc.constant('right' as const),
})

/** What the credit is used for. */
const SPENDING: readonly Weighted<Action>[] = [
  authorize,
  changeTransaction,
  action(8, 'cancel', { transaction }),
  settle,
  refund,
]

const BILLING: readonly Weighted<Action>[] = [
  pay,
  action(8, 'cancelInvoice', { transaction, invoice }),
  action(6, 'postpone', { transaction, invoice, days: fc.constantFrom(1, 5, 10) }),
  action(
    24,
    'changeInvoice',
    {
      transaction,
      invoice,
      status: fc.constantFrom('Opened', 'Opened', 'Opened', 'Paid', 'Cancelled'),
      observation: fc.constantFrom('boleto lost', '123', null),
      paymentLink: fc.constantFrom('https://pay.example/1', null),
      friendlyId: fc.constantFrom('right', 'right', 'right', 'wrong'),
      mayPay: fc.constantFrom(true, true, true, false),
      payingNeedsLeave: fc.boolean(),
      expected: fc.constantFrom('right', 'right', 'wrong'),
    },
    ['status', 'observation', 'paymentLink', 'friendlyId', 'payingNeedsLeave', 'expected'],
  ),
]

const opening = { document: choice, email: choice, limit, tolerance: rate }

const MANAGING: readonly Weighted<Action>[] = [
  action(4, 'open', opening),
  action(3, 'change', opening, ['document', 'email', 'limit', 'tolerance']),
  action(2, 'close', {}),
  action(4, 'freeze', { frozen: fc.constantFrom(true, false, false), reason }),
  action(4, 'limit', { limit }),
  action(2, 'tolerance', { tolerance: rate }),
  action(4, 'debit', { statement: fc.nat(2), value: fc.constantFrom(-1n, -5n, -10n) }),
  action(4, 'addHolder', { email: fc.nat(EMAILS.length - 1) }),
  action(2, 'removeHolder', { holder: transaction }),
  action(1, 'expire', {}),
]

const storeChange: fc.Arbitrary<Partial<StoreConfig>> = fc.record(
  {
    toleranceEnabled: fc.boolean(),
    maxPreAuthorizationGrowthRate: rate,
    postponementEnabled: fc.constantFrom(true, true, false),
    invoicePostponementLimit: fc.nat(2),
    maxPostponementDays: fc.constantFrom(0, 10, 30),
    defaultCreditValue: limit,
    automaticCheckingAccountCreationEnabled: fc.boolean(),
    documentValidation: fc.constantFrom('off', 'off', 'off', 'strict'),
  },
  { noNullPrototype: true },
)

/** Most of what happens, happens to one account, so that its history grows long. */
function slotOf(accounts: number): fc.Arbitrary<number> {
  const others = Array.from({ length: accounts - 1 }, (_, index) => seldom(fc.constant(index + 1)))
  return fc.oneof(often(8, fc.constant(0)), ...others)
}

/** Chains that chance alone would seldom make: a purchase billed, one changed, one that comes back. */
const CHAINS: readonly Weighted<Action[]>[] = [
  often(3, fc.tuple(onNewest(authorize), onNewest(settle))),
  often(2, fc.tuple(onNewest(authorize), onNewest(changeTransaction))),
  often(2, fc.tuple(onNewest(pay), onNewest(refund), onNewest(takeBack))),
]

function stepsOf(options: HistoryOptions): fc.Arbitrary<Step[]> {
  const { accounts = 3, waits = true, configures = true } = options
  const actions = [...SPENDING, ...BILLING, ...MANAGING]
  if (configures) actions.push(action(3, 'configure', { change: storeChange }))
  const single = fc.oneof(...actions).map((what) => [what])
  const chain = fc.oneof(often(20, single), ...CHAINS)
  return fc
    .tuple(chain, slotOf(accounts), waits ? waitMs : fc.constant(0))
    .map(([whats, account, wait]) =>
      whats.map((what, index) => ({
        ...(waits ? what : farFromNow(what)),
        account,
        waitMs: index === 0 ? wait : 0,
      })),
    )
}

/** Where time does not stand still between model and server, no expiry may lie between them. */
function farFromNow(what: Action): Action {
  if (!('expiresInMs' in what) || what.expiresInMs == null) return what
  return { ...what, expiresInMs: what.expiresInMs < DAY_MS ? -DAY_MS : what.expiresInMs }
}

/** Opens the first account, and most of the others: those may open by themselves later, or never. */
function openingSteps(accounts: number): fc.Arbitrary<Step[]> {
  const opens = Array.from({ length: accounts }, (_, account) => {
    const open = fc
      .record({ limit, tolerance: rate }, { noNullPrototype: true })
      .map((credit): Step => ({ ...OPEN_OWN, ...credit, account, waitMs: 0 }))
    return account === 0 ? open : fc.option(open, { freq: 4 })
  })
  return fc.tuple(...opens).map((steps) => steps.filter((step) => step !== null))
}

const OPEN_OWN = { kind: 'open', document: 'own', email: 'own' } as const

/** Random histories of one store. */
export function histories(options: HistoryOptions = {}): fc.Arbitrary<History> {
  const { accounts = 3, maxSteps = 60 } = options
  const history = fc
    .record({
      start: fc.constantFrom('2026-11-22T15:00:00Z', '2026-03-01T02:30:00Z').map(Date.parse),
      timeZone: fc.constantFrom('America/Sao_Paulo', 'America/New_York'),
      change: storeChange,
      opened: openingSteps(accounts),
      chains: fc.array(stepsOf(options), { maxLength: maxSteps, size: 'max' }),
    })
    .map(({ start, timeZone, change, opened, chains }) => ({
      start,
      timeZone,
      config: { ...NEW_STORE_CONFIG, ...change },
      steps: [...opened, ...chains.flat()],
    }))
  // The bias towards the least and the largest values fills histories with refusals.
  return fc.noBias(history)
}
