"""What we left in each object, from what the loads noted of it: the base of the three-way merge.

It belongs here: finding it without the source and without staging anew. It does not: comparing (judge.py).
"""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from migration_assets.gorgias.as_left import AS_LEFT, LeftBase, LeftBases
from migration_assets.gorgias.delta.customer_merge import base_as_left
from migration_assets.gorgias.load import custom_fields, tags, teams, users
from migration_assets.gorgias.merge_base import WRITTEN
from migration_assets.gorgias.rollback.written_objects import WrittenObject
from resources.batches import batches
from resources.gorgias.client import Reader
from resources.gorgias.writer.write import Write
from resources.ledger import Ledger
from resources.ledger.records import KnownWrite, WriteKey
from resources.ledger.rollbacks import WrittenRow
from resources.warehouse import Warehouse

_CHUNK = 1_000
Base = dict[str, Any]


def bases(warehouse: Warehouse, objects: Sequence[WrittenObject]) -> dict[tuple[str, str], Base]:
    """(object, source id) -> base of tickets and customers; one that is not known is left out."""
    warehouse.ensure(WRITTEN, AS_LEFT)
    found: dict[tuple[str, str], Base] = {}
    for name in ("tickets", "customers"):
        for some in batches((one for one in objects if one.object == name), _CHUNK):
            ids = [one.source_id for one in some]
            entered = _entered(warehouse, name, ids)
            left = _left(warehouse, ids)
            for one in some:
                of = left.get(one.source_id, [])
                base = entered.get(one.source_id)
                made = _customer(one, base, of) if name == "customers" else _ticket(one, base, of)
                if made is not None:
                    found[name, one.source_id] = made
    return found


def bodies(
    warehouse: Warehouse, ledger: Ledger, reader: Reader, objects: Iterable[WrittenObject]
) -> dict[WriteKey, Any]:
    """Create -> the body that was sent, of teams, tags, custom fields and users that are staged as they were."""
    hashes = {one.create.key: one.create.payload_hash for one in objects}
    writes: list[Write] = []
    if warehouse.exists("staging.tags"):
        writes += tags.tag_writes(warehouse)
    if warehouse.exists("staging.custom_fields"):
        writes += custom_fields.custom_field_writes(warehouse)
    if warehouse.exists("staging.users"):
        writes += users.writes(warehouse, ledger)
    if warehouse.exists("staging.teams"):
        writes += teams.team_writes(warehouse, ledger, reader)
    return {write.key: write.body for write in writes if hashes.get(write.key) == write.payload_hash}


def _entered(warehouse: Warehouse, name: str, ids: list[str]) -> dict[str, Base]:
    rows = warehouse.rows(
        "SELECT source_id, base FROM gorgias.written WHERE object = ? AND list_contains(?, source_id)", [name, ids]
    )
    return {row["source_id"]: base for row in rows if (base := orjson.loads(row["base"]))}


def _left(warehouse: Warehouse, ids: list[str]) -> dict[str, list[LeftBase]]:
    rows = warehouse.rows(
        "SELECT object, owner, source_id, payload_hash, base FROM gorgias.as_left WHERE list_contains(?, owner)", [ids]
    )
    found: dict[str, list[LeftBase]] = {}
    for row in rows:
        found.setdefault(row["owner"], []).append(LeftBase(**row | {"base": orjson.loads(row["base"])}))
    return found


def _customer(one: WrittenObject, base: Base | None, left: list[LeftBase]) -> Base | None:
    known = {part: _known(one.write(part)) for part in ("create", "update", "values", "data")}
    made: Base | None = base_as_left(base, known, LeftBases(left))
    return made


def _ticket(one: WrittenObject, base: Base | None, left: list[LeftBase]) -> Base | None:
    """What was entered, and over it what was written and not entered since (a run was stopped)."""
    entries = LeftBases(left)
    if base is None:
        if (base := entries.of(_known(one.create))) is None:
            return None
        inside = list(base["messages"].items())[: base["inside"]]
        base = base | {"messages": dict(inside)}
    base = entries.of(_known(one.write("update"))) or base
    over: Base = {}
    for row in one.rows:
        if row.key.object == "messages" and (message := entries.of(_known(row))) is not None:
            name = row.key.source_id
            over[name.partition("@")[0] if "@" in name else name] = message
    return base | {"messages": base["messages"] | over}


def _known(row: WrittenRow | None) -> KnownWrite | None:
    if row is None:
        return None
    return KnownWrite(*(row.key, row.state, row.payload_hash, row.gorgias_id, 0, 1, row.intent_at, None, row.partition))
