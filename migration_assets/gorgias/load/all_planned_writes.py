"""Every write that a load would ask the gate for, built again from the staged rows: what a second pass looks at.

It belongs here: the order of all loads. It does not: how a request is built (one file per target), and deciding what
is to be sent (resources/gorgias/writer/planner.py). Nothing here can write: it is given a Reader and no gate.
"""

from collections.abc import Iterator

from migration_assets.gorgias.attachments import files
from migration_assets.gorgias.load import custom_fields, customers, tags, teams, ticket_messages, tickets, users
from migration_assets.gorgias.load.ticket_payload import TargetIds
from resources.gorgias.client import Reader
from resources.gorgias.writer.write import Write
from resources.ledger import Ledger
from resources.warehouse import Warehouse


def object_writes(warehouse: Warehouse, ledger: Ledger, reader: Reader) -> Iterator[Write]:
    """Of everything that belongs to no day."""
    if warehouse.exists("staging.users"):
        yield from users.writes(warehouse, ledger)
    if warehouse.exists("staging.teams"):
        yield from teams.team_writes(warehouse, ledger, reader)
    if warehouse.exists("staging.custom_fields"):
        yield from custom_fields.custom_field_writes(warehouse)
        yield from custom_fields.new_choices(warehouse, ledger, reader)
    if warehouse.exists("staging.tags"):
        yield from tags.tag_writes(warehouse)
    if warehouse.exists("staging.customers"):
        yield from customers.creates(warehouse)
        yield from customers.values(warehouse, ledger, reader)
        yield from customers.data(warehouse, ledger, reader)


def day_writes(warehouse: Warehouse, ledger: Ledger, target_ids: TargetIds, keys: list[str]) -> Iterator[Write]:
    """Of files, tickets and their messages; a ticket whose customer is not in Gorgias waits, as in the load."""
    confirmed = ledger.confirmed_mapping()
    yield from files.writes(warehouse, ledger, keys)
    version = confirmed.version if confirmed else ""
    yield from tickets.ticket_writes(warehouse, ledger, keys, target_ids, version)
    yield from ticket_messages.writes(warehouse, ledger, keys, target_ids)
