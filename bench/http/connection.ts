/**
 * One kept connection of the load generator: sends a request, hands over the answer. It knows just
 * enough HTTP for our own server, so that the generator leaves the cores to what is measured.
 */
import { connect, type Socket } from 'node:net'

export interface Answer {
  readonly status: number
  readonly body: string
}

const HEAD_END = '\r\n\r\n'
const LENGTH = /\r\ncontent-length: (\d+)/i

export class Connection {
  readonly #socket: Socket
  #received = ''
  #onAnswer: ((answer: Answer) => void) | undefined
  #onError: ((error: Error) => void) | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    // Answers of ours are ASCII but for names, which no bench sends.
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => this.#take(chunk))
    socket.on('error', (error) => this.#onError?.(error))
    socket.on('close', () => this.#onError?.(new Error('The server closed the connection')))
  }

  static open(host: string, port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port })
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve(new Connection(socket))
      })
    })
  }

  /** Sends one request; another may follow when its answer is here. */
  call(request: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#onAnswer = resolve
      this.#onError = reject
      this.#socket.write(request, 'latin1')
    })
  }

  close(): void {
    this.#onError = undefined
    this.#socket.destroy()
  }

  #take(chunk: string): void {
    this.#received += chunk
    const headEnd = this.#received.indexOf(HEAD_END)
    if (headEnd < 0) return
    const bodyAt = headEnd + HEAD_END.length
    const length = Number(LENGTH.exec(this.#received)?.[1] ?? 0)
    if (this.#received.length < bodyAt + length) return
    const answer = {
      status: Number(this.#received.slice(9, 12)),
      body: this.#received.slice(bodyAt, bodyAt + length),
    }
    this.#received = ''
    this.#onAnswer?.(answer)
  }
}
