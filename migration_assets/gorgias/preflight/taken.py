"""The decisions about points as a person reads them: what holds for what, who took it, when and why.

It belongs here: telling them. It does not: what they mean for a load (decisions.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from migration_assets.gorgias.preflight.people_points import MISSING_USERS, REFUSED_USERS, STUB_USERS, UNKNOWN_USERS
from migration_assets.gorgias.preflight.point import OFF, Point
from resources.ledger import Ledger
from resources.ledger.records import Decision

LOAD, DELTAS, BOTH = "load", "deltas", "load and deltas"
COLUMNS = ("point", "decided", "holds for", "by", "at (UTC)", "why")


@dataclass(frozen=True)
class Taken:
    """One decision about one point.

    Attributes:
        holds_for: `load`, `deltas`, or `load and deltas`.
    """

    point: str
    holds_for: str
    decision: Decision

    def cells(self) -> tuple[str, ...]:
        """A row of a table with COLUMNS."""
        one = self.decision
        return self.point, one.choice, self.holds_for, one.by, f"{one.at:%Y-%m-%d %H:%M}", one.reason

    def sentence(self) -> str:
        return f"{self.point}: {self.decision.choice} holds for {self.holds_for} (decided by {self.decision.by})."


def taken(ledger: Ledger, points: Iterable[Point]) -> list[Taken]:
    """Every decision that holds about these points, and those about people, whose points are gone once decided."""
    rows = [row for point in points if not point.own_topic for row in _about(ledger, point)]
    topics = (MISSING_USERS, UNKNOWN_USERS, REFUSED_USERS, STUB_USERS)
    people = ((topic, ledger.decisions.decision_row(topic)) for topic in topics)
    return rows + [Taken(topic, BOTH, decision) for topic, decision in people if decision is not None]


def _about(ledger: Ledger, point: Point) -> list[Taken]:
    load, deltas = (ledger.decisions.decision_row(topic) for topic in (point.topic, point.topic_of_deltas))
    load, deltas = (one if one and one.choice in point.options else None for one in (load, deltas))
    if load and (load.choice != OFF and deltas is None):
        return [Taken(point.name, BOTH, load)]  # a delta takes it from the load, but for switching off
    if load and deltas and (load.choice, load.by, load.reason) == (deltas.choice, deltas.by, deltas.reason):
        return [Taken(point.name, BOTH, deltas)]
    both = ((LOAD, load), (DELTAS, deltas))
    return [Taken(point.name, holds_for, decision) for holds_for, decision in both if decision]
