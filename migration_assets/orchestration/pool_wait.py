"""Waiting for a pool: says who holds it, frees it where that is a dead run of the UI, and ends when asked to.

Dagster's own wait asks again and again without a word and hears no signal, so a step that waited for a run that nobody
works on any more waited for ever. It belongs here: one turn of that wait, put in place of Dagster's. It does not: which
runs are dead (stale_runs.py).
"""

import logging
import time
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from dagster._core.execution.plan.active import ActiveExecution
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext
from dagster._utils.interrupts import raise_interrupts_as

from migration_assets.orchestration.stale_runs import close_dead_runs_of_ui, holders_of
from migration_assets.own_names import MIGRATION_TAG
from migration_assets.own_words import words_of

TURN, LOOK, FIRST_WORD, AGAIN = 0.2, 3.0, 2.0, 60.0
"""Seconds: between two questions, between looks for dead runs, until something is said, until it is said again."""
_log = logging.getLogger("resources.pools")
"""Below the name whose lines the command shows and Dagster keeps in the run's events."""


def install() -> None:
    """Take the place of Dagster's wait in this process."""
    ActiveExecution.sleep_til_ready = _sleep_til_ready  # type: ignore[assignment,method-assign]


def _sleep_til_ready(execution: Any) -> None:
    """
    Raises:
        dagster.DagsterExecutionInterruptedError: an end was asked for.
    """
    pools: InstanceConcurrencyContext | None = execution._instance_concurrency_context
    with raise_interrupts_as(dg.DagsterExecutionInterruptedError):
        waits = pools is not None and pools.has_pending_claims()
        time.sleep(TURN if waits else max(0.0, execution.sleep_interval()))
    if waits and pools is not None:
        wait = vars(execution).setdefault("_pool_wait", PoolWait(pools._instance, pools._run_id))
        wait.turn()


class PoolWait:
    """One wait of one run."""

    def __init__(self, instance: dg.DagsterInstance, run_id: str):
        self._instance, self._run_id = instance, run_id
        self._next_look, self._next_word = 0.0, time.monotonic() + FIRST_WORD

    def turn(self) -> None:
        """Look for dead holders, and say who holds the pool, each at its time."""
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + LOOK
            for run in close_dead_runs_of_ui(self._instance):
                _log.warning(f"Closed run {run.run_id} ({run.job_name}): its process is gone.")
        if now >= self._next_word:
            self._next_word = now + AGAIN
            for pool, runs in holders_of(self._instance, without=self._run_id).items():
                for run in runs:
                    _log.warning(describe_holder(self._instance, pool, run))


def describe_holder(instance: dg.DagsterInstance, pool: str, run: dg.DagsterRun) -> str:
    """Who holds a pool, since when, and how that is ended."""
    record = instance.get_run_record_by_id(run.run_id)
    started = record.start_time or record.create_timestamp.timestamp() if record else None
    since = f" since {datetime.fromtimestamp(started, UTC):%Y-%m-%d %H:%M:%S} UTC" if started else ""
    # The holder may be a run of another migration into this account, and is ended by the name of that one.
    told = (
        f"Waiting for pool {pool}: run {run.run_id} (job {run.job_name}) holds it{since}. It is free when that run "
        f"ends. To end it: *Terminate* on its page in the UI; if its process is gone, `migrate unlock --run "
        f"{run.run_id}`."
    )
    return words_of(of, told) if (of := run.tags.get(MIGRATION_TAG, "")) else told
