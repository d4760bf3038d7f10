"""What would have been mailed."""

import pytest


def _agent(make_message, **changes):
    source = {"type": "email", "from": {"address": "help@shop.example"}, "to": [{"address": "carl@home.example"}]}
    return make_message(from_agent=True, sender={"id": 1}, receiver={"id": 2}, source=source, **changes)


@pytest.mark.parametrize("sent", [..., None])
def test_a_message_without_sent_datetime_lands_in_the_outbox(running, make_ticket, make_message, sent):
    reply = _agent(make_message, sent_datetime=sent, external_id="m-1")
    made = running.client.post("/api/tickets", json=make_ticket(make_message(), reply)).json()
    (mail,) = running.mails()
    assert (mail["kind"], mail["to"], mail["external_id"]) == ("message", ["carl@home.example"], "m-1")
    assert mail["ticket_id"] == made["id"]
    running.client.post(f"/api/tickets/{made['id']}/messages", json=reply)
    assert len(running.mails()) == 2


def test_sent_messages_notes_and_incoming_messages_stay_silent(running, make_ticket, make_message):
    note = make_message(channel="internal-note", from_agent=True, sender={"id": 1}, source=..., sent_datetime=...)
    incoming = make_message(sent_datetime=...)
    made = running.client.post("/api/tickets", json=make_ticket(_agent(make_message), note, incoming)).json()
    assert running.mails() == []
    assert made["messages"][2]["sent_datetime"] == made["messages"][2]["created_datetime"]


def test_a_nested_sent_datetime_does_not_silence_where_switched_off(sandbox, make_ticket, make_message):
    running = sandbox(switches={"G-11": False})
    running.client.post("/api/tickets", json=make_ticket(_agent(make_message)))
    assert len(running.mails()) == 1


def test_clearing_sent_datetime_on_update_sends(running, make_ticket, make_message):
    made = running.client.post("/api/tickets", json=make_ticket(_agent(make_message))).json()
    path = f"/api/tickets/{made['id']}/messages/{made['messages'][0]['id']}"
    body = {"channel": "email", "from_agent": True, "body_text": "edited"}
    assert running.client.put(path, json=body).json()["body_text"] == "edited"
    assert running.mails() == []
    running.client.put(path, json={**body, "sent_datetime": None})
    assert len(running.mails()) == 1


SURVEYS = [{"type": "satisfaction-surveys", "data": {"send_survey_for_email": True}}]


def test_closing_a_ticket_mails_a_survey_where_the_setting_is_on(sandbox, make_ticket):
    running = sandbox(settings=SURVEYS)
    ticket_id = running.client.post("/api/tickets", json=make_ticket()).json()["id"]
    assert running.mails() == []
    running.client.put(f"/api/tickets/{ticket_id}", json={"status": "closed"})
    assert [mail["kind"] for mail in running.mails()] == ["survey"]


@pytest.mark.parametrize(("switch", "count"), [(True, 1), (False, 0)])
def test_a_ticket_that_comes_in_closed_is_surveyed_by_switch(sandbox, make_ticket, switch, count):
    running = sandbox(settings=SURVEYS, switches={"G-31": switch})
    running.client.post("/api/tickets", json=make_ticket(status="closed"))
    assert len(running.mails()) == count


RULE = {
    "id": 5,
    "name": "Everything",
    "effects": [
        {"do": "mail"},
        {"do": "tag", "tag": "vip"},
        {"do": "assign", "user": "ann@shop.example"},
        {"do": "close"},
    ],
    "unless_tag": "ai_ignore",
}


def test_an_active_rule_mails_tags_assigns_and_closes(sandbox, make_ticket):
    running = sandbox(rules=[RULE])
    made = running.client.post("/api/tickets", json=make_ticket(imported=True)).json()
    assert [mail["kind"] for mail in running.mails()] == ["rule"]
    ticket = running.client.get(f"/api/tickets/{made['id']}").json()
    assert (ticket["status"], ticket["assignee_user"]["id"], ticket["tags"][0]["name"]) == ("closed", 1, "vip")


@pytest.mark.parametrize("quiet", ["deactivated", "tag", "switch", "api"])
def test_a_rule_stays_quiet(sandbox, make_ticket, make_message, quiet):
    running = sandbox(rules=[RULE], switches={"G-19": quiet == "switch"})
    if quiet == "deactivated":
        answer = running.client.put("/api/rules/5", json={"deactivated_datetime": "2026-01-01T00:00:00Z"})
        assert answer.json()["deactivated_datetime"] == "2026-01-01T00:00:00+00:00"
    messages = [make_message(channel="api", source=...)] if quiet == "api" else []
    tags = [{"name": "ai_ignore"}] if quiet == "tag" else []
    running.client.post("/api/tickets", json=make_ticket(*messages, imported=True, tags=tags))
    assert running.mails() == []


def test_the_ai_agent_answers_open_tickets_without_its_tag(sandbox, make_ticket):
    running = sandbox(ai_agent={"active": True})
    running.client.post("/api/tickets", json=make_ticket(tags=[{"name": "ai_ignore"}]))
    running.client.post("/api/tickets", json=make_ticket(status="closed"))
    assert running.mails() == []
    running.client.post("/api/tickets", json=make_ticket())
    assert [mail["why"] for mail in running.mails()] == ["AI Agent answers an open ticket"]


def test_a_dataset_of_its_own_makes_no_mail_and_no_events(sandbox, make_ticket, make_message):
    running = sandbox(tickets=[make_ticket(_agent(make_message, sent_datetime=...))], rules=[RULE])
    assert running.mails() == []
    assert running.state()["events"] == {}
    assert len(running.state()["tickets"]) == 1
