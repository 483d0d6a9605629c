/** Accounts, as the API answers them. */
import { request } from './client.ts'

export interface Account {
  readonly id: string
  readonly status: 'Open' | 'Closed'
  readonly document: string
  readonly documentType: string
  readonly email: string
  readonly creditLimit: number
  readonly tolerance: number
  readonly availableCredit: number
  readonly preAuthorizedCredit: number
  /** What is owed, negated. */
  readonly balance: number
  readonly frozen: boolean
  readonly freezeReason: string | null
  readonly createdAt: string
  readonly updatedAt: string
}

export interface AccountList {
  readonly data: readonly Account[]
  readonly summary: { readonly count: number }
}

export interface AccountSearch {
  readonly status: 'Open' | 'Closed'
  /** An e-mail, or a document with or without punctuation. */
  readonly text: string
  /** Positions, 1-based and inclusive. */
  readonly from: number
  readonly to: number
}

export interface NewAccount {
  readonly documentType: string
  readonly document: string
  readonly email: string
  /** Decimal strings: what was typed reaches the server digit by digit. */
  readonly creditLimit: string
  readonly tolerance: string
}

const ACCOUNTS = '/api/creditcontrol/accounts'

/** Everything that is kept under this key is about accounts. */
export const ACCOUNTS_KEY = 'accounts'

export function searchAccounts(
  { status, text, from, to }: AccountSearch,
  signal: AbortSignal,
): Promise<AccountList> {
  const by = text.includes('@') ? { email: text } : { document: text }
  return request('GET', ACCOUNTS, { query: { status, from, to, ...by }, signal })
}

export function openAccount(account: NewAccount, key: string): Promise<Account> {
  return request('POST', ACCOUNTS, { body: account, key })
}
