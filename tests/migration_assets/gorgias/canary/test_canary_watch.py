"""The canary finds what the account does although preflight did not read it so."""

from collections.abc import Callable
from typing import Any

import dagster as dg
import pytest
from gorgias_rows import TAGS

from migration_assets.gorgias.assets import canary, tags
from sandbox.generator.account import recorded_settings

HARMLESS = 'Action("addTags", {"tags": "new"})'


def rule(do: str, **more: Any) -> dict[str, Any]:
    return {"id": 401, "name": "R", "code": HARMLESS, "event_types": "ticket-created", "effects": [{"do": do, **more}]}


CASES: dict[str, tuple[dict[str, Any], str]] = {
    "a rule that answers": ({"rules": [rule("mail")]}, "answered: no rule and no AI Agent answers"),
    "a rule that closes": ({"rules": [rule("close")]}, "closed: nothing closes"),
    "a rule that assigns": ({"rules": [rule("assign", user="api@shop.example")]}, "assigned: nothing assigns"),
    "surveys": ({"settings": recorded_settings()}, "survey: no satisfaction survey is sent"),
    "auto-merge": ({"settings": recorded_settings(auto_merge=True)}, "merged: auto-merge leaves"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_the_account_does_by_itself_closes_the_gate_with_its_assumption_and_is_cleaned_up(
    world: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, case: str
):
    content, told = CASES[case]
    here = world(**content).stage(tags=TAGS)
    here.decide(choose=lambda point: point.options[0])
    # As if the setting were another one than preflight knows.
    monkeypatch.setattr("migration_assets.gorgias.preflight.loading.switch_off", lambda *_: [])
    here.run(tags)
    with pytest.raises(dg.Failure, match=told):
        here.run(canary)
    assert not here.ledger.quality_gates.gate_rows(["gorgias/canary:assumptions"])["passed"].any()
    account = here.gorgias.gorgias
    assert [*account.tickets, *account.customers] == []


def test_what_was_accepted_by_name_is_no_surprise(world: Callable[..., Any]):
    code = 'Action("setAssignee", {"assignee_user": {"id": 1}})'
    here = world(rules=[rule("assign", user="api@shop.example") | {"code": code}]).stage(tags=TAGS)
    here.decide(choose=lambda point: "accept")
    here.run(tags)
    here.run(canary)
    assert here.ledger.quality_gates.gate_rows(["gorgias/canary:assumptions"])["passed"].all()
