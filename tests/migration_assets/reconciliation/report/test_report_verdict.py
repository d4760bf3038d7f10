"""The verdict: green only where books, gates, comparison, second pass, conflicts and quarantine all are."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from read_page import read_page

from migration_assets.mapping.model import Mapping
from migration_assets.reconciliation.balance.idempotency_check import PLANNED
from migration_assets.reconciliation.comparison.differences import COMPARED, DIFFERENCES
from migration_assets.reconciliation.report.finding import Level
from migration_assets.reconciliation.report.report_data import ReportData, collect
from migration_assets.reconciliation.report.report_files import write_handoff
from migration_assets.reconciliation.report.report_verdict import decide_verdict
from resources.ledger import Ledger, Outcome, Quarantined
from resources.ledger.records import Completion, Intent, State, WriteKey
from resources.warehouse import Warehouse

DAY = "2026-01-05"


@pytest.fixture
def evidence(
    ledger: Ledger, warehouse: Warehouse, mapping: Mapping, proved: Callable[[], None]
) -> Callable[[], ReportData]:
    proved()
    return lambda: collect(ledger, warehouse, mapping, "shop.ivinex.com")


def close_a_gate(ledger: Ledger, warehouse: Warehouse) -> None:
    ledger.quality_gates.record_gates([("staging/tickets:balance", DAY, False, "3 read, 2 staged")], "run")


def override_a_gate(ledger: Ledger, warehouse: Warehouse) -> None:
    close_a_gate(ledger, warehouse)
    ledger.quality_gates.override_gate("staging/tickets:balance", DAY, "Ann", "known")


def enter_a_conflict(ledger: Ledger, warehouse: Warehouse) -> None:
    row = {"object": "tickets", "source_id": "ivinex:20:1", "field": "status", "gorgias_id": 5, "detail": "by user 7"}
    with ledger.transaction() as tx:
        ledger.conflicts.record_in_transaction(tx, [row])


def end_in_conflict(ledger: Ledger, warehouse: Warehouse) -> None:
    with ledger.transaction() as tx:
        ledger.outcomes.record_written(
            tx, [Outcome("ivinex:20:1", "conflict", "deleted", partition=DAY, object="tickets")]
        )


def quarantine_a_contact(ledger: Ledger, warehouse: Warehouse) -> None:
    ledger.quarantine.record("contacts", "gorgias", [Quarantined("ivinex:10:1", "never_possible", "refused")])


def lose_a_row(ledger: Ledger, warehouse: Warehouse) -> None:
    ledger.outcomes.record_outcomes("contacts", "staging", [])


def leave_a_write_in_doubt(ledger: Ledger, warehouse: Warehouse) -> None:
    lease = ledger.leases.try_lease("me", 30)
    ledger.writes.begin([Intent(WriteKey("tickets", "ivinex:20:1", "update"), "h", partition=DAY)], lease.fence, "run")


def write_after_the_comparison(ledger: Ledger, warehouse: Warehouse) -> None:
    lease, key = ledger.leases.try_lease("me", 30), WriteKey("tickets", "ivinex:20:1", "update")
    ledger.writes.begin([Intent(key, "h", partition=DAY)], lease.fence, "run")
    ledger.writes.complete([Completion(key, State.DONE, 5)], lease.fence, "run")


def compare_nothing(ledger: Ledger, warehouse: Warehouse) -> None:
    warehouse.execute(f"DROP TABLE {COMPARED.name}")


def compare_not_all(ledger: Ledger, warehouse: Warehouse) -> None:
    warehouse.execute(f"UPDATE {COMPARED.name} SET compared = compared - 1 WHERE partition = '{DAY}'")


def differ(warehouse: Warehouse, kind: str, field: str = "status") -> None:
    row = (DAY, "tickets", field, kind, "ivinex:20:1", 5, "", datetime.now(UTC))
    warehouse.append(DIFFERENCES, pd.DataFrame([row], columns=list(DIFFERENCES.columns)))


def alter_a_field(ledger: Ledger, warehouse: Warehouse) -> None:
    differ(warehouse, "altered")


def change_a_field_in_gorgias(ledger: Ledger, warehouse: Warehouse) -> None:
    differ(warehouse, "changed since write")


def plan_nothing(ledger: Ledger, warehouse: Warehouse) -> None:
    warehouse.execute(f"DROP TABLE {PLANNED.name}")


def leave_a_write_to_send(ledger: Ledger, warehouse: Warehouse) -> None:
    row = (DAY, "tickets", "update", "send", 2, ["ivinex:20:1"], datetime.now(UTC))
    warehouse.append(PLANNED, pd.DataFrame([row], columns=list(PLANNED.columns)))


BAD = {
    close_a_gate: "1 gate is closed",
    enter_a_conflict: "1 conflict waits for a decision",
    end_in_conflict: "1 conflict waits for a decision",
    lose_a_row: "1 line of the balance does not add up",
    leave_a_write_in_doubt: "1 line of the balance does not add up",
    write_after_the_comparison: "1 day is not compared since the last write",
    compare_nothing: "nothing was read back from Gorgias",
    compare_not_all: "1 record was not read back",
    alter_a_field: "1 value differs",
    plan_nothing: "the load was not planned a second time",
    leave_a_write_to_send: "2 writes are left",
}
ATTENTION = {
    override_a_gate: "1 failed check was overridden",
    quarantine_a_contact: "1 record was set aside",
    change_a_field_in_gorgias: "1 value was changed in Gorgias since",
}


def test_a_whole_and_proved_migration_is_good(evidence: Callable[[], ReportData]):
    verdict = decide_verdict(evidence())
    assert verdict.level is Level.good, verdict.headline
    assert verdict.headline.startswith("All that has a place in Gorgias has arrived and was compared")


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
def test_whatever_is_open_is_in_the_headline_with_what_to_do(
    spoil: Callable[[Ledger, Warehouse], None], ledger: Ledger, warehouse: Warehouse, evidence: Callable[[], ReportData]
):
    spoil(ledger, warehouse)
    verdict = decide_verdict(evidence())
    assert verdict.level is Level.bad
    assert verdict.headline == f"Not finished: {BAD[spoil]}."
    remedies = [one.remedy for one in verdict.findings if one.level is Level.bad]
    assert all("UI" in remedy and "`migrate " in remedy for remedy in remedies)


def test_the_page_of_balanced_books_is_not_green_while_a_gate_is_closed(
    ledger: Ledger, warehouse: Warehouse, evidence: Callable[[], ReportData], tmp_path: Path
):
    close_a_gate(ledger, warehouse)
    assert evidence().balanced
    write_handoff(tmp_path / "handoff", evidence())
    for name in ("report.html", "index.html"):
        page = (tmp_path / "handoff" / name).read_text()
        assert '<div class="verdict bad">' in page
        assert "Not finished: 1 gate is closed." in read_page(page).text
        assert "has arrived" not in page


@pytest.mark.parametrize("spoil", ATTENTION, ids=lambda spoil: spoil.__name__)
def test_what_a_person_should_know_is_neither_green_nor_red(
    spoil: Callable[[Ledger, Warehouse], None], ledger: Ledger, warehouse: Warehouse, evidence: Callable[[], ReportData]
):
    spoil(ledger, warehouse)
    verdict = decide_verdict(evidence())
    assert verdict.level is Level.attention
    assert verdict.headline == f"What could be moved has arrived and was compared. Mind: {ATTENTION[spoil]}."


def test_several_open_things_are_all_in_the_headline(
    ledger: Ledger, warehouse: Warehouse, evidence: Callable[[], ReportData]
):
    for spoil in (close_a_gate, enter_a_conflict, quarantine_a_contact):
        spoil(ledger, warehouse)
    verdict = decide_verdict(evidence())
    assert verdict.headline == "Not finished: 1 gate is closed and 1 conflict waits for a decision."
    gate = next(one for one in verdict.findings if one.section == "gates")
    assert "staging/tickets:balance 2026-01-05" in gate.text
    assert "migrate gates override CHECK" in gate.remedy
