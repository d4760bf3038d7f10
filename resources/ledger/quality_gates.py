"""Check results that hold across runs. Dagster's blocking checks hold inside one run only (dagster.md 2.1).

It belongs here: the newest result per check and partition, and overrides with their reason. What a check tests
does not; nor does what a closed gate keeps from running (checks/quality_gates.py).
"""

from collections.abc import Sequence

import pandas as pd
from sqlalchemy import and_, or_

from resources.ledger import tables
from resources.ledger.base import Repository, named

UNPARTITIONED = "*"
"""Partition of a check on an asset without partitions."""


class QualityGates(Repository):
    def record_gate(self, check_name: str, partition: str | None, passed: bool, detail: str, run_id: str) -> None:
        """Record one result; it replaces the one before."""
        self.record_gates([(check_name, partition, passed, detail)], run_id)

    def record_gates(self, results: Sequence[tuple[str, str | None, bool, str]], run_id: str) -> None:
        """Record (check name, partition, passed, detail) rows in one transaction."""
        rows = [
            {
                "check_name": name,
                "partition": partition or UNPARTITIONED,
                "passed": passed,
                "detail": detail,
                "run_id": run_id,
                "recorded_at": self.store.now(),
            }
            for name, partition, passed, detail in results
        ]
        self.store.put(tables.gates, rows)

    def override_gate(self, check_name: str, partition: str | None, by: str, reason: str) -> None:
        """Open a closed gate by name; it holds until the check reports again.

        Raises:
            NameMissing: nobody is named.
        """
        row = {"check_name": check_name, "partition": partition or UNPARTITIONED}
        row |= {"overridden_by": named(by), "reason": reason}
        self.store.put(tables.overrides, [row | {"at": self.store.now()}])

    def gate_rows(self, check_names: Sequence[str] | None = None, assets: Sequence[str] | None = None) -> pd.DataFrame:
        """check_name, partition, passed, overridden, detail, recorded_at: an override counts if it came later.

        Args:
            check_names: only these; None: all.
            assets: only checks of these, e.g. `staging/tickets`; None: of all.
        """
        g, o = tables.gates.c, tables.overrides.c
        same = and_(o.account == g.account, o.check_name == g.check_name, o.partition == g.partition)
        query = self.select(g.check_name, g.partition, g.passed, g.detail, g.recorded_at, o.at.label("overridden_at"))
        query = query.select_from(tables.gates.outerjoin(tables.overrides, same))
        if check_names is not None:
            query = query.where(g.check_name.in_(check_names))
        if assets is not None:
            query = query.where(or_(*(g.check_name.startswith(f"{asset}:", autoescape=True) for asset in assets)))
        rows = self.store.rows(query.order_by(g.check_name, g.partition))
        return pd.DataFrame(
            [
                (name, key, bool(passed), bool(when and when > at), detail, at)
                for name, key, passed, detail, at, when in rows
            ],
            columns=["check_name", "partition", "passed", "overridden", "detail", "recorded_at"],
        ).astype({"passed": bool, "overridden": bool})
