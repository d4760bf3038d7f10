"""The latest changes of status and assignee: one internal note at their own time. Each case has a ticket of its own."""

from datetime import UTC, datetime

import pytest
from staged_site import open_site


def change(field, old, new, at, by="ann", **of):
    return {
        "collection_type_id": "10101", "field": field, "old_value": old, "new_value": new,
        "changed_by": by, "changed_at": at and datetime(2026, 3, at, 15, 30, tzinfo=UTC), **of,
    }  # fmt: skip


BOTH = [
    change("Status", "Open", "Waiting", 4),
    change("Owner", "", "ann", 3),
    change("Status", "Waiting", "Closed", 6, by="old"),
    change("Priority", "Low", "Urgent", 7),
]
ORDERS = [("Status", "Owner"), ("Owner", "Status")]
CHANGES = {
    "both": BOTH,
    "numbers": [change("status", "20", "23", 4, by="7"), change("OWNER", "0", "8", 4, by="")],
    "one time": [change("Status", "Open", "Waiting", 4), change("Status", "Waiting", "Closed", 4)],
    **{fields: [change(fields[0], "", "20", 4), change(fields[1], "", "20", 4, by="old")] for fields in ORDERS},
    "no export": [],
    "another ticket": [change("Status", "Open", "Closed", 4, collection_id="99")],
    "another tab": [change("Status", "Open", "Closed", 4, collection_type_id="1001")],
    "another field": [change("Product", "Tent", "Stove", 4)],
    "no time": [change("Status", "Open", "Closed", None)],
    "long": [change("Status", "Op\x00en", "x" * 5000, 1)],
}
TICKETS = {name: str(number) for number, name in enumerate(CHANGES, start=1)}


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    with open_site(tmp_path_factory.mktemp("history")) as site:
        site.contact(1, email="cleo@mail.example")
        for name, number in TICKETS.items():
            site.ticket(number, description="d")
            site.activity(f"{number}01", number, created_date="2026-03-03 09:00:00")
            site.activity(f"{number}02", number, created_date="2026-03-08 09:00:00")
            site.changes += [{"collection_id": number} | one for one in CHANGES[name]]
        yield site.stage()


def notes(site, name):
    return [row for row in site.messages(TICKETS[name]) if row["kind"] == "history"]


def test_both_changes_are_one_note_at_the_time_of_the_later_one(changed):
    (note,) = notes(changed, "both")
    assert note["body_text"] == (
        "Last changes in Ivinex:\n"
        "- Owner: (none) \u2192 Ann Agent, 2026-03-03 15:30 UTC, by Ann Agent\n"
        "- Status: Waiting \u2192 Closed, 2026-03-06 15:30 UTC, by Olaf Old"
    )
    assert note["created_at"] == note["sent_at"] == datetime(2026, 3, 6, 15, 30, tzinfo=UTC)
    name = f"ivinex:10101:{TICKETS['both']}#history"
    assert (note["source_id"], note["external_id"], note["synthetic"]) == (name, name, True)
    assert (note["channel"], note["public"], note["sender_source_id"]) == ("internal-note", False, "ivinex:user:8")
    kinds = [row["kind"] for row in changed.messages(TICKETS["both"])]
    assert kinds == ["description", "activity", "history", "activity"]


def test_numbers_of_options_and_users_are_told_as_labels_and_names_and_machine_names_are_known(changed):
    (note,) = notes(changed, "numbers")
    assert "- status: Open \u2192 Closed, 2026-03-04 15:30 UTC, by Ann Agent" in note["body_text"]
    assert "- OWNER: (none) \u2192 Olaf Old, 2026-03-04 15:30 UTC" in note["body_text"].splitlines()


def test_of_two_changes_at_one_time_the_later_line_counts(changed):
    (note,) = notes(changed, "one time")
    assert "Waiting \u2192 Closed" in note["body_text"]


@pytest.mark.parametrize("fields", ORDERS)
def test_changes_of_both_at_one_time_are_told_in_the_order_of_the_export(changed, fields):
    """A note that came out otherwise in the next run would be another payload."""
    (note,) = notes(changed, fields)
    assert [line.split(":")[0] for line in note["body_text"].splitlines()[1:]] == [f"- {name}" for name in fields]
    assert note["sender_source_id"] == "ivinex:user:8"


@pytest.mark.parametrize("case", ["no export", "another ticket", "another tab", "another field", "no time"])
def test_what_is_no_dated_change_of_this_tickets_status_or_assignee_makes_no_note(changed, case):
    assert notes(changed, case) == []


def test_a_note_is_never_the_first_message_and_control_bytes_do_not_close_the_day(changed):
    (note,) = notes(changed, "long")
    assert note["position"] == 1
    assert "\x00" not in note["body_text"]
    assert len(note["body_text"]) < 500
