/**
 * One kept connection of the load generator: sends a request, hands over the answer. It knows just
 * enough HTTP for our own server, so that the generator leaves the cores to what is measured.
 */
import { connect, type Socket } from 'node:net'

export interface Answer {
  readonly status: number
  readonly body: string
}

export type OnAnswer = (answer: Answer) => void

const HEAD_END = '\r\n\r\n'
const LENGTH = /\r\ncontent-length: (\d+)/i
const RECEIVED_BYTES = 65_536

export class Connection {
  readonly #socket: Socket
  #received = ''
  #onAnswer: OnAnswer = () => undefined

  private constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Whatever goes wrong with the connection ends the generator: no rate is told then. */
  static open(host: string, port: number): Promise<Connection> {
    return new Promise((resolve) => {
      // One buffer for all that comes: what is read of it is read at once.
      const onread = {
        buffer: Buffer.allocUnsafe(RECEIVED_BYTES),
        callback: (count: number, buffer: Uint8Array) => {
          // Answers of ours are ASCII but for names, which no bench sends.
          connection.#take((buffer as Buffer).toString('latin1', 0, count))
          return true
        },
      }
      const socket = connect({ host, port, noDelay: true, onread }, () => resolve(connection))
      const connection = new Connection(socket)
      socket.on('close', () => {
        throw new Error('The server closed the connection')
      })
    })
  }

  /** Sends one request; another may follow when its answer is here. */
  send(request: string, onAnswer: OnAnswer): void {
    this.#onAnswer = onAnswer
    this.#socket.write(request, 'latin1')
  }

  close(): void {
    this.#socket.removeAllListeners('close')
    this.#socket.destroy()
  }

  #take(chunk: string): void {
    const text = this.#received === '' ? chunk : this.#received + chunk
    const headEnd = text.indexOf(HEAD_END)
    const bodyAt = headEnd + HEAD_END.length
    const length = headEnd < 0 ? 0 : Number(LENGTH.exec(text)?.[1] ?? 0)
    if (headEnd < 0 || text.length < bodyAt + length) {
      this.#received = text
      return
    }
    this.#received = ''
    this.#onAnswer({
      status: Number(text.slice(9, 12)),
      body: text.slice(bodyAt, bodyAt + length),
    })
  }
}
