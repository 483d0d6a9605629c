/** Orders from their authorization to their last payment: what the load generator sends, step by step. */

export interface Step {
  readonly method: 'POST' | 'PUT'
  readonly path: string
  readonly body: string
  /** The steps that its answer makes possible. */
  readonly opens: (answer: string) => readonly Step[]
}

const INSTALLMENTS = 3
const VALUE = '0.03'

export class Orders {
  /** Paths of the accounts; a third of all orders goes to the first. */
  readonly #accounts: readonly string[]
  /** Steps of orders under way, in the order in which they became possible. */
  readonly #ready: Step[] = []
  #authorized = 0

  constructor(accounts: readonly string[]) {
    this.#accounts = accounts
  }

  /** The oldest step that can be taken, or a new order. */
  next(): Step {
    return this.#ready.shift() ?? this.#authorization()
  }

  accepted(step: Step, answer: string): void {
    this.#ready.push(...step.opens(answer))
  }

  /** The step is taken later; a buyer whose authorization was refused is gone. */
  refused(step: Step): void {
    if (!step.path.endsWith('/transactions')) this.#ready.push(step)
  }

  #authorization(): Step {
    this.#authorized += 1
    const index = this.#authorized % 3 === 0 ? 0 : (this.#authorized * 7) % this.#accounts.length
    const account = this.#accounts[index] ?? ''
    return {
      method: 'POST',
      path: `${account}/transactions`,
      body: `{"value":${VALUE},"installments":${INSTALLMENTS}}`,
      opens: (answer) => [settlement(account, (JSON.parse(answer) as { id: string }).id)],
    }
  }
}

function settlement(account: string, id: string): Step {
  return {
    method: 'PUT',
    path: `${account}/transactions/${id}/settlement`,
    body: `{"value":${VALUE}}`,
    opens: () =>
      Array.from({ length: INSTALLMENTS }, (_, index) => payment(account, id, index + 1)),
  }
}

function payment(account: string, id: string, installment: number): Step {
  const path = `${account}/invoices/${id}-${String(installment).padStart(2, '0')}/payments`
  return { method: 'POST', path, body: '{}', opens: () => [] }
}
