"""Runs whose process is gone: closes them and frees their pool slots (dagster.md 2.3 and 2.10).

A run killed outright stays STARTED and keeps its slot for ever; the next step of that pool would wait for ever. Life is
proved by locks, which end with their holder: a run of the command lives while the lock of its home is held
(single_instance_lock.py), a run of the UI while a process of a UI lives (ui_life.py). Where homes share Dagster's
database, each closes its own; on PostgreSQL that is so for the runs of a migration that has a name.
"""

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

import dagster as dg
from dagster._core.execution.backfill import BulkActionStatus
from dagster._core.storage.tags import GRPC_INFO_TAG

from migration_assets.orchestration.home_id import home_id, origin_of
from migration_assets.orchestration.single_instance_lock import CommandRunning, single_instance_lock
from migration_assets.orchestration.ui_life import run_database, without_run_process, without_ui
from migration_assets.own_names import is_own
from migration_assets.run_tags import HOME_TAG, ID_TAG, PARENT_TAG

_GONE = "The process of this run is gone; the next command closed it."
_UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
    dg.DagsterRunStatus.MANAGED,
]
_AT_WORK = (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)


class NoSuchRun(Exception):
    """A run was to be closed that there is not, or that has ended."""


def close_dead_runs(instance: dg.DagsterInstance, home: Path, migration: str = "") -> list[dg.DagsterRun]:
    """Fail every dead run and free what it claimed or waits for. Only for who holds the lock of this home.

    Args:
        migration: whose home it is, where it is one of several.

    Returns:
        The runs that were closed: of commands of this home, and of the UI where none lives.
    """
    of_command = [run for run in unfinished_runs(instance) if _of_command(run) and _of_home(run, instance, home)]
    closed = _close(instance, of_command) + close_dead_runs_of_ui(instance)
    return closed + close_dead_runs_of_host(instance, home, migration)


def close_dead_runs_of_ui(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """The same for runs that a UI started; whoever may call it, nothing happens while a UI lives."""
    if all(_of_command(run) for run in unfinished_runs(instance)):
        return []
    with without_ui(instance) as nobody:
        return _close(instance, [run for run in unfinished_runs(instance) if not _of_command(run)]) if nobody else []


def close_dead_runs_of_host(instance: dg.DagsterInstance, home: Path, migration: str) -> list[dg.DagsterRun]:
    """Those of a migration that a UI started where this home lies, and whose processes are gone: the host was killed,
    or its connection to PostgreSQL was away for longer than a run can bear. For a database that is no SQLite.

    One that is only queued or starting has no process yet: the queue, and Dagster's own watch over starts, have it. And
    what another launcher started (a pod, a container) may be where this lock is not seen.
    """
    if not migration or instance.is_ephemeral or run_database(instance.get_ref()) is not None:
        return []
    with without_run_process(home) as nobody:
        if not nobody:
            return []
        # A run that starts from now on waits for the lock before it says so.
        at_work = [run for run in unfinished_runs(instance) if run.status in _AT_WORK and not _of_command(run)]
        here = [run for run in at_work if GRPC_INFO_TAG in run.tags and of_migration(run, migration)]
        return _close(instance, here)


def close_where_no_run_works(instance: dg.DagsterInstance, home: Path) -> list[dg.DagsterRun]:
    """The same from outside: only while nobody holds the lock. A run that nobody closes keeps queued ones waiting."""
    if not any(_of_command(run) for run in unfinished_runs(instance)):
        return []
    with suppress(CommandRunning), single_instance_lock(home, "the sensor dead_runs"):
        return close_dead_runs(instance, home)
    return []


def close_run(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRun:
    """Close one run because a person says that its process is gone: where no lock can prove it (another machine).

    Raises:
        NoSuchRun: there is none, or it has ended.
    """
    run = next((run for run in unfinished_runs(instance) if run.run_id == run_id), None)
    if run is None and run_id not in _finished_holders(instance):
        raise NoSuchRun(
            f"No unfinished run has the id {run_id}, and it holds no pool. `migrate unlock` without --run closes what "
            "is dead; the page Runs of the UI lists all runs with their ids. Nothing was changed."
        )
    if run is not None:
        instance.report_run_failed(run, f"Closed by `migrate unlock --run {run_id}`.")
    instance.event_log_storage.free_concurrency_slots_for_run(run_id)
    closed = run or instance.get_run_by_id(run_id)
    if closed is None:
        raise NoSuchRun(f"Run {run_id} was deleted; the pool slots that it held are free now.")
    return closed


def unfinished_runs(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """Runs that Dagster believes to be queued or running."""
    return list(instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED)))


def unfinished_runs_of_ui(instance: dg.DagsterInstance, migrations: Collection[str] = ("",)) -> list[dg.DagsterRun]:
    """Those that a UI started, and those that such a run executes in its process.

    Args:
        migrations: whose; an instance may hold runs of others, which another UI or host works on.
    """
    return [
        run
        for run in unfinished_runs(instance)
        if (not _of_command(run) or PARENT_TAG in run.tags) and any(of_migration(run, name) for name in migrations)
    ]


def active_backfills(instance: dg.DagsterInstance, migrations: Collection[str] = ("",)) -> list[str]:
    """Ids of the backfills that were asked for; as `unfinished_runs_of_ui`."""
    return [
        found.backfill_id
        for found in instance.get_backfills(status=BulkActionStatus.REQUESTED)
        if any(is_own(name, found.job_name or "", found.asset_selection, found.tags or {}) for name in migrations)
    ]


def holders_of(instance: dg.DagsterInstance, without: str = "") -> dict[str, list[dg.DagsterRun]]:
    """Pool -> runs that hold a slot of it; those that only wait are left out, and so is the run `without`."""
    held: dict[str, list[dg.DagsterRun]] = {}
    storage = instance.event_log_storage
    for pool in storage.get_concurrency_keys():
        claimed = {slot.run_id for slot in storage.get_concurrency_info(pool).claimed_slots} - {without}
        runs = [run for run_id in sorted(claimed) if (run := instance.get_run_by_id(run_id)) is not None]
        if runs:
            held[pool] = runs
    return held


def _close(instance: dg.DagsterInstance, dead: list[dg.DagsterRun]) -> list[dg.DagsterRun]:
    for run in dead:
        instance.report_run_failed(run, _GONE)
    # A freed slot goes to the next waiting step, which may be another dead run's: so all of them, and also those
    # whose process died between the end of the run and the release of its slot.
    for run_id in {run.run_id for run in dead} | _finished_holders(instance):
        instance.event_log_storage.free_concurrency_slots_for_run(run_id)
    return dead


def _of_command(run: dg.DagsterRun) -> bool:
    """Started by a command, or by a job that runs others: in their process. "Re-execute" in the UI copies the tags of
    such a run to one that lives in a process of its own.
    """
    return ID_TAG in run.tags and run.parent_run_id is None


def of_migration(run: dg.DagsterRun, migration: str) -> bool:
    """Whether it is one of this migration, where an instance has those of several."""
    return is_own(migration, run.job_name, list(run.asset_selection or ()), run.tags)


def _of_home(run: dg.DagsterRun, instance: dg.DagsterInstance, home: Path) -> bool:
    """Whether the lock of this home says something about the run. One without the tag is of an earlier release."""
    folder = None if instance.is_ephemeral else run_database(instance.get_ref())
    own = folder is not None and folder.is_relative_to(home.resolve())
    tag = run.tags.get(HOME_TAG)
    if tag is None:
        return own
    # A database that lies in the home came with it, from a backup say, and so did its runs.
    return tag == home_id(home) or (own and origin_of(tag) == origin_of(home_id(home)))


def _finished_holders(instance: dg.DagsterInstance) -> set[str]:
    """Runs that have ended and still have a slot or a pending step."""
    storage = instance.event_log_storage
    infos = [storage.get_concurrency_info(pool) for pool in storage.get_concurrency_keys()]
    holders = {slot.run_id for info in infos for slot in info.claimed_slots}
    holders |= {step.run_id for info in infos for step in info.pending_steps}
    return holders - {run.run_id for run in unfinished_runs(instance)}
