"""Runs that failed, as a command or the sensor noted them: what `migrate status` shows of a night nobody watched.

It belongs here: keeping and listing them. It does not: what is said of one (orchestration/failed_runs.py).
"""

from dataclasses import asdict

import pandas as pd

from resources.ledger import tables
from resources.ledger.base import Repository
from resources.ledger.records import FailedRun


class FailedRuns(Repository):
    def note_failed_run(self, run: FailedRun) -> None:
        """Keep one; told again, it is replaced."""
        self.store.put(tables.failed_runs, [{"at": self.store.now(), **asdict(run)}])

    def newest(self, number: int) -> pd.DataFrame:
        """at, job, partition, step, message, run_id of the newest ones, newest first."""
        f = tables.failed_runs.c
        query = self.select(f.at, f.job, f.partition, f.step, f.message, f.run_id)
        return self.store.frame(query.order_by(f.at.desc(), f.run_id).limit(number))
