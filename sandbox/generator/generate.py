"""Writes one whole dataset. The parts are made elsewhere; here is their order and who gets how many."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sandbox.generator import account, people
from sandbox.generator.calendar import Calendar
from sandbox.generator.exports import write_exports
from sandbox.generator.hostile import Hostile
from sandbox.generator.hostile_schema import TICKET_FIELDS as HARD_TICKET_FIELDS
from sandbox.generator.mail import KINDS, Mail
from sandbox.generator.prose import Prose
from sandbox.generator.schema import Schema
from sandbox.generator.tables import Sequences
from sandbox.generator.tasks import Tasks
from sandbox.generator.tickets import Tickets
from sandbox.generator.world import World
from sandbox.generator.writer import Writer

UNTIL = date(2026, 6, 30)
DAYS = 180


def generate_dataset(
    folder: Path,
    *,
    tickets: int,
    seed: int,
    profile: str = "typical",
    days: int = DAYS,
    until: date = UNTIL,
) -> None:
    """Writes a dataset folder; equal arguments give equal bytes.

    Args:
        folder: new or empty.
        tickets: how many; there are half as many contacts and about six times as many activities.
        seed: of every draw.
        profile: typical, mail for what mail clients write, or hostile for what a migration must survive.
        days: length of the period.
        until: its last local day.

    Raises:
        FileExistsError: the folder holds something.
    """
    root = f"{profile}:{seed}"
    hard = profile == "hostile"
    sequences = Sequences()
    schema = Schema(sequences, HARD_TICKET_FIELDS if hard else (), KINDS if profile != "typical" else ())
    prose = Prose(root)
    calendar = Calendar(until, days, account.ZONE)
    with Writer(folder) as writer:
        world = World(root, schema, prose, calendar, writer, staff=[])
        users = people.users(prose, world.dice("users"))
        world.staff.extend(users[1:])
        hostile = Hostile(world, sequences) if hard else None
        mail = Mail(world) if profile == "mail" else None
        for table in schema.tables:
            writer.table(table)
        write_exports(writer, users)
        _people(world, tickets, hostile, mail)
        crowded = calendar.days[len(calendar.days) // 2] if hostile else None
        moments = calendar.moments(tickets, world.dice("moments"), crowded=crowded)
        task_maker = Tasks(world)
        for ticket in Tickets(world).all(moments):
            tasks = task_maker.after(ticket)
            if hostile:
                hostile.change_ticket(ticket)
            if mail:
                mail.change_ticket(ticket)
            writer.record(schema.tickets, ticket.row)
            for row in ticket.activities:
                writer.record(schema.activities, row)
            for row in tasks:
                writer.record(schema.tasks, row)
            writer.rows("admin_exports/change_history.csv", ticket.history)
        writer.json("site.json", account.site(users, hostile=hard))
        writer.json("gorgias.json", account.gorgias(users, seed, hostile=hard))
    if hostile:
        hostile.finish(folder)


def _people(world: World, tickets: int, hostile: Hostile | None, mail: Mail | None) -> None:
    contacts = max(1, tickets // 2)
    domains = []
    schema, calendar, prose, staff = world.schema, world.calendar, world.prose, world.staff
    dice = world.dice("organizations")
    for domain, row in people.organizations(max(1, contacts // 6), schema, prose, calendar, staff, dice):
        domains.append(domain)
        world.writer.record(schema.organizations, row)
    dice = world.dice("contacts")
    for contact, row in people.contacts(contacts, domains, schema, prose, calendar, staff, dice):
        if hostile:
            contact = hostile.change_contact(contact, row)
        if mail:
            mail.change_contact(contact, row)
        world.contacts.append(contact)
        world.writer.record(schema.contacts, row)
        if contact.organization:
            one, other = (
                f"{schema.contacts.number}:{contact.id}",
                f"{schema.organizations.number}:{contact.organization}",
            )
            world.writer.link(one, other)
