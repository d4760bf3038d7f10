"""Changes of a ticket beside its way through the statuses: hand-overs, priorities, escalations, product lines.

It belongs here: rows that an admin's export of the change history would hold too. It does not: the statuses
themselves, which decide when a ticket was closed (tickets.py). Every field ends in the value that the ticket has.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sandbox.generator.calendar import written
from sandbox.generator.people import User
from sandbox.generator.schema import PRIORITIES
from sandbox.generator.tables import PLEASE_SELECT
from sandbox.generator.world import World

Change = tuple[str, ...]
"""changed_date, tab, collection_id, field, old_value, new_value, changed_by."""
HANDED_OVER, RANKED, SORTED = 0.2, 0.25, 0.15
"""Shares of tickets that changed hands, priority and product line."""


class Changes:
    """Draws from a source of its own, so that the tickets are those that they would be without a history."""

    def __init__(self, world: World) -> None:
        """Knows the tab of tickets and the staff."""
        self._world = world
        self._table = world.schema.tickets
        self._dice = world.dice("changes")
        self._labels = {
            key: {number: label for label, number in self._table.options[key].items() if label != PLEASE_SELECT}
            for key in ("priority", "product")
        }

    def with_more(
        self, rows: list[Change], row: dict[str, Any], owner: User | None, created: datetime, last: str
    ) -> list[Change]:
        """The given changes and others, in time order; none is later than `last`.

        Args:
            rows: statuses, and the owner's first assignment.
            row: the ticket, with the values that it has in the end.
            owner: None where nobody owns it.
        """
        handed = self._handed_over(rows, owner, created, last) if owner else rows
        return sorted([*handed, *self._fields(row, owner, created, last)], key=lambda change: change[0])

    def _handed_over(self, rows: list[Change], owner: User, created: datetime, last: str) -> list[Change]:
        """One of five tickets was somebody else's first."""
        if self._dice.random() >= HANDED_OVER:
            return rows
        first = self._dice.choice([user for user in self._world.staff if user.id != owner.id])
        at, tab, number, name, old, _, _ = rows[0]
        later = max(at, self._moment(created, last))
        given = (at, tab, number, name, old, first.username, first.username)
        return [given, (later, tab, number, name, first.username, owner.username, first.username), *rows[1:]]

    def _fields(self, row: dict[str, Any], owner: User | None, created: datetime, last: str) -> Iterator[Change]:
        by = (owner or self._world.staff[0]).username
        changed = [
            ("Priority", self._before("priority", row, RANKED, PRIORITIES)),
            ("Product Line", self._before("product", row, SORTED, tuple(self._labels["product"].values()))),
            ("Escalated", ("false", "true") if row[self._table.names["escalated"]] == "true" else None),
        ]
        for name, values in changed:
            if values:
                yield (self._moment(created, last), self._table.name, row["collection_id"], name, *values, by)

    def _before(self, key: str, row: dict[str, Any], share: float, labels: tuple[str, ...]) -> tuple[str, str] | None:
        now = self._labels[key].get(row[self._table.names[key]])
        if now is None or self._dice.random() >= share:
            return None
        return self._dice.choice([label for label in labels if label != now]), now

    def _moment(self, created: datetime, last: str) -> str:
        later = written(self._world.calendar.after(created, 60 + self._dice.expovariate(1 / 20_000)))
        return min(later, last)
