/** What Linux tells of a process and of the machine. */
import { readFile } from 'node:fs/promises'

const LOOK_MS = 250
const SPIN_MS = 500
const QUIET = 0.9

export interface Memory {
  readonly first_mb: number
  readonly most_mb: number
}

/** Looks at the memory of a process now and then, until it is stopped. */
export function watchMemory(pid: number): { stop(): Promise<Memory> } {
  const seen = [residentMb(pid)]
  const timer = setInterval(() => seen.push(residentMb(pid)), LOOK_MS)
  return {
    stop: async () => {
      clearInterval(timer)
      const [first_mb = 0, ...others] = await Promise.all(seen)
      return { first_mb, most_mb: Math.max(first_mb, ...others) }
    },
  }
}

async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
}

/** How many connections to a port stand; at the end of the one who listens. */
export async function connectionsTo(port: number): Promise<number> {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const [, ...lines] = (await readFile('/proc/net/tcp', 'utf8')).split('\n')
  return lines.filter((line) => {
    const [, address = '', , state] = line.trim().split(/\s+/)
    return address.endsWith(local) && state === '01'
  }).length
}

/** False where others take a part of a core that is asked for whole: latencies prove nothing then. */
export function isQuiet(): boolean {
  const end = performance.now() + SPIN_MS
  const { user, system } = process.cpuUsage()
  while (performance.now() < end);
  const used = process.cpuUsage({ user, system })
  return (used.user + used.system) / 1_000 > QUIET * SPIN_MS
}
