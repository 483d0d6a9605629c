/** Two ways to do the same, one after the other: how long each takes and what it costs. */
import { cpuOf } from '../cpu.ts'
import type { Lab, Server } from '../lab.ts'
import { median } from '../median.ts'

/** One way once, or the medians of several times. */
export interface Cost {
  readonly took_ms: number
  /** Processor time of a row, in µs; 0 where no server of ours has a part in it. */
  readonly serverCpu_us: number
  readonly databaseCpu_us: number
}

/** Fiado's way and the plain one. */
export interface Pair {
  readonly fiado: Cost
  readonly plain: Cost
}

export interface Compared extends Pair {
  /** How many times as long as the plain way, within each round: the median. */
  readonly ratio: number
}

export interface Way<T> {
  readonly rows: number
  readonly server?: Server
  readonly work: () => Promise<T>
}

/** What a way costs; what was written before is on disk first, so that nobody pays for another. */
export async function costOf<T>(
  lab: Lab,
  { rows, server, work }: Way<T>,
): Promise<{ cost: Cost; result: T }> {
  await lab.checkpoint()
  const server_us = () => (server ? cpuOf(server.pid) : 0)
  const before = { server: server_us(), database: lab.databaseCpu_us(), at: performance.now() }
  const result = await work()
  const cost = {
    took_ms: performance.now() - before.at,
    serverCpu_us: (server_us() - before.server) / rows,
    databaseCpu_us: (lab.databaseCpu_us() - before.database) / rows,
  }
  return { cost, result }
}

export function compared(rounds: readonly Pair[]): Compared {
  return {
    fiado: typical(rounds.map(({ fiado }) => fiado)),
    plain: typical(rounds.map(({ plain }) => plain)),
    ratio: median(rounds.map(({ fiado, plain }) => fiado.took_ms / plain.took_ms)),
  }
}

function typical(costs: readonly Cost[]): Cost {
  const of = (read: (cost: Cost) => number) => median(costs.map(read))
  return {
    took_ms: of(({ took_ms }) => took_ms),
    serverCpu_us: of(({ serverCpu_us }) => serverCpu_us),
    databaseCpu_us: of(({ databaseCpu_us }) => databaseCpu_us),
  }
}
