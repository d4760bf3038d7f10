"""What each activity becomes as a message of its ticket. One site is staged, on which each case has its own ticket."""

from datetime import UTC, datetime

import pytest
from staged_site import at, open_site

from migration_assets.staging.validation.balance import messages_balance

NOTE = {"channel": "internal-note", "public": False, "from_agent": True, "receiver_type": None, "source": None}
CLEO, STRANGER = "cleo@mail.example", "stranger@else.example"
CUSTOMER, ANN, OLD = "ivinex:1001:1", "ivinex:user:7", "ivinex:user:8"
CASES = {
    "an incoming e-mail is the customer's with its envelope and message id": (
        {
            "activity": "1", "field_from": "Cleo C <CLEO@mail.example>", "email_to": "help@shop.example",
            "cc": "x@y.example; z@y.example", "email_id": "<1@mail.example>", "subject": "Tent",
        },
        {
            "channel": "email", "from_agent": False, "public": True, "sender_source_id": CUSTOMER,
            "receiver_type": None, "source.from": {"name": "Cleo C", "address": CLEO},
            "source.cc.0.address": "x@y.example", "source.cc.1.address": "z@y.example", "source.cc.2": None,
            "message_id": "<1@mail.example>", "subject": "Tent", "meta.sender_address": None,
        },
    ),
    "an e-mail from a user's address is that agent's where no direction is stated": (
        {"activity": "6", "field_from": "ANN@shop.example", "created_by": "8"},
        {"from_agent": True, "sender_source_id": ANN, "receiver_source_id": CUSTOMER},
    ),
    "an outgoing e-mail from a shared mailbox is by its author": (
        {"activity": "2", "field_from": "support@shop.example", "email_to": CLEO, "created_by": "7"},
        {"from_agent": True, "sender_source_id": ANN, "source.from.address": "support@shop.example"},
    ),
    "an unknown sender is the ticket's customer with the true address in source and meta": (
        {"activity": "6", "field_from": STRANGER},
        {"sender_source_id": CUSTOMER, "source.from.address": STRANGER, "meta.sender_address": STRANGER},
    ),
    "an e-mail without addresses still has an envelope": (
        {"activity": "2", "created_by": "7"},
        {"source.from.address": "ann@shop.example", "source.to": [{"name": "Cleo Client", "address": CLEO}]},
    ),
    "address fields may hold lists as well as texts": (
        {"activity": "1", "field_from": CLEO, "email_to": ["a@b.example", {"email": "c@d.example"}]},
        {"source.to.0.address": "a@b.example", "source.to.1.address": "c@d.example", "source.to.2": None},
    ),
    "a call goes by its direction field": (
        {
            "activity": "3", "call_direction": "71", "call_duration": "125", "phone_number": "3035550142",
            "created_by": "7",
        },
        {
            "channel": "phone", "from_agent": True, "sender_source_id": ANN, "meta.call_duration": "125",
            "source": {"type": "phone", "to": [{"name": "", "address": "+13035550142"}]},
        },
    ),
    "a call without a direction is taken as incoming": (
        {"activity": "3", "created_by": "7"},
        {"from_agent": False, "sender_source_id": CUSTOMER},
    ),
    "notes and tasks become internal notes by their author with the subject as first line": (
        {"activity": "5", "subject": "Call <back>", "body": "<p>soon</p>", "created_by": "8"},
        NOTE | {
            "sender_source_id": OLD, "body_text": "Call <back>\n\nsoon", "meta.ivinex_kind": "Task",
            "body_html": "<p><b>Call &lt;back&gt;</b></p><p>soon</p>",
        },
    ),
    "a note without a known author is left to the fallback user": (
        {"activity": "4", "created_by": "0", "assigned": "0"},
        {"sender_type": "user", "sender_source_id": None},
    ),
    "a call without any text says what is known": (
        {"activity": "3", "body": "", "call_duration": "3 min"}, {"body_text": "Call: 3 min"},
    ),
    "an e-mail without any text says so": (
        {"activity": "1", "body": "", "field_from": CLEO}, {"body_text": "(no text in Ivinex)"},
    ),
}  # fmt: skip
"""Sentence -> fields of the one activity on a ticket, and what its message is: path into the row -> value."""
TICKETS = {name: str(100 + place) for place, name in enumerate(CASES)}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    with open_site(tmp_path_factory.mktemp("messages")) as site:
        site.contact(1, email=CLEO)
        for (fields, _), ticket in zip(CASES.values(), TICKETS.values(), strict=True):
            site.ticket(ticket)
            site.activity(f"9{ticket}", ticket=ticket, **fields)
        site.ticket(1, description="<p>My <b>tent</b> leaks</p>")
        site.activity(1, created_date="2026-03-01 09:00:00")
        for ticket, creator in ((2, "7"), (3, "99"), (4, "0")):
            site.ticket(ticket, description="<p>a</p>", created_by=creator)
        site.ticket(5)
        for number, time in ((10, "11:00"), (9, "11:00"), (11, "10:30")):
            site.activity(number, ticket="5", created_date=f"2026-03-02 {time}:00")
        site.ticket(6)
        site.ticket(7)
        for number in range(701, 707):
            sender = f"agent{number}@shop.example"
            site.activity(number, ticket="7", activity="6", field_from=sender, email_to="guest@else.example")
        site.activity(709, ticket="7", activity="6", field_from="guest@else.example", email_to="support@shop.example")
        site.ticket(8)
        site.ticket(9)
        site.activity(801, ticket="8")
        site.links.append({"From": "50:801", "To": "10101:9"})
        site.ticket(20)
        site.activity(2001, ticket="20", subject="", body="ü" * 700_000)
        site.ticket(21, subject="s" * 1000, description="<p>d</p>")
        site.activity(2101, ticket="21", created_date="2026-03-09 08:00:00")
        site.ticket(22, subject="a\x00b\x07c\ud800d")
        site.activity(2201, ticket="22", subject="", body="x\x01y")
        site.ticket(23, description="<p>d</p>")
        site.activity(2301, ticket="23", created_date="0000-00-00 00:00:00")
        yield site.stage()


@pytest.mark.parametrize("case", CASES)
def test_an_activity_is_one_message(shop, case):
    [message] = shop.messages(TICKETS[case])
    expected = CASES[case][1]
    assert {path: at(message, path) for path in expected} == expected


def test_a_stranger_who_wrote_is_no_customer(shop):
    assert [row["source_id"] for row in shop.rows("customers")] == [CUSTOMER]


def test_the_description_is_the_first_message_and_not_dated_after_the_others(shop):
    first, second = shop.messages("1")
    assert (first["kind"], first["position"], first["external_id"]) == ("description", 0, "ivinex:10101:1#description")
    assert (first["body_text"], first["body_html"]) == ("My tent leaks", "<p>My <b>tent</b> leaks</p>")
    assert first["created_at"] == first["sent_at"] == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert shop.one("tickets", "ivinex:10101:1")["created_at"] == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert second["position"] == 1


@pytest.mark.parametrize(
    ("ticket", "author"),
    [("2", (True, "user", ANN, CUSTOMER)), ("3", (False, "customer", CUSTOMER, None)),
     ("4", (False, "customer", CUSTOMER, None))],
)  # fmt: skip
def test_the_description_is_the_agents_when_its_author_is_in_the_admins_list_else_the_customers(shop, ticket, author):
    [message] = shop.messages(ticket)
    people = ("from_agent", "sender_type", "sender_source_id", "receiver_source_id")
    assert tuple(message[name] for name in people) == author


def test_activities_follow_in_time_order_and_ties_by_record_number(shop):
    assert [m["external_id"] for m in shop.messages("5")] == ["ivinex:50:11", "ivinex:50:9", "ivinex:50:10"]


def test_a_ticket_without_description_and_activity_gets_a_placeholder_note(shop):
    [message] = shop.messages("6")
    expected = NOTE | {"kind": "placeholder", "synthetic": True, "source_id": "ivinex:10101:6#placeholder"}
    assert {name: message[name] for name in expected} == expected
    assert shop.report.synthetic == len(shop.rows("messages", "synthetic")) == 3


def test_whom_many_agents_wrote_to_is_a_customer_all_the_same(shop):
    answer = next(row for row in shop.messages("7") if row["source"]["from"]["address"] == "guest@else.example")
    assert not answer["from_agent"]


def test_an_activity_on_two_tickets_is_one_message_on_each(shop):
    assert [[row["source_id"] for row in shop.messages(ticket)] for ticket in ("8", "9")] == [
        ["ivinex:50:801@ivinex:10101:8"],
        ["ivinex:50:801@ivinex:10101:9"],
    ]


def test_a_body_over_a_megabyte_is_cut_at_a_character_and_told_in_the_ticket(shop):
    message, note = shop.messages("20")
    assert message["body_html"] is None
    assert len(message["body_text"].encode()) <= 1_000_000
    assert "body of ivinex:50:2001: cut at 1000000 bytes" in note["body_text"]
    assert (note["kind"], note["synthetic"], note["created_at"]) == ("losses", True, message["created_at"])
    assert note["external_id"] == "ivinex:10101:20#losses"


def test_the_loss_note_comes_last_and_is_dated_at_the_last_message(shop):
    note = shop.messages("21")[-1]
    assert (note["kind"], note["position"], note["created_at"]) == ("losses", 2, datetime(2026, 3, 9, 8, tzinfo=UTC))


def test_control_bytes_and_lone_surrogates_are_removed_and_counted(shop):
    [message] = shop.messages("22")
    assert shop.one("tickets", "ivinex:10101:22")["subject"] == "abcd"
    assert message["body_text"] == "xy"
    removed = shop.losses().query("kind == 'control bytes removed'").set_index("field")["count"].to_dict()
    assert removed == {"10101.subject": 3, "50.body": 1}


def test_every_message_has_a_sent_time(shop):
    messages = shop.rows("messages")
    assert [row["kind"] for row in shop.messages("23")] == ["description", "activity"]
    assert all(m["sent_at"] == m["created_at"] is not None for m in messages)


def test_a_message_in_quarantine_stays_behind_and_its_ticket_tells_so(site):
    site.edit = lambda text: text.replace("source: location\n", "source: location\n    missing: quarantine\n")
    site.contact(1, email=CLEO)
    site.ticket(1, description="<p>d</p>")
    site.activity(1, location="here")
    site.activity(2, location="")
    site.stage()
    assert [m["kind"] for m in site.messages()] == ["description", "activity", "losses"]
    quarantine = site.ledger.quarantine.rows().set_index("source_id")
    assert quarantine.loc["ivinex:50:2@ivinex:10101:1", "reason_class"] == "needs_mapping"
    assert "ivinex:50:2 was not carried over" in site.messages()[-1]["body_text"]
    assert messages_balance(site.warehouse, site.ledger, site.days)["2026-03-02"].passed


def test_fields_that_the_map_sends_to_a_note_are_told_in_the_ticket(site):
    site.edit = lambda text: text.replace("to: custom_field\n      name: Due Date", "to: note\n      name: Due Date")
    site.contact(1, email=CLEO)
    site.ticket(1, due="2026-04-01")
    note = site.stage().messages()[-1]
    assert note["body_text"] == "Further fields of this ticket in Ivinex:\n- Due Date: 2026-04-01"
