/** Commands on a data directory: beside the server that runs on it, and without one. */
import { beforeAll, expect, test } from 'vitest'
import {
  createDataDir,
  FIRST_KEY,
  type FiadoProcess,
  type Finished,
  postmasterOf,
  runFiado,
  startProcess,
} from '../support/process.ts'
import { call } from '../support/server.ts'

let dataDir: string
let fiado: FiadoProcess

beforeAll(async () => {
  dataDir = await createDataDir()
  fiado = await startProcess({ dataDir })
})

function run(...args: string[]): Promise<Finished> {
  return runFiado(args, { dataDir })
}

test('commands share the PostgreSQL of the running server, and leave it to the server', async () => {
  const postmaster = await postmasterOf(dataDir)
  const migrated = await run('migrate')
  expect(migrated.stdout).toContain(
    `The schema of the embedded PostgreSQL in ${dataDir} is up to date.`,
  )
  expect((await run('stores', 'create', 'vitrine')).code).toBe(0)
  const made = await run('keys', 'create', '--store', 'vitrine')
  const appKey = /AppKey: +(\S+)/.exec(made.stdout)?.[1] ?? ''
  const token = /AppToken: +(\S+)/.exec(made.stdout)?.[1] ?? ''
  const demo = await run('demo', '--store', 'vitrine', '--accounts', '20')
  expect(demo.stderr).toBe('')
  expect(demo.code).toBe(0)
  const seen = await call(fiado.url, { appKey, token }, 'GET', '/accounts?from=1&to=100')
  expect(seen.status).toBe(200)
  expect(seen.json.data.length).toBe(19)
  const closed = await call(fiado.url, { appKey, token }, 'GET', '/accounts?status=Closed')
  expect(closed.json.data.length).toBe(1)
  const overdue = await call(fiado.url, { appKey, token }, 'GET', '/invoices?status=Overdue')
  expect(overdue.json.data.length).toBeGreaterThan(0)
  const verified = await run('verify')
  expect(verified.stdout).toContain('of 20 accounts')
  expect(verified.code).toBe(0)
  expect(await postmasterOf(dataDir)).toBe(postmaster)
  expect((await call(fiado.url, FIRST_KEY, 'GET', '/accounts')).status).toBe(200)
})

test('while the server stops a command does its work, or says that the database went away', async () => {
  const commands = ['stores', 'keys'].flatMap((what) => [run(what, 'list'), run(what, 'list')])
  fiado.kill('SIGTERM')
  for (const { code, stderr } of await Promise.all(commands)) {
    expect(stderr).toMatch(code === 0 ? /^$/ : /^fiado: embedded PostgreSQL .+\n$/)
  }
  expect(await fiado.exited).toBe(0)
  expect(await postmasterOf(dataDir)).toBeUndefined()
})

test('without a server a command starts PostgreSQL for itself, and ends it', async () => {
  const list = await run('stores', 'list')
  expect(list.stdout).toMatch(/^vitrine +BRL/m)
  expect(list.code).toBe(0)
  expect(await postmasterOf(dataDir)).toBeUndefined()
  // Whoever is done first must not take the database from the others.
  const several = await Promise.all([run('verify'), run('keys', 'list'), run('stores', 'list')])
  expect(several.map(({ code, stderr }) => [code, stderr])).toEqual(several.map(() => [0, '']))
  expect(await postmasterOf(dataDir)).toBeUndefined()
})
