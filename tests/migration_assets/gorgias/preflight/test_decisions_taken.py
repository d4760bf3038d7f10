"""A decision for the load and one for deltas stand side by side, and where nobody has looked yet, deciding looks."""

from collections.abc import Callable
from typing import Any

import httpx
import pandas as pd
import pytest
from gorgias_rows import TAGS

from migration_assets.gorgias.assets import preflight, tags
from migration_assets.gorgias.preflight.decisions import decided, remedy, undecided
from migration_assets.gorgias.preflight.look import Look, look, seen
from migration_assets.gorgias.preflight.preflight_report import as_table, decisions_table
from migration_assets.gorgias.preflight.taken import taken
from migration_assets.orchestration.decisions import DecisionRefused, PreflightDecided, decide_preflight
from resources.gorgias.client import Reader
from resources.gorgias.failures import GorgiasError
from resources.gorgias.known_account import LoadedElsewhere
from resources.warehouse import Table
from sandbox.generator.account import recorded_settings


@pytest.fixture
def here(world: Callable[..., Any]) -> Any:
    return world(settings=recorded_settings(auto_merge=True)).stage(tags=TAGS)


def looked(here: Any, *, delta: bool = False) -> Look:
    with here.connected() as gorgias:
        return look(Reader(gorgias.connection), here.ledger, here.warehouse, delta=delta)


def decide(here: Any, topic: str, choice: str, reason: str, **more: Any) -> PreflightDecided:
    return decide_preflight(here.ledger, here.warehouse, topic, choice, "Ann Lee", reason, **more)


def holds(here: Any, name: str) -> dict[str, str]:
    points = [row.point for row in looked(here).rows]
    return {row.holds_for: row.decision.choice for row in taken(here.ledger, points) if row.point == name}


def test_no_number_is_said_of_a_delta_that_has_not_compared_yet(here: Any):
    found = looked(here, delta=True)
    assert [row.point.touches for row in found.rows] == [None] * 3
    assert [point.touches for point in seen(here.warehouse)] == [None] * 3
    told = remedy(found.open, delta=True)
    assert "at most" not in told
    assert "how many records is not known before the delta has compared" in told
    assert "| unknown |" in as_table(found.rows)
    assert {row.point.touches for row in looked(here).rows} == {0}


def test_a_decision_for_deltas_leaves_that_of_the_load_and_the_other_way_round(here: Any):
    looked(here)
    decide(here, "auto_split", "off", "the load")
    done = decide(here, "auto_split", "accept", "the shop works", deltas=True)
    assert [(row.holds_for, row.decision.choice) for row in done.holding] == [("load", "off"), ("deltas", "accept")]
    decide(here, "auto_split", "off", "the load, again")
    assert holds(here, "auto_split") == {"load": "off", "deltas": "accept"}
    points = [row.point for row in looked(here).rows if row.point.name == "auto_split"]
    assert [decided(here.ledger, points, delta=delta)[0].choice for delta in (False, True)] == ["off", "accept"]
    shown = decisions_table(taken(here.ledger, points))
    assert "| auto_split | off | load | Ann Lee |" in shown
    assert "the shop works" in shown


def test_the_first_decision_with_deltas_is_one_for_both_and_accepting_is_so_without(here: Any):
    looked(here)
    decide(here, "surveys", "off", "nobody wants one", deltas=True)
    decide(here, "auto_split", "accept", "harmless")
    decide(here, "auto_merge", "off", "the load")
    assert [holds(here, name) for name in ("surveys", "auto_split", "auto_merge")] == [
        {"load and deltas": "off"},
        {"load and deltas": "accept"},
        {"load": "off"},
    ]
    points = [row.point for row in looked(here).rows]
    still_open = undecided(decided(here.ledger, points, delta=True))
    assert [row.point.name for row in still_open] == ["auto_merge"]


def test_where_nobody_has_looked_yet_deciding_looks_first(here: Any):
    done = decide(here, "surveys", "off", "nobody wants one", look_first=lambda: looked(here))
    assert "surveys: off holds for load (decided by Ann Lee)." in done.sentences()
    assert holds(here, "surveys") == {"load": "off"}


def test_where_it_cannot_be_looked_at_the_way_to_look_is_said(here: Any):
    def refused() -> None:
        raise GorgiasError("GET", "/api/account", 401, "the key is wrong")

    with pytest.raises(DecisionRefused, match=r"Nobody has looked .* the key is wrong.*`migrate preflight show`"):
        decide(here, "rule:401", "off", "a test", look_first=refused)
    with pytest.raises(DecisionRefused, match="nothing that a load asks for"):
        decide(here, "survey", "off", "a test", look_first=refused)


@pytest.mark.parametrize("newest_page", [100, 0])
def test_the_account_of_another_home_is_refused_before_anything_is_asked_or_switched_off(
    here: Any, newest_page: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """Also where the newest page is full of the shop's own records: the first ones of the source are asked for."""
    url, auth = here.gorgias.gorgias_url, here.gorgias.gorgias_auth
    mail = {"type": "email", "address": "bo@mail.invalid", "preferred": True}
    made = {"name": "Bo", "email": mail["address"], "external_id": "ivinex:10102:5", "channels": [mail]}
    assert httpx.post(f"{url}/api/customers", json=made, auth=auth).status_code == 201
    if not newest_page:
        contacts = Table("ivinex.contacts", {"source_id": ("VARCHAR", "")})
        here.warehouse.replace(contacts, pd.DataFrame([{"source_id": made["external_id"]}]))
        other = {"name": "New", "email": "new@mail.invalid", "channels": [mail | {"address": "new@mail.invalid"}]}
        assert httpx.post(f"{url}/api/customers", json=other, auth=auth).status_code == 201
        monkeypatch.setattr("resources.gorgias.known_account.PAGE", 1)
    before = [dict(row) for row in here.gorgias.gorgias.settings]
    for asset in (preflight, tags):
        with pytest.raises(LoadedElsewhere, match="loaded by another home"):
            here.run(asset)
    assert "Switched off" not in caplog.text
    assert [dict(row) for row in here.gorgias.gorgias.settings] == before
    assert here.ledger.switched_off.all() == []
