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

/** The rates, and the ratio of two of them that were measured one after the other. */
export interface Measured {
  readonly rates: Rates
  readonly ratio: (of: keyof Rates, to: keyof Rates) => number
}

/**
 * Measures everything in turn, in many short rounds. A machine that others use too is twice as fast in
 * one minute as in the next: so a ratio is taken within each round, and what counts is the median.
 */
export async function measureRates(bench: Bench, log: (line: string) => void): Promise<Measured> {
  const { accounts } = bench
  const hot = accounts.slice(0, 1)
  const tally = await Tally.open(bench.databaseUrl)
  const ofServer = (work: Work, connections: number) => () =>
    measured(bench, bench.server, work, connections, tally)
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
  const names = Object.keys(measures) as (keyof Rates)[]
  for (let round = 1; round <= bench.rounds; round += 1) {
    for (const name of names) {
      const rate = await measures[name]()
      found.set(name, [...(found.get(name) ?? []), rate])
    }
    const seen = names.map(
      (name) => `${name} ${Math.round(found.get(name)?.at(-1)?.perSecond ?? 0)}`,
    )
    log(`round ${round}: ${seen.join(', ')} a second`)
  }
  // Not before: a scan of all rows leaves pages to be written to whoever comes next.
  await tally.check()
  const entries = [...found].map(([name, rates]) => [name, typical(rates)])
  return {
    rates: Object.fromEntries(entries) as Rates,
    ratio: (of, to) => {
      const others = found.get(to) ?? []
      const ratios = (found.get(of) ?? []).map(
        ({ perSecond }, round) => perSecond / (others[round]?.perSecond ?? Number.NaN),
      )
      return median(ratios)
    },
  }
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
  { lab, warmUp_ms, measure_ms }: Bench,
  server: Server,
  work: Work,
  connections: number,
  tally?: Tally,
): Promise<Rate> {
  const serverBefore = cpuOf(server.pid)
  const databaseBefore = lab.databaseCpu_us()
  const job: Job = { target: server.target, work, connections, warmUp_ms, measure_ms }
  const seen = await load(job)
  tally?.add(job, seen)
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
  const tally = await Tally.open(databaseUrl)
  const seen = await load(job)
  tally.add(job, seen)
  await tally.check()
  return seen
}

/** What was acknowledged since the last look, and what the database holds more than at that time. */
class Tally {
  readonly #url: string
  #known: Counts
  #acknowledged = { transactions: 0, paid: 0 }

  private constructor(url: string, known: Counts) {
    this.#url = url
    this.#known = known
  }

  static async open(url: string): Promise<Tally> {
    return new Tally(url, await countRows(url))
  }

  /** Throws where anything was refused. */
  add({ work }: Job, { statuses, acknowledged }: Seen): void {
    const others = Object.keys(statuses).filter((status) => status !== '200')
    if (others.length > 0) throw new Error(`Refused: ${JSON.stringify(statuses)}`)
    this.#acknowledged.transactions += acknowledged
    if (work.kind === 'order') this.#acknowledged.paid += 3 * acknowledged
  }

  /** Throws where the database holds anything else than what was acknowledged. */
  async check(): Promise<void> {
    const { transactions, paid, drift } = await countRows(this.#url)
    const found = {
      transactions: transactions - this.#known.transactions,
      paid: paid - this.#known.paid,
    }
    const told = JSON.stringify(this.#acknowledged)
    if (JSON.stringify(found) !== told || drift !== 0) {
      throw new Error(
        `Acknowledged ${told}, in the database ${JSON.stringify({ ...found, drift })}`,
      )
    }
    this.#known = { transactions, paid, drift }
    this.#acknowledged = { transactions: 0, paid: 0 }
  }
}

interface Counts {
  readonly transactions: number
  readonly paid: number
  /** Accounts whose held sum is not that of their holds. */
  readonly drift: number
}

async function countRows(url: string): Promise<Counts> {
  const sql = connect(url, { max: 1, applicationName: 'bench count' })
  try {
    const [counts] = await sql<Counts[]>`
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
