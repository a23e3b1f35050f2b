-- What a watched PostgreSQL (14 or newer) is asked, by name. Every statement is for a role with pg_monitor.
-- Sources: the manual's chapters "The Cumulative Statistics System" and "System Views"; names of the metrics that
-- become of it are those of postgres_exporter where it has one.

-- name: who
-- Whom we are, and what we may see. A function of others is only called where it runs with its owner's rights.
-- Without pg_read_all_stats other people's sessions are hidden.
select
  pg_backend_pid() as pid,
  (select oid from pg_roles where rolname = current_user) as role,
  current_user::text as role_name,
  (select oid from pg_database where datname = current_database()) as database,
  current_database()::text as database_name,
  current_setting('server_version_num')::int as version,
  pg_has_role(current_user, 'pg_read_all_stats', 'usage') as sees_all,
  (
    select quote_ident(n.nspname)
    from pg_extension e
    join pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'pg_stat_statements'
  ) as statements_schema,
  (
    select quote_ident(n.nspname)
    from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    where p.proname = 'opsguide_row_widths' and p.prosecdef and has_function_privilege(p.oid, 'execute')
    order by n.nspname
    limit 1
  ) as widths;

-- name: running
-- The statements of others that run in this database now. Of the function below the view, without its joins: ten times
-- a second. What only controls transactions and sessions ($3) is no query.
select
  pid,
  extract(epoch from clock_timestamp() - query_start)::float8 as age,
  extract(epoch from query_start)::float8 as since,
  coalesce(wait_event_type = 'Lock', false) as waits
from pg_stat_get_activity(null)
where state = 'active'
  and backend_type = 'client backend'
  and usesysid <> $1
  and datid = $2
  and query !~* $3;

-- name: finished
-- Calls of each statement, without their texts, which lie in a file on the server.
select userid, queryid, calls, total_exec_time / 1000 as seconds
from pg_stat_statements(false)
where dbid = $1 and userid <> $2 and toplevel and queryid is not null;

-- name: controls
-- Which of these statements only control transactions and sessions.
select distinct queryid
from pg_stat_statements(true)
where dbid = $1 and queryid = any($2) and query ~* $3;

-- name: shared_role
-- Sessions of our own role that are not ours: their queries could not be told from ours.
select count(*)
from pg_stat_activity
where usename = current_user and application_name <> $1 and backend_type = 'client backend';

-- name: connections
select
  coalesce(datname, '') as datname,
  coalesce(state, 'unknown') as state,
  count(*) as count,
  coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)::float8 as max_tx_duration
from pg_stat_activity
where backend_type = 'client backend'
group by 1, 2;

-- name: logging
-- What the server's log holds of durations: query_log.py reads it by these.
select name, setting
from pg_settings
where name in (
  'log_destination', 'log_line_prefix', 'lc_messages', 'log_min_duration_statement', 'log_min_duration_sample',
  'log_statement_sample_rate', 'log_transaction_sample_rate', 'log_statement'
);

-- name: settings
select name, setting::float8 as setting
from pg_settings
where name in (
  'max_connections', 'superuser_reserved_connections', 'reserved_connections', 'autovacuum_freeze_max_age',
  'autovacuum_multixact_freeze_max_age'
);

-- name: counters
select numbackends, xact_commit, xact_rollback, blks_read, blks_hit, temp_bytes, deadlocks
from pg_stat_database
where datid = $1;

-- name: long_transactions
select
  coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)::float8 as oldest,
  count(*) filter (where clock_timestamp() - xact_start >= interval '1 minute') as over_minute,
  count(*) filter (where clock_timestamp() - xact_start >= interval '5 minutes') as over_five,
  count(*) filter (where clock_timestamp() - xact_start >= interval '10 minutes') as over_ten,
  count(*) filter (where clock_timestamp() - xact_start >= interval '30 minutes') as over_thirty
from pg_stat_activity
where state is distinct from 'idle' and backend_type = 'client backend';

-- name: standbys
-- On a primary: how far each standby is behind. Its lag is empty while there is nothing to replay.
select
  application_name,
  state,
  pg_wal_lsn_diff(
    case when pg_is_in_recovery() then pg_last_wal_receive_lsn() else pg_current_wal_lsn() end, replay_lsn
  )::float8 as bytes,
  coalesce(extract(epoch from replay_lag), 0)::float8 as seconds
from pg_stat_replication;

-- name: replica
-- On a standby: the age of the last transaction replayed, 0 where all that was received is replayed. Not known (null)
-- while it is behind and has replayed none yet.
select
  pg_is_in_recovery() as is_replica,
  case
    when not pg_is_in_recovery() then 0
    when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
    when pg_last_xact_replay_timestamp() is not null
      then greatest(0, extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()))
  end::float8 as seconds;

-- name: slots
-- WAL that is kept because somebody has not fetched it.
select
  slot_name,
  active,
  pg_wal_lsn_diff(
    case when pg_is_in_recovery() then pg_last_wal_receive_lsn() else pg_current_wal_lsn() end, restart_lsn
  )::float8 as bytes,
  safe_wal_size::float8 as safe_bytes,
  coalesce(wal_status = 'lost', false) as is_lost
from pg_replication_slots
where restart_lsn is not null or wal_status = 'lost';

-- name: prepared
-- Transactions prepared for a two-phase commit: they hold their locks until somebody ends them, over restarts too.
select
  count(*) as count,
  coalesce(max(extract(epoch from clock_timestamp() - prepared)), 0)::float8 as oldest
from pg_prepared_xacts;

-- name: checkpoints
select num_timed as timed, num_requested as requested, write_time / 1000 as write_seconds
from pg_stat_checkpointer;

-- name: checkpoints_16
select checkpoints_timed as timed, checkpoints_req as requested, checkpoint_write_time / 1000 as write_seconds
from pg_stat_bgwriter;

-- name: archiver
-- `oldest_ready` is how long the oldest WAL file has waited to be archived: what a lost disk would cost.
select
  archived_count,
  failed_count,
  extract(epoch from clock_timestamp() - last_archived_time)::float8 as last_archive_age,
  coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) as failing,
  (select count(*) from pg_ls_archive_statusdir() where name like '%.ready') as ready,
  (
    select coalesce(extract(epoch from clock_timestamp() - min(modification)), 0)::float8
    from pg_ls_archive_statusdir()
    where name like '%.ready'
  ) as oldest_ready
from pg_stat_archiver
where current_setting('archive_mode') <> 'off';

-- name: tables
-- Dead rows wait for a vacuum. The statistics' estimate; space that is free inside the files is not in it.
select schemaname, relname, n_live_tup, n_dead_tup
from pg_stat_user_tables
where n_dead_tup > 0
order by n_dead_tup desc
limit 20;

-- name: bloat
-- Space of tables that holds no row, estimated: pages that the rows would fill, against pages that there are. A row is
-- an item pointer (4 bytes), a header (23, and a bit for each column where any is null) and its columns' mean widths,
-- header and data each aligned to 8; a page gives its size less 24 for its header, and what the fillfactor keeps free.
-- Sources: the manual's chapter "Database Page Layout"; mean widths and null fractions are those of ANALYZE (pg_stats).
-- The padding between columns is not known: tables that it makes larger look bloated by as much.
select
  n.nspname as schemaname,
  c.relname,
  (c.relpages * page.bytes)::float8 as bytes,
  (greatest(0, c.relpages - ceil(c.reltuples / floor(page.room / row.bytes))) * page.bytes)::float8 as empty_bytes
from opsguide_row_widths() w
join pg_class c on c.oid = w.relation and c.relkind in ('r', 'm') and c.reltuples > 0 and c.relpages >= 16
join pg_namespace n on n.oid = c.relnamespace and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
cross join lateral (
  select
    b.bytes,
    (b.bytes - 24) * coalesce(substring(c.reloptions::text from 'fillfactor=([0-9]+)')::float8, 100) / 100 as room
  from (select current_setting('block_size')::float8 as bytes) b
) page
cross join lateral (
  select
    4 + 8 * ceil((23 + case when w.nullable then ceil(c.relnatts / 8.0) else 0 end) / 8.0) + 8 * ceil(w.bytes / 8)
      as bytes
) row
where row.bytes < page.room
order by empty_bytes desc
limit 20;

-- name: wraparound
select datname, age(datfrozenxid)::float8 as xids, mxid_age(datminmxid)::float8 as multixacts
from pg_database
where datallowconn;

-- name: size
select pg_database_size($1::oid)::float8 as bytes;

-- name: sessions
-- Everybody who is connected to this database, for the page: texts are trimmed, and go nowhere else.
select
  a.pid,
  coalesce(a.usename, '') as role,
  coalesce(a.application_name, '') as application,
  coalesce(a.state, 'unknown') as state,
  coalesce(a.wait_event_type, '') as wait_type,
  coalesce(a.wait_event, '') as wait_event,
  extract(epoch from clock_timestamp() - a.xact_start)::float8 as transaction_seconds,
  extract(epoch from clock_timestamp() - a.query_start)::float8 as query_seconds,
  extract(epoch from clock_timestamp() - a.state_change)::float8 as state_seconds,
  left(regexp_replace(coalesce(a.query, ''), '\s+', ' ', 'g'), 160) as query,
  a.backend_start::text as began,
  case when a.wait_event_type = 'Lock' then pg_blocking_pids(a.pid) else '{}' end as blockers
from pg_stat_activity a
where a.datname = current_database() and a.backend_type = 'client backend';

-- name: waits
-- Which lock each waiting session wants, and since when.
select
  l.pid,
  l.mode,
  l.locktype,
  coalesce(l.relation::regclass::text, '') as relation,
  extract(epoch from clock_timestamp() - l.waitstart)::float8 as seconds
from pg_locks l
where not l.granted;

-- name: texts
-- The texts of these statements as pg_stat_statements keeps them, with $1 for what was constant.
select userid, queryid, max(left(regexp_replace(query, '\s+', ' ', 'g'), 200)) as query
from pg_stat_statements(true)
where dbid = $1 and queryid = any($2)
group by 1, 2;
