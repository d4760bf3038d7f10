"""Users, teams, tags and custom fields as they were written: the base that a verification holds them against.

They are made once. What the source changes of them later is not carried over, but for members who join a team and
choices that a dropdown gets; the rest stays as it was made, and is told. It belongs here: these bases, and what is
left. It does not: the writes (users.py, teams.py, tags.py, custom_fields.py).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from migration_assets.gorgias.expected_differences import ExpectedDifference, Reason, expect
from migration_assets.gorgias.merge_base import Pending, keep_in
from resources.gorgias.writer.write import Write
from resources.ledger import Ledger, Loss
from resources.ledger.records import WRITTEN
from resources.warehouse import Warehouse

STAGE = "delta"
KEPT = "kept as it was written"
FIELDS = {
    "users": ("email", "name", "role"),
    "teams": ("name", "members"),
    "tags": ("description",),
    "custom_fields": ("label", "description", "data_type", "input_type", "object_type", "choices"),
}
_LISTS = ("members", "choices")


def enter_definitions(
    warehouse: Warehouse,
    ledger: Ledger,
    object: str,
    rows: Sequence[tuple[Mapping[str, Any], Write]],
    grown: Mapping[str, Mapping[str, list[str]]] | None = None,
) -> None:
    """Enter what is in Gorgias and has no base yet, and note what is staged otherwise than it was written.

    Args:
        rows: staged row and its create.
        grown: source id -> list -> members or choices that it has since a later write.
    """
    known = ledger.known_writes.known([write.key for _, write in rows])
    bases = bases_of(warehouse, object, [write.key.source_id for _, write in rows])
    entered: list[tuple[Pending, dict[str, Any] | None]] = []
    left: list[ExpectedDifference] = []
    for row, write in rows:
        source_id, was = write.key.source_id, known.get(write.key)
        if was is None or was.state not in WRITTEN:
            continue
        staged = _values(object, row)
        base = bases.get(source_id) or (staged if was.payload_hash == write.payload_hash else None)
        if base is None:
            continue
        base = {**base, **(grown or {}).get(source_id, {})}
        entered.append((Pending(source_id, None, "", None, None), base))
        left += [
            ExpectedDifference(source_id, name, Reason.immutable, base.get(name))
            for name in FIELDS[object]
            if _plain(base.get(name)) != _plain(staged[name])
        ]
    with warehouse.transaction() as tx:
        keep_in(tx, object, entered)
        expect(tx, object, [row.source_id for row, _ in entered], left)
    told = [Loss(one.field, KEPT, one.source_id) for one in left]
    ledger.losses.record_losses_of_records(STAGE, object, [row.source_id for row, _ in entered], told)


def bases_of(warehouse: Warehouse, object: str, source_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Source id -> the base of those that have one."""
    with warehouse.transaction() as tx:
        keep_in(tx, object, [])
        rows = tx.rows(
            "SELECT source_id, base FROM gorgias.written WHERE object = ? AND list_contains(?, source_id)",
            [object, list(source_ids)],
        )
    return {row["source_id"]: orjson.loads(row["base"]) for row in rows}


def _values(object: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: orjson.loads(row[name]) if name in _LISTS and row[name] else row[name] or None for name in FIELDS[object]
    }


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value or None
