"""The latest changes of status and assignee: one internal note at their own time."""

from datetime import UTC, datetime

import pytest

TICKET = "ivinex:10101:1"


def change(field, old, new, at, by="ann", number="1", tab="10101"):
    return {
        "collection_type_id": tab, "collection_id": number, "field": field, "old_value": old, "new_value": new,
        "changed_by": by, "changed_at": at and datetime(2026, 3, at, 15, 30, tzinfo=UTC),
    }  # fmt: skip


@pytest.fixture
def ticket(site):
    site.contact(1, email="cleo@mail.example")
    site.ticket(1, description="d")
    site.activity(1, created_date="2026-03-03 09:00:00")
    site.activity(2, created_date="2026-03-08 09:00:00")
    return site


def notes(site):
    return [row for row in site.messages() if row["kind"] == "history"]


def test_both_changes_are_one_note_at_the_time_of_the_later_one(ticket):
    ticket.changes = [
        change("Status", "Open", "Waiting", 4),
        change("Owner", "", "ann", 3),
        change("Status", "Waiting", "Closed", 6, by="old"),
        change("Priority", "Low", "Urgent", 7),
    ]
    (note,) = notes(ticket.stage())
    assert note["body_text"] == (
        "Last changes in Ivinex:\n"
        "- Owner: (none) \u2192 Ann Agent, 2026-03-03 15:30 UTC, by Ann Agent\n"
        "- Status: Waiting \u2192 Closed, 2026-03-06 15:30 UTC, by Olaf Old"
    )
    assert note["created_at"] == note["sent_at"] == datetime(2026, 3, 6, 15, 30, tzinfo=UTC)
    assert (note["source_id"], note["external_id"], note["synthetic"]) == (f"{TICKET}#history",) * 2 + (True,)
    assert (note["channel"], note["public"], note["sender_source_id"]) == ("internal-note", False, "ivinex:user:8")
    assert [row["kind"] for row in ticket.messages()] == ["description", "activity", "history", "activity"]


def test_numbers_of_options_and_users_are_told_as_labels_and_names_and_machine_names_are_known(ticket):
    ticket.changes = [change("status", "20", "23", 4, by="7"), change("OWNER", "0", "8", 4, by="")]
    (note,) = notes(ticket.stage())
    assert "- status: Open \u2192 Closed, 2026-03-04 15:30 UTC, by Ann Agent" in note["body_text"]
    assert "- OWNER: (none) \u2192 Olaf Old, 2026-03-04 15:30 UTC" in note["body_text"].splitlines()


def test_of_two_changes_at_one_time_the_later_line_counts(ticket):
    ticket.changes = [change("Status", "Open", "Waiting", 4), change("Status", "Waiting", "Closed", 4)]
    (note,) = notes(ticket.stage())
    assert "Waiting \u2192 Closed" in note["body_text"]


@pytest.mark.parametrize("fields", [("Status", "Owner"), ("Owner", "Status")])
def test_changes_of_both_at_one_time_are_told_in_the_order_of_the_export(ticket, fields):
    """A note that came out otherwise in the next run would be another payload."""
    ticket.changes = [change(fields[0], "", "20", 4, by="ann"), change(fields[1], "", "20", 4, by="old")]
    (note,) = notes(ticket.stage())
    assert [line.split(":")[0] for line in note["body_text"].splitlines()[1:]] == [f"- {name}" for name in fields]
    assert note["sender_source_id"] == "ivinex:user:8"


@pytest.mark.parametrize(
    "others",
    [
        [],
        [change("Status", "Open", "Closed", 4, number="2")],
        [change("Status", "Open", "Closed", 4, tab="1001")],
        [change("Product", "Tent", "Stove", 4)],
        [change("Status", "Open", "Closed", None)],
    ],
    ids=["no export", "another ticket", "another tab", "another field", "no time"],
)
def test_what_is_no_dated_change_of_this_tickets_status_or_assignee_makes_no_note(ticket, others):
    ticket.changes = others
    assert notes(ticket.stage()) == []


def test_a_note_is_never_the_first_message_and_control_bytes_do_not_close_the_day(ticket):
    ticket.changes = [change("Status", "Op\x00en", "x" * 5000, 1)]
    (note,) = notes(ticket.stage())
    assert note["position"] == 1
    assert "\x00" not in note["body_text"]
    assert len(note["body_text"]) < 500
