/**
 * npm run bench [-- --quick] [--scale] [--json]: how fast Fiado is, as ratios between
 * things measured in turn on the same PostgreSQL. docs/performance.md explains every figure.
 */
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { print, printTable, tell } from '../src/cli/with-database.ts'
import {
  type Bench,
  checked,
  type Measured,
  measureRates,
  type Rate,
  type Rates,
} from './authorize.ts'
import { peakMemoryOf } from './cpu.ts'
import { type FilesFigures, FULL, measureFiles, QUICK as QUICK_FILES } from './files/measure.ts'
import { filesReport, filesSummary } from './files/report.ts'
import {
  type Lab,
  load,
  openAccounts,
  openLab,
  type Server,
  startCeiling,
  startServer,
} from './lab.ts'
import { type Latency, measureLatency } from './latency.ts'
import { median } from './median.ts'
import { preparePlainWay } from './plain-database.ts'
import { type GrowthResult, growth, QUICK, SCALE } from './scale/growth.ts'
import { growthReport } from './scale/report.ts'

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    scale: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})

const ACCOUNTS = flags.quick ? 4_000 : 10_000
const MANY = `${ACCOUNTS.toLocaleString('en')} accounts`
/** In a long warm-up every account comes up again: what others pushed out of the caches is back then. */
const TIMING = flags.quick
  ? { rounds: 1, heat_ms: 2_500, warmUp_ms: 300, measure_ms: 1_000 }
  : { rounds: 5, heat_ms: 20_000, warmUp_ms: 3_000, measure_ms: 3_000 }

/** What the issue of speed asked for: printed beside each figure. */
const GOALS = {
  spread_vs_plain: 5,
  spread_vs_ceiling: 0.5,
  hot_vs_plain: 20,
  growth: 1.5,
  memory_mb: 400,
}

interface Figures {
  readonly measured: Measured
  readonly latency: Latency
  /** Not in a quick look. */
  readonly twoProcesses: { readonly one: number; readonly two: number } | undefined
  readonly growth: GrowthResult
  readonly files: FilesFigures
  readonly memory_mb: number
}

async function measure(lab: Lab): Promise<Figures> {
  const databaseUrl = await lab.createDatabase()
  const server = await startServer({ databaseUrl })
  const accounts = await openAccounts(server.target, ACCOUNTS)
  const plainUrl = await lab.createDatabase()
  await preparePlainWay(plainUrl, accounts)
  const ceiling = await startCeiling()
  const bench: Bench = { ...TIMING, lab, server, ceiling, databaseUrl, plainUrl, accounts }
  await heat(bench)
  const measured = await measureRates(bench, tell)
  const { rates } = measured
  await ceiling.stop()
  const most = Math.max(rates.spread256.perSecond, rates.spread64.perSecond)
  tell(`latency at ${Math.round(most / 2)} a second`)
  const latency = await measureLatency(bench, most / 2)
  const memory_mb = peakMemoryOf(server.pid)
  const twoProcesses = flags.quick ? undefined : await measureProcesses(bench)
  if (!twoProcesses) await server.stop()
  const grown = await growth({
    adminUrl: lab.adminUrl,
    log: tell,
    ...(flags.scale ? SCALE : QUICK),
  })
  const files = await measureFiles({ lab, log: tell, ...(flags.quick ? QUICK_FILES : FULL) })
  const grownMemory_mb = (grown.large.peakRss_bytes ?? 0) / 2 ** 20
  return {
    measured,
    latency,
    twoProcesses,
    growth: grown,
    files,
    memory_mb: Math.max(memory_mb, grownMemory_mb),
  }
}

/** Node compiles what runs often, while it runs: a server is measured as it is after some seconds. */
async function heat({ server, ceiling, accounts }: Bench): Promise<void> {
  const work = { kind: 'authorize', accounts } as const
  const job = { work, connections: 256, warmUp_ms: 0, measure_ms: TIMING.heat_ms }
  await load({ ...job, target: server.target })
  await load({ ...job, target: ceiling.target, measure_ms: TIMING.heat_ms / 3 })
}

/** Part 1 again with 2 processes beside 1, in turn. Ends the one process. */
async function measureProcesses(bench: Bench): Promise<{ one: number; two: number }> {
  const { databaseUrl, server, accounts, warmUp_ms, measure_ms, rounds } = bench
  const two = await startServer({ databaseUrl, processes: 2 })
  const warm = { work: { kind: 'authorize', accounts }, connections: 256, warmUp_ms: 0 } as const
  await load({ ...warm, target: two.target, measure_ms: TIMING.heat_ms / 3 })
  const rateOf = async ({ target }: Server): Promise<number> => {
    const work = { kind: 'authorize', accounts } as const
    const seen = await checked(bench, { target, work, connections: 256, warmUp_ms, measure_ms })
    return seen.perSecond
  }
  const ones: number[] = []
  const twos: number[] = []
  for (let round = 1; round <= rounds; round += 1) {
    ones.push(await rateOf(server))
    twos.push(await rateOf(two))
  }
  await Promise.all([server.stop(), two.stop()])
  return { one: median(ones), two: median(twos) }
}

function report(lab: Lab, figures: Figures): void {
  const { measured, latency, twoProcesses, growth, memory_mb } = figures
  const { rates } = measured
  const { spread256, hot256, order } = rates
  const { plainSpread, plainOrder, ceiling256 } = rates
  print(
    `${cpus()[0]?.model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`,
  )
  print(lab.label)
  print('')
  printTable(
    ['AUTHORIZATIONS', 'A SECOND', 'PLAIN WAY', 'RATIO', 'CEILING', 'RATIO'],
    [
      row(measured, `${MANY}, 256 connections`, 'spread256', 'plainSpread', 'ceiling256'),
      row(measured, `${MANY}, 64 connections`, 'spread64', 'plainSpread', 'ceiling64'),
      row(measured, 'one account, 256 connections', 'hot256', 'plainHot', 'ceiling256'),
      row(measured, 'one account, 64 connections', 'hot64', 'plainHot', 'ceiling64'),
      row(measured, 'whole orders, 64 connections', 'order', 'plainOrder'),
    ],
  )
  print('')
  printTable(
    ['PROCESSOR TIME OF ONE, µs', 'SERVER', 'POSTGRESQL'],
    [
      [`authorization, ${MANY}`, ...cpuOfOne(spread256)],
      ['authorization, one account', ...cpuOfOne(hot256)],
      ['authorization, plain way', '–', Math.round(plainSpread.databaseCpu_us).toString()],
      ['empty route (ceiling)', Math.round(ceiling256.serverCpu_us).toString(), '–'],
      ['order', ...cpuOfOne(order)],
      ['order, plain way', '–', Math.round(plainOrder.databaseCpu_us).toString()],
    ],
  )
  print('')
  print(
    `Latency at ${perSecond(latency.rate)} a second (half of the most): p50 ${ms(latency.p50_ms)}, p99 ${ms(latency.p99_ms)}, p99.9 ${ms(latency.p999_ms)}, longest ${ms(latency.longest_ms)}; ${perSecond(latency.done)} were done`,
  )
  if (twoProcesses) {
    const { one, two } = twoProcesses
    print(
      `Two processes: ${perSecond(two)} a second, one: ${perSecond(one)}, ratio ${times(two / one)}`,
    )
  }
  print(`Peak memory of the server: ${Math.round(memory_mb)} MB (goal: under ${GOALS.memory_mb})`)
  print('')
  const { notes, head, rows } = growthReport(growth)
  for (const note of notes) print(note)
  printTable(head, rows)
  print('')
  const ofFiles = filesReport(figures.files)
  printTable(ofFiles.head, ofFiles.rows)
  for (const note of ofFiles.notes) print(note)
  print('')
  for (const line of goals(measured)) print(line)
}

function row(
  { rates, ratio }: Measured,
  name: string,
  own: keyof Rates,
  plain: keyof Rates,
  ceiling?: keyof Rates,
): string[] {
  return [
    name,
    perSecond(rates[own].perSecond),
    perSecond(rates[plain].perSecond),
    times(ratio(own, plain)),
    ceiling ? perSecond(rates[ceiling].perSecond) : '–',
    ceiling ? times(ratio(own, ceiling)) : '–',
  ]
}

function goals(measured: Measured): string[] {
  const { spread_vs_plain, spread_vs_ceiling, hot_vs_plain } = ratiosOf(measured)
  return [
    `Goal: ${MANY} at least ${GOALS.spread_vs_plain} × the plain way: ${spread_vs_plain}`,
    `Goal: ${MANY} at least ${GOALS.spread_vs_ceiling} of the ceiling: ${spread_vs_ceiling}`,
    `Goal: one account at least ${GOALS.hot_vs_plain} × the plain way: ${hot_vs_plain}`,
  ]
}

/** The JSON of `--json`. */
function summary({ measured, latency, twoProcesses, growth, files, memory_mb }: Figures) {
  const ratios = growth.operations.filter(({ isInformative }) => !isInformative)
  return {
    authorize: {
      ...ratiosOf(measured),
      ...(twoProcesses && { two_processes_vs_one: fixed(twoProcesses.two / twoProcesses.one) }),
    },
    order: { vs_plain: fixed(measured.ratio('order', 'plainOrder')) },
    latency_ms: {
      p50: fixed(latency.p50_ms),
      p99: fixed(latency.p99_ms),
      p999: fixed(latency.p999_ms),
      longest: fixed(latency.longest_ms),
    },
    growth: {
      small: growth.small.invoices,
      large: growth.large.invoices,
      ratios: Object.fromEntries(ratios.map(({ name, ratio }) => [name, ratio && fixed(ratio)])),
    },
    files: filesSummary(files),
    memory_mb: Math.round(memory_mb),
  }
}

function ratiosOf({ ratio }: Measured) {
  return {
    spread_vs_plain: fixed(ratio('spread256', 'plainSpread')),
    spread_vs_ceiling: fixed(ratio('spread256', 'ceiling256')),
    hot_vs_plain: fixed(ratio('hot256', 'plainHot')),
  }
}

const fixed = (value: number): number => Number(value.toFixed(2))
const times = (value: number): string => `${value.toFixed(2)} ×`
const perSecond = (value: number): string => Math.round(value).toLocaleString('en')
const ms = (value: number): string => `${value.toFixed(1)} ms`
const cpuOfOne = ({ serverCpu_us, databaseCpu_us }: Rate): string[] => [
  Math.round(serverCpu_us).toString(),
  Math.round(databaseCpu_us).toString(),
]

const lab = await openLab(tell)
try {
  const figures = await measure(lab)
  report(lab, figures)
  if (flags.json) print(JSON.stringify(summary(figures)))
} finally {
  await lab.close()
}
