/** Who an account belongs to: e-mails and documents, and what must be unique among open accounts. */
import { cnpj, cpf } from 'cpf-cnpj-validator'

/** Longest e-mail (RFC 5321, path without brackets) and longest document. */
export const MAX_EMAIL_LENGTH = 254
export const MAX_DOCUMENT_LENGTH = 40

/** CPF, CNPJ, Other or another short code. */
export const DOCUMENT_TYPE = /^[A-Za-z0-9][A-Za-z0-9_-]{0,19}$/

const EMAIL = /^[^\s@<>()[\]\\,;:"\p{Cc}]+@[^\s@<>()[\]\\,;:"\p{Cc}]+$/u
const DOCUMENT = /^[A-Za-z0-9]+$/
/** The library leaves letters out before it counts. */
const CPF = /^\d{11}$/
const PUNCTUATION = /[\s.\-/_]/g

/** True for an address that mail can reach; `+`, `_`, dots and non-ASCII letters are welcome. */
export function isEmail(text: string): boolean {
  return text.length <= MAX_EMAIL_LENGTH && EMAIL.test(text)
}

/** The form in which e-mails are compared: without case. */
export function emailKey(email: string): string {
  return email.normalize('NFC').toLowerCase()
}

/** A document without its punctuation, or undefined where letters and digits are not all that is left. */
export function cleanDocument(text: string): string | undefined {
  const clean = text.replace(PUNCTUATION, '')
  return clean.length <= MAX_DOCUMENT_LENGTH && DOCUMENT.test(clean) ? clean : undefined
}

/** The form in which documents are compared: type and letters without case. */
export function documentKey(document: string, documentType: string): string {
  return `${documentType}:${document}`.toUpperCase()
}

/** True unless it is a CPF or a CNPJ (alphanumeric ones too) with wrong check digits. */
export function hasValidCheckDigits(document: string, documentType: string): boolean {
  const type = documentType.toUpperCase()
  if (type === 'CPF') return CPF.test(document) && cpf.isValid(document)
  if (type === 'CNPJ') return cnpj.isValid(document.toUpperCase())
  return true
}

/** The id that the API gives a new account. */
export function accountIdOf(document: string, documentType: string): string {
  return `${document}_${documentType}`
}
