"""What was written and the source does not hold any more, so that no later load could make it again.

It belongs here: the comparison with what was read of the source last, set-wise SQL. It does not: what becomes of such
an object (planner.py). A record counts only where it was read once, and anything else only where its table was read,
so that a warehouse that was made anew says of nothing that it is gone. A tag is a word of records and no record.
"""

from collections import Counter
from collections.abc import Iterable

from migration_assets.gorgias.rollback.written_objects import WrittenObject
from resources.warehouse import Warehouse

_NAMED = "SELECT unnest($names::VARCHAR[]) AS source_id"
_READ = {
    "tickets": ("source_id", ("ivinex.ticket_sweep",)),
    "customers": ("source_id", ("ivinex.contacts",)),
    "messages": ("source_id", ("ivinex.activity_sweep", "ivinex.tasks")),
    "users": ("source_id", ("ivinex.users",)),
    "teams": ("'ivinex:group:' || group_id", ("ivinex.groups",)),
    "custom_fields": (
        "'ivinex:field:' || collection_type_id || ':' || coalesce(nullif(field_id, ''), field_name)",
        ("ivinex.fields",),
    ),
}
"""Object -> its name in the tables of what was read last."""
_RECORDS = frozenset({"tickets", "customers", "messages"})
_PREFIXES = {"users": "ivinex:user:", "teams": "ivinex:group:", "custom_fields": "ivinex:field:"}
"""What has another name is not of these tables."""


class GoneAtSource:
    """Which of the written objects are gone; of a ticket also how many of its messages are."""

    def __init__(self, warehouse: Warehouse, objects: Iterable[WrittenObject]):
        self._warehouse = warehouse
        names: dict[str, set[str]] = {name: set() for name in _READ}
        for one in objects:
            names.setdefault(one.object, set()).add(one.source_id)
            names["messages"] |= set(_records(one))
        self._gone = {name: self._of(name, names[name]) for name in _READ}

    def holds(self, one: WrittenObject) -> bool:
        return one.source_id in self._gone.get(one.object, ())

    def messages(self, one: WrittenObject) -> int:
        """How many messages of a ticket carry a record that is gone."""
        return sum(number for name, number in Counter(_records(one)).items() if name in self._gone["messages"])

    def _of(self, object: str, names: set[str]) -> set[str]:
        column, sources = _READ[object]
        wanted = sorted(name for name in names if name.startswith(_PREFIXES.get(object, "")))
        read = [table for table in sources if self._warehouse.exists(table)]
        if not wanted or not read:
            return set()
        known = " UNION ALL ".join(f"SELECT {column} AS source_id FROM {table}" for table in read)  # noqa: S608 - our own
        if object in _RECORDS:
            if not self._warehouse.exists("ivinex.versions"):
                return set()
            once = "source_id IN (SELECT source_id FROM ivinex.versions)"
        else:
            once = f"EXISTS (FROM ({known}))"
        rows = self._warehouse.rows(
            f"WITH known AS ({known}) SELECT source_id FROM ({_NAMED}) n "  # noqa: S608 - our own tables
            f"WHERE {once} AND NOT EXISTS (FROM known k WHERE k.source_id = n.source_id)",
            {"names": wanted},
        )
        return {row["source_id"] for row in rows}


def _records(one: WrittenObject) -> list[str]:
    """The activity or task of each message of a ticket; its description and our own notes are the ticket's."""
    return [row.source_id.partition("@")[0].partition("#")[0] for row in one.messages if "@" in row.source_id]
