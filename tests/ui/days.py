"""Days of a migration that runs in the UI: which hold tickets, making one bad and good again, what the load wrote."""

from typing import Any

from graphql_pages import Ui


def days_with_tickets(ui: Ui) -> dict[str, int]:
    rows = ui.warehouse.query(
        "SELECT partition, count(*) AS tickets FROM ivinex.ticket_sweep WHERE partition <> 'none' GROUP BY 1 ORDER BY 1"
    )
    return dict(zip(rows["partition"], (int(count) for count in rows["tickets"]), strict=True))


def days_from(first: str, count: int) -> list[str]:
    from migration_assets.orchestration.ranges import days_between

    return list(days_between(first, "2100-01-01"))[:count]


def spoil(ui: Ui, day: str) -> None:
    """One ticket of the day is in the sweep twice, which no sweep does: its rows cannot balance."""
    ui.warehouse.execute(
        "INSERT INTO ivinex.ticket_sweep BY NAME "
        "SELECT * FROM ivinex.ticket_sweep WHERE partition = ? ORDER BY source_id LIMIT 1",
        [day],
    )


def repair(ui: Ui) -> None:
    ui.warehouse.execute("CREATE OR REPLACE TABLE ivinex.ticket_sweep AS SELECT DISTINCT * FROM ivinex.ticket_sweep")


def sent(ui: Ui, day: str) -> int:
    """Tickets of a day that the load made, as the ledger knows them."""
    ledger = ui.ledger
    try:
        rows = ledger.outcome_counts()
    finally:
        ledger.close()
    rows = rows[(rows["object"] == "tickets") & (rows["partition"] == day) & (rows["outcome"] == "created")]
    return int(rows["rows"].sum())


def a_message(ui: Ui, day: str) -> dict[str, Any]:
    """Some message of a day as the account holds it."""
    ledger = ui.ledger
    try:
        number = int(ledger.outcomes_of("tickets", [day])["gorgias_id"].iloc[0])
    finally:
        ledger.close()
    return ui.account("GET", f"/api/tickets/{number}")["messages"][0]
