"""A record that was edited in Ivinex between a stop and the next run is an ordinary change, carried by that run."""

from collections.abc import Callable
from typing import Any

import pytest
from gorgias_rows import DAY, TAGS, customer, message, ticket

from migration_assets.gorgias.assets import customer_changes, customers, tags, ticket_changes, ticket_messages, tickets
from migration_assets.gorgias.load import load_tickets

ALL_TAGS = [*TAGS, {"name": "vip", "description": None}]


@pytest.fixture
def here(world: Callable[..., Any]) -> Any:
    made = world().stage(tags=ALL_TAGS, customers=[customer(1)])
    made.pass_canary()
    made.run(tags)
    made.run(customers)
    return made


def rerun(here: Any, **rows: Any) -> None:
    """Stage the rows as they are now, and load the day as the job does."""
    here.stage(tags=ALL_TAGS, **({"customers": [customer(1)]} | rows))
    here.run(customers)
    here.run(customer_changes)
    for asset in (tickets, ticket_messages, ticket_changes):
        here.run(asset, partition=DAY)


def settled(here: Any) -> None:
    assert here.ledger.conflicts.conflict_rows().empty
    assert here.ledger.known_writes.unsettled() == []
    assert list((here.home / "private" / "unsettled").glob("*")) == []
    assert here.warehouse.scalar("SELECT count(*) FROM gorgias.as_left") == 0


Rows = dict[str, list[dict[str, Any]]]
ONE: Rows = {"tickets": [ticket(1, 1)], "messages": [message(1, 0)]}
TWO: Rows = {"messages": [message(1, 0), message(1, 1)]}
EDITED: Rows = {"messages": [message(1, 0), message(1, 1, body_text="Edited", source_version="w")]}
STOPS: dict[str, tuple[Rows, Rows, tuple[Any, str, str], Rows, tuple[str, dict[str, Any]]]] = {
    "the create of a ticket": (
        {},
        {"tickets": [ticket(1, 2)]} | TWO,
        (tickets, "POST", "/api/tickets"),
        {
            "tickets": [ticket(1, 3, subject="Third", status="closed", tags='["ai_ignore","vip"]', source_version="w")],
            "messages": [*EDITED["messages"], message(1, 2)],
        },
        ("101:1", {"subject": "Third", "status": "closed", "texts": ["Message 0", "Edited", "Message 2"]}),
    ),
    "an update of a ticket": (
        ONE,
        ONE | {"tickets": [ticket(1, 1, subject="Second", source_version="w")]},
        (ticket_changes, "PUT", "/api/tickets"),
        ONE | {"tickets": [ticket(1, 1, subject="Third", source_version="x")]},
        ("101:1", {"subject": "Third"}),
    ),
    "a new message": (
        ONE,
        {"tickets": [ticket(1, 2, source_version="w")]} | TWO,
        (ticket_changes, "POST", "/api/tickets"),
        {"tickets": [ticket(1, 2, source_version="x")]} | EDITED,
        ("101:1", {"texts": ["Message 0", "Edited"]}),
    ),
    "the create of a customer": (
        {},
        {"customers": [customer(1), customer(2, data='{"size":"L"}')]},
        (customers, "POST", "/api/customers"),
        {"customers": [customer(1), customer(2, name="Ada King", data='{"size":"M"}', source_version="w")]},
        ("1001:2", {"name": "Ada King", "data": {"ivinex": {"size": "M"}}}),
    ),
    "an update of a customer": (
        ONE,
        {"customers": [customer(1, name="Second", source_version="w")]},
        (customer_changes, "PUT", "/api/customers"),
        {"customers": [customer(1, name="Third", source_version="x")]},
        ("1001:1", {"name": "Third"}),
    ),
}


@pytest.mark.parametrize(
    "stop", [pytest.param(one, marks=[pytest.mark.acceptance] * (one == "an update of a customer")) for one in STOPS]
)
def test_what_was_in_flight_at_the_stop_is_as_it_was_edited_since(here: Any, stop: str):
    before, staged, call, edited, (number, expected) = STOPS[stop]
    if before:
        rerun(here, **before)
    here.stage(tags=ALL_TAGS, **({"customers": [customer(1)]} | staged))
    here.killed(*call, partition=DAY)
    rerun(here, **edited)
    account = here.gorgias.gorgias
    (held,) = [row for row in (*account.tickets, *account.customers) if row["external_id"] == f"ivinex:{number}"]
    texts = [row["body_text"] for row in sorted(account.messages, key=lambda row: row["external_id"])]
    assert {name: (held | {"texts": texts})[name] for name in expected} == expected
    settled(here)


@pytest.mark.acceptance
def test_a_ticket_whose_create_was_answered_before_the_stop(here: Any, monkeypatch: pytest.MonkeyPatch):
    """Its base is entered after the calls of its day, so a stop in between leaves it without one."""
    here.stage(tags=ALL_TAGS, customers=[customer(1)], tickets=[ticket(1, 1)], messages=[message(1, 0)])

    def dying(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(load_tickets, "enter_initial_bases", dying)
        with pytest.raises(BaseException):  # noqa: B017, PT011
            here.run(tickets, partition=DAY)
    rerun(here, tickets=[ticket(1, 1, subject="New subject", source_version="w")], messages=[message(1, 0)])
    (held,) = here.gorgias.gorgias.tickets
    assert held["subject"] == "New subject"
    settled(here)


@pytest.mark.acceptance
def test_what_an_agent_changed_in_between_still_stays(here: Any):
    here.stage(tags=ALL_TAGS, customers=[customer(1)], tickets=[ticket(1, 1)], messages=[message(1, 0)])
    here.killed(tickets, "POST", "/api/tickets", partition=DAY)
    rerun(here, tickets=[ticket(1, 1)], messages=[message(1, 0)])
    (held,) = here.gorgias.gorgias.tickets
    held["subject"] = "An agent's"
    rerun(here, tickets=[ticket(1, 1, subject="Ours", source_version="w")], messages=[message(1, 0)])
    assert held["subject"] == "An agent's"
    assert set(here.ledger.conflicts.conflict_rows()["field"]) == {"subject"}
