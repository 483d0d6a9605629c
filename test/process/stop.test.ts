/** A signal ends the server in order: what was sent is answered, and what was answered is kept. */
import { existsSync } from 'node:fs'
import { Agent } from 'node:http'
import { connect as connectSocket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sql } from '../../src/postgres/connect.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import {
  createDataDir,
  FIRST_KEY,
  postmasterOf,
  runFiado,
  startProcess,
} from '../support/process.ts'
import { burst, Load, openAccount, type Sent } from './load.ts'

const CONNECTIONS = 48
/** As many as the door of the API always lets in: none of them is refused, however slow the machine. */
const BURST = 250
/** A stop is over long before an orchestrator loses its patience (10 s in most). */
const STOP_MS = 5_000

let database: TestDatabase

beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())

type Fiado = Awaited<ReturnType<typeof startProcess>>

/** Every order that was answered is there, once; the account's hold is their sum. */
async function expectKept(sql: Sql, answered: readonly Sent[]): Promise<void> {
  const rows = await sql<{ order_id: string }[]>`select order_id from transaction`
  const stored = new Set(rows.map(({ order_id }) => order_id))
  expect(stored.size).toBe(rows.length)
  expect(answered.filter(({ orderId }) => !stored.has(orderId))).toEqual([])
  const [account] = await sql<{ held: bigint }[]>`select held from account`
  expect(account?.held).toBe(BigInt(rows.length))
}

/** Sends the signal in the middle of a load; answers what was sent. */
async function endUnderLoad(fiado: Fiado, signal: NodeJS.Signals): Promise<Sent[]> {
  const accountId = await openAccount(fiado.url)
  const load = new Load({ url: fiado.url, accountId, connections: CONNECTIONS })
  await load.untilAnswered(CONNECTIONS * 5)
  const killedAt = performance.now()
  fiado.kill(signal)
  expect(await fiado.exited).toBe(0)
  expect(performance.now() - killedAt).toBeLessThan(STOP_MS)
  await load.stop()
  const before = load.sent.filter(({ sentAt = Number.POSITIVE_INFINITY }) => sentAt < killedAt)
  expect(before.some(({ endedAt = 0 }) => endedAt > killedAt)).toBe(true)
  expect(before.filter(({ status }) => status !== 200)).toEqual([])
  expect(load.sent.filter(({ status = 200 }) => status !== 200)).toEqual([])
  return load.answered()
}

test('SIGTERM under load: nothing sent is cut, nothing answered is lost, exit code 0', async () => {
  const fiado = await startProcess({ databaseUrl: database.url })
  const answered = await endUnderLoad(fiado, 'SIGTERM')
  expect(fiado.stderr()).toContain('Stopping: requests in flight are finished')
  await expectKept(database.sql, answered)
  const sessions = await database.sql`
    select application_name from pg_stat_activity
    where datname = current_database() and application_name like 'fiado %'`
  expect(sessions).toEqual([])
})

test('a burst on kept connections just before SIGTERM is answered to the last one', async () => {
  const fiado = await startProcess({ databaseUrl: database.url })
  const place = { url: fiado.url, accountId: '11144477735_CPF' }
  const agent = new Agent({ keepAlive: true, maxSockets: BURST })
  await burst(place, agent, 'warm-up', BURST)
  let killedAt = 0
  const sent = await burst(place, agent, 'burst', BURST, () => {
    killedAt = performance.now()
    fiado.kill('SIGTERM')
  })
  expect(sent.filter(({ status }) => status !== 200)).toEqual([])
  // Its callers keep their connections: they must not keep the server.
  expect(await fiado.exited).toBe(0)
  expect(performance.now() - killedAt).toBeLessThan(STOP_MS)
  agent.destroy()
  await expectKept(database.sql, sent)
})

test('a connection on which nothing was sent does not hold up the stop', async () => {
  const fiado = await startProcess({ databaseUrl: database.url })
  const { hostname, port } = new URL(fiado.url)
  const silent = connectSocket(Number(port), hostname)
  await new Promise((resolve) => silent.once('connect', resolve))
  const killedAt = performance.now()
  fiado.kill('SIGTERM')
  expect(await fiado.exited).toBe(0)
  expect(performance.now() - killedAt).toBeLessThan(STOP_MS)
  silent.destroy()
})

test('a second signal does not wait; two at once are one', async () => {
  const fiado = await startProcess({ databaseUrl: database.url })
  const { hostname, port } = new URL(fiado.url)
  const slow = connectSocket(Number(port), hostname)
  slow.write('POST /api/creditcontrol/accounts HTTP/1.1\r\nHost: x\r\n')
  slow.write(
    `X-VTEX-API-AppKey: ${FIRST_KEY.appKey}\r\nX-VTEX-API-AppToken: ${FIRST_KEY.token}\r\n`,
  )
  slow.write('Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{')
  await sleep(100)
  fiado.kill('SIGINT')
  while (!fiado.stderr().includes('a second signal ends at once')) await sleep(1)
  fiado.kill('SIGINT')
  await sleep(1_200)
  fiado.kill('SIGINT')
  expect(await fiado.exited).toBe(130)
  slow.destroy()
})

test('SIGINT with a data directory: its PostgreSQL is gone too, cleanly', async () => {
  const dataDir = await createDataDir()
  const fiado = await startProcess({ dataDir })
  expect(await postmasterOf(dataDir)).toBeGreaterThan(0)
  await endUnderLoad(fiado, 'SIGINT')
  expect(await postmasterOf(dataDir)).toBeUndefined()
  expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false)
  const verified = await runFiado(['verify'], { dataDir })
  expect(verified.stdout).toContain('No drift')
  expect(verified.code).toBe(0)
  expect(await postmasterOf(dataDir)).toBeUndefined()
})
