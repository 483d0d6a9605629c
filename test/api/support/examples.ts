/**
 * One accepted request for each operation. The table-driven tests run all of them, and fail where
 * /openapi.json has an operation that is not in here.
 */
import type { Api, Call } from './api.ts'
import type { Operation } from './contract.ts'
import { ok } from './expect.ts'
import { hold, newBuyer, type Opened, openAccount, order } from './make.ts'

export interface Example {
  /** Values of the path parameters, by name. */
  readonly params: Readonly<Record<string, string>>
  readonly body?: unknown
  /** A body that means something else. */
  readonly otherBody?: unknown
}

/** Sets up what the request needs, in the store of `call`, and answers the request. */
export type Arrange = (call: Call) => Promise<Example>

const of = ({ id }: Opened) => ({ creditAccountId: id })

async function onAccount(call: Call, body?: unknown, otherBody?: unknown): Promise<Example> {
  return { params: of(await openAccount(call)), body, otherBody }
}

async function onTransaction(call: Call, body?: unknown, otherBody?: unknown): Promise<Example> {
  const account = await openAccount(call)
  const { id } = await hold(call, account, 100, { settle: false })
  return { params: { ...of(account), transactionId: id }, body, otherBody }
}

async function onSettled(call: Call, body?: unknown, otherBody?: unknown): Promise<Example> {
  const account = await openAccount(call)
  const { id } = await order(call, account, 100, 2)
  return { params: { ...of(account), transactionId: id }, body, otherBody }
}

async function onInvoice(call: Call, body?: unknown, otherBody?: unknown): Promise<Example> {
  const account = await openAccount(call)
  const { invoiceIds } = await order(call, account, 100)
  return { params: { ...of(account), invoiceId: invoiceIds[0] ?? '' }, body, otherBody }
}

async function onHolder(call: Call): Promise<Example> {
  const account = await openAccount(call)
  const claims = { email: newBuyer().email }
  const { id } = ok(await call('POST', `${account.path}/holders`, { claims }))
  return { params: { ...of(account), holderId: id } }
}

async function onPostponable(call: Call): Promise<Example> {
  const postponement = {
    postponementEnabled: true,
    invoicePostponementLimit: 100,
    maxPostponementDays: 100,
  }
  ok(await call('PUT', '/storeconfig', postponement))
  return onInvoice(call, { dueDays: 1 }, { dueDays: 2 })
}

export const EXAMPLES: Readonly<Record<string, Arrange>> = {
  searchAccounts: async () => ({ params: {} }),
  openAccount: async () => ({
    params: {},
    body: { ...newBuyer(), creditLimit: 1000 },
    otherBody: { ...newBuyer(), creditLimit: 1000 },
  }),
  getAccount: (call) => onAccount(call),
  openOrChangeAccount: (call) => onAccount(call, { creditLimit: 2000 }, { creditLimit: 3000 }),
  closeAccount: (call) => onAccount(call),
  changeCreditLimit: (call) => onAccount(call, { value: 2000 }, { value: 3000 }),
  changeTolerance: (call) => onAccount(call, { value: 0.1 }, { value: 0.2 }),
  freezeAccount: (call) =>
    onAccount(call, { frozen: true, reason: 'Late' }, { frozen: true, reason: 'Very late' }),
  listHolders: (call) => onAccount(call),
  addHolder: (call) =>
    onAccount(
      call,
      { claims: { email: newBuyer().email } },
      { claims: { email: newBuyer().email } },
    ),
  removeHolder: onHolder,
  searchInvoices: async () => ({ params: {} }),
  listInvoices: (call) => onAccount(call),
  getInvoice: (call) => onInvoice(call),
  changeInvoice: (call) => onInvoice(call, { status: 'Paid' }, { status: 'Cancelled' }),
  cancelInvoice: (call) => onInvoice(call),
  payInvoice: (call) => onInvoice(call),
  postponeInvoice: onPostponable,
  getStatements: (call) => onAccount(call),
  debitAccount: async (call) => ({
    params: { ...of(await openAccount(call)), statementId: 'debit-1' },
    body: { value: '-15' },
    otherBody: { value: '-16' },
  }),
  authorize: (call) => onAccount(call, { value: 10 }, { value: 11 }),
  listTransactions: (call) => onAccount(call),
  getTransaction: (call) => onTransaction(call),
  changeTransaction: (call) => onTransaction(call, { value: 90 }, { value: 80 }),
  cancelTransaction: (call) => onTransaction(call),
  settle: (call) => onTransaction(call, { value: 60 }, { value: 70 }),
  refund: (call) => onSettled(call, { value: 60 }, { value: 10 }),
  getStoreConfig: async () => ({ params: {} }),
  changeStoreConfig: async () => ({
    params: {},
    body: { myCreditsEnabled: true },
    otherBody: { myCreditsEnabled: false },
  }),
}

/** The example of an operation; throws where nobody wrote one. */
export function exampleOf({ id }: Operation): Arrange {
  const example = EXAMPLES[id]
  if (!example) throw new Error(`${id} has no example in test/api/support/examples.ts`)
  return example
}

/** The path of an operation under /api/creditcontrol, with its parameters filled in. */
export function pathFor({ template }: Operation, params: Example['params']): string {
  return template
    .replace('/api/creditcontrol', '')
    .replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? name))
}

/** Well-formed ids of nothing. */
export const UNKNOWN: Readonly<Record<string, string>> = {
  creditAccountId: '99999999999_CPF',
  transactionId: '0123456789ABCDEF0123456789ABCDEF',
  invoiceId: '0123456789ABCDEF0123456789ABCDEF-01',
  holderId: '0123456789abcdef0123456789abcdef',
  statementId: 'any',
}

/** The operations that have an example, and so a test; one test makes sure that these are all. */
export const OPERATION_IDS = Object.keys(EXAMPLES)

export function operationOf({ contract }: Api, id: string): Operation {
  const operation = contract.operations.find((known) => known.id === id)
  if (!operation) throw new Error(`/openapi.json has no operation ${id}`)
  return operation
}

/** A request of the right shape for what is decided before the input is read. */
export function blankOf(operation: Operation): { method: string; path: string; body: unknown } {
  const { method, hasBody } = operation
  return { method, path: pathFor(operation, UNKNOWN), body: hasBody ? {} : undefined }
}

/** Arranges and sends the example of an operation. */
export async function send(api: Api, operation: Operation, by: Call = api.call) {
  const { params, body } = await exampleOf(operation)(api.call)
  return by(operation.method, pathFor(operation, params), body)
}
