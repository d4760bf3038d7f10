"""The mails of real clients: the profile `mail` puts them on every e-mail in turn, `hostile` on some tickets' first.

It belongs here: which case comes where, and tickets that are younger than their mails. It does not: what stands in a
mail (mail_cases.py).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sandbox.generator.attachments import png
from sandbox.generator.calendar import written
from sandbox.generator.hostile_activities import make_email
from sandbox.generator.hostile_tickets import DEFAULT_KEYS
from sandbox.generator.mail_cases import CASES, CONTACTS, File
from sandbox.generator.people import FIRST_CONTACT, SUPPORT_ADDRESS, Contact
from sandbox.generator.schema import TICKETS
from sandbox.generator.tickets import FIRST_TICKET, Made
from sandbox.generator.world import World

KINDS = ("Email",)
"""Kinds of activity that say nothing of a direction."""
FIRST_CASE = 130
"""The hostile profile's first ticket with one of these mails: the indices before hold other cases."""
YOUNGER_EVERY, LINKED_EVERY = 7, 5


class Mail:
    """Applies the cases while a dataset is written."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._turn = 0

    def change_contact(self, contact: Contact, row: dict[str, Any]) -> None:
        """Writes the address of the first contacts in the ways of address books; tickets know them by the plain one."""
        index = contact.id - FIRST_CONTACT
        if index < len(CONTACTS) and contact.email:
            row[self._world.schema.contacts.names["email"]] = CONTACTS[index].format(email=contact.email)

    def change_ticket(self, made: Made) -> None:
        """Every e-mail of the ticket becomes the next case; some tickets are younger than their mails, or linked."""
        table = self._world.schema.activities
        for row in made.activities:
            if row[table.names["email_id"]]:
                self._apply(self._turn % len(CASES), made, row)
                self._turn += 1
        if made.index % YOUNGER_EVERY == 1:
            self._make_younger(made)
        if made.index % LINKED_EVERY == 4:
            parent, child = (f"{TICKETS}:{FIRST_TICKET + made.index - back}" for back in (1, 0))
            self._world.writer.link(parent, child)

    def change_hostile(self, made: Made) -> None:
        """One case for the first activity of one ticket, after all other cases of the hostile profile."""
        case = made.index - FIRST_CASE
        if 0 <= case < len(CASES):
            make_email(self._world.schema.activities, made.activities[0])
            self._apply(case, made, made.activities[0])

    def _apply(self, case: int, made: Made, row: dict[str, Any]) -> None:
        table, found = self._world.schema.activities, CASES[case]
        known = {
            "contact": made.contact.email or "someone@mail.example",
            "name": made.contact.name,
            "support": SUPPORT_ADDRESS,
            "number": row["collection_id"],
        }
        for key, value in found.values.items():
            if key == "kind":
                row[table.names[key]] = table.option("kind", value)
            else:
                row[key if key in DEFAULT_KEYS else table.names[key]] = _filled(value, known)
        for file in found.files:
            self._attach(file, row)

    def _attach(self, file: File, row: dict[str, Any]) -> None:
        table = self._world.schema.activities
        content = png(self._world.dice(f"picture {row['collection_id']} {file.seed}"), 8, 8)
        line = {
            "FileID": str(next(self._world.file_ids)),
            "FileName": file.name,
            "Size": len(content),
            "ContentType": "image/png",
            "Tab": table.name,
            "CollectionID": row["collection_id"],
            "Field": table.names["files"],
        }
        self._world.writer.file(line, content)

    def _make_younger(self, made: Made) -> None:
        """As an earlier migration into Ivinex leaves it: the ticket was made a day after its last activity."""
        last = max(str(row["created_date"]) for row in made.activities)
        moment = self._world.calendar.after(made.created, timedelta(days=1).total_seconds())
        made.row["created_date"] = max(last, written(moment))
        made.row["modified_date"] = max(str(made.row["modified_date"]), made.row["created_date"])


def _filled(value: str, known: dict[str, str]) -> str:
    """`%contact%` and the like, because braces stand in style sheets."""
    for name, text in known.items():
        value = value.replace(f"%{name}%", text)
    return value
