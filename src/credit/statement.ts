/** Which entries of the ledger show on an account's statement, and with what value. */
import type { Account } from './account.ts'
import type { Event } from './events.ts'
import { type Minor, timesRate } from './money.ts'

export type StatementOrigin = 'Credit' | 'Invoice' | 'Payment' | 'Statement'

export interface StatementLine {
  readonly origin: StatementOrigin
  readonly value: Minor
}

/** The statement line of an event on an account as it was before it; most events make none. */
export function statementLine(event: Event, before: Account | undefined): StatementLine | null {
  switch (event.type) {
    case 'LimitChanged': {
      const delta = event.to - event.from
      return { origin: 'Credit', value: delta + timesRate(delta, before?.tolerance ?? 0n) }
    }
    case 'ToleranceChanged':
      return { origin: 'Credit', value: timesRate(before?.limit ?? 0n, event.to - event.from) }
    case 'TransactionSettled':
      return { origin: 'Invoice', value: -event.value }
    case 'SettlementLowered':
    case 'TransactionRefunded':
    case 'InvoiceCancelled':
      return { origin: 'Invoice', value: event.value }
    case 'InvoicePaid':
      return { origin: 'Payment', value: event.value }
    case 'PaymentTakenBack':
      return { origin: 'Payment', value: -event.value }
    case 'Debited':
      return { origin: 'Statement', value: event.value }
    default:
      return null
  }
}
