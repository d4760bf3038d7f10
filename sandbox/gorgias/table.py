"""One family of objects in memory: rows by id, indexes, and the sorted orders that lists walk."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

from sandbox.gorgias.errors import not_found

Record = dict[str, Any]
IndexKeys = Callable[[Record], Iterable[Hashable]]
Listener = Callable[[str, int, "Record | None"], None]


def one(attribute: str) -> IndexKeys:
    """Index by one attribute; rows where it is null are left out."""
    return lambda record: () if record.get(attribute) is None else (record[attribute],)


class Sequence:
    """Ids of one family, or of two that share them."""

    def __init__(self, first: int) -> None:
        self.next = first

    def take(self) -> int:
        self.next += 1
        return self.next - 1

    def used(self, number: int) -> None:
        self.next = max(self.next, number + 1)


class Table:
    """Rows keyed by id. Every change goes through `add`, `save` or `remove`, so that the journal sees it.

    Attributes:
        hidden: id -> (visible from, in unfiltered lists too); rows that lists do not show yet.
    """

    def __init__(self, name: str, sequence: Sequence, indexes: dict[str, IndexKeys] | None = None) -> None:
        self.name = name
        self.sequence = sequence
        self.rows: dict[int, Record] = {}
        self.hidden: dict[int, tuple[float, bool]] = {}
        self.listener: Listener | None = None
        self._keys_of = indexes or {}
        self._index: dict[str, dict[Hashable, dict[int, None]]] = {name: {} for name in self._keys_of}
        self._indexed: dict[int, dict[str, tuple[Hashable, ...]]] = {}
        self._orders: dict[str, list[tuple[str, int]]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.rows.values())

    def get(self, record_id: object) -> Record | None:
        return self.rows.get(record_id) if isinstance(record_id, int) else None

    def require(self, record_id: object) -> Record:
        """The row. Raises ApiError 404 where there is none."""
        record = self.get(record_id)
        if record is None:
            raise not_found()
        return record

    def add(self, record: Record) -> Record:
        """Store a new row; it gets the next id unless it brings one."""
        if record.get("id") is None:
            record["id"] = self.sequence.take()
        else:
            self.sequence.used(record["id"])
        self.rows[record["id"]] = record
        self.save(record)
        return record

    def save(self, record: Record) -> None:
        """Make a change to a row known: indexes, orders, journal."""
        record_id = record["id"]
        if self._keys_of:
            before = self._indexed.get(record_id, {})
            after = {name: tuple(keys(record)) for name, keys in self._keys_of.items()}
            if before != after:
                self._unindex(record_id)
                for name, keys in after.items():
                    for key in keys:
                        self._index[name].setdefault(key, {})[record_id] = None
                self._indexed[record_id] = after
        self._orders.clear()
        if self.listener:
            self.listener(self.name, record_id, record)

    def remove(self, record_id: int) -> None:
        del self.rows[record_id]
        self.hidden.pop(record_id, None)
        self._unindex(record_id)
        self._orders.clear()
        if self.listener:
            self.listener(self.name, record_id, None)

    def by(self, index: str, key: Hashable) -> list[Record]:
        """Rows under a key of an index, oldest first."""
        return [self.rows[record_id] for record_id in self._index[index].get(key, ())]

    def ordered(self, attribute: str) -> list[tuple[str, int]]:
        """(sort value, id) of all rows, ascending; kept until the next change."""
        if attribute not in self._orders:
            self._orders[attribute] = sorted(sort_key(record, attribute) for record in self)
        return self._orders[attribute]

    def _unindex(self, record_id: int) -> None:
        for name, keys in self._indexed.pop(record_id, {}).items():
            for key in keys:
                entry = self._index[name][key]
                entry.pop(record_id, None)
                if not entry:
                    del self._index[name][key]


def sort_key(record: Record, attribute: str) -> tuple[str, int]:
    """What a list sorts by: the attribute (dots step inside) as text, then the id."""
    value: Any = record
    for step in attribute.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:020d}", record["id"]
    return str(value or ""), record["id"]


def after(order: list[tuple[str, int]], position: tuple[str, int]) -> int:
    """Index of the first entry behind a position, whether or not that entry still exists."""
    return bisect.bisect_right(order, position)
