/** Authorizations over many kept connections, each told apart by its order id. */
import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Exchange, send } from '../support/exchange.ts'
import { FIRST_KEY } from '../support/process.ts'
import { call } from '../support/server.ts'

export interface Sent extends Exchange {
  readonly orderId: string
}

export interface LoadOptions {
  readonly url: string
  readonly accountId: string
  readonly connections: number
  /** Go on after an error on the connection; otherwise it is the last of its connection. */
  readonly insists?: boolean
  /** Begins the order ids, which are the Idempotency-Keys: loads on one store need their own. */
  readonly name?: string
}

/** What each authorization takes, in units of the currency. */
export const VALUE = 0.01

const PAUSE_MS = 50

/** Opens an account that the load cannot exhaust, and answers its id. */
export async function openAccount(url: string): Promise<string> {
  const buyer = { document: '11144477735', documentType: 'CPF', email: 'ana+carga@correio.example' }
  const opened = await call(url, FIRST_KEY, 'POST', '/accounts', { ...buyer, creditLimit: 1e6 })
  if (opened.status !== 200) throw new Error(`The account was not opened: ${opened.text}`)
  return opened.json.id
}

/** Sends this many at once, and once they are all on their way calls `onSent`. */
export async function burst(
  { url, accountId }: Pick<LoadOptions, 'url' | 'accountId'>,
  agent: Agent,
  name: string,
  count: number,
  onSent: () => void = () => undefined,
): Promise<Sent[]> {
  const all = Array.from({ length: count }, (_, index): Sent => ({ orderId: `${name}-${index}` }))
  const answers = Promise.all(all.map((sent) => authorize({ url, accountId }, sent, agent)))
  while (all.some(({ sentAt, error }) => sentAt === undefined && error === undefined)) {
    await new Promise(setImmediate)
  }
  onSent()
  await answers
  return all
}

export class Load {
  readonly sent: Sent[] = []
  readonly #options: LoadOptions
  readonly #agent: Agent
  readonly #running: Promise<unknown>
  #isStopped = false

  constructor(options: LoadOptions) {
    this.#options = options
    this.#agent = new Agent({ keepAlive: true, maxSockets: options.connections })
    const connections = Array.from({ length: options.connections }, (_, index) => this.#run(index))
    this.#running = Promise.all(connections)
  }

  answered(): Sent[] {
    return this.sent.filter(({ status }) => status === 200)
  }

  /** Resolves when this many were answered with 200. */
  async untilAnswered(count: number): Promise<void> {
    while (this.answered().length < count) await sleep(5)
  }

  /** Sends no more, and waits for the answers under way. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#running
    this.#agent.destroy()
  }

  async #run(connection: number): Promise<void> {
    const { name = 'order' } = this.#options
    for (let count = 1; !this.#isStopped; count += 1) {
      const sent: Sent = { orderId: `${name}-${connection}-${count}` }
      this.sent.push(sent)
      await authorize(this.#options, sent, this.#agent)
      if (sent.status === 200) continue
      if (sent.error && !this.#options.insists) return
      await sleep(PAUSE_MS)
    }
  }
}

/** Sends one authorization; its order id is its Idempotency-Key too. Never rejects. */
export async function authorize(
  { url, accountId }: Pick<LoadOptions, 'url' | 'accountId'>,
  sent: Sent,
  agent?: Agent,
): Promise<void> {
  const path = `/accounts/${accountId}/transactions`
  const body = { value: VALUE, orderId: sent.orderId }
  await send({ url, method: 'POST', path, body, idempotencyKey: sent.orderId, agent }, sent)
}
