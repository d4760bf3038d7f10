"""The hostile profile: when its cases are applied. From 300 tickets on a dataset holds all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sandbox.generator.hostile_activities import change_activities
from sandbox.generator.hostile_contacts import change_contact
from sandbox.generator.hostile_files import attach_hard_files
from sandbox.generator.hostile_schema import ExtraTabs
from sandbox.generator.hostile_tickets import change_ticket
from sandbox.generator.mail import Mail
from sandbox.generator.people import FIRST_CONTACT, Contact
from sandbox.generator.tables import Sequences
from sandbox.generator.tickets import Made
from sandbox.generator.world import World


class Hostile:
    """Applies the cases while a dataset is written."""

    def __init__(self, world: World, sequences: Sequences) -> None:
        """Writes the extra tabs."""
        self._world = world
        self._mail = Mail(world)
        extra = ExtraTabs(sequences)
        world.writer.table(extra.payroll)
        world.writer.table(extra.projects)
        for row in extra.payroll_rows():
            world.writer.record(extra.payroll, row)

    def change_contact(self, contact: Contact, row: dict[str, Any]) -> Contact:
        """Applies the contact cases."""
        return change_contact(self._world.schema.contacts, contact.id - FIRST_CONTACT, contact, row)

    def change_ticket(self, made: Made) -> None:
        """Applies the ticket, activity and file cases."""
        change_ticket(self._world.schema.tickets, made)
        ends = change_activities(self._world.schema.activities, made)
        if ends:
            self._world.writer.link(*ends)
        attach_hard_files(self._world, made)
        self._mail.change_hostile(made)

    @staticmethod
    def finish(folder: Path) -> None:
        """Gives users.csv the byte-order mark and line ends of a spreadsheet program."""
        path = folder / "admin_exports" / "users.csv"
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
