/**
 * What a generated store looks like: how many of everything, and how things are named. Ids come
 * from numbers, so that a measurement can name any of them without asking the database.
 */
import { createHash } from 'node:crypto'

export const DAY_S = 86_400

/** Invoices that an account has on average, and purchases that made them. */
const INVOICES_AN_ACCOUNT = 10
const PURCHASES_AN_ACCOUNT = 5

/** Instalments of one purchase after the other: 16 in 8 purchases. */
export const INSTALLMENTS = [1, 1, 2, 1, 6, 1, 3, 1]

/** The number of invoices must be a multiple of this one to come out exactly. */
export const STEP = (INVOICES_AN_ACCOUNT / PURCHASES_AN_ACCOUNT) * 8 * PURCHASES_AN_ACCOUNT

/** Invoices are made over this time before `now`. */
export const SPAN_DAYS = 730

/** Accounts open in the days before the first purchase. */
export const OPENING_DAYS = 60

/** The newest purchase is this old: by `now` its settlement is done. */
export const NEWEST_DAYS = 3

/** Live holds are at most this old. */
export const HOLDS_DAYS = 10

/**
 * One a round, in which every account buys once: purchase q of a round is of account
 * (q × multiplier) mod accounts. Primes far above any number of accounts.
 */
export const MULTIPLIERS = [15_485_863, 32_452_843, 49_979_687, 67_867_967, 86_028_121]
export const HOLD_MULTIPLIER = 104_395_301

export interface Shape {
  readonly invoices: number
  readonly accounts: number
  /** Settled purchases are 0 up to `purchases`, live holds follow up to `transactions`. */
  readonly purchases: number
  readonly transactions: number
  /** The generated past ends here; whole seconds. */
  readonly now_s: number
}

export function shapeOf(invoices: number, now: number): Shape {
  if (invoices < STEP || invoices % STEP !== 0) {
    throw new Error(`The number of invoices must be a multiple of ${STEP}`)
  }
  const accounts = invoices / INVOICES_AN_ACCOUNT
  const purchases = accounts * PURCHASES_AN_ACCOUNT
  const holds = accounts + accounts / 2
  const now_s = Math.floor(now / 1000)
  return { invoices, accounts, purchases, transactions: purchases + holds, now_s }
}

/** Document numbers jump about, as those of people do: no two are alike below the prime. */
const DOCUMENT_FACTOR = 61_803_398_875n
const DOCUMENT_PRIME = 99_999_999_977n

export function documentOf(account: number): string {
  return String((BigInt(account + 1) * DOCUMENT_FACTOR) % DOCUMENT_PRIME).padStart(11, '0')
}

export const accountIdOf = (account: number): string => `${documentOf(account)}_CPF`
export const orderIdOf = (purchase: number): string => `v${purchase}-01`
export const friendlyCodeOf = (purchase: number): string => md5(`friendly${purchase}`).slice(0, 8)

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex').toUpperCase()
}

/** The same names in SQL: expressions over the number of an account or of a purchase. */
export const SQL_NAMES = {
  document: (account: string): string =>
    `lpad(((${account} + 1)::bigint * ${DOCUMENT_FACTOR} % ${DOCUMENT_PRIME})::text, 11, '0')`,
  accountId: (account: string): string => `${SQL_NAMES.document(account)} || '_CPF'`,
  email: (account: string): string => `'buyer' || ${account} || '@example.com'`,
  transactionId: (purchase: string): string => `upper(md5('transaction' || ${purchase}))`,
  friendlyCode: (purchase: string): string => `left(upper(md5('friendly' || ${purchase})), 8)`,
  orderId: (purchase: string): string => `'v' || ${purchase} || '-01'`,
}
