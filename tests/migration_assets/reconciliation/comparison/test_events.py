"""Who changed what is not as written: an event excuses what its type speaks of, and nothing that may be our own."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from target_account import CONFIG, DAY, Target, connected, happened, load
from verified_account import differences, verify

from migration_assets.reconciliation.comparison.events import EventEvidence
from migration_assets.reconciliation.comparison.surveys import explain_surveys
from resources.gorgias.writer.write import Write
from resources.ledger import Ledger
from resources.ledger.records import WriteKey
from sandbox.gorgias.account import Account
from sandbox.serve import running_gorgias

FIRST = "ivinex:20:1"


@pytest.fixture
def served() -> Iterator[Any]:
    with running_gorgias(CONFIG) as running:
        yield running


@pytest.fixture
def target(served: Any, ledger: Ledger, tmp_path: Path) -> Iterator[Target]:
    with connected(served, ledger, tmp_path) as made:
        load(made, len(ACTS))
        made.gate.mark_clock()
        yield made


def found(target: Target) -> set[tuple[Any, ...]]:
    verify(target)
    explain_surveys(EventEvidence(target.reader, target.ledger, target.warehouse), [DAY])
    return {row[:3] for row in differences(target)}


def row_of(account: Account, target: Target) -> dict[str, Any]:
    return account.tickets.rows[target.tickets[FIRST]]


def later(account: Account, seconds: float) -> Callable[[], float]:
    clock = account.clock
    account.clock = lambda: clock() + seconds
    return clock


def by_itself(account: Account, *afters: float) -> None:
    """Gorgias's own update of every ticket, so many seconds after its create, under the API user's id.

    Args:
        afters: of the first ticket, of the second, and so on; the last of all that follow.
    """
    for ticket, after in zip_longest(list(account.tickets), afters, fillvalue=afters[-1]):
        made, *_ = account.events.by("object", ("Ticket", ticket["id"]))
        at = datetime.fromisoformat(made["created_datetime"]) + timedelta(seconds=after)
        happened(account, "ticket-updated", "Ticket", ticket["id"], user_id=made["user_id"], at=at.isoformat())
        ticket.update(language="en", updated_datetime=at.isoformat())


@pytest.mark.parametrize("afters", [(0.0, 0.2, 1.0), (3.0,)])
def test_gorgias_own_update_is_no_difference_and_excuses_none(target: Target, served: Any, afters: tuple[float, ...]):
    by_itself(served.gorgias, *afters)
    assert found(target) == set()
    row_of(served.gorgias, target)["priority"] = "high"
    assert found(target) == {("tickets", "priority", "altered")}


def others_event_for_one_field(account: Account, ticket: dict[str, Any]) -> None:
    ticket.update(subject="other", assignee_user_id=None)
    happened(account, "ticket-subject-updated", "Ticket", ticket["id"])


def own_event(account: Account, ticket: dict[str, Any], seconds: float) -> None:
    """One of the API user, so long after the create by Gorgias's own clock."""
    ticket["subject"] = "other"
    own = account.events.by("object", ("Ticket", ticket["id"]))[0]
    at = (datetime.fromisoformat(own["created_datetime"]) + timedelta(seconds=seconds)).isoformat()
    happened(account, "ticket-subject-updated", "Ticket", ticket["id"], own["user_id"], at)


def value_in_a_field_of_gorgias(account: Account, ticket: dict[str, Any]) -> None:
    field = account.custom_fields.add({**next(iter(account.custom_fields)), "id": None, "managed_type": "ai_intent"})
    ticket["custom_fields"][str(field["id"])] = "by Gorgias"


def renamed_team(account: Account, _: dict[str, Any]) -> None:
    """What people do to a team is told of the team and blames no ticket."""
    team = next(iter(account.teams))
    team.update(name="First level", member_ids=[])
    happened(account, "team-updated", "Team", team["id"])


ACTS: tuple[tuple[Callable[[Account, dict[str, Any]], None], dict[str, str]], ...] = (
    (others_event_for_one_field, {"subject": "changed since write", "assignee_user": "dropped"}),
    (lambda account, ticket: own_event(account, ticket, 0), {"subject": "altered"}),
    (lambda account, ticket: own_event(account, ticket, 30), {"subject": "changed since write"}),
    (value_in_a_field_of_gorgias, {}),
    (renamed_team, {}),
)
"""What happens to a ticket, and what is told of its fields: an event of another user excuses its own field, one of the
API user only after our last write by Gorgias's clock."""


def test_an_event_excuses_the_field_of_its_own_ticket_and_no_other(target: Target, served: Any):
    expected = {("teams", "name", "changed since write", "ivinex:group:1")}
    for (act, told), name in zip(ACTS, list(target.tickets), strict=True):
        act(served.gorgias, served.gorgias.tickets.rows[target.tickets[name]])
        expected |= {("tickets", field, kind, name) for field, kind in told.items()}
    found(target)
    assert set(differences(target)) == expected


def test_a_clock_of_ours_that_is_wrong_by_hours_changes_nothing(target: Target, served: Any):
    account = served.gorgias
    later(account, -7200)
    ticket = row_of(account, target)
    ticket["priority"] = "high"
    happened(account, "ticket-updated", "Ticket", ticket["id"])
    assert found(target) == {("tickets", "priority", "changed since write")}


def test_a_tag_that_was_renamed_or_deleted_is_followed_on_its_tickets(target: Target, served: Any):
    account = served.gorgias
    numbers = {tag["name"]: tag["id"] for tag in account.tags}
    for name, number in numbers.items():
        target.gate.adopt([(tag_write(name), number)])
    account.tags.rows[numbers["vip"]]["name"] = "important"
    account.tags.save(account.tags.rows[numbers["vip"]])
    assert found(target) == set()
    for ticket in account.tickets:
        ticket["tag_ids"] = [one for one in ticket["tag_ids"] if one != numbers["vip"]]
    account.tags.remove(numbers["vip"])
    assert found(target) == set()
    row_of(account, target)["tag_ids"] = []
    assert found(target) == {("tickets", "tags", "dropped")}


def tag_write(name: str) -> Write:
    return Write(WriteKey("tags", name, "create"), "POST", "/api/tags", {"name": name})


def test_objects_that_are_as_written_cost_no_look_at_their_events(target: Target, served: Any):
    assert found(target) == set()
    before = served.server.stats.requests.get("GET /api/events", 0)
    assert found(target) == set()
    # Surveys that were sent, the newest event before the lists are walked, and whether it still is when a day is taken.
    assert served.server.stats.requests.get("GET /api/events", 0) == before + 3


def test_a_survey_is_blamed_on_the_load_unless_somebody_else_closed_the_ticket_before_it(target: Target, served: Any):
    account = served.gorgias
    ticket = row_of(account, target)
    own = account.events.by("object", ("Ticket", ticket["id"]))[0]["user_id"]
    happened(account, "satisfaction-survey-sent", "Ticket", ticket["id"], own, "2099-06-02T00:00:00+00:00")
    blamed = ("messages", "satisfaction survey", "extra")
    assert found(target) == {blamed}

    # Reopened since, and nothing tells that somebody had closed it before the survey: ours.
    happened(account, "ticket-closed", "Ticket", ticket["id"], own, "2026-01-05T00:00:00+00:00")
    ticket.update(status="open", closed_datetime=None)
    happened(account, "ticket-reopened", "Ticket", ticket["id"], at="2099-06-03T00:00:00+00:00")
    assert blamed in found(target)

    happened(account, "ticket-closed", "Ticket", ticket["id"], at="2099-06-01T00:00:00+00:00")
    assert ("messages", "satisfaction survey", "changed since write") in found(target)
