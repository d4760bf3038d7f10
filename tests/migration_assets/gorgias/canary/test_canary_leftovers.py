"""A canary that was cut off anywhere leaves nothing behind once the next run is through, and is a doubt for no one."""

from collections.abc import Callable
from typing import Any

import pytest
from gorgias_rows import TAGS

from migration_assets.gorgias.assets import canary, tags

STEPS = {
    "its customer": ("POST", "/api/customers"),
    "its ticket": ("POST", "/api/tickets"),
    "deleting the ticket": ("DELETE", "/api/tickets/"),
    "deleting the customer": ("DELETE", "/api/customers/"),
}


@pytest.fixture
def here(world: Callable[..., Any]) -> Any:
    made = world().stage(tags=TAGS)
    made.run(tags)
    return made


def left(here: Any) -> list[Any]:
    account = here.gorgias.gorgias
    return [*account.tickets, *account.customers, *here.ledger.known_writes.unsettled()]


BEFORE = pytest.param(True, marks=pytest.mark.acceptance, id="before the call")


@pytest.mark.parametrize("before", [BEFORE, pytest.param(False, id="before the answer")])
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_the_next_run_leaves_nothing(here: Any, step: str, before: bool):
    here.killed(canary, *STEPS[step], before)
    here.run(canary)
    assert left(here) == []
    assert here.ledger.conflicts.conflict_rows().empty
    gates = here.ledger.quality_gates.gate_rows().set_index("check_name")["passed"]
    assert gates["gorgias/canary:assumptions"]
    sent = here.ledger.known_writes.attempts_in(here.run_ids)
    here.run(canary)
    assert here.ledger.known_writes.attempts_in(here.run_ids) == sent


def test_a_canary_that_passed_in_a_run_that_was_cut_off_is_cleaned_up_too(here: Any):
    here.killed(canary, *STEPS["deleting the ticket"], before=True)
    here.pass_canary()
    here.run(canary)
    assert left(here) == []


def test_what_another_home_left_is_found_by_its_name(here: Any):
    here.killed(canary, *STEPS["deleting the ticket"], before=True)
    with here.ledger.transaction() as tx:
        tx.exec_driver_sql("DELETE FROM writes WHERE object = 'canary'")
    here.run(canary)
    assert left(here) == []


def test_a_canary_of_an_earlier_release_no_longer_keeps_its_customer(here: Any):
    here.killed(canary, *STEPS["deleting the ticket"], before=True)
    for row in [*here.gorgias.gorgias.tickets, *here.gorgias.gorgias.customers]:
        row["external_id"] = "ivinex:canary:3abb2e3a"
    with here.ledger.transaction() as tx:
        tx.exec_driver_sql("DELETE FROM writes WHERE object = 'canary' AND part <> 'customer'")
        tx.exec_driver_sql("UPDATE writes SET source_id = 'ivinex:canary:3abb2e3a' WHERE object = 'canary'")
    here.run(canary)
    assert left(here) == []


def test_what_the_account_refused_once_is_asked_again(here: Any):
    here.gorgias.gorgias.switches._values["G-34"] = 10
    with pytest.raises(Exception, match="did not take the canary's customer"):
        here.run(canary)
    here.gorgias.gorgias.switches._values["G-34"] = 255
    here.run(canary)
    assert left(here) == []
    assert here.ledger.conflicts.conflict_rows().empty
