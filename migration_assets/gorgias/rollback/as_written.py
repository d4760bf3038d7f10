"""What we left in each object, from what the loads noted of it: the base of the three-way merge.

It belongs here: finding it without the source and without staging anew. It does not: comparing (judge.py).
"""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from migration_assets.gorgias.as_left import LeftBases
from migration_assets.gorgias.delta.customer_merge import PARTS, base_as_left
from migration_assets.gorgias.load.all_planned_writes import definition_creates
from migration_assets.gorgias.merge_base import WRITTEN
from migration_assets.gorgias.rollback.written_objects import WrittenObject
from resources.batches import batches
from resources.gorgias.client import Reader
from resources.ledger import Ledger
from resources.ledger.records import WriteKey
from resources.warehouse import Warehouse

_CHUNK = 1_000
Base = dict[str, Any]


def bases(warehouse: Warehouse, objects: Sequence[WrittenObject]) -> dict[tuple[str, str], Base]:
    """(object, source id) -> base of tickets and customers; one that is not known is left out."""
    warehouse.ensure(WRITTEN)
    found: dict[tuple[str, str], Base] = {}
    for name in ("tickets", "customers"):
        for some in batches((one for one in objects if one.object == name), _CHUNK):
            ids = [one.source_id for one in some]
            entered, left = _entered(warehouse, name, ids), LeftBases.read(warehouse, ids)
            merged = _customer if name == "customers" else _ticket
            for one in some:
                base = merged(one, entered.get(one.source_id), left)
                if base is not None:
                    found[name, one.source_id] = base
    return found


def bodies(
    warehouse: Warehouse, ledger: Ledger, reader: Reader, objects: Iterable[WrittenObject]
) -> dict[WriteKey, Any]:
    """Create -> the body that was sent, of teams, tags, custom fields and users that are staged as they were."""
    hashes = {one.create.key: one.create.payload_hash for one in objects}
    writes = definition_creates(warehouse, ledger, reader)
    return {write.key: write.body for write in writes if hashes.get(write.key) == write.payload_hash}


def _entered(warehouse: Warehouse, name: str, ids: list[str]) -> dict[str, Base]:
    rows = warehouse.rows(
        "SELECT source_id, base FROM gorgias.written WHERE object = ? AND list_contains(?, source_id)", [name, ids]
    )
    return {row["source_id"]: base for row in rows if (base := orjson.loads(row["base"]))}


def _customer(one: WrittenObject, base: Base | None, left: LeftBases) -> Base | None:
    made: Base | None = base_as_left(base, {part: one.write(part) for part in PARTS}, left)
    return made


def _ticket(one: WrittenObject, base: Base | None, left: LeftBases) -> Base | None:
    """What was entered, and over it what was written and not entered since (a run was stopped)."""
    if base is None:
        if (base := left.of(one.create)) is None:
            return None
        inside = list(base["messages"].items())[: base["inside"]]
        base = base | {"messages": dict(inside)}
    base = left.of(one.write("update")) or base
    over: Base = {}
    for row in one.rows:
        if row.key.object == "messages" and (message := left.of(row)) is not None:
            name = row.key.source_id
            over[name.partition("@")[0] if "@" in name else name] = message
    return base | {"messages": base["messages"] | over}
