/** What a demo made, counted in the database. */
import { formatDecimal } from '../credit/money.ts'
import { type Instant, startOfDay } from '../credit/schedule.ts'
import type { Store } from '../ledger/stores.ts'
import type { Sql } from '../postgres/connect.ts'

/** The lines of the summary. */
export async function summaryOf(sql: Sql, store: Store, now: Instant): Promise<string[]> {
  const { storeId } = store
  const [accounts] = await sql<Record<string, bigint>[]>`
    select count(*) as all,
      count(*) filter (where status = 'Open') as open,
      count(*) filter (where status = 'Closed') as closed,
      count(*) filter (where status = 'Open' and frozen_reason is not null) as frozen,
      count(*) filter (where status = 'Open' and credit_limit < owed + held) as above,
      coalesce(sum(credit_limit) filter (where status = 'Open'), 0)::bigint as limit,
      coalesce(sum(owed), 0)::bigint as owed,
      coalesce(sum(held), 0)::bigint as held
    from account where store_id = ${storeId}`
  const [others] = await sql<Record<string, bigint>[]>`
    select
      (select count(*) from holder where store_id = ${storeId}) as holders,
      (select count(distinct account_id) from holder where store_id = ${storeId}) as shared,
      (select count(*) from debit where store_id = ${storeId}) as debits,
      (select count(*) from transaction where store_id = ${storeId} and held > 0) as live,
      (select count(*) from entry where store_id = ${storeId}) as entries`
  const transactions = await sql<{ status: string; count: bigint }[]>`
    select status, count(*) as count from transaction
    where store_id = ${storeId} group by status order by status`
  const today = new Date(startOfDay(now, store.timeZone))
  const invoices = await sql<{ status: string; count: bigint }[]>`
    select case when status = 'Opened' and due_at < ${today} then 'Overdue' else status end as status,
      count(*) as count
    from invoice where store_id = ${storeId} group by 1 order by 1`
  const of = (row: Record<string, bigint> | undefined, name: string) => row?.[name] ?? 0n
  const money = (name: string) => `${name} ${formatMoney(of(accounts, name), store)}`
  const available = of(accounts, 'limit') - of(accounts, 'owed') - of(accounts, 'held')
  return [
    `  Accounts       ${of(accounts, 'all')}: ${of(accounts, 'open')} open (${of(accounts, 'frozen')} frozen, ${of(accounts, 'above')} above their limit), ${of(accounts, 'closed')} closed`,
    `  Holders        ${of(others, 'holders')} additional ones on ${of(others, 'shared')} accounts`,
    `  Transactions   ${counted(transactions)}; ${of(others, 'live')} of them hold credit now`,
    `  Invoices       ${counted(invoices)}`,
    `  Manual debits  ${of(others, 'debits')}`,
    `  Ledger         ${of(others, 'entries')} entries`,
    `  Open accounts  ${money('limit')}, ${money('owed')}, ${money('held')}, available ${formatMoney(available, store)}`,
  ]
}

function counted(rows: readonly { status: string; count: bigint }[]): string {
  return rows.map(({ status, count }) => `${count} ${status}`).join(', ') || 'none'
}

function formatMoney(value: bigint, { currency, exponent }: Store): string {
  return `${currency} ${formatDecimal(value, exponent)}`
}
