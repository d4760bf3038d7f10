"""A task on a ticket becomes an internal note on it; one on none becomes nothing here."""

from datetime import UTC, datetime

import pytest
from staged_site import open_site

from migration_assets.staging.conversations import conversations
from migration_assets.staging.validation.balance import messages_balance


def tasks_of(site, ticket="1"):
    return [row for row in site.messages(ticket) if row["kind"] == "task"]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    with open_site(tmp_path_factory.mktemp("tasks")) as site:
        site.contact(1, email="cleo@mail.example")
        site.ticket(1)
        site.activity(1, created_date="2026-03-02 09:30:00")
        made = {"created_date": "2026-03-03 08:00:00", "created_by": "8"}
        site.task(5, **made, due_date="2026-03-09", status="91", description="Ask her")
        site.ticket(2, description="d")
        site.activity(21, "2", created_date="2026-03-04 09:00:00")
        site.task(22, "2", created_date="2026-03-03 09:00:00")
        site.activity(23, "2", created_date="2026-03-02 11:00:00")
        site.ticket(3)
        site.ticket(4)
        site.task(34, ticket="3")
        site.links.append({"From": "10102:34", "To": "10101:4"})
        site.task(99, ticket="0", contact="1")
        yield site.stage()


def test_a_task_is_a_note_of_its_ticket_with_due_date_owner_and_state_at_the_time_when_it_was_made(told):
    (note,) = tasks_of(told)
    assert note["body_text"] == "Call back\n\nAsk her\n\nState: Completed\nDue: 2026-03-09\nOwner: Ann Agent"
    assert (note["channel"], note["public"], note["from_agent"]) == ("internal-note", False, True)
    assert note["created_at"] == note["sent_at"] == datetime(2026, 3, 3, 8, tzinfo=UTC)
    assert (note["source_id"], note["external_id"]) == ("ivinex:10102:5@ivinex:10101:1", "ivinex:10102:5")
    assert note["sender_source_id"] == "ivinex:user:8"
    assert (note["partition"], note["synthetic"], note["subject"]) == ("2026-03-02", False, "Call back")
    assert note["meta"]["ivinex_owner"] == "ivinex:user:7"


def test_notes_of_tasks_stand_among_the_activities_in_time_order(told):
    assert [row["kind"] for row in told.messages("2")] == ["description", "activity", "task", "activity"]


def test_a_task_on_two_tickets_is_a_note_on_each_and_one_on_a_contact_only_is_on_none(told):
    assert [len(tasks_of(told, ticket)) for ticket in ("3", "4")] == [1, 1]
    assert "10102:99" not in str(told.rows("messages", "kind = 'task'"))
    assert messages_balance(told.warehouse, told.ledger, told.days)["2026-03-02"].passed


def test_a_task_in_html_keeps_it_and_what_is_told_of_it_is_escaped(site):
    site.users[0] = site.users[0] | {"last": "<b>"}
    site.contact(1, email="cleo@mail.example")
    site.ticket(1)
    site.task(5, description="<p>Ask <i>her</i></p>", due_date="0000-00-00")
    (note,) = tasks_of(site.stage())
    assert note["body_html"] == (
        "<p><b>Call back</b></p><p>Ask <i>her</i></p><p>State: Not Started<br>Owner: Ann &lt;b&gt;</p>"
    )


def test_a_task_that_is_not_staged_is_noticed_by_the_balance(site):
    site.contact(1, email="cleo@mail.example")
    site.ticket(1)
    site.task(5)
    site.stage()
    site.warehouse.execute("DELETE FROM staging.messages WHERE kind = 'task'")
    assert not messages_balance(site.warehouse, site.ledger, site.days)["2026-03-02"].passed


def test_a_task_of_a_refused_ticket_shares_its_reason(site):
    site.ticket(1, contact="9")
    site.task(5)
    site.stage()
    site.warehouse.execute("DELETE FROM staging.customers")
    report = conversations.stage_conversations(site.warehouse, site.inputs, site.days)
    assert [row.source_id for row in report.message_quarantine] == ["ivinex:10102:5@ivinex:10101:1"]
