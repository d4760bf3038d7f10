"""Cells for homes: one that is lost, one that was restored from an older copy, and a canary killed at each step.

The account goes on to hold what the first home wrote; the second one is stopped, takes it over, and goes on.
"""

from __future__ import annotations

import logging
import shutil
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pandas as pd

from benchmarks.edge_cells import LEFT, Killed, gate_run
from benchmarks.fault_cells import LATE, Result, account, note, rounds
from benchmarks.fault_objects import AT, KINDS, external_id
from benchmarks.strategies import Place
from migration_assets.gorgias.adoption import adopt_account
from migration_assets.gorgias.canary.try_account import trial_of_account
from migration_assets.gorgias.preflight.loading import DRIVEN_TAG
from migration_assets.gorgias.step_context import TargetStep
from migration_assets.settings import Settings
from resources.gorgias.client import Reader, WriteClient
from resources.gorgias.known_account import LoadedElsewhere, require_loaded_from_here
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.writer.write import Write
from resources.ledger.records import WriteKey
from resources.warehouse import Table, Warehouse
from sandbox.serve import RunningGorgias

LOST, RESTORED, CANARY = "lost home", "restored home", "canary killed at each step"
HOMES = (LOST, RESTORED)
CANARY_OBJECT = "canary"
SWEEP = Table("ivinex.ticket_sweep", {"source_id": ("VARCHAR", ""), "created_at": ("TIMESTAMPTZ", "")})
STEPS = (
    ("POST", "/api/customers"),
    ("POST", "/api/tickets"),
    ("DELETE", "/api/tickets/"),
    ("DELETE", "/api/customers/"),
)


def home_cell(fault: str, object: str, writes: int) -> Result:
    """Loaded from one home; its ledger is lost, or set back to the middle; then loaded from there."""
    kind, result, started = KINDS[object], Result(), time.monotonic()
    for number in rounds(kind, writes):
        with account(kind, number, []) as (server, place):
            named = _with_external_ids(server)
            work = [_as_loaded(kind.write(n), n) for n in range(number)]
            half = number // 2 if fault == RESTORED else 0
            if half:
                gate_run(place, work[:half])
                shutil.copytree(place.home, place.home / "copy", dirs_exist_ok=False)
            gate_run(place, work)
            second = Place(place.url, place.auth, place.home / "copy" if half else place.home / "new")
            second.home.mkdir(exist_ok=True)
            result.add("stopped", _stopped(second, work))
            _adopt(second, number, named)
            note(result, gate_run(second, work, whose=require_loaded_from_here))
            result.fired += 1
            time.sleep(LATE)
            result.count(kind.held(server.gorgias, number), number)
            result.second += gate_run(second, work).sent
            ledger = second.ledger()
            result.add(LEFT, len(ledger.known_writes.unsettled()))
            ledger.close()
    result.seconds = round(time.monotonic() - started, 1)
    return result


def canary_cell() -> Result:
    """The process dies before and after each of the canary's four calls; the next run leaves nothing."""
    result, started = Result(), time.monotonic()
    tagged = replace(KINDS["ticket"], seed=lambda _: {"tags": [{"name": "ai_ignore"}]})
    for step in STEPS:
        for before in (True, False):
            with account(tagged, 1, []) as (server, place):
                _canary(place, step, before)
                with (ledger := place.ledger()).transaction() as tx:
                    tx.exec_driver_sql("UPDATE writes SET intent_at = datetime(intent_at, '-1 hour') || '.000000'")
                _canary(place)
                left = [row for row in (*server.gorgias.tickets, *server.gorgias.customers) if _trial(row)]
                result.fired += 1
                result.add(LEFT, len(left) + len(ledger.known_writes.unsettled()))
                result.conflicts += len(ledger.conflicts.conflict_rows())
                ledger.close()
    result.seconds = round(time.monotonic() - started, 1)
    return result


def _stopped(place: Place, work: list[Write]) -> int:
    try:
        gate_run(place, work, whose=require_loaded_from_here)
    except LoadedElsewhere:
        return 1
    return 0


def _as_loaded(write: Write, n: int) -> Write:
    """With the key that the product gives it: tickets and customers are known by their external id."""
    key = WriteKey(write.key.object, external_id(n), write.key.part)
    return replace(write, key=key)


def _with_external_ids(server: RunningGorgias) -> list[str]:
    """Tickets that the account holds before are of the first home as well."""
    names = []
    for row in list(server.gorgias.tickets):
        row["external_id"] = f"ivinex:9:{row['id']}"
        server.gorgias.tickets.save(row)
        names.append(row["external_id"])
    return names


def _adopt(place: Place, number: int, named: list[str]) -> None:
    ledger, connection = place.ledger(), place.connection()
    warehouse = Warehouse(place.home / "warehouse.duckdb")
    ids = [*named, *(external_id(n) for n in range(number))]
    warehouse.replace(SWEEP, pd.DataFrame({"source_id": ids, "created_at": [pd.Timestamp(AT)] * len(ids)}))
    adopt_account(Reader(connection), ledger, warehouse, "bench", "the first home is lost", lambda _: None)
    connection.close()
    ledger.close()


def _canary(place: Place, step: tuple[str, str] | None = None, before: bool = False) -> None:
    """The asset's step; killed at a request where one is given."""
    send = WriteClient.send

    def dying(self: WriteClient, method: str, path: str, *more: Any) -> Any:
        hit = step is not None and method == step[0] and path.startswith(step[1])
        if hit and before:
            raise Killed
        answer = send(self, method, path, *more)
        if hit:
            raise Killed
        return answer

    email, key = place.auth
    gorgias = GorgiasResource(
        base_url=place.url, email=email, api_key=key, allowance=4000, settling=0.8, lease=1, timeout=0.5,
        unsettled=str(place.home / "unsettled"),
    )  # fmt: skip
    ledger, warehouse = place.ledger(), Warehouse(place.home / "warehouse.duckdb")
    _stage(warehouse)
    settings = Settings(MIGRATION_HOME=Path("unused"))  # type: ignore[call-arg]
    WriteClient.send = dying  # type: ignore[method-assign]
    try:
        trial_of_account(TargetStep(_context(), warehouse, ledger, gorgias, settings))
    except BaseException:
        if step is None:
            raise
    finally:
        WriteClient.send = send  # type: ignore[method-assign]
        gorgias.close()
        ledger.close()


def _stage(warehouse: Warehouse) -> None:
    columns = ("source_id", "object_type", "collection_type_id", "field_name", "data_type", "input_type")
    warehouse.replace(Table("staging.custom_fields", {name: ("VARCHAR", "") for name in columns}), pd.DataFrame())
    sweep = {name: ("VARCHAR", "") for name in ("collection_type_id", "source_id", "raw")}
    warehouse.replace(Table("ivinex.ticket_sweep", sweep), pd.DataFrame())


def _context() -> Any:
    """Of a command's run, each time another one: what the load switched off is switched on again by the command."""
    run = SimpleNamespace(run_id="bench", tags={DRIVEN_TAG: uuid4().hex})
    return SimpleNamespace(run=run, run_id="bench", log=logging.getLogger("benchmarks"))


def _trial(row: dict[str, Any]) -> bool:
    return str(row.get("external_id")).startswith("ivinex:canary")
