/** What a caller may ask of an account. Ids and codes are made outside and come in here. */
import type { Millionths, Minor } from './money.ts'
import type { Instant } from './schedule.ts'

/** Who a new account is for. */
export interface Buyer {
  readonly document: string
  readonly documentType: string
  readonly email: string
}

/** The fields of an account that a change may give. */
export interface AccountChange extends Partial<Buyer> {
  readonly limit?: Minor
  readonly tolerance?: Millionths
}

interface CommandBodies {
  openAccount: Buyer & { readonly limit: Minor; readonly tolerance: Millionths }
  /** Changes what is given; opens the account when there is none under this id. */
  changeAccount: AccountChange & {
    /** What the caller saw before: a field that is not so any more refuses the whole change. */
    readonly expected?: AccountChange
    /** Why the limit or the tolerance changes, for the history. */
    readonly reason?: string
  }
  closeAccount: Record<never, never>
  freezeAccount: { readonly frozen: boolean; readonly reason: string }
  changeLimit: {
    readonly limit: Minor
    readonly expected?: Pick<AccountChange, 'limit'>
    readonly reason?: string
  }
  changeTolerance: {
    readonly tolerance: Millionths
    readonly expected?: Pick<AccountChange, 'tolerance'>
    readonly reason?: string
  }
  debit: { readonly statementId: string; readonly value: Minor }
  addHolder: { readonly holderId: string; readonly email: string }
  removeHolder: { readonly holderId: string }

  authorize: {
    readonly transactionId: string
    readonly friendlyCode: string
    readonly value: Minor
    readonly settle: boolean
    readonly installments: number
    readonly expiresAt: Instant | null
    readonly orderId: string | null
    readonly holder: string | null
    readonly conditionId: string | null
    /** Whom to open the account for when there is none and the store opens accounts by itself. */
    readonly buyer: Buyer | null
  }
  changeTransaction: TransactionNamed & {
    readonly value?: Minor
    readonly settle?: boolean
    readonly installments?: number
    readonly expiresAt?: Instant
  }
  cancelTransaction: TransactionNamed
  settle: TransactionNamed & { readonly total: Minor; readonly final: boolean }
  refund: TransactionNamed & { readonly value: Minor }

  changeInvoice: InvoiceNamed & {
    readonly friendlyId?: string
    readonly status?: 'Opened' | 'Paid' | 'Cancelled'
    readonly observation?: string | null
    readonly paymentLink?: string | null
    /** Whether the caller holds `Pay Invoice`, which taking a payment back needs. */
    readonly mayPay: boolean
    /** True where marking the invoice as paid needs it too, as in bulk files. */
    readonly payingNeedsLeave?: boolean
    /** What the caller saw before: a field that is not so any more refuses the whole change. */
    readonly expected?: {
      readonly status?: 'Opened' | 'Paid' | 'Cancelled'
      readonly observation?: string | null
      readonly paymentLink?: string | null
      readonly value?: Minor
    }
  }
  payInvoice: InvoiceNamed
  cancelInvoice: InvoiceNamed
  postponeInvoice: InvoiceNamed & { readonly days: number }

  /** Asks for nothing: loading the account applies the expiries that are due. */
  expire: Record<never, never>
}

interface TransactionNamed {
  readonly transactionId: string
}

interface InvoiceNamed {
  readonly invoiceId: string
}

export type CommandType = keyof CommandBodies

export type CommandOf<T extends CommandType> = { readonly type: T } & CommandBodies[T]

export type Command = { [T in CommandType]: CommandOf<T> }[CommandType]
