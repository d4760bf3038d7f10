"""Tickets with their history: the row, its activities, and the change history that an admin could export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sandbox.generator.activities import Activities, attach
from sandbox.generator.calendar import written
from sandbox.generator.history import Change, Changes
from sandbox.generator.people import SHOP_DOMAIN, Contact, User
from sandbox.generator.prose import ASKS, rich
from sandbox.generator.schema import PRIORITIES, STATUSES, TAGS, TEAMS
from sandbox.generator.tables import PLEASE_SELECT
from sandbox.generator.world import World

FIRST_TICKET = 70_001
LONG_HISTORY = 512
TEAM_TURNS = (PLEASE_SELECT, TEAMS[0], TEAMS[0], TEAMS[1], TEAMS[2])
PATHS = (
    ("New",),
    ("New", "Open"),
    ("New", "Open", "Waiting for Customer"),
    ("New", "Open", "On Hold"),
    ("New", "Open", "Resolved"),
    ("New", "Open", "Waiting for Customer", "Open", "Resolved", "Closed"),
    ("New", "Closed"),
)


@dataclass
class Made:
    """One ticket with all that belongs to it; rows have machine names.

    Attributes:
        history: rows of change_history.csv.
    """

    index: int
    row: dict[str, Any]
    activities: list[dict[str, Any]]
    history: list[Change]
    contact: Contact
    created: datetime


class Tickets:
    """Makes tickets in the order of their creation."""

    def __init__(self, world: World) -> None:
        """Draws from a source of its own."""
        self._world = world
        self._table = world.schema.tickets
        self._dice = world.dice("tickets")
        self._activities = Activities(world)
        self._changes = Changes(world)

    def all(self, moments: list[datetime]) -> Iterator[Made]:
        """One ticket per moment; from 100 on, one of them has a history of over 500 activities."""
        long_one = len(moments) // 3 if len(moments) >= 100 else None
        for index, moment in enumerate(moments):
            number = LONG_HISTORY if index == long_one else self._activities.number()
            yield self._ticket(index, moment, number)

    def _ticket(self, index: int, created: datetime, activities: int) -> Made:
        dice = self._dice
        number = FIRST_TICKET + index
        contact, owner = dice.choice(self._world.contacts), self._owner()
        order = f"#{dice.randrange(10_000, 99_999)}"
        subject = self._world.prose.subject(order)
        path = dice.choices(PATHS, (1, 2, 2, 1, 4, 6, 2))[0]
        by_phone = not contact.email or dice.random() < 0.25
        made = self._activities.of(number, contact, owner, subject, created, activities)
        last = max([row["created_date"] for row in made], default=written(created))
        owned = dice.random() < 0.92
        history, closed = self._history(number, path, owner, created, last, owned=owned)
        values = {
            "number": f"T-{100_000 + index}",
            "subject": subject,
            "description": self._description(contact) if dice.random() < 0.85 else "",
            "status": self._table.option("status", path[-1]),
            "contact": str(contact.id),
            "owner": owner.id if owned else "0",
            "team": self._table.option("team", TEAM_TURNS[index % len(TEAM_TURNS)]),
            "source": self._table.option(
                "source", "Phone" if by_phone else dice.choice(("E-mail", "E-mail", "Web Form"))
            ),
            "closed": closed,
            **self._details(order, created),
        }
        created_by = owner.id if by_phone else "0"
        row = self._table.row(
            number,
            values,
            created=written(created),
            created_by=created_by,
            modified=max([last, *(change[0] for change in history)]),
            modified_by=owner.id,
        )
        history = self._changes.with_more(history, row, owner if owned else None, created, row["modified_date"])
        if dice.random() < 0.03:
            attach(self._world, dice, self._table.name, number, self._table.names["photo"])
        return Made(index, row, made, history, contact, created)

    def _owner(self) -> User:
        return self._dice.choice(self._world.staff)

    def _description(self, contact: Contact) -> str:
        return rich("\n\n".join((" ".join(self._world.prose.sentences(ASKS, 1, 3)), contact.name)))

    def _details(self, order: str, created: datetime) -> dict[str, str]:
        dice, option = self._dice, self._table.option
        total = dice.randrange(900, 90_000)
        returned = dice.random() < 0.3
        tracking = f"1Z{dice.randrange(10**9, 10**10)}" if returned else ""
        products = [label for label in self._table.options["product"] if not label.startswith("(")]
        tags = [option("tags", label) for label in TAGS if dice.random() < 0.15]
        return {
            "priority": option("priority", dice.choices(("(please select)", *PRIORITIES), (1, 2, 5, 2, 1))[0]),
            "product": option("product", dice.choice(products)) if dice.random() < 0.8 else "0",
            "tags": ",".join(tags),
            "order": order,
            "order_total": f"{total // 100}.{total % 100:02d}",
            "refund": f"{total // 200}.00" if returned else "0.00",
            "items": str(dice.randrange(1, 9)),
            "carrier": dice.choice(("UPS", "FedEx", "DHL")) if returned else "",
            "tracking": tracking,
            "link": f"https://track.{SHOP_DOMAIN}/{tracking}" if tracking else "",
            "escalated": "true" if dice.random() < 0.06 else "false",
            "escalated_to": self._owner().id if dice.random() < 0.05 else "0",
            "due": (created.date() + timedelta(days=3)).isoformat() if dice.random() < 0.6 else "0000-00-00",
            "age": str(max(0, (self._world.calendar.last - created.date()).days)),
        }

    def _history(
        self, number: int, path: tuple[str, ...], owner: User, created: datetime, last: str, *, owned: bool
    ) -> tuple[list[Change], str]:
        """Change rows (time, tab, id, field, old, new, username), and the closing time or its unset form."""
        moment = created
        by = owner.username
        rows = [(written(self._world.calendar.after(moment, 90)), "Owner", "", by)] if owned else []
        for old, new in pairwise(path):
            moment = self._world.calendar.after(moment, self._dice.expovariate(1 / 50_000))
            rows.append((written(moment), "Status", old, new))
        if path[-1] in STATUSES[4:]:
            end = max(last, rows[-1][0])
            rows[-1] = (end, *rows[-1][1:])
        else:
            end = "0000-00-00 00:00:00"
        full: list[Change] = [(at, "Tickets", str(number), name, old, new, by) for at, name, old, new in rows]
        return full, end
