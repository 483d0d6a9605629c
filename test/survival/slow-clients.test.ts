/** Slow, silent and dead clients by the hundred: they take nothing from the others, and are cut. */
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { open } from '../hostile/raw-http.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { FIRST_KEY, type FiadoProcess, startProcess } from '../support/process.ts'
import { openAccounts } from './support/accounts.ts'
import { IS_FULL, ms, report, times } from './support/experiment.ts'
import { generate, quantile } from './support/generate.ts'
import type { Seen } from './support/generator.ts'
import { connectionsTo, watchMemory } from './support/machine.ts'

const MEASURE_MS = times(10_000, 3_000)
const WELL_BEHAVED = 16
/** In the middle of something they are cut after 30 s; who has all answers in the kernel after 72 s. */
const CUT_WITHIN_MS = 100_000
const MORE_MEMORY_MB = 200

let database: TestDatabase
let fiado: FiadoProcess
let accounts: string[]
const stuck: Socket[] = []

beforeAll(async () => {
  database = await createDatabase()
  fiado = await startProcess({ databaseUrl: database.url })
  accounts = await openAccounts(fiado.url, 20)
})
afterAll(async () => {
  for (const socket of stuck) socket.destroy()
  await fiado.stop()
  await database.drop()
})

const port = (): number => Number(new URL(fiado.url).port)

function load(duration_ms = MEASURE_MS): Promise<Seen> {
  return generate({ port: port(), accounts, connections: WELL_BEHAVED, duration_ms })
}

const HEAD = [
  `POST /api/creditcontrol/accounts/x/transactions HTTP/1.1`,
  'Host: x',
  `X-VTEX-API-AppKey: ${FIRST_KEY.appKey}`,
  `X-VTEX-API-AppToken: ${FIRST_KEY.token}`,
  'Content-Type: application/json',
  'Content-Length: 100',
].join('\r\n')
const UNREAD = 'GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(30)

/** How many of each kind, and what one of them does. */
const KINDS: readonly [string, number, (socket: Socket) => void][] = [
  ['idle', times(500, 200), () => undefined],
  ['half a body', 100, (socket) => socket.write(`${HEAD}\r\n\r\n{"value":`)],
  ['dripped headers', 100, drip],
  ['does not read', 50, (socket) => socket.pause().write(UNREAD)],
]

/** One byte now and then; the request never comes to its end. */
function drip(socket: Socket): void {
  let sent = 0
  const timer = setInterval(() => {
    if (sent < HEAD.length && !socket.destroyed) socket.write(HEAD.slice(sent, sent + 1))
    else clearInterval(timer)
    sent += 1
  }, 300)
  socket.on('close', () => clearInterval(timer))
}

test('hundreds of stuck clients take nothing from the others, and are cut in the end', async () => {
  await load(2_000)
  const before = await load()
  const memory = watchMemory(fiado.pid)
  const startedAt = performance.now()
  for (const [, count, behave] of KINDS) {
    const sockets = await Promise.all(Array.from({ length: count }, () => open(port())))
    stuck.push(...sockets)
    for (const socket of sockets) behave(socket)
  }
  await sleep(500)
  const beside = await load()
  const { most_mb, first_mb } = await memory.stop()

  report('stuck clients', {
    stuck: stuck.length,
    'answers a second without them': perSecond(before),
    beside: perSecond(beside),
    'median without them': ms(quantile(before.accepted, 0.5)),
    'median beside them': ms(quantile(beside.accepted, 0.5)),
    'memory MB': `${first_mb} to ${most_mb}`,
  })
  expect(beside.lost).toBe(0)
  expect(Object.keys(beside.statuses)).toEqual(['200'])
  expect(perSecond(beside)).toBeGreaterThan(perSecond(before) / 4)
  expect(most_mb - first_mb).toBeLessThan(MORE_MEMORY_MB)

  if (!IS_FULL) return
  const deadline = startedAt + CUT_WITHIN_MS
  while (performance.now() < deadline && (await connectionsTo(port())) > 0) await sleep(500)
  expect(await connectionsTo(port())).toBe(0)
  report('stuck clients', { 'all cut after': ms(performance.now() - startedAt) })
}, 200_000)

function perSecond({ accepted }: Seen): number {
  return Math.round((accepted.length * 1000) / MEASURE_MS)
}
