/** The figures of the store, and its latest imports. */
import { request } from './client.ts'

export interface Sum {
  readonly count: number
  readonly value: number
}

/** Due days, inclusive; null is open. */
export interface DueDays {
  readonly dueDateFrom: string | null
  readonly dueDateTo: string | null
}

export type Age = 'notDue' | '1-30' | '31-60' | '61-90' | 'over90'

export type AgeingCell = Sum & DueDays & { readonly age: Age }

export interface Exposure {
  readonly id: string
  readonly email: string
  readonly creditLimit: number
  readonly owed: number
  readonly held: number
  readonly exposure: number
}

export interface AccountFigures {
  readonly count: number
  readonly creditLimit: number
  readonly owed: number
  readonly held: number
  readonly availableCredit: number
  readonly overLimit: number
  readonly largest: readonly Exposure[]
}

export interface InvoiceFigures {
  readonly open: Sum
  readonly overdue: Sum
  readonly ageing: readonly AgeingCell[]
  readonly dueSoon: Sum & DueDays
}

export interface Overview {
  readonly at: string
  readonly accounts: AccountFigures | null
  readonly invoices: InvoiceFigures | null
}

export type ImportState =
  | 'queued'
  | 'running'
  | 'awaitingConfirmation'
  | 'completed'
  | 'failed'
  | 'cancelled'

export interface LatestImport {
  readonly id: string
  readonly kind: 'accounts' | 'invoices'
  readonly state: ImportState
  readonly rows: { readonly changed: number; readonly failed: number }
  readonly percent: number
  readonly createdBy: string
  readonly createdAt: string
  readonly fileName: string | null
}

const LATEST = 5

export const readOverview = (signal: AbortSignal) =>
  request<Overview>('GET', '/api/admin/overview', { signal })

export const readLatestImports = (signal: AbortSignal) =>
  request<{ readonly data: readonly LatestImport[] }>('GET', '/api/creditcontrol/imports', {
    query: { from: 1, to: LATEST },
    signal,
  })
