/** What the log of a real server tells, at its most talkative: never who the buyers are. */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSession } from '../../src/ledger/credentials.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { FIRST_KEY, type FiadoProcess, startProcess } from '../support/process.ts'
import { DAY_MS } from '../support/server.ts'
import { credentialHeaders, wire } from './cases.ts'
import { leakFaults, shapeFaults } from './judge.ts'
import { exchange, open, type RawAnswer } from './raw-http.ts'
import { BASE } from './world.ts'

const DOCUMENT = '73214589600'
const EMAIL = 'maria.segredo+loja@correio.example'
const GUEST = 'jose.oculto@correio.example'
const OPERATOR = 'operador.discreto@loja.example'
const WRONG_TOKEN = 'wrong-token-9f8e7d6c5b4a'
const ACCOUNT = `${BASE}/accounts/${DOCUMENT}_CPF`

let database: TestDatabase
let server: FiadoProcess
let session: string

beforeAll(async () => {
  database = await createDatabase()
  server = await startProcess({ databaseUrl: database.url, env: { FIADO_LOG_LEVEL: 'trace' } })
  const person = { storeId: 1, email: OPERATOR, resources: ['Main Access'] as const }
  session = await createSession(database.sql, { ...person, lifetime_ms: DAY_MS }, Date.now())
})
afterAll(async () => {
  await server.stop()
  await database.drop()
})

const JSON_TYPE = { 'Content-Type': 'application/json' }

interface Asked {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

async function ask(method: string, target: string, asked: Asked = {}): Promise<RawAnswer> {
  const { headers = credentialHeaders(FIRST_KEY), body } = asked
  const type: Record<string, string> = body === undefined ? {} : JSON_TYPE
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const draft = { method, target, headers: { ...type, ...headers }, ...(text && { body: text }) }
  const [answer] = await exchange(Number(new URL(server.url).port), wire(draft))
  if (!answer) throw new Error(`No answer to ${method} ${target}`)
  return answer
}

/** Everything that must not be in the log: as it is, encoded for an address, and as its hash. */
function secrets(): string[] {
  const people = [DOCUMENT, EMAIL, GUEST, OPERATOR]
  const tokens = [FIRST_KEY.token, WRONG_TOKEN, session]
  const hashes = tokens.map((token) => createHash('sha256').update(token).digest('hex'))
  const names = ['segredo', 'oculto', 'discreto']
  return [...people, ...tokens, ...hashes, ...names, ...people.map(encodeURIComponent)]
}

async function expectNothingTold(): Promise<void> {
  await logged()
  const log = server.stdout() + server.stderr()
  const told = secrets().filter((secret) => log.toLowerCase().includes(secret.toLowerCase()))
  expect(told, log).toEqual([])
}

/** What the server has written may still be on its way to us. */
async function logged(): Promise<void> {
  await sleep(200)
}

interface Line {
  readonly msg?: string
  readonly reqId?: string
  readonly code?: string
}

function logLines(): Line[] {
  const lines = server.stderr().split('\n')
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
}

test('good requests and bad ones leave nothing of a buyer in the log', async () => {
  const opening = { document: DOCUMENT, documentType: 'CPF', email: EMAIL, creditLimit: 1000 }
  const query = `?email=${encodeURIComponent(EMAIL)}&document=${DOCUMENT}`
  const holder = { claims: { email: GUEST } }
  const good: [string, string, Asked?][] = [
    ['POST', `${BASE}/accounts`, { body: opening }],
    ['GET', ACCOUNT],
    ['GET', `${BASE}/accounts${query}`],
    ['POST', `${ACCOUNT}/holders`, { body: holder }],
    ['POST', `${ACCOUNT}/transactions`, { body: { value: 10, holder: GUEST } }],
    ['PUT', `${ACCOUNT}/tolerance`, { body: { value: 1 }, headers: sessionHeader() }],
    ['GET', `${ACCOUNT}/statements`, { headers: { Cookie: `VtexIdclientAutCookie=${session}` } }],
  ]
  for (const [method, target, asked] of good) {
    const { status, body } = await ask(method, target, asked)
    expect([status, target], body).toEqual([200, target])
  }
  const wrongKey = credentialHeaders({ ...FIRST_KEY, token: WRONG_TOKEN })
  const bad: [string, string, Asked?][] = [
    ['POST', `${BASE}/accounts`, { body: opening }],
    ['POST', `${BASE}/accounts`, { body: { ...opening, creditLimit: 'x' } }],
    ['POST', `${BASE}/accounts`, { body: `{"email":"${EMAIL}",` }],
    ['POST', `${BASE}/accounts`, { body: `{"email":"${EMAIL}\\u0000"}` }],
    ['POST', `${BASE}/accounts`, { body: JSON.stringify({ ...opening, x: 'x'.repeat(2 ** 20) }) }],
    ['GET', `${BASE}/accounts/${DOCUMENT}_CNPJ`],
    ['GET', `${BASE}/accounts/${EMAIL}/nothing`],
    ['GET', `/${EMAIL}/${DOCUMENT}/%`],
    ['GET', `${BASE}/accounts${query}&from=x`],
    ['PATCH', ACCOUNT],
    ['GET', ACCOUNT, { headers: wrongKey }],
    ['GET', ACCOUNT, { headers: { VtexIdclientAutCookie: WRONG_TOKEN } }],
    ['PUT', ACCOUNT, { headers: { 'X-Long': EMAIL.repeat(1_000) }, body: opening }],
    ['PUT', ACCOUNT, { headers: { ...wrongKey, 'X-Odd': `${EMAIL}\u0001` }, body: opening }],
    [
      'PUT',
      ACCOUNT,
      { headers: { 'Content-Type': 'text/plain', ...sessionHeader() }, body: EMAIL },
    ],
    [EMAIL, ACCOUNT],
  ]
  for (const [method, target, asked] of bad) {
    const answer = await ask(method, target, asked)
    expect(answer.status, target).toBeGreaterThanOrEqual(400)
    expect(answer.status, answer.body).toBeLessThan(500)
  }
  await leaveInTheMiddle()
  await expectNothingTold()
})

function sessionHeader(): Record<string, string> {
  return { VtexIdclientAutCookie: session }
}

/** A client that goes away with half of its body unsent. */
async function leaveInTheMiddle(): Promise<void> {
  const socket = await open(Number(new URL(server.url).port))
  const headers = { ...credentialHeaders(FIRST_KEY), 'Content-Type': 'application/json' }
  const body = JSON.stringify({ email: EMAIL, document: DOCUMENT })
  const bytes = wire({ method: 'PUT', target: ACCOUNT, headers, body })
  socket.resume()
  socket.end(bytes.subarray(0, -5))
  await new Promise((resolve) => socket.once('close', resolve))
}

test('a fault of ours is a problem without internals, and its log names no buyer', async () => {
  // PostgreSQL tells the whole row of whoever breaks a constraint.
  await database.sql.unsafe(`
    alter table account add constraint nobody_else check (email not like '%segredo%') not valid;
    alter table holder add constraint no_holder check (false) not valid;
    alter table invoice rename to gone`)
  const second = 'ana.segredo@correio.example'
  const opening = { document: '11144477735', documentType: 'CPF', email: second, creditLimit: 1 }
  const faults = [
    await ask('POST', `${BASE}/accounts`, { body: opening }),
    await ask('PUT', ACCOUNT, { body: { creditLimit: 5 } }),
    await ask('POST', `${ACCOUNT}/holders`, { body: { claims: { email: `x-${GUEST}` } } }),
    await ask('GET', `${ACCOUNT}/invoices`, { headers: sessionHeader() }),
    await ask('GET', `${BASE}/invoices?creditAccountId=${DOCUMENT}_CPF`),
  ]
  for (const answer of faults) {
    expect([answer.status, shapeFaults(answer)]).toEqual([500, []])
    expect(JSON.parse(answer.body).code).toBe(1170)
    expect(
      leakFaults(answer, [...secrets(), 'nobody_else', 'no_holder', '23514', '42P01']),
    ).toEqual([])
  }
  expect((await ask('GET', ACCOUNT)).status).toBe(200)
  await logged()
  const failures = logLines().filter(({ msg }) => msg === 'A request failed')
  expect(failures.map(({ code }) => code)).toEqual(['23514', '23514', '23514', '42P01', '42P01'])
  await expectNothingTold()
})

test('the answer to a fault says where in the log it stands', async () => {
  const answer = await ask('GET', `${ACCOUNT}/invoices`)
  expect(answer.status).toBe(500)
  await logged()
  const id = logLines().findLast(({ msg }) => msg === 'A request failed')?.reqId
  expect(id).toBeTypeOf('string')
  expect(JSON.stringify([answer.headers, answer.body])).toContain(id)
})

test('a database that goes away leaves nothing of a buyer in the log', async () => {
  await database.sql.unsafe(`
    alter table account drop constraint nobody_else;
    alter table holder drop constraint no_holder;
    alter table gone rename to invoice`)
  await database.sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      index % 2 ? ask('GET', ACCOUNT) : ask('PUT', `${ACCOUNT}/tolerance`, { body: { value: 0 } }),
    ),
  )
  for (const answer of answers) {
    if (answer.status !== 200) expect(answer.status).toBe(503)
    if (answer.status >= 400) expect(shapeFaults(answer)).toEqual([])
    expect(leakFaults(answer, [FIRST_KEY.token, session])).toEqual([])
  }
  await expectNothingTold()
})
