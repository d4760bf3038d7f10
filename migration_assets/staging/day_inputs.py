"""What the staged rows of a day are made of, as one digest a day: with the same digest, staging gives the same rows.

It belongs here: everything that staging tickets, messages and attachments reads, set-wise and without a call. Who adds
a table to what staging reads adds it here. It does not: the map, the settings and the program, which the caller gives
as `shared`; and what the ledger knows of a day (resources/ledger/day_marks.py).
"""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from migration_assets.ivinex import tables
from migration_assets.ivinex.exports.export_tables import CHANGE_HISTORY
from migration_assets.ivinex.full_scan.daily_slices import ACTIVITIES, FILES, MADE, TICKETS
from migration_assets.staging.mailboxes import TABLE as MAILBOXES
from resources.warehouse import Connection, Warehouse

_TICKETS = "(SELECT partition, collection_type_id, collection_id, source_id FROM ivinex.ticket_sweep t {days}) t"
_DAYS = "WHERE list_contains($days, partition)"
_OF_DAY = {
    "tickets": f"SELECT partition, hash({TICKETS.marks}) AS mark FROM ({TICKETS.select})",
    "activities": f"SELECT partition, hash({ACTIVITIES.marks}) AS mark FROM ({ACTIVITIES.select})",
    "files": f"SELECT partition, hash({FILES.marks}, detail, size, content_type, misnamed) FROM ({FILES.select})",
    "tasks": f"""
        SELECT t.partition, hash(t.source_id, k.source_id, k.content_hash) AS mark
        FROM {_TICKETS} JOIN ivinex.links l ON l.to_source_id = t.source_id AND l.role = 'task_ticket'
        JOIN ivinex.tasks k ON k.source_id = l.from_source_id
    """,
    "links": f"""
        SELECT t.partition, hash(t.source_id, o.far) AS mark FROM {_TICKETS} JOIN (
            SELECT one_source_id AS source_id, other_source_id AS far FROM {tables.OTHER_LINKS.name}
            UNION SELECT other_source_id, one_source_id FROM {tables.OTHER_LINKS.name}
        ) o USING (source_id)
    """,
    "history": f"""
        SELECT t.partition, hash(h.line, h.field, h.old_value, h.new_value, h.changed_by, h.changed_at) AS mark
        FROM {_TICKETS} JOIN {CHANGE_HISTORY.name} h USING (collection_type_id, collection_id)
    """,
    "customers": """
        SELECT s.partition, hash(s.source_id, c.source_id, c.name, c.email, c.channels) AS mark
        FROM (SELECT partition, source_id, contact_source_id FROM staging.tickets {days}) s
        LEFT JOIN (
            SELECT source_id AS contact, source_id FROM staging.customers
            UNION ALL
            SELECT unnest(from_json(merged, '["VARCHAR"]')), source_id FROM staging.customers WHERE merged <> '[]'
        ) k ON k.contact = s.contact_source_id
        LEFT JOIN staging.customers c ON c.source_id = k.source_id
    """,
    # One that waits for its customer may find any of them.
    "unstaged": f"""
        SELECT t.partition, hash(t.source_id, (SELECT sum(hash(source_id, merged)) FROM staging.customers)) AS mark
        FROM {_TICKETS} ANTI JOIN staging.tickets s ON s.source_id = t.source_id AND s.partition = t.partition
    """,
    # A body names other tickets: one that was not there may have come (told as a loss of that day), ...
    "named": f"""
        SELECT DISTINCT t.partition, hash((SELECT sum(hash(source_id, partition <> 'none'))
            FROM ivinex.ticket_sweep)) AS mark
        FROM {_TICKETS} WHERE list_contains($naming, t.partition)
    """,
}
_OF_ALL = {
    # ... and any that was there may have gone.
    "gone": """
        SELECT hash(v.source_id) AS mark FROM (SELECT DISTINCT source_id, collection_type_id FROM ivinex.versions) v
        SEMI JOIN (SELECT DISTINCT collection_type_id FROM ivinex.ticket_sweep) USING (collection_type_id)
        ANTI JOIN (SELECT source_id FROM ivinex.ticket_sweep WHERE partition <> 'none') t USING (source_id)
    """,
    "fields": "SELECT hash(r) AS mark FROM ivinex.fields r",
    "people": "SELECT hash(source_id, user_id, username, name, email, active, title, origin) AS mark FROM ivinex.users",
    "users": "SELECT hash(source_id, name, email, disposition) AS mark FROM staging.users",
    "teams": "SELECT hash(r) AS mark FROM staging.teams r",
    "custom_fields": "SELECT hash(r) AS mark FROM staging.custom_fields r",
    "tags": "SELECT hash(r) AS mark FROM staging.tags r",
    "mailboxes": f"SELECT hash(address) AS mark FROM {MAILBOXES.name}",
}
_CUSTOMERS = "SELECT hash(source_id, name, email, channels, merged) AS mark FROM staging.customers"
_OF_STAGED = ("customers", "unstaged", "named")
"""Parts that need to know how a day was staged last."""
_NEEDED = {
    "links": tables.OTHER_LINKS.name,
    "history": CHANGE_HISTORY.name,
    "mailboxes": MAILBOXES.name,
    "teams": "staging.teams",
}
"""Tables that a site may be without."""
_TABLES = (
    *("ivinex.fields", "ivinex.users", "ivinex.versions"),
    *("staging.users", "staging.custom_fields", "staging.tags", "staging.customers", "staging.tickets"),
)


def day_inputs(warehouse: Warehouse, days: Sequence[str], naming: Collection[str], shared: str) -> dict[str, str]:
    """Staged day -> digest; {} where something was never read or staged, so that nothing can be said.

    Args:
        naming: days of which a body names a ticket that is not carried over.
        shared: digest of what is none of the warehouse's, and decides over every day.
    """
    with warehouse.transaction() as tx:
        if not all(tx.exists(name) for name in _TABLES):
            return {}
        return _digests(tx, days, shared, _OF_ALL, _OF_DAY, naming)


def before_staging(warehouse: Warehouse, days: Sequence[str], shared: str) -> dict[str, str]:
    """Day -> digest of what it is about to be staged from, with all customers in place of its own."""
    with warehouse.transaction() as tx:
        if not all(tx.exists(name) for name in _TABLES if name != "staging.tickets"):
            return {}
        of_day = {name: sql for name, sql in _OF_DAY.items() if name not in _OF_STAGED}
        return _digests(tx, days, shared, _OF_ALL | {"customers": _CUSTOMERS}, of_day)


def _digests(
    tx: Connection,
    days: Sequence[str],
    shared: str,
    of_all: Mapping[str, str],
    of_day: Mapping[str, str],
    naming: Collection[str] = (),
) -> dict[str, str]:
    tx.ensure(*MADE)
    there = {name for name in (*of_day, *of_all) if name not in _NEEDED or tx.exists(_NEEDED[name])}
    same = [shared, *(f"{name} {_all(tx, sql)}" for name, sql in sorted(of_all.items()) if name in there)]
    parts = {day: [*same] for day in days}
    for name, sql in sorted(of_day.items()):
        if name in there:
            for row in _each(tx, sql, {"days": list(days)} | ({"naming": sorted(naming)} if name == "named" else {})):
                parts[row["partition"]].append(f"{name} {row['rows']} {row['marks']}")
    return {day: hashlib.sha256("\n".join(found).encode()).hexdigest() for day, found in parts.items()}


def _all(tx: Connection, sql: str) -> str:
    return str(tx.scalar(f"SELECT count(*) || ' ' || coalesce(sum(mark), 0) FROM ({sql})"))


def _each(tx: Connection, sql: str, given: dict[str, list[str]]) -> list[dict[str, Any]]:
    return tx.rows(
        "SELECT partition, count(*) AS rows, sum(mark)::VARCHAR AS marks "
        f"FROM ({sql.replace('{days}', _DAYS)}) r(partition, mark) GROUP BY 1",
        given,
    )
