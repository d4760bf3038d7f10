"""Runs whose process is gone: closes them and frees their pool slots (dagster.md 2.3 and 2.10).

A run killed outright stays STARTED and keeps its slot for ever; the next step of that pool would wait for ever.
Only the holder of the lock (orchestration/lock.py) may call this, because the lock is what proves that a run is dead.
"""

from contextlib import suppress
from pathlib import Path

import dagster as dg

from migration_assets.orchestration.lock import CommandRunning, only_command

ID_TAG = "migrate/id"
COMMAND_TAG = "migrate/command"
PARENT_TAG = "migrate/parent_run"
"""The run of the UI in whose process a run is executed."""

_UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
    dg.DagsterRunStatus.MANAGED,
]


def close_dead_runs(instance: dg.DagsterInstance, every: bool = False) -> list[dg.DagsterRun]:
    """Fail every unfinished run of a `migrate` command and free what it claimed or waits for.

    Args:
        every: runs started in the UI too; only where no UI is running either.

    Returns:
        The runs that were closed.
    """
    dead = [run for run in unfinished_runs(instance) if every or _of_command(run)]
    for run in dead:
        instance.report_run_failed(run, "The process of this run is gone; the next command closed it.")
    # A freed slot goes to the next waiting step, which may be another dead run's: so all of them, and also those
    # whose process died between the end of the run and the release of its slot.
    for run_id in {run.run_id for run in dead} | _finished_holders(instance):
        instance.event_log_storage.free_concurrency_slots_for_run(run_id)
    return dead


def close_where_nobody_works(instance: dg.DagsterInstance, home: Path) -> list[dg.DagsterRun]:
    """The same from outside: only while nobody holds the lock. A run that nobody closes keeps queued ones waiting."""
    if not any(_of_command(run) for run in unfinished_runs(instance)):
        return []
    with suppress(CommandRunning), only_command(home, "the sensor dead_runs"):
        return close_dead_runs(instance)
    return []


def unfinished_runs(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """Runs that Dagster believes to be queued or running."""
    return list(instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED)))


def foreign_holders(instance: dg.DagsterInstance) -> dict[str, set[str]]:
    """Pool -> runs of the UI that hold a slot of it: a step of that pool waits until they are through."""
    held: dict[str, set[str]] = {}
    ours = {run.run_id for run in unfinished_runs(instance) if _of_command(run)}
    for pool, run_ids in _holders(instance).items():
        if run_ids - ours:
            held[pool] = run_ids - ours
    return held


def _of_command(run: dg.DagsterRun) -> bool:
    """Started by a command, or by a job that runs others: in their process. "Re-execute" in the UI copies the tags of
    such a run to one that lives in a process of its own.
    """
    return ID_TAG in run.tags and run.parent_run_id is None


def _finished_holders(instance: dg.DagsterInstance) -> set[str]:
    holders = {run_id for run_ids in _holders(instance).values() for run_id in run_ids}
    return holders - {run.run_id for run in unfinished_runs(instance)}


def _holders(instance: dg.DagsterInstance) -> dict[str, set[str]]:
    """Pool -> runs with a claimed slot or a pending step."""
    storage = instance.event_log_storage
    infos = {pool: storage.get_concurrency_info(pool) for pool in storage.get_concurrency_keys()}
    return {
        pool: {slot.run_id for slot in info.claimed_slots} | {step.run_id for step in info.pending_steps}
        for pool, info in infos.items()
    }
