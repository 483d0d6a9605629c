-- Search and summary of invoices at a cost that does not grow with them (docs/decisions/0007).

-- The days of created_at and due_at on the calendar of the store, whose time zone never changes.
alter table invoice add created_on date, add due_on date;

drop index invoice_by_creation;

update invoice i
set created_on = (i.created_at at time zone s.time_zone)::date,
  due_on = (i.due_at at time zone s.time_zone)::date
from store s
where s.store_id = i.store_id;

alter table invoice
  alter created_on set not null,
  alter due_on set not null,
  -- A page is found in an index alone where the rows are known to be visible: vacuum says so, and
  -- by default it would look at a large table only after a fifth of it is new.
  set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05);

-- Each state of invoices, and each state on each due day, in the order of all lists.
create index invoice_by_creation on invoice (store_id, status, created_at, invoice_id)
  include (due_on);
create index invoice_by_due on invoice (store_id, due_on, status, created_at, invoice_id);
create index invoice_by_order on invoice (store_id, order_id) where order_id is not null;

-- What changed in the numbers of invoices and their values, by day and state, and is not folded into
-- the totals below yet. A batch inserts its sums in its own commit: the totals are exact at every
-- instant, and since nothing is unique here and nothing is updated, writers never wait for each other.
-- account_id is that of one account of the batch and has no meaning; with Citus, where a batch has
-- one account only, it puts the row on the shard of that account, and the commit stays on one shard.
create table invoice_delta (
  store_id integer not null,
  account_id text not null,
  created_on date not null,
  due_on date not null,
  status text not null,
  invoices integer not null,
  value bigint not null
);

-- What has been folded. Whoever reads adds the deltas, in one statement. A fold updates rows in
-- place, which needs room in their pages.
create table invoice_total_by_due (
  store_id integer not null,
  due_on date not null,
  status text not null,
  invoices integer not null,
  value bigint not null,
  primary key (store_id, due_on, status)
) with (fillfactor = 50);

create table invoice_total_by_creation (
  store_id integer not null,
  created_on date not null,
  due_on date not null,
  status text not null,
  invoices integer not null,
  value bigint not null,
  primary key (store_id, created_on, due_on, status)
) with (fillfactor = 50);

create index invoice_total_by_creation_by_due on invoice_total_by_creation (store_id, due_on);

-- Makes the totals anew from the invoices; writers wait meanwhile. The locks come in statements of
-- their own, so that what follows sees all that was committed before them.
create function rebuild_invoice_totals() returns void language sql as $$
  lock table invoice in share mode;
  lock table invoice_delta in access exclusive mode;
  delete from invoice_delta;
  delete from invoice_total_by_due;
  delete from invoice_total_by_creation;
  insert into invoice_total_by_creation (store_id, created_on, due_on, status, invoices, value)
    select store_id, created_on, due_on, status, count(*), sum(value) from invoice
    group by store_id, created_on, due_on, status;
  insert into invoice_total_by_due (store_id, due_on, status, invoices, value)
    select store_id, due_on, status, sum(invoices), sum(value) from invoice_total_by_creation
    group by store_id, due_on, status;
$$;

select rebuild_invoice_totals();
