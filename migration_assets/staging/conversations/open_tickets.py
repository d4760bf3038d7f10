"""Which tickets will be open in Gorgias, told from the scan and the map before anything is staged.

It belongs here: finding them, by the same transforms that stage a status. It does not: loading them first
(orchestration/open_tickets_first.py).
"""

from migration_assets.ivinex import tables
from migration_assets.mapping.model import Mapping
from migration_assets.transforms.apply import apply, parse_raw
from migration_assets.transforms.lookups import Lookups
from resources.warehouse import Warehouse

OPEN = "open"
_BATCH = 5_000
_ROWS = f"""
    SELECT source_id, partition, raw FROM {tables.TICKET_SWEEP.name}
    WHERE collection_type_id = $tab AND partition <> 'none' AND source_id > $after ORDER BY source_id LIMIT {_BATCH}
"""  # noqa: S608


def open_tickets(warehouse: Warehouse, mapping: Mapping) -> dict[str, str]:
    """Source id -> created day of the tickets whose status becomes open."""
    status = [
        item
        for item in mapping.fields.get("ticket", [])
        if item.target.to == "standard" and item.target.name == "status"
    ]
    # The other fields of a ticket are no part of the question, and most of the work.
    only_status = mapping.model_copy(update={"fields": {"ticket": status}})
    fields = warehouse.query(f"SELECT * FROM {tables.FIELDS.name} ORDER BY collection_type_id, position, field_name")  # noqa: S608
    users = warehouse.query(f"SELECT * FROM {tables.USERS.name} ORDER BY source_id")  # noqa: S608
    lookups, found = Lookups.of(mapping, fields, users), dict[str, str]()
    for tab in mapping.roles.get("ticket", []):
        after = ""
        while rows := warehouse.rows(_ROWS, {"tab": tab, "after": after}):
            mapped = apply(parse_raw([row["raw"] for row in rows]), only_status, "ticket", tab, lookups)
            found |= {
                row["source_id"]: row["partition"]
                for at, row in enumerate(rows)
                if (mapped.get("status", at) or OPEN) == OPEN
            }
            after = rows[-1]["source_id"]
    return found
