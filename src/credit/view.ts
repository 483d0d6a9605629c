/** What a decision sees of an account: the account, and only what its command names. */
import type { Account, Holder } from './account.ts'
import type { Invoice } from './invoice.ts'
import type { Minor } from './money.ts'
import type { Transaction } from './transaction.ts'

export interface View {
  readonly account: Account | undefined
  /** The transaction that the command names, where the command depends on it. */
  readonly transaction: Transaction | undefined
  /** Its invoices by instalment: all of them, or at least the one that the command names. */
  readonly invoices: readonly Invoice[]
  /** The additional holders, where the command depends on them. */
  readonly holders: readonly Holder[]
  /** The value already debited under the statement id that the command names. */
  readonly debit: Minor | undefined
  /** The open account that holds the e-mail, or the document, that the command claims. */
  readonly emailTakenBy: string | undefined
  readonly documentTakenBy: string | undefined
}

export const EMPTY_VIEW: View = {
  account: undefined,
  transaction: undefined,
  invoices: [],
  holders: [],
  debit: undefined,
  emailTakenBy: undefined,
  documentTakenBy: undefined,
}
