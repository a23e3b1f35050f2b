-- The ledger itself: append-only, one row a fact. What is hashed is prev ‖ body, byte for byte as stored.
create table ledger (
  seq  integer primary key,
  prev blob not null,
  hash blob not null,
  body blob not null
) strict;

-- Personal data of facts, beside the chain: the body holds sha256(salt ‖ data). Deleting a row erases it for good.
create table personal (
  seq  integer primary key,
  salt blob not null,
  data blob not null
) strict;

-- Which types of facts the ledger holds, so that a version that cannot read one says so before it starts.
create table kind (
  type text not null,
  v    integer not null,
  primary key (type, v)
) strict, without rowid;

-- Derived: where facts about a subject are, up to seq `indexed.seq`. Filled in chunks behind the appends, because
-- each subject is another page to write: within the appends it would more than halve the rate.
create table about (
  subject text not null,
  seq     integer not null,
  primary key (subject, seq)
) strict, without rowid;

create table indexed (
  seq integer not null
) strict;

insert into indexed (seq) values (0);
