/** What may stand only once among the open accounts and holder places of a store. */
import type { Account, Holder } from './account.ts'
import { documentKey, emailKey } from './identity.ts'

export type ClaimKind = 'email' | 'document'

/** One thing that an open account holds for itself. */
export interface Claim {
  readonly kind: ClaimKind
  /** The e-mail or `TYPE:DOCUMENT` in the form in which it is compared. */
  readonly value: string
}

export function emailClaim(email: string): Claim {
  return { kind: 'email', value: emailKey(email) }
}

export function documentClaim(document: string, documentType: string): Claim {
  return { kind: 'document', value: documentKey(document, documentType) }
}

/** All that an account and its holders claim; nothing once it is closed. */
export function claimsOf(account: Account | undefined, holders: readonly Holder[]): Claim[] {
  if (account?.status !== 'Open') return []
  const claims = holders.map(({ email }) => emailClaim(email))
  if (account.email !== '') claims.push(emailClaim(account.email))
  if (account.document !== '') claims.push(documentClaim(account.document, account.documentType))
  return claims
}
