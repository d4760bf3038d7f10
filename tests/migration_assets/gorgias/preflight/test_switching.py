"""Nothing leaves before every point is decided; what is switched off is restored, also by who comes after a crash."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import dagster as dg
import pandas as pd
import pytest
import yaml
from gorgias_rows import RULE, TAGS, custom_field, customer, hook

from migration_assets.gorgias.assets import customers, preflight, tags
from migration_assets.gorgias.preflight.loading import loading
from migration_assets.gorgias.preflight.switching import describe_switched_off, restore_account
from migration_assets.gorgias.step_context import TargetStep
from migration_assets.ivinex import tables as ivinex_tables
from migration_assets.mapping import confirm
from migration_assets.orchestration.decisions import Choice, DecisionRefused, decide_preflight
from resources.gorgias.client import WriteClient
from resources.gorgias.writer.write import Write
from resources.ledger.records import WriteKey
from resources.warehouse import Table
from sandbox.generator.account import managed_fields, recorded_settings

ACCOUNT: dict[str, Any] = {
    "settings": recorded_settings(auto_merge=True),
    "rules": [RULE],
    "integrations": [hook(501, "ticket-created")],
    "custom_fields": managed_fields(),
}


@pytest.fixture
def here(world: Callable[..., Any]) -> Any:
    return world(**ACCOUNT).stage(tags=TAGS)


def restored(here: Any) -> list[str]:
    with here.connected() as gorgias:
        return restore_account(gorgias, here.ledger)


def acts(here: Any) -> dict[str, Any]:
    """What of the account is on."""
    account = here.gorgias.gorgias
    return {
        **{row["type"]: row["data"] for row in account.settings},
        **{f"rule:{row['id']}": row["deactivated_datetime"] for row in account.rules},
        **{f"integration:{row['id']}": row["deactivated_datetime"] for row in account.integrations},
    }


def test_with_no_decision_no_write_leaves_and_each_point_is_named_with_its_commands(here: Any):
    with pytest.raises(dg.Failure, match=r"6 points of this account are open, so nothing was written") as refused:
        here.run(preflight)
    told = refused.value.description or ""
    for name in ("surveys", "auto_merge", "auto_split", "rule:401", "integration:501", "ai_agent"):
        assert f"`migrate preflight decide {name} " in told
    with pytest.raises(dg.Failure, match="points of this account are open"):
        here.run(tags)
    assert here.writes() == {}
    gates = here.ledger.quality_gates.gate_rows().set_index("check_name")["passed"]
    assert not gates["gorgias/preflight:decided"]


def test_what_is_decided_off_is_off_while_it_writes_and_as_before_afterwards(
    here: Any, monkeypatch: pytest.MonkeyPatch
):
    before, during = acts(here), []
    here.decide()
    send = WriteClient.send

    def seen(self: WriteClient, method: str, path: str, *more: Any) -> Any:
        if path == "/api/tags":
            during.append(acts(here))
        return send(self, method, path, *more)

    monkeypatch.setattr(WriteClient, "send", seen)
    here.run(preflight, tags)
    (while_writing,) = during
    assert {name for name, value in while_writing.items() if value != before[name]} == {
        *("satisfaction-surveys", "auto-merge", "auto-split", "rule:401", "integration:501"),
    }
    assert while_writing["auto-merge"]["tickets"]["enabled"] is False
    assert acts(here) == before
    assert here.ledger.switched_off.all() == []


def test_the_word_of_the_launchpad_is_the_command_s_off(here: Any):
    """YAML reads a bare `off` as false, so a run config says `switch_off`."""
    assert yaml.safe_load("choice: off") == {"choice": False}
    with pytest.raises(dg.Failure):
        here.run(preflight)
    decide_preflight(here.ledger, here.warehouse, "surveys", Choice.switch_off, "Ann Lee", "a test")
    with pytest.raises(dg.Failure, match="5 points of this account are open"):
        here.run(preflight)
    with pytest.raises(DecisionRefused, match="unknown_users takes"):
        decide_preflight(here.ledger, here.warehouse, "unknown_users", Choice.switch_off, "Ann Lee", "a test")


def test_a_load_with_nothing_to_write_switches_nothing(here: Any):
    here.decide()
    here.run(tags)
    sent = here.writes()
    here.run(preflight, tags)
    assert here.writes() == sent


@pytest.mark.parametrize("at", ["before the first record", "after the switch was sent", "while restoring"])
def test_killed_while_it_is_off_whoever_comes_next_restores_it(here: Any, monkeypatch: pytest.MonkeyPatch, at: str):
    before = acts(here)
    here.decide()
    send = WriteClient.send

    def dying(self: WriteClient, method: str, path: str, body: Any = None, *more: Any) -> Any:
        if at == "before the first record" and path == "/api/tags":
            raise KeyboardInterrupt
        answer = send(self, method, path, body, *more)
        if at == "after the switch was sent" and path == "/api/rules/401":
            raise KeyboardInterrupt
        if at == "while restoring" and path == "/api/rules/401" and body["deactivated_datetime"] is None:
            raise KeyboardInterrupt
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(WriteClient, "send", dying)
        # A killed process tears nothing down.
        if at != "while restoring":
            patch.setattr("migration_assets.gorgias.preflight.loading.restore_if_possible", lambda *_: "")
        with suppress(BaseException):  # Dagster wraps what it does not know; a restore that fails ends no run
            here.run(tags)
    off = here.ledger.switched_off.all()
    assert "rule:401" in {one.name for one in off}
    assert "`migrate preflight restore`" in describe_switched_off(off)
    restored(here)
    assert acts(here) == before
    assert here.ledger.switched_off.all() == []
    here.pass_an_hour()  # what was in flight is not waited for
    here.run(tags)
    assert acts(here) == before


def test_what_somebody_switches_on_meanwhile_is_switched_off_anew_and_restored_once(here: Any):
    here.decide()
    here.run(tags)
    before = acts(here)
    here.stage(tags=[*TAGS, {"name": "later", "description": None}])
    here.run(tags)
    assert acts(here) == before
    assert here.writes()["PUT /api/rules/{id}"] == 4


def test_off_for_the_load_is_not_off_for_deltas_until_that_is_decided(here: Any):
    here.decide(deltas=False)
    assert {point.name for point in here.decide(deltas=True)} == {
        *("surveys", "auto_merge", "auto_split", "rule:401", "integration:501"),
    }


def test_a_rule_that_is_to_be_excluded_closes_the_load_until_its_code_says_so(here: Any):
    here.decide(choose=lambda point: "exclude_by_tag" if "exclude_by_tag" in point.options else "off")
    with pytest.raises(dg.Failure, match=r"rule:401.*the rule does not say so yet: add"):
        here.run(preflight)
    (row,) = here.gorgias.gorgias.rules
    row["code"] = 'if (!containsAny(ticket.tags.name, ["ai_ignore"])) { Action("replyToTicket", {}) }'
    here.run(preflight)


def test_more_fields_than_there_is_room_for_are_told_before_the_first_is_made(here: Any):
    here.decide()
    fields = [custom_field(number, "Ticket", priority=1) for number in range(19)]
    here.stage(tags=TAGS, custom_fields=fields)
    with pytest.raises(dg.Failure, match=r"19 custom fields of the map do not fit: .* 7 others .* Move 1 of them"):
        here.run(preflight)
    assert here.writes() == {}
    here.stage(tags=TAGS, custom_fields=fields[:18], customers=[customer(1)])
    here.run(preflight)
    here.pass_canary()
    here.run(customers)


def test_what_another_command_restored_in_between_is_switched_off_again_before_the_next_write(here: Any):
    here.decide()
    gorgias = here.resources["gorgias"]
    context = type("Context", (), {"run": type("Run", (), {"run_id": "r", "tags": {}}), "instance": None})()
    step = TargetStep(context, here.warehouse, here.ledger, gorgias, here.resources["settings"].get())
    seen = []
    for name in ("one", "two"):
        write = Write(WriteKey("tags", name, "create"), "POST", "/api/tags", {"name": name})
        with loading(step) as gate:
            gate.apply([write])
            seen.append(acts(here)["rule:401"])
        restored(here)
    gorgias.close()
    assert all(seen)
    assert acts(here)["rule:401"] is None


def test_no_step_writes_with_another_decision_than_the_confirmed_one_be_it_started_alone(here: Any):
    here.decide()
    field = dict.fromkeys(("tab", "field_id", "label", "linked_collection_type_id"), "") | {"kind": "text"}
    field |= {"collection_type_id": "10101", "field_name": "subject", "options": "[]", "position": 0}
    tab = {"collection_type_id": "10101", "tab": "Tickets", "role": "ticket"}
    for name, row in (("fields", field), ("tabs", tab)):
        columns = dict.fromkeys(row, ("VARCHAR", ""))
        here.warehouse.replace(Table(f"ivinex.{name}", columns), pd.DataFrame([row]))
    here.warehouse.replace(ivinex_tables.TICKET_SWEEP, pd.DataFrame())
    confirm.propose(here.home, here.warehouse, "America/Denver")
    confirm.confirm(here.home, here.ledger, here.warehouse, "Ann")
    decide_preflight(here.ledger, here.warehouse, "auto_split", "accept", "Bo", "why not")
    sent = here.writes()
    with pytest.raises(confirm.NotConfirmed, match=r"auto_split was off \(test, .* and is accept \(Bo"):
        here.run(tags)
    assert here.writes() == sent
    confirm.confirm(here.home, here.ledger, here.warehouse, "Ann")
    here.run(tags)
    assert here.writes() != sent
