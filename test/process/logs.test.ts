/** Whatever goes wrong, no log line holds an e-mail, a document or a token. */
import { connect as connectSocket, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { FIRST_KEY, type FiadoProcess, startProcess } from '../support/process.ts'
import { call } from '../support/server.ts'

const DOCUMENT = '11144477735'
const PUNCTUATED = '111.444.777-35'
const EMAIL = 'ana.segredo@correio.example'
const HOLDER = 'bruno+segredo@correio.example'
const TOKEN = 'a-wrong-token-that-is-a-secret'
const NOTE = 'observacao-particular'

let database: TestDatabase
let fiado: FiadoProcess

/** All that stands between the server and its database, so that it can be taken away. */
const sockets = new Set<Socket>()
const door = createServer((socket) => {
  const { hostname, port } = new URL(database.url)
  const behind = connectSocket(Number(port), hostname)
  for (const end of [socket, behind]) {
    sockets.add(end)
    end.on('error', () => end.destroy())
  }
  socket.pipe(behind).pipe(socket)
})

beforeAll(async () => {
  database = await createDatabase()
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
  const url = new URL(database.url)
  url.port = String((door.address() as { port: number }).port)
  fiado = await startProcess({ databaseUrl: url.href, env: { FIADO_LOG_LEVEL: 'trace' } })
})
afterAll(() => database.drop())

type Request = readonly [method: string, path: string, body?: unknown]

const ACCOUNT = `/accounts/${DOCUMENT}_CPF`
const BUYER = { document: PUNCTUATED, documentType: 'CPF', email: EMAIL, creditLimit: 100 }

const REQUESTS: readonly Request[] = [
  ['POST', '/accounts', BUYER],
  ['POST', '/accounts', BUYER],
  ['POST', '/accounts', { ...BUYER, creditLimit: 'NaN' }],
  ['POST', '/accounts', { ...BUYER, email: `${EMAIL} ${EMAIL}` }],
  ['POST', '/accounts', `{"email": "${EMAIL}", "document": ${DOCUMENT}`],
  ['GET', `/accounts?email=${EMAIL}&from=x`],
  ['GET', `/accounts?document=${DOCUMENT}`],
  ['GET', `/accounts/${EMAIL}`],
  ['PUT', `${ACCOUNT}/holders`, { email: HOLDER }],
  ['POST', `${ACCOUNT}/transactions`, { value: 10, holder: HOLDER }],
  ['POST', `${ACCOUNT}/transactions`, { value: 1e9, holder: EMAIL }],
  ['PUT', `${ACCOUNT}/statements/${DOCUMENT}`, { value: '12' }],
  ['GET', `//no-such-page/${EMAIL}?token=${TOKEN}`],
  ['GET', `//%ff/${EMAIL}`],
  ['GET', `${ACCOUNT}/invoices?observation=${NOTE}`],
]

async function sendAll(): Promise<number[]> {
  const statuses: number[] = []
  for (const [method, path, body] of REQUESTS) {
    statuses.push((await call(fiado.url, FIRST_KEY, method, path, body)).status)
  }
  return statuses
}

/** Not even HTTP, with personal data in it. */
function sendGarbage(): Promise<void> {
  const { hostname, port } = new URL(fiado.url)
  return new Promise((resolve) => {
    const socket = connectSocket(Number(port), hostname)
    socket.once('close', () => resolve())
    socket.resume()
    socket.end(`GIVE ME ${EMAIL} ${DOCUMENT} ${TOKEN}\r\n\r\n`)
  })
}

test('refusals, malformed requests and wrong credentials', async () => {
  const statuses = await sendAll()
  expect(statuses.filter((status) => status >= 500)).toEqual([])
  expect(statuses).toContain(200)
  expect(statuses).toContain(400)
  expect(statuses).toContain(409)
  const wrong = { appKey: FIRST_KEY.appKey, token: TOKEN }
  expect((await call(fiado.url, wrong, 'GET', `/accounts?email=${EMAIL}`)).status).toBe(401)
  const cookie = { headers: { VtexIdclientAutCookie: TOKEN }, key: false } as const
  const session = await call(fiado.url, wrong, 'GET', '/accounts', undefined, cookie)
  expect(session.status).toBe(401)
  await sendGarbage()
})

test('faults inside the database, whose messages quote what was sent', async () => {
  const { sql } = database
  await sql`alter table account add constraint picky check (email not like 'novo%')`
  const picky = { ...BUYER, document: '529.982.247-25', email: 'novo.segredo@correio.example' }
  const answer = await call(fiado.url, FIRST_KEY, 'POST', '/accounts', picky)
  expect(answer.status).toBe(500)
  expect(answer.text).not.toContain('picky')
  await sql`alter table claim rename to claim_gone`
  expect(await sendAll()).toContain(500)
  await sql`alter table claim_gone rename to claim`
})

test('a database that goes away', async () => {
  door.close()
  for (const socket of sockets) socket.destroy()
  const statuses = await sendAll()
  expect(statuses).toContain(503)
  expect(statuses).not.toContain(500)
})

test('the whole output, from start to stop, holds nothing of all that', async () => {
  expect(await fiado.stop()).toBe(0)
  const output = fiado.stdout() + fiado.stderr()
  expect(output).toContain('"level":50')
  expect(output).toContain('"level":40')
  for (const secret of [
    DOCUMENT,
    PUNCTUATED,
    '52998224725',
    'segredo',
    'correio.example',
    TOKEN,
    NOTE,
  ]) {
    expect(output).not.toContain(secret)
  }
  expect(output).not.toContain(FIRST_KEY.token)
  expect(output).not.toContain(new URL(database.url).password)
  expect(output).not.toMatch(/select |insert |DETAIL|picky/)
})
