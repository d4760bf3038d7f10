"""Many events of Dagster's log on SQLite written by few statements: each by itself takes Dagster two milliseconds.

It belongs here: the rows that Dagster's own `store_event` would leave, for the kinds of events of which a step has one
for each of its days. It does not: when a batch begins and ends (event_transaction.py). Dagster has a batch for its
cloud only; test_event_batch.py holds the rows of both ways against each other.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from dagster import DagsterEventType, EventLogEntry
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, SqlEventLogStorageTable

EVALUATION = DagsterEventType.ASSET_CHECK_EVALUATION
OF_ASSETS = {DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.ASSET_MATERIALIZATION_PLANNED}
_IDENTITY = ("asset_key", "check_name", "run_id", "partition")
_SET = (
    "execution_status",
    "evaluation_event",
    "evaluation_event_timestamp",
    "evaluation_event_storage_id",
    "materialization_event_storage_id",
)
_UPDATE = (
    AssetCheckExecutionsTable.update()
    .where(*(AssetCheckExecutionsTable.c[name] == sa.bindparam(f"of_{name}") for name in _IDENTITY))
    .values({name: sa.bindparam(f"to_{name}") for name in _SET})
)


def goes_in_batch(event: EventLogEntry) -> bool:
    """Whether it is about a day of an asset, or about a check of one."""
    if not event.dagster_event:
        return False
    if event.dagster_event_type is EVALUATION:
        return bool(event.run_id) and getattr(event.dagster_event.event_specific_data, "partition", None) is not None
    return event.dagster_event_type in OF_ASSETS and event.dagster_event.asset_key is not None


def write_batch(storage: Any, events: Sequence[EventLogEntry]) -> None:
    """Store these events as `store_event` does one after the other.

    Args:
        storage: Dagster's event log on SQLite.
        events: of which `goes_in_batch` says so.
    """
    rows = [storage._event_to_row(event) for event in events]
    for run_id in dict.fromkeys(event.run_id for event in events):
        with storage.run_connection(run_id) as connection:
            connection.execute(SqlEventLogStorageTable.insert(), [row for row in rows if row["run_id"] == run_id])
    with storage.index_connection() as connection:
        insert = SqlEventLogStorageTable.insert()
        ordered = insert.returning(SqlEventLogStorageTable.c.id, sort_by_parameter_order=True)
        ids = connection.execute(ordered, rows).scalars().all()
        _write_assets(storage, connection, [one for one in zip(events, ids, strict=True) if not _is_check(one[0])])
        checks = [
            _execution(event, row, number)
            for event, row, number in zip(events, rows, ids, strict=True)
            if _is_check(event)
        ]
        if checks:
            _write_executions(connection, checks)


def _is_check(event: EventLogEntry) -> bool:
    return event.dagster_event_type is EVALUATION


def _write_assets(storage: Any, connection: Any, events: Sequence[tuple[EventLogEntry, int]]) -> None:
    """Tags of each event, and of each asset its last one: the row of an asset knows no other."""
    storage._store_asset_event_tags(connection, [event for event, _ in events], [number for _, number in events])
    last: dict[tuple[Any, Any], tuple[EventLogEntry, int]] = {}
    for event, number in events:
        kind = (event.get_dagster_event().asset_key, event.dagster_event_type)
        last.pop(kind, None)
        last[kind] = (event, number)
    for event, number in last.values():
        storage._store_asset_event(connection, event, number)


def _execution(event: EventLogEntry, row: dict[str, Any], number: int) -> dict[str, Any]:
    evaluation: Any = event.get_dagster_event().event_specific_data
    status = AssetCheckExecutionRecordStatus
    target = evaluation.target_materialization_data
    return {
        "asset_key": evaluation.asset_key.to_string(),
        "check_name": evaluation.check_name,
        "run_id": event.run_id,
        "partition": evaluation.partition,
        "execution_status": (status.SUCCEEDED if evaluation.passed else status.FAILED).value,
        "evaluation_event": row["event"],
        "evaluation_event_timestamp": row["timestamp"],
        "evaluation_event_storage_id": number,
        "materialization_event_storage_id": target.storage_id if target else None,
    }


def _write_executions(connection: Any, checks: Sequence[dict[str, Any]]) -> None:
    """What was planned is settled; what was not planned is added."""
    table = AssetCheckExecutionsTable
    of_run = table.c.run_id.in_({one["run_id"] for one in checks})
    named = table.c.check_name.in_({one["check_name"] for one in checks})
    found = connection.execute(sa.select(*(table.c[name] for name in _IDENTITY)).where(of_run, named))
    planned = {tuple(row) for row in found}
    settled: list[dict[str, Any]] = []
    added: list[dict[str, Any]] = []
    for one in checks:
        identity = tuple(one[name] for name in _IDENTITY)
        (settled if identity in planned else added).append(one)
        planned.add(identity)
    # In this order: what comes twice was added by its first and is settled by its second.
    if added:
        connection.execute(table.insert(), added)
    if settled:
        of = [{f"of_{name}": one[name] for name in _IDENTITY} for one in settled]
        to = [{f"to_{name}": one[name] for name in _SET} for one in settled]
        connection.execute(_UPDATE, [one | other for one, other in zip(of, to, strict=True)])


@contextmanager
def without_repetition(storage: Any) -> Iterator[None]:
    """What Dagster does anew for each event is done once: it looks whether its tables have been migrated, and turns
    what is planned for a check into text for each of its days.
    """
    look, look_for_columns = storage.has_table, storage._has_asset_key_index_cols_on_connection
    there: dict[str, bool] = {}

    def has_table(name: str) -> bool:
        there[name] = there.get(name) or look(name)
        return there[name]

    def has_columns(connection: Any) -> bool:
        there[""] = there.get("") or look_for_columns(connection)
        return there[""]

    def store_planned(event: EventLogEntry, number: int | None) -> None:
        with storage.index_connection() as connection:
            connection.execute(AssetCheckExecutionsTable.insert(), _planned(storage, event, number))

    own = dict(zip(_REPEATED, (has_table, has_columns, store_planned), strict=True))
    kept = {name: vars(storage)[name] for name in own if name in vars(storage)}
    vars(storage).update(own)
    try:
        yield
    finally:
        for name in own:
            vars(storage).pop(name, None)
        vars(storage).update(kept)


_REPEATED = ("has_table", "_has_asset_key_index_cols_on_connection", "_store_asset_check_evaluation_planned")


def _planned(storage: Any, event: EventLogEntry, number: int | None) -> list[dict[str, Any]]:
    planned: Any = event.get_dagster_event().event_specific_data
    row = storage._event_to_row(event)
    shared = {
        "asset_key": planned.asset_key.to_string(),
        "check_name": planned.check_name,
        "run_id": event.run_id,
        "execution_status": AssetCheckExecutionRecordStatus.PLANNED.value,
        "evaluation_event": row["event"],
        "evaluation_event_timestamp": row["timestamp"],
        "evaluation_event_storage_id": number,
    }
    days = planned.partitions_subset.get_partition_keys() if planned.partitions_subset else [None]
    return [shared | {"partition": day} for day in days]
