"""One delta after a load, with every kind of change at once: each change is carried over once, nothing else is touched.

The edits on both sides and the two deltas are made once for the module; the tests look at what came of them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from both_sides import Both, both_sides, writes
from mini_migration import Outcome, look
from plain_migration import Loaded

from migration_assets.reconciliation.comparison.comparison_rules import is_defect

ONE, TWO, THREE, FOUR, FIVE, SIX, EIGHT = (f"ivinex:10101:7000{number}" for number in (1, 2, 3, 4, 5, 6, 8))


@dataclass
class Story:
    """What was done, and what the two deltas asked of Gorgias."""

    both: Both
    empty: dict[str, int] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)
    second: dict[str, int] = field(default_factory=dict)
    appended: list[str] = field(default_factory=list)
    edited: dict[str, Any] = field(default_factory=dict)
    customers: dict[str, int] = field(default_factory=dict)


@pytest.fixture(scope="module")
def story(loaded_once: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("delta")
    with loaded_once.served_again(folder) as migration, both_sides(migration) as both:
        migration.verify()
        told = Story(both)
        told.empty = both.delta()
        _edit_gorgias(both, told)
        _edit_source(both, told)
        told.first = both.delta()
        told.second = both.delta()
        yield told


def _edit_gorgias(both: Both, told: Story) -> None:
    one = f"/api/tickets/{both.number(ONE)}"
    both.in_gorgias("PUT", one, {"priority": "critical", "subject": "Seen by an agent"})
    both.in_gorgias("POST", f"{one}/tags", {"names": ["Praise"]})
    both.in_gorgias("PUT", f"/api/tickets/{both.number(FIVE)}", {"trashed_datetime": "2026-07-01T00:00:00+00:00"})
    both.in_gorgias("DELETE", f"/api/tickets/{both.number(SIX)}")
    told.customers = both.migration.ledger.known_writes.gorgias_ids("customers")
    renamed, merged, survivor = (told.customers[f"ivinex:1001:{number}"] for number in (504, 502, 503))
    held = both.in_gorgias("GET", f"/api/customers/{renamed}")
    kept = [{"type": one["type"], "address": one["address"]} for one in held["channels"]]
    added = {"type": "email", "address": "second@shop.example"}
    both.in_gorgias("PUT", f"/api/customers/{renamed}", {"channels": [*kept, added]})
    both.in_gorgias("PUT", f"/api/customers/merge?source_id={merged}&target_id={survivor}", {"name": "Survivor"})


def _edit_source(both: Both, told: Story) -> None:
    both.at_source("Tickets", "70001", {"subject": "Changed in Ivinex", "order_number": "#11111"})
    kind = both.option("Activities", "activity", like="mail")
    for minute in (1, 2, 3):
        at = f"2026-07-02 10:0{minute}:00"
        fields = {"ticket": "70002", "activity": kind, "body_plain": f"Late {minute}", "created_date": at}
        told.appended.append(both.at_source("Activities", None, fields, modified_date=at))
    both.at_source("Tickets", "70003", {"order_number": "#00000"}, touch=False)
    status = both.record("ticket_sweep", FOUR)["status"]
    other = "Closed" if both.ticket(FOUR)["status"] == "open" else "New"
    both.at_source("Tickets", "70004", {"status": both.option("Tickets", "status", status, other)})
    for number in ("70005", "70006"):
        both.at_source("Tickets", number, {"order_number": "#33333"})
    told.edited = both.migration.warehouse.rows(
        "SELECT external_id, ticket_source_id FROM staging.messages WHERE kind = 'activity' AND channel = 'email' "
        "AND ticket_source_id IN ('ivinex:10101:70007', 'ivinex:10101:70010') ORDER BY source_id LIMIT 1"
    )[0]
    number = told.edited["external_id"].rsplit(":", 1)[1]
    both.at_source("Activities", number, {"body_plain": "Corrected", "body": "", "created_date": "2026-06-30 20:00:00"})
    both.at_source("Tickets", "70008", None)
    contact = both.at_source("Contacts", None, {"first_name": "New", "last_name": "Person"})
    both.at_source("Tickets", None, {"subject": "Brand new", "contact": contact, "created_date": "2026-07-03 09:00:00"})
    both.at_source("Contacts", "504", {"first_name": "Renamed", "last_name": "Person"})
    both.at_source("Contacts", "502", {"last_name": "Unimportant"})


PREFLIGHT = {
    *(f"GET /api/{name}" for name in ("account", "account/settings", "custom-fields", "integrations", "rules")),
    "GET /api/users/{id}",
    *(f"GET /api/{name}" for name in ("customers", "tickets")),
}
"""What the look at the account asks for before a write (is it still ours?), and the proposal for the active fields."""


def test_a_delta_without_changes_asks_for_the_users_only(story: Story):
    asked = {name for name in story.empty if name not in PREFLIGHT}
    assert asked == {"GET /api/users"}


def test_every_change_is_one_write(story: Story):
    asked = writes(story.first)
    # Surveys and auto-split: off and on again, in the run that prepares and in the one that loads.
    assert asked.pop("PUT /api/account/settings/{id}") == 8
    new = {name: asked.pop(name) for name in ("POST /api/customers", "POST /api/tickets")}
    assert new == {"POST /api/customers": 1, "POST /api/tickets": 1}
    assert asked.pop("POST /api/tickets/{ticket_id}/messages") == 3
    # One, two, three, four and the ticket of the edited activity.
    assert asked.pop("PUT /api/tickets/{id}") == 5
    # The edited activity, and the description of ticket one, whose subject is the ticket's.
    assert asked.pop("PUT /api/tickets/{ticket_id}/messages/{id}") == 2
    assert asked.pop("PUT /api/customers/{id}") == 1
    # `data` of the new and of the renamed customer, whose change is dated there; the new one's field values.
    assert asked == {"PUT /api/customers/{customer_id}/data": 2, "PUT /api/customers/{customer_id}/custom-fields": 1}


def test_only_changed_tickets_are_read(story: Story):
    # Seven tickets changed; a new ticket needs no look.
    assert story.first["GET /api/tickets/{id}"] == 7


def test_a_second_delta_writes_nothing(story: Story):
    assert writes(story.second) == {}


def test_what_an_agent_changed_survives_and_the_rest_is_carried_over(story: Story):
    held = story.both.ticket(ONE)
    assert (held["subject"], held["priority"]) == ("Seen by an agent", "critical")
    assert "Praise" in [tag["name"] for tag in held["tags"]]
    assert held["meta"]["order_number"] == "#11111"


def test_a_field_that_changed_on_both_sides_is_a_conflict_with_three_values_in_private(story: Story):
    rows = story.both.migration.ledger.conflicts.conflict_rows()
    (detail,) = rows[(rows["source_id"] == ONE) & (rows["field"] == "subject")]["detail"]
    assert "ticket-subject-updated by user" in detail
    assert "Seen by" not in detail
    files = [path for path in (story.both.migration.home / "private" / "conflicts").iterdir() if _about(path, ONE)]
    assert [path.stat().st_mode & 0o077 for path in files] == [0]
    values = json.loads(files[0].read_text("utf-8"))
    assert (values["source"], values["target"]) == ("Changed in Ivinex", "Seen by an agent")
    assert values["base"] not in {values["source"], values["target"]}


def test_new_activities_are_appended_in_order_and_the_time_is_set_back(story: Story):
    held = story.both.ticket(TWO)
    assert [one["external_id"] for one in held["messages"][-3:]] == [f"ivinex:50:{n}" for n in story.appended]
    assert all(one["sent_datetime"] for one in held["messages"])
    staged = story.both.migration.warehouse.scalar("SELECT updated_at FROM staging.tickets WHERE source_id = ?", [TWO])
    assert held["updated_datetime"].startswith(f"{staged:%Y-%m-%dT%H:%M:%S}")


def test_a_row_that_changed_without_a_new_modified_date_is_found(story: Story):
    assert story.both.ticket(THREE)["meta"]["order_number"] == "#00000"


def test_a_changed_status_is_carried_over(story: Story):
    staged = story.both.migration.warehouse.rows("SELECT * FROM staging.tickets WHERE source_id = ?", [FOUR])[0]
    assert story.both.ticket(FOUR)["status"] == staged["status"]


def test_a_changed_text_is_changed_and_a_changed_time_is_a_loss(story: Story):
    ticket, name = story.edited["ticket_source_id"], story.edited["external_id"]
    (held,) = [one for one in story.both.ticket(ticket)["messages"] if one["external_id"] == name]
    assert held["body_text"] == "Corrected"
    losses = story.both.migration.ledger.losses.loss_rows()
    told = losses[losses["kind"] == "immutable after creation"][["field", "source_id"]].to_dict("records")
    assert {"field": "created_datetime", "source_id": f"{name}@{ticket}"} in told


def test_what_is_gone_in_gorgias_is_a_conflict_and_not_made_again(story: Story):
    rows = story.both.migration.ledger.conflicts.conflict_rows()
    tickets = rows[rows["object"] == "tickets"]
    assert set(tickets[tickets["field"] == "*"]["source_id"]) == {FIVE, SIX}


def test_what_is_gone_at_the_source_is_told_and_stays(story: Story):
    assert story.both.ticket(EIGHT)["status"]
    losses = story.both.migration.ledger.losses.loss_rows()
    assert EIGHT in set(losses[losses["kind"].str.startswith("deleted at the source")]["source_id"])


def test_a_renamed_contact_keeps_the_address_that_an_agent_added(story: Story):
    held = story.both.in_gorgias("GET", f"/api/customers/{story.customers['ivinex:1001:504']}")
    assert held["name"] == "Renamed Person"
    assert "second@shop.example" in [one["address"] for one in held["channels"]]


def test_a_customer_that_was_merged_in_gorgias_is_followed_to_the_survivor(story: Story):
    survivor = story.customers["ivinex:1001:503"]
    assert story.both.number("ivinex:1001:502", "customers") == survivor
    assert story.both.in_gorgias("GET", f"/api/customers/{survivor}")["name"] == "Survivor"


def test_nothing_of_a_merged_contact_is_asked_of_the_survivor_field_by_field(story: Story):
    rows = story.both.migration.ledger.conflicts.conflict_rows()
    assert rows[rows["source_id"] == "ivinex:1001:502"]["field"].tolist() == ["*"]


def test_the_books_balance_with_what_is_gone_at_the_source(story: Story):
    outcome = Outcome()
    look(story.both.migration, outcome)
    assert [row.object for row in outcome.books if not row.balanced] == []


def test_a_comparison_blames_nothing_but_what_is_gone_in_gorgias(story: Story):
    story.both.migration.verify()
    rows = story.both.migration.warehouse.rows("SELECT * FROM reconciliation.differences ORDER BY ALL")
    assert [row for row in rows if row["source_id"] == EIGHT] == []
    told = {(row["object"], row["source_id"], row["field"], row["kind"]) for row in rows}
    assert ("tickets", ONE, "subject", "changed since write") in told
    blame = {row["source_id"] for row in rows if is_defect(row["kind"], row["field"])}
    assert {name for name in blame if SIX not in name} == set()
    gates = story.both.migration.ledger.quality_gates.gate_rows(
        ["reconciliation/target_sweep:customers_compared", "reconciliation/comparison:no_mail"]
    )
    assert len(gates) > 1
    assert gates["passed"].all()


def _about(path: Path, source_id: str) -> bool:
    return json.loads(path.read_text("utf-8"))["source_id"] == source_id
