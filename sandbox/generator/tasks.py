"""The Tasks tab: follow-ups on tickets, and chores that belong to none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sandbox.generator.calendar import written
from sandbox.generator.tickets import Made
from sandbox.generator.world import World


class Tasks:
    """Makes tasks; about every sixth ticket has one, and there is one standalone task for eight tickets."""

    def __init__(self, world: World) -> None:
        """Draws from a source of its own."""
        self._world = world
        self._table = world.schema.tasks
        self._dice = world.dice("tasks")

    def after(self, ticket: Made) -> list[dict[str, Any]]:
        """The tasks that come up with a ticket."""
        rows = []
        if self._dice.random() < 1 / 6:
            rows.append(self._row(ticket, linked=True))
        if ticket.index % 8 == 3:
            rows.append(self._row(ticket, linked=False))
        return rows

    def _row(self, ticket: Made, *, linked: bool) -> dict[str, Any]:
        dice, option = self._dice, self._table.option
        created = self._world.calendar.after(ticket.created, dice.expovariate(1 / 90_000))
        done = dice.random() < 0.6
        completed = self._world.calendar.after(created, 86_400 * dice.randrange(1, 9))
        owner = dice.choice(self._world.staff)
        category = dice.choice(("Call Back", "Ship Replacement")) if linked else "Bookkeeping"
        values = {
            "subject": f"{category}: {ticket.contact.name}" if linked else f"{category} of the week",
            "description": self._world.prose.note() if dice.random() < 0.7 else "",
            "status": option("status", "Completed" if done else dice.choice(("Not Started", "In Progress", "Waiting"))),
            "priority": option("priority", dice.choice(("(please select)", "Low", "Normal", "High", "Urgent"))),
            "owner": owner.id,
            "ticket": ticket.row["collection_id"] if linked else "0",
            "contact": str(ticket.contact.id) if linked else "0",
            "due": (created.date() + timedelta(days=dice.randrange(1, 14))).isoformat(),
            "completed": written(completed) if done else "0000-00-00 00:00:00",
            "reminder": "true" if dice.random() < 0.3 else "false",
            "hours": f"{dice.randrange(0, 8)}.{dice.choice(('00', '25', '50'))}",
            "category": option("category", category),
        }
        return self._table.row(
            next(self._world.task_ids),
            values,
            created=written(created),
            created_by=owner.id,
            modified=written(completed) if done else "",
        )
