/** What must be loaded to decide a command: nothing that it does not name. */

import type { Account } from '../credit/account.ts'
import { type Claim, documentClaim, emailClaim } from '../credit/claims.ts'
import type { Command } from '../credit/commands.ts'
import type { InvoiceNamed } from '../credit/events.ts'
import { parseInvoiceId } from '../credit/invoice.ts'

export interface Needs {
  readonly transactionId?: string
  /** All invoices of the transaction. */
  readonly allInvoices?: true
  /** One invoice, whether or not its transaction is needed. */
  readonly invoice?: InvoiceNamed
  readonly holders?: true
  readonly statementId?: string
}

const NONE: Needs = {}

export function needsOf(command: Command): Needs {
  switch (command.type) {
    case 'closeAccount':
    case 'addHolder':
    case 'removeHolder':
      return { holders: true }
    case 'debit':
      return { statementId: command.statementId }
    case 'authorize':
      return command.holder === null ? NONE : { holders: true }
    case 'changeTransaction':
    case 'cancelTransaction':
      return { transactionId: command.transactionId }
    case 'settle':
    case 'refund':
      return { transactionId: command.transactionId, allInvoices: true }
    case 'changeInvoice':
      return invoiceNeeds(command.invoiceId, command.status === 'Cancelled')
    case 'cancelInvoice':
      return invoiceNeeds(command.invoiceId, true)
    case 'payInvoice':
    case 'postponeInvoice':
      return invoiceNeeds(command.invoiceId, false)
    default:
      return NONE
  }
}

/** Only to cancel an invoice is its transaction needed, which the value goes back to. */
function invoiceNeeds(invoiceId: string, isCancelled: boolean): Needs {
  const invoice = parseInvoiceId(invoiceId)
  if (!invoice) return NONE
  return isCancelled ? { invoice, transactionId: invoice.transactionId } : { invoice }
}

/** The claims whose holders decide a command, on an account as it is now. */
export function claimsNeeded(command: Command, account: Account | undefined): Claim[] {
  switch (command.type) {
    case 'openAccount':
      return identityClaims(command.document, command.documentType, command.email)
    case 'changeAccount':
      return identityClaims(
        command.document ?? account?.document,
        command.documentType ?? account?.documentType,
        command.email ?? account?.email,
      )
    case 'addHolder':
      return [emailClaim(command.email)]
    case 'authorize':
      if (account || !command.buyer) return []
      return identityClaims(command.buyer.document, command.buyer.documentType, command.buyer.email)
    default:
      return []
  }
}

function identityClaims(
  document: string | undefined,
  documentType: string | undefined,
  email: string | undefined,
): Claim[] {
  const claims: Claim[] = []
  if (document && documentType) claims.push(documentClaim(document, documentType))
  if (email) claims.push(emailClaim(email))
  return claims
}
