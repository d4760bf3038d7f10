"""What stands in Gorgias where it is not as staged: rows that are staged no more, and fields that a delta left.

From the one model that a delta writes (gorgias.written, gorgias.expected). It belongs here: bringing both into the
shape of the expected rows. It does not: the staged side (expected_tickets.py, expected_objects.py) and what a
difference means (comparator.py).
"""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

from collections.abc import Iterator
from typing import Any

import orjson
import pandas as pd

from migration_assets.gorgias.delta.conflict_resolutions import ticket_of
from migration_assets.gorgias.expected_differences import EXPECTED, whole_of
from migration_assets.gorgias.field_state import restored
from migration_assets.gorgias.merge_base import WRITTEN
from migration_assets.reconciliation.comparison.comparator import IDS, SCOPE, has_left
from migration_assets.reconciliation.comparison.expected_files import NOTED_FILES
from migration_assets.reconciliation.target.target_tables import CUSTOMERS, DEFINITIONS, TICKETS
from resources.warehouse import Connection, Table

STANDING = Table(
    "reconciliation.standing",
    {
        "object": ("VARCHAR", "as in gorgias.expected"),
        "source_id": ("VARCHAR", "a record that is staged no more"),
        "external_id": ("VARCHAR", "as it was written"),
        "field": ("VARCHAR", "one of its fields"),
        "value": ("VARCHAR", "JSON of what was written"),
    },
)
_TEXT, _JSON = "k.value ->> '$'", "k.value"
_NUMBER = "(k.value ->> '$')::BIGINT"
_FLAG, _TIME = "(k.value ->> '$')::BOOLEAN", "(k.value ->> '$')::TIMESTAMPTZ"
_SURVIVOR = f"""coalesce(
    (SELECT any_value(c.survivor_id) FROM {CUSTOMERS.name} c WHERE c.gorgias_id = {_NUMBER}),
    (SELECT any_value(i.gorgias_id) FROM {WRITTEN.name} x
     JOIN {IDS.name} i ON i.object = 'customers' AND i.source_id = x.source_id
     WHERE x.object = 'customers' AND try_cast(x.base ->> '$.merged' AS BIGINT) = {_NUMBER}),
    {_NUMBER})"""
_BY_EXTERNAL_ID = f"""(
    SELECT coalesce(json_group_object(i.source_id, e.value), '{{}}') FROM json_each(k.value) e
    JOIN {IDS.name} i ON i.object = 'custom_fields' AND i.gorgias_id = try_cast(e.key AS BIGINT))"""
_LIST = "coalesce(list_sort(k.value::JSON::VARCHAR[]), [])"
_TIMES = {f"{name}_datetime": [(f"{name}_at", _TIME)] for name in ("created", "opened", "closed", "updated", "sent")}
SPELLED: dict[str, dict[str, list[tuple[str, str]]]] = {
    "tickets": {
        **{name: [(name, _TEXT)] for name in ("subject", "status", "priority", "channel")},
        "from_agent": [("from_agent", f"coalesce({_FLAG}, false)")],
        "customer": [("customer_id", _NUMBER), ("survivor_id", _SURVIVOR)],
        "assignee_user": [("assignee_id", _NUMBER)],
        "assignee_team": [("team_id", _NUMBER)],
        "tags": [("tags", _LIST)],
        "custom_fields": [("field_values", _BY_EXTERNAL_ID)],
        "meta": [("meta", _JSON)],
        **{name: _TIMES[name] for name in _TIMES if name != "sent_datetime"},
    },
    "messages": {
        **{name: [(name, _TEXT)] for name in ("channel", "subject", "body_text", "body_html", "message_id")},
        **{name: [(name, f"coalesce({_FLAG}, false)")] for name in ("from_agent", "public")},
        "sender": [("sender_id", _NUMBER), ("sender_survivor", _SURVIVOR)],
        "receiver": [("receiver_id", _NUMBER), ("receiver_survivor", _SURVIVOR)],
        "source": [("source", _JSON)],
        "attachments": [("files", NOTED_FILES)],
        "meta": [("meta", "nullif(k.value, '{}')")],
        **{name: _TIMES[name] for name in ("created_datetime", "sent_datetime")},
    },
    "customers": {
        **{name: [(name, _TEXT)] for name in ("name", "email")},
        "channels": [("channels", _LIST), ("preferred", "NULL")],
        "custom_fields": [("field_values", _BY_EXTERNAL_ID)],
        "data": [("data", _JSON)],
    },
    "users": {name: [(name, _TEXT)] for name in ("email", "name", "role")},
    "teams": {"name": [("name", _TEXT)], "members": [("members", _JSON)]},
    "tags": {"description": [("description", _TEXT)]},
    "custom_fields": {
        **{name: [(name, _TEXT)] for name in ("label", "description", "data_type", "input_type", "object_type")},
        "choices": [("choices", _JSON)],
    },
}
"""Object -> field of the model -> the columns of an expected row that hold it, and how."""


def stand_in(tx: Connection, name: str, table: str) -> None:
    """Add what is staged no more to the table of expected rows, and copy the rows of which a delta left something."""
    tx.ensure(WRITTEN, EXPECTED)
    tx.replace(STANDING, pd.DataFrame(list(_standing(tx, name, table)), columns=list(STANDING.columns)))
    if tx.scalar(f"SELECT count(*) FROM {STANDING.name}"):
        tx.execute(_BARE[name if name in _BARE else "definitions"].format(table=table, name=name))
        _apply(tx, name, table, STANDING)
    _out_of_scope(tx, name, table)
    if has_left(tx, name):
        copy = table.replace("asked_", "expected_")
        tx.execute(
            f"CREATE OR REPLACE TEMP TABLE {copy} AS FROM {table} a "
            f"WHERE EXISTS (FROM {EXPECTED.name} e WHERE e.object = '{name}' AND e.source_id = a.source_id)"
        )
        _apply(tx, name, copy, EXPECTED)


def _apply(tx: Connection, name: str, table: str, values: Table) -> None:
    fields = tx.rows(f"SELECT DISTINCT field FROM {values.name} WHERE object = ?", [name])
    for row in fields:
        for column, value in SPELLED[name].get(row["field"], ()):
            tx.execute(
                f"UPDATE {table} AS a SET {column} = {value} FROM (SELECT source_id, nullif(value, 'null') AS value "
                f"FROM {values.name} WHERE object = $name AND field = $field) k WHERE k.source_id = a.source_id",
                {"name": name, "field": row["field"]},
            )


def _standing(tx: Connection, name: str, table: str) -> Iterator[tuple[str, str, str, str, str]]:
    """Rows of STANDING: what was written and is staged no more, from its base."""
    gone = [
        row["source_id"]
        for row in tx.rows(
            f"SELECT source_id FROM {SCOPE.name} s WHERE s.object = ? "
            f"AND NOT EXISTS (FROM {table} a WHERE a.source_id = s.source_id)",
            [_BOOKED_AS.get(name, name)],
        )
    ]
    if not gone:
        return
    messages = name == "messages"
    parents = {source_id: ticket_of("messages", source_id) for source_id in gone} if messages else {}
    rows = tx.rows(
        "SELECT source_id, base FROM gorgias.written WHERE object = ? AND list_contains(?, source_id)",
        ["tickets" if messages else name, sorted(set(parents.values())) if messages else gone],
    )
    wanted = set(gone)
    for row in rows:
        base: dict[str, Any] = orjson.loads(row["base"] or "null") or {}
        for source_id, external_id, fields in _records(name, row["source_id"], base):
            if source_id in wanted:
                for field, value in fields.items():
                    yield name, source_id, external_id, field, orjson.dumps(value).decode()


def _records(name: str, source_id: str, base: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(source id, external id, field -> value) of what a base tells."""
    if not base:
        return
    if name == "messages":
        for external_id, one in base["messages"].items():
            yield one["source_id"], external_id, whole_of(name, restored(one["state"]))
    elif name in {"tickets", "customers"}:
        state = base["ticket" if name == "tickets" else "customer"]
        if state:
            yield source_id, source_id, whole_of(name, restored(state))
    else:
        yield source_id, source_id, base


_BOOKED_AS = {"customers": "contacts"}
_NAMED = (
    f"(SELECT DISTINCT source_id, external_id FROM {STANDING.name}) n JOIN {SCOPE.name} w ON w.source_id = n.source_id"
)
_BARE = {
    "tickets": f"""
        INSERT INTO {{table}} BY NAME
        SELECT w.partition, n.source_id, n.external_id, w.gorgias_id, w.adopted, h.gorgias_id IS NOT NULL AS read,
               h.found, w.settled_at, 'api' AS via, true AS imported, false AS spam, true AS departed,
               '{{{{}}}}' AS field_values
        FROM {_NAMED} AND w.object = 'tickets' LEFT JOIN {TICKETS.name} h ON h.gorgias_id = w.gorgias_id
    """,
    "messages": f"""
        INSERT INTO {{table}} BY NAME
        SELECT w.partition, n.source_id, n.external_id, w.gorgias_id, t.gorgias_id AS ticket_id,
               t.source_id AS ticket_source_id, t.read, 'api' AS via, false AS failed,
               coalesce(x.undelivered, false) AS undelivered, coalesce(x.files, []) AS files
        FROM {_NAMED} AND w.object = 'messages'
        JOIN asked_tickets t ON t.source_id = CASE WHEN contains(n.source_id, '@')
            THEN regexp_extract(n.source_id, '@([^@]*)$', 1) ELSE split_part(n.source_id, '#', 1) END
        LEFT JOIN asked_files x ON x.source_id = n.source_id
    """,
    "customers": f"""
        INSERT INTO {{table}} BY NAME
        SELECT '*' AS partition, n.source_id, n.external_id, w.gorgias_id, w.adopted,
               h.gorgias_id IS NOT NULL AS read, h.found, h.survivor_id, [] AS brought_channels,
               '{{{{}}}}' AS field_values
        FROM {_NAMED} AND w.object = 'contacts' LEFT JOIN {CUSTOMERS.name} h ON h.gorgias_id = w.gorgias_id
    """,
    "definitions": f"""
        INSERT INTO {{table}} BY NAME
        SELECT '*' AS partition, n.source_id, w.gorgias_id, w.adopted, h.gorgias_id IS NOT NULL AS present,
               EXISTS (FROM {DEFINITIONS.name} r WHERE r.object = '{{name}}') AS read
        FROM {_NAMED} AND w.object = '{{name}}'
        LEFT JOIN {DEFINITIONS.name} h ON h.object = '{{name}}' AND h.gorgias_id = w.gorgias_id
    """,
}


def _out_of_scope(tx: Connection, name: str, table: str) -> None:
    """What was written and of which nothing is known any more: deleted at the source, or a note of ours not made again.

    A row that was refused since, and whose base is not known, stays in scope and is missed.
    """
    gone = f"s.object = '{_BOOKED_AS.get(name, name)}' AND NOT EXISTS (FROM {table} a WHERE a.source_id = s.source_id)"
    if name == "tickets" and tx.exists("ivinex.ticket_sweep"):
        gone += " AND NOT EXISTS (FROM ivinex.ticket_sweep t WHERE t.source_id = s.source_id)"
    elif name == "messages":
        sources = [one for one in ("ivinex.activity_sweep", "ivinex.tasks") if tx.exists(one)]
        records = " UNION ALL ".join(f"SELECT source_id FROM {one}" for one in sources) or "SELECT NULL AS source_id"
        gone += (
            " AND (contains(s.source_id, '#') OR split_part(s.source_id, '@', 1) NOT IN "
            f"(SELECT source_id FROM ({records}) WHERE source_id IS NOT NULL) OR NOT EXISTS "
            "(FROM asked_tickets t WHERE t.source_id = split_part(s.source_id, '@', 2)))"
        )
    elif name not in {"customers", "users", "teams", "tags", "custom_fields"}:
        return
    tx.execute(f"DELETE FROM {SCOPE.name} s WHERE {gone}")
