/** Rows of an import of accounts → what each asks of the writer. */
import { createHash } from 'node:crypto'
import { ACCOUNT_ID } from '../api/creditcontrol/paths.ts'
import { problem } from '../api/problems.ts'
import type { Account } from '../credit/account.ts'
import type { AccountChange } from '../credit/commands.ts'
import { accountIdOf, documentKey, emailKey } from '../credit/identity.ts'
import { formatDecimal, RATE_PLACES, toJsonNumber } from '../credit/money.ts'
import { zerosRestored } from '../csv/rows.ts'
import { findAccounts, findClaimants } from '../ledger/read/accounts.ts'
import { readConfig, type Store } from '../ledger/stores.ts'
import type { Sql } from '../postgres/connect.ts'
import type { Change, Effect, Mode } from './job.ts'
import {
  failed,
  isWish,
  type Plan,
  type Planner,
  unchanged,
  unreadable,
  type Wish,
} from './plan.ts'

/** What a row says of an account; what is absent is not touched. */
export interface AccountRow extends AccountChange {
  readonly line: number
  readonly notes: readonly string[]
  readonly id?: string | undefined
  /** The document as it was typed, where leading zeros were put back. */
  readonly typedDocument?: string | undefined
}

export interface AccountPlanning {
  readonly sql: Sql
  readonly store: Store
  readonly mode: Mode
  /** Makes the ids of accounts that a row opens the same in every run. */
  readonly jobId: string
  /** True: what was shown must still be so when it is written; false: what the row says goes. */
  readonly guarded: boolean
}

/** Looks up the accounts that rows name. */
export async function accountPlanner(
  rows: readonly AccountRow[],
  planning: AccountPlanning,
): Promise<Planner<AccountRow>> {
  const { sql, store, mode, jobId } = planning
  const known = await lookUp(rows, planning)
  const { defaultCreditValue } = await readConfig(sql, store.storeId)
  return {
    namesOf: (row) => namesOf(row, known.accountOf(row)),
    plan(row) {
      const { line, notes } = row
      const account = known.accountOf(row)
      if (account && mode === 'create') return failed(line, takenBy(account), store, notes)
      if (account) {
        const own = asStored(row, account)
        const wish = changeOf(own, account, planning)
        return wish
          ? { ...wish, waits: known.isTaken(row, account.id) }
          : unchanged(line, own.notes)
      }
      if (mode === 'update') {
        const accountId = row.id ?? accountIdOf(row.document ?? '', row.documentType ?? '')
        return failed(line, problem('account-not-found', { accountId }), store, notes)
      }
      const accountId = known.idFor(row, jobId)
      const opening = openingOf(row, accountId, defaultCreditValue, store)
      return isWish(opening) ? { ...opening, waits: known.isTaken(row, accountId) } : opening
    },
  }
}

function namesOf(row: AccountRow, account: Account | undefined): string[] {
  const { email } = row
  const id = account?.id ?? row.id
  const document = keyOf(row)
  return [
    ...(id === undefined ? [] : [`account ${id}`]),
    ...(email === undefined ? [] : [`email ${emailKey(email)}`]),
    ...(document === undefined ? [] : [`document ${document}`]),
  ]
}

/** A document that never had the zeros that were put back stays as it is. */
function asStored(row: AccountRow, { document }: Account): AccountRow {
  if (row.typedDocument !== document) return row
  const restored = zerosRestored(row.document ?? '')
  return { ...row, document, notes: row.notes.filter((note) => !note.endsWith(restored)) }
}

function takenBy({ id: accountId, status }: Account) {
  if (status === 'Closed') return problem('account-closed', { accountId })
  return problem('account-already-open', { accountId, conflict: 'document' })
}

interface Known {
  /** The account that the row names: by its id, else by its document. */
  accountOf(row: AccountRow): Account | undefined
  /** True where another account has the e-mail or the document of the row. */
  isTaken(row: AccountRow, accountId: string): boolean
  /** The id under which the row opens an account. */
  idFor(row: AccountRow, jobId: string): string
}

async function lookUp(
  rows: readonly AccountRow[],
  { sql, store: { storeId } }: AccountPlanning,
): Promise<Known> {
  const documents = rows.flatMap((row) => [keyOf(row), keyOf(asTyped(row))]).filter(isGiven)
  const emails = rows.map(({ email }) => email && emailKey(email)).filter(isGiven)
  const [holders, owners] = await Promise.all([
    findClaimants(sql, storeId, 'document', documents),
    findClaimants(sql, storeId, 'email', emails),
  ])
  const ids = rows.flatMap((row) => [row.id, idByDocument(row)]).filter(isGiven)
  const accounts = await findAccounts(sql, storeId, [...ids, ...holders.values()])
  return {
    accountOf(row) {
      if (row.id !== undefined) return accounts.get(row.id)
      const key = [keyOf(row), keyOf(asTyped(row))].filter(isGiven).find((one) => holders.has(one))
      return accounts.get(holders.get(key ?? '') ?? '')
    },
    isTaken(row, accountId) {
      const { email } = row
      const claimants = [holders.get(keyOf(row) ?? ''), email && owners.get(emailKey(email))]
      return claimants.some((claimant) => claimant && claimant !== accountId)
    },
    idFor(row, jobId) {
      if (row.id !== undefined) return row.id
      const id = idByDocument(row) ?? ''
      return accounts.has(id) ? uuidOf(`${jobId}/${row.line}`) : id
    },
  }
}

function asTyped(row: AccountRow): AccountRow {
  return row.typedDocument === undefined ? row : { ...row, document: row.typedDocument }
}

function isGiven<T>(value: T | undefined): value is T {
  return value !== undefined
}

function keyOf({ document, documentType }: AccountRow): string | undefined {
  if (document === undefined || documentType === undefined) return undefined
  return documentKey(document, documentType)
}

function idByDocument({ document, documentType }: AccountRow): string | undefined {
  if (document === undefined || documentType === undefined) return undefined
  return accountIdOf(document, documentType)
}

/** A UUID (version 8 of RFC 9562) that depends on nothing but the text. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
  ]
  return [...parts, hex.slice(20, 32)].join('-')
}

const FIELDS = ['email', 'document', 'documentType', 'limit', 'tolerance'] as const

/** Undefined where the row says what is so already. */
function changeOf(
  row: AccountRow,
  account: Account,
  { store, guarded }: AccountPlanning,
): Wish | undefined {
  // Where the document told which account it is, it is no news.
  const isByDocument = row.id === undefined
  const given = FIELDS.filter(
    (field) => row[field] !== undefined && !(isByDocument && field.startsWith('document')),
  )
  const fields = given.filter((field) => row[field] !== account[field])
  if (fields.length === 0) return undefined
  const { limit = account.limit } = row
  const delta = limit - account.limit
  return {
    line: row.line,
    notes: row.notes,
    accountId: account.id,
    command: {
      type: 'changeAccount',
      ...Object.fromEntries(given.map((field) => [field, row[field]])),
      ...(guarded && {
        expected: Object.fromEntries(given.map((field) => [field, account[field]])),
      }),
    },
    changes: fields.map((field) => changed(field, account[field], row[field], store)),
    effect: effectOf(delta),
    amount: delta < 0n ? -delta : delta,
  }
}

function effectOf(delta: bigint): Effect {
  if (delta === 0n) return 'changed'
  return delta > 0n ? 'limitRaised' : 'limitLowered'
}

function openingOf(
  row: AccountRow,
  accountId: string,
  defaultCreditValue: bigint,
  store: Store,
): Plan {
  const { line, notes, email, document, documentType } = row
  const needed = { Email: email, Document: document, 'Document Type': documentType }
  const missing = Object.entries(needed).filter(([, value]) => value === undefined)
  if (missing.length > 0) {
    const faults = missing.map(([column]) => `${column}: is needed to open an account`)
    return unreadable(line, faults, store, notes)
  }
  if (!ACCOUNT_ID.test(accountId)) {
    const fault = 'Id: must have 1 to 100 letters, digits or any of _ . : @ + -'
    return unreadable(line, [fault], store, notes)
  }
  const buyer = needed as Record<string, string>
  const { limit = defaultCreditValue, tolerance = 0n } = row
  const opened = {
    email: buyer.Email ?? '',
    document: buyer.Document ?? '',
    documentType: buyer['Document Type'] ?? '',
    limit,
    tolerance,
  }
  return {
    line,
    notes,
    accountId,
    command: { type: 'openAccount', ...opened },
    changes: FIELDS.map((field) => changed(field, undefined, opened[field], store)),
    effect: 'opened',
    amount: limit,
  }
}

/** In the words of the API, as decimals. */
function changed(
  field: (typeof FIELDS)[number],
  from: string | bigint | undefined,
  to: string | bigint | undefined,
  { exponent }: Store,
): Change {
  const shown = (value: string | bigint | undefined) => {
    if (typeof value !== 'bigint') return value ?? null
    if (field === 'limit') return formatDecimal(value, exponent)
    return String(toJsonNumber(value, RATE_PLACES))
  }
  return [field === 'limit' ? 'creditLimit' : field, shown(from), shown(to)]
}
