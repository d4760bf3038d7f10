"""Hears "Terminate" on a run that is executed in this process: the UI can signal only runs that it started itself.

Without it such a run would be marked as canceled three minutes later, and go on. It belongs here: asking the instance
every few seconds. It does not: ending in order (signals.py).
"""

import threading
from types import TracebackType

import dagster as dg

from migration_assets.orchestration.runs import Runner

SECONDS = 2.0


class CancelWatch:
    """Context manager around a runner's runs; asks for the end of all once the UI asked for that of the latest.

    The run of the UI that they belong to, if any, is marked as asked to end as well: it ends with them.
    """

    def __init__(self, runner: Runner, seconds: float = SECONDS):
        self._runner, self._seconds = runner, seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="cancel", daemon=True)

    def __enter__(self) -> "CancelWatch":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(self._seconds):
            instance = self._runner.instance
            for run_id in self._runner.run_ids[-1:]:
                run = instance.get_run_by_id(run_id)
                if run is None or run.status is not dg.DagsterRunStatus.CANCELING or self._runner.signals.requested:
                    continue
                parent = instance.get_run_by_id(self._runner.parent) if self._runner.parent else None
                if parent is not None and parent.status is dg.DagsterRunStatus.STARTED:
                    instance.report_run_canceling(parent, f"Its run {run_id} was asked to end.")
                self._runner.signals.request()
