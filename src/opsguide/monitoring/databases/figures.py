"""Rows of PostgreSQL's statistics as samples, under the names of postgres_exporter where it has one. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from ...kernel.ports import Sample

Row: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = Sequence[Row]


def sample(metric: str, value: float | None, **labels: str) -> Iterable[Sample]:
    """One sample, or none where the database has no value."""
    return () if value is None else (Sample({"__name__": metric, **labels}, float(value)),)


def connections(rows: Rows) -> Iterable[Sample]:
    for row in rows:
        labels = {"datname": row["datname"], "state": row["state"]}
        yield from sample("pg_stat_activity_count", row["count"], **labels)
        yield from sample("pg_stat_activity_max_tx_duration", row["max_tx_duration"], **labels)


def settings(rows: Rows) -> Iterable[Sample]:
    for row in rows:
        yield from sample(f"pg_settings_{row['name']}", row["setting"])


def counters(rows: Rows) -> Iterable[Sample]:
    for row in rows:
        for column, value in row.items():
            yield from sample(f"pg_stat_database_{column}", value)


def long_transactions(rows: Rows) -> Iterable[Sample]:
    metric = "pg_long_running_transactions"
    thresholds = {"60": "over_minute", "300": "over_five", "600": "over_ten", "1800": "over_thirty"}
    for row in rows:
        yield from sample(f"{metric}_oldest_timestamp_seconds", row["oldest"])
        for threshold, column in thresholds.items():
            yield from sample(f"{metric}_count", row[column], threshold=threshold)


def standbys(rows: Rows) -> Iterable[Sample]:
    for row in rows:
        labels = {"application_name": row["application_name"], "state": row["state"]}
        yield from sample("pg_stat_replication_pg_wal_lsn_diff", row["bytes"], **labels)
        yield from sample("pg_stat_replication_replay_lag_seconds", row["seconds"], **labels)


def replica(rows: Rows) -> Iterable[Sample]:
    for row in rows:
        yield from sample("pg_replication_is_replica", row["is_replica"])
        yield from sample("pg_replication_lag_seconds", row["seconds"])


def slots(rows: Rows) -> Iterable[Sample]:
    for row in rows:
        yield from sample("pg_replication_slots_active", row["active"], slot_name=row["slot_name"])
        yield from sample("pg_replication_slots_pg_wal_lsn_diff", row["bytes"], slot_name=row["slot_name"])
        yield from sample("pg_replication_slots_safe_wal_size", row["safe_bytes"], slot_name=row["slot_name"])
        yield from sample("pg_replication_slots_lost", row["is_lost"], slot_name=row["slot_name"])


def prepared(rows: Rows) -> Iterable[Sample]:
    for row in rows:
        yield from sample("pg_prepared_transactions_count", row["count"])
        yield from sample("pg_prepared_transactions_oldest_seconds", row["oldest"])


def checkpoints(rows: Rows) -> Iterable[Sample]:
    for row in rows:
        yield from sample("pg_stat_bgwriter_checkpoints_timed_total", row["timed"])
        yield from sample("pg_stat_bgwriter_checkpoints_req_total", row["requested"])
        yield from sample("pg_stat_bgwriter_checkpoint_write_time_total", row["write_seconds"])


def archiver(rows: Rows) -> Iterable[Sample]:
    for row in rows:
        for column in ("archived_count", "failed_count", "last_archive_age", "failing"):
            yield from sample(f"pg_stat_archiver_{column}", row[column])
        yield from sample("pg_archive_ready_files", row["ready"])
        yield from sample("pg_archive_oldest_ready_seconds", row["oldest_ready"])


def tables(rows: Rows) -> Iterable[Sample]:
    for row in rows:
        labels = {"schemaname": row["schemaname"], "relname": row["relname"]}
        yield from sample("pg_stat_user_tables_n_live_tup", row["n_live_tup"], **labels)
        yield from sample("pg_stat_user_tables_n_dead_tup", row["n_dead_tup"], **labels)


def bloat(rows: Rows) -> Iterable[Sample]:
    for row in rows:
        labels = {"schemaname": row["schemaname"], "relname": row["relname"]}
        yield from sample("pg_table_size_bytes", row["bytes"], **labels)
        yield from sample("pg_table_bloat_bytes", row["empty_bytes"], **labels)


def wraparound(rows: Rows) -> Iterable[Sample]:
    """Ages in transactions: postgres_exporter calls them seconds, and so its dashboards do."""
    metric = "pg_database_wraparound_age"
    for row in rows:
        yield from sample(f"{metric}_datfrozenxid_seconds", row["xids"], datname=row["datname"])
        yield from sample(f"{metric}_datminmxid_seconds", row["multixacts"], datname=row["datname"])


def size(rows: Rows) -> Iterable[Sample]:
    for row in rows:
        yield from sample("pg_database_size_bytes", row["bytes"])


Figure: TypeAlias = Callable[[Rows], Iterable[Sample]]

EACH_ROUND: Mapping[str, Figure] = {
    "connections": connections,
    "settings": settings,
    "counters": counters,
    "long_transactions": long_transactions,
    "standbys": standbys,
    "replica": replica,
    "slots": slots,
    "archiver": archiver,
    "prepared": prepared,
    "checkpoints": checkpoints,
}
"""By the statement of postgresql.sql whose rows they read."""

EACH_MINUTE: Mapping[str, Figure] = {
    "tables": tables,
    "bloat": bloat,
    "wraparound": wraparound,
    "size": size,
}
"""What changes slowly, or costs more."""
