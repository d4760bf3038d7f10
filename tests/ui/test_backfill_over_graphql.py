"""A data engineer in the Dagster UI: prepare, backfill days, read the checks, meet a bad day, repair it."""

from pathlib import Path
from typing import Any

import pytest
from running_ui import Ui, running_ui

DAILY = (
    *("ivinex/tickets", "ivinex/activities", "staging/tickets", "staging/messages"),
    *("gorgias/tickets", "gorgias/ticket_messages", "gorgias/ticket_changes"),
)
CHECKS = [(asset, name) for asset in ("staging/tickets", "staging/messages") for name in ("schema", "balance")]
GATE = "staging/tickets:balance"
VERIFIED = [
    *(("gorgias/tickets", name) for name in ("compared", "links", "second_pass")),
    *(("gorgias/ticket_messages", name) for name in ("compared", "links", "no_mail", "second_pass")),
]


def days_with_tickets(ui: Ui) -> dict[str, int]:
    rows = ui.warehouse.query(
        "SELECT partition, count(*) AS tickets FROM ivinex.ticket_sweep WHERE partition <> 'none' GROUP BY 1 ORDER BY 1"
    )
    return dict(zip(rows["partition"], (int(count) for count in rows["tickets"]), strict=True))


def spoil(ui: Ui, day: str) -> None:
    """One ticket of the day is in the sweep twice, which no sweep does: its rows cannot balance."""
    ui.warehouse.execute(
        "INSERT INTO ivinex.ticket_sweep BY NAME "
        "SELECT * FROM ivinex.ticket_sweep WHERE partition = ? ORDER BY source_id LIMIT 1",
        [day],
    )


def repair(ui: Ui) -> None:
    ui.warehouse.execute("CREATE OR REPLACE TABLE ivinex.ticket_sweep AS SELECT DISTINCT * FROM ivinex.ticket_sweep")


def refused_at_the_gate(ui: Ui, day: str) -> str:
    """ "Materialize selected" of gorgias/tickets alone, in a run of its own; returns what the failed step says."""
    run = ui.launch("__ASSET_JOB", day, ["gorgias/tickets"])
    assert ui.status(run) == "FAILURE"
    return ui.failures(run)["gorgias__tickets"]


def sent(ui: Ui, day: str) -> int:
    """Tickets of a day that the load wrote, as the sandbox's ledger knows them."""
    from resources.ledger import Ledger

    ledger = Ledger.open(f"sqlite:///{ui.home / 'ledger.sqlite'}", "demo:sandbox")
    try:
        rows = ledger.outcome_counts()
    finally:
        ledger.close()
    rows = rows[(rows["object"] == "tickets") & (rows["partition"] == day) & (rows["outcome"] == "created")]
    return int(rows["rows"].sum())


def a_message(ui: Ui, day: str) -> dict[str, Any]:
    """Some message of a day as the account holds it."""
    from resources.ledger import Ledger

    ledger = Ledger.open(f"sqlite:///{ui.home / 'ledger.sqlite'}", "demo:sandbox")
    try:
        number = int(ledger.outcomes_of("tickets", [day])["gorgias_id"].iloc[0])
    finally:
        ledger.close()
    return ui.account("GET", f"/api/tickets/{number}")["messages"][0]


@pytest.mark.timeout(600)
def test_a_backfill_loads_its_days_and_a_bad_day_stays_closed_until_it_is_repaired(tmp_path: Path):
    with running_ui(tmp_path / "home", tickets=12, days=5) as ui:
        assert ui.status(ui.launch("prepare")) == "SUCCESS"
        tickets = days_with_tickets(ui)
        before, bad, after = days = list(tickets)[:3]
        spoil(ui, bad)

        runs = ui.runs_of(ui.backfill("migrate_day", days))
        assert {day: status for day, (_, status) in runs.items()} == {
            before: "SUCCESS",
            bad: "FAILURE",
            after: "SUCCESS",
        }
        for day in (before, after):
            assert {ui.check(*check, day)[0] for check in CHECKS} == {"SUCCEEDED"}
            assert ui.check("staging/tickets", "schema", day)[1] == {"rows": tickets[day], "failures": 0}
            assert sent(ui, day) == tickets[day]
        assert ui.check("staging/tickets", "balance", bad)[0] == "FAILED"
        assert any("balance" in step for step in ui.failures(runs[bad][0]))
        assert not _covers(ui.materialized("gorgias/tickets"), bad)

        told = refused_at_the_gate(ui, bad)
        assert GATE in told
        assert bad in told
        assert sent(ui, bad) == 0

        repair(ui)
        assert ui.status(ui.launch("migrate_day", bad)) == "SUCCESS"
        assert {ui.check(*check, bad)[0] for check in CHECKS} == {"SUCCEEDED"}
        assert sent(ui, bad) == tickets[bad]
        for asset in DAILY:
            assert all(_covers(ui.materialized(asset), day) for day in days), asset


@pytest.mark.acceptance
@pytest.mark.timeout(3600)
def test_a_month_is_backfilled_with_one_bad_day_and_that_day_alone_is_run_again(tmp_path: Path):
    with running_ui(tmp_path / "home", tickets=60, days=30) as ui:
        for job in ("discover", "prepare"):
            assert ui.status(ui.launch(job)) == "SUCCESS"
        tickets = days_with_tickets(ui)
        month = _days_from(min(tickets), 30)
        bad = [day for day in month if tickets.get(day)][7]
        spoil(ui, bad)

        backfill = ui.backfill("migrate_day", month)
        runs = ui.runs_of(backfill)
        assert sorted(runs) == month
        assert [day for day, (_, status) in runs.items() if status != "SUCCESS"] == [bad]
        assert GATE in refused_at_the_gate(ui, bad)

        repair(ui)
        again = ui.runs_of(ui.backfill("migrate_day", [bad]))
        assert {day: status for day, (_, status) in again.items()} == {bad: "SUCCESS"}
        for asset in DAILY:
            assert ui.materialized(asset) == [(month[0], month[-1])]
        for day in month:
            assert {ui.check(*check, day)[0] for check in CHECKS} == {"SUCCEEDED"}
            assert sent(ui, day) == tickets.get(day, 0)

        # The month is read back and compared; what somebody did to one message closes its day alone.
        for job in ("second_pass", "verify"):
            assert ui.status(ui.launch(job)) == "SUCCESS"
        other = [day for day in month if tickets.get(day)][3]
        message = a_message(ui, other)
        path = f"/api/tickets/{message['ticket_id']}/messages/{message['id']}"
        asked = {name: message[name] for name in ("channel", "from_agent")}
        ui.account("PUT", path, asked | {"sent_datetime": "2026-01-01T00:00:00+00:00"})
        runs = ui.runs_of(ui.backfill("verify_days", month))
        assert {status for _, status in runs.values()} == {"SUCCESS"}
        green = {day for day in month if {ui.check(*check, day)[0] for check in VERIFIED} == {"SUCCEEDED"}}
        assert set(month) - green == {other}
        assert ui.check("gorgias/ticket_messages", "no_mail", other)[0] == "FAILED"
        assert "gorgias/ticket_messages:no_mail" in refused_at_the_gate(ui, other)

        ui.account("PUT", path, asked | {"sent_datetime": message["sent_datetime"]})
        assert ui.status(ui.launch("verify_days", other)) == "SUCCESS"
        assert {ui.check(*check, other)[0] for check in VERIFIED} == {"SUCCEEDED"}
        for asset in ("reconciliation/readback", "reconciliation/comparison"):
            assert ui.materialized(asset) == [(month[0], month[-1])]


def _covers(ranges: list[tuple[str, str]], day: str) -> bool:
    return any(first <= day <= last for first, last in ranges)


def _days_from(first: str, count: int) -> list[str]:
    from migration_assets.orchestration.ranges import days_between

    return list(days_between(first, "2100-01-01"))[:count]
