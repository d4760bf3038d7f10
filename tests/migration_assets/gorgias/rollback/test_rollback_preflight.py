"""A rollback asks about what acts on changes and deletes, has it off while it deletes, and about nothing else."""

from collections.abc import Callable
from typing import Any

import pytest
from decided_points import decide_all_points
from gorgias_rows import RULE, TAGS, hook

from migration_assets.gorgias.assets import tags
from migration_assets.gorgias.preflight.rolling_back import points_of_rollback
from migration_assets.gorgias.rollback.scope import Scope
from migration_assets.orchestration.rollback import plan_rollback, roll_back
from migration_assets.orchestration.rollback_refused import RollbackRefused
from resources.gorgias.client import WriteClient
from sandbox.generator.account import managed_fields, recorded_settings


@pytest.fixture
def here(world: Callable[..., Any]) -> Any:
    made = world(
        settings=recorded_settings(auto_merge=True),
        custom_fields=managed_fields(),
        integrations=[hook(501, "ticket-created"), hook(502, "ticket-updated")],
        rules=[dict(RULE)],
    )
    made.stage(tags=TAGS)
    return made


def listen_to_changes(here: Any) -> dict[str, Any]:
    (rule,) = here.gorgias.gorgias.rules
    rule["event_types"] = "ticket-created,ticket-updated"
    return rule


def test_only_what_acts_on_changes_is_asked_and_nothing_is_deleted_before_it_is_decided(
    here: Any, monkeypatch: pytest.MonkeyPatch
):
    here.decide()
    here.run(tags)
    gorgias, rule = here.resources["gorgias"], listen_to_changes(here)
    stores = (here.warehouse, here.ledger, gorgias)
    plan_rollback(*stores, Scope(), here.home)
    rows = points_of_rollback(gorgias.reader, here.ledger, here.warehouse)
    assert {row.point.name: bool(row.open) for row in rows} == {"rule:401": True, "integration:502": False}
    sent = here.writes()
    with pytest.raises(RollbackRefused, match=r"(?s)1 points.*rule:401.*Nothing was deleted"):
        roll_back(*stores, Scope(), here.home, "Ann Lee", "a test")
    assert here.writes() == sent
    decide_all_points(gorgias.reader, here.ledger, here.warehouse, deltas=False)
    send, on = WriteClient.send, []

    def seen(self: WriteClient, method: str, path: str, *more: Any) -> Any:
        if method == "DELETE":
            on.append(rule["deactivated_datetime"] is None)
        return send(self, method, path, *more)

    monkeypatch.setattr(WriteClient, "send", seen)
    back = roll_back(*stores, Scope(), here.home, "Ann Lee", "a test")
    gorgias.close()
    assert back.done.counts == {"deleted tags": 1}
    assert on == [False]
    assert rule["deactivated_datetime"] is None
    assert here.ledger.switched_off.all() == []
