-- Accounts and what opens them. Mutable on purpose: what happened to them is on the ledger, with opaque ids only.

create table setting (
  name text primary key,
  value text not null
) strict, without rowid;

-- `name` is what is typed, in lower case; `shown` how pages call them; `person` an id of the bindings, '' for none.
-- `password` is an argon2id hash, '' until one is chosen; `totp` a secret in base32, '' without a second factor;
-- `totp_step` the step of the last code that was used: none is used twice.
create table account (
  id text primary key,
  name text not null unique,
  shown text not null,
  person text not null default '',
  password text not null default '',
  totp text not null default '',
  totp_step integer not null default 0,
  made_at integer not null,
  signed_in_at integer not null default 0,
  disabled_at integer not null default 0
) strict;

-- `team` '' is everywhere.
create table role (
  account text not null references account on delete cascade,
  team text not null,
  role integer not null,
  primary key (account, team)
) strict, without rowid;

create table recovery_code (
  digest blob primary key,
  account text not null references account on delete cascade
) strict, without rowid;

create index recovery_code_of on recovery_code (account);

-- `strong_at` is when the second factor was last shown, 0 never. While `pending` it opens nothing but the page for the code.
create table session (
  digest blob primary key,
  id text not null unique,
  account text not null references account on delete cascade,
  made_at integer not null,
  used_at integer not null,
  strong_at integer not null default 0,
  pending integer not null default 0,
  address text not null,
  agent text not null
) strict, without rowid;

create index session_of on session (account);

create table token (
  digest blob primary key,
  id text not null unique,
  account text not null references account on delete cascade,
  label text not null,
  scopes text not null,
  made_at integer not null,
  expires_at integer not null,
  used_at integer not null default 0
) strict, without rowid;

create index token_of on token (account);

-- One-time links: `set-up` makes the first admin (no account), `password` lets an account choose one.
create table link (
  digest blob primary key,
  kind text not null,
  account text references account on delete cascade,
  expires_at integer not null
) strict, without rowid;

-- Failed attempts by the digest of whom and whence: what was typed may be a password in the wrong field.
create table failure (
  digest blob primary key,
  count integer not null,
  last_at integer not null,
  until integer not null
) strict, without rowid;
