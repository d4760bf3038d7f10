"""gorgias.as_left: the base that an object has once a write is through, noted before the write is sent.

A base is entered (merge_base.py) when the calls of a batch are over. Between a write and that moment a run may be
stopped, and the record edited: then only this says what was written, so that the edit is an ordinary change. An entry
is found by the digest that the ledger keeps of the write, and goes when the base is entered. It belongs here: the
table. It does not: what a base is (load/initial_base.py, delta/ticket_merge.py, delta/customer_merge.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import pandas as pd

from resources.ledger.records import WRITTEN, KnownWrite
from resources.warehouse import Connection, Table, Warehouse

AS_LEFT = Table(
    "gorgias.as_left",
    {
        "object": ("VARCHAR", "tickets, messages or customers"),
        "owner": ("VARCHAR", "source id of the ticket or customer whose base this becomes"),
        "source_id": ("VARCHAR", "the write's source id"),
        "payload_hash": ("VARCHAR", "the write's digest"),
        "base": ("VARCHAR", "JSON of the base, or of its part that the write decides"),
        "noted_at": ("TIMESTAMPTZ", "when"),
    },
)


@dataclass(frozen=True)
class LeftBase:
    """One entry."""

    object: str
    owner: str
    source_id: str
    payload_hash: str
    base: dict[str, Any]


class LeftBases:
    """The entries of some objects."""

    def __init__(self, entries: Iterable[LeftBase]):
        self._bases = {(one.object, one.source_id, one.payload_hash): one.base for one in entries}

    @classmethod
    def read(cls, warehouse: Warehouse, owners: Sequence[str]) -> "LeftBases":
        warehouse.ensure(AS_LEFT)
        rows = warehouse.rows(
            "SELECT object, owner, source_id, payload_hash, base FROM gorgias.as_left WHERE list_contains(?, owner)",
            [list(owners)],
        )
        return cls(LeftBase(**row | {"base": orjson.loads(row["base"])}) for row in rows)

    def of(self, write: KnownWrite | None) -> dict[str, Any] | None:
        """What this write left, where it got through."""
        if write is None or write.state not in WRITTEN:
            return None
        return self._bases.get((write.key.object, write.key.source_id, write.payload_hash))


def note(warehouse: Warehouse, entries: Iterable[LeftBase]) -> None:
    """Enter them, in one transaction, before any of their writes is sent."""
    now = pd.Timestamp(datetime.now(UTC))
    rows = [
        (one.object, one.owner, one.source_id, one.payload_hash, orjson.dumps(one.base).decode(), now)
        for one in entries
    ]
    if not rows:
        return
    frame = pd.DataFrame(rows, columns=list(AS_LEFT.columns))
    with warehouse.transaction() as tx:
        tx.ensure(AS_LEFT)
        tx.execute(
            "DELETE FROM gorgias.as_left WHERE list_contains(?, source_id) AND list_contains(?, payload_hash)",
            [frame["source_id"].tolist(), frame["payload_hash"].tolist()],
        )
        tx.append(AS_LEFT, frame)


def forget(tx: Connection, owners: Sequence[str]) -> None:
    """The bases of these were entered."""
    tx.ensure(AS_LEFT)
    tx.execute("DELETE FROM gorgias.as_left WHERE list_contains(?, owner)", [list(owners)])
