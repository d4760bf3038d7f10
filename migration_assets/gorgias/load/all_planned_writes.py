"""Every write that a load would ask the gate for, built again from the staged rows: what a second pass looks at.

Tickets and customers are compared as a whole in the warehouse, and built only where what they are made of is other
than noted (payload_notes.py). It belongs here: the order of all loads. It does not: how a request is built (one file
per target), and deciding what is to be sent (resources/gorgias/writer/planner.py). Nothing here can write: it is given
a Reader and no gate.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from migration_assets.gorgias.attachments import files
from migration_assets.gorgias.load import custom_fields, customers, tags, teams, ticket_messages, tickets, users
from migration_assets.gorgias.load.payload_notes import Planned, note_payloads, planned
from migration_assets.gorgias.load.ticket_payload import TargetIds
from migration_assets.gorgias.merge_base import without_base
from resources.batches import batches
from resources.files import FileStore
from resources.gorgias.client import Reader
from resources.gorgias.writer.planner import PlannedAction, planned_action, planned_by_hash
from resources.gorgias.writer.write import Write
from resources.ledger import Ledger
from resources.ledger.records import WriteKey
from resources.warehouse import Warehouse

WRITES_AT_ONCE = 500


@dataclass(frozen=True)
class PlannedWrite:
    """A write that a load would ask for, and what the writer would do with it.

    Attributes:
        built: its request was built for that; else the digest was known.
    """

    key: WriteKey
    partition: str | None
    action: PlannedAction
    built: bool = True


def object_writes(
    warehouse: Warehouse, ledger: Ledger, reader: Reader, ids: TargetIds, version: str
) -> Iterator[PlannedWrite]:
    """Of everything that belongs to no day."""
    yield from _compared_with_ledger(ledger, definition_creates(warehouse, ledger, reader))
    if warehouse.exists("staging.custom_fields"):
        yield from _compared_with_ledger(ledger, custom_fields.new_choices(warehouse, ledger, reader))
    if not warehouse.exists("staging.customers"):
        return
    rows = planned(warehouse, "customers", ids, version)

    def built(only: list[str]) -> Iterator[Write]:
        return customers.creates(warehouse, only=only)

    yield from _creates(warehouse, ledger, "customers", rows, built)
    begun = without_base(warehouse, "customers")
    if begun:
        yield from _compared_with_ledger(ledger, customers.values(warehouse, ledger, reader, only=begun))
        yield from _compared_with_ledger(ledger, customers.data(warehouse, ledger, reader, only=begun))


def definition_creates(warehouse: Warehouse, ledger: Ledger, reader: Reader) -> Iterator[Write]:
    """Of users, teams, custom fields and tags, as far as they are staged."""
    if warehouse.exists("staging.users"):
        yield from users.writes(warehouse, ledger)
    if warehouse.exists("staging.teams"):
        yield from teams.team_writes(warehouse, ledger, reader)
    if warehouse.exists("staging.custom_fields"):
        yield from custom_fields.custom_field_writes(warehouse)
    if warehouse.exists("staging.tags"):
        yield from tags.tag_writes(warehouse)


def day_writes(
    warehouse: Warehouse, ledger: Ledger, ids: TargetIds, version: str, days: Sequence[str]
) -> Iterator[PlannedWrite]:
    """Of files and tickets; a ticket whose customer is not in Gorgias waits, as in the load."""
    missing = []
    if warehouse.exists("staging.attachments"):
        missing = files.missing_parts(ledger, files.parts_of(warehouse, FileStore(Path()), days))
        yield from _compared_with_ledger(ledger, files.UploadBatch().calls(missing))
    rows = planned(warehouse, "tickets", ids, version, days, [part.sha256 for part in missing])

    def built(only: list[str]) -> Iterator[Write]:
        return tickets.ticket_writes(warehouse, ledger, days, ids, version, only)

    yield from _creates(warehouse, ledger, "tickets", rows, built)


def message_writes(warehouse: Warehouse, ledger: Ledger, ids: TargetIds, days: Sequence[str]) -> Iterator[PlannedWrite]:
    """Of messages that their tickets' creates do not hold."""
    yield from _compared_with_ledger(ledger, ticket_messages.writes(warehouse, ledger, list(days), ids))


def _creates(
    warehouse: Warehouse,
    ledger: Ledger,
    object: str,
    rows: Sequence[Planned],
    build: Callable[[list[str]], Iterator[Write]],
) -> Iterator[PlannedWrite]:
    known = ledger.known_writes.known_of(object, "create")
    for row in rows:
        if row.payload_hash is not None:
            action = planned_by_hash(row.payload_hash, True, known.get(row.source_id))
            yield PlannedWrite(WriteKey(object, row.source_id, "create"), row.partition, action, built=False)
    other = [row for row in rows if row.payload_hash is None]
    hashes: dict[str, str] = {}
    for write in build([row.source_id for row in other]) if other else ():
        hashes[write.key.source_id] = write.payload_hash
        yield PlannedWrite(write.key, write.partition, planned_action(write, known.get(write.key.source_id)))
    note_payloads(warehouse, object, other, hashes)


def _compared_with_ledger(ledger: Ledger, writes: Iterable[Write]) -> Iterator[PlannedWrite]:
    for chunk in batches(writes, WRITES_AT_ONCE):
        known = ledger.known_writes.known([write.key for write in chunk])
        for write in chunk:
            yield PlannedWrite(write.key, write.partition, planned_action(write, known.get(write.key)))
