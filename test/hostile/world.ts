/** Two stores with everything in them, and a right request for each operation. */
import type { Credentials, TestServer } from '../support/server.ts'
import { type Operation, operationsOf, type Schema, shapeOf } from './operations.ts'

/** A value for each path parameter, and whose they are. */
export type Ids = Readonly<Record<string, string>> & { readonly email: string }

export interface World {
  readonly server: TestServer
  readonly port: number
  readonly operations: readonly Operation[]
  readonly key: Credentials
  readonly otherKey: Credentials
  /** What the requests are about. */
  readonly ids: Ids
  /** In the same store: no request names them. */
  readonly untouched: Ids
  /** In the other store. */
  readonly foreign: Ids
}

export const BASE = '/api/creditcontrol'

/** These need a job, or a form: test/files has tests of their own for them. */
const OF_ONE_JOB = new Set([
  ...['createImport', 'getImport', 'listImportRows', 'getImportErrors', 'getImportFile'],
  ...['cancelImport', 'confirmImport', 'retryImport'],
  ...['getExport', 'cancelExport', 'getExportFile'],
])

/** Signing in is slow on purpose, and limited: test/users has tests of its own. */
const OF_PEOPLE = '/api/admin'

export async function createWorld(server: TestServer): Promise<World> {
  const { json } = await server.call('GET', '//openapi.json')
  const other = await server.addStore('other')
  return {
    server,
    port: Number(new URL(server.url).port),
    operations: operationsOf(json).filter(
      ({ id, path }) => !OF_ONE_JOB.has(id) && !path.startsWith(OF_PEOPLE),
    ),
    key: server.key,
    otherKey: other.key,
    ids: await createBook(server, server.key, 'victim'),
    untouched: await createBook(server, server.key, 'untouched'),
    foreign: await createBook(server, other.key, 'foreign'),
  }
}

/** An account with a hold, invoices, a holder and a debit. */
export async function createBook(server: TestServer, key: Credentials, name: string): Promise<Ids> {
  const creditAccountId = `${name}-account`
  const account = `/accounts/${creditAccountId}`
  const post = async (method: string, path: string, body: unknown) => {
    const { status, text, json } = await server.call(method, path, body, { key })
    if (status !== 200) throw new Error(`${method} ${path}: ${text}`)
    return json
  }
  const email = `${name}@example.com`
  const document = name.replaceAll('-', '')
  const opening = { document, documentType: 'Other', email, creditLimit: 100_000 }
  await post('PUT', account, opening)
  const hold = { value: 500, settle: false, installments: 2, orderId: `${name}-order` }
  const held = await post('POST', `${account}/transactions`, hold)
  const toSettle = await post('POST', `${account}/transactions`, { value: 300, installments: 3 })
  await post('PUT', `${account}/transactions/${toSettle.id}/settlement`, { value: 300 })
  const holder = await post('POST', `${account}/holders`, { claims: { email: `guest-${email}` } })
  await post('PUT', `${account}/statements/${name}-debit`, { value: '-10' })
  return {
    creditAccountId,
    transactionId: held.id,
    invoiceId: `${toSettle.id}-01`,
    holderId: holder.id,
    statementId: `${name}-debit`,
    name: 'internal',
    email,
    document,
  }
}

/** Everything that the API tells about an account, as text. */
export async function snapshot(
  { server }: World,
  { creditAccountId }: Ids,
  key: Credentials,
): Promise<string> {
  const paths = ['', '/holders', '/transactions', '/invoices', '/statements']
  const read = (path: string) =>
    server.call('GET', `/accounts/${creditAccountId}${path}`, undefined, { key })
  const answers = await Promise.all(paths.map(read))
  const wrong = answers.find(({ status }) => status !== 200)
  if (wrong) throw new Error(wrong.text)
  return JSON.stringify(answers.map(({ json }) => json))
}

/** The address of an operation with these ids in it. */
export function targetOf({ path }: Operation, ids: Ids): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? 'x')
}

const SAMPLES: Readonly<Record<string, unknown>> = {
  documentType: 'Other',
  creditLimit: 100_000,
  tolerance: 0.1,
  value: 1,
  settle: false,
  installments: 2,
  expirationDate: '2026-12-24',
  orderId: 'order-1',
  conditionId: 'net-30',
  final: false,
  frozen: false,
  reason: 'checked',
  dueDays: 1,
  status: 'Opened',
  observation: 'note',
  paymentLink: 'https://pay.example/1',
  dailyInterestRate: 0.1,
  automaticCheckingAccountCreationEnabled: false,
  toleranceEnabled: false,
  documentValidation: 'off',
  days: 1,
  timeOfDay: '12:00',
}

/** A right body for an operation: known fields by their name, others by their type. */
export function sampleOf({ id, body }: Operation, { email, document }: Ids): Body {
  const buyer = { holder: email, email: `new-${email}`, document: `new${document}` }
  const known = { ...SAMPLES, ...buyer }
  const sample = valueFor('', body ?? {}, known) as Body
  if (id === 'createExport') return { kind: 'invoices', filters: { status: 'Opened' } }
  if (id === 'debitAccount') return { ...sample, value: '-10' }
  if (id === 'openOrChangeAccount') {
    return { ...sample, document, email, expected: { document, email } }
  }
  if (id === 'changeCreditLimit' || id === 'changeTolerance') return { ...sample, expected: null }
  return sample
}

type Body = Record<string, unknown>

function valueFor(name: string, schema: Schema, known: Body): unknown {
  if (Object.hasOwn(known, name)) return known[name]
  const shape = shapeOf(schema)
  const type = [shape.type].flat()[0]
  if (shape.properties) {
    const entries = Object.entries(shape.properties)
    return Object.fromEntries(entries.map(([key, inner]) => [key, valueFor(key, inner, known)]))
  }
  if (shape.items) return [valueFor('', shape.items, known)]
  if (type === 'boolean') return true
  if (type === 'number' || type === 'integer') return 1
  return type === undefined ? {} : 'x'
}
