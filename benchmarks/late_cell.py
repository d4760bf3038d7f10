"""The cell outside of the promise: a commit that comes later than the settling wait. It may double, never silently.

After the run every ticket, customer and message is read back and compared, as after a load; what that reports is held
against what the account holds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from benchmarks.fault_cells import BEYOND, LATE, Result, account, note, on, rounds
from benchmarks.fault_objects import APPENDED_TO, AT, DAY, FIRST_TICKET, KINDS, Kind, external_id, ticket
from benchmarks.strategies import OPTIONS, STRATEGIES, Place
from checks.schemas.customers import SCHEMA as CUSTOMERS
from checks.schemas.messages import SCHEMA as MESSAGES
from checks.schemas.tickets import SCHEMA as TICKETS
from checks.table import table_of
from migration_assets.reconciliation.comparison.compare_days import compare_days
from migration_assets.reconciliation.comparison.compare_objects import compare_objects
from migration_assets.reconciliation.comparison.differences import DIFFERENCES
from migration_assets.reconciliation.target.call_counts import CallCounter
from migration_assets.reconciliation.target.object_comparison import read_objects_back
from migration_assets.reconciliation.target.ticket_read_back import read_back
from resources.gorgias.client import Reader
from resources.gorgias.writer.writer import Writer
from resources.warehouse import Warehouse

LATER = "commit beyond the settling wait"
WALKED = {"customer": "customers", "ticket": "tickets", "message": "messages"}
"""Objects that Gorgias lets double. Users, teams, tags, fields have a unique name; values are a set."""


def late_cell(object: str, strategy: str, writes: int, seed: int = 7) -> Result:
    """Like any other cell, and a verification at its end; `reported` counts the doubles that it names."""
    kind, result, started = KINDS[object], Result(), time.monotonic()
    for turn, number in enumerate(rounds(kind, writes)):
        faults = on(kind, [{"kind": "late_write", "seconds": BEYOND}], seed + 100 * turn)
        with account(kind, number, faults) as (server, place):
            note(result, STRATEGIES[strategy](place, [kind.write(n) for n in range(number)]))
            time.sleep(BEYOND + LATE)
            held = kind.held(server.gorgias, number)
            result.count(held, number)
            result.fired += sum(fault.fired for fault in server.server.faults.faults)
            server.server.faults.replace([], "faults")
            if strategy == "gate":
                named = _named(kind, place, number) if object in WALKED else set()
                doubled = {str(n) for n, times in held.items() if times > 1}
                result.reported += len(doubled & named)
                result.wrongly_reported += len(named - doubled)
                result.second += STRATEGIES["gate"](place, [kind.write(n) for n in range(number)]).sent
    result.seconds = round(time.monotonic() - started, 1)
    return result


def _named(kind: Kind, place: Place, number: int) -> set[str]:
    """Source ids that the verification names as doubled."""
    ledger, connection = place.ledger(), place.connection()
    warehouse = Warehouse(place.home / "warehouse.duckdb")
    reader = Reader(connection)
    if kind.name == "message":
        # The tickets that the messages were appended to are in the ledger, as after a load.
        with Writer(connection, reader, ledger, "bench", OPTIONS) as gate:
            gate.adopt((ticket(10_000 + n), FIRST_TICKET + n) for n in range(APPENDED_TO))
    holders = range(10_000, 10_000 + APPENDED_TO) if kind.name == "message" else range(number)
    staged = {"customer": [(CUSTOMERS, _customers(number))], "ticket": [(TICKETS, _tickets(holders))]}
    staged["message"] = [(TICKETS, _tickets(holders)), (MESSAGES, _messages(number))]
    for schema, rows in [(MESSAGES, []), *staged[kind.name]]:
        table = table_of(schema)
        warehouse.replace(table, pd.DataFrame(rows).reindex(columns=list(table.columns)))
    meter, now = CallCounter(lambda: connection.requests), datetime.now(UTC)
    read_objects_back(reader, ledger, warehouse, meter, None)
    compare_objects(warehouse, ledger, now)
    read_back(reader, ledger, warehouse, meter, [DAY])
    compare_days(warehouse, ledger, [DAY], now)
    rows = warehouse.rows(
        f"SELECT source_id FROM {DIFFERENCES.name} WHERE kind = 'extra' AND field = 'external_id' "
        "AND source_id IS NOT NULL AND object = ?",
        [WALKED[kind.name]],
    )
    conflicts = ledger.conflicts.conflict_rows()
    connection.close()
    ledger.close()
    named = {row["source_id"] for row in rows}
    told = conflicts[(conflicts["object"] == WALKED[kind.name]) & conflicts["field"].str.startswith("external_id (")]
    assert named == set(told["source_id"]), "doubles are CONFLICT rows of the ledger"
    return named


def _tickets(numbers: Iterable[int]) -> list[dict[str, Any]]:
    scalars = {name: ticket(0).body[name] for name in ("status", "priority", "channel")}
    rest = {"partition": DAY, "tags": json.dumps([]), "field_values": "{}", "messages": 2, "created_at": AT}
    return [{"source_id": str(n), "external_id": external_id(n), "subject": f"S {n}"} | scalars | rest for n in numbers]


def _customers(number: int) -> list[dict[str, Any]]:
    return [
        {"source_id": str(n), "external_id": external_id(n), "name": f"N {n}", "field_values": "{}", "channels": "[]"}
        for n in range(number)
    ]


def _messages(number: int) -> list[dict[str, Any]]:
    facts = {
        "partition": DAY,
        "meta": "{}",
        "channel": "email",
        "from_agent": False,
        "public": True,
        "created_at": AT,
        "sent_at": AT,
    }
    return [
        {"source_id": str(n), "external_id": external_id(n), "ticket_source_id": str(10_000 + n % APPENDED_TO)} | facts
        for n in range(number)
    ]
