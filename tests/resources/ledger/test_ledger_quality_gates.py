"""Gate results, overrides, decisions and confirmations: the newest word counts."""

from typing import Any

import pytest

from resources.ledger import Ledger
from resources.ledger.base import NameMissing
from resources.ledger.quality_gates import UNPARTITIONED


def row(ledger: Ledger, partition: str = "2026-01-05") -> dict[str, Any]:
    frame = ledger.quality_gates.gate_rows(["staging/tickets: schema"])
    (found,) = frame[frame["partition"] == partition].to_dict("records")
    return found


def test_the_newest_result_counts(ledger: Ledger):
    for passed in (True, False):
        ledger.quality_gates.record_gate("staging/tickets: schema", "2026-01-05", passed, "3 rows", "run")
    assert row(ledger)["passed"] is False


def test_an_override_holds_until_the_check_reports_again(ledger: Ledger, clock: Any):
    ledger.quality_gates.record_gate("staging/tickets: schema", "2026-01-05", False, "3 rows", "run")
    clock.forward(1)
    ledger.quality_gates.override_gate("staging/tickets: schema", "2026-01-05", "Ada", "known rows")
    assert row(ledger)["overridden"] is True
    clock.forward(1)
    ledger.quality_gates.record_gate("staging/tickets: schema", "2026-01-05", False, "4 rows", "run")
    assert row(ledger)["overridden"] is False


def test_a_check_without_partitions_has_one_row(ledger: Ledger):
    for _ in range(2):
        ledger.quality_gates.record_gate("staging/tickets: schema", None, True, "", "run")
    assert row(ledger, UNPARTITIONED)["passed"] is True


def test_a_decision_is_replaced_and_a_confirmation_is_not(ledger: Ledger):
    for choice in ("create", "fallback"):
        ledger.decisions.decide("missing_users", choice, "Ada")
        ledger.decisions.confirm_mapping(choice, "f", {"fields": 1}, "Ada")
    assert ledger.decisions.decision("missing_users") == "fallback"
    assert ledger.decisions.decision("other") is None
    confirmed = ledger.decisions.confirmed_mapping()
    assert confirmed is not None
    assert (confirmed.version, confirmed.schema, confirmed.by) == ("fallback", {"fields": 1}, "Ada")


def test_of_several_changes_since_a_confirmation_what_held_before_the_first_is_kept(ledger: Ledger):
    ledger.decisions.confirm_mapping("v", "f", {}, "Ada")
    for choice in ("create", "fallback", "stubs"):
        ledger.decisions.decide("missing_users", choice, "Ada", of_load=True)
    [changed] = ledger.decisions.changed_since_confirmation()
    assert (changed.topic, changed.was.choice, changed.now.choice) == ("missing_users", "create", "stubs")
    ledger.decisions.confirm_mapping("v", "f", {}, "Ada")
    assert ledger.decisions.changed_since_confirmation() == []


def test_progress_is_what_another_process_shows(ledger: Ledger, open_ledger: Any):
    ledger.progress.note_progress("gorgias/tickets", 5, 10, 1.8)
    ledger.progress.note_progress("gorgias/tickets", 7, 10, 1.8)
    (shown,) = open_ledger().progress.progress_rows().to_dict("records")
    assert (shown["done"], shown["total"], shown["per_second"]) == (7, 10, 1.8)


@pytest.mark.parametrize("by", ["", "  ", "x" * 201])
def test_nobody_decides_without_a_name(ledger: Ledger, by: str):
    ledger.quality_gates.record_gate("staging/tickets: schema", "2026-01-05", False, "3 rows", "run")
    conflict = {"object": "tickets", "source_id": "1", "field": "subject"}
    for decide in (
        lambda: ledger.decisions.confirm_mapping("v1", "f", {}, by),
        lambda: ledger.decisions.decide("missing_users", "create", by),
        lambda: ledger.quality_gates.override_gate("staging/tickets: schema", "2026-01-05", by, "why"),
        lambda: ledger.conflicts.resolve(conflict, "ours", by),
        lambda: ledger.writes.forget_refusals(["1"], by),
    ):
        with pytest.raises(NameMissing, match="Nothing was changed"):
            decide()
    assert row(ledger)["overridden"] is False
    assert ledger.decisions.decision("missing_users") is None


def test_the_results_of_an_asset_are_its_own(ledger: Ledger):
    checks = ("tickets:schema", "tickets_kept:schema", "messages:schema", "tickets:balance")
    names = [f"staging/{check}" for check in checks]
    ledger.quality_gates.record_gates([(name, "2026-01-01", True, "") for name in names], "run")
    found = ledger.quality_gates.gate_rows(assets=["staging/tickets"])
    assert list(found["check_name"]) == ["staging/tickets:balance", "staging/tickets:schema"]
