/** Asks the same thing again and again, beside a load, until it is stopped. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Exchange } from '../../support/exchange.ts'

const PAUSE_MS = 20

export class Watch {
  readonly attempts: Exchange[] = []
  readonly #ask: () => Promise<Exchange>
  readonly #running: Promise<void>
  #isStopped = false

  constructor(ask: () => Promise<Exchange>) {
    this.#ask = ask
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      this.attempts.push(await this.#ask())
      await sleep(PAUSE_MS)
    }
  }
}
