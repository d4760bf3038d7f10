"""A data engineer with nothing but a browser: sixty tickets from discovery to the final delta, by clicks.

What each click sends is held against request_forms.py, so that the forms of the suite are those of the browser.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import request_forms as forms
from behind_the_pages import closed_gates, days_from, days_with_tickets, sent, spoil, writes
from graphql_pages import Ui
from running_ui import migrate, running_ui_on_an_account
from ui_request import Request, meaning

from migration_assets.job_steps import step_tags

if TYPE_CHECKING:
    from browser_pages import Pages

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(3600)]

LOADED = "gorgias/tickets"
COMPARED = "reconciliation/comparison"


@pytest.fixture
def browse(tmp_path: Path) -> Callable[[str], AbstractContextManager["Pages"]]:
    """A new browser at an address. Imported here: the suite, which runs without these tests, needs none of it."""
    pytest.importorskip("playwright", reason="playwright is not installed: pip install -e '.[dev]'")
    import browser_pages

    if browser_pages.CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install the one of the system (package chromium)")
    return lambda address: browser_pages.browser(address, tmp_path / "profile")


def _daily_checks(ui: Ui) -> list[tuple[str, str]]:
    """Every check that has days."""
    assets = [*ui.assets("migrate_day"), *ui.assets("verify_days")]
    return [(asset.key, name) for asset in assets for name in asset.checks]


def _not_green(ui: Ui, days: Sequence[str]) -> dict[tuple[str, str, str], tuple[str, str]]:
    """Checks of these days whose newest execution is anything but green."""
    newest = {(asset, name, day): ui.check(asset, name, day) for asset, name in _daily_checks(ui) for day in days}
    return {key: (found.status, found.sentence) for key, found in newest.items() if found.status != "SUCCEEDED"}


DECISIONS = [
    f"topic: {topic}\nchoice: {choice}\nby: Ann Lee\nreason: nobody works there yet\ndeltas: true\n"
    for topic, choice in (("surveys", "switch_off"), ("auto_split", "switch_off"), ("ai_agent", "exclude_by_tag"))
]
"""About a fresh account, whose points the first look names."""


def _same(requests: Sequence[Request], expected: Sequence[Request]) -> None:
    assert [meaning(one) for one in requests] == [meaning(one) for one in expected]


def test_five_days_of_which_one_is_empty_and_one_bad_are_loaded_repaired_read_back_and_handed_over(
    tmp_path: Path, browse: Callable[[str], AbstractContextManager["Pages"]]
):
    home = tmp_path / "home"
    with running_ui_on_an_account(home, tickets=60, days=3) as ui, browse(ui.address) as person:
        assert person.ended(person.materialize("discover")) == "Success"
        tickets = days_with_tickets(ui)
        days = days_from(min(tickets), 5)
        bad = days[1]
        assert [day for day in days if day not in tickets] == [days[-1]]
        assert person.ended(person.launch("confirm_mapping", "by: Ann Lee\n")) == "Success"
        assert person.ended(person.launchpad("prepare")) == "Failure"
        for decision in DECISIONS:
            assert person.ended(person.launch("decide_preflight", decision)) == "Success"
        assert person.ended(person.launchpad("prepare")) == "Success"
        spoil(ui, bad)

        every = f"[{days[0]}...{days[-1]}]"
        backfill = person.materialize("migrate_day", every)
        assert person.backfill_ended(backfill) == "Failed"
        states = {day: status for day, (_, status) in ui.runs_of(backfill).items()}
        assert states == {day: "FAILURE" if day == bad else "SUCCESS" for day in days}
        assert {day for _, day in closed_gates(ui)} == {bad}
        assert {day: sent(ui, day) for day in days} == {day: tickets.get(day, 0) * (day != bad) for day in days}
        said = person.check_history("ivinex/tickets", "matches_sweep", "1 of them twice")
        assert said.startswith(f"{tickets[bad] + 1} tickets in the full scan")

        # What the sentence asks for: the source read again, then the day from its failure.
        assert person.ended(person.materialize("discover")) == "Success"
        again = person.reexecute_backfill_from_failure(backfill)
        assert person.backfill_ended(again) == "Succeeded"
        assert list(ui.runs_of(again)) == [bad]
        assert closed_gates(ui) == []

        for job in ("second_pass", "verify"):
            assert person.ended(person.materialize(job)) == "Success"
        assert person.backfill_ended(person.materialize("verify_days", every)) == "Succeeded"
        assert _not_green(ui, days) == {}
        assert closed_gates(ui) == []
        assert not person.can_execute(COMPARED)

        written = writes(ui)
        assert person.ended(person.materialize("migrate_day", days[0])) == "Success"
        assert person.ended(person.materialize_asset(LOADED, days[2])) == "Success"
        assert writes(ui) == written
        assert _not_green(ui, days) == {}

        assert person.ended(person.launch("final_delta", "by: Ann Lee\n")) == "Success"
        final = migrate(ui, "delta", "--final", "--by", "Ann Lee")
        assert final.returncode == 0, final.stdout + final.stderr
        assert writes(ui) == written
        assert closed_gates(ui) == []

    def job(name: str) -> Request:
        return forms.materialize(name, ui.assets(name))

    migrate_day, verify_days = ui.assets("migrate_day"), ui.assets("verify_days")
    _same(
        person.sent,
        [
            job("discover"),
            forms.launch_op("confirm_mapping", "by: Ann Lee", step_tags("confirm_mapping")),
            forms.launchpad("prepare", ui.assets("prepare")),
            *(forms.launch_op("decide_preflight", one, step_tags("decide_preflight")) for one in DECISIONS),
            forms.launchpad("prepare", ui.assets("prepare")),
            forms.backfill("migrate_day", migrate_day, days),
            job("discover"),
            forms.reexecute_backfill(backfill),
            job("second_pass"),
            job("verify"),
            forms.backfill("verify_days", verify_days, days),
            forms.materialize("migrate_day", migrate_day, days[0]),
            forms.materialize_asset(ui.assets(only=[LOADED]), days[2]),
            forms.launch_op("final_delta", "by: Ann Lee", step_tags("final_delta")),
        ],
    )


def test_sixty_tickets_go_from_discovery_to_the_final_delta_with_the_browser_alone(
    tmp_path: Path, browse: Callable[[str], AbstractContextManager["Pages"]]
):
    with running_ui_on_an_account(tmp_path / "home", tickets=60, days=30, seed=11) as ui, browse(ui.address) as person:
        assert person.ended(person.materialize("discover")) == "Success"
        # The page of the sweep tells which days there are, ready to paste.
        every = person.reads("/assets/ivinex/ticket_sweep", r"^\[\d{4}-\d\d-\d\d\.\.\.\d{4}-\d\d-\d\d\]$")
        first, last = every.strip("[]").split("...")
        refused = person.materialize("prepare")
        assert person.ended(refused) == "Failure"
        assert "confirm_mapping" in str(ui.failures(refused))

        note = "by: Ann Lee\nnote: read on the page of mapping/proposal\n"
        assert person.ended(person.launch("confirm_mapping", note)) == "Success"
        undecided = person.materialize("prepare")
        assert person.ended(undecided) == "Failure"
        assert "decide_preflight" in str(ui.failures(undecided))
        for name, config in (
            *(("decide_preflight", decision) for decision in DECISIONS),
            ("prepare", ""),
            ("migrate_range", "{}"),
            ("verify_range", "{}"),
            ("report", ""),
            ("handoff", ""),
            ("final_delta", "by: Ann Lee\n"),
        ):
            run = person.launch(name, config) if config else person.materialize(name)
            assert person.ended(run) == "Success", (name, ui.failures(run))

        days = [day for day in days_from(first, 100) if day <= last]
        tickets = days_with_tickets(ui)
        assert set(tickets) < set(days)
        assert {day: sent(ui, day) for day in days} == {day: tickets.get(day, 0) for day in days}
        assert _not_green(ui, list(tickets)) == {}
        assert {status for key, (status, _) in _not_green(ui, days).items()} <= {"NONE"}
        assert closed_gates(ui) == []

        written = writes(ui)
        assert person.ended(person.materialize_asset(LOADED, min(tickets))) == "Success"
        assert person.ended(person.launch("final_delta", "by: Ann Lee\n")) == "Success"
        assert writes(ui) == written
