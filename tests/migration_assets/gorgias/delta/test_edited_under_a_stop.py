"""A record that was edited in Ivinex between a stop and the next run is an ordinary change, carried by that run."""

from collections.abc import Callable
from typing import Any

import pytest
from gorgias_rows import DAY, customer, message, ticket

from migration_assets.gorgias import assets as tickets_module
from migration_assets.gorgias.assets import customer_changes, customers, tags, ticket_changes, ticket_messages, tickets
from resources.gorgias.client import WriteClient

TAGS = [{"name": "ai_ignore", "description": None}, {"name": "vip", "description": None}]


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def here(world: Callable[..., Any]) -> Any:
    made = world()
    made.stage(tags=TAGS, customers=[customer(1)])
    made.pass_canary()
    made.run(tags)
    made.run(customers)
    return made


def killed(here: Any, monkeypatch: pytest.MonkeyPatch, asset: Any, method: str, path: str, **run: Any) -> None:
    """The asset's process dies after Gorgias has carried out this call, and before its answer is known."""
    send = WriteClient.send

    def dying(self: WriteClient, of: str, to: str, *more: Any) -> Any:
        given = send(self, of, to, *more)
        if of == method and to.startswith(path):
            raise Killed
        return given

    with monkeypatch.context() as patch:
        patch.setattr(WriteClient, "send", dying)
        with pytest.raises(BaseException):  # noqa: B017, PT011 - Dagster wraps what it does not know
            here.run(asset, **run)
    assert here.ledger.known_writes.unsettled()
    here.pass_an_hour()


def rerun(here: Any, **rows: Any) -> None:
    """Stage the rows as they are now, and load the day as the job does."""
    here.stage(tags=TAGS, **({"customers": [customer(1)]} | rows))
    here.run(customers)
    here.run(customer_changes)
    for asset in (tickets, ticket_messages, ticket_changes):
        here.run(asset, partition=DAY)


def texts(here: Any) -> list[str]:
    rows = sorted(here.gorgias.gorgias.messages, key=lambda row: row["external_id"])
    return [row["body_text"] for row in rows]


def settled(here: Any) -> None:
    assert here.ledger.conflicts.conflict_rows().empty
    assert here.ledger.known_writes.unsettled() == []
    assert list((here.home / "private" / "unsettled").glob("*")) == []
    assert here.warehouse.scalar("SELECT count(*) FROM gorgias.as_left") == 0


def test_a_ticket_whose_create_was_in_flight(here: Any, monkeypatch: pytest.MonkeyPatch):
    here.stage(tags=TAGS, customers=[customer(1)], tickets=[ticket(1, 2)], messages=[message(1, 0), message(1, 1)])
    killed(here, monkeypatch, tickets, "POST", "/api/tickets", partition=DAY)
    edited = ticket(1, 3, subject="New subject", status="closed", tags='["ai_ignore","vip"]', source_version="w")
    rows = [message(1, 0), message(1, 1, body_text="Edited", source_version="w"), message(1, 2)]
    rerun(here, tickets=[edited], messages=rows)
    (held,) = here.gorgias.gorgias.tickets
    assert (held["subject"], held["status"]) == ("New subject", "closed")
    assert texts(here) == ["Message 0", "Edited", "Message 2"]
    settled(here)


@pytest.mark.acceptance
def test_a_ticket_whose_create_was_answered_before_the_stop(here: Any, monkeypatch: pytest.MonkeyPatch):
    """Its base is entered after the calls of its day, so a stop in between leaves it without one."""
    here.stage(tags=TAGS, customers=[customer(1)], tickets=[ticket(1, 1)], messages=[message(1, 0)])

    def dying(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(tickets_module, "enter_initial_bases", dying)
        with pytest.raises(BaseException):  # noqa: B017, PT011
            here.run(tickets, partition=DAY)
    rerun(here, tickets=[ticket(1, 1, subject="New subject", source_version="w")], messages=[message(1, 0)])
    (held,) = here.gorgias.gorgias.tickets
    assert held["subject"] == "New subject"
    settled(here)


def test_an_update_that_was_in_flight(here: Any, monkeypatch: pytest.MonkeyPatch):
    rerun(here, tickets=[ticket(1, 1)], messages=[message(1, 0)])
    here.stage(
        tags=TAGS,
        customers=[customer(1)],
        tickets=[ticket(1, 1, subject="Second", source_version="w")],
        messages=[message(1, 0)],
    )
    killed(here, monkeypatch, ticket_changes, "PUT", "/api/tickets", partition=DAY)
    rerun(here, tickets=[ticket(1, 1, subject="Third", source_version="x")], messages=[message(1, 0)])
    (held,) = here.gorgias.gorgias.tickets
    assert held["subject"] == "Third"
    settled(here)


def test_a_new_message_that_was_in_flight(here: Any, monkeypatch: pytest.MonkeyPatch):
    rerun(here, tickets=[ticket(1, 1)], messages=[message(1, 0)])
    here.stage(
        tags=TAGS,
        customers=[customer(1)],
        tickets=[ticket(1, 2, source_version="w")],
        messages=[message(1, 0), message(1, 1)],
    )
    killed(here, monkeypatch, ticket_changes, "POST", "/api/tickets", partition=DAY)
    rows = [message(1, 0), message(1, 1, body_text="Edited", source_version="w")]
    rerun(here, tickets=[ticket(1, 2, source_version="x")], messages=rows)
    assert texts(here) == ["Message 0", "Edited"]
    settled(here)


def test_a_customer_whose_create_was_in_flight(here: Any, monkeypatch: pytest.MonkeyPatch):
    rows = [customer(1), customer(2, data='{"size":"L"}')]
    here.stage(tags=TAGS, customers=rows)
    killed(here, monkeypatch, customers, "POST", "/api/customers")
    rerun(here, customers=[customer(1), customer(2, name="Ada King", data='{"size":"M"}', source_version="w")])
    held = next(row for row in here.gorgias.gorgias.customers if row["external_id"] == "ivinex:1001:2")
    assert (held["name"], held["data"]) == ("Ada King", {"ivinex": {"size": "M"}})
    settled(here)


@pytest.mark.acceptance
def test_a_customer_s_update_that_was_in_flight(here: Any, monkeypatch: pytest.MonkeyPatch):
    rerun(here)
    here.stage(tags=TAGS, customers=[customer(1, name="Second", source_version="w")])
    killed(here, monkeypatch, customer_changes, "PUT", "/api/customers")
    rerun(here, customers=[customer(1, name="Third", source_version="x")])
    (held,) = here.gorgias.gorgias.customers
    assert held["name"] == "Third"
    settled(here)


@pytest.mark.acceptance
def test_what_an_agent_changed_in_between_still_stays(here: Any, monkeypatch: pytest.MonkeyPatch):
    here.stage(tags=TAGS, customers=[customer(1)], tickets=[ticket(1, 1)], messages=[message(1, 0)])
    killed(here, monkeypatch, tickets, "POST", "/api/tickets", partition=DAY)
    rerun(here, tickets=[ticket(1, 1)], messages=[message(1, 0)])
    (held,) = here.gorgias.gorgias.tickets
    held["subject"] = "An agent's"
    rerun(here, tickets=[ticket(1, 1, subject="Ours", source_version="w")], messages=[message(1, 0)])
    assert held["subject"] == "An agent's"
    assert set(here.ledger.conflicts.conflict_rows()["field"]) == {"subject"}
