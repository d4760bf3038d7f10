"""What the adapters say while they wait (resources/patience.py, resources/pacing.py), shown to who started a command.

Dagster keeps the same lines in the run's events (dagster.yaml, `python_logs`). It belongs here: showing them. It does
not: what is said, and when.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LOGGERS = ("resources", "migration_assets.gorgias.preflight")


@contextmanager
def announced(report_progress: Callable[[str], None]) -> Iterator[None]:
    """Pass warnings of the adapters, and of what is switched off, on to `say`, line by line."""
    handler = _MessageHandler(report_progress)
    for name in LOGGERS:
        logging.getLogger(name).addHandler(handler)
    try:
        yield
    finally:
        for name in LOGGERS:
            logging.getLogger(name).removeHandler(handler)


class _MessageHandler(logging.Handler):
    def __init__(self, say: Callable[[str], None]):
        super().__init__(logging.WARNING)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        self._say(record.getMessage())
