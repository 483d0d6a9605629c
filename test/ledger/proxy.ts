/**
 * A TCP proxy before PostgreSQL that sees every message of the client, and can cut the connection
 * at any of them: so a test loses its database at exactly the point that it means.
 */
import { connect, createServer, type Socket } from 'node:net'

/** One message of the client: its type (`Q`, `P`, `B`, …) and its text, with binary parts in it. */
export interface ClientMessage {
  readonly type: string
  readonly text: string
  /** Counts the connections through the proxy from 0. */
  readonly connection: number
}

/**
 * `pass`: send it on. `cut`: lose the connection instead. `cut-after`: send it on, and lose the
 * connection before any answer.
 */
export type Verdict = 'pass' | 'cut' | 'cut-after'

/** The server must have had the time to do what it was sent before its connection goes. */
const CUT_AFTER_MS = 30

export class DatabaseProxy {
  /** Judges every message; the messages after it wait until it has. */
  judge: (message: ClientMessage) => Verdict | Promise<Verdict> = () => 'pass'
  /** True: new connections are refused, as by a database that is down. */
  isDown = false
  /** True: connections are lost with a reset, as by a machine that died. */
  isAbrupt = false
  connections = 0
  readonly #server = createServer((client) => this.#accept(client))
  readonly #links = new Set<Link>()
  readonly #target: URL
  #url = ''

  private constructor(target: string) {
    this.#target = new URL(target)
  }

  static async before(target: string): Promise<DatabaseProxy> {
    const proxy = new DatabaseProxy(target)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    const url = new URL(target)
    url.hostname = '127.0.0.1'
    url.port = String((proxy.#server.address() as { port: number }).port)
    proxy.#url = url.href
    return proxy
  }

  /** Where the database is reached through the proxy. */
  get url(): string {
    return this.#url
  }

  /** Loses every connection now. */
  cutAll(): void {
    for (const link of this.#links) link.cut(this.isAbrupt)
  }

  async close(): Promise<void> {
    this.cutAll()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(client: Socket): void {
    if (this.isDown) {
      client.resetAndDestroy()
      return
    }
    const connection = this.connections
    this.connections += 1
    const { port, hostname } = this.#target
    const link = new Link(client, connect(Number(port), hostname), async (message) => {
      const verdict = await this.judge({ ...message, connection })
      if (verdict === 'cut') link.cut(this.isAbrupt)
      if (verdict === 'cut-after') setTimeout(() => link.cut(this.isAbrupt), CUT_AFTER_MS)
      return verdict
    })
    this.#links.add(link)
    client.on('close', () => this.#links.delete(link))
  }
}

type Judge = (message: Omit<ClientMessage, 'connection'>) => Promise<Verdict>

/** One connection through the proxy. */
class Link {
  readonly #client: Socket
  readonly #server: Socket
  readonly #judge: Judge
  readonly #messages = new MessageReader()
  /** Whether messages of the client go on to the server, and answers of the server to the client. */
  #sends = true
  #answers = true
  #sent: Promise<void> = Promise.resolve()

  constructor(client: Socket, server: Socket, judge: Judge) {
    this.#client = client
    this.#server = server
    this.#judge = judge
    const end = () => this.cut(false)
    for (const socket of [client, server]) {
      socket.setNoDelay(true).on('error', end).on('close', end)
    }
    server.on('data', (data) => this.#answers && client.write(data))
    client.on('data', (data) => {
      const messages = this.#messages.read(data)
      this.#sent = this.#sent.then(() => this.#send(messages))
    })
  }

  cut(isAbrupt: boolean): void {
    this.#sends = false
    this.#answers = false
    if (isAbrupt) this.#client.resetAndDestroy()
    else this.#client.destroy()
    this.#server.destroy()
  }

  async #send(messages: readonly RawMessage[]): Promise<void> {
    for (const { bytes, type, text } of messages) {
      if (!this.#sends) return
      const verdict = type === '' ? 'pass' : await this.#judge({ type, text })
      if (verdict === 'cut' || !this.#sends) return
      if (verdict === 'cut-after') this.#sends = this.#answers = false
      this.#server.write(bytes)
    }
  }
}

interface RawMessage {
  readonly bytes: Buffer
  readonly type: string
  readonly text: string
}

/** Splits what a client sends into its messages; the first has no type. */
class MessageReader {
  #rest: Buffer = Buffer.alloc(0)
  #isStarted = false

  read(data: Buffer): RawMessage[] {
    this.#rest = Buffer.concat([this.#rest, data])
    const messages: RawMessage[] = []
    for (let next = this.#next(); next; next = this.#next()) messages.push(next)
    return messages
  }

  #next(): RawMessage | undefined {
    const head = this.#isStarted ? 1 : 0
    if (this.#rest.length < head + 4) return undefined
    const length = head + this.#rest.readUInt32BE(head)
    if (this.#rest.length < length) return undefined
    const bytes = this.#rest.subarray(0, length)
    this.#rest = this.#rest.subarray(length)
    const type = this.#isStarted ? String.fromCharCode(bytes[0] ?? 0) : ''
    this.#isStarted = true
    return { bytes, type, text: bytes.subarray(head + 4).toString('latin1') }
  }
}
