/**
 * Every way in which the rules refuse a command, with the facts that explain it.
 * The words, the HTTP status and the number of each stand in `api/problems.ts`.
 */
import type { Minor } from './money.ts'

/** The facts that each reason carries; amounts are in minor units. */
export interface RefusalFacts {
  'invalid-input': { readonly pointer: string; readonly fault: string }
  'missing-resource': { readonly resource: string }
  'changed-meanwhile': { readonly fields: string }

  'account-not-found': { readonly accountId: string }
  'account-already-open': {
    readonly accountId: string
    readonly conflict: 'document' | 'email' | 'id'
  }
  'account-closed': { readonly accountId: string }
  'account-frozen': { readonly accountId: string; readonly reason: string }
  'account-in-use': { readonly owed: Minor; readonly held: Minor }
  'email-taken': { readonly accountId: string }
  'holder-not-found': { readonly holderId: string }
  'holder-not-removable': { readonly holderId: string }
  'too-many-holders': { readonly most: number }
  'not-a-holder': { readonly accountId: string }

  'insufficient-credit': {
    readonly value: Minor
    readonly spendable: Minor
    readonly shortfall: Minor
  }
  'transaction-not-found': { readonly transactionId: string }
  'transaction-ended': { readonly transactionId: string; readonly status: string }
  'transaction-settled': { readonly transactionId: string; readonly settled: Minor }
  'transaction-to-be-settled': { readonly transactionId: string }
  'growth-exceeded': { readonly value: Minor; readonly most: Minor }
  'nothing-to-settle': { readonly transactionId: string }
  'settlement-below-paid': { readonly lowerBy: Minor; readonly open: Minor }
  'settlement-below-refunds': { readonly value: Minor; readonly refunded: Minor }
  'refund-exceeded': { readonly value: Minor; readonly refundable: Minor }
  'too-many-invoices': { readonly most: number }

  'invoice-not-found': { readonly invoiceId: string }
  'invoice-transition': {
    readonly invoiceId: string
    readonly from: string
    readonly to: string
  }
  'invoice-already-refunded': { readonly value: Minor; readonly refundable: Minor }
  'postponement-disabled': Record<never, never>
  'postponement-not-open': { readonly invoiceId: string; readonly status: string }
  'postponement-limit': { readonly most: number }
  'postponement-days': { readonly days: number; readonly left: number }

  'debit-conflict': { readonly statementId: string; readonly value: Minor }
  'owed-too-large': { readonly most: Minor }
}

export type RefusalReason = keyof RefusalFacts

/** A refusal: it changes nothing. */
export type Refusal = {
  [R in RefusalReason]: { readonly reason: R; readonly facts: RefusalFacts[R] }
}[RefusalReason]
