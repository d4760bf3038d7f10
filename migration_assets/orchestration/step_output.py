"""What steps print goes where the process prints: Dagster would start four processes a run to copy it to and fro.

It belongs here: leaving that out for the runs of a command, or of a job that runs others. What a step has to say is in
the events of its run; the UI's tab of raw output is empty for such runs.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager


@contextmanager
def printed_here(instance: dg.DagsterInstance) -> Iterator[None]:
    """Capture no output meanwhile. An instance has no option for single runs."""
    before = instance._compute_log_manager
    silent = NoOpComputeLogManager()
    silent.register_instance(instance)
    instance._compute_log_manager = silent
    try:
        yield
    finally:
        instance._compute_log_manager = before
