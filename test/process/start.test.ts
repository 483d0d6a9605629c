/** What an operator sees on the first start, on later ones, and where the server cannot listen. */
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createDataDir, FIRST_KEY, runFiado, startProcess } from '../support/process.ts'
import { type Credentials, call } from '../support/server.ts'

/** The promise of the issue for a start that has nothing to create. */
const LATER_START_MS = 5_000

const UNSET = { FIADO_APP_KEY: undefined, FIADO_APP_TOKEN: undefined }
const BUYER = { document: '11144477735', documentType: 'CPF', email: 'ana@correio.example' }

let database: TestDatabase

beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())

function keyIn(greeting: string): Credentials | undefined {
  const appKey = /X-VTEX-API-AppKey: +(\S+)/.exec(greeting)?.[1]
  const token = /X-VTEX-API-AppToken: +(\S+)/.exec(greeting)?.[1]
  return appKey && token ? { appKey, token } : undefined
}

test('the first start on an empty data directory tells all one needs; the second starts fast', async () => {
  const dataDir = await createDataDir()
  const first = await startProcess({ dataDir, env: UNSET })
  const greeting = first.stdout()
  const api = /API +(\S+)/.exec(greeting)?.[1]
  const docs = /Documentation +(\S+)/.exec(greeting)?.[1] ?? ''
  expect(api).toBe(`${first.url}/api/creditcontrol`)
  expect((await fetch(docs)).status).toBe(200)
  expect(greeting).toContain('Stores         main (BRL, America/Sao_Paulo)')
  expect(greeting).toContain(`embedded PostgreSQL in ${dataDir}`)
  expect(greeting).toContain('The token is shown this once')

  const key = keyIn(greeting)
  if (!key) throw new Error(`There is no key in ${greeting}`)
  expect(key.token.length).toBeGreaterThanOrEqual(40)
  const opened = await call(first.url, key, 'POST', '/accounts', { ...BUYER, creditLimit: 1_000 })
  expect(opened.status).toBe(200)
  const hold = `/accounts/${opened.json.id}/transactions`
  expect((await call(first.url, key, 'POST', hold, { value: 12.34 })).status).toBe(200)
  expect((await call(first.url, { ...key, token: 'x' }, 'GET', '/accounts')).status).toBe(401)
  expect(await first.stop()).toBe(0)

  const second = await startProcess({ dataDir, env: UNSET })
  console.log(`a later start took ${Math.round(second.readyAfter_ms)} ms`)
  expect(second.readyAfter_ms).toBeLessThan(LATER_START_MS)
  expect(keyIn(second.stdout())).toBeUndefined()
  expect(second.stdout() + second.stderr()).not.toContain(key.token)
  const kept = await call(second.url, key, 'GET', `/accounts/${opened.json.id}`)
  expect(kept.json.preAuthorizedCredit).toBe(12.34)
  expect(kept.json.email).toBe(BUYER.email)

  const third = await runFiado(['start'], { dataDir, env: { PORT: '0' } })
  expect(third.code).toBe(1)
  expect(third.stderr).toContain('already running on this data directory')
  expect((await call(second.url, key, 'GET', '/accounts')).status).toBe(200)
  expect(await second.stop()).toBe(0)
})

test('a key and token that are given are used and not echoed', async () => {
  const given = { FIADO_APP_KEY: 'integration-key', FIADO_APP_TOKEN: 'a-token-nobody-else-has' }
  const options = {
    databaseUrl: database.url,
    env: {
      ...given,
      FIADO_STORE: 'loja-um',
      FIADO_CURRENCY: 'clp',
      FIADO_TIME_ZONE: 'America/Santiago',
    },
  }
  const key = { appKey: given.FIADO_APP_KEY, token: given.FIADO_APP_TOKEN }
  const first = await startProcess(options)
  expect(first.stdout()).toContain('loja-um (CLP, America/Santiago)')
  expect(first.stdout()).toContain('integration-key')
  expect((await call(first.url, key, 'GET', '/accounts')).status).toBe(200)
  expect(await first.stop()).toBe(0)
  const { password } = new URL(database.url)
  expect(password).not.toBe('')
  const second = await startProcess(options)
  expect((await call(second.url, key, 'GET', '/accounts')).status).toBe(200)
  for (const output of [first.stdout(), first.stderr(), second.stdout(), second.stderr()]) {
    expect(output).not.toContain(given.FIADO_APP_TOKEN)
    expect(output).not.toContain(password)
  }
  expect(await second.stop()).toBe(0)
})

test('a later start with other settings says what it does not follow', async () => {
  const env = { FIADO_STORE: 'loja-dois', FIADO_APP_KEY: 'other', FIADO_APP_TOKEN: 'other-token' }
  const fiado = await startProcess({ databaseUrl: database.url, env })
  expect(fiado.stderr()).toContain('FIADO_STORE=loja-dois is not in this database')
  expect(fiado.stderr()).toContain('FIADO_APP_KEY is not a key of this database')
  const refused = await call(
    fiado.url,
    { appKey: 'other', token: 'other-token' },
    'GET',
    '/accounts',
  )
  expect(refused.status).toBe(401)
  expect(await fiado.stop()).toBe(0)
})

test('a port in use is one clear line', async () => {
  const holder = createServer()
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
  const { port } = holder.address() as { port: number }
  const env = { PORT: String(port), FIADO_APP_KEY: FIRST_KEY.appKey, FIADO_APP_TOKEN: 'x' }
  const { code, stderr } = await runFiado(['start'], { databaseUrl: database.url, env })
  holder.close()
  expect(stderr.trim()).toBe(`fiado: Port ${port} is in use: set PORT to another one`)
  expect(code).toBe(1)
})

test('two servers serve one database at the same time', async () => {
  const given = { FIADO_APP_KEY: 'integration-key', FIADO_APP_TOKEN: 'a-token-nobody-else-has' }
  const options = { databaseUrl: database.url, env: { ...given, FIADO_STORE: 'loja-um' } }
  const servers = await Promise.all([startProcess(options), startProcess(options)])
  const key = { appKey: given.FIADO_APP_KEY, token: given.FIADO_APP_TOKEN }
  const [one, other] = servers
  const opened = await call(one.url, key, 'POST', '/accounts', { ...BUYER, creditLimit: 1_000 })
  const seen = await call(other.url, key, 'GET', `/accounts/${opened.json.id}`)
  expect(seen.json.creditLimit).toBe(1_000)
  expect(await Promise.all(servers.map((server) => server.stop()))).toEqual([0, 0])
})
