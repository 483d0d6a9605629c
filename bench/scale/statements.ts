/**
 * The SQL that fills a store, in steps: purchases, what became of their instalments, the events of
 * every account with its totals after each, and from these the tables as the writer leaves them.
 *
 * Rows go in by time, as they would in life: the invoices and entries of one account lie scattered
 * over the table, which is what a read of them has to pay. Only the order inside a slice is strict.
 */
import {
  DAY_S,
  HOLD_MULTIPLIER,
  HOLDS_DAYS,
  INSTALLMENTS,
  MULTIPLIERS,
  NEWEST_DAYS,
  OPENING_DAYS,
  type Shape,
  SPAN_DAYS,
  SQL_NAMES,
} from './shape.ts'

export interface Target extends Shape {
  readonly storeId: number
  readonly timeZone: string
}

/** From, up to and without to. */
interface Slice {
  readonly from: number
  readonly to: number
}

const HOUR_S = 3_600
const HOLD_LIFE_S = 30 * DAY_S
const SLICE_DAYS = 30

/** Sizes of slices: what a session sorts then stays in its memory. */
const ACCOUNTS_A_SLICE = 50_000
const PURCHASES_A_SLICE = 500_000

/** Statements that may run at the same time. */
export type Phase = readonly string[]

/** All statements, phase by phase; tables are expected without indexes, or small. */
export function phasesOf(target: Target): Phase[] {
  const accounts = slices(0, target.accounts, ACCOUNTS_A_SLICE)
  const transactions = slices(0, target.transactions, PURCHASES_A_SLICE)
  const purchases = slices(0, target.purchases, PURCHASES_A_SLICE)
  const months = slices(openingOf(target), target.now_s + 1, SLICE_DAYS * DAY_S)
  return [
    [staging(months)],
    transactions.map((slice) => purchase(target, slice)),
    ['analyze scale.purchase'],
    accounts.map((slice) => event(target, slice)),
    [
      ...months.map((_, index) => entry(target, index)),
      ...purchases.map((slice) => invoice(target, slice)),
      ...transactions.map((slice) => transaction(target, slice)),
      account(target),
      claim(target),
    ],
    ['drop schema scale cascade'],
  ]
}

function slices(from: number, to: number, size: number): Slice[] {
  const count = Math.ceil((to - from) / size)
  return Array.from({ length: count }, (_, index) => ({
    from: from + index * size,
    to: Math.min(to, from + (index + 1) * size),
  }))
}

const beginOf = ({ now_s }: Shape): number => now_s - SPAN_DAYS * DAY_S
const openingOf = (shape: Shape): number => beginOf(shape) - OPENING_DAYS * DAY_S

/**
 * Instants are whole seconds since 1970 and amounts fit an integer: sums of integers stay fast.
 * `roll` is a die that falls the same way every time.
 */
function staging(months: readonly Slice[]): string {
  const partitions = months.map(
    ({ from, to }, index) => `
    create unlogged table scale.event_${index} partition of scale.event
      for values from (${from}) to (${to});`,
  )
  return `
    drop schema if exists scale cascade;
    create schema scale;

    create function scale.roll(number bigint, die integer, sides integer) returns integer
    language sql immutable parallel safe as
    'select ((hashint8extended($1, $2) & 9223372036854775807) % $3)::integer';

    create unlogged table scale.purchase (
      p integer not null,
      a integer not null,
      n smallint not null,
      value integer not null,
      at_s bigint not null,
      settled_s bigint
    );

    create table scale.event (
      at_s bigint not null,
      a integer not null,
      seq integer not null,
      kind text not null,
      p integer,
      k smallint,
      n smallint,
      value integer,
      owed bigint not null,
      held bigint not null,
      last boolean not null
    ) partition by range (at_s);
    ${partitions.join('')}`
}

/**
 * The instalments of the settled purchases that `where` names, and what became of each by now.
 * `offset 0` keeps the planner from putting an expression in the place of a column, which would
 * work it out again wherever the column stands.
 */
function installments({ now_s }: Shape, where: string): string {
  const isDone = `resolved_s <= ${now_s}`
  return `(
    select p, a, n, k, settled_s, due_s, value,
      case when ${isDone} then fate else 'Opened' end as status,
      case when ${isDone} then resolved_s end as resolved_s
    from (
      select *, ${RESOLUTION} as resolved_s
      from (
        select p, a, n, k, settled_s, i, value / n + (k <= value % n)::integer as value,
          settled_s + k * ${30 * DAY_S} as due_s, ${FATE} as fate
        from (
          select *, p * 8::bigint + k as i, scale.roll(p * 8::bigint + k, 11, 1000) as lot
          from scale.purchase cross join lateral generate_series(1, n) as k
          where settled_s is not null and ${where}
          offset 0
        ) drawn
        offset 0
      ) fated
      offset 0
    ) resolved
  ) installment`
}

/** 1 % are cancelled, 1.5 % are never paid. */
const FATE = `case when lot < 10 then 'Cancelled' when lot >= 25 then 'Paid' end`

/** Most pay in the week before the due day, a quarter some days late, a few very late. */
const RESOLUTION = `case fate
  when 'Cancelled' then settled_s + ${HOUR_S} + scale.roll(i, 13, ${5 * DAY_S})
  when 'Paid' then due_s + case
    when i % 100 < 70 then - scale.roll(i, 13, ${6 * DAY_S})
    when i % 100 < 95 then scale.roll(i, 13, ${10 * DAY_S})
    else ${10 * DAY_S} + scale.roll(i, 13, ${35 * DAY_S}) end
  end`

/** Purchases stand in the order of their time, evenly spread; holds that live follow. */
function purchase(target: Target, { from, to }: Slice): string {
  const { accounts, purchases, transactions, now_s } = target
  const spread_s = (SPAN_DAYS - NEWEST_DAYS) * DAY_S
  const holds_s = HOLDS_DAYS * DAY_S - HOUR_S
  const isHold = `p >= ${purchases}`
  return `
    insert into scale.purchase (p, a, n, value, at_s, settled_s)
    select p, q * multiplier % ${accounts}, n, n * (3000 + scale.roll(p, 1, 47000)) + p % 7, at_s,
      case when not is_hold then at_s + ${HOUR_S} + scale.roll(p, 2, ${2 * DAY_S}) end
    from (
      select p, ${isHold} as is_hold, p % ${accounts} as q,
        (array[${INSTALLMENTS}])[p % ${INSTALLMENTS.length} + 1] as n,
        case when ${isHold} then ${HOLD_MULTIPLIER}
          else (array[${MULTIPLIERS}])[p / ${accounts} + 1] end as multiplier,
        case when ${isHold}
          then ${now_s - HOLDS_DAYS * DAY_S} + (p - ${purchases}) * ${holds_s} / ${transactions - purchases}
          else ${beginOf(target)} + p * ${spread_s} / ${purchases} end as at_s
      from generate_series(${from}::bigint, ${to - 1}) as p
    ) drawn`
}

/** What happened to the accounts of a slice, in its order, with the running totals. */
function event(target: Target, { from, to }: Slice): string {
  const ofSlice = `a >= ${from} and a < ${to}`
  const opened_s = `${openingOf(target)} + a::bigint * ${OPENING_DAYS * DAY_S} / ${target.accounts}`
  return `
    insert into scale.event (at_s, a, seq, kind, p, k, n, value, owed, held, last)
    select at_s, a, row_number() over past, kind, p, k, n, value,
      coalesce(sum(owes) over past, 0), coalesce(sum(holds) over past, 0),
      lead(1) over past is null
    from (
      select ${opened_s} as at_s, a, 0 as step, 'AccountOpened' as kind, null::integer as p,
        null::integer as k, null::integer as n, null::integer as value,
        0 as owes, 0 as holds
      from generate_series(${from}, ${to - 1}) as a
      union all
      select at_s, a, 1, 'TransactionAuthorized', p, null, n, value, 0, value
      from scale.purchase where ${ofSlice}
      union all
      select settled_s, a, 2, 'TransactionSettled', p, null, n, value, value, - value
      from scale.purchase where ${ofSlice} and settled_s is not null
      union all
      select resolved_s, a, 3, 'Invoice' || status, p, k, n, value, - value, 0
      from ${installments(target, ofSlice)} where resolved_s is not null
    ) happened
    window past as (partition by a order by at_s, step, p, k
      rows between unbounded preceding and current row)`
}

/** The entries of one month. */
function entry({ storeId }: Target, month: number): string {
  return `
    insert into entry (store_id, account_id, seq, at, kind, done_by, origin, value, credit_limit,
      tolerance, owed, held, data)
    select ${storeId}, ${SQL_NAMES.accountId('a')}, seq, to_timestamp(at_s), kind, 'fiado-bench',
      case kind when 'TransactionSettled' then 'Invoice' when 'InvoiceCancelled' then 'Invoice'
        when 'InvoicePaid' then 'Payment' end,
      case kind when 'TransactionSettled' then - value when 'InvoiceCancelled' then value
        when 'InvoicePaid' then value end,
      credit_limit, ${toleranceOf('a')}, owed, held, ${data()}::jsonb
    from (
      select *, ${limitOf('a')} as credit_limit from scale.event_${month}
      order by at_s, a, seq offset 0
    ) happened`
}

/** The events as encodeEvent writes them: amounts are strings, instants are milliseconds. */
function data(): string {
  const transactionId = SQL_NAMES.transactionId('p')
  const orderId = SQL_NAMES.orderId('p')
  return `case kind
    when 'AccountOpened' then format(
      '{"type":"AccountOpened","document":"%s","documentType":"CPF","email":"%s","limit":"%s","tolerance":"%s"}',
      ${SQL_NAMES.document('a')}, ${SQL_NAMES.email('a')}, credit_limit, ${toleranceOf('a')})
    when 'TransactionAuthorized' then format(
      '{"type":"TransactionAuthorized","transactionId":"%s","friendlyCode":"%s","value":"%s","settle":true,"installments":%s,"expiresAt":%s,"orderId":"%s","holder":null,"conditionId":null}',
      ${transactionId}, ${SQL_NAMES.friendlyCode('p')}, value, n,
      (at_s + ${HOLD_LIFE_S}) * 1000, ${orderId})
    when 'TransactionSettled' then format(
      '{"type":"TransactionSettled","transactionId":"%s","orderId":"%s","value":"%s","fromHold":"%s","released":"0","numberOfInstallments":%s,"invoices":[%s]}',
      ${transactionId}, ${orderId}, value, value, n, (
        select string_agg(format('{"installment":%s,"installments":%s,"value":"%s","dueAt":%s}',
          i, n, value / n + (i <= value % n)::integer, (at_s + i * ${30 * DAY_S}) * 1000), ',')
        from generate_series(1, n) as i))
    when 'InvoicePaid' then format(
      '{"type":"InvoicePaid","transactionId":"%s","installment":%s,"value":"%s"}',
      ${transactionId}, k, value)
    when 'InvoiceCancelled' then format(
      '{"type":"InvoiceCancelled","transactionId":"%s","installment":%s,"value":"%s","orderId":"%s"}',
      ${transactionId}, k, value, ${orderId})
    end`
}

/** Enough for all that is bought and for what a measurement adds. */
const limitOf = (a: string): string => `(5000000 + 500000 * scale.roll(${a}, 3, 10))`
const toleranceOf = (a: string): string => `(case ${a} % 4 when 0 then 50000 else 0 end)`

function invoice(target: Target, { from, to }: Slice): string {
  const { storeId, timeZone } = target
  const dayOf = (at_s: string): string => `(to_timestamp(${at_s}) at time zone '${timeZone}')::date`
  return `
    insert into invoice (store_id, account_id, invoice_id, transaction_id, friendly_id,
      installment, installments, settlement, value, credit_value, status, due_at, original_due_at,
      postponements, postponed_days, order_id, created_at, updated_at, resolved_at,
      created_on, due_on)
    select ${storeId}, ${SQL_NAMES.accountId('a')},
      ${SQL_NAMES.transactionId('p')} || '-' || lpad(k::text, 2, '0'),
      ${SQL_NAMES.transactionId('p')}, ${SQL_NAMES.friendlyCode('p')} || '-' || k,
      k, n, 1, value, 0, status, to_timestamp(due_s), to_timestamp(due_s),
      0, 0, ${SQL_NAMES.orderId('p')}, to_timestamp(settled_s),
      to_timestamp(coalesce(resolved_s, settled_s)), to_timestamp(resolved_s),
      ${dayOf('settled_s')}, ${dayOf('due_s')}
    from ${installments(target, `p >= ${from} and p < ${to}`)}`
}

/** A transaction knows of its cancelled invoices, but not of the paid ones. */
function transaction(target: Target, { from, to }: Slice): string {
  const { storeId } = target
  const ofSlice = `p >= ${from} and p < ${to}`
  return `
    insert into transaction (store_id, account_id, transaction_id, status, value, first_value,
      settle, installments, held, settled, refunded, settlements, invoice_count, expires_at,
      order_id, friendly_code, created_at, updated_at)
    select ${storeId}, ${SQL_NAMES.accountId('a')}, ${SQL_NAMES.transactionId('p')},
      case when is_settled then 'Settled' else 'Authorized' end, value, value, true, n,
      case when is_settled then 0 else value end, case when is_settled then value else 0 end,
      coalesce(refunded, 0), is_settled::integer, case when is_settled then n else 0 end,
      to_timestamp(at_s + ${HOLD_LIFE_S}), ${SQL_NAMES.orderId('p')},
      ${SQL_NAMES.friendlyCode('p')}, to_timestamp(at_s),
      to_timestamp(greatest(at_s, settled_s, cancelled_s))
    from (
      select *, settled_s is not null as is_settled from scale.purchase
      where ${ofSlice}
    ) made
    left join (
      select p, sum(value) as refunded, max(resolved_s) as cancelled_s
      from ${installments(target, ofSlice)} where status = 'Cancelled' group by p
    ) cancelled using (p)
    order by p`
}

function account({ storeId, purchases }: Target): string {
  return `
    insert into account (store_id, account_id, document, document_type, email, email_key, status,
      credit_limit, tolerance, owed, held, next_expiry, seq, created_at, updated_at)
    select ${storeId}, ${SQL_NAMES.accountId('a')}, ${SQL_NAMES.document('a')}, 'CPF',
      ${SQL_NAMES.email('a')}, ${SQL_NAMES.email('a')}, 'Open', ${limitOf('a')},
      ${toleranceOf('a')}, newest.owed, newest.held, to_timestamp(hold.expires_s), newest.seq,
      to_timestamp(opened.at_s), to_timestamp(newest.at_s)
    from (select a, at_s from scale.event where kind = 'AccountOpened') opened
    join (select a, at_s, seq, owed, held from scale.event where last) newest using (a)
    left join (
      select a, min(at_s) + ${HOLD_LIFE_S} as expires_s from scale.purchase
      where p >= ${purchases} group by a
    ) hold using (a)
    order by a`
}

function claim({ storeId, accounts }: Target): string {
  return `
    insert into claim (store_id, kind, value, account_id)
    select ${storeId}, kind, value, ${SQL_NAMES.accountId('a')}
    from generate_series(0, ${accounts - 1}) as a
    cross join lateral (values
      ('email', ${SQL_NAMES.email('a')}), ('document', 'CPF:' || ${SQL_NAMES.document('a')})
    ) as claimed (kind, value)`
}
