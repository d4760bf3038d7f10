"""What the ledger knows of each day, as one digest: it changes with whatever is written to the day or decided about it.

It belongs here: reading it for many days at once, and the days of objects in Gorgias. It does not: what follows from
it (migration_assets/orchestration/unchanged_days.py).
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from resources.ledger import tables
from resources.ledger.base import Repository, plain_rows
from resources.ledger.outcomes import WRITER_STAGE
from resources.ledger.records import UNSETTLED


@dataclass(frozen=True)
class DayMark:
    """One day.

    Attributes:
        digest: of its writes with their states, its quarantine and its conflicts.
        open: something of it is to be sent or asked once more: a write without a known outcome, a row that a load set
            aside, or a decision that no merge has carried out.
    """

    digest: str
    open: bool


class DayMarks(Repository):
    def day_marks(self, load_stages: Sequence[str]) -> dict[str, DayMark]:
        """Day -> its mark, of every day with a write.

        Args:
            load_stages: stages of rows that a load set aside, beside the writer's own.
        """
        digests: defaultdict[str, Any] = defaultdict(hashlib.sha256)
        day_of: dict[str, str] = {}
        unsettled, retried = {str(one) for one in UNSETTLED}, {WRITER_STAGE, *load_stages}
        opened: set[str] = set()
        w, q = tables.writes.c, tables.quarantine.c
        c, d = tables.conflicts.c, tables.conflict_decisions.c
        writes = self.select(w.partition, w.object, w.source_id, w.part, w.state, w.payload_hash, w.gorgias_id)
        writes = writes.where(w.partition.is_not(None))
        aside = self.select(q.partition, q.object, q.source_id, q.stage, q.reason_class, q.source_version)
        aside = aside.where(q.partition.is_not(None))
        conflicts = self.select(c.object, c.source_id, c.field)
        decided = self.select(d.object, d.source_id).where(d.applied.is_(False))
        with self.store.reading() as connection:
            for day, *rest in connection.execute(writes.order_by(w.partition, w.object, w.source_id, w.part)):
                digests[day].update(repr(rest).encode())
                day_of[rest[1]] = day
                if rest[3] in unsettled:
                    opened.add(day)
            for day, *rest in connection.execute(aside.order_by(q.partition, q.object, q.source_id)):
                digests[day].update(repr(rest).encode())
                if rest[2] in retried:
                    opened.add(day)
            for *rest, day in self._of_days(connection, conflicts, day_of):
                digests[day].update(repr(rest).encode())
            opened |= {day for *_, day in self._of_days(connection, decided, day_of)}
        return {day: DayMark(digest.hexdigest(), day in opened) for day, digest in digests.items()}

    def days_of_targets(self, object: str, numbers: Iterable[int]) -> set[str | None]:
        """Days of the objects with these Gorgias ids; None for what belongs to no day."""
        o = tables.outcomes.c
        query = self.select(o.partition).distinct().where(o.object == object)
        return {row.partition for row in self.store.rows_among(query, o.gorgias_id, sorted(numbers))}

    def _of_days(self, connection: Any, query: Any, day_of: dict[str, str]) -> list[tuple[Any, ...]]:
        """Rows of tickets and of their messages with the day of the ticket."""
        found = []
        for row in sorted(plain_rows(connection.execute(query))):
            name = str(row[1])
            # A message is called by its record and its ticket, or by its ticket and its kind.
            day = day_of.get(name) or day_of.get(name.rpartition("@")[2]) or day_of.get(name.partition("#")[0])
            if day is not None:
                found.append((*row, day))
        return found
