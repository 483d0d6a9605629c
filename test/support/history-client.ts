/** Plays the steps of a random history over HTTP, beside the model that says what they are. */
import type { Command } from '../../src/credit/commands.ts'
import { parseInvoiceId } from '../../src/credit/invoice.ts'
import { formatDecimal } from '../../src/credit/money.ts'
import type { StoreConfig } from '../../src/credit/store.ts'
import type { History, Step } from '../../src/credit/testing/histories.ts'
import type { Answer, Credentials } from './server.ts'

/** Sends one request with the credentials of the store. */
export type Send = (
  method: string,
  path: string,
  body?: unknown,
  key?: Credentials,
) => Promise<Answer>

const amount = (minor: bigint): string => formatDecimal(minor, 2)
const rate = (millionths: bigint): string => formatDecimal(millionths, 6)
const iso = (at: number): string => new Date(at).toISOString()
const NOBODY = '0'.repeat(32)

const NOT_BY_ITSELF = { automaticCheckingAccountCreationEnabled: false }

/**
 * Over HTTP the id of the path and the holder say for whom an account opens by itself, and the
 * model's ids are its own: these histories do without accounts that open by themselves.
 */
export function overHttp(history: History): History {
  const steps = history.steps.map((step): Step => {
    if (step.kind === 'authorize') return { ...step, opens: false }
    // What was seen before, and leave to pay, are of bulk files.
    if (step.kind === 'changeInvoice') {
      const { expected: _seen, payingNeedsLeave: _leave, ...said } = step
      return said
    }
    if (step.kind !== 'configure') return step
    return { ...step, change: { ...step.change, ...NOT_BY_ITSELF } }
  })
  return { ...history, config: { ...history.config, ...NOT_BY_ITSELF }, steps }
}

/** The body that changes the configuration of a store. */
export function configBody(config: Partial<StoreConfig>): Record<string, unknown> {
  const rates = ['dailyInterestRate', 'taxRate', 'maxPreAuthorizationGrowthRate']
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? (rates.includes(name) ? rate(value) : amount(value)) : value,
    ]),
  )
}

/** Sends the model's commands, with the server's ids in the place of the model's. */
export class HistoryClient {
  readonly #send: Send
  /** A key that may do all but pay. */
  readonly #unpaying: Credentials
  readonly #accounts: Map<string, string>
  readonly #transactions = new Map<string, string>()
  readonly #holders = new Map<string, string>()

  /** Clients that share `accounts`, the server's id of each of the model's, act on the same ones. */
  constructor(send: Send, unpaying: Credentials, accounts = new Map<string, string>()) {
    this.#send = send
    this.#unpaying = unpaying
    this.#accounts = accounts
  }

  pathOf(accountId: string): string {
    return `/accounts/${this.#accounts.get(accountId) ?? accountId}`
  }

  /** Undefined for a command that HTTP does not have. */
  async perform(accountId: string, command: Command): Promise<Answer | undefined> {
    const path = this.pathOf(accountId)
    const send = this.#send
    switch (command.type) {
      case 'openAccount': {
        const { document, documentType, email } = command
        const credit = { creditLimit: amount(command.limit), tolerance: rate(command.tolerance) }
        const answer = await send('POST', '/accounts', { document, documentType, email, ...credit })
        if (answer.status === 200) this.#accounts.set(accountId, answer.json.id)
        return answer
      }
      case 'changeAccount': {
        const { document, documentType, email, limit, tolerance } = command
        return send('PUT', path, {
          ...{ document, documentType, email },
          ...(limit !== undefined && { creditLimit: amount(limit) }),
          ...(tolerance !== undefined && { tolerance: rate(tolerance) }),
        })
      }
      case 'closeAccount':
        return send('DELETE', path)
      case 'freezeAccount':
        return send('PUT', `${path}/freeze`, { frozen: command.frozen, reason: command.reason })
      case 'changeLimit':
        return send('PUT', `${path}/creditlimit`, { value: amount(command.limit) })
      case 'changeTolerance':
        return send('PUT', `${path}/tolerance`, { value: rate(command.tolerance) })
      case 'debit':
        return send('PUT', `${path}/statements/${command.statementId}`, {
          value: amount(command.value),
        })
      case 'addHolder': {
        const answer = await send('POST', `${path}/holders`, { claims: { email: command.email } })
        if (answer.status === 200) this.#holders.set(command.holderId, answer.json.id)
        return answer
      }
      case 'removeHolder':
        return send('DELETE', `${path}/holders/${this.#holders.get(command.holderId) ?? NOBODY}`)
      case 'expire':
        return undefined
      default:
        return this.#performOnOrder(path, command)
    }
  }

  async #performOnOrder(path: string, command: Command): Promise<Answer | undefined> {
    const send = this.#send
    switch (command.type) {
      case 'authorize': {
        const { value, settle, installments, expiresAt, orderId, holder } = command
        const answer = await send('POST', `${path}/transactions`, {
          ...{ value: amount(value), settle, installments, orderId, holder },
          expirationDate: expiresAt === null ? null : iso(expiresAt),
        })
        if (answer.status === 200) this.#transactions.set(command.transactionId, answer.json.id)
        return answer
      }
      case 'changeTransaction': {
        const { transactionId, value, settle, installments, expiresAt } = command
        return send('PUT', `${path}/transactions/${this.#transaction(transactionId)}`, {
          ...{ settle, installments },
          ...(value !== undefined && { value: amount(value) }),
          ...(expiresAt !== undefined && { expirationDate: iso(expiresAt) }),
        })
      }
      case 'cancelTransaction':
        return send('DELETE', `${path}/transactions/${this.#transaction(command.transactionId)}`)
      case 'settle': {
        const { transactionId, total, final } = command
        const settlement = `${path}/transactions/${this.#transaction(transactionId)}/settlement`
        return send('PUT', settlement, { value: amount(total), final })
      }
      case 'refund': {
        const refunds = `${path}/transactions/${this.#transaction(command.transactionId)}/refunds`
        return send('POST', refunds, { value: amount(command.value) })
      }
      case 'changeInvoice': {
        const { invoiceId, friendlyId, status, observation, paymentLink, mayPay } = command
        // The model's friendly ids are its own: only a wrong one is wrong on both sides.
        const query = friendlyId === 'ZZZZZZZZ-1' ? `?friendlyId=${friendlyId}` : ''
        const key = mayPay ? undefined : this.#unpaying
        const body = { status, observation, paymentLink }
        return send('PUT', `${path}/invoices/${this.#invoice(invoiceId)}${query}`, body, key)
      }
      case 'payInvoice':
        return send('POST', `${path}/invoices/${this.#invoice(command.invoiceId)}/payments`)
      case 'cancelInvoice':
        return send('DELETE', `${path}/invoices/${this.#invoice(command.invoiceId)}`)
      case 'postponeInvoice':
        return send('PUT', `${path}/invoices/${this.#invoice(command.invoiceId)}/postponement`, {
          dueDays: command.days,
        })
      default:
        throw new Error(`${command.type} cannot be sent`)
    }
  }

  #transaction(id: string): string {
    return this.#transactions.get(id) ?? id
  }

  #invoice(invoiceId: string): string {
    const named = parseInvoiceId(invoiceId)
    if (!named) return invoiceId
    return invoiceId.replace(named.transactionId, this.#transaction(named.transactionId))
  }
}
