"""Ids of Gorgias as those of Ivinex, from the ledger: `ivinex:<CollectionTypeID>:<CollectionID>`.

It belongs here: the lookup. It does not: what a row says with it (rows.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from resources.ledger import Ledger

OBJECTS = ("tickets", "customers", "users", "teams", "custom_fields")
_FIELDS_OF = {
    "customer": "customers",
    "assignee_user": "users",
    "assignee_team": "teams",
    "sender": "people",
    "receiver": "people",
}


@dataclass(frozen=True)
class SourceIds:
    """Object -> Gorgias id -> id in Ivinex; of several records that became one object, the first."""

    of: Mapping[str, Mapping[int, str]]

    @classmethod
    def read(cls, ledger: Ledger) -> "SourceIds":
        return cls({name: _turned(ledger.known_writes.gorgias_ids(name).items()) for name in OBJECTS})

    def person(self, number: Any) -> str | None:
        """A contact or a user: ids are of one range."""
        return self.of["customers"].get(number) or self.of["users"].get(number)

    def value(self, field: str, value: Any) -> str | None:
        """What a field of a ticket refers to."""
        kind = _FIELDS_OF.get(field)
        if kind is None or not isinstance(value, int):
            return None
        return self.person(value) if kind == "people" else self.of[kind].get(value)

    def field(self, number: str) -> str | None:
        """A custom field, as the map calls it: `ivinex:field:<tab>:<field>`."""
        return self.of["custom_fields"].get(int(number)) if number.isdecimal() else None


def parts(source_id: str | None) -> dict[str, str | None]:
    """`collection_type_id` and `collection_id`, as Ivinex's own calls take them."""
    found = (source_id or "").split(":")
    known = len(found) == 3 and found[0] == "ivinex"
    return {
        "ivinex_id": source_id,
        "collection_type_id": found[1] if known else None,
        "collection_id": found[2] if known else None,
    }


def _turned(pairs: Iterable[tuple[str, int]]) -> dict[int, str]:
    turned: dict[int, str] = {}
    for source_id, number in sorted(pairs):
        turned.setdefault(number, source_id)
    return turned
