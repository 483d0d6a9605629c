/** What answers look like: exact field names, with the JSON type of what differs from run to run. */
import { expect } from 'vitest'

/** An instant in UTC, to the millisecond. */
export const INSTANT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
export const TRANSACTION_ID = expect.stringMatching(/^[0-9A-F]{32}$/)
export const FRIENDLY_ID = expect.stringMatching(/^[0-9A-Za-z]{8}-\d+$/)
export const HOLDER_ID = expect.stringMatching(/^[0-9a-f]{32}$/)
export const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)

export function isoOf(instant: number): string {
  return new Date(instant).toISOString()
}

/** An account that has nothing, and a limit of 1,000 where nothing else is said. */
export function accountShape(
  buyer: { document: string; documentType: string; email: string },
  fields: Record<string, unknown> = {},
) {
  return {
    id: `${buyer.document}_${buyer.documentType}`,
    balance: 0,
    document: buyer.document,
    status: 'Open',
    documentType: buyer.documentType,
    creditLimit: 1000,
    updatedAt: INSTANT,
    createdAt: INSTANT,
    description: '',
    availableCredit: 1000,
    preAuthorizedCredit: 0,
    email: buyer.email,
    tolerance: 0,
    availableBalance: 1000,
    frozen: false,
    freezeReason: null,
    ...fields,
  }
}
