/**
 * The columns of the files: what they are called in each language, which of them an import reads,
 * and what a header must name. A file is sent back the way it came out, so that every header that
 * an export writes is one that an import knows.
 */
import { fold } from './fold.ts'

/** What a file is about. */
export const KINDS = ['accounts', 'invoices'] as const
export type Kind = (typeof KINDS)[number]

/** What an import of accounts may do: only open, only change, or both. */
export const MODES = ['create', 'update', 'upsert'] as const
export type Mode = (typeof MODES)[number]

/** The languages that files are written in. */
export const LOCALES = ['en', 'pt-BR', 'es'] as const
export type Locale = (typeof LOCALES)[number]

/** How the cells of a column are written and read. */
export type ColumnType = 'plain' | 'freeText' | 'amount' | 'rate'

/** A column: its header in each language, and other names that people give it. */
export interface Column {
  readonly type: ColumnType
  readonly headers: Readonly<Record<Locale, string>>
  readonly aliases: readonly string[]
}

/** The columns of files of accounts, in the order in which they are written. */
export const ACCOUNT_COLUMNS = {
  email: column('freeText', 'Email', 'E-mail', 'Email', 'Correo', 'Correo electrónico'),
  document: column('freeText', 'Document', 'Documento', 'Documento', 'CPF/CNPJ'),
  documentType: column(
    'freeText',
    'Document Type',
    'Tipo de documento',
    'Tipo de documento',
    'Tipo',
    'Tipo documento',
  ),
  creditLimit: column(
    'amount',
    'Credit limit',
    'Limite de crédito',
    'Límite de crédito',
    'Limit',
    'Limite',
  ),
  tolerance: column(
    'rate',
    'Tolerance rate',
    'Taxa de tolerância',
    'Tasa de tolerancia',
    'Tolerance',
    'Tolerância',
  ),
  id: column('freeText', 'Id', 'Id', 'Id'),
  status: column('plain', 'Status', 'Status', 'Estado', 'Situação', 'State'),
  balance: column('amount', 'Balance', 'Saldo', 'Saldo'),
  availableCredit: column('amount', 'Available credit', 'Crédito disponível', 'Crédito disponible'),
  preAuthorizedCredit: column(
    'amount',
    'Pre-authorized credit',
    'Crédito pré-autorizado',
    'Crédito preautorizado',
    'Crédito pre-autorizado',
  ),
  createdAt: column('plain', 'Created at', 'Criado em', 'Creado el'),
  updatedAt: column('plain', 'Updated at', 'Atualizado em', 'Actualizado el'),
} as const satisfies Record<string, Column>

/** The columns of files of invoices, in the order in which they are written. */
export const INVOICE_COLUMNS = {
  id: column('plain', 'Id', 'Id', 'Id'),
  friendlyId: column('freeText', 'Friendly id', 'Id amigável', 'Id amigable'),
  accountId: column('freeText', 'Account id', 'Id da conta', 'Id de la cuenta'),
  accountEmail: column(
    'freeText',
    'Account email',
    'E-mail da conta',
    'Email de la cuenta',
    'Email da conta',
  ),
  orderId: column('freeText', 'Order id', 'Id do pedido', 'Id del pedido'),
  installment: column('plain', 'Installment', 'Parcela', 'Cuota'),
  installments: column('plain', 'Installments', 'Parcelas', 'Cuotas'),
  value: column('amount', 'Value', 'Valor', 'Valor'),
  dueDate: column(
    'plain',
    'Due date',
    'Vencimento',
    'Vencimiento',
    'Data de vencimento',
    'Fecha de vencimiento',
  ),
  status: column('plain', 'Status', 'Status', 'Estado', 'Situação', 'State'),
  observation: column(
    'freeText',
    'Observation',
    'Observação',
    'Observación',
    'Observations',
    'Observações',
    'Observaciones',
  ),
  paymentLink: column(
    'freeText',
    'Payment link',
    'Link de pagamento',
    'Enlace de pago',
    'Link de pago',
  ),
  createdAt: column('plain', 'Created at', 'Criado em', 'Creado el'),
  resolvedAt: column('plain', 'Resolved at', 'Resolvido em', 'Resuelto el'),
} as const satisfies Record<string, Column>

export type AccountColumn = keyof typeof ACCOUNT_COLUMNS
export type InvoiceColumn = keyof typeof INVOICE_COLUMNS
export type ColumnKey = AccountColumn | InvoiceColumn

/** Where in a record each column that a file has stands, from 0. */
export type Mapping = Readonly<Partial<Record<ColumnKey, number>>>

const COLUMNS: Readonly<Record<Kind, Readonly<Partial<Record<ColumnKey, Column>>>>> = {
  accounts: ACCOUNT_COLUMNS,
  invoices: INVOICE_COLUMNS,
}

/** The columns that an import reads; the others of an export come back unread. */
export const IMPORTED: Readonly<Record<Kind, readonly ColumnKey[]>> = {
  accounts: ['id', 'email', 'document', 'documentType', 'creditLimit', 'tolerance'],
  invoices: ['id', 'status', 'observation', 'paymentLink'],
}

/** Our own errors.csv adds this one: it comes back when its rows are mended and sent again. */
const ERROR_NAMES = new Set(['error', 'erro'])

const OTHER: Readonly<Record<Kind, Kind>> = { accounts: 'invoices', invoices: 'accounts' }

/** So many columns that only the other kind has, and none of its own, are no coincidence. */
const FOREIGN_COLUMNS = 4

/** The columns of a kind, in the order in which they are written. */
export function columnsOf(kind: Kind): [ColumnKey, Column][] {
  return Object.entries(COLUMNS[kind]) as [ColumnKey, Column][]
}

/** The columns of a kind whose cells are of one of these types. */
export function columnsOfType(kind: Kind, ...types: readonly ColumnType[]): ColumnKey[] {
  return columnsOf(kind)
    .filter(([, { type }]) => types.includes(type))
    .map(([key]) => key)
}

/** What a column is called in a language. */
export function headerOf(kind: Kind, key: ColumnKey, locale: Locale): string {
  return COLUMNS[kind][key]?.headers[locale] ?? key
}

/** The column that a header names, however it is typed. */
export function findColumn(kind: Kind, name: string): ColumnKey | undefined {
  return KEYS[kind].get(fold(name))
}

/** True for the column that our own errors.csv adds. */
export function isErrorColumn(name: string): boolean {
  return ERROR_NAMES.has(fold(name))
}

/** How many columns of either kind a header names: the right delimiter makes the most. */
export function countColumns(header: readonly string[]): number {
  return Math.max(keysIn(header, 'accounts').length, keysIn(header, 'invoices').length)
}

/** What a header says: where its columns stand, and the names that are nobody's. */
export interface HeaderReading {
  readonly columns: Mapping
  readonly ignored: readonly string[]
}

/** Reads a header, or answers why it cannot be used, in words. */
export function readHeader(
  kind: Kind,
  mode: Mode,
  header: readonly string[],
): HeaderReading | { readonly unusable: string } {
  const columns: Partial<Record<ColumnKey, number>> = {}
  const ignored: string[] = []
  for (const [index, name] of header.entries()) {
    const key = findColumn(kind, name)
    const earlier = key && columns[key]
    if (earlier !== undefined) return { unusable: namedTwice(header, earlier, index) }
    if (key) columns[key] = index
    else if (name.trim() !== '' && !isErrorColumn(name)) ignored.push(name.trim())
  }
  const missing = missingColumns(kind, mode, columns)
  if (countColumns(header) === 0) return { unusable: noHeader(kind) }
  if (isOfOtherKind(kind, header, missing)) return { unusable: wrongKind(kind) }
  return missing ? { unusable: missing } : { columns, ignored }
}

/** What an import needs and the file does not have, in words; undefined where nothing is missing. */
export function missingColumns(kind: Kind, mode: Mode, columns: Mapping): string | undefined {
  const has = (key: ColumnKey) => columns[key] !== undefined
  if (kind === 'invoices') {
    if (!has('id')) return 'The file has no column Id, which names the invoice.'
    if (has('status') || has('observation') || has('paymentLink')) return undefined
    return 'The file has nothing to change: it needs Status, Observation or Payment link.'
  }
  if (mode === 'create') {
    const needed = ['email', 'document', 'documentType', 'creditLimit'] as const
    const absent = needed.filter((key) => !has(key)).map((key) => headerOf(kind, key, 'en'))
    if (absent.length === 0) return undefined
    return `The file lacks ${absent.join(', ')}, which opening an account needs.`
  }
  const hasDocument = has('document') && has('documentType')
  if (!has('id') && !hasDocument) {
    return 'The file needs Id, or Document and Document Type, which name the account.'
  }
  if (has('email') || has('creditLimit') || has('tolerance')) return undefined
  if (has('id') && hasDocument) return undefined
  return 'The file has nothing to change: it needs Credit limit, Tolerance rate or Email.'
}

function isOfOtherKind(kind: Kind, header: readonly string[], missing?: string): boolean {
  const ours = keysIn(header, kind)
  const theirs = keysIn(header, OTHER[kind])
  if (missing) return theirs.length > ours.length
  const isShared = (key: ColumnKey) => key in ACCOUNT_COLUMNS && key in INVOICE_COLUMNS
  return ours.every(isShared) && theirs.length - ours.length >= FOREIGN_COLUMNS
}

function keysIn(header: readonly string[], kind: Kind): ColumnKey[] {
  return header.map((name) => findColumn(kind, name)).filter((key) => key !== undefined)
}

function namedTwice(header: readonly string[], first: number, second: number): string {
  const names = `${header[first]?.trim()} and ${header[second]?.trim()}`
  const places = `columns ${first + 1} and ${second + 1}`
  return `The header names the same column twice: ${names} (${places}). Remove one of them.`
}

function noHeader(kind: Kind): string {
  const names = IMPORTED[kind].map((key) => headerOf(kind, key, 'en')).join(', ')
  return `The first line must be a header with the names of the columns, such as ${names}.`
}

function wrongKind(kind: Kind): string {
  return `This looks like a file of ${OTHER[kind]}, and this is an import of ${kind}.`
}

function column(
  type: ColumnType,
  en: string,
  ptBr: string,
  es: string,
  ...aliases: readonly string[]
): Column {
  return { type, headers: { en, 'pt-BR': ptBr, es }, aliases }
}

/** Every name of every column, folded; the keys are names too, since the API calls them that. */
function keysByName(kind: Kind): ReadonlyMap<string, ColumnKey> {
  return new Map(
    columnsOf(kind).flatMap(([key, { headers, aliases }]) =>
      [key, ...Object.values(headers), ...aliases].map((name) => [fold(name), key] as const),
    ),
  )
}

const KEYS: Readonly<Record<Kind, ReadonlyMap<string, ColumnKey>>> = {
  accounts: keysByName('accounts'),
  invoices: keysByName('invoices'),
}
