/**
 * What growth costs: the same operations on a small and on a large store, one request at a time,
 * through a server process each. Both are measured in turn, so that the noise of the machine hits
 * them alike, and what comes out is the ratio.
 */
import { Random } from '../../src/cli/demo-random.ts'
import { readIntoMemory, scaleDatabase } from './database.ts'
import {
  DEEP_PAGE,
  duePeriods,
  OPERATIONS,
  type Operation,
  type Pages,
  type Subject,
} from './operations.ts'
import { type ServerProcess, startServerProcess, type Timed } from './server-process.ts'

export interface GrowthOptions {
  /** A PostgreSQL on which databases may be made and dropped. */
  readonly adminUrl: string
  /** Invoices; multiples of 80, the smaller from 10,000 on. */
  readonly small: number
  readonly large: number
  readonly rounds?: number
  readonly requestsARound?: number
  readonly log?: (line: string) => void
}

export interface GrowthResult {
  /** False where the files could not be read into memory before: then a disk is measured too. */
  readonly isInMemory: boolean
  readonly small: SizeResult
  readonly large: SizeResult
  readonly pages: Pages
  readonly operations: readonly OperationResult[]
}

export interface SizeResult {
  readonly invoices: number
  readonly accounts: number
  readonly size_bytes: number
  /** Undefined where an earlier run made the database. */
  readonly generatedIn_s: number | undefined
  /** Of the server process, at the end. */
  readonly peakRss_bytes: number | undefined
}

export interface OperationResult {
  readonly name: string
  readonly isInformative: boolean
  readonly small: Latency
  readonly large: Latency
  /** Large over small, of the medians; undefined where nothing was answered. */
  readonly ratio: number | undefined
}

export interface Latency {
  readonly answered: number
  /** Requests that were not answered with 200. */
  readonly failed: number
  readonly median_ms: number | undefined
  readonly p95_ms: number | undefined
}

/** What is promised is measured at these sizes; it takes minutes to make the large one. */
export const SCALE = { small: 10_000, large: 10_000_000 } as const

/** A look at the same operations that takes seconds; it promises nothing of larger sizes. */
export const QUICK = { small: 10_000, large: 40_000, rounds: 1, requestsARound: 10 } as const

const ROUNDS = 15
const REQUESTS_A_ROUND = 20
/** Of one operation at one size in one round: what is very slow is asked less often. */
const ROUND_AT_MOST_MS = 5_000

/** One size under measurement. */
interface Side {
  readonly server: ServerProcess
  readonly subject: Subject
  readonly times: Map<Operation, number[]>
  readonly failures: Map<Operation, number>
}

export async function growth(options: GrowthOptions): Promise<GrowthResult> {
  const { adminUrl, log = () => undefined } = options
  const { rounds = ROUNDS, requestsARound = REQUESTS_A_ROUND } = options
  const small = await scaleDatabase(adminUrl, options.small, log)
  const large = await scaleDatabase(adminUrl, options.large, log)
  const isInMemory = await inMemory([small.url, large.url], log)
  const servers: ServerProcess[] = []
  try {
    for (const { url } of [small, large]) servers.push(await startServerProcess(url))
    const [ofSmall, ofLarge] = servers as [ServerProcess, ServerProcess]
    const pages = await pagesOf(ofSmall, small.shape)
    const sides = [
      await sideOf(ofSmall, small.shape, pages),
      await sideOf(ofLarge, large.shape, pages),
    ] as const
    for (let round = 0; round <= rounds; round += 1) {
      log(round === 0 ? 'warm-up' : `round ${round} of ${rounds}`)
      await runRound(sides, requestsARound, round)
      if (round === 0) for (const side of sides) forget(side)
    }
    return {
      isInMemory,
      small: { ...sizeOf(small), peakRss_bytes: await ofSmall.peakRss_bytes() },
      large: { ...sizeOf(large), peakRss_bytes: await ofLarge.peakRss_bytes() },
      pages,
      operations: OPERATIONS.map((operation) => resultOf(operation, sides)),
    }
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
}

async function inMemory(urls: readonly string[], log: (line: string) => void): Promise<boolean> {
  log('reading both databases into memory')
  const done: boolean[] = []
  for (const url of urls) done.push(await readIntoMemory(url))
  return done.every(Boolean)
}

/** Every operation at both sizes; which of them is first changes from round to round. */
async function runRound(
  sides: readonly [Side, Side],
  requests: number,
  round: number,
): Promise<void> {
  const order = round % 2 === 0 ? sides : [...sides].reverse()
  for (const operation of OPERATIONS) {
    for (const side of order) await measure(side, operation, requests)
  }
}

async function measure(side: Side, operation: Operation, requests: number): Promise<void> {
  const { server, subject, times, failures } = side
  const until = performance.now() + ROUND_AT_MOST_MS
  for (let request = 0; request < requests && performance.now() < until; request += 1) {
    const { status, text, took_ms } = await server.call(operation.call(subject))
    if (status === 200) times.set(operation, [...(times.get(operation) ?? []), took_ms])
    else if (status >= 500) failures.set(operation, (failures.get(operation) ?? 0) + 1)
    else throw new Error(`${operation.name}: ${status} ${text}`)
  }
}

function forget({ times, failures }: Side): void {
  times.clear()
  failures.clear()
}

async function sideOf(server: ServerProcess, shape: Subject['shape'], pages: Pages): Promise<Side> {
  const paid = await countOf(server, 'status=Paid')
  const subject = { shape, pages, paid, random: new Random(Date.now()) }
  return { server, subject, times: new Map(), failures: new Map() }
}

/** The largest pages of which the smaller database has {@link DEEP_PAGE}. */
async function pagesOf(server: ServerProcess, shape: Subject['shape']): Promise<Pages> {
  const ofPaid = Math.floor((await countOf(server, 'status=Paid')) / DEEP_PAGE)
  if (ofPaid < 1) throw new Error(`The smaller size has no ${DEEP_PAGE} paid invoices`)
  for (let dueMonths = 1; ; dueMonths += 1) {
    const periods = duePeriods(shape, dueMonths)
    if (periods.length === 0)
      throw new Error(`Too few invoices for ${DEEP_PAGE} pages of due dates`)
    const counts: number[] = []
    for (const query of periods) counts.push(await countOf(server, query))
    const ofDue = Math.floor(Math.min(...counts) / DEEP_PAGE)
    if (ofDue >= 1) return { ofPaid, ofDue, dueMonths }
  }
}

async function countOf(server: ServerProcess, query: string): Promise<number> {
  const path = `/invoices?${query}&to=1`
  const answer: Timed = await server.call({ method: 'GET', path })
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`)
  return JSON.parse(answer.text).summary.count
}

function sizeOf({ shape, size, generatedIn_s }: Awaited<ReturnType<typeof scaleDatabase>>) {
  const { invoices, accounts } = shape
  return { invoices, accounts, size_bytes: size, generatedIn_s }
}

function resultOf(operation: Operation, sides: readonly [Side, Side]): OperationResult {
  const [small, large] = sides.map((side) => latencyOf(side, operation)) as [Latency, Latency]
  const { name, isInformative = false } = operation
  const isTold = small.median_ms !== undefined && large.median_ms !== undefined
  const ratio = isTold ? (large.median_ms ?? 0) / (small.median_ms ?? 1) : undefined
  return { name, isInformative, small, large, ratio }
}

function latencyOf({ times, failures }: Side, operation: Operation): Latency {
  const sorted = [...(times.get(operation) ?? [])].sort((a, b) => a - b)
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  return {
    answered: sorted.length,
    failed: failures.get(operation) ?? 0,
    median_ms: at(0.5),
    p95_ms: at(0.95),
  }
}
