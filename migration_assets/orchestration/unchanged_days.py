"""Days that a second load leaves out, because nothing that decides over them is other than when they were loaded.

A day is left out where all of this holds: what its rows are made of is the same (records, files, people, map, settings,
release), its writes, quarantine and conflicts are the same and nothing of them is open, every check of it is there and
passed, its verification is fresh, nothing happened to its objects in Gorgias since, and the UI shows it as done. Then
staging it again would give the same rows, and loading it would send nothing; the results of its checks stay as they
are, with their evidence.

It belongs here: noting days and judging them. It does not: what staging reads (staging/day_inputs.py), what the ledger
knows (resources/ledger/day_marks.py), and what happened in Gorgias (gorgias/target_events.py).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from checks.verification import BEFORE_LOADS, DAY_CHECKS, Verification, verifications
from migration_assets.gorgias.load.tickets import ORPHAN_STAGE
from migration_assets.gorgias.merge_base import pending
from migration_assets.gorgias.target_events import days_touched, newest_event
from migration_assets.handoff.evidence.pack import program
from migration_assets.ivinex.attachments.file_tables import ATTACHMENTS
from migration_assets.mapping.model import short_hash
from migration_assets.staging import checks as staging_checks
from migration_assets.staging.day_inputs import before_staging, day_inputs
from resources.gorgias.client import Reader
from resources.ledger import Ledger
from resources.ledger.day_marks import DayMark
from resources.ledger.quality_gates import UNPARTITIONED
from resources.ledger.schema_version import VERSION as LEDGER_VERSION
from resources.warehouse import Table, Warehouse
from resources.warehouse.schema_version import VERSION as WAREHOUSE_VERSION

NOTES = Table(
    "gorgias.days_as_loaded",
    {
        "partition": ("VARCHAR", "the day"),
        "inputs": ("VARCHAR", "digest of what its rows were made of"),
        "writes": ("VARCHAR", "digest of what the ledger knew of it after its load"),
        "noted_at": ("TIMESTAMPTZ", "when its load was through"),
        "newest_event": ("VARCHAR", "Gorgias's newest event before it was compared; NULL until then"),
    },
)
STAGED_CHECKS = tuple(
    f"staging/{one.table}:{spec.name}"
    for one in (staging_checks.TICKETS, staging_checks.MESSAGES, staging_checks.ATTACHMENTS)
    for spec in one.specs
)
CHECKS = tuple(dict.fromkeys((*STAGED_CHECKS, *BEFORE_LOADS, *DAY_CHECKS)))
_DEFINITIONS = ("users", "teams", "custom_fields", "tags")


@dataclass
class UnchangedDays:
    """Notes of the days of one migration.

    Attributes:
        settings: as `deciding_settings` gives it.
        reader: the account; None where nobody may ask it, and then no day is left out.
        touched: days of which something happened in Gorgias since they were compared (`*`: what has no day).
    """

    warehouse: Warehouse
    ledger: Ledger
    settings: str
    reader: Callable[[], Reader] | None
    touched: set[str] = field(default_factory=set)
    _begun: dict[str, str] = field(default_factory=dict)
    _event: str | None = None

    def begin(self, days: Sequence[str]) -> None:
        """Remember what these days are made of, before they are staged."""
        self._begun |= before_staging(self.warehouse, days, self._shared())

    def note(self, days: Sequence[str]) -> None:
        """These days were loaded. One that was made of something else meanwhile, or has open writes, is not noted."""
        now = self._inputs(days)
        if not now:
            return
        begun, marks, before = before_staging(self.warehouse, days, self._shared()), self._marks(), self._noted()
        waiting = {row.partition for row in pending(self.warehouse, "tickets", days)}
        through = [
            day
            for day in days
            if (mark := marks.get(day)) is not None
            and not (mark.open or day in waiting)
            and begun.get(day, "") == self._begun.get(day)
        ]
        # What was seen of a day in Gorgias stays seen, unless something happened that no comparison has looked at.
        seen = {day: row["newest_event"] for day, row in before.items() if day not in self.touched}
        rows = [(day, now[day], marks[day].digest, self.ledger.now(), seen.get(day)) for day in through]
        frame = pd.DataFrame(rows, columns=list(NOTES.columns)).astype({"noted_at": "datetime64[us, UTC]"})
        self.warehouse.replace_slice(NOTES, "partition", list(days), frame)

    def compare_begins(self) -> None:
        """What happened in Gorgias until now is seen by the comparison that follows."""
        self._event = newest_event(self.reader()) if self.reader is not None else None

    def compared(self, days: Iterable[str]) -> None:
        """These days were read back and compared since `compare_begins`."""
        self.touched -= set(days)
        if self._event is not None:
            with self.warehouse.transaction() as tx:
                tx.ensure(NOTES)
                tx.execute(
                    f"UPDATE {NOTES.name} SET newest_event = ? WHERE list_contains(?, partition)",  # noqa: S608
                    [self._event, sorted(days)],
                )

    def of(self, days: Sequence[str], shown: Callable[[], set[str]]) -> set[str]:
        """Those of these days that need not be staged and loaded again.

        Args:
            shown: gives the days that the UI shows as done.
        """
        noted = self._noted()
        if self.reader is None or not noted:
            return set()
        found = {day for day in days if day in noted and noted[day]["newest_event"] is not None}
        found &= self._passed(sorted(found), noted)
        if not found:
            return found
        inputs, marks = self._inputs(sorted(found)), self._marks()
        found = {
            day
            for day in found
            if inputs.get(day) == noted[day]["inputs"]
            and (mark := marks.get(day)) is not None
            and not mark.open
            and mark.digest == noted[day]["writes"]
        }
        found -= self._files_to_retry()
        found &= shown()
        return found - self._look({day: noted[day]["newest_event"] for day in found}) if found else found

    def _passed(self, days: Sequence[str], noted: dict[str, dict[str, Any]]) -> set[str]:
        """Days of which every check is there, passed, and is about the rows that were loaded."""
        fresh = {day for day, state in verifications(self.ledger, days).items() if state is Verification.fresh}
        if not fresh:
            return set()
        rows = self.ledger.quality_gates.gate_rows(CHECKS)
        rows = rows[rows["partition"].isin(fresh)]
        late = rows["check_name"].isin(STAGED_CHECKS) & (
            rows["recorded_at"] > rows["partition"].map({day: noted[day]["noted_at"] for day in fresh})
        )
        counted = rows[rows["passed"] & ~late].groupby("partition")["check_name"].nunique()
        return {str(day) for day, number in counted.items() if number == len(CHECKS)}

    def _look(self, marks: dict[str, str]) -> set[str]:
        """Days (and `*`) that an event since their marks is about; the others are seen up to now."""
        assert self.reader is not None
        self.compare_begins()
        # The oldest mark is that of all: an event between it and a younger one makes a day work once too often.
        seen = days_touched(self.reader(), self.ledger, min(marks.values()))
        self.touched = {*marks, UNPARTITIONED} if seen is None else seen
        self.compared(set(marks) - self.touched)
        return self.touched

    def unseen(self) -> set[str]:
        """Days (and `*`) of which nobody has compared what happened in Gorgias."""
        return self.touched | {day for day, row in self._noted().items() if row["newest_event"] is None}

    def _noted(self) -> dict[str, dict[str, Any]]:
        if not self.warehouse.exists(NOTES):
            return {}
        return {row["partition"]: row for row in self.warehouse.rows(f"SELECT * FROM {NOTES.name}")}  # noqa: S608

    def _files_to_retry(self) -> set[str]:
        """Days with files of which the next staging would ask Ivinex once more."""
        rows = self.warehouse.rows(
            f"SELECT DISTINCT partition FROM {ATTACHMENTS.name} WHERE status IN ('expired', 'pending')"  # noqa: S608
        )
        return {row["partition"] for row in rows}

    def _inputs(self, days: Sequence[str]) -> dict[str, str]:
        losses = self.ledger.losses.loss_rows(days, ["messages", "tickets"])
        naming = set(losses.loc[losses["field"] == "link", "partition"])
        return day_inputs(self.warehouse, days, naming, self._shared())

    def _shared(self) -> str:
        confirmed = self.ledger.decisions.confirmed_mapping()
        ids = [sorted(self.ledger.known_writes.gorgias_ids(name).items()) for name in _DEFINITIONS]
        release = [program()["version"], LEDGER_VERSION, WAREHOUSE_VERSION]
        return short_hash([confirmed.version if confirmed else "", *release, self.settings, ids])

    def _marks(self) -> dict[str, DayMark]:
        return self.ledger.day_marks.day_marks([ORPHAN_STAGE])
