"""What was decided for a load is confirmed with the map: a first decision joins it, a changed one closes the load."""

from typing import Any

from migration_assets.gorgias.preflight.decisions import record
from migration_assets.gorgias.preflight.point import ACCEPT, OFF, Point, mark_of
from migration_assets.mapping.decision_changes import decision_changes
from resources.ledger import Ledger

POINT = Point("tab:Old claims", "", (), None, (OFF, ACCEPT), mark_of("code"))


def decide(ledger: Ledger, choice: str, by: str, **more: Any) -> None:
    record(ledger, POINT, choice, by, "a test", **({"deltas": False} | more))


def test_a_first_decision_is_no_change_and_another_one_is_named_with_both_choices_and_who_took_them(ledger: Ledger):
    ledger.decisions.confirm_mapping("v", "f", {}, "Ann")
    decide(ledger, OFF, "Ann")
    assert decision_changes(ledger) == []
    decide(ledger, ACCEPT, "Bo")
    [told] = decision_changes(ledger)
    assert told.startswith("preflight: tab:Old claims was off (Ann, ")
    assert " UTC) and is accept (Bo, " in told


def test_the_same_choice_again_and_the_way_back_change_nothing(ledger: Ledger):
    decide(ledger, OFF, "Ann")
    ledger.decisions.confirm_mapping("v", "f", {}, "Ann")
    decide(ledger, OFF, "Bo")
    assert decision_changes(ledger) == []
    decide(ledger, ACCEPT, "Bo")
    assert decision_changes(ledger) != []
    decide(ledger, OFF, "Cy")
    assert decision_changes(ledger) == []


def test_a_confirmation_stands_for_what_is_decided_by_then(ledger: Ledger):
    decide(ledger, OFF, "Ann")
    decide(ledger, ACCEPT, "Ann")
    ledger.decisions.confirm_mapping("v", "f", {}, "Ann")
    assert decision_changes(ledger) == []
    decide(ledger, OFF, "Ann")
    assert len(decision_changes(ledger)) == 1


def test_a_decision_for_deltas_is_a_decision_of_its_own(ledger: Ledger):
    decide(ledger, ACCEPT, "Ann", deltas=True)
    ledger.decisions.confirm_mapping("v", "f", {}, "Ann")
    decide(ledger, OFF, "Bo", deltas=True)
    [told] = decision_changes(ledger)
    assert told.startswith("preflight: tab:Old claims for deltas was accept (Ann, ")


def test_what_is_decided_of_other_matters_and_on_another_account_is_none(ledger: Ledger):
    ledger.decisions.confirm_mapping("v", "f", {}, "Ann")
    for choice in ("begun", "ended"):
        ledger.decisions.decide("a rollback", choice, "Ann")
    other = Ledger(ledger.engine, "staging:shop")
    for choice in (OFF, ACCEPT):
        decide(other, choice, "Ann")
    assert decision_changes(ledger) == []
    assert len(decision_changes(other)) == 1
    ledger.decisions.confirm_mapping("v", "f", {}, "Ann")
    assert len(decision_changes(other)) == 1
