/** Orders of a demo account: authorized, billed, paid or not, refunded, cancelled, forgotten. */
import { newFriendlyCode, newTransactionId } from '../api/context.ts'
import { spendable } from '../credit/account.ts'
import type { Command, CommandOf } from '../credit/commands.ts'
import { type Invoice, invoiceIdOf } from '../credit/invoice.ts'
import { type Minor, minOf } from '../credit/money.ts'
import type { Instant } from '../credit/schedule.ts'
import type { Transaction } from '../credit/transaction.ts'
import { CHECKOUT, CREDIT_DESK, DAY_MS, FINANCE_DESK, type Life } from './demo-life.ts'

/** An order: its transaction and the invoices that its settlements made, as they are now. */
interface Order {
  transaction: Transaction
  readonly invoices: Map<number, Invoice>
}

/** By how many days the demo postpones an invoice, once. */
export const POSTPONED_DAYS = 10

const INSTALLMENTS = [1, 1, 1, 2, 2, 3, 3, 4, 5, 6, 10, 12] as const

const OBSERVATIONS = [
  'Boleto enviado por e-mail',
  'Cliente pediu segunda via',
  'Prometeu pagar na sexta-feira',
  'Entregue em duas remessas',
  'Pedido retirado na loja',
  'Negociado com o gerente',
] as const

/** An everyday order; some are never billed. */
export async function buy(life: Life): Promise<void> {
  const { random } = life
  const value = priceOf(life, 3, 30)
  if (random.chance(7)) return await buyAndForget(life, value)
  if (random.chance(7)) return await buyAndCancel(life, value)
  const order = await authorize(life, value, random.pick<number>(INSTALLMENTS))
  if (order) life.planIn(random.integer(1, 4), () => bill(life, order))
}

/** An order that takes most of the limit and whose invoices stand open for most of a year. */
export async function buyMuch(life: Life): Promise<void> {
  const { random, account, setting } = life
  const most = (spendable(account, setting.config) * 9n) / 10n
  const order = await authorize(life, minOf(priceOf(life, 60, 80), most), random.integer(8, 12))
  if (order) life.planIn(1, () => settle(life, order, order.transaction.value, true))
}

/** An order that is paid in time, whatever the habits of the buyer. */
export async function buyAndPay(life: Life): Promise<void> {
  const order = await authorize(life, priceOf(life, 10, 40), life.random.integer(1, 2))
  if (order) life.planIn(1, () => settle(life, order, order.transaction.value, true))
}

async function buyAndForget(life: Life, value: Minor): Promise<void> {
  await authorize(life, value, 1, life.at + 3 * DAY_MS)
}

async function buyAndCancel(life: Life, value: Minor): Promise<void> {
  const order = await authorize(life, value, 1, life.at + 10 * DAY_MS)
  if (!order) return
  const { id: transactionId } = order.transaction
  life.planIn(life.random.integer(1, 5), () =>
    change(life, order, CHECKOUT, { type: 'cancelTransaction', transactionId }),
  )
}

/** A part of the limit, with cents. */
function priceOf({ random, account, setting }: Life, from: number, to: number): Minor {
  const thousandths = BigInt(random.integer(from * 10, to * 10))
  const cents = (BigInt(random.integer(0, 99)) * setting.unit) / 100n
  return (account.limit * thousandths) / 1_000n + cents
}

/** Undefined where the buyer cannot have it now: the shop does not ask then. */
async function authorize(
  life: Life,
  value: Minor,
  installments: number,
  expiresAt: Instant | null = null,
): Promise<Order | undefined> {
  const { account, random, setting, holders, person } = life
  const isFrozen = account.frozenReason !== null
  if (isFrozen || value <= 0n || value > spendable(account, setting.config)) return undefined
  const { transaction } = await life.do(CHECKOUT, {
    type: 'authorize',
    transactionId: newTransactionId(),
    friendlyCode: newFriendlyCode(),
    value,
    settle: expiresAt === null,
    installments,
    expiresAt,
    orderId: `${random.integer(1_100_000_000_000, 1_699_999_999_999)}-01`,
    holder: random.chance(60) ? null : random.pick([person.email, ...holders]),
    conditionId: null,
    buyer: null,
  })
  return transaction && { transaction, invoices: new Map() }
}

/** Billed in full, in two shipments, or for less than was ordered. */
async function bill(life: Life, order: Order): Promise<void> {
  const { random } = life
  const { value } = order.transaction
  const part = (percent: number) => (value * BigInt(percent)) / 100n
  if (random.chance(12)) {
    await settle(life, order, part(random.integer(40, 70)), false)
    life.planIn(random.integer(3, 7), () => settle(life, order, value, true))
    return
  }
  await settle(life, order, random.chance(8) ? part(random.integer(80, 95)) : value, true)
  if (random.chance(6)) life.planIn(random.integer(3, 12), () => refund(life, order))
  if (random.chance(4)) life.planIn(random.integer(2, 9), () => cancelLast(life, order))
}

async function settle(life: Life, order: Order, total: Minor, final: boolean): Promise<void> {
  if (total <= order.transaction.settled) return
  const known = order.invoices.size
  const { id: transactionId } = order.transaction
  await change(life, order, CHECKOUT, { type: 'settle', transactionId, total, final })
  for (const invoice of order.invoices.values()) {
    if (invoice.installment > known) planInvoice(life, order, invoice)
  }
}

async function refund(life: Life, order: Order): Promise<void> {
  const { id: transactionId, settled, refunded } = order.transaction
  const percent = life.random.chance(30) ? 100n : BigInt(life.random.integer(10, 60))
  const value = ((settled - refunded) * percent) / 100n
  if (value <= 0n) return
  await change(life, order, FINANCE_DESK, { type: 'refund', transactionId, value })
}

/** The last instalment is let go. */
async function cancelLast(life: Life, order: Order): Promise<void> {
  const last = [...order.invoices.values()].findLast(({ status }) => status === 'Opened')
  const { settled, refunded } = order.transaction
  if (!last || last.value > settled - refunded) return
  await change(life, order, FINANCE_DESK, { type: 'cancelInvoice', invoiceId: idOf(last) })
}

function planInvoice(life: Life, order: Order, { installment, dueAt }: Invoice): void {
  const { random, fate } = life
  const payAt = payDayOf(life, dueAt)
  if (payAt !== undefined) life.planOn(payAt, () => pay(life, order, installment))
  if (fate === 'closed') return
  if (random.chance(15)) {
    const observation = random.pick(OBSERVATIONS)
    life.planIn(random.integer(1, 10), () => note(life, order, installment, { observation }))
  }
  if (random.chance(15)) {
    const code = `${order.transaction.friendlyCode}-${installment}`
    const paymentLink = `https://pagamentos.lojamodelo.example/boleto/${code}`
    life.planIn(1, () => note(life, order, installment, { paymentLink }))
  }
  if (random.chance(5)) life.planOn(dueAt + 2 * DAY_MS, () => postpone(life, order, installment))
}

/** When the buyer pays; undefined: not in our time. */
function payDayOf({ random, fate }: Life, dueAt: Instant): Instant | undefined {
  const isGood = fate !== 'late' && fate !== 'frozen'
  if (fate === 'closed') return dueAt - random.integer(0, 3) * DAY_MS
  if (random.chance(isGood ? 3 : 50)) return undefined
  if (random.chance(isGood ? 85 : 20)) return dueAt - random.integer(0, 6) * DAY_MS
  return dueAt + random.integer(1, isGood ? 10 : 40) * DAY_MS
}

async function pay(life: Life, order: Order, installment: number): Promise<void> {
  const invoice = openInvoice(order, installment)
  if (!invoice) return
  await change(life, order, FINANCE_DESK, { type: 'payInvoice', invoiceId: idOf(invoice) })
  if (life.fate === 'closed' || !life.random.chance(2)) return
  life.planIn(2, () => takeBack(life, order, installment))
}

async function takeBack(life: Life, order: Order, installment: number): Promise<void> {
  const observation = 'Pagamento devolvido pelo banco'
  await note(life, order, installment, { status: 'Opened', observation })
  life.planIn(3, () => pay(life, order, installment))
}

async function postpone(life: Life, order: Order, installment: number): Promise<void> {
  const invoice = openInvoice(order, installment)
  if (!invoice) return
  const invoiceId = idOf(invoice)
  const days = POSTPONED_DAYS
  await change(life, order, CREDIT_DESK, { type: 'postponeInvoice', invoiceId, days })
}

type Noted = Pick<CommandOf<'changeInvoice'>, 'status' | 'observation' | 'paymentLink'>

async function note(life: Life, order: Order, installment: number, what: Noted): Promise<void> {
  const invoiceId = invoiceIdOf(order.transaction.id, installment)
  await change(life, order, FINANCE_DESK, {
    type: 'changeInvoice',
    invoiceId,
    mayPay: true,
    ...what,
  })
}

/** Does something to an order and keeps what became of it. */
async function change(life: Life, order: Order, doneBy: string, command: Command): Promise<void> {
  const { transaction, invoices } = await life.do(doneBy, command)
  if (transaction) order.transaction = transaction
  for (const invoice of invoices) order.invoices.set(invoice.installment, invoice)
}

function openInvoice({ invoices }: Order, installment: number): Invoice | undefined {
  const invoice = invoices.get(installment)
  return invoice?.status === 'Opened' ? invoice : undefined
}

function idOf({ transactionId, installment }: Invoice): string {
  return invoiceIdOf(transactionId, installment)
}
