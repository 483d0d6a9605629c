-- Stores, keys, accounts and their ledger.
--
-- The schema runs unchanged on one PostgreSQL and on Citus, where every table of an account is
-- distributed by account_id: so account_id stands in every primary key and unique constraint of
-- these tables, there are no triggers, and instants and ids come from the server process.
-- Amounts are in minor units, rates in millionths.

create table store (
  store_id integer primary key,
  name text not null unique,
  currency text not null,
  exponent smallint not null,
  time_zone text not null,
  version integer not null,
  config jsonb not null,
  created_at timestamptz not null
);

-- Every configuration a store ever had, and who set it.
create table store_change (
  store_id integer not null references store,
  version integer not null,
  at timestamptz not null,
  done_by text not null,
  config jsonb not null,
  primary key (store_id, version)
);

create table api_key (
  app_key text primary key,
  store_id integer not null references store,
  token_hash bytea not null,
  label text not null,
  resources text[] not null,
  requests_per_second integer,
  created_at timestamptz not null,
  revoked_at timestamptz
);

create table session (
  token_hash bytea primary key,
  store_id integer not null references store,
  email text not null,
  resources text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);

-- fillfactor: every write updates its account in place (HOT), so no index holds a column that
-- changes with each write. next_expiry only moves when the earliest hold does.
create table account (
  store_id integer not null,
  account_id text not null,
  document text not null,
  document_type text not null,
  email text not null,
  email_key text not null,
  status text not null,
  frozen_reason text,
  credit_limit bigint not null,
  tolerance bigint not null,
  owed bigint not null,
  held bigint not null,
  next_expiry timestamptz,
  seq bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (store_id, account_id)
) with (fillfactor = 60);

create index account_by_creation on account (store_id, status, created_at, account_id);
create index account_by_email on account (email_key, store_id);
create index account_by_document on account (upper(document), store_id);
create index account_by_expiry on account (next_expiry) where next_expiry is not null;

-- What may stand only once among the open accounts of a store. Distributed by value, not by account.
create table claim (
  store_id integer not null,
  kind text not null,
  value text not null,
  account_id text not null,
  primary key (store_id, kind, value)
);

create table holder (
  store_id integer not null,
  account_id text not null,
  holder_id text not null,
  email text not null,
  email_key text not null,
  created_at timestamptz not null,
  primary key (store_id, account_id, holder_id)
);

create index holder_by_email on holder (store_id, email_key);

create table transaction (
  store_id integer not null,
  account_id text not null,
  transaction_id text not null,
  status text not null,
  value bigint not null,
  first_value bigint not null,
  settle boolean not null,
  installments smallint not null,
  held bigint not null,
  settled bigint not null,
  refunded bigint not null,
  settlements integer not null,
  invoice_count integer not null,
  expires_at timestamptz not null,
  order_id text,
  holder text,
  condition_id text,
  friendly_code text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (store_id, account_id, transaction_id)
) with (fillfactor = 80);

-- The live holds of an account, by the instant at which they expire.
create index transaction_live on transaction (store_id, account_id, expires_at) where held > 0;

-- The ids of the invoices of a transaction begin with its own: they are a range of the primary key,
-- byte by byte. No other index of this table begins with the account: where a table has no
-- statistics yet, the planner would take either, and read all invoices of the account for each.
create table invoice (
  store_id integer not null,
  account_id text not null,
  invoice_id text collate "C" not null,
  transaction_id text not null,
  friendly_id text not null,
  installment integer not null,
  installments integer not null,
  settlement integer not null,
  value bigint not null,
  credit_value bigint not null,
  status text not null,
  due_at timestamptz not null,
  original_due_at timestamptz not null,
  postponements integer not null,
  postponed_days integer not null,
  order_id text,
  observation text,
  payment_link text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  resolved_at timestamptz,
  primary key (store_id, account_id, invoice_id)
) with (fillfactor = 80);

create index invoice_by_creation on invoice (store_id, created_at, invoice_id);
create index invoice_by_friendly_id on invoice (store_id, friendly_id);

-- Manual debits, so that the same statement id counts once.
create table debit (
  store_id integer not null,
  account_id text not null,
  statement_id text not null,
  value bigint not null,
  created_at timestamptz not null,
  primary key (store_id, account_id, statement_id)
);

-- The ledger: append-only, one row for each event, with the totals of the account after it.
-- origin and value are those of the statement line, where the event makes one.
create table entry (
  store_id integer not null,
  account_id text not null,
  seq bigint not null,
  at timestamptz not null,
  kind text not null,
  done_by text not null,
  origin text,
  value bigint,
  credit_limit bigint not null,
  tolerance bigint not null,
  owed bigint not null,
  held bigint not null,
  data jsonb not null,
  primary key (store_id, account_id, seq)
);

create index entry_of_statement on entry (store_id, account_id, at, seq) where origin is not null;

-- The first answer under each Idempotency-Key. account_id is '' for what concerns no account yet.
create table idempotency (
  store_id integer not null,
  idempotency_key text not null,
  account_id text not null,
  fingerprint text not null,
  status smallint not null,
  body text not null,
  created_at timestamptz not null,
  primary key (store_id, idempotency_key, account_id)
);

create index idempotency_by_age on idempotency using brin (created_at);
