"""Whatever content a ticket lost is told by exactly one internal note, dated at its last message (docs/mapping.md).

One site is staged, on which each case has its own ticket.
"""

import pytest
from staged_site import open_site

LONG_BODY = "a" * 1_000_001
LONG_SUBJECT = "s" * 999
CUT = {
    "subject of ivinex:10101:1: cut at 998 characters": ({"subject": LONG_SUBJECT}, {}, {}),
    "description of ivinex:10101:2: cut at 1000000 bytes": ({"description": LONG_BODY}, {}, {}),
    "body of ivinex:50:3: cut at 1000000 bytes": ({}, {"body": LONG_BODY}, {}),
    "subject of ivinex:50:4: cut at 998 characters": ({}, {"subject": LONG_SUBJECT}, {}),
    "body of ivinex:10102:5: cut at 1000000 bytes": ({}, {}, {"description": LONG_BODY}),
    "tags of ivinex:10101:6: cut at 256 characters": ({"tags": "50"}, {}, {}),
}
"""What the note and the ledger say -> fields of a ticket, of the activity and of the task on it, all of one number."""
TICKETS = {told: str(number) for number, told in enumerate(CUT, start=1)}


@pytest.fixture(scope="module")
def lost(tmp_path_factory):
    with open_site(tmp_path_factory.mktemp("losses")) as site:
        site.edit = lambda text: text.replace(
            "transform: labels", f"transform: labels\n    values:\n      '50': {'t' * 300}"
        )
        site.contact(1, email="cleo@mail.example")
        for number, (ticket, activity, task) in zip(TICKETS.values(), CUT.values(), strict=True):
            site.ticket(number, **ticket)
            site.activity(number, number, **activity)
            site.task(number, number, **task)
        site.ticket(11, subject=LONG_SUBJECT, description=LONG_BODY)
        site.activity(11, 11, subject=LONG_SUBJECT)
        site.ticket(12)
        site.activity(12, 12)
        site.task(12, 12)
        site.ticket(13)
        site.activity(130, 13, activity="6", field_from="Front desk", email_to="a@shop.example", email_id="not an id")
        site.activity(131, 13, activity="4", field_from="cleo@mail.example")
        yield site.stage()


@pytest.mark.parametrize("told", CUT)
def test_cut_content_is_told_once_in_the_ticket_and_once_in_the_ledger(lost, told):
    rows = lost.messages(TICKETS[told])
    (note,) = [row for row in rows if row["kind"] == "losses"]
    assert note["body_text"].count(told) == note["body_text"].count("\n- ") == 1
    assert note is rows[-1]
    assert note["created_at"] == max(row["created_at"] for row in rows[:-1])
    assert (note["synthetic"], note["channel"], note["public"]) == (True, "internal-note", False)
    losses = lost.losses()
    record = told.split(": ")[0].split()[-1]
    assert list(losses["kind"][losses["source_id"] == record]) == [told.split(": ")[-1]]


def test_several_losses_are_one_note(lost):
    (note,) = [row for row in lost.messages("11") if row["kind"] == "losses"]
    assert note["body_text"].count("\n- ") == 3


def test_a_ticket_that_lost_nothing_has_no_such_note(lost):
    assert {row["kind"] for row in lost.messages("12")} == {"activity", "task"}


def test_addresses_and_ids_that_no_envelope_takes_are_kept_in_meta(lost):
    mail, note = lost.messages("13")
    assert (mail["meta"]["ivinex_from"], mail["meta"]["ivinex_message_id"]) == ("Front desk", "not an id")
    assert "ivinex_to" not in mail["meta"]
    assert note["meta"]["ivinex_from"] == "cleo@mail.example"
