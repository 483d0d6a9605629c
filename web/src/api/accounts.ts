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
  readonly paging: { readonly total: number }
  /** Of all that match, not of the page. */
  readonly totals: {
    readonly creditLimit: number
    readonly owed: number
    readonly held: number
    readonly availableCredit: number
  }
}

export interface AccountSearch {
  readonly status: 'open' | 'frozen' | 'closed'
  /** Beginning of an e-mail or of a document (with or without punctuation), or a whole id. */
  readonly q: string | undefined
  readonly overLimit: 'true' | undefined
  readonly overdue: 'true' | undefined
  readonly sort: string
  readonly order: 'asc' | 'desc'
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

export function searchAccounts(search: AccountSearch, signal: AbortSignal): Promise<AccountList> {
  return request('GET', '/api/admin/accounts', { query: { ...search }, signal })
}

export function openAccount(account: NewAccount, key: string): Promise<Account> {
  return request('POST', ACCOUNTS, { body: account, key })
}

/** What is owed: the balance, negated; there is no minus zero in a shop. */
export function owedBy({ balance }: Pick<Account, 'balance'>): number {
  return balance === 0 ? 0 : -balance
}

/** The state of an account, as pages show it. */
export function stateOf({ status, frozen }: Pick<Account, 'status' | 'frozen'>) {
  if (status === 'Closed') return 'accountClosed'
  return frozen ? 'accountFrozen' : 'accountOpen'
}
