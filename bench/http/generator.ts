/**
 * The load generator, a process of its own: takes one job over IPC, answers with what it saw.
 * Closed loop: every client sends its next request when the last one is answered. Open loop:
 * requests are due on a schedule whatever the server does, and are timed from the instant they
 * were due, so that a stall is charged to every request that it kept waiting; it ends sooner where
 * it is told that it was enough.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { ENOUGH } from '../child.ts'
import { Connection } from './connection.ts'
import { Requests, type Target } from './requests.ts'

export type Work =
  | { readonly kind: 'open-accounts'; readonly documents: readonly string[] }
  | { readonly kind: 'authorize'; readonly accounts: readonly string[] }
  | { readonly kind: 'order'; readonly accounts: readonly string[] }

export interface Job {
  readonly target: Target
  readonly work: Work
  readonly connections: number
  /** Not counted in the rate, but in what was acknowledged. */
  readonly warmUp_ms: number
  readonly measure_ms: number
  /** Requests a second of the open loop; absent: closed loop. */
  readonly rate?: number
}

export interface Seen {
  /** Units of work (authorizations, orders) a second within the measured time. */
  readonly perSecond: number
  /** Units of work that were acknowledged, ever. */
  readonly acknowledged: number
  /** Answers by HTTP status, ever. */
  readonly statuses: Record<number, number>
  /** Milliseconds from due to answered, sorted; open loop only. */
  readonly latencies_ms: number[]
}

/**
 * What one client does for one unit of work; it tells whether it was done. By callback, since a
 * promise for each request would take a tenth of what the generator may take of the cores.
 */
type Unit = (connection: Connection, sequence: number, done: (isDone: boolean) => void) => void

const START_CREDIT = 1_000_000_000

async function run(job: Job): Promise<Seen> {
  const statuses: Record<number, number> = {}
  const unit = unitOf(job, statuses)
  const connections = await openAll(job)
  const seen =
    job.work.kind === 'open-accounts'
      ? await each(job.work.documents.length, connections, unit)
      : job.rate === undefined
        ? await closedLoop(job, connections, unit)
        : await openLoop({ ...job, rate: job.rate }, connections, unit)
  for (const connection of connections) connection.close()
  return { ...seen, statuses }
}

function openAll({ target, connections }: Job): Promise<Connection[]> {
  const { host, port } = target
  return Promise.all(Array.from({ length: connections }, () => Connection.open(host, port)))
}

function unitOf({ target, work }: Job, statuses: Record<number, number>): Unit {
  const requests = new Requests(target)
  /** Sends one request; goes on with the body of its answer where that is 200. */
  const step = (
    connection: Connection,
    request: string,
    refused: (isDone: false) => void,
    next: (body: string) => void,
  ) =>
    connection.send(request, ({ status, body }) => {
      statuses[status] = (statuses[status] ?? 0) + 1
      if (status === 200) next(body)
      else refused(false)
    })

  if (work.kind === 'open-accounts') {
    const { documents } = work
    return (connection, n, done) =>
      step(connection, requests.openAccount(documents[n] ?? '', START_CREDIT), done, () =>
        done(true),
      )
  }
  // A step that is prime to the number of accounts visits them all, far from each other.
  const accountOf = (n: number) => work.accounts[(n * 7919) % work.accounts.length] ?? ''
  if (work.kind === 'authorize') {
    return (connection, n, done) =>
      step(connection, requests.authorize(accountOf(n), `o${n}`), done, () => done(true))
  }
  return (connection, n, done) => {
    const accountId = accountOf(n)
    const payFrom = (id: string, installment: number): void =>
      step(connection, requests.pay(accountId, id, installment), done, () =>
        installment === 3 ? done(true) : payFrom(id, installment + 1),
      )
    step(connection, requests.authorize(accountId, `o${n}`), done, (body) => {
      const { id } = JSON.parse(body) as { id: string }
      step(connection, requests.settle(accountId, id), done, () => payFrom(id, 1))
    })
  }
}

type Counted = Omit<Seen, 'statuses'>

/** Does `count` units, spread over the connections. */
async function each(count: number, connections: Connection[], unit: Unit): Promise<Counted> {
  const started = performance.now()
  let next = 0
  let acknowledged = 0
  await allClients(connections, (connection, end) => {
    const go = (): void => {
      if (next === count) {
        end()
        return
      }
      next += 1
      unit(connection, next - 1, (isDone) => {
        if (isDone) acknowledged += 1
        go()
      })
    }
    go()
  })
  const perSecond = (acknowledged * 1000) / (performance.now() - started)
  return { perSecond, acknowledged, latencies_ms: [] }
}

async function closedLoop(job: Job, connections: Connection[], unit: Unit): Promise<Counted> {
  const from = performance.now() + job.warmUp_ms
  const to = from + job.measure_ms
  let next = 0
  let acknowledged = 0
  let measured = 0
  await allClients(connections, (connection, end) => {
    const answered = (isDone: boolean): void => {
      const at = performance.now()
      if (isDone) {
        acknowledged += 1
        if (at >= from && at < to) measured += 1
      }
      if (at < to) go()
      else end()
    }
    const go = (): void => {
      next += 1
      unit(connection, next, answered)
    }
    go()
  })
  return { perSecond: (measured * 1000) / job.measure_ms, acknowledged, latencies_ms: [] }
}

/** Waits for all clients, one on each connection. */
async function allClients(
  connections: readonly Connection[],
  client: (connection: Connection, end: () => void) => void,
): Promise<void> {
  await Promise.all(
    connections.map((connection) => new Promise<void>((end) => client(connection, end))),
  )
}

async function openLoop(
  { warmUp_ms, measure_ms, rate }: Job & { rate: number },
  connections: Connection[],
  unit: Unit,
): Promise<Counted> {
  const started = performance.now()
  const from = started + warmUp_ms
  const to = from + measure_ms
  const latencies_ms: number[] = []
  const idle = [...connections]
  const due: number[] = []
  let acknowledged = 0
  let measured = 0
  let sequence = 0

  const send = (connection: Connection, dueAt: number): void => {
    sequence += 1
    unit(connection, sequence, (isDone) => {
      const at = performance.now()
      if (isDone) acknowledged += 1
      if (dueAt >= from) {
        latencies_ms.push(at - dueAt)
        if (isDone && at < to) measured += 1
      }
      const waiting = due.shift()
      if (waiting === undefined) idle.push(connection)
      else send(connection, waiting)
    })
  }

  for (let scheduled = 0; ; ) {
    const now = performance.now()
    if (now >= to || isEnough) break
    for (; started + (scheduled * 1000) / rate <= now; scheduled += 1) {
      const dueAt = started + (scheduled * 1000) / rate
      // The one that is idle longest: a server closes those that send nothing.
      const connection = idle.shift()
      if (connection) send(connection, dueAt)
      else due.push(dueAt)
    }
    await sleep(1)
  }
  const measured_ms = Math.min(performance.now(), to) - from
  while (idle.length < connections.length) await sleep(1)
  latencies_ms.sort((a, b) => a - b)
  return { perSecond: (measured * 1000) / measured_ms, acknowledged, latencies_ms }
}

let isEnough = false

process.on('message', (message) => {
  isEnough ||= message === ENOUGH
})
process.once('message', async (job: Job) => {
  const seen = await run(job)
  process.send?.(seen, () => process.exit(0))
})
