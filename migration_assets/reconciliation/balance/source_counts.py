"""The source side of the books: every row that the source holds, counted from the warehouse and never from the ledger.

It belongs here: what counts as one row of each object. It does not: what became of it (balance.py).
"""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

from collections.abc import Iterator

import pandas as pd

from migration_assets.ivinex.tables import UNREADABLE
from migration_assets.mapping.model import Mapping
from migration_assets.partitions import NO_PARTITION
from migration_assets.reconciliation.balance.file_counts import count_files, count_files_elsewhere, linked
from resources.warehouse import Connection, Table

OBJECTS = (
    *("users", "teams", "custom_fields", "tags", "organizations", "contacts"),
    *("tickets", "activities", "tasks", "messages", "files"),
    *("workflows", "saved_views", "change_history"),
)
PARTITIONED = ("tickets", "messages", "files")

UNITS = Table(
    "reconciliation.units",
    {
        "object": ("VARCHAR", "name of the object in the balance"),
        "source_id": ("VARCHAR", "the row's id, as the ledger records it"),
        "partition": ("VARCHAR", "the ticket's created day or none; NULL for objects without days"),
        "parent": ("VARCHAR", "the ticket that a message or file goes with"),
        "activity": ("VARCHAR", "the activity or task that a message carries"),
        "fallback": ("VARCHAR", "outcome where the ledger has none of its own: the map's, or an empty description's"),
        "reason": ("VARCHAR", "why that"),
    },
)

_WHOLE = {
    "users": ("ivinex.users", "source_id"),
    "teams": ("ivinex.groups", "'ivinex:group:' || group_id"),
    "tags": ("staging.tags", "name"),
    "organizations": ("ivinex.organizations", "source_id"),
    "contacts": ("ivinex.contacts", "source_id"),
    "activities": ("ivinex.activity_sweep", "source_id"),
    "tasks": ("ivinex.tasks", "source_id"),
}
_DOCUMENTED = {
    "workflows": "no place in Gorgias, documented: handoff/workflow_inventory",
    "saved_views": "no place in Gorgias, documented: handoff/saved_views_guide",
    "change_history": "no place in Gorgias, exported: handoff/change_history_export (the latest are in a note)",
}
"""Objects that are handed over as documents; their tables have the object's name."""
_VISIBLE = (
    "regexp_replace(regexp_replace({}, '<[^>]*>', '', 'g'), "
    r"'(&nbsp;|[\s\x00-\x1f\x7f-\x9f\x{{a0}}\x{{feff}}])', '', 'g')"
)


def count_units(tx: Connection, mapping: Mapping) -> None:
    """Fill reconciliation.units.

    Args:
        mapping: names the custom fields and each tab's description.
    """
    tx.replace(UNITS, pd.DataFrame(columns=list(UNITS.columns)))
    _count_whole(tx, mapping)
    _count_days(tx, mapping)


def _count_whole(tx: Connection, mapping: Mapping) -> None:
    for name, (table, column) in _WHOLE.items():
        if tx.exists(table):
            tx.execute(
                f"INSERT INTO {UNITS.name} BY NAME "
                f"SELECT DISTINCT '{name}' AS object, {column} AS source_id FROM {table}"
            )
    for name in ("organizations", "contacts", "activities", "tasks"):
        _count_unreadable(tx, name, None)
    for name, reason in _DOCUMENTED.items():
        if tx.exists(f"ivinex.{name}"):
            tx.execute(
                f"INSERT INTO {UNITS.name} BY NAME SELECT '{name}' AS object, source_id, 'skipped' AS fallback, "
                f"'{reason}' AS reason FROM ivinex.{name}"
            )
    count_files_elsewhere(tx, UNITS)
    tx.append(UNITS, _fields(tx, mapping))


def _count_days(tx: Connection, mapping: Mapping) -> None:
    if not tx.exists("ivinex.ticket_sweep"):
        return
    tx.execute(
        f"INSERT INTO {UNITS.name} BY NAME SELECT 'tickets' AS object, t.source_id, "
        f"coalesce(t.partition, 'none') AS partition FROM ivinex.ticket_sweep t"
    )
    _count_unreadable(tx, "tickets", NO_PARTITION)
    for role, table in linked(tx).items():
        tx.execute(
            f"""
            INSERT INTO {UNITS.name} BY NAME
            SELECT DISTINCT 'messages' AS object, a.source_id || '@' || t.source_id AS source_id,
                   coalesce(t.partition, 'none') AS partition, t.source_id AS parent, a.source_id AS activity
            FROM ivinex.links l
            JOIN {table} a ON a.source_id = l.from_source_id
            JOIN ivinex.ticket_sweep t ON t.source_id = l.to_source_id
            WHERE l.role = $role
            """,
            {"role": role},
        )
    count_files(tx, UNITS)
    for tab, field, always in description_fields(mapping):
        value = "json_extract_string(t.raw, $path)"
        tx.execute(
            f"""
            INSERT INTO {UNITS.name} BY NAME
            SELECT 'messages' AS object, t.source_id || '#description' AS source_id,
                   coalesce(t.partition, 'none') AS partition, t.source_id AS parent,
                   CASE WHEN {_VISIBLE.format(value)} = '' THEN 'skipped' END AS fallback,
                   CASE WHEN {_VISIBLE.format(value)} = '' THEN 'a description without visible text' END AS reason
            FROM ivinex.ticket_sweep t
            WHERE t.collection_type_id = $tab AND ($always OR coalesce({value}, '') <> '')
            """,
            {"tab": tab, "path": f'$."{field}"', "always": always},
        )


def _count_unreadable(tx: Connection, name: str, partition: str | None) -> None:
    """Records that the last sweep could not read, and that no earlier one has left in the source's tables."""
    if tx.exists(UNREADABLE):
        tx.execute(
            f"INSERT INTO {UNITS.name} BY NAME "
            "SELECT object, source_id, $partition AS partition, 'quarantined' AS fallback, reason "
            f"FROM {UNREADABLE.name} r WHERE object = $name AND NOT EXISTS "
            f"(SELECT 1 FROM {UNITS.name} u WHERE u.object = r.object AND u.source_id = r.source_id)",
            {"name": name, "partition": partition},
        )


def description_fields(mapping: Mapping) -> Iterator[tuple[str, str, bool]]:
    """(CollectionTypeID, machine name, an empty one has a default) of the field that is a ticket's first message."""
    for role, _, item in mapping.each("standard"):
        if role == "ticket" and item.target.name == "description":
            yield item.collection_type_id, item.source, item.missing == "default"


def _fields(tx: Connection, mapping: Mapping) -> pd.DataFrame:
    """Data fields of the roles that the map speaks of. One that becomes no custom field is skipped, by its word."""
    tabs = [tab for tab, role in mapping.tabs().items() if mapping.fields.get(role)]
    targets = {item.external_id: item.target for _, _, item in mapping.each()}
    wanted = {item.external_id for _, _, item in mapping.each("custom_field")}
    if tx.exists("ivinex.fields"):
        found = tx.query(
            "SELECT DISTINCT 'ivinex:field:' || collection_type_id || ':' "
            "|| coalesce(nullif(field_id, ''), field_name) AS source_id FROM ivinex.fields "
            "WHERE list_contains(?, collection_type_id) AND kind NOT IN ('default', 'layout')",
            [tabs],
        )
        wanted |= set(found["source_id"])
    wanted_in_order = sorted(wanted)
    frame = pd.DataFrame({"object": "custom_fields", "source_id": wanted_in_order})
    told = [targets.get(source_id) for source_id in wanted_in_order]
    elsewhere = [target.to if target and target.to != "custom_field" else None for target in told]
    frame["fallback"] = pd.Series(["skipped" if place else None for place in elsewhere], dtype="str")
    frame["reason"] = pd.Series([f"mapped to {place}" if place else None for place in elsewhere], dtype="str")
    return frame
