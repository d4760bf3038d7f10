"""Every write that a load would ask the gate for, built again from the staged rows: what a second pass looks at.

It belongs here: the order of all loads. It does not: how a request is built (one file per target), and deciding what
is to be sent (resources/gorgias/writer/planner.py). Nothing here can write: it is given a Reader and no gate.
"""

from collections.abc import Iterator

from migration_assets.gorgias.attachments import files
from migration_assets.gorgias.load import custom_fields, customers, tags, teams, ticket_messages, tickets, users
from migration_assets.gorgias.load.ticket_payload import Directory
from resources.gorgias.client import Reader
from resources.gorgias.writer.write import Write
from resources.ledger import Ledger
from resources.warehouse import Warehouse


def object_writes(store: Warehouse, book: Ledger, reader: Reader) -> Iterator[Write]:
    """Of everything that belongs to no day."""
    if store.exists("staging.users"):
        yield from users.writes(store, book)
    if store.exists("staging.teams"):
        yield from teams.writes(store, book, reader)
    if store.exists("staging.custom_fields"):
        yield from custom_fields.writes(store)
        yield from custom_fields.new_choices(store, book, reader)
    if store.exists("staging.tags"):
        yield from tags.writes(store)
    if store.exists("staging.customers"):
        yield from customers.creates(store)
        yield from customers.values(store, book, reader)
        yield from customers.data(store, book, reader)


def day_writes(store: Warehouse, book: Ledger, people: Directory, keys: list[str]) -> Iterator[Write]:
    """Of files, tickets and their messages; a ticket whose customer is not in Gorgias waits, as in the load."""
    confirmed = book.confirmed_mapping()
    yield from files.writes(store, book, keys)
    yield from tickets.writes(store, book, keys, people, confirmed.version if confirmed else "", orphans=[])
    yield from ticket_messages.writes(store, book, keys, people)
