-- Bulk files: what is imported and exported, how far each job is, and what became of each row.
-- None of these tables belongs to an account: with Citus they stay on the coordinator.

-- A file that was sent or made, in pieces. Nothing in it is compressed: that would cost more than
-- the room it saves while the file is read again.
create table stored_file (
  file_id text primary key,
  store_id integer not null,
  name text not null,
  bytes bigint not null,
  -- Of its content, as hex; null while it is being written.
  sha256 text,
  created_at timestamptz not null
);

create table stored_file_piece (
  file_id text not null,
  position integer not null,
  data bytea not null,
  primary key (file_id, position)
);

alter table stored_file_piece alter data set storage external;

create table bulk_job (
  job_id text primary key,
  store_id integer not null,
  direction text not null,
  kind text not null,
  mode text,
  dry_run boolean not null,
  locale text,
  delimiter text,
  -- Of an export: what is asked for, as JSON.
  filter jsonb,
  state text not null,
  -- Counts the times it was set going: by its creation, a confirmation or a retry.
  run integer not null,
  -- Counts the times a process took it in hand: what an earlier one still says counts nothing.
  hand integer not null,
  -- True once a dry run was confirmed: what it found is what may be done.
  confirmed boolean not null,
  cancel_requested boolean not null,
  file_id text,
  bytes bigint not null,
  bytes_read bigint not null,
  rows_total bigint,
  rows_read bigint not null,
  rows_changed bigint not null,
  rows_unchanged bigint not null,
  rows_failed bigint not null,
  -- Every row up to this line of the file has its result.
  line_done bigint not null,
  -- When the present run began, and how many rows had been read before: for the rate.
  run_began_at timestamptz,
  run_began_rows bigint not null,
  warnings jsonb not null,
  -- Of a dry run: what all its rows together would do.
  totals jsonb,
  error text,
  created_by text not null,
  -- Who set the present run going, and whether that caller may mark invoices as paid.
  run_by text not null,
  may_pay boolean not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  finished_at timestamptz,
  idempotency_key text,
  fingerprint text
);

create index bulk_job_by_creation on bulk_job (store_id, direction, created_at, job_id);
create unique index bulk_job_by_key on bulk_job (store_id, idempotency_key);
create index bulk_job_unfinished on bulk_job (state) where state in ('queued', 'running');

-- What became of a row of an import, or what a dry run says would.
create table import_row (
  job_id text not null,
  line bigint not null,
  result text not null,
  -- True where it was really done, or really refused.
  final boolean not null,
  -- How often it was refused: a retry is another attempt.
  refusals integer not null,
  code integer,
  error text,
  -- [field, from, to] of each field that changes, as JSON.
  changes jsonb,
  -- What kind of change it is, and the money it moves, for the totals of the job.
  effect text,
  amount bigint,
  notes jsonb,
  primary key (job_id, line)
);

create index import_row_by_result on import_row (job_id, result, line);

-- Accounts and invoices that rows of a file name: the second row that names one is refused.
create table import_name (
  job_id text not null,
  name text not null,
  line bigint not null,
  primary key (job_id, name)
);

-- Secrets of this installation, such as the one that signs links; made by the first who needs it.
create table secret (
  name text primary key,
  value bytea not null,
  created_at timestamptz not null
);

-- A file names invoices by their id alone.
create index invoice_by_id on invoice (store_id, invoice_id);
