/** An export of all invoices, beside `COPY … TO STDOUT` of the same rows in the same order. */
import { peakMemoryOf } from '../cpu.ts'
import { type Server, startServer } from '../lab.ts'
import { countLines, exportInvoices, type FileJob, untilCompleted } from './jobs.ts'
import type { FilesBench } from './measure.ts'
import { copyOut, withSql } from './plain.ts'
import { type Compared, compared, costOf, type Pair } from './sides.ts'

export interface Exports extends Compared {
  /** The most that the server ever had in memory, when all was exported. */
  readonly memory_mb: number
  /** The same when each file had been sent besides. */
  readonly sentMemory_mb: number
}

export async function measureExports(bench: FilesBench): Promise<Exports> {
  const { url: databaseUrl, rounds, nodeFlags, log } = bench
  // Of its own: what is told is the most that a process ever had.
  const server = await startServer({ databaseUrl, nodeFlags })
  try {
    const pairs: Pair[] = []
    const jobs: FileJob[] = []
    for (let round = 1; round <= rounds; round += 1) {
      const { job, ...pair } = await measureRound(bench, server)
      const [own, plain] = [pair.fiado, pair.plain].map(({ took_ms }) => Math.round(took_ms))
      log(`export ${round}: ${own} ms, COPY ${plain} ms`)
      pairs.push(pair)
      jobs.push(job)
    }
    const memory_mb = peakMemoryOf(server.pid)
    for (const job of jobs) await checkFile(bench, server, job)
    return { ...compared(pairs), memory_mb, sentMemory_mb: peakMemoryOf(server.pid) }
  } finally {
    await server.stop()
  }
}

async function measureRound(
  { lab, url, sizes: { invoices } }: FilesBench,
  server: Server,
): Promise<Pair & { readonly job: FileJob }> {
  const { target } = server
  const fiado = await costOf(lab, {
    rows: invoices,
    server,
    work: async () => untilCompleted(target, 'exports', await exportInvoices(target)),
  })
  const plain = await withSql(url, (sql) =>
    costOf(lab, { rows: invoices, work: () => copyOut(sql) }),
  )
  return { fiado: fiado.cost, plain: plain.cost, job: fiado.result }
}

/** Downloads the file. Throws where it does not have all lines. */
async function checkFile(
  { sizes: { invoices } }: FilesBench,
  { target }: Server,
  job: FileJob,
): Promise<void> {
  const lines = await countLines(target, job)
  if (lines !== invoices + 1) throw new Error(`${invoices} invoices were written in ${lines} lines`)
}
