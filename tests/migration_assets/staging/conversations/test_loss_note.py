"""Whatever content a ticket lost is told by exactly one internal note, dated at its last message (docs/mapping.md)."""

import pytest

LONG_BODY = "a" * 1_000_001
LONG_SUBJECT = "s" * 999


def cut_subject(site):
    site.ticket(1, subject=LONG_SUBJECT)
    site.activity(1)


def cut_description(site):
    site.ticket(1, description=LONG_BODY)
    site.activity(1)


def cut_activity(site):
    site.ticket(1)
    site.activity(1, body=LONG_BODY)


def cut_activity_subject(site):
    site.ticket(1)
    site.activity(1, subject=LONG_SUBJECT)


def cut_task(site):
    site.ticket(1)
    site.activity(1)
    site.task(2, description=LONG_BODY)


def cut_tag(site):
    site.ticket(1, tags="50")
    site.activity(1)
    site.edit = lambda text: text.replace(
        "transform: labels", f"transform: labels\n    values:\n      '50': {'t' * 300}"
    )


@pytest.mark.parametrize(
    ("lose", "told"),
    [
        (cut_subject, "subject of ivinex:10101:1: cut at 998 characters"),
        (cut_description, "description of ivinex:10101:1: cut at 1000000 bytes"),
        (cut_activity, "body of ivinex:50:1: cut at 1000000 bytes"),
        (cut_activity_subject, "subject of ivinex:50:1: cut at 998 characters"),
        (cut_task, "body of ivinex:10102:2: cut at 1000000 bytes"),
        (cut_tag, "tags of ivinex:10101:1: cut at 256 characters"),
    ],
)
def test_cut_content_is_told_once_in_the_ticket_and_once_in_the_ledger(site, lose, told):
    site.contact(1, email="cleo@mail.example")
    lose(site)
    site.stage()
    rows = site.messages()
    (note,) = [row for row in rows if row["kind"] == "losses"]
    assert note["body_text"].count(told) == 1
    assert note is rows[-1]
    assert note["created_at"] == max(row["created_at"] for row in rows[:-1])
    assert (note["synthetic"], note["channel"], note["public"]) == (True, "internal-note", False)
    losses = site.losses()
    assert list(losses["kind"][losses["source_id"] != ""]) == [told.split(": ")[-1]]


def test_several_losses_are_one_note(site):
    site.contact(1, email="cleo@mail.example")
    site.ticket(1, subject=LONG_SUBJECT, description=LONG_BODY)
    site.activity(1, subject=LONG_SUBJECT)
    site.stage()
    (note,) = [row for row in site.messages() if row["kind"] == "losses"]
    assert note["body_text"].count("\n- ") == 3


def test_a_ticket_that_lost_nothing_has_no_such_note(site):
    site.contact(1, email="cleo@mail.example")
    site.ticket(1)
    site.activity(1)
    site.task(2)
    site.stage()
    assert {row["kind"] for row in site.messages()} == {"activity", "task"}


def test_addresses_and_ids_that_no_envelope_takes_are_kept_in_meta(site):
    site.contact(1, email="cleo@mail.example")
    site.ticket(1)
    site.activity(1, activity="6", field_from="Front desk", email_to="a@shop.example", email_id="not an id")
    site.activity(2, activity="4", field_from="cleo@mail.example")
    site.stage()
    mail, note = site.messages()
    assert (mail["meta"]["ivinex_from"], mail["meta"]["ivinex_message_id"]) == ("Front desk", "not an id")
    assert "ivinex_to" not in mail["meta"]
    assert note["meta"]["ivinex_from"] == "cleo@mail.example"
