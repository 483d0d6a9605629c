/**
 * The same work without Fiado, by whoever may write SQL: no rules, no ledger, nothing to go on with
 * after a crash. What bulk files are measured against.
 */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { connect, type Sql } from '../../src/postgres/connect.ts'

/** One connection, for as long as `work` needs it. */
export async function withSql<T>(url: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = connect(url, { max: 1, applicationName: 'bench files' })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** The columns of an export of invoices, as they are stored. */
const COPY_OUT = `
  copy (
    select i.invoice_id, i.friendly_id, i.account_id, a.email, i.order_id, i.installment,
      i.installments, i.value, i.due_on, i.status, i.observation, i.payment_link, i.created_at,
      i.resolved_at
    from invoice i join account a using (store_id, account_id)
    order by i.created_at, i.invoice_id
  ) to stdout with (format csv)`

/** Reads all invoices by `COPY`, to the end; answers how many bytes there were. */
export async function copyOut(sql: Sql): Promise<number> {
  let bytes = 0
  for await (const part of await sql.unsafe(COPY_OUT).readable()) bytes += part.length
  return bytes
}

/** Brings a file of ids and states into a table by `COPY`, and sets the states by one `UPDATE`. */
export async function copyAndUpdate(sql: Sql, file: Blob): Promise<number> {
  await sql`create table if not exists bench_file (id text not null, status text not null)`
  await sql`truncate bench_file`
  const copied = await sql`copy bench_file from stdin with (format csv, header)`.writable()
  await pipeline(Readable.from([Buffer.from(await file.arrayBuffer())]), copied)
  const { count } = await sql`
    update invoice i set status = f.status, updated_at = now(),
      resolved_at = case f.status when 'Paid' then now() end
    from bench_file f
    where i.store_id = (select store_id from store) and i.invoice_id = f.id`
  return count
}
