/**
 * What clients of a store do all day, on one hot account and on many: every write has an
 * Idempotency-Key and is sent again with it until its end is clear. What was acknowledged is kept
 * as marks, and the ledger must hold the same marks: each of them once, and no other.
 */
import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from '../../../src/postgres/connect.ts'
import { type Exchange, send } from '../../support/exchange.ts'
import { FIRST_KEY } from '../../support/process.ts'
import { call } from '../../support/server.ts'

export interface WorkloadOptions {
  readonly url: () => string
  readonly clients: number
  /** Accounts besides the hot one. */
  readonly accounts: number
}

/** One write. The mark is what it leaves in the ledger. */
interface Write {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly mark: (answer: { id: string }) => string
}

/** Sooner than Retry-After says: so that a gap is seen as it is. */
const RETRY_PAUSE_MS = 200
/** Everything must have a clear end this long after a round is stopped. */
const CLEAR_WITHIN_MS = 30_000

const KEY_RUNNING = 1141
const LIMIT_MINOR = 100_000_000

export class Workload {
  /** Every attempt of the round. */
  attempts: Exchange[] = []
  /** Marks of all that was acknowledged, ever. */
  readonly acknowledged = new Set<string>()
  /** Answers that no write of this load should get. */
  readonly refused: string[] = []
  /** Writes that were sent again after an unclear end, and how many of those had been done. */
  retried = 0
  replayed = 0
  readonly #options: WorkloadOptions
  readonly #agent: Agent
  readonly #accounts: string[] = []
  #running: Promise<unknown> = Promise.resolve()
  #isStopped = true
  #deadline = Number.POSITIVE_INFINITY
  #writes = 0

  constructor(options: WorkloadOptions) {
    this.#options = options
    this.#agent = new Agent({ keepAlive: true, maxSockets: options.clients })
  }

  /** Opens the accounts; the first of them is the hot one. */
  async open(): Promise<void> {
    for (let index = 0; index <= this.#options.accounts; index += 1) {
      const buyer = {
        document: `SURVIVOR${index}`,
        documentType: 'Other',
        email: `survivor${index}+carga@correio.example`,
        creditLimit: LIMIT_MINOR / 100,
      }
      const opened = await call(this.#options.url(), FIRST_KEY, 'POST', '/accounts', buyer)
      if (opened.status !== 200) throw new Error(`The account was not opened: ${opened.text}`)
      this.#accounts.push(`/accounts/${opened.json.id}`)
    }
  }

  /** Begins a round. */
  start(): void {
    this.attempts = []
    this.#isStopped = false
    this.#deadline = Number.POSITIVE_INFINITY
    const clients = Array.from({ length: this.#options.clients }, (_, index) => this.#client(index))
    this.#running = Promise.all(clients)
  }

  /** Ends the round: nothing new is sent, and every write comes to its clear end. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#deadline = performance.now() + CLEAR_WITHIN_MS
    await this.#running
  }

  close(): void {
    this.#agent.destroy()
  }

  /** Resolves when this many writes of the round were acknowledged. */
  async untilAcknowledged(count: number): Promise<void> {
    const wanted = this.acknowledged.size + count
    while (this.acknowledged.size < wanted) await sleep(5)
  }

  /** When the first write that was sent after `instant` was acknowledged; rejects after `limit_ms`. */
  async servedAfter(instant: number, limit_ms: number): Promise<number> {
    for (;;) {
      const found = this.attempts.find(
        ({ startedAt = 0, status }) => startedAt > instant && status === 200,
      )
      if (found?.endedAt) return found.endedAt
      if (performance.now() - instant > limit_ms) throw new Error(`Not served in ${limit_ms} ms`)
      await sleep(20)
    }
  }

  async #client(index: number): Promise<void> {
    while (!this.#isStopped) await this.#turn(index)
  }

  /** One of the things that happen to an order; a third of all is on the hot account. */
  async #turn(client: number): Promise<void> {
    const turn = this.#writes
    const { accounts } = this.#options
    const account = this.#accounts[turn % 3 === 0 ? 0 : 1 + ((turn * 7 + client) % accounts)] ?? ''
    const kind = turn % 11
    if (kind === 0) return void (await this.#perform(changeOfLimit(account, turn)))
    if (kind < 4) return await this.#sale(account)
    const held = await this.#perform(authorization(account, this.#name(), false))
    if (held && kind < 7) await this.#perform(cancellation(account, held.id))
  }

  /** From the order to the payment of its first instalment, and the return of a part of it. */
  async #sale(account: string): Promise<void> {
    const order = await this.#perform(authorization(account, this.#name(), true))
    if (!order) return
    const { id } = order
    const transaction = `${account}/transactions/${id}`
    await this.#perform({
      method: 'PUT',
      path: `${transaction}/settlement`,
      body: { value: 3 },
      mark: () => `TransactionSettled ${id}`,
    })
    await this.#perform({
      method: 'POST',
      path: `${account}/invoices/${id}-01/payments`,
      mark: () => `InvoicePaid ${id} 1`,
    })
    await this.#perform({
      method: 'POST',
      path: `${transaction}/refunds`,
      body: { value: 1.5 },
      mark: () => `TransactionRefunded ${id}`,
    })
  }

  #name(): string {
    return `order-${this.#writes}`
  }

  /** Sends the write until its end is clear; answers what it was answered, or nothing. */
  async #perform({ method, path, body, mark }: Write): Promise<{ id: string } | undefined> {
    this.#writes += 1
    const idempotencyKey = `write-${this.#writes}`
    for (let attempt = 1; ; attempt += 1) {
      const url = this.#options.url()
      const agent = this.#agent
      const exchange = await send({ url, method, path, body, idempotencyKey, agent })
      this.attempts.push(exchange)
      if (exchange.status === 200) {
        const answer = exchange.text ? JSON.parse(exchange.text) : {}
        this.acknowledged.add(mark(answer))
        if (exchange.isReplay) this.replayed += 1
        return answer
      }
      if (!isUnclear(exchange) || performance.now() > this.#deadline) {
        this.refused.push(
          `${method} ${path}: ${exchange.status ?? exchange.error} ${exchange.text}`,
        )
        return undefined
      }
      if (attempt === 1) this.retried += 1
      await sleep(RETRY_PAUSE_MS)
    }
  }
}

function authorization(account: string, orderId: string, settle: boolean): Write {
  return {
    method: 'POST',
    path: `${account}/transactions`,
    body: { value: 3, orderId, settle, installments: settle ? 3 : 1 },
    mark: ({ id }) => `TransactionAuthorized ${id} ${orderId}`,
  }
}

function cancellation(account: string, id: string): Write {
  return {
    method: 'DELETE',
    path: `${account}/transactions/${id}`,
    mark: () => `TransactionCancelled ${id}`,
  }
}

/** To a value of its own, so that it is told from every other. */
function changeOfLimit(account: string, turn: number): Write {
  const minor = LIMIT_MINOR + 1 + turn
  return {
    method: 'PUT',
    path: `${account}/creditlimit`,
    body: { value: minor / 100 },
    mark: () => `LimitChanged ${minor}`,
  }
}

/** No answer, "not now", or the first attempt is still under way. */
function isUnclear({ status, text = '' }: Exchange): boolean {
  if (status === undefined || status === 503) return true
  return status === 409 && JSON.parse(text).code === KEY_RUNNING
}

/** The marks that the ledger holds, in no order. */
export async function marksIn(sql: Sql): Promise<string[]> {
  const rows = await sql<{ mark: string }[]>`
    select concat_ws(' ', kind, data->>'transactionId',
      case kind
        when 'TransactionAuthorized' then data->>'orderId'
        when 'InvoicePaid' then data->>'installment'
        when 'LimitChanged' then data->>'to'
      end) as mark
    from entry
    where kind in ('TransactionAuthorized', 'TransactionSettled', 'TransactionRefunded',
      'TransactionCancelled', 'InvoicePaid', 'LimitChanged')`
  return rows.map(({ mark }) => mark)
}
