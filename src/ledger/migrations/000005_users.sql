-- The users of a store: people who sign in to the Admin with a password or through OpenID Connect.

create table store_user (
  user_id text primary key,
  store_id integer not null references store,
  email text not null,
  email_key text not null,
  name text not null,
  role text not null,
  -- argon2id in PHC form; null for who signs in through OpenID Connect alone.
  password_hash text,
  must_change_password boolean not null,
  -- Who this is at the OpenID provider, once that has told.
  oidc_subject text,
  created_at timestamptz not null,
  last_sign_in_at timestamptz,
  disabled_at timestamptz,
  unique (store_id, email_key),
  unique (store_id, oidc_subject)
);

-- Failed sign-ins in a row, by store and e-mail, whether or not anybody has it. What was typed into
-- the field of the e-mail may have been a password: only a hash of both is kept.
create table sign_in_failure (
  target_hash bytea primary key,
  failures integer not null,
  failed_at timestamptz not null,
  locked_until timestamptz not null
);

-- Null: a session that was made on the command line.
alter table session add column user_id text;

create index session_by_user on session (user_id) where user_id is not null;

alter table api_key add column last_used_at timestamptz;
