/** What can happen to an account. Each event is one entry of its ledger. */
import type { Millionths, Minor } from './money.ts'
import type { Instant } from './schedule.ts'

/** A part of an invoice that a refund or a lower settlement took off. */
export interface Reduction {
  readonly installment: number
  readonly by: Minor
}

/** An invoice as its settlement made it. */
export interface NewInvoice {
  readonly installment: number
  readonly installments: number
  readonly value: Minor
  readonly dueAt: Instant
}

interface EventBodies {
  AccountOpened: {
    readonly document: string
    readonly documentType: string
    readonly email: string
    readonly limit: Minor
    readonly tolerance: Millionths
  }
  AccountIdentified: {
    readonly document: string
    readonly documentType: string
    readonly email: string
  }
  AccountFrozen: { readonly reason: string }
  AccountUnfrozen: { readonly reason: string }
  AccountClosed: Record<never, never>
  LimitChanged: { readonly from: Minor; readonly to: Minor } & Reasoned
  ToleranceChanged: { readonly from: Millionths; readonly to: Millionths } & Reasoned
  Debited: { readonly statementId: string; readonly value: Minor }
  HolderAdded: { readonly holderId: string; readonly email: string }
  HolderRemoved: { readonly holderId: string }

  TransactionAuthorized: {
    readonly transactionId: string
    readonly friendlyCode: string
    readonly value: Minor
    readonly settle: boolean
    readonly installments: number
    readonly expiresAt: Instant
    readonly orderId: string | null
    readonly holder: string | null
    readonly conditionId: string | null
  }
  TransactionChanged: {
    readonly transactionId: string
    readonly value: Minor
    readonly settle: boolean
    readonly installments: number
    readonly expiresAt: Instant
  }
  TransactionCancelled: { readonly transactionId: string; readonly released: Minor }
  TransactionExpired: { readonly transactionId: string; readonly released: Minor }
  HoldReleased: { readonly transactionId: string; readonly released: Minor }
  TransactionSettled: {
    readonly transactionId: string
    readonly orderId: string | null
    readonly value: Minor
    readonly fromHold: Minor
    readonly released: Minor
    readonly numberOfInstallments: number
    readonly invoices: readonly NewInvoice[]
  }
  SettlementLowered: {
    readonly transactionId: string
    readonly orderId: string | null
    readonly value: Minor
    readonly released: Minor
    readonly numberOfInstallments: number
    readonly reductions: readonly Reduction[]
  }
  TransactionRefunded: {
    readonly transactionId: string
    readonly orderId: string | null
    readonly value: Minor
    readonly reductions: readonly Reduction[]
    readonly credited: Minor
  }

  InvoicePaid: InvoiceMoved
  PaymentTakenBack: InvoiceMoved
  InvoiceCancelled: InvoiceMoved & { readonly orderId: string | null }
  InvoiceAnnotated: InvoiceNamed & {
    readonly observation: string | null
    readonly paymentLink: string | null
  }
  InvoicePostponed: InvoiceNamed & { readonly days: number; readonly dueAt: Instant }
}

/** Why, where whoever did it said so. */
interface Reasoned {
  readonly reason?: string
}

export interface InvoiceNamed {
  readonly transactionId: string
  readonly installment: number
}

interface InvoiceMoved extends InvoiceNamed {
  readonly value: Minor
}

export type EventType = keyof EventBodies

export type EventOf<T extends EventType> = { readonly type: T } & EventBodies[T]

export type Event = { [T in EventType]: EventOf<T> }[EventType]

/** Fields that hold an amount or a rate wherever they stand in an event. */
const BIGINT_FIELDS = new Set([
  'limit',
  'tolerance',
  'from',
  'to',
  'value',
  'released',
  'fromHold',
  'by',
  'credited',
])

/** The JSON text of an event, as the ledger stores it; amounts are strings of digits. */
export function encodeEvent(event: Event): string {
  return JSON.stringify(withoutBigInts(event))
}

/** Copying is much faster than having JSON.stringify ask about every value. */
function withoutBigInts(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(withoutBigInts)
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value)) copy[key] = withoutBigInts(value[key as keyof typeof value])
  return copy
}

/** The event that {@link encodeEvent} wrote. */
export function decodeEvent(json: string): Event {
  return JSON.parse(json, (key, value) =>
    BIGINT_FIELDS.has(key) && typeof value === 'string' ? BigInt(value) : value,
  )
}
