"""A forecast, a sample and the rest of the load over one small site: calls as forecast, nothing twice."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from mini_migration import MiniMigration, dataset_of, mini_migration
from mini_runner import migration_of

from migration_assets.orchestration.decisions import DecisionRefused
from migration_assets.orchestration.forecast import forecast_load
from migration_assets.orchestration.migration import Migration
from migration_assets.orchestration.sample import SampleResult, approve_sample, migrate_sample
from migration_assets.reconciliation.forecast import Forecast, make_forecast, run_ranges

pytestmark = pytest.mark.acceptance
TICKETS, SAMPLE = 12, 4
OF_PHASE = {
    "gorgias/custom_fields": ["POST /api/custom-fields"],
    "gorgias/tags": ["POST /api/tags"],
    "gorgias/teams": ["POST /api/teams"],
    "gorgias/users": ["POST /api/users"],
    "gorgias/customers": ["POST /api/customers"],
    "gorgias/customers: values": ["PUT /api/customers/{customer_id}/custom-fields"],
    "gorgias/customers: data": ["PUT /api/customers/{customer_id}/data"],
    "gorgias/files": ["POST /api/upload"],
    "gorgias/tickets": ["POST /api/tickets"],
}
"""Phase of the forecast -> the requests that it is about."""
CANARYS = {"POST /api/customers": 1, "POST /api/tags": 1, "POST /api/tickets": 3}


@dataclass
class Done:
    """What happened, in this order: forecast, sample, sample again, forecast, load, forecast."""

    before: Forecast
    sample: SampleResult
    again: SampleResult
    approval_refused: bool
    after_sample: Forecast
    after_load: Forecast
    calls: list[dict[str, int]]
    migration: Migration
    mini: MiniMigration
    page: str

    def made(self, first: int, last: int) -> dict[str, int]:
        """Requests between two moments."""
        return {name: number - self.calls[first].get(name, 0) for name, number in self.calls[last].items()}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    folder = tmp_path_factory.mktemp("sample")
    with mini_migration(dataset_of(folder / "data", TICKETS), folder / "home") as mini:
        mini.discover()
        migration = migration_of(mini)
        settings, account = mini.resources["settings"].get(), mini.resources["gorgias"]

        def calls() -> dict[str, int]:
            return requests.get(f"{mini.sandbox.gorgias_url}/_sandbox/stats", timeout=5).json()["requests"]

        def forecast() -> Forecast:
            return make_forecast(mini.warehouse, mini.ledger, account, settings, run_ranges(mini.warehouse))

        counts = [calls()]
        before = forecast_load(migration, settings, account)
        counts.append(calls())
        try:
            refused = not approve_sample(settings, mini.ledger, "Ann")
        except DecisionRefused:
            refused = True
        sample = migrate_sample(migration, SAMPLE)
        counts.append(calls())
        again, after_sample = migrate_sample(migration, SAMPLE), forecast()
        counts.append(calls())
        migration.prepare()
        migration.days()
        counts.append(calls())
        migration.verify()
        counts.append(calls())
        page = sample.page.read_text("utf-8")
        yield Done(before, sample, again, refused, after_sample, forecast(), counts, migration, mini, page)


def test_a_forecast_asks_gorgias_nothing(done: Done):
    assert done.calls[0] == done.calls[1]


def test_the_calls_of_each_phase_are_those_of_the_forecast(done: Done):
    made = done.made(1, 4)
    told = {one.phase: one.calls for one in done.before.phases if one.phase in OF_PHASE}
    found = {
        phase: sum(made.get(name, 0) - CANARYS.get(name, 0) for name in names) for phase, names in OF_PHASE.items()
    }
    # The sample packs its files apart from the rest, and so do the open tickets that go first.
    assert 0 <= found.pop("gorgias/files") - told.pop("gorgias/files") <= 2
    assert told == found
    assert told["gorgias/tickets"] == TICKETS


def test_a_verification_reads_the_share_of_the_customers_that_was_forecast(done: Done):
    before, after = (
        {one.phase: one for one in forecast.phases}["verify: customers"] for forecast in (done.before, done.after_load)
    )
    assert before.calls == after.calls < before.records
    # Which ones are in the sample hangs on their ids: of a few, one more or less.
    assert abs(before.calls - done.made(4, 5).get("GET /api/customers/{id}", 0)) <= 2


def test_a_verification_makes_the_calls_that_were_forecast(done: Done):
    told = sum(one.calls for one in done.after_load.phases if one.phase.startswith("verify: "))
    # Which customers are read one by one hangs on their ids.
    assert abs(told - sum(done.made(4, 5).values())) <= 2


def test_what_the_sample_wrote_costs_nothing_more(done: Done):
    made = done.made(3, 4)
    told = {one.phase: one.calls for one in done.after_sample.phases if one.phase in OF_PHASE}
    found = {phase: sum(made.get(name, 0) for name in names) for phase, names in OF_PHASE.items()}
    assert 0 <= found.pop("gorgias/files") - told.pop("gorgias/files") <= 1
    assert told == found
    assert told["gorgias/tickets"] == TICKETS - SAMPLE
    assert not any(one.calls for one in done.after_load.phases if one.phase in OF_PHASE)


def test_a_sample_writes_its_tickets_and_their_customers_and_no_other(done: Done):
    made = done.made(1, 2)
    assert made["POST /api/tickets"] - CANARYS["POST /api/tickets"] == SAMPLE == done.sample.ends["created"]
    needed = done.mini.warehouse.rows(
        "SELECT DISTINCT customer_source_id AS id FROM staging.tickets WHERE list_contains(?, source_id)",
        [list(done.mini.ledger.samples.sample_records("tickets"))],
    )
    assert {row["id"] for row in needed} <= set(done.mini.ledger.samples.sample_records("customers"))
    assert made["POST /api/customers"] - 1 == len(done.mini.ledger.samples.sample_records("customers")) < 12
    assert (done.sample.differing, done.sample.exit_code) == (0, 0)


def test_the_same_sample_again_writes_nothing(done: Done):
    assert (done.again.calls, done.again.ends) == (0, done.sample.ends)
    assert not [name for name, number in done.made(2, 3).items() if number and name.startswith("POST")]


def test_a_sample_is_no_gate_for_the_load_and_doubles_nothing(done: Done):
    written = done.mini.ledger.outcomes.outcomes_of("tickets")
    assert written["outcome"].tolist() == ["created"] * TICKETS
    assert written["gorgias_id"].nunique() == TICKETS
    assert all(result.passed for result in done.mini.check().values())


def test_the_page_is_its_owners_alone_and_shows_both_sides_of_each_ticket(done: Done):
    assert done.sample.page.stat().st_mode & 0o777 == 0o600
    assert done.sample.page.parent.name == "private"
    for ticket in done.mini.ledger.samples.sample_records("tickets"):
        assert ticket in done.page
    assert done.page.count("<h3>Gorgias</h3>") == done.page.count("<h3>Ivinex</h3>") == SAMPLE
    assert "Not in Gorgias" not in done.page
    assert "&lt;p&gt;" in done.page, "the source's HTML is text here"
    assert not re.search(r"<(?:script|img|iframe)", done.page)


def test_a_sample_is_approved_by_name_and_only_once_it_was_migrated(done: Done):
    assert done.approval_refused
    said = approve_sample(done.mini.resources["settings"].get(), done.mini.ledger, "Ann", "looked at all")
    assert said.startswith(f"The sample of {SAMPLE} tickets")
    (signed,) = done.mini.ledger.sign_offs.all()
    assert (signed.subject, signed.map_version) == ("sample", done.mini.ledger.decisions.confirmed_mapping().version)


def test_a_map_that_nobody_confirmed_moves_no_sample(done: Done, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: Any) -> None:
        raise RuntimeError("not confirmed")

    monkeypatch.setattr("migration_assets.orchestration.migration.load_confirmed", refuse)
    with pytest.raises(RuntimeError, match="not confirmed"):
        migrate_sample(done.migration, SAMPLE)
