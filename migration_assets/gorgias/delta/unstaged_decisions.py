"""Decisions about records that are staged no more: deleted at the source, or without a date that can be read.

No merge comes across them, so what a person said of them is carried out here: a record that may be gone is expected to
be gone, and stays accepted should it ever be staged again. The source has no value to write any more, so `ours` of
what is gone changes nothing, and the next verification asks again. It belongs here: tickets and their messages, and
customers. It does not: messages that are gone from a staged ticket (message_merge.py).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from migration_assets.gorgias.delta.conflict_resolutions import ticket_of
from migration_assets.gorgias.delta.conflict_store import WHOLE_OBJECT
from migration_assets.gorgias.expected_differences import ExpectedDifference, Reason, expect
from migration_assets.partitions import NO_PARTITION
from resources.ledger import Ledger
from resources.ledger.conflicts import THEIRS
from resources.warehouse import Connection, Warehouse

Decided = Mapping[tuple[str, str], Mapping[str, str]]
_TICKETS = f"""
    SELECT source_id, base FROM gorgias.written w
    WHERE object = 'tickets' AND list_contains($names, source_id) AND list_contains($days, partition)
      AND NOT EXISTS (FROM staging.tickets s WHERE s.source_id = w.source_id)
      -- One that moved to another day is staged again with that day.
      AND NOT EXISTS (FROM ivinex.ticket_sweep n WHERE n.source_id = w.source_id
                      AND n.partition NOT IN ('{NO_PARTITION}', w.partition))
"""  # noqa: S608 - our own constant
_CUSTOMERS = """
    SELECT source_id, base FROM gorgias.written w
    WHERE object = 'customers' AND list_contains($names, source_id)
      AND NOT EXISTS (FROM staging.customers s WHERE s.source_id = w.source_id)
"""


def settle_unstaged_tickets(warehouse: Warehouse, ledger: Ledger, decided: Decided, days: Sequence[str]) -> None:
    """Carry out what was decided of tickets that were loaded for these days and are staged no more."""
    names = sorted({ticket_of(object, name) for object, name in decided})
    if not names or not warehouse.exists("ivinex.ticket_sweep"):
        return
    bases = _bases(warehouse, _TICKETS, {"names": names, "days": list(days)})
    here = {key: taken for key, taken in decided.items() if ticket_of(*key) in bases}
    with warehouse.transaction() as tx:
        for (object, name), taken in here.items():
            if taken.get(WHOLE_OBJECT) != THEIRS:
                continue
            _accept(tx, object, name)
            base = bases[ticket_of(object, name)]
            if object == "tickets":
                base["accepted"] = True
            for message in base.get("messages", {}).values() if object == "messages" else ():
                message["accepted"] = message.get("accepted", False) or message["source_id"] == name
        _keep(tx, "tickets", bases)
    for object, name in here:
        ledger.conflicts.applied(object, [name])


def settle_unstaged_customers(warehouse: Warehouse, ledger: Ledger, decided: Mapping[str, Mapping[str, str]]) -> None:
    """Carry out what was decided of customers whose contact is staged no more."""
    if not decided:
        return
    bases = _bases(warehouse, _CUSTOMERS, {"names": sorted(decided)})
    with warehouse.transaction() as tx:
        for name, base in bases.items():
            if decided[name].get(WHOLE_OBJECT) == THEIRS:
                _accept(tx, "customers", name)
                base["accepted"] = True
        _keep(tx, "customers", bases)
    ledger.conflicts.applied("customers", list(bases))


def _bases(warehouse: Warehouse, sql: str, given: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["source_id"]: orjson.loads(row["base"] or "null") or {} for row in warehouse.rows(sql, given)}


def _accept(tx: Connection, object: str, name: str) -> None:
    expect(tx, object, [name], [ExpectedDifference(name, WHOLE_OBJECT, Reason.declined, None)])


def _keep(tx: Connection, object: str, bases: Mapping[str, dict[str, Any]]) -> None:
    """A base that is not known stays unknown."""
    for name, base in bases.items():
        if base.get("ticket") or base.get("customer"):
            tx.execute(
                "UPDATE gorgias.written SET base = ? WHERE object = ? AND source_id = ?",
                [orjson.dumps(base).decode(), object, name],
            )
