/** A random store of accounts and invoices, made through the API in a store of its own. */
import fc from 'fast-check'
import type { Store } from '../../../src/ledger/stores.ts'
import type { Api } from '../../api/support/api.ts'
import { type Answer, type Credentials, call, DAY_MS } from '../../support/server.ts'
import { emailName, link, note, orderId } from './texts.ts'

interface OrderPlan {
  readonly orderId: string | null
  readonly installments: number
  readonly units: number
  readonly notes: readonly { observation: string | null; paymentLink: string | null }[]
  /** By invoice: what becomes of it. */
  readonly ends: readonly ('Opened' | 'Paid' | 'Cancelled')[]
}

interface AccountPlan {
  readonly documentType: string
  readonly email: string
  /** Undefined: the id that the API makes of the document. */
  readonly ownId: string | undefined
  readonly limit: number
  readonly tolerance: number
  readonly held: number
  readonly orders: readonly OrderPlan[]
}

const MOST_INSTALLMENTS = 5

const orderPlan: fc.Arbitrary<OrderPlan> = fc.record({
  orderId: fc.option(orderId, { nil: null, freq: 8 }),
  installments: fc.integer({ min: 1, max: MOST_INSTALLMENTS }),
  units: fc.integer({ min: 1, max: 99_999 }),
  notes: fc.array(
    fc.record({
      observation: fc.option(note, { nil: null, freq: 3 }),
      paymentLink: fc.option(link, { nil: null, freq: 2 }),
    }),
    { minLength: MOST_INSTALLMENTS, maxLength: MOST_INSTALLMENTS },
  ),
  ends: fc.array(fc.constantFrom('Opened', 'Opened', 'Paid', 'Cancelled'), {
    minLength: MOST_INSTALLMENTS,
    maxLength: MOST_INSTALLMENTS,
  }),
})

const accountPlan: fc.Arbitrary<AccountPlan> = fc.record({
  documentType: fc.constantFrom('CPF', 'cpf', 'CNPJ', 'Other', 'RUT-2'),
  email: emailName,
  ownId: fc.option(fc.constantFrom('a', '0', '2.5', 'Client:', 'x+y@', '007_'), {
    nil: undefined,
    freq: 3,
  }),
  limit: fc.oneof(
    fc.constantFrom(0, 1, 999, 1_234_567, 10 ** 13),
    fc.integer({ min: 0, max: 10 ** 9 }),
  ),
  tolerance: fc.oneof(
    fc.constantFrom(0, 1, 0.05, 1.125, 12.5, 1000, 0.000001, 999.999999),
    fc.integer({ min: 0, max: 1_000_000 }).map((millionths) => millionths / 1_000_000),
  ),
  held: fc.constantFrom(0, 0, 0, 1, 12_345),
  orders: fc.array(orderPlan, { maxLength: 3 }),
})

export interface StorePlan {
  readonly currency: string
  readonly accounts: readonly AccountPlan[]
}

/** As many accounts; about three invoices to each. */
export function storePlan(accounts: { min: number; max: number }): fc.Arbitrary<StorePlan> {
  return fc.record({
    currency: fc.constantFrom('BRL', 'BRL', 'JPY', 'KWD'),
    accounts: fc.array(accountPlan, { minLength: accounts.min, maxLength: accounts.max }),
  })
}

export const EXPONENTS: Readonly<Record<string, number>> = { BRL: 2, JPY: 0, KWD: 3 }

export interface RandomStore {
  readonly store: Store
  readonly key: Credentials
  /** Of its currency. */
  readonly exponent: number
}

const AT_ONCE = 16
/** The first instalments are overdue by then; holds have expired. */
const OVERDUE_AFTER_MS = 40 * DAY_MS
/** Far above what all orders of an account take. */
const ROOM = 10 ** 9

/** Makes the store; the first instalments are overdue in the end. */
export async function makeStore(api: Api, plan: StorePlan): Promise<RandomStore> {
  const { currency, accounts } = plan
  const { store, key } = await api.newStore(undefined, currency)
  const exponent = EXPONENTS[currency] ?? 2
  const made = { store, key, exponent }
  const ask: Ask = async (method, path, body) => {
    const answer = await call(api.url, key, method, path, body)
    if (answer.status === 200) return answer
    throw new Error(`${method} ${path} ${JSON.stringify(body)}: ${answer.text}`)
  }
  const amount = (minor: number) => decimal(minor, exponent)
  const paths = new Map<AccountPlan, string>()
  await inTurns([...accounts.entries()], async ([index, account]) => {
    paths.set(account, await open(ask, account, index, amount))
  })
  api.clock.advance(OVERDUE_AFTER_MS)
  await inTurns([...paths], async ([{ held, limit }, path]) => {
    if (held > 0) await ask('POST', `${path}/transactions`, { value: amount(held) })
    await ask('PUT', `${path}/creditlimit`, { value: amount(limit) })
  })
  return made
}

/** Does it for every item, some at a time. */
export async function inTurns<T>(
  items: readonly T[],
  task: (item: T) => Promise<unknown>,
  atOnce = AT_ONCE,
): Promise<void> {
  const queue = items.values()
  const worker = async () => {
    for (const item of queue) await task(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

/** Opens the account and places its orders; answers its path. */
async function open(
  ask: Ask,
  plan: AccountPlan,
  index: number,
  amount: (minor: number) => string,
): Promise<string> {
  const buyer = {
    document: documentOf(plan.documentType, index),
    documentType: plan.documentType,
    email: `${plan.email}${index}+x_y@lojá.example`,
    creditLimit: amount(ROOM),
    tolerance: plan.tolerance,
  }
  const ownId = plan.ownId === undefined ? undefined : `${plan.ownId}${index}`
  if (ownId) await ask('PUT', `/accounts/${ownId}`, buyer)
  const id = ownId ?? (await ask('POST', '/accounts', buyer)).json.id
  for (const order of plan.orders) await place(ask, `/accounts/${id}`, order, amount)
  return `/accounts/${id}`
}

type Ask = (method: string, path: string, body?: unknown) => Promise<Answer>

async function place(
  ask: Ask,
  account: string,
  { orderId: named, installments, units, notes, ends }: OrderPlan,
  amount: (minor: number) => string,
): Promise<void> {
  const value = amount(units * installments)
  const held = await ask('POST', `${account}/transactions`, { value, orderId: named, installments })
  const { id } = held.json
  await ask('PUT', `${account}/transactions/${id}/settlement`, { value })
  for (let nth = 0; nth < installments; nth += 1) {
    const invoice = `${account}/invoices/${id}-${String(nth + 1).padStart(2, '0')}`
    const { observation, paymentLink } = notes[nth] ?? {}
    const status = ends[nth]
    if (observation || paymentLink || status !== 'Opened') {
      await ask('PUT', invoice, { status, observation, paymentLink })
    }
  }
}

/** Of each type documents that spreadsheets break: with zeros before them, long, with letters. */
function documentOf(documentType: string, index: number): string {
  const type = documentType.toUpperCase()
  if (type === 'CPF') return String(index).padStart(11, '0')
  if (type === 'CNPJ') return String(index).padStart(14, '0')
  return index % 2 ? `00${index}` : `AB${index}`
}

/** Minor units as a decimal. */
export function decimal(minor: number | bigint, exponent: number): string {
  const digits = String(minor).padStart(exponent + 1, '0')
  if (exponent === 0) return digits
  return `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
}
