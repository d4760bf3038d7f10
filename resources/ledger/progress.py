"""How far each phase is: what `migrate status` shows while another process works."""

import time
from collections.abc import Callable

import pandas as pd
from sqlalchemy import func, literal

from resources.ledger import tables
from resources.ledger.base import Repository


class Progress(Repository):
    def note_progress(self, phase: str, done: int, total: int, per_second: float) -> None:
        """How far a phase is: what `migrate status` shows while another process works."""
        row = {
            "phase": phase,
            "done": done,
            "total": total,
            "per_second": round(per_second),
            "per_hour": round(per_second * 3600),
            "updated_at": self.store.now(),
        }
        self.store.put(tables.progress, [row])

    def noting(self, phase: str, total: int) -> Callable[[int], None]:
        """Notes how many are done, with the rate since now."""
        started = time.monotonic()
        return lambda done: self.note_progress(phase, done, total, done / max(time.monotonic() - started, 1e-6))

    def progress_rows(self) -> pd.DataFrame:
        """phase, done, total, per_second (with two digits), updated_at."""
        p = tables.progress.c
        rate = (func.coalesce(p.per_hour, p.per_second * 3600) / literal(3600.0)).label("per_second")
        rows = self.store.frame(self.select(p.phase, p.done, p.total, rate, p.updated_at).order_by(p.updated_at))
        return rows.assign(per_second=rows["per_second"].astype(float).round(2))
