/**
 * Invoices marked as paid by an import, beside `COPY` of the same file and one `UPDATE` of the same
 * rows in a database of its own that was the same before. Then both take the payments back, for the
 * next round: while Fiado does that, it has authorizations to answer.
 */
import { arrayOf } from '../../src/postgres/array.ts'
import { type Server, startServer } from '../lab.ts'
import { median } from '../median.ts'
import { heat, p99Of } from './answers.ts'
import { importInvoices, untilCompleted } from './jobs.ts'
import type { FilesBench } from './measure.ts'
import { copyAndUpdate, withSql } from './plain.ts'
import { type Compared, compared, costOf, type Pair } from './sides.ts'

export interface Imports extends Compared {
  /** Latency of authorizations that come all the time. */
  readonly p99_ms: { readonly without: number; readonly during: number }
}

type State = 'Opened' | 'Paid'

export async function measureImports(bench: FilesBench): Promise<Imports> {
  const { url: databaseUrl, rounds, nodeFlags, log } = bench
  const server = await startServer({ databaseUrl, nodeFlags })
  try {
    await heat(bench, server)
    const ids = await openInvoices(bench)
    const pairs: Pair[] = []
    const without: number[] = []
    const during: number[] = []
    for (let round = 1; round <= rounds; round += 1) {
      without.push(await p99Of(bench, server))
      const pair = await measureRound(bench, server, ids)
      pairs.push(pair)
      during.push(await takeBack(bench, server, ids))
      const [own, plain] = [pair.fiado, pair.plain].map(({ took_ms }) => Math.round(took_ms))
      const p99s = [without, during].map((p99) => p99.at(-1)?.toFixed(1))
      log(`import ${round}: ${own} ms, COPY and UPDATE ${plain} ms; p99 ${p99s.join(' and ')} ms`)
    }
    return { ...compared(pairs), p99_ms: { without: median(without), during: median(during) } }
  } finally {
    await server.stop()
  }
}

/** Ids of invoices that can be paid, in the order of an export. */
async function openInvoices({ url, sizes: { imported } }: FilesBench): Promise<string[]> {
  const rows = await withSql(
    url,
    (sql) => sql<{ invoice_id: string }[]>`
      select invoice_id from invoice where status = 'Opened'
      order by created_at, invoice_id limit ${imported}`,
  )
  if (rows.length < imported) throw new Error(`Only ${rows.length} invoices are open`)
  return rows.map(({ invoice_id }) => invoice_id)
}

function fileOf(ids: readonly string[], state: State): Blob {
  return new Blob([`Id,Status\r\n${ids.map((id) => `${id},${state}\r\n`).join('')}`])
}

async function measureRound(
  bench: FilesBench,
  server: Server,
  ids: readonly string[],
): Promise<Pair> {
  const { lab, plainUrl } = bench
  const rows = ids.length
  const file = fileOf(ids, 'Paid')
  const fiado = await costOf(lab, { rows, server, work: () => importFile(server, file) })
  await check(bench, ids, 'Paid')
  if (fiado.result !== rows) throw new Error(`The import changed ${fiado.result} of ${rows}`)
  const plain = await withSql(plainUrl, (sql) =>
    costOf(lab, { rows, work: () => copyAndUpdate(sql, file) }),
  )
  if (plain.result !== rows) throw new Error(`The UPDATE changed ${plain.result} of ${rows}`)
  return { fiado: fiado.cost, plain: plain.cost }
}

/** Answers the p99 of the authorizations meanwhile. */
async function takeBack(
  bench: FilesBench,
  server: Server,
  ids: readonly string[],
): Promise<number> {
  const { url, plainUrl } = bench
  const file = fileOf(ids, 'Opened')
  const importing = importFile(server, file)
  const p99_ms = await p99Of(bench, server, importing)
  await importing
  await check(bench, ids, 'Opened')
  await withSql(plainUrl, (sql) => copyAndUpdate(sql, file))
  // Else autovacuum would come in the middle of one side or the other.
  for (const used of [url, plainUrl]) await withSql(used, (sql) => sql`vacuum invoice`)
  return p99_ms
}

/** Answers how many rows were changed. */
async function importFile({ target }: Server, file: Blob): Promise<number> {
  const job = await untilCompleted(target, 'imports', await importInvoices(target, file))
  return job.rows.changed
}

/** Throws unless all are in the state, and accounts owe what their open invoices come to. */
async function check({ url }: FilesBench, ids: readonly string[], state: State): Promise<void> {
  const [found] = await withSql(
    url,
    (sql) => sql<{ invoices: number; drift: bigint }[]>`
      select
        (select count(*)::integer from invoice
          where status = ${state} and invoice_id = any (${arrayOf(ids)}::text[])
        ) as invoices,
        (select sum(owed) from account)::bigint
          - (select sum(value) from invoice where status = 'Opened')::bigint as drift`,
  )
  if (found?.invoices === ids.length && found.drift === 0n) return
  throw new Error(
    `Of ${ids.length} invoices ${found?.invoices} are ${state}; drift ${found?.drift}`,
  )
}
