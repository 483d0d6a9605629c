/**
 * Sends orders, step by step, as fast as the schedule says, whatever the server does: a process of its
 * own, so that its work is not that of the test. Every request is timed from the instant it was
 * due, so that a stall is charged to all whom it kept waiting.
 */
import { connect, type Socket } from 'node:net'
import { Orders, type Step } from './orders.ts'

export interface Job {
  readonly port: number
  /** Of every request. */
  readonly headers: Readonly<Record<string, string>>
  /** Paths of the accounts; a third of all orders goes to the first. */
  readonly accounts: readonly string[]
  /** Requests a second; absent: every connection sends again when it is answered. */
  readonly rate?: number
  /** Most connections; the open loop opens them as it needs them. */
  readonly connections: number
  readonly duration_ms: number
}

export interface Seen {
  readonly accepted: readonly Timed[]
  readonly refused: readonly Timed[]
  /** Refusals without Retry-After. */
  readonly unclear: number
  /** Answers by status. */
  readonly statuses: Readonly<Record<number, number>>
  /** Requests that had no answer, because of the connection or at the end. */
  readonly lost: number
  /** Most that were due and could not be sent, for lack of a connection. */
  readonly backlog: number
}

/** When it was due, from the start of the job, and what it took: milliseconds. */
export type Timed = readonly [due: number, took: number]

/** After the last request the answers have this long. */
const PATIENCE_MS = 15_000
const TICK_MS = 1

interface Answer {
  readonly status: number
  /** Headers in lower case. */
  readonly head: string
  readonly body: string
}

/** One connection: sends a request, hands over its answer. */
class Client {
  readonly #socket: Socket
  readonly #onAnswer: (answer: Answer) => void
  readonly #onClose: () => void
  #received = ''
  isBusy = false

  constructor(port: number, onAnswer: (answer: Answer) => void, onClose: () => void) {
    this.#onAnswer = onAnswer
    this.#onClose = onClose
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (text: string) => this.#receive(text))
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => this.#onClose())
  }

  send(request: string): void {
    this.isBusy = true
    this.#socket.write(request, 'latin1')
  }

  close(): void {
    this.#socket.destroy()
  }

  #receive(text: string): void {
    this.#received += text
    const end = this.#received.indexOf('\r\n\r\n')
    if (end === -1) return
    const head = this.#received.slice(0, end).toLowerCase()
    const length = Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0)
    const bodyAt = end + 4
    if (this.#received.length < bodyAt + length) return
    const body = this.#received.slice(bodyAt, bodyAt + length)
    this.#received = this.#received.slice(bodyAt + length)
    this.isBusy = false
    this.#onAnswer({ status: Number(head.slice(9, 12)), head, body })
  }
}

class Generator {
  readonly #job: Job
  readonly #orders: Orders
  /** Of every request, as text. */
  readonly #headers: string
  readonly #startedAt = performance.now()
  readonly #idle: (() => void)[] = []
  readonly #clients = new Set<Client>()
  readonly #waiting: number[] = []
  readonly #accepted: Timed[] = []
  readonly #refused: Timed[] = []
  readonly #statuses: Record<number, number> = {}
  #unclear = 0
  #lost = 0
  #backlog = 0
  #isOver = false

  constructor(job: Job) {
    this.#job = job
    this.#orders = new Orders(job.accounts)
    const lines = Object.entries(job.headers).map(([name, value]) => `${name}: ${value}\r\n`)
    this.#headers = `Host: x\r\n${lines.join('')}Content-Type: application/json\r\n`
  }

  async run(): Promise<Seen> {
    const { rate, connections, duration_ms } = this.#job
    if (rate === undefined) {
      for (let index = 0; index < connections; index += 1) this.#due(this.#now())
      await pause(duration_ms)
    } else {
      await this.#keepTo(rate, duration_ms)
    }
    this.#isOver = true
    const deadline = performance.now() + PATIENCE_MS
    while (this.#isBusy() && performance.now() < deadline) await pause(5)
    for (const client of this.#clients) client.close()
    return {
      accepted: this.#accepted,
      refused: this.#refused,
      unclear: this.#unclear,
      statuses: this.#statuses,
      lost: this.#lost + this.#waiting.length,
      backlog: this.#backlog,
    }
  }

  #now(): number {
    return performance.now() - this.#startedAt
  }

  #isBusy(): boolean {
    return this.#waiting.length > 0 || [...this.#clients].some(({ isBusy }) => isBusy)
  }

  async #keepTo(rate: number, duration_ms: number): Promise<void> {
    for (let due = 0; ; ) {
      const now = this.#now()
      for (; due <= now && due < duration_ms; due += 1000 / rate) this.#due(due)
      if (due >= duration_ms) return
      await pause(TICK_MS)
    }
  }

  #due(due: number): void {
    this.#waiting.push(due)
    this.#backlog = Math.max(this.#backlog, this.#waiting.length)
    const send = this.#idle.pop()
    if (send) send()
    else if (this.#clients.size < this.#job.connections) this.#open()
  }

  #open(): void {
    let due = 0
    let step: Step
    const sendNext = (): void => {
      due = this.#waiting.shift() ?? 0
      step = this.#orders.next()
      client.send(this.#requestOf(step))
    }
    const onAnswer = (answer: Answer): void => {
      this.#count(due, answer)
      if (answer.status === 200) this.#orders.accepted(step, answer.body)
      else this.#orders.refused(step)
      if (this.#job.rate === undefined && !this.#isOver) this.#waiting.push(this.#now())
      if (this.#waiting.length > 0) sendNext()
      else this.#idle.push(sendNext)
    }
    const client = new Client(this.#job.port, onAnswer, () => {
      if (client.isBusy) this.#lost += 1
      client.isBusy = false
      this.#clients.delete(client)
      const index = this.#idle.indexOf(sendNext)
      if (index !== -1) this.#idle.splice(index, 1)
    })
    this.#clients.add(client)
    sendNext()
  }

  #count(due: number, { status, head }: Answer): void {
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1
    const timed = [round(due), round(this.#now() - due)] as const
    if (status === 200) this.#accepted.push(timed)
    if (status === 503) this.#refused.push(timed)
    if (status === 503 && !head.includes('\nretry-after:')) this.#unclear += 1
  }

  #requestOf({ method, path, body }: Step): string {
    return `${method} /api/creditcontrol${path} HTTP/1.1\r\n${this.#headers}Content-Length: ${body.length}\r\n\r\n${body}`
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100
}

process.once('message', (job: Job) => {
  void new Generator(job).run().then((seen) => process.send?.(seen, () => process.exit(0)))
})
