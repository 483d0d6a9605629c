/** Requests byte for byte over a socket, without the care that a client library takes. */
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  readonly status: number
  /** By name in lower case; the last one where a name comes twice. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface ExchangeOptions {
  /** No answer to it has a body. */
  readonly isHead?: boolean
  /** Ends our side after the last byte, so that a message cut short is seen as such. */
  readonly halfClose?: boolean
  /** Waits this long for more answers after the first: for bytes that could be two requests. */
  readonly linger_ms?: number
  readonly timeout_ms?: number
  /** Comes from this address of the loopback net. */
  readonly localAddress?: string
}

const TIMEOUT_MS = 10_000

/** Sends the bytes and answers what came back; nothing where the server only closed. */
export function exchange(
  port: number,
  bytes: Buffer | string,
  options: ExchangeOptions = {},
): Promise<RawAnswer[]> {
  const { isHead = false, halfClose = false, linger_ms, timeout_ms = TIMEOUT_MS } = options
  const { localAddress } = options
  return new Promise((resolve, reject) => {
    const to = { port, host: '127.0.0.1', noDelay: true }
    const socket = connect({ ...to, ...(localAddress && { localAddress }) })
    let received = Buffer.alloc(0)
    let linger: NodeJS.Timeout | undefined
    const finish = (isClosed: boolean): void => {
      clearTimeout(timer)
      clearTimeout(linger)
      socket.destroy()
      resolve(readAnswers(received, isHead, isClosed))
    }
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error(`No answer within ${timeout_ms} ms: ${String(bytes).slice(0, 200)}`))
    }, timeout_ms)
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      if (readAnswers(received, isHead, false).length === 0) return
      if (linger_ms === undefined) finish(false)
      else linger ??= setTimeout(() => finish(false), linger_ms)
    })
    // A server that refuses early closes while we still write: what it said counts.
    socket.on('error', () => undefined)
    socket.on('close', () => finish(true))
    socket.write(bytes)
    if (halfClose) socket.end()
  })
}

/** A connection that a test holds open; it never fails a test by closing. */
export async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.on('error', () => undefined)
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return socket
}

/** The complete answers in the bytes; interim ones (1xx) are left out. */
function readAnswers(bytes: Buffer, isHead: boolean, isClosed: boolean): RawAnswer[] {
  const answers: RawAnswer[] = []
  let rest = bytes
  for (;;) {
    const found = readAnswer(rest, isHead, isClosed)
    if (!found) return answers
    if (found.answer.status >= 200) answers.push(found.answer)
    rest = found.rest
  }
}

function readAnswer(
  bytes: Buffer,
  isHead: boolean,
  isClosed: boolean,
): { answer: RawAnswer; rest: Buffer } | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const [line = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const headers = Object.fromEntries(lines.map(headerOf))
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(line)?.[1] ?? 0)
  const hasBody = !isHead && status >= 200 && status !== 204 && status !== 304
  const found = bodyOf(bytes.subarray(end + 4), hasBody, headers, isClosed)
  if (!found) return undefined
  return { answer: { status, headers, body: found.body.toString('utf8') }, rest: found.rest }
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}

type Found = { readonly body: Buffer; readonly rest: Buffer }

function bodyOf(
  bytes: Buffer,
  hasBody: boolean,
  headers: Readonly<Record<string, string>>,
  isClosed: boolean,
): Found | undefined {
  if (!hasBody) return { body: Buffer.alloc(0), rest: bytes }
  if (headers['transfer-encoding'] === 'chunked') return chunksOf(bytes)
  const length = headers['content-length']
  if (length === undefined) return isClosed ? { body: bytes, rest: Buffer.alloc(0) } : undefined
  const size = Number(length)
  if (bytes.length < size) return undefined
  return { body: bytes.subarray(0, size), rest: bytes.subarray(size) }
}

function chunksOf(bytes: Buffer): Found | undefined {
  const chunks: Buffer[] = []
  let rest = bytes
  for (;;) {
    const end = rest.indexOf('\r\n')
    if (end === -1) return undefined
    const size = Number.parseInt(rest.subarray(0, end).toString('latin1'), 16)
    const next = end + 2 + size + 2
    if (rest.length < next) return undefined
    chunks.push(rest.subarray(end + 2, end + 2 + size))
    rest = rest.subarray(next)
    if (size === 0) return { body: Buffer.concat(chunks), rest }
  }
}
