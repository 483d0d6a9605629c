/** Clients that are slow, on purpose or not: whoever is not is served as if they were not there. */
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createDatabase } from '../support/database.ts'
import { FIRST_KEY, type FiadoProcess, startProcess } from '../support/process.ts'
import { type Credentials, startServer, type TestServer } from '../support/server.ts'
import { credentialHeaders, wire } from './cases.ts'
import { open } from './raw-http.ts'
import { BASE, createBook, type Ids } from './world.ts'

/** Longest that anybody waits beside slow clients: far above what it takes, for slow machines. */
const MOST_MS = 5_000
const ROUNDS = 20
const AT_ONCE = 4

let server: TestServer
let port: number
let ids: Ids
let sockets: Socket[] = []

beforeAll(async () => {
  server = await startServer()
  port = portOf(server.url)
  ids = await createBook(server, server.key, 'busy')
  await serve()
})
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  sockets = []
})
afterAll(() => server.close())

function portOf(url: string): number {
  return Number(new URL(url).port)
}

async function openMany(count: number, to = port): Promise<Socket[]> {
  const opened = await Promise.all(Array.from({ length: count }, () => open(to)))
  sockets.push(...opened)
  return opened
}

interface Served {
  readonly total_ms: number
  readonly slowest_ms: number
}

/** Reads and writes of clients that are not slow; all of them are served. */
async function serve(): Promise<Served> {
  const account = `/accounts/${ids.creditAccountId}`
  const times: number[] = []
  const started = performance.now()
  const work = async (): Promise<void> => {
    for (let round = 0; round < ROUNDS; round += 1) {
      times.push(await timed('GET', account))
      times.push(await timed('GET', `${account}/invoices`))
      times.push(await timed('PUT', `${account}/tolerance`, { value: (round % 10) / 10 }))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return { total_ms: performance.now() - started, slowest_ms: Math.max(...times) }
}

async function timed(method: string, path: string, body?: unknown): Promise<number> {
  const started = performance.now()
  const { status, text } = await server.call(method, path, body)
  expect(status, text).toBe(200)
  return performance.now() - started
}

async function expectServedAsBefore(what: string, before: Served): Promise<void> {
  const beside = await serve()
  const [was, is] = [before, beside].map(
    ({ total_ms, slowest_ms }) => `${total_ms.toFixed(0)} ms, slowest ${slowest_ms.toFixed(0)} ms`,
  )
  console.info(`${what}: ${was} without, ${is} beside them`)
  expect(beside.slowest_ms).toBeLessThan(MOST_MS)
  expect(beside.total_ms - before.total_ms).toBeLessThan(MOST_MS)
}

function authorization(value: number, key: Credentials = server.key): Buffer {
  return wire({
    method: 'POST',
    target: `${BASE}/accounts/${ids.creditAccountId}/transactions`,
    headers: { ...credentialHeaders(key), 'Content-Type': 'application/json' },
    body: JSON.stringify({ value }),
  })
}

test('clients that stop in the middle of a body', async () => {
  const before = await serve()
  const counted = async () => (await server.call('GET', `/accounts/${ids.creditAccountId}`)).json
  const { preAuthorizedCredit: held } = await counted()
  const bytes = authorization(1)
  const clients = await openMany(50)
  for (const client of clients) client.write(bytes.subarray(0, -3))
  await sleep(200)
  await expectServedAsBefore('50 half bodies', before)
  expect((await counted()).preAuthorizedCredit).toBe(held)

  const [patient = [], gone = []] = [clients.slice(0, 25), clients.slice(25)]
  for (const client of gone) client.destroy()
  const answers = await Promise.all(
    patient.map((client) => {
      client.write(bytes.subarray(-3))
      return firstBytes(client)
    }),
  )
  expect(answers.map((text) => text.slice(0, 12))).toEqual(patient.map(() => 'HTTP/1.1 200'))
  expect((await counted()).preAuthorizedCredit).toBe(held + patient.length)
})

function firstBytes(client: Socket): Promise<string> {
  return new Promise((resolve) => {
    client.once('data', (bytes: Buffer) => resolve(bytes.toString('latin1')))
    client.once('close', () => resolve('closed'))
  })
}

test('clients that send a byte now and then', async () => {
  const before = await serve()
  const clients = await openMany(100)
  const bytes = authorization(1)
  let sent = 0
  const drip = setInterval(() => {
    for (const client of clients) client.write(bytes.subarray(sent, sent + 1))
    sent = Math.min(sent + 1, bytes.length - 2)
  }, 10)
  await sleep(200)
  await expectServedAsBefore('100 dripping clients', before)
  clearInterval(drip)
})

test.each(['/openapi.json', '/docs/static/swagger-ui-bundle.js', '/healthz'])(
  'clients that ask for %s 300 times and never read it',
  async (target) => {
    const before = await serve()
    const clients = await openMany(10)
    const used = process.memoryUsage().rss
    const asked = wire({ method: 'GET', target, headers: {} })
    for (const client of clients) {
      client.pause()
      client.write(Buffer.concat(Array.from({ length: 300 }, () => asked)))
    }
    await sleep(500)
    await expectServedAsBefore(`10 clients that do not read ${target}`, before)
    // An answer must not be made, nor its file opened, long before there is room to send it.
    expect((process.memoryUsage().rss - used) / 1e6).toBeLessThan(200)
  },
)

test('200 idle connections, and 200 more that were used once', async () => {
  const before = await serve()
  await openMany(200)
  const used = await openMany(200)
  const answered = used.map(firstBytes)
  for (const client of used) {
    client.write(wire({ method: 'GET', target: '/healthz', headers: {} }))
  }
  await Promise.all(answered)
  await expectServedAsBefore('400 idle connections', before)
})

test('slow clients do not keep the server from stopping', async () => {
  const database = await createDatabase()
  const start = () => startProcess({ databaseUrl: database.url, env: { FIADO_LOG_LEVEL: 'fatal' } })
  const halfBody = authorization(1, FIRST_KEY).subarray(0, -3)
  const unread = wire({ method: 'GET', target: '/openapi.json', headers: {} })
  const first = await start()
  const stopped = await Promise.all([
    stopBeside(first, halfBody),
    stopBeside(await start(), Buffer.concat(Array.from({ length: 100 }, () => unread))),
    stopBeside(await start(), Buffer.from('GET /healthz HTTP/1.1\r\nHost:')),
  ])
  await database.drop()
  // null: it had to be killed after 20 s.
  expect({ halfBody: stopped[0], unread: stopped[1], halfHead: stopped[2] }).toEqual({
    halfBody: 0,
    unread: 0,
    halfHead: 0,
  })
})

/** The exit code of a server that is told to stop while a client of it is stuck. */
async function stopBeside(running: FiadoProcess, bytes: Buffer): Promise<number | null> {
  const [client] = await openMany(1, portOf(running.url))
  client?.pause()
  client?.write(bytes)
  await sleep(500)
  return await running.stop()
}
