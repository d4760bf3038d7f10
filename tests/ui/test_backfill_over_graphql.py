"""A data engineer in the Dagster UI, by the requests that its buttons send: what each form of them evaluates, and days
that are backfilled, of which one is bad, repaired, loaded and read back.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import request_forms as forms
from behind_the_pages import closed_gates, days_from, days_with_tickets, repair, sent, spoil, writes
from graphql_pages import Refused, Ui
from running_ui import running_ui, running_ui_alone
from ui_request import Request

pytestmark = pytest.mark.timeout(600)

DAYS = ["2026-04-13", "2026-04-14"]
LOADED_DAILY = (
    *("ivinex/tickets", "ivinex/activities", "ivinex/attachments"),
    *("staging/tickets", "staging/messages", "staging/attachments"),
    *("gorgias/files", "gorgias/tickets", "gorgias/ticket_messages", "gorgias/ticket_changes"),
)
STAGING = [(asset, name) for asset in ("staging/tickets", "staging/messages") for name in ("schema", "balance")]
GATE = "ivinex/tickets:matches_sweep"

Make = Callable[[Ui], Request]


def _forms_of_days(job: str, page: str) -> dict[str, Make]:
    """Each button that starts days of this job, and of the page of one of its assets."""
    day = DAYS[0]
    return {
        f"{job}: several days": lambda ui: forms.backfill(job, ui.assets(job), DAYS),
        f"{job}: one day": lambda ui: forms.materialize(job, ui.assets(job), day),
        f"{job}: launchpad": lambda ui: forms.launchpad(job, ui.assets(job), day),
        f"{job}: launchpad, box unticked": lambda ui: forms.launchpad(job, ui.assets(job), day, alone=False),
        f"{job}: many days in one run": lambda ui: forms.days_in_one_run(job, ui.assets(job), *DAYS),
        f"{page}: one day": lambda ui: forms.materialize_asset(ui.assets(only=[page]), day),
        f"{page}: several days": lambda ui: forms.backfill_asset(ui.assets(only=[page]), DAYS),
    }


def _form_without_days(job: str) -> dict[str, Make]:
    return {f"{job}: all": lambda ui: forms.materialize(job, ui.assets(job))}


LOADS = {
    **_forms_of_days("migrate_day", "gorgias/ticket_changes"),
    **_form_without_days("prepare"),
}
VERIFICATIONS = {
    **_forms_of_days("verify_days", "reconciliation/comparison"),
    **_form_without_days("verify"),
    **_form_without_days("second_pass"),
}


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    with running_ui_alone(tmp_path_factory.mktemp("ui") / "home") as running:
        yield running


def _checks(ui: Ui, request: Request) -> set[tuple[str, str]]:
    """Every check of the assets that the request names."""
    named = ["/".join(asset["path"]) for asset in request.selector["assetSelection"]]
    return {(asset.key, name) for asset in ui.assets(only=named) for name in asset.checks}


@pytest.mark.parametrize("form", LOADS)
def test_a_load_evaluates_its_own_checks_and_none_of_a_read_back(ui: Ui, form: str):
    request = LOADS[form](ui)
    planned = ui.planned(request)
    assert planned == _checks(ui, request) != set()
    assert {asset for asset, _ in planned if asset.startswith("reconciliation/")} == set()


@pytest.mark.parametrize("form", VERIFICATIONS)
def test_a_verification_evaluates_every_check_of_what_it_reads(ui: Ui, form: str):
    request = VERIFICATIONS[form](ui)
    planned = ui.planned(request)
    assert planned == _checks(ui, request) != set()
    assert {asset.split("/")[0] for asset, _ in planned} == {"reconciliation"}


@pytest.mark.parametrize("job", ["migrate_day", "load_days", "verify_days"])
def test_a_launch_with_an_empty_check_selection_is_refused_by_name_and_never_green_without_a_check(ui: Ui, job: str):
    with pytest.raises(Refused, match="select all asset and check keys") as refused:
        ui.send(forms.without_checks(job, ui.assets(job), DAYS[0]))
    assert any(str(asset.key.split("/")) in str(refused.value) for asset in ui.assets(job))


def test_no_check_can_be_executed_without_its_asset(ui: Ui):
    assert {asset.key: asset.alone for asset in ui.assets() if asset.alone} == {}
    for asset in ui.assets(only=["gorgias/tickets", "reconciliation/comparison", "staging/users"]):
        with pytest.raises(Refused, match=re.escape(str(asset.key.split("/")))):
            ui.send(forms.execute(asset, asset.checks))


@pytest.mark.acceptance
def test_a_bad_day_stays_closed_until_it_is_repaired_and_days_are_read_back(tmp_path: Path):
    with running_ui(tmp_path / "home", tickets=12, days=5) as ui:
        _a_bad_day_is_repaired(ui)


def _a_bad_day_is_repaired(ui: Ui) -> None:
    assert ui.status(ui.run(forms.launchpad("prepare", ui.assets("prepare")))) == "SUCCESS"
    tickets = days_with_tickets(ui)
    bad, good = days = list(tickets)[-2:]
    empty = days_from(good, 2)[1]
    spoil(ui, bad)

    runs = ui.runs_of(ui.backfill("migrate_day", days))
    assert {day: status for day, (_, status) in runs.items()} == {bad: "FAILURE", good: "SUCCESS"}
    assert {asset.split("/")[0] for asset, _, _ in ui.evaluated(runs[good][0])} == {"ivinex", "staging", "gorgias"}
    assert {ui.check(*check, good).status for check in STAGING} == {"SUCCEEDED"}
    assert ui.check("staging/tickets", "schema", good).numbers == {"rows": tickets[good], "failures": 0}
    assert sent(ui, good) == tickets[good]
    red = ui.check("ivinex/tickets", "matches_sweep", bad)
    assert red.status == "FAILED"
    assert red.sentence.startswith(
        f"{tickets[bad] + 1} tickets in the full scan, {tickets[bad] + 1} in the day, 1 of them twice"
    )
    assert "matches_sweep" in ui.failures(runs[bad][0])["ivinex__tickets"]
    assert not _covers(ui.materialized("gorgias/tickets"), bad)
    assert {day for _, day in closed_gates(ui)} == {bad}

    refused = ui.run(forms.materialize_asset(ui.assets(only=["gorgias/tickets"]), bad))
    assert ui.status(refused) == "FAILURE"
    told = ui.failures(refused)["gorgias__tickets"]
    assert GATE in told
    assert bad in told
    assert sent(ui, bad) == 0

    repair(ui)
    again = ui.run(forms.reexecute(runs[bad][0]))
    assert ui.status(again) == "SUCCESS", ui.failures(again)
    assert {ui.check(*check, bad).status for check in STAGING} == {"SUCCEEDED"}
    assert sent(ui, bad) == tickets[bad]
    for asset in LOADED_DAILY:
        assert all(_covers(ui.materialized(asset), day) for day in days), asset

    # Read back, with a day that holds nothing: each is green, and nothing is written. Loaded again: in acceptance.
    written = writes(ui)
    own = {(asset.key, name, day) for asset in ui.assets("verify_days") for name in asset.checks for day in days}
    own |= {(asset, name, empty) for asset, name, _ in own}
    once = ui.run(forms.days_in_one_run("verify_days", ui.assets("verify_days"), bad, empty))
    assert ui.status(once) == "SUCCESS", ui.failures(once)
    assert own <= set(ui.evaluated(once))
    assert {check: told for check in own if (told := ui.check(*check)).status != "SUCCEEDED"} == {}
    assert writes(ui) == written
    assert closed_gates(ui) == []


def _covers(ranges: list[tuple[str, str]], day: str) -> bool:
    return any(first <= day <= last for first, last in ranges)
