/** Stores, keys and sessions made on the command line work on a running server. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import {
  FIRST_KEY,
  type FiadoProcess,
  type Finished,
  runFiado,
  startProcess,
} from '../support/process.ts'
import { type Answer, type Credentials, call } from '../support/server.ts'

/** In how long a running server refuses what was revoked. */
const REVOKED_MS = 5_000

let database: TestDatabase
let fiado: FiadoProcess

beforeAll(async () => {
  database = await createDatabase()
  fiado = await startProcess({ databaseUrl: database.url })
})
afterAll(async () => {
  await fiado.stop()
  await database.drop()
})

function run(...args: string[]): Promise<Finished> {
  return runFiado(args, { databaseUrl: database.url })
}

async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args)
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return stdout
}

/** The one line that says why not. */
async function refused(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args)
  expect(stderr).toMatch(/^fiado: .+\n$/)
  expect(stdout).toBe('')
  expect(code).toBe(1)
  return stderr
}

async function createdKey(...args: string[]): Promise<Credentials> {
  const output = await done('keys', 'create', ...args)
  const appKey = /X-VTEX-API-AppKey: +(\S+)/.exec(output)?.[1] ?? ''
  const token = /X-VTEX-API-AppToken: +(\S+)/.exec(output)?.[1] ?? ''
  expect(token.length).toBeGreaterThanOrEqual(40)
  expect(output).toContain('The token is shown this once')
  return { appKey, token }
}

function ask(
  key: Credentials,
  method = 'GET',
  path = '/accounts',
  body?: unknown,
): Promise<Answer> {
  return call(fiado.url, key, method, path, body)
}

/** Milliseconds until the server says 401, asked all the time. */
async function untilRefused(answer: () => Promise<Answer>): Promise<number> {
  const started = performance.now()
  while ((await answer()).status !== 401) {
    if (performance.now() - started > 2 * REVOKED_MS) break
    await sleep(100)
  }
  return performance.now() - started
}

test('migrate applies every migration once', async () => {
  await database.sql`drop schema public cascade`
  await database.sql`create schema public`
  const first = await done('migrate')
  expect(first).toMatch(/^applied 000001_\w+\.sql$/m)
  expect(first).toMatch(/The schema of the PostgreSQL at \S+ is up to date\./)
  const second = await done('migrate')
  expect(second).not.toContain('applied')
  expect(second).toContain('is up to date')
  await fiado.stop()
  fiado = await startProcess({ databaseUrl: database.url })
})

test('migrate refuses a database of a newer Fiado', async () => {
  await database.sql`insert into schema_migration values (999999, '999999_future.sql', now())`
  expect(await refused('migrate')).toContain('newer than this Fiado')
  expect(await refused('verify')).toContain('newer than this Fiado')
  await database.sql`delete from schema_migration where version = 999999`
})

test('stores are created and listed; bad names, currencies and zones are refused', async () => {
  const created = await done(
    'stores',
    'create',
    'loja-chile',
    '--currency',
    'clp',
    '--time-zone',
    'America/Santiago',
  )
  expect(created).toContain('Store loja-chile (CLP, America/Santiago) is created.')
  const list = await done('stores', 'list')
  expect(list).toMatch(/^STORE +CURRENCY +TIME ZONE$/m)
  expect(list).toMatch(/^main +BRL +America\/Sao_Paulo$/m)
  expect(list).toMatch(/^loja-chile +CLP +America\/Santiago$/m)
  expect(await refused('stores', 'create', 'loja-chile')).toContain(
    'There is a store named loja-chile',
  )
  for (const name of ['Loja', 'loja_um', '', 'a'.repeat(51), 'loja um']) {
    expect(await refused('stores', 'create', name)).toContain('The name must be 1 to 50 of')
  }
  expect(await refused('stores', 'create', 'x', '--currency', 'reais')).toContain('REAIS')
  expect(await refused('stores', 'create', 'x', '--time-zone', 'Mars/Base')).toContain('Mars/Base')
})

test('a key has the resources and the rate it was created with, in its store only', async () => {
  const reader = await createdKey(
    '--resource',
    'Read Checking Accounts',
    '--resource',
    'read invoices',
    '--label',
    'painel',
    '--rate',
    '3',
  )
  const allowed = await ask(reader)
  expect(allowed.status).toBe(200)
  expect(allowed.headers.get('ratelimit-policy')).toBe('"key";q=3;w=1')
  const buyer = { document: '11144477735', documentType: 'CPF', email: 'ana@correio.example' }
  const denied = await ask(reader, 'POST', '/accounts', { ...buyer, creditLimit: 10 })
  expect(denied.status).toBe(403)
  expect(denied.json.detail).toContain('Create Checking Accounts')
  const burst = await Promise.all(Array.from({ length: 8 }, () => ask(reader)))
  expect(burst.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(4)

  expect((await ask(FIRST_KEY, 'POST', '/accounts', { ...buyer, creditLimit: 10 })).status).toBe(
    200,
  )
  const chilean = await createdKey('--store', 'loja-chile')
  expect(chilean.appKey).toContain('loja-chile')
  expect((await ask(chilean, 'GET', '/accounts/11144477735_CPF')).status).toBe(404)
  expect((await ask(chilean, 'POST', '/accounts', { ...buyer, creditLimit: 10 })).status).toBe(200)

  const list = await done('keys', 'list')
  expect(list).toMatch(/^KEY +STORE +STATE +RATE +RESOURCES +LABEL$/m)
  expect(list).toMatch(
    new RegExp(
      `^${reader.appKey} +main +in force +3/s +Read Checking Accounts, Read Invoices +painel$`,
      'm',
    ),
  )
  expect(list).toMatch(
    new RegExp(`^${chilean.appKey} +loja-chile +in force +no limit +Main Access$`, 'm'),
  )
  for (const { token } of [reader, chilean, FIRST_KEY]) expect(list).not.toContain(token)
  expect(await refused('keys', 'create', '--store', 'nowhere')).toContain(
    'There is no store nowhere (there is: main, loja-chile)',
  )
})

test('a session works as a header and as a cookie, and is recorded by its e-mail', async () => {
  const email = 'paula+credito@loja.example'
  const output = await done(
    'sessions',
    'create',
    '--email',
    email,
    '--hours',
    '2',
    '--resource',
    'Create Checking Accounts',
    '--resource',
    'Read Checking Accounts',
  )
  const token = /VtexIdclientAutCookie: (\S+)/.exec(output)?.[1] ?? ''
  expect(output).toContain('Lasts 2 h; may use: Create Checking Accounts, Read Checking Accounts.')
  const by = (headers: Record<string, string>, method: string, path: string, body?: unknown) =>
    call(fiado.url, FIRST_KEY, method, path, body, { headers, key: false })
  const header = { VtexIdclientAutCookie: token }
  const cookie = { Cookie: `VtexIdclientAutCookie=${token}` }
  expect((await by(cookie, 'GET', '/accounts')).status).toBe(200)
  const buyer = { document: '52998224725', documentType: 'CPF', email: 'bia@correio.example' }
  const opened = await by(header, 'POST', '/accounts', { ...buyer, creditLimit: 10 })
  expect(opened.status).toBe(200)
  expect((await by(cookie, 'GET', '/storeconfig')).status).toBe(403)
  const entries = await database.sql<{ done_by: string }[]>`
    select done_by from entry where account_id = '52998224725_CPF'`
  expect(entries.map(({ done_by }) => done_by)).toEqual([email])
})

test('a revoked key and a revoked session stop working within 5 seconds, and for good', async () => {
  const key = await createdKey()
  const email = 'rafael@loja.example'
  const output = await done('sessions', 'create', '--email', email)
  const headers = { VtexIdclientAutCookie: /VtexIdclientAutCookie: (\S+)/.exec(output)?.[1] ?? '' }
  const askInSession = () =>
    call(fiado.url, FIRST_KEY, 'GET', '/accounts', undefined, { headers, key: false })
  expect((await askInSession()).status).toBe(200)
  expect(await done('sessions', 'revoke', email.toUpperCase())).toContain('Sessions ended: 1.')
  expect((await ask(key)).status).toBe(200)
  expect(await done('keys', 'revoke', key.appKey)).toContain(`${key.appKey} is revoked`)
  const took_ms = await Promise.all([untilRefused(() => ask(key)), untilRefused(askInSession)])
  console.log(`revoked credentials were refused after ${took_ms.map(Math.round).join(' and ')} ms`)
  expect(Math.max(...took_ms)).toBeLessThan(REVOKED_MS + 500)

  expect(await done('keys', 'list')).toMatch(new RegExp(`^${key.appKey} +main +revoked 20`, 'm'))
  expect(await refused('keys', 'revoke', key.appKey)).toContain('No key in force is named')
  expect(await refused('keys', 'revoke', 'nobody')).toContain('No key in force is named nobody')
  expect(await done('sessions', 'revoke', email)).toContain('Sessions ended: 0.')
  expect(await refused('sessions', 'create', '--email', 'nobody')).toContain('--email must be')
  expect((await ask(FIRST_KEY)).status).toBe(200)
})
