/** A TCP proxy between the server and its database that can be cut, or made a black hole. */
import { connect, createServer, type Socket } from 'node:net'

export class CuttableProxy {
  /** Where the database is reached through it. */
  readonly url: string
  readonly #server = createServer((client) => this.#accept(client))
  readonly #target: URL
  readonly #sockets = new Set<Socket>()
  #isDown = false
  #isBlackHole = false

  private constructor(target: URL, url: string) {
    this.#target = target
    this.url = url
  }

  static async before(target: string): Promise<CuttableProxy> {
    const port = await freePort()
    const url = new URL(target)
    url.hostname = '127.0.0.1'
    url.port = String(port)
    const proxy = new CuttableProxy(new URL(target), url.href)
    await new Promise<void>((resolve) => proxy.#server.listen(port, '127.0.0.1', resolve))
    return proxy
  }

  /** Every connection is reset, and new ones are too. */
  cut(): void {
    this.#isDown = true
    this.#dropAll()
  }

  /** Nothing passes any more, on old connections and on new ones, and nobody is told. */
  swallow(): void {
    this.#isBlackHole = true
    for (const socket of this.#sockets) socket.pause()
  }

  /** New connections pass again; those that were swallowed are gone, as behind a new route. */
  restore(): void {
    if (this.#isBlackHole) this.#dropAll()
    this.#isDown = false
    this.#isBlackHole = false
  }

  async close(): Promise<void> {
    this.#dropAll()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(client: Socket): void {
    this.#keep(client)
    if (this.#isDown) client.resetAndDestroy()
    else if (this.#isBlackHole) client.pause()
    else this.#join(client)
  }

  #join(client: Socket): void {
    const behind = connect(Number(this.#target.port), this.#target.hostname)
    this.#keep(behind)
    for (const [from, to] of [
      [client, behind],
      [behind, client],
    ] as const) {
      from.setNoDelay(true)
      from.on('data', (data) => to.write(data))
      from.on('close', () => to.destroy())
    }
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
  }

  #dropAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
