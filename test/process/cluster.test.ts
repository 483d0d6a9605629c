/** FIADO_PROCESSES: several processes behind one port keep the promises of one. */
import { readdir, readFile } from 'node:fs/promises'
import { Agent, get, type IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { openDatabase } from '../../src/database.ts'
import { connect } from '../../src/postgres/connect.ts'
import { meet } from '../../src/postgres/meet.ts'
import { CONNECTIONS_A_PROCESS } from '../../src/serve.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { type Exchange, send } from '../support/exchange.ts'
import {
  createDataDir,
  FIRST_KEY,
  type FiadoProcess,
  postmasterOf,
  runFiado,
  startProcess,
} from '../support/process.ts'
import { type Credentials, call } from '../support/server.ts'
import { ImportFile } from '../survival/support/import-file.ts'
import { ImportJob } from '../survival/support/import-job.ts'
import { authorize, Load, type Sent } from './load.ts'

const PROCESSES = 2
const TWO = { FIADO_PROCESSES: String(PROCESSES) }
const CONNECTIONS = 32
const PATIENCE_MS = 20_000

const ACCOUNTS = '/api/creditcontrol/accounts'
const LIMIT = 1_000
const VALUE = 10
const ATTEMPTS = 200
const FITTING = LIMIT / VALUE

let database: TestDatabase

beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())

/** The process ids of the workers (Linux tells children). */
async function workersOf({ pid }: Pick<FiadoProcess, 'pid'>): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  const pids = children.trim().split(' ').map(Number)
  const isWorker = await Promise.all(pids.map(async (child) => isFiado(child)))
  return pids.filter((_, index) => isWorker[index])
}

async function isFiado(pid: number): Promise<boolean> {
  const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return words.includes('cluster-worker')
}

async function isRunning(pid: number): Promise<boolean> {
  return (await readdir('/proc')).includes(String(pid)) && (await isFiado(pid))
}

/** Waits until it holds, 20 s at most. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('It did not come to be in time')
    await sleep(20)
  }
}

let accounts = 0

async function openLimited(url: string, creditLimit = LIMIT): Promise<string> {
  accounts += 1
  const buyer = { document: `CLUSTER${accounts}`, documentType: 'Other' }
  const email = `cluster${accounts}@example.com`
  const opened = await call(url, FIRST_KEY, 'POST', '/accounts', { ...buyer, email, creditLimit })
  expect(opened.status).toBe(200)
  return opened.json.id
}

interface Got {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly socket: Socket
}

/** One GET on a connection of its own, unless an agent keeps it: workers take turns with those. */
function getOnce(
  url: string,
  path: string,
  { key, agent }: { key?: Credentials; agent?: Agent } = {},
): Promise<Got> {
  const { promise, resolve, reject } = Promise.withResolvers<Got>()
  const headers = key && { 'X-VTEX-API-AppKey': key.appKey, 'X-VTEX-API-AppToken': key.token }
  const options = { agent: agent ?? false, ...(headers && { headers }) }
  const request = get(`${url}${path}`, options, async (answer) => {
    const { socket, statusCode: status = 0 } = answer
    const text = (await answer.setEncoding('utf8').toArray()).join('')
    resolve({ status, headers: answer.headers, text, socket })
  })
  request.on('error', reject)
  return promise
}

async function metric(url: string, pattern: RegExp): Promise<number> {
  const { text } = await getOnce(url, '/metrics')
  return Number(pattern.exec(text)?.[1] ?? 0)
}

/** Connections that are kept open, each to the worker that was given it. */
async function keepOpen(url: string, count: number): Promise<Socket[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: count })
  const got = Array.from({ length: count }, () => getOnce(url, '/healthz', { agent }))
  return (await Promise.all(got)).map(({ socket }) => socket)
}

async function expectVerified(databaseUrl = database.url): Promise<void> {
  const verified = await runFiado(['verify'], { databaseUrl })
  expect(verified.stdout).toContain('No drift')
  expect(verified.code).toBe(0)
}

describe('two processes behind one port', () => {
  let fiado: FiadoProcess

  beforeAll(async () => {
    fiado = await startProcess({ databaseUrl: database.url, env: TWO })
  })
  afterAll(async () => {
    await fiado.stop()
  })

  test('greet once', async () => {
    expect(fiado.stdout().match(/is ready/g)).toHaveLength(1)
    expect(fiado.stdout()).toContain('Processes      2')
    expect(await workersOf(fiado)).toHaveLength(PROCESSES)
  })

  test.each([1, 2, 3])(
    '200 authorizations on a limit of 100 pass 100 times (round %i)',
    async () => {
      const path = `/accounts/${await openLimited(fiado.url)}/transactions`
      const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
      const rush = Array.from({ length: ATTEMPTS }, () =>
        send({ url: fiado.url, method: 'POST', path, body: { value: VALUE }, agent }),
      )
      const statuses = (await Promise.all(rush)).map(({ status }) => status)
      agent.destroy()
      expect(statuses.filter((status) => status === 200)).toHaveLength(FITTING)
      expect(statuses.filter((status = 500) => status >= 500)).toEqual([])
    },
  )

  test('imports go on when one that works on them is killed, and do every row once', async () => {
    const files = await Promise.all([1, 2, 3].map(() => ImportFile.make(fiado.url, 1_200)))
    const jobs = await Promise.all(files.map(({ text }) => ImportJob.send(() => fiado.url, text)))
    await Promise.all(jobs.map((job) => job.until(({ rows }) => rows.read > 0, PATIENCE_MS)))
    const [victim = 0] = await workersOf(fiado)
    process.kill(victim, 'SIGKILL')
    const over = await Promise.all(jobs.map((job) => job.untilOver()))
    const sql = connect(database.url, { max: 1 })
    for (const [index, file] of files.entries()) {
      expect(over[index]).toMatchObject({ state: 'completed', rows: file.counts })
      await file.expectDone(sql)
    }
    await sql.end()
  })

  test('one Idempotency-Key at once on both: one effect, and one answer or "running"', async () => {
    const accountId = await openLimited(fiado.url)
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
    const all = Array.from({ length: CONNECTIONS }, (): Sent => ({ orderId: `once-${accountId}` }))
    await Promise.all(all.map((sent) => authorize({ url: fiado.url, accountId }, sent, agent)))
    agent.destroy()
    const done = all.filter(({ status }) => status === 200)
    expect(done.length).toBeGreaterThan(0)
    expect(new Set(done.map(({ text }) => text)).size).toBe(1)
    expect(all.filter(({ status = 0 }) => ![200, 409].includes(status))).toEqual([])
    expect(done.filter(({ isReplay }) => !isReplay)).toHaveLength(1)
    const account = await call(fiado.url, FIRST_KEY, 'GET', `/accounts/${accountId}`)
    expect(account.json.preAuthorizedCredit).toBe(0.01)
  })

  test('a key has one limit, not one in each', async () => {
    const key = await newKey(['--rate', '20'])
    const started = performance.now()
    const sent = Array.from({ length: 100 }, () => getOnce(fiado.url, ACCOUNTS, { key }))
    const answers = await Promise.all(sent)
    const seconds = Math.ceil((performance.now() - started) / 1000)
    const passed = answers.filter(({ status }) => status === 200)
    expect(answers.filter(({ status }) => ![200, 429].includes(status))).toEqual([])
    expect(passed.length).toBeGreaterThanOrEqual(20)
    expect(passed.length).toBeLessThanOrEqual(20 * seconds)
    // Counted once: within a second nobody is told the same number.
    const left = passed.slice(0, 20).map(({ headers }) => headers.ratelimit)
    expect(left.every((text) => /^"key";r=\d+;t=1$/.test(String(text)))).toBe(true)
    if (passed.length === 20) expect(new Set(left).size).toBe(20)
  })

  test('an address that fails to sign in has one limit', async () => {
    const wrong: Credentials = { appKey: 'nobody', token: 'wrong' }
    const failures: number[] = []
    for (let tries = 0; tries < 30; tries += 1) {
      failures.push((await getOnce(fiado.url, ACCOUNTS, { key: wrong })).status)
    }
    expect(failures).toEqual([...Array(20).fill(401), ...Array(10).fill(429)])
    expect((await getOnce(fiado.url, ACCOUNTS, { key: FIRST_KEY })).status).toBe(200)
  })

  test('a scrape shows the sum, whichever process answers', async () => {
    const healthz = /fiado_http_request_seconds_count\{[^}]*route="\/healthz"[^}]*\} (\d+)/
    const before = await metric(fiado.url, healthz)
    for (const socket of await keepOpen(fiado.url, 20)) socket.destroy()
    for (let scrapes = 0; scrapes < 2 * PROCESSES; scrapes += 1) {
      expect(await metric(fiado.url, healthz)).toBe(before + 20)
      expect(await metric(fiado.url, /^fiado_processes (\d+)/m)).toBe(PROCESSES)
    }
  })

  test('a killed one takes its own connections along, is replaced, and no answer is lost', async () => {
    const [victim = 0, ...others] = await workersOf(fiado)
    const sockets = await keepOpen(fiado.url, 8)
    let cut = 0
    for (const socket of sockets) socket.on('close', () => (cut += 1))
    const accountId = await openLimited(fiado.url, 1e6)
    const load = new Load({ url: fiado.url, accountId, connections: CONNECTIONS, insists: true })
    await load.untilAnswered(CONNECTIONS * 5)
    process.kill(victim, 'SIGKILL')
    const killedAt = performance.now()
    // A connection that was on its way to the killed one is closed, and not left open.
    const serving = () => metric(fiado.url, /^fiado_processes (\d+)/m).catch(() => 0)
    await until(async () => (await workersOf(fiado)).every((pid) => pid !== victim))
    await until(async () => (await serving()) === PROCESSES)
    console.log(`a killed worker was replaced after ${Math.round(performance.now() - killedAt)} ms`)
    await load.untilAnswered(load.answered().length + CONNECTIONS * 5)
    await load.stop()
    // Both had connections: some went with the one that was killed, the others stayed.
    expect(cut).toBeGreaterThan(0)
    expect(cut).toBeLessThan(sockets.length)
    for (const socket of sockets) socket.destroy()
    expect(fiado.stderr()).toContain(`Worker process ${victim} ended unexpectedly (SIGKILL)`)
    const now = await workersOf(fiado)
    expect(now).toHaveLength(PROCESSES)
    expect(now).toEqual(expect.arrayContaining(others))
    await expectKept(accountId, load)
    await expectVerified()
  })

  test('all killed at once are replaced on the same port, and leave no client waiting', async () => {
    const victims = await workersOf(fiado)
    // They take no connection any more: these are on their way to one, or wait for their turn.
    for (const pid of victims) process.kill(pid, 'SIGSTOP')
    const waiting = [1, 2, 3, 4].map(() => getOnce(fiado.url, '/healthz'))
    await sleep(300)
    for (const pid of victims) process.kill(pid, 'SIGKILL')
    const ends = await Promise.allSettled(waiting)
    expect(ends.map(({ status }) => status)).toEqual(Array(4).fill('rejected'))
    await until(async () => !(await Promise.all(victims.map(isRunning))).includes(true))
    const serving = () => metric(fiado.url, /^fiado_processes (\d+)/m).catch(() => 0)
    await until(async () => (await serving()) === PROCESSES)
  })

  async function expectKept(accountId: string, load: Load): Promise<void> {
    const rows = await database.sql<{ order_id: string }[]>`
      select order_id from transaction where account_id = ${accountId}`
    const stored = new Set(rows.map(({ order_id }) => order_id))
    expect(stored.size).toBe(rows.length)
    expect(load.answered().filter(({ orderId }) => !stored.has(orderId))).toEqual([])
    const lost = load.sent.filter(({ status }) => status !== 200)
    expect(lost.filter(({ error, status }) => !error && status !== 503)).toEqual([])
  }

  async function newKey(options: readonly string[]): Promise<Credentials> {
    const created = await runFiado(['keys', 'create', ...options], { databaseUrl: database.url })
    const appKey = /AppKey: +(\S+)/.exec(created.stdout)?.[1] ?? ''
    const token = /AppToken: +(\S+)/.exec(created.stdout)?.[1] ?? ''
    return { appKey, token }
  }
})

describe('the end', () => {
  test('SIGTERM under load: nothing sent is cut, all processes end, exit code 0', async () => {
    const fiado = await startProcess({ databaseUrl: database.url, env: TWO })
    const workers = await workersOf(fiado)
    const accountId = await openLimited(fiado.url, 1e6)
    const options = { url: fiado.url, accountId, connections: CONNECTIONS }
    const load = new Load({ ...options, name: 'stopped' })
    await load.untilAnswered(CONNECTIONS * 5)
    const killedAt = performance.now()
    // A terminal and a service manager signal all of them at once.
    for (const pid of workers) process.kill(pid, 'SIGTERM')
    fiado.kill('SIGTERM')
    expect(await fiado.exited).toBe(0)
    await load.stop()
    const before = load.sent.filter(({ sentAt = Number.POSITIVE_INFINITY }) => sentAt < killedAt)
    expect(before.filter(({ status }) => status !== 200)).toEqual([])
    expect(await Promise.all(workers.map(isRunning))).toEqual(workers.map(() => false))
  })

  test('a second signal ends at once: 130, and no worker stays', async () => {
    const fiado = await startProcess({ databaseUrl: database.url, env: TWO })
    const workers = await workersOf(fiado)
    // A worker that is stopped cannot finish: only the second signal helps.
    for (const pid of workers) process.kill(pid, 'SIGSTOP')
    fiado.kill('SIGINT')
    await until(() => fiado.stderr().includes('a second signal ends at once'))
    await sleep(1_200)
    fiado.kill('SIGINT')
    await sleep(200)
    for (const pid of workers) process.kill(pid, 'SIGCONT')
    expect(await fiado.exited).toBe(130)
    await until(async () => !(await Promise.all(workers.map(isRunning))).includes(true))
  })

  test('kill -9 of the primary takes the workers along', async () => {
    const fiado = await startProcess({ databaseUrl: database.url, env: TWO })
    const workers = await workersOf(fiado)
    process.kill(fiado.pid, 'SIGKILL')
    await until(async () => !(await Promise.all(workers.map(isRunning))).includes(true))
    await expect(fetch(`${fiado.url}/healthz`)).rejects.toThrow()
  })

  test('a port in use is one clear line', async () => {
    const holder = await startProcess({ databaseUrl: database.url })
    const { port } = new URL(holder.url)
    const env = { ...TWO, PORT: port }
    const { code, stdout, stderr } = await runFiado(['start'], { databaseUrl: database.url, env })
    expect(stderr.trim()).toBe(`fiado: Port ${port} is in use: set PORT to another one`)
    expect(stdout).toBe('')
    expect(code).toBe(1)
    await holder.stop()
  })

  test('more processes than the database has connections for are refused with one line', async () => {
    const { code, stderr } = await runFiado(['start'], {
      databaseUrl: database.url,
      env: { PORT: '0', FIADO_PROCESSES: '64' },
    })
    const needed = 64 * CONNECTIONS_A_PROCESS
    expect(stderr).toMatch(/^fiado: .*takes 297 connections and FIADO_PROCESSES needs \d+: raise/)
    expect(stderr).toContain(`needs ${needed}:`)
    expect(code).toBe(1)
  })
})

describe('on a data directory', () => {
  test('kill -9 of PostgreSQL: nobody hangs, all processes serve again, nothing is lost', async () => {
    const dataDir = await createDataDir()
    const fiado = await startProcess({ dataDir, env: TWO })
    const accountId = await openLimited(fiado.url, 1e6)
    const load = new Load({ url: fiado.url, accountId, connections: CONNECTIONS, insists: true })
    await load.untilAnswered(CONNECTIONS * 5)
    const workers = await workersOf(fiado)
    const victim = await postmasterOf(dataDir)
    process.kill(victim ?? 0, 'SIGKILL')
    await until(async () => ![undefined, victim].includes(await postmasterOf(dataDir)))
    await load.untilAnswered(load.answered().length + CONNECTIONS * 20)
    await load.stop()
    const failed = load.sent.filter(({ status }) => status !== 200)
    expect(failed.filter(({ status }: Exchange) => status !== 503)).toEqual([])
    expect(await workersOf(fiado)).toEqual(workers)
    const verified = await runFiado(['verify'], { dataDir })
    expect(verified.stdout).toContain('No drift')
    expect(await fiado.stop()).toBe(0)
    expect(await postmasterOf(dataDir)).toBeUndefined()
  })

  test('its PostgreSQL takes as many connections as the processes need', async () => {
    const dataDir = await createDataDir()
    const few = await startProcess({ dataDir })
    // Killed: the next start adopts the PostgreSQL, which takes 100.
    few.kill('SIGKILL')
    await few.exited
    const config = readConfig({ FIADO_DATA_DIR: dataDir })
    const opened = await openDatabase(config, () => undefined, 200)
    expect((await meet(opened.url)).room).toBeGreaterThanOrEqual(200)
    await opened.close()
  })
})
