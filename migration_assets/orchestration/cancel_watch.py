"""Hears "Terminate" on a run that is executed in this process: the UI can signal only runs that it started itself.

Without it such a run would be marked as canceled three minutes later, and go on. It belongs here: asking the instance
every few seconds. It does not: ending in order (signals.py).
"""

from contextlib import AbstractContextManager

import dagster as dg

from migration_assets.orchestration.regularly import regularly
from migration_assets.orchestration.runs import Runner

SECONDS = 2.0


def cancel_watch(runner: Runner, seconds: float = SECONDS) -> AbstractContextManager[None]:
    """Around a runner's runs; asks for the end of all once the UI asked for that of the latest.

    The run of the UI that they belong to, if any, is marked as asked to end as well: it ends with them.
    """

    def look() -> None:
        for run_id in runner.run_ids[-1:]:
            run = runner.instance.get_run_by_id(run_id)
            if run is None or run.status is not dg.DagsterRunStatus.CANCELING or runner.signals.requested:
                continue
            parent = runner.instance.get_run_by_id(runner.parent) if runner.parent else None
            if parent is not None and parent.status is dg.DagsterRunStatus.STARTED:
                runner.instance.report_run_canceling(parent, f"Its run {run_id} was asked to end.")
            runner.signals.request()

    return regularly("cancel", seconds, look)
