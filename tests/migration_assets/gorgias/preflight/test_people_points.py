"""Nobody is made of an id that nobody knows: the load asks first, and does what was chosen."""

from collections.abc import Callable
from typing import Any

import dagster as dg
import pandas as pd
import pytest
from gorgias_rows import stub

from migration_assets.gorgias.assets import preflight, users
from migration_assets.gorgias.preflight.people_points import UNKNOWN_USERS
from migration_assets.ivinex.tables import USERS


@pytest.fixture
def here(world: Callable[..., Any]) -> Any:
    """Two ids that only records name; of one the classic calls show who it is."""
    made = world(users=[{"email": "hannah@shop.example", "name": "Hannah", "role": {"name": "agent"}}]).stage(
        users=[stub(7), stub(8)]
    )
    shown = [("7", "Hannah"), ("8", None)]
    rows = [
        {"source_id": f"ivinex:user:{number}", "user_id": number, "username": name, "origin": "harvested", "records": 4}
        for number, name in shown
    ]
    made.warehouse.replace(USERS, pd.DataFrame(rows, columns=list(USERS.columns)))
    return made


def made(here: Any) -> dict[str, str]:
    """Users that a load made, by external id."""
    account = here.gorgias.gorgias
    return {row["external_id"]: row["email"] for row in account.users if row["external_id"]}


@pytest.mark.parametrize("asset", [preflight, users])
def test_people_whom_nobody_knows_stop_the_load_with_the_choices(here: Any, asset: Any):
    with pytest.raises(dg.Failure, match=r"2 people are named by records.*ivinex:user:7, ivinex:user:8") as refused:
        here.run(asset)
    told = refused.value.description or ""
    assert "docs/admin-exports.md" in told
    for choice in ("match", "fallback", "stubs"):
        assert f"`migrate preflight decide unknown_users {choice} --by NAME`" in told
    assert (made(here), here.sent) == ({}, 0)


def test_match_finds_them_by_what_the_classic_calls_show_and_the_others_carry_the_fallback_user(here: Any):
    here.ledger.decisions.decide(UNKNOWN_USERS, "match", "Ann")
    here.run(preflight, users)
    assert made(here) == {}
    hannah = next(row["id"] for row in here.gorgias.gorgias.users if row["name"] == "Hannah")
    assert here.ledger.known_writes.gorgias_ids("users") == {"ivinex:user:7": hannah}
    booked = here.ledger.outcomes.outcomes_of("users").set_index("source_id")["outcome"].to_dict()
    assert booked == {"ivinex:user:7": "adopted", "ivinex:user:8": "skipped"}


def test_fallback_makes_nobody_and_stubs_makes_both(here: Any):
    here.ledger.decisions.decide(UNKNOWN_USERS, "fallback", "Ann")
    here.run(preflight, users)
    assert made(here) == {}
    here.ledger.decisions.decide(UNKNOWN_USERS, "stubs", "Ann")
    here.run(preflight, users)
    assert made(here) == {f"ivinex:user:{number}": f"ivinex-user-{number}@stubs.invalid" for number in (7, 8)}
