/** The server or its PostgreSQL killed in the middle of a load, on one data directory. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import {
  createDataDir,
  FIRST_KEY,
  type FiadoProcess,
  postmasterOf,
  runFiado,
  startProcess,
} from '../support/process.ts'
import { call } from '../support/server.ts'
import { authorize, Load, openAccount, type Sent, VALUE } from './load.ts'

const CONNECTIONS = 32
/** No request may hang longer, and the server must serve again within the same time. */
const PATIENCE_MS = 10_000

let dataDir: string
let fiado: FiadoProcess
let accountId: string
const answered: Sent[] = []

beforeAll(async () => {
  dataDir = await createDataDir()
  fiado = await startProcess({ dataDir })
  accountId = await openAccount(fiado.url)
})

interface Page {
  readonly data: readonly { readonly orderId: string; readonly value: number }[]
  readonly summary: { readonly count: number; readonly held: number }
}

/** All transactions of the account, as the API tells them. */
async function transactions(): Promise<Page> {
  const path = (from: number) => `/accounts/${accountId}/transactions?from=${from}&to=${from + 999}`
  const first: Page = (await call(fiado.url, FIRST_KEY, 'GET', path(1))).json
  const data = [...first.data]
  while (data.length < first.summary.count) {
    data.push(...(await call(fiado.url, FIRST_KEY, 'GET', path(data.length + 1))).json.data)
  }
  return { data, summary: first.summary }
}

/** Everything acknowledged is there once, nothing stands twice, and the ledger agrees. */
async function expectSound(): Promise<Set<string>> {
  const { data, summary } = await transactions()
  const stored = new Set(data.map(({ orderId }) => orderId))
  expect(stored.size).toBe(data.length)
  expect(answered.filter(({ orderId }) => !stored.has(orderId))).toEqual([])
  expect(Math.round(summary.held / VALUE)).toBe(data.length)
  const verified = await runFiado(['verify'], { dataDir })
  expect(verified.stdout).toContain('No drift')
  expect(verified.code).toBe(0)
  return stored
}

test('kill -9 of the server: what was acknowledged is there once, and a retry has one effect', async () => {
  const load = new Load({ url: fiado.url, accountId, connections: CONNECTIONS })
  await load.untilAnswered(CONNECTIONS * 10)
  fiado.kill('SIGKILL')
  expect(await fiado.exited).toBeNull()
  await load.stop()
  answered.push(...load.answered())
  const unanswered = load.sent.filter(({ status }) => status === undefined)
  expect(unanswered.length).toBeGreaterThan(0)

  fiado = await startProcess({ dataDir })
  console.log(`a start after kill -9 took ${Math.round(fiado.readyAfter_ms)} ms`)
  const before = await expectSound()
  const already = unanswered.filter(({ orderId }) => before.has(orderId)).length
  console.log(`${already} of ${unanswered.length} unanswered requests had been done`)

  const retries = unanswered.map(({ orderId }): Sent => ({ orderId }))
  await Promise.all(retries.map((retry) => authorize({ url: fiado.url, accountId }, retry)))
  expect(retries.filter(({ status }) => status !== 200)).toEqual([])
  answered.push(...retries)
  const after = await expectSound()
  expect(after.size).toBe(before.size + unanswered.length - already)
})

/** What dies: the whole server, or one session of it, as when memory runs out. */
const VICTIMS: readonly [string, (postmaster: number) => Promise<number>][] = [
  ['PostgreSQL', async (postmaster) => postmaster],
  ['a session of PostgreSQL', sessionOf],
]

test.each(VICTIMS)(
  'kill -9 of %s: nobody hangs, and the server serves again',
  async (name, find) => {
    const postmaster = await postmasterOf(dataDir)
    if (!postmaster) throw new Error('There is no PostgreSQL on the data directory')
    const load = new Load({ url: fiado.url, accountId, connections: CONNECTIONS, insists: true })
    const reads = watch(() => call(fiado.url, FIRST_KEY, 'GET', `/accounts/${accountId}`))
    await load.untilAnswered(CONNECTIONS * 5)
    const victim = await find(postmaster)
    const killedAt = performance.now()
    process.kill(victim, 'SIGKILL')
    const servedAt = await firstAfter(load, killedAt + 500)
    await sleep(500)
    await load.stop()
    await reads.stop()
    const took_ms = Math.round(servedAt - killedAt)
    expect(took_ms).toBeLessThan(PATIENCE_MS)

    // Without a key the outcome of a commit under way would be unknown; these all have one.
    const refused = load.sent.filter(({ status }) => status !== 200)
    expect(refused.filter(({ status, retryAfter }) => status !== 503 || !retryAfter)).toEqual([])
    expect(reads.sent.filter(({ status = 0 }) => ![200, 503].includes(status))).toEqual([])
    const all = [...load.sent, ...reads.sent]
    const slowest = Math.max(...all.map(({ sentAt = 0, endedAt = 0 }) => endedAt - sentAt))
    expect(slowest).toBeLessThan(PATIENCE_MS)
    console.log(
      `kill -9 of ${name}: served again after ${took_ms} ms; ${refused.length} answers of 503, the slowest answer took ${Math.round(slowest)} ms`,
    )

    expect((await postmasterOf(dataDir)) === postmaster).toBe(victim !== postmaster)
    expect((await fetch(`${fiado.url}/readyz`)).status).toBe(200)
    answered.push(...load.answered())
    await expectSound()
  },
)

test('SIGTERM after all that leaves no PostgreSQL behind', async () => {
  expect(await fiado.stop()).toBe(0)
  expect(await postmasterOf(dataDir)).toBeUndefined()
})

test('neither log of the data directory holds personal data', async () => {
  const log = await readFile(join(dataDir, 'postgres.log'), 'utf8')
  const password = (await readFile(join(dataDir, 'postgres-password'), 'utf8')).trim()
  for (const output of [log, fiado.stdout(), fiado.stderr()]) {
    expect(output).not.toMatch(/11144477735|ana\+carga|correio\.example/)
    expect(output).not.toContain(password)
  }
})

/** The process of one session of our database (Linux tells children and their titles). */
async function sessionOf(postmaster: number): Promise<number> {
  const children = await readFile(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8')
  for (const pid of children.trim().split(' ')) {
    const title = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (title.startsWith('postgres: fiado fiado ')) return Number(pid)
  }
  throw new Error('There is no session')
}

interface Watch {
  readonly sent: Pick<Sent, 'sentAt' | 'endedAt' | 'status'>[]
  stop(): Promise<void>
}

/** Asks again and again until it is stopped. */
function watch(ask: () => Promise<{ status: number }>): Watch {
  const sent: Watch['sent'] = []
  let isStopped = false
  const run = async (): Promise<void> => {
    while (!isStopped) {
      const sentAt = performance.now()
      const { status } = await ask()
      sent.push({ sentAt, endedAt: performance.now(), status })
      await sleep(20)
    }
  }
  const running = run()
  return {
    sent,
    stop: async () => {
      isStopped = true
      await running
    },
  }
}

/** When the first answer of 200 came to a request that was sent after `instant`. */
async function firstAfter(load: Load, instant: number): Promise<number> {
  for (;;) {
    const found = load.answered().find(({ sentAt = 0 }) => sentAt > instant)
    if (found?.endedAt) return found.endedAt
    if (performance.now() - instant > 3 * PATIENCE_MS) return Number.POSITIVE_INFINITY
    await sleep(20)
  }
}
