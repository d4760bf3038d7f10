"""A month of days backfilled and read back in the Dagster UI: one day bad, and another one touched in Gorgias since."""

from pathlib import Path

import pytest
import request_forms as forms
from behind_the_pages import a_message, account, closed_gates, days_from, days_with_tickets, repair, sent, spoil, writes
from graphql_pages import Ui
from running_ui import running_ui

LOADED = "gorgias/tickets"
COMPARED = "reconciliation/comparison"


def _refused(ui: Ui, day: str) -> str:
    """ "Materialize" on the page of gorgias/tickets; returns what the failed step says."""
    run = ui.run(forms.materialize_asset(ui.assets(only=[LOADED]), day))
    assert ui.status(run) == "FAILURE"
    return ui.failures(run)["gorgias__tickets"]


def _red(ui: Ui, job: str, days: list[str]) -> set[tuple[str, str]]:
    """Check and day of everything of a job that is not green."""
    checks = [(asset.key, name) for asset in ui.assets(job) for name in asset.checks]
    return {(name, day) for asset, name in checks for day in days if ui.check(asset, name, day).status != "SUCCEEDED"}


@pytest.mark.acceptance
@pytest.mark.timeout(3600)
def test_a_month_is_backfilled_with_one_bad_day_and_that_day_alone_is_run_again(tmp_path: Path):
    with running_ui(tmp_path / "home", tickets=60, days=30) as ui:
        for job in ("discover", "prepare"):
            assert ui.status(ui.launch(job)) == "SUCCESS"
        tickets = days_with_tickets(ui)
        month = days_from(min(tickets), 30)
        bad = [day for day in month if tickets.get(day)][7]
        spoil(ui, bad)

        backfill = ui.backfill("migrate_day", month)
        runs = ui.runs_of(backfill)
        assert sorted(runs) == month
        assert [day for day, (_, status) in runs.items() if status != "SUCCESS"] == [bad]
        assert {day for _, day in closed_gates(ui)} == {bad}
        assert f"ivinex/tickets:matches_sweep {bad}" in _refused(ui, bad)

        repair(ui)
        ui.until_complete(backfill)
        again = ui.send(forms.reexecute_backfill(backfill))
        ui.until_over(again, 1)
        assert {day: status for day, (_, status) in ui.runs_of(again).items()} == {bad: "SUCCESS"}
        for asset in ui.assets("migrate_day"):
            assert ui.materialized(asset.key) == [(month[0], month[-1])], asset
        assert _red(ui, "migrate_day", month) == set()
        assert {day: sent(ui, day) for day in month} == {day: tickets.get(day, 0) for day in month}

        # Loaded again in one run: green, and nothing is written.
        written = writes(ui)
        once = ui.run(forms.days_in_one_run("migrate_day", ui.assets("migrate_day"), month[0], month[-1]))
        assert ui.status(once) == "SUCCESS", ui.failures(once)
        assert _red(ui, "migrate_day", month) == set()
        assert writes(ui) == written

        # The month is read back and compared; what somebody did to one message closes its day alone.
        for job in ("second_pass", "verify"):
            assert ui.status(ui.launch(job)) == "SUCCESS"
        other = [day for day in month if tickets.get(day)][3]
        message = a_message(ui, other)
        path = f"/api/tickets/{message['ticket_id']}/messages/{message['id']}"
        asked = {name: message[name] for name in ("channel", "from_agent")}
        account(ui, "PUT", path, asked | {"sent_datetime": "2026-01-01T00:00:00+00:00"})
        runs = ui.runs_of(ui.backfill("verify_days", month))
        assert {status for _, status in runs.values()} == {"SUCCESS"}
        red = _red(ui, "verify_days", month)
        assert {day for _, day in red} == {other}
        assert ("no_mail", other) in red
        assert f"{COMPARED}:no_mail {other}" in _refused(ui, other)

        account(ui, "PUT", path, asked | {"sent_datetime": message["sent_datetime"]})
        assert ui.status(ui.launch("verify_days", other)) == "SUCCESS"
        assert _red(ui, "verify_days", month) == set()
        assert closed_gates(ui) == []
        for asset in ui.assets("verify_days"):
            assert ui.materialized(asset.key) == [(month[0], month[-1])], asset
