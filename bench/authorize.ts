/** Parts 1 and 2: authorizations and whole orders, beside the plain way and the ceiling. */
import { connect } from '../src/postgres/connect.ts'
import { cpuOf } from './cpu.ts'
import type { Job, Seen, Work } from './http/generator.ts'
import { type Lab, load, plainWay, type Server } from './lab.ts'
import { median } from './median.ts'

export interface Timing {
  readonly rounds: number
  readonly warmUp_ms: number
  readonly measure_ms: number
}

/** What is measured, and against what. */
export interface Bench extends Timing {
  readonly lab: Lab
  readonly server: Server
  readonly ceiling: Server
  readonly databaseUrl: string
  /** A database of its own for the plain way, with the same accounts. */
  readonly plainUrl: string
  readonly accounts: readonly string[]
}

/** Units of work a second, and the processor time of one, in µs. */
export interface Rate {
  readonly perSecond: number
  readonly serverCpu_us: number
  readonly databaseCpu_us: number
}

export interface Rates {
  readonly spread256: Rate
  readonly spread64: Rate
  readonly hot256: Rate
  readonly hot64: Rate
  readonly order: Rate
  readonly ceiling256: Rate
  readonly ceiling64: Rate
  readonly plainSpread: Rate
  readonly plainHot: Rate
  readonly plainOrder: Rate
}

const ORDER_CONNECTIONS = 64
const PLAIN_CLIENTS = 64

/** Measures everything in turn, round by round, so that noise hits all alike; answers medians. */
export async function measureRates(bench: Bench, log: (line: string) => void): Promise<Rates> {
  const { accounts } = bench
  const hot = accounts.slice(0, 1)
  const ofServer = (work: Work, connections: number) => () =>
    measured(bench, bench.server, work, connections)
  const ofCeiling = (connections: number) => () =>
    measured(bench, bench.ceiling, { kind: 'authorize', accounts }, connections)
  const measures: Record<keyof Rates, () => Promise<Rate>> = {
    spread256: ofServer({ kind: 'authorize', accounts }, 256),
    plainSpread: () => plain(bench, 'authorize', accounts),
    ceiling256: ofCeiling(256),
    hot256: ofServer({ kind: 'authorize', accounts: hot }, 256),
    plainHot: () => plain(bench, 'authorize', hot),
    spread64: ofServer({ kind: 'authorize', accounts }, 64),
    ceiling64: ofCeiling(64),
    hot64: ofServer({ kind: 'authorize', accounts: hot }, 64),
    order: ofServer({ kind: 'order', accounts }, ORDER_CONNECTIONS),
    plainOrder: () => plain(bench, 'order', accounts),
  }
  const found = new Map<keyof Rates, Rate[]>()
  for (let round = 1; round <= bench.rounds; round += 1) {
    for (const [name, measure] of Object.entries(measures) as [
      keyof Rates,
      () => Promise<Rate>,
    ][]) {
      const rate = await measure()
      found.set(name, [...(found.get(name) ?? []), rate])
      log(`round ${round}: ${name} ${Math.round(rate.perSecond)} a second`)
    }
  }
  const entries = [...found].map(([name, rates]) => [name, typical(rates)])
  return Object.fromEntries(entries) as Rates
}

function typical(rates: readonly Rate[]): Rate {
  const of = (read: (rate: Rate) => number) => median(rates.map(read))
  return {
    perSecond: of(({ perSecond }) => perSecond),
    serverCpu_us: of(({ serverCpu_us }) => serverCpu_us),
    databaseCpu_us: of(({ databaseCpu_us }) => databaseCpu_us),
  }
}

async function measured(
  bench: Bench,
  server: Server,
  work: Work,
  connections: number,
): Promise<Rate> {
  const { lab, warmUp_ms, measure_ms } = bench
  const serverBefore = cpuOf(server.pid)
  const databaseBefore = lab.databaseCpu_us()
  const job: Job = { target: server.target, work, connections, warmUp_ms, measure_ms }
  const seen = server === bench.ceiling ? await load(job) : await checked(bench, job)
  return {
    perSecond: seen.perSecond,
    serverCpu_us: (cpuOf(server.pid) - serverBefore) / seen.acknowledged,
    databaseCpu_us: (lab.databaseCpu_us() - databaseBefore) / seen.acknowledged,
  }
}

async function plain(
  { lab, plainUrl: url, warmUp_ms, measure_ms }: Bench,
  kind: 'authorize' | 'order',
  accounts: readonly string[],
): Promise<Rate> {
  const before = lab.databaseCpu_us()
  const seen = await plainWay({
    url,
    kind,
    clients: PLAIN_CLIENTS,
    accounts,
    warmUp_ms,
    measure_ms,
  })
  const databaseCpu_us = (lab.databaseCpu_us() - before) / seen.done
  return { perSecond: seen.perSecond, serverCpu_us: 0, databaseCpu_us }
}

/** A load whose answers are compared with what the database holds afterwards. */
export async function checked(
  { databaseUrl }: Pick<Bench, 'databaseUrl'>,
  job: Job,
): Promise<Seen> {
  const before = await countRows(databaseUrl)
  const seen = await load(job)
  const after = await countRows(databaseUrl)
  const others = Object.entries(seen.statuses).filter(([status]) => status !== '200')
  if (others.length > 0) throw new Error(`Refused: ${JSON.stringify(seen.statuses)}`)
  const isOrder = job.work.kind === 'order'
  const expected = { transactions: seen.acknowledged, paid: isOrder ? 3 * seen.acknowledged : 0 }
  const found = {
    transactions: after.transactions - before.transactions,
    paid: after.paid - before.paid,
  }
  if (
    found.transactions !== expected.transactions ||
    found.paid !== expected.paid ||
    after.drift !== 0
  ) {
    throw new Error(
      `Acknowledged ${JSON.stringify(expected)}, in the database ${JSON.stringify({ ...found, drift: after.drift })}`,
    )
  }
  return seen
}

/** What is in the database: transactions, paid invoices, and accounts whose held sum is not that of their holds. */
async function countRows(
  url: string,
): Promise<{ transactions: number; paid: number; drift: number }> {
  const sql = connect(url, { max: 1, applicationName: 'bench count' })
  try {
    const [counts] = await sql<{ transactions: number; paid: number; drift: number }[]>`
      select (select count(*)::integer from transaction) as transactions,
        (select count(*)::integer from invoice where status = 'Paid') as paid,
        (select count(*)::integer from account a
          join (select store_id, account_id, sum(held) as held from transaction group by 1, 2) t
            using (store_id, account_id) where a.held <> t.held) as drift`
    if (!counts) throw new Error('Nothing was counted')
    return counts
  } finally {
    await sql.end()
  }
}
