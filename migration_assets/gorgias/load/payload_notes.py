"""gorgias.payloads: of which rows and ids the digest of a request was made, so that a plan needs no body to compare.

A digest of everything that a request is built from is computed in the warehouse for all rows at once; where it is the
one that was noted, the request would have the noted digest, and only elsewhere is it built again. It belongs here:
what that is for tickets and for customers, and the table. It does not: building a request (ticket_payload.py,
customers.py), and what is concluded from its digest (resources/gorgias/writer/planner.py).
"""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

import hashlib
import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pandas as pd

from checks.schemas.attachments import SCHEMA as ATTACHMENTS
from checks.table import table_of
from migration_assets.gorgias.attachments import ticket_files
from migration_assets.gorgias.load import customers, ticket_payload
from migration_assets.gorgias.load.ticket_payload import TargetIds
from resources.gorgias import wire
from resources.gorgias.wire import MAX_MESSAGES, MAX_TICKET_BYTES
from resources.warehouse import Connection, Table, Warehouse

PAYLOADS = Table(
    "gorgias.payloads",
    {
        "object": ("VARCHAR", "tickets or customers"),
        "source_id": ("VARCHAR", "the staged row"),
        "made_of": ("VARCHAR", "digest of the rows, ids, map and program that its create was built from"),
        "payload_hash": ("VARCHAR", "digest of that create, as the ledger keeps it"),
    },
)
TARGET_IDS = Table(
    "gorgias.target_ids",
    {
        "object": ("VARCHAR", "customers, users, teams or custom_fields"),
        "source_id": ("VARCHAR", "what rows refer to"),
        "gorgias_id": ("BIGINT", "its id in the account"),
    },
)
_ID = "LEFT JOIN gorgias.target_ids {name} ON {name}.object = {object} AND {name}.source_id = {of}"
_TICKETS = f"""
    WITH m AS (
        SELECT m.partition, m.ticket_source_id, count(*) AS rows,
               sum(strlen(coalesce(m.body_text, '')) + strlen(coalesce(m.body_html, ''))) AS size,
               md5(string_agg(md5(to_json(m)::VARCHAR) || ' ' || coalesce(s.gorgias_id, $fallback) || ' '
                   || coalesce(r.gorgias_id, 0), '' ORDER BY m.position, m.source_id)) AS digest
        FROM staging.messages m
        {_ID.format(name="s", object="if(m.sender_type = 'user', 'users', 'customers')", of="m.sender_source_id")}
        {_ID.format(name="r", object="if(m.receiver_type = 'user', 'users', 'customers')", of="m.receiver_source_id")}
        WHERE list_contains($days::VARCHAR[], m.partition) GROUP BY ALL
    ), a AS (
        SELECT s.partition, s.ticket_source_id,
               string_agg(md5(to_json(s)::VARCHAR), ',' ORDER BY s.source_id) AS files,
               bool_or(list_contains($missing::VARCHAR[], s.sha256)) AS waits
        FROM staging.attachments s WHERE list_contains($days::VARCHAR[], s.partition) GROUP BY ALL
    ), f AS (
        SELECT k.partition, k.source_id,
               string_agg(k.key || ' ' || coalesce(f.gorgias_id, 0), ',' ORDER BY k.key) AS ids
        FROM (SELECT partition, source_id, unnest(json_keys(coalesce(field_values, '{{}}'))) AS key
            FROM staging.tickets WHERE list_contains($days::VARCHAR[], partition)) k
        {_ID.format(name="f", object="'custom_fields'", of="k.key")} GROUP BY ALL
    )
    SELECT t.source_id, t.partition,
           -- What is cut to the size of a call depends on more than these rows; one that waits is not planned at all.
           if(c.gorgias_id IS NULL OR a.waits OR m.rows > {MAX_MESSAGES} OR m.size > {MAX_TICKET_BYTES // 8}, NULL,
               md5(concat_ws(chr(10), $version, to_json(t)::VARCHAR, m.digest, coalesce(a.files, ''),
                   coalesce(f.ids, ''), c.gorgias_id, coalesce(u.gorgias_id, 0), coalesce(g.gorgias_id, 0)))) AS made_of
    FROM staging.tickets t
    LEFT JOIN m ON m.partition = t.partition AND m.ticket_source_id = t.source_id
    LEFT JOIN a ON a.partition = t.partition AND a.ticket_source_id = t.source_id
    LEFT JOIN f ON f.partition = t.partition AND f.source_id = t.source_id
    {_ID.format(name="c", object="'customers'", of="t.customer_source_id")}
    {_ID.format(name="u", object="'users'", of="t.assignee_source_id")}
    {_ID.format(name="g", object="'teams'", of="t.team_source_id")}
    WHERE list_contains($days::VARCHAR[], t.partition)
"""
_CUSTOMERS = """
    SELECT c.source_id, NULL AS partition, md5(concat_ws(chr(10), $version, to_json(c)::VARCHAR)) AS made_of
    FROM staging.customers c
"""


def _code(*modules: ModuleType) -> str:
    """A digest of the programs that build a request: whatever is changed there, it is built again."""
    return hashlib.sha256("".join(inspect.getsource(module) for module in modules).encode()).hexdigest()[:12]


BUILDERS = {"tickets": _code(ticket_payload, ticket_files, wire), "customers": _code(customers, wire)}
"""Object -> version of what builds its requests."""


@dataclass(frozen=True)
class Planned:
    """A staged row.

    Attributes:
        made_of: what its create is built from; None where that cannot be told from rows, and it must be built.
        payload_hash: the noted digest of its create, where that was built from the same; else None.
    """

    source_id: str
    partition: str | None
    made_of: str | None
    payload_hash: str | None


def _set_target_ids(tx: Connection, ids: TargetIds) -> None:
    """Tell the warehouse the ids that requests refer to."""
    objects = {"customers": ids.customers, "users": ids.users, "teams": ids.teams, "custom_fields": ids.fields}
    rows = [(name, source_id, number) for name, known in objects.items() for source_id, number in known.items()]
    tx.replace(TARGET_IDS, pd.DataFrame(rows, columns=list(TARGET_IDS.columns)).astype({"gorgias_id": "Int64"}))


def planned(
    warehouse: Warehouse,
    object: str,
    ids: TargetIds,
    map_version: str,
    days: Sequence[str] = (),
    missing: Sequence[str] = (),
) -> list[Planned]:
    """Staged rows with what is noted of their requests.

    Args:
        object: tickets or customers.
        days: of tickets.
        missing: contents of files that are neither uploaded nor refused.
    """
    sql = _TICKETS if object == "tickets" else _CUSTOMERS
    given: dict[str, Any] = {"version": f"{map_version} {BUILDERS[object]}"}
    if object == "tickets":
        given |= {"days": list(days), "missing": list(missing), "fallback": ids.fallback_user}
    with warehouse.transaction() as tx:
        tx.ensure(PAYLOADS, table_of(ATTACHMENTS))
        _set_target_ids(tx, ids)
        rows = tx.rows(
            f"SELECT s.source_id, s.partition, s.made_of, p.payload_hash FROM ({sql}) s "
            f"LEFT JOIN {PAYLOADS.name} p ON p.object = $object AND p.source_id = s.source_id "
            "AND p.made_of = s.made_of ORDER BY s.partition, s.source_id",
            given | {"object": object},
        )
    return [Planned(**row) for row in rows]


def note_payloads(
    warehouse: Warehouse, object: str, rows: Iterable[Planned], payload_hashes: Mapping[str, str]
) -> None:
    """Note the digests (source id -> digest) of creates that were built; of rows only whose `made_of` tells all."""
    made = [
        (object, row.source_id, row.made_of, payload_hashes[row.source_id])
        for row in rows
        if row.made_of is not None and row.source_id in payload_hashes
    ]
    if not made:
        return
    frame = pd.DataFrame(made, columns=list(PAYLOADS.columns))
    with warehouse.transaction() as tx:
        tx.ensure(PAYLOADS)
        tx.execute(
            f"DELETE FROM {PAYLOADS.name} WHERE object = ? AND list_contains(?, source_id)",
            [object, frame["source_id"].tolist()],
        )
        tx.append(PAYLOADS, frame)
