"""What no page of the UI shows a test: the account itself, the ledger, and the warehouse, where a day is made bad."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from graphql_pages import Ui

from migration_assets.day_ranges import days_between
from resources.ledger import Ledger
from resources.warehouse import Warehouse


def days_with_tickets(ui: Ui) -> dict[str, int]:
    rows = _warehouse(ui).query(
        "SELECT partition, count(*) AS tickets FROM ivinex.ticket_sweep WHERE partition <> 'none' GROUP BY 1 ORDER BY 1"
    )
    return dict(zip(rows["partition"], (int(count) for count in rows["tickets"]), strict=True))


def days_from(first: str, count: int) -> list[str]:
    return list(days_between(first, "2100-01-01"))[:count]


def spoil(ui: Ui, day: str) -> None:
    """One ticket of the day is in the sweep twice, which no sweep does: its rows cannot balance."""
    _warehouse(ui).execute(
        "INSERT INTO ivinex.ticket_sweep BY NAME "
        "SELECT * FROM ivinex.ticket_sweep WHERE partition = ? ORDER BY source_id LIMIT 1",
        [day],
    )


def repair(ui: Ui) -> None:
    _warehouse(ui).execute("CREATE OR REPLACE TABLE ivinex.ticket_sweep AS SELECT DISTINCT * FROM ivinex.ticket_sweep")


def sent(ui: Ui, day: str) -> int:
    """Tickets of a day that the load made, as the ledger knows them."""
    with _ledger(ui) as ledger:
        rows = ledger.outcomes.outcome_counts()
    rows = rows[(rows["object"] == "tickets") & (rows["partition"] == day) & (rows["outcome"] == "created")]
    return int(rows["rows"].sum())


def closed_gates(ui: Ui) -> list[tuple[str, str]]:
    """Check and day of every closed gate."""
    with _ledger(ui) as ledger:
        rows = ledger.quality_gates.gate_rows()
    rows = rows[~rows["passed"] & ~rows["overridden"]]
    return list(zip(rows["check_name"], rows["partition"], strict=True))


def writes(ui: Ui) -> int:
    """Requests so far that asked Gorgias to change something."""
    requests = httpx.get(f"{ui.gorgias}/_sandbox/stats", timeout=30).json()["requests"]
    return sum(count for route, count in requests.items() if not route.startswith("GET "))


def account(ui: Ui, method: str, path: str, body: Any = None) -> Any:
    """One request to the sandbox's Gorgias, as an agent of the shop would send it."""
    config = json.loads((ui.home / "dataset" / "gorgias.json").read_text("utf-8"))
    known = next(one for one in config["auth"] if one.get("email"))
    answer = httpx.request(
        method, f"{ui.gorgias}{path}", json=body, auth=(known["email"], known["api_key"]), timeout=30
    )
    assert answer.is_success, answer.text
    return answer.json()


def a_message(ui: Ui, day: str) -> dict[str, Any]:
    """Some message of a day as the account holds it."""
    with _ledger(ui) as ledger:
        number = int(ledger.outcomes.outcomes_of("tickets", [day])["gorgias_id"].iloc[0])
    return account(ui, "GET", f"/api/tickets/{number}")["messages"][0]


def _warehouse(ui: Ui) -> Warehouse:
    return Warehouse(ui.home / "warehouse.duckdb")


@contextmanager
def _ledger(ui: Ui) -> Iterator[Ledger]:
    ledger = Ledger.open(f"sqlite:///{ui.home / 'ledger.sqlite'}", ui.account_name)
    try:
        yield ledger
    finally:
        ledger.close()
