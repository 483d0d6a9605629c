/** Ids that come in paths. What cannot be an id of ours does not exist: 404, and no query. */
import type { Account } from '../../credit/account.ts'
import { invoiceIdOf, parseInvoiceId } from '../../credit/invoice.ts'
import { findAccount } from '../../ledger/read/accounts.ts'
import type { ApiContext } from '../context.ts'
import { problem } from '../problems.ts'
import type { WriteRequest } from '../write.ts'

export const BASE = '/api/creditcontrol'

/** What an account id may be; ids of ours are UUIDs and `{document}_{documentType}`. */
export const ACCOUNT_ID = /^[A-Za-z0-9][A-Za-z0-9_.:@+-]{0,99}$/

const TRANSACTION_ID = /^[0-9A-Fa-f]{32}$/
const HOLDER_ID = /^[0-9a-f]{32}$/

export function accountIdIn({ creditAccountId }: { creditAccountId: string }): string {
  if (ACCOUNT_ID.test(creditAccountId)) return creditAccountId
  throw problem('account-not-found', { accountId: creditAccountId })
}

export function transactionIdIn({ transactionId }: { transactionId: string }): string {
  if (TRANSACTION_ID.test(transactionId)) return transactionId.toUpperCase()
  throw problem('transaction-not-found', { transactionId })
}

export function invoiceIdIn({ invoiceId }: { invoiceId: string }): string {
  const parsed = parseInvoiceId(invoiceId)
  if (parsed) return invoiceIdOf(parsed.transactionId, parsed.installment)
  throw problem('invoice-not-found', { invoiceId })
}

export function holderIdIn({ holderId }: { holderId: string }): string {
  if (HOLDER_ID.test(holderId)) return holderId
  throw problem('holder-not-found', { holderId })
}

/** The account that the path names, as it is now, or 404. */
export async function accountIn(
  context: ApiContext,
  { principal }: WriteRequest,
  params: { creditAccountId: string },
): Promise<Account> {
  const accountId = accountIdIn(params)
  const account = await findAccount(
    context.sql(),
    principal.store.storeId,
    accountId,
    context.now(),
  )
  if (!account) throw problem('account-not-found', { accountId })
  return account
}
