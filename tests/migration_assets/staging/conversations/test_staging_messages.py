from datetime import UTC, datetime

import pytest

NOTE = {"channel": "internal-note", "public": False, "from_agent": True, "receiver_type": None, "source": None}


@pytest.fixture
def shop(site):
    site.contact(1, email="cleo@mail.example")
    return site


def only(message, *names):
    return {name: message[name] for name in names}


def test_the_description_is_the_first_message_and_not_dated_after_the_others(shop):
    shop.ticket(1, description="<p>My <b>tent</b> leaks</p>")
    shop.activity(1, created_date="2026-03-01 09:00:00")
    first, second = shop.stage().messages()
    assert (first["kind"], first["position"], first["external_id"]) == ("description", 0, "ivinex:10101:1#description")
    assert (first["body_text"], first["body_html"]) == ("My tent leaks", "<p>My <b>tent</b> leaks</p>")
    assert first["created_at"] == first["sent_at"] == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert shop.one("tickets", "ivinex:10101:1")["created_at"] == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert second["position"] == 1


def test_the_description_is_the_agents_when_its_author_is_in_the_admins_list_else_the_customers(shop):
    shop.ticket(1, description="<p>a</p>", created_by="7")
    shop.ticket(2, description="<p>b</p>", created_by="99")
    shop.ticket(3, description="<p>c</p>", created_by="0")
    shop.stage()
    people = ("from_agent", "sender_type", "sender_source_id", "receiver_source_id")
    customer = {
        "from_agent": False,
        "sender_type": "customer",
        "sender_source_id": "ivinex:1001:1",
        "receiver_source_id": None,
    }
    assert only(shop.messages("1")[0], *people) == {
        "from_agent": True,
        "sender_type": "user",
        "sender_source_id": "ivinex:user:7",
        "receiver_source_id": "ivinex:1001:1",
    }
    assert only(shop.messages("2")[0], *people) == customer
    assert only(shop.messages("3")[0], *people) == customer


def test_activities_follow_in_time_order_and_ties_by_record_number(shop):
    shop.ticket(1)
    shop.activity(10, created_date="2026-03-02 11:00:00")
    shop.activity(9, created_date="2026-03-02 11:00:00")
    shop.activity(11, created_date="2026-03-02 10:30:00")
    assert [m["external_id"] for m in shop.stage().messages()] == ["ivinex:50:11", "ivinex:50:9", "ivinex:50:10"]


def test_a_ticket_without_description_and_activity_gets_a_placeholder_note(shop):
    shop.ticket(1)
    [message] = shop.stage().messages()
    assert (message["kind"], message["synthetic"], message["source_id"]) == (
        "placeholder",
        True,
        "ivinex:10101:1#placeholder",
    )
    assert only(message, *NOTE) == NOTE
    assert shop.report.synthetic == 1


def test_an_incoming_email_is_the_customers_with_its_envelope_and_message_id(shop):
    shop.ticket(1)
    shop.activity(
        1,
        activity="1",
        field_from="Cleo C <CLEO@mail.example>",
        email_to="help@shop.example",
        cc="x@y.example; z@y.example",
        email_id="<1@mail.example>",
        subject="Tent",
    )
    [message] = shop.stage().messages()
    assert only(message, "channel", "from_agent", "public", "sender_source_id", "receiver_type") == {
        "channel": "email",
        "from_agent": False,
        "public": True,
        "sender_source_id": "ivinex:1001:1",
        "receiver_type": None,
    }
    assert message["source"]["from"] == {"name": "Cleo C", "address": "cleo@mail.example"}
    assert [a["address"] for a in message["source"]["cc"]] == ["x@y.example", "z@y.example"]
    assert (message["message_id"], message["subject"]) == ("<1@mail.example>", "Tent")
    assert "sender_address" not in message["meta"]


def test_an_email_from_a_users_address_is_that_agents_where_no_direction_is_stated(shop):
    shop.ticket(1)
    shop.activity(1, activity="6", field_from="ANN@shop.example", created_by="8")
    [message] = shop.stage().messages()
    assert only(message, "from_agent", "sender_source_id", "receiver_source_id") == {
        "from_agent": True,
        "sender_source_id": "ivinex:user:7",
        "receiver_source_id": "ivinex:1001:1",
    }


def test_an_outgoing_email_from_a_shared_mailbox_is_by_its_author(shop):
    shop.ticket(1)
    shop.activity(1, activity="2", field_from="support@shop.example", email_to="cleo@mail.example", created_by="7")
    [message] = shop.stage().messages()
    assert (message["from_agent"], message["sender_source_id"]) == (True, "ivinex:user:7")
    assert message["source"]["from"]["address"] == "support@shop.example"


def test_whom_many_agents_wrote_to_is_a_customer_all_the_same(shop):
    shop.ticket(1)
    for number in range(1, 7):
        shop.activity(number, activity="6", field_from=f"agent{number}@shop.example", email_to="guest@else.example")
    shop.activity(9, activity="6", field_from="guest@else.example", email_to="support@shop.example")
    answer = next(row for row in shop.stage().messages() if row["source"]["from"]["address"] == "guest@else.example")
    assert not answer["from_agent"]


def test_an_unknown_sender_is_the_tickets_customer_with_the_true_address_in_source_and_meta(shop):
    shop.ticket(1)
    shop.activity(1, activity="6", field_from="stranger@else.example")
    [message] = shop.stage().messages()
    assert message["sender_source_id"] == "ivinex:1001:1"
    assert message["source"]["from"]["address"] == "stranger@else.example"
    assert message["meta"]["sender_address"] == "stranger@else.example"
    assert len(shop.rows("customers")) == 1


def test_an_email_without_addresses_still_has_an_envelope(shop):
    shop.ticket(1)
    shop.activity(1, activity="2", created_by="7")
    [message] = shop.stage().messages()
    assert message["source"]["from"]["address"] == "ann@shop.example"
    assert message["source"]["to"] == [{"name": "Cleo Client", "address": "cleo@mail.example"}]


def test_address_fields_may_hold_lists_as_well_as_texts(shop):
    shop.ticket(1)
    shop.activity(1, activity="1", field_from="cleo@mail.example", email_to=["a@b.example", {"email": "c@d.example"}])
    [message] = shop.stage().messages()
    assert [a["address"] for a in message["source"]["to"]] == ["a@b.example", "c@d.example"]


def test_a_call_goes_by_its_direction_field_and_without_one_is_taken_as_incoming(shop):
    shop.ticket(1)
    shop.activity(1, activity="3", call_direction="71", call_duration="125", phone_number="3035550142", created_by="7")
    shop.activity(2, activity="3", created_by="7")
    outgoing, incoming = shop.stage().messages()
    assert only(outgoing, "channel", "from_agent", "sender_source_id") == {
        "channel": "phone",
        "from_agent": True,
        "sender_source_id": "ivinex:user:7",
    }
    assert outgoing["source"] == {"type": "phone", "to": [{"name": "", "address": "+13035550142"}]}
    assert outgoing["meta"]["call_duration"] == "125"
    assert (incoming["from_agent"], incoming["sender_source_id"]) == (False, "ivinex:1001:1")


def test_notes_and_tasks_become_internal_notes_by_their_author_with_the_subject_as_first_line(shop):
    shop.ticket(1)
    shop.activity(1, activity="5", subject="Call <back>", body="<p>soon</p>", created_by="8")
    [message] = shop.stage().messages()
    assert only(message, *NOTE) == NOTE
    assert message["sender_source_id"] == "ivinex:user:8"
    assert message["body_text"] == "Call <back>\n\nsoon"
    assert message["body_html"] == "<p><b>Call &lt;back&gt;</b></p><p>soon</p>"
    assert message["meta"]["ivinex_kind"] == "Task"


def test_a_note_without_a_known_author_is_left_to_the_fallback_user(shop):
    shop.ticket(1)
    shop.activity(1, activity="4", created_by="0", assigned="0")
    [message] = shop.stage().messages()
    assert (message["sender_type"], message["sender_source_id"]) == ("user", None)


def test_an_activity_on_two_tickets_is_one_message_on_each(shop):
    shop.ticket(1)
    shop.ticket(2)
    shop.activity(1, ticket="1")
    shop.links.append({"From": "50:1", "To": "10101:2"})
    shop.stage()
    assert [shop.messages(t)[0]["source_id"] for t in ("1", "2")] == [
        "ivinex:50:1@ivinex:10101:1",
        "ivinex:50:1@ivinex:10101:2",
    ]


def test_a_body_over_a_megabyte_is_cut_at_a_character_and_told_in_the_ticket(shop):
    shop.ticket(1)
    shop.activity(1, activity="4", subject="", body="ü" * 700_000)
    message, note = shop.stage().messages()
    assert message["body_html"] is None
    assert len(message["body_text"].encode()) <= 1_000_000
    assert "body of ivinex:50:1: cut at 1000000 bytes" in note["body_text"]
    assert (note["kind"], note["synthetic"], note["created_at"]) == ("losses", True, message["created_at"])
    assert note["external_id"] == "ivinex:10101:1#losses"


def test_the_loss_note_comes_last_and_is_dated_at_the_last_message(shop):
    shop.ticket(1, subject="s" * 1000, description="<p>d</p>")
    shop.activity(1, created_date="2026-03-09 08:00:00")
    note = shop.stage().messages()[-1]
    assert (note["kind"], note["position"], note["created_at"]) == ("losses", 2, datetime(2026, 3, 9, 8, tzinfo=UTC))


def test_control_bytes_and_lone_surrogates_are_removed_and_counted(shop):
    shop.ticket(1, subject="a\x00b\x07c\ud800d")
    shop.activity(1, activity="4", subject="", body="x\x01y")
    [message] = shop.stage().messages()
    assert shop.rows("tickets")[0]["subject"] == "abcd"
    assert message["body_text"] == "xy"
    removed = shop.losses().query("kind == 'control bytes removed'").set_index("field")["count"].to_dict()
    assert removed == {"10101.subject": 3, "50.body": 1}


def test_every_message_has_a_sent_time(shop):
    shop.ticket(1, description="<p>d</p>", subject="s" * 1000)
    shop.activity(1, created_date="0000-00-00 00:00:00")
    shop.ticket(2)
    messages = shop.stage().rows("messages")
    assert len(messages) == 4
    assert all(m["sent_at"] == m["created_at"] is not None for m in messages)


def test_an_activity_without_any_text_says_what_is_known(shop):
    shop.ticket(1)
    shop.activity(1, activity="3", body="", call_duration="3 min")
    shop.activity(2, activity="1", body="", field_from="cleo@mail.example")
    first, second = shop.stage().messages()
    assert (first["body_text"], second["body_text"]) == ("Call: 3 min", "(no text in Ivinex)")


def test_a_message_in_quarantine_stays_behind_and_its_ticket_tells_so(shop):
    shop.edit = lambda text: text.replace("source: location\n", "source: location\n    missing: quarantine\n")
    shop.ticket(1, description="<p>d</p>")
    shop.activity(1, location="here")
    shop.activity(2, location="")
    shop.stage()
    assert [m["kind"] for m in shop.messages()] == ["description", "activity", "losses"]
    quarantine = shop.ledger.quarantine.rows().set_index("source_id")
    assert quarantine.loc["ivinex:50:2@ivinex:10101:1", "reason_class"] == "needs_mapping"
    assert "ivinex:50:2 was not carried over" in shop.messages()[-1]["body_text"]
    from migration_assets.staging.validation.balance import messages_balance

    assert messages_balance(shop.warehouse, shop.ledger, shop.days)["2026-03-02"].passed


def test_fields_that_the_map_sends_to_a_note_are_told_in_the_ticket(shop):
    shop.edit = lambda text: text.replace("to: custom_field\n      name: Due Date", "to: note\n      name: Due Date")
    shop.ticket(1, due="2026-04-01")
    note = shop.stage().messages()[-1]
    assert note["body_text"] == "Further fields of this ticket in Ivinex:\n- Due Date: 2026-04-01"
