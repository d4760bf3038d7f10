"""What differs between the source as swept last and what was loaded, by record and created day. Set-wise SQL, no call.

Three questions, so that nothing hangs on a modified date or on the order in which somebody materialized things:
is the record still as in the day's slice that was staged; does the ticket still belong to the customer that it was
staged with; is the staged row the one that was merged into Gorgias last. It belongs here: these. It does not: the
list itself (resources/ledger/changes.py) and what a change does to Gorgias (the gorgias stage).
"""

from typing import Any

from migration_assets.gorgias.delta.conflict_resolutions import decisions, ticket_of
from migration_assets.gorgias.merge_base import WRITTEN, digests_of
from migration_assets.ivinex import tables
from migration_assets.partitions import NO_PARTITION
from resources.ledger import Ledger
from resources.ledger.records import WRITTEN as WRITTEN_STATES
from resources.ledger.records import State, WriteKey
from resources.warehouse import Warehouse

_KIND = "CASE WHEN o.source_id IS NULL THEN 'new' WHEN n.source_id IS NULL THEN 'gone' ELSE 'changed' END AS kind"
_TICKETS = f"""
    SELECT 'tickets' AS object, coalesce(n.source_id, o.source_id) AS source_id, {_KIND},
           coalesce(n.partition, o.partition) AS partition
    FROM (SELECT * FROM ivinex.ticket_sweep WHERE partition <> '{NO_PARTITION}') n
    FULL JOIN ivinex.tickets o ON o.source_id = n.source_id AND o.partition = n.partition
    WHERE n.content_hash IS DISTINCT FROM o.content_hash
"""  # noqa: S608
_ACTIVITIES = f"""
    SELECT 'activities' AS object, coalesce(n.source_id || '@' || n.ticket, o.source_id || '@' || o.ticket_source_id)
           AS source_id, {_KIND}, coalesce(n.partition, o.partition) AS partition
    FROM (
        SELECT t.partition, t.source_id AS ticket, a.source_id, a.content_hash
        FROM ivinex.links l JOIN ivinex.activity_sweep a ON a.source_id = l.from_source_id
        JOIN ivinex.ticket_sweep t ON t.source_id = l.to_source_id
        WHERE l.role = 'activity_ticket' AND t.partition <> '{NO_PARTITION}'
    ) n FULL JOIN ivinex.activities o
        ON o.source_id = n.source_id AND o.ticket_source_id = n.ticket AND o.partition = n.partition
    WHERE n.content_hash IS DISTINCT FROM o.content_hash
"""  # noqa: S608
_CUSTOMER = """
    WITH known AS (
        SELECT source_id AS contact, source_id FROM staging.customers
        UNION ALL
        SELECT unnest(from_json(merged, '["VARCHAR"]')), source_id FROM staging.customers WHERE merged <> '[]'
    )
    SELECT 'tickets' AS object, t.source_id, 'customer' AS kind, t.partition
    FROM staging.tickets t LEFT JOIN known k ON k.contact = t.contact_source_id
    WHERE k.source_id IS DISTINCT FROM t.customer_source_id
"""
_LINKED = f"""
    WITH ends AS (
        SELECT one_source_id AS source_id, other_source_id AS far FROM {tables.OTHER_LINKS.name}
        UNION ALL SELECT other_source_id, one_source_id FROM {tables.OTHER_LINKS.name}
    )
    SELECT 'tickets' AS object, t.source_id, 'linked' AS kind, t.partition
    FROM staging.tickets t LEFT JOIN (
        SELECT source_id, list_sort(list(DISTINCT far)) AS far FROM ends WHERE far <> source_id GROUP BY source_id
    ) l USING (source_id)
    WHERE coalesce(from_json(json_extract(t.meta, '$.ivinex_links'), '["VARCHAR"]'), [])
        <> coalesce(list_filter(l.far, lambda one: one IS DISTINCT FROM t.contact_source_id), [])
"""  # noqa: S608
_TASKS = """
    SELECT 'tasks' AS object, coalesce(n.source_id, o.source_id) AS source_id,
           CASE WHEN o.source_id IS NULL THEN 'new' WHEN n.source_id IS NULL THEN 'gone' ELSE 'changed' END AS kind,
           coalesce(n.partition, o.partition) AS partition
    FROM (
        SELECT t.partition, k.source_id || '@' || t.source_id AS source_id, k.content_hash
        FROM staging.tickets t JOIN ivinex.links l ON l.to_source_id = t.source_id AND l.role = 'task_ticket'
        JOIN ivinex.tasks k ON k.source_id = l.from_source_id
    ) n FULL JOIN (SELECT * FROM staging.messages WHERE kind = 'task') o ON o.source_id = n.source_id
    WHERE n.content_hash IS DISTINCT FROM o.source_version
"""
_GONE = """
    SELECT w.object, w.source_id, w.partition FROM gorgias.written w
    WHERE w.object = 'tickets' AND NOT EXISTS (SELECT 1 FROM ivinex.ticket_sweep s WHERE s.source_id = w.source_id)
    UNION ALL
    SELECT w.object, w.source_id, w.partition FROM gorgias.written w
    WHERE w.object = 'customers' AND w.source_id IN (SELECT source_id FROM ivinex.versions)
      AND NOT EXISTS (SELECT 1 FROM ivinex.contacts c WHERE c.source_id = w.source_id)
"""


def watermark(warehouse: Warehouse) -> str:
    """The newest sweep, as a text that sorts by time; '' where nothing was swept."""
    at = warehouse.scalar("SELECT max(started_at) FROM ivinex.sweeps") if warehouse.exists("ivinex.sweeps") else None
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}" if at else ""


def anything_loaded(ledger: Ledger) -> bool:
    """Before the first load everything would be new, and `migrate run` moves it."""
    counts = ledger.known_writes.write_counts()
    return bool(
        ((counts["object"] == "tickets") & counts["state"].isin([str(state) for state in WRITTEN_STATES])).any()
    )


def changes(warehouse: Warehouse, ledger: Ledger) -> list[dict[str, Any]]:
    """object, source_id, kind and partition of every record that a delta has to look at.

    Kinds: new, changed and gone at the source; customer (the ticket moved to another one); linked (it is linked with
    other records than before); waiting (staged, and not
    merged into Gorgias yet); decided (a person resolved a conflict).
    """
    warehouse.ensure(WRITTEN, tables.TICKETS, tables.ACTIVITIES)
    found = warehouse.rows(f"{_TICKETS} UNION ALL {_ACTIVITIES}")
    if warehouse.exists("staging.tickets") and warehouse.exists("staging.customers"):
        found += warehouse.rows(_CUSTOMER)
        found += warehouse.rows(_LINKED) if warehouse.exists(tables.OTHER_LINKS) else []
        found += warehouse.rows(_TASKS) if warehouse.exists("ivinex.tasks") else []
        found += _waiting(warehouse, ledger)
    return found + _decided(warehouse, ledger)


def deleted_since(warehouse: Warehouse) -> list[dict[str, Any]]:
    """object, source_id and partition of what we wrote and the source does not hold any more."""
    return warehouse.rows(_GONE)


def _waiting(warehouse: Warehouse, ledger: Ledger) -> list[dict[str, Any]]:
    """Staged rows that differ from what was merged last; without a base only those that are in no quarantine."""
    rows: list[dict[str, Any]] = []
    for object in ("tickets", "customers"):
        digests, _ = digests_of(object, None)
        differing = warehouse.rows(
            f"SELECT s.source_id, s.partition, w.base IS NULL AS bare FROM ({digests}) s "  # noqa: S608
            "LEFT JOIN gorgias.written w ON w.object = $object AND w.source_id = s.source_id "
            "WHERE w.staged IS DISTINCT FROM s.staged",
            {"object": object},
        )
        stuck = _stuck(ledger, object, [row["source_id"] for row in differing if row["bare"]])
        rows += [
            {"object": object, "source_id": row["source_id"], "kind": "waiting", "partition": row["partition"]}
            for row in differing
            if row["source_id"] not in stuck
        ]
    return rows


def _stuck(ledger: Ledger, object: str, bare: list[str]) -> set[str]:
    """Rows that no delta can move: refused, in conflict, or without a customer."""
    if not bare:
        return set()
    known = ledger.known_writes.known([WriteKey(object, source_id, "create") for source_id in bare])
    ended = {key.source_id for key, row in known.items() if row.state in {State.REFUSED, State.CONFLICT}}
    waiting = ledger.outcomes.outcomes_of("tickets" if object == "tickets" else "contacts")
    return ended | set(waiting.loc[waiting["outcome"] == "quarantined", "source_id"])


def _decided(warehouse: Warehouse, ledger: Ledger) -> list[dict[str, Any]]:
    wanted = {ticket_of(object, name) for object, name in decisions(ledger)}
    rows = warehouse.rows(
        "SELECT object, source_id, 'decided' AS kind, partition FROM gorgias.written "
        "WHERE object = 'tickets' AND list_contains(?, source_id)",
        [sorted(wanted)],
    )
    customers = {source_id for source_id, _, _ in ledger.conflicts.resolutions("customers")}
    return rows + [
        {"object": "customers", "source_id": name, "kind": "decided", "partition": None} for name in sorted(customers)
    ]
