"""What the documents are made of: the map, the lookup of places, and record ids of both sides in the warehouse.

It belongs here: reading what several documents need. It does not: what a document says of it.
"""

from pathlib import Path

from migration_assets.handoff.target_locations import TargetLocations
from migration_assets.mapping import mapping_file
from migration_assets.mapping.confirm import FILE
from migration_assets.mapping.model import Mapping
from resources.ledger import Ledger
from resources.warehouse import Connection, Table, Warehouse

RECORD_IDS = Table(
    "handoff.record_ids",
    {
        "object": ("VARCHAR", "contacts, organizations, tickets or tasks"),
        "source_id": ("VARCHAR", "`ivinex:<tab>:<record>`"),
        "outcome": ("VARCHAR", "created, adopted or merged"),
        "gorgias_id": ("BIGINT", "the object in Gorgias; NULL for what became a part of another"),
    },
)
OBJECTS = ("contacts", "organizations", "tickets", "tasks")
MOVED = ("created", "adopted", "merged")


def mapping_of(home: Path) -> Mapping | None:
    """The map as it is; None before there is one."""
    return mapping_file.load(home / FILE) if (home / FILE).exists() else None


def places(warehouse: Warehouse, ledger: Ledger, home: Path) -> TargetLocations:
    """Where fields, options and users of the source are in Gorgias."""
    columns = {
        "ivinex.tabs": "collection_type_id, tab, role",
        "ivinex.fields": "collection_type_id, field_name, label, options",
        "ivinex.users": "source_id, user_id, username, name, email",
    }
    tabs, fields, users = (
        warehouse.rows(f"SELECT {wanted} FROM {table}") if warehouse.exists(table) else []  # noqa: S608
        for table, wanted in columns.items()
    )
    user_ids, field_ids = ledger.known_writes.gorgias_ids("users"), ledger.known_writes.gorgias_ids("custom_fields")
    return TargetLocations.of(mapping_of(home), tabs, fields, users, user_ids, field_ids)


def copy_record_ids(tx: Connection, ledger: Ledger) -> None:
    """Refill handoff.record_ids with the records that are in Gorgias.

    A contact that shares its e-mail with an older one has that one's customer.
    """
    tx.execute(f"DROP TABLE IF EXISTS {RECORD_IDS.name}")
    tx.ensure(RECORD_IDS)
    for batch in ledger.outcomes.outcome_batches(objects=OBJECTS):
        moved = batch[batch["outcome"].isin(MOVED) & ~batch["synthetic"].astype(bool)]
        tx.append(RECORD_IDS, moved[list(RECORD_IDS.columns)].astype({"gorgias_id": "Int64"}))
    if tx.exists("staging.customers"):
        tx.execute(
            f"""
            UPDATE {RECORD_IDS.name} r SET gorgias_id = first.gorgias_id
            FROM (SELECT source_id, unnest(from_json(merged, '["VARCHAR"]')) AS other FROM staging.customers) c
            JOIN {RECORD_IDS.name} first ON first.object = 'contacts' AND first.source_id = c.source_id
            WHERE r.object = 'contacts' AND r.source_id = c.other AND r.gorgias_id IS NULL
            """  # noqa: S608
        )
