/** What processor time processes have used: the part of a measurement that a busy machine blurs least. */
import { readdirSync, readFileSync } from 'node:fs'

/** /proc counts in ticks of a hundredth of a second. */
const TICK_US = 10_000

interface Usage {
  readonly parent: number
  readonly own_us: number
  /** Of children that have ended. */
  readonly ended_us: number
}

/** Processor time of a process and of all that it started, in µs; 0 where /proc is not there. */
export function cpuOf(pid: number): number {
  const usage = usageOf(pid)
  if (!usage) return 0
  return childrenOf(pid).reduce((sum, child) => sum + cpuOf(child), usage.own_us + usage.ended_us)
}

export function childrenOf(pid: number): number[] {
  return processes().filter((process) => usageOf(process)?.parent === pid)
}

export function parentOf(pid: number): number | undefined {
  return usageOf(pid)?.parent
}

/** The most memory that a process and its children ever had resident, in MB (2^20 bytes). */
export function peakMemoryOf(pid: number): number {
  const own_kB = /VmHWM:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`))?.[1]
  return childrenOf(pid).reduce(
    (sum, child) => sum + peakMemoryOf(child),
    Number(own_kB ?? 0) / 1024,
  )
}

function processes(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}

function usageOf(pid: number): Usage | undefined {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === '') return undefined
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11)
  return {
    parent: fields[1] ?? 0,
    own_us: (user + system) * TICK_US,
    ended_us: (endedUser + endedSystem) * TICK_US,
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
