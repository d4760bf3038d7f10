"""The history of one ticket: e-mails in and out, calls, notes, and tasks kept as activities."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sandbox.generator.attachments import draw
from sandbox.generator.calendar import written
from sandbox.generator.people import SHOP_DOMAIN, SUPPORT_ADDRESS, Contact, User
from sandbox.generator.prose import ASKS, OPENINGS, REPLIES
from sandbox.generator.world import World

Values = dict[str, str]
KINDS = (("Email In", 30), ("Email Out", 32), ("Call", 12), ("Note", 20), ("Task", 6))


class Activities:
    """Makes activities; one instance for the whole run."""

    def __init__(self, world: World) -> None:
        """Draws from a source of its own."""
        self._world = world
        self._table = world.schema.activities
        self._dice = world.dice("activities")
        self._makers: dict[str, Callable[[Contact, User, str, datetime, int], Values]] = {
            "Email In": self._email_in,
            "Email Out": self._email_out,
            "Call": self._call,
            "Note": self._note,
            "Task": self._task,
        }

    def number(self) -> int:
        """How many activities a ticket has: 1 to 30, mean about 6, heavy tail."""
        return min(30, max(1, round(self._dice.lognormvariate(1.42, 0.85))))

    def of(
        self, ticket: int, contact: Contact, agent: User, subject: str, start: datetime, number: int
    ) -> list[dict[str, Any]]:
        """The rows of one ticket's activities in time order; their files are written on the way."""
        rows = []
        moment = start
        step = 9_000 if number > 30 else 40_000
        for index in range(number):
            gap = 0 if index and self._dice.random() < 0.02 else self._dice.expovariate(1 / step)
            moment = self._world.calendar.after(moment, 60 if index == 0 else gap)
            kind = self._kind(contact, first=index == 0)
            rows.append(self._row(kind, ticket, contact, agent, subject, moment, first=index == 0))
        return rows

    def _kind(self, contact: Contact, *, first: bool) -> str:
        if not contact.email:
            return self._dice.choice(("Call", "Note"))
        if first and self._dice.random() < 0.75:
            return "Email In"
        return self._dice.choices([kind for kind, _ in KINDS], [weight for _, weight in KINDS])[0]

    def _row(
        self,
        kind: str,
        ticket: int,
        contact: Contact,
        agent: User,
        subject: str,
        moment: datetime,
        *,
        first: bool,
    ) -> dict[str, Any]:
        number = next(self._world.activity_ids)
        author = agent if self._dice.random() < 0.8 else self._dice.choice(self._world.staff)
        values = {
            "kind": self._table.option("kind", kind),
            "subject": subject if first else f"Re: {subject}",
            "status": self._table.option("status", "Completed"),
            "assigned": author.id,
            "ticket": str(ticket),
            "date": moment.date().isoformat(),
            "start": written(moment),
            **self._makers[kind](contact, author, subject, moment, number),
        }
        created_by = "0" if kind == "Email In" else author.id
        row = self._table.row(number, values, created=written(moment), created_by=created_by)
        if kind.startswith("Email") and self._dice.random() < 0.1:
            self._attach(number)
        return row

    def _email_in(self, contact: Contact, agent: User, subject: str, moment: datetime, number: int) -> Values:
        plain, body = self._world.prose.email(ASKS, self._dice.choice(OPENINGS), contact.name)
        copies = self._some_contact().email if self._dice.random() < 0.05 else ""
        return {
            "email_id": f"<{moment:%Y%m%d%H%M%S}.{number}@{contact.email.partition('@')[2]}>",
            "sender": f"{contact.name} <{contact.email}>" if self._dice.random() < 0.5 else contact.email,
            "to": SUPPORT_ADDRESS,
            "cc": copies,
            "body": body,
            "plain": plain,
        }

    def _email_out(self, contact: Contact, agent: User, subject: str, moment: datetime, number: int) -> Values:
        greeting = f"Hello {contact.name.split()[0]},"
        plain, body = self._world.prose.email(REPLIES, greeting, f"{agent.name}\n{agent.title}")
        several = self._dice.random() < 0.05
        to = f"{contact.email}, {self._some_contact().email}".rstrip(", ") if several else contact.email
        opened = self._dice.random() < 0.5
        return {
            "email_id": f"<{moment:%Y%m%d%H%M%S}.{number}@{SHOP_DOMAIN}>",
            "sender": SUPPORT_ADDRESS,
            "to": to,
            "bcc": agent.email if self._dice.random() < 0.05 else "",
            "body": body,
            "plain": plain,
            "opened": written(self._world.calendar.after(moment, 3_700)) if opened else "0000-00-00 00:00:00",
        }

    def _call(self, contact: Contact, agent: User, subject: str, moment: datetime, number: int) -> Values:
        seconds = int(self._dice.expovariate(1 / 240))
        answered = seconds > 20
        disposition = "Answered" if answered else self._dice.choice(("Left Voicemail", "No Answer", "Busy"))
        return {
            "subject": f"Call: {subject}"[:120],
            "description": self._world.prose.note(),
            "duration": str(timedelta(seconds=seconds if answered else 0)).zfill(8),
            "disposition": self._table.option("disposition", disposition),
            "direction": self._table.option("direction", self._dice.choice(("Inbound", "Outbound"))),
            "caller": contact.phone,
            "end": written(self._world.calendar.after(moment, seconds)),
        }

    def _note(self, contact: Contact, agent: User, subject: str, moment: datetime, number: int) -> Values:
        return {"subject": "Note", "description": self._world.prose.note()}

    def _task(self, contact: Contact, agent: User, subject: str, moment: datetime, number: int) -> Values:
        done = self._dice.random() < 0.7
        return {
            "subject": f"Follow up: {subject}"[:120],
            "description": self._world.prose.note(),
            "status": self._table.option("status", "Completed" if done else "Not Started"),
            "priority": self._table.option("priority", self._dice.choice(("Low", "Normal", "High"))),
            "date": (moment.date() + timedelta(days=self._dice.randrange(1, 10))).isoformat(),
            "all_day": "true",
        }

    def _some_contact(self) -> Contact:
        return self._dice.choice(self._world.contacts)

    def _attach(self, activity: int) -> None:
        for _ in range(self._dice.choice((1, 1, 1, 2))):
            attach(self._world, self._dice, self._table.name, activity, self._table.names["files"])


def attach(world: World, dice: random.Random, tab: str, record: int, field: str) -> None:
    """Writes one drawn file and hangs it on a record."""
    name, content_type, content = draw(dice, world.prose.note())
    row = {
        "FileID": str(next(world.file_ids)),
        "FileName": name,
        "Size": len(content),
        "ContentType": content_type,
        "Tab": tab,
        "CollectionID": str(record),
        "Field": field,
    }
    world.writer.file(row, content)
