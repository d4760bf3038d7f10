from datetime import UTC, datetime

import pytest
from sandbox_refusals import refuses


def test_a_ticket_keeps_its_historical_times_and_derives_the_rest(client, make_ticket, make_message):
    body = make_ticket(
        make_message(),
        make_message(
            channel="internal-note",
            from_agent=True,
            sender={"id": 1},
            source=...,
            public=False,
            created_datetime="2026-01-03T09:00:00.820Z",
        ),
        created_datetime="2019-07-05T14:42:00.384938",
        opened_datetime="2019-07-06T00:00:00+02:00",
        status="closed",
        closed_datetime="2026-02-01T00:00:00Z",
        updated_datetime="2026-02-02T00:00:00Z",
        imported=True,
        meta={"number": 7},
        tags=[{"name": "ai_ignore"}],
        custom_fields=[{"id": 11, "value": "S"}],
        assignee_user={"id": 1},
    )
    made = client.post("/api/tickets", json=body)
    assert made.status_code == 201
    ticket = client.get(f"/api/tickets/{made.json()['id']}", params={"relationships": "custom_fields"}).json()
    assert ticket["created_datetime"] == "2019-07-05T14:42:00.384938+00:00"
    assert ticket["opened_datetime"] == "2019-07-05T22:00:00+00:00"
    assert ticket["updated_datetime"] == "2026-02-02T00:00:00+00:00"
    assert ticket["last_message_datetime"] == "2026-01-03T09:00:00.820000+00:00"
    assert ticket["last_received_message_datetime"] == "2026-01-02T10:00:00+00:00"
    assert ticket["customer"]["id"] == 2
    assert ticket["assignee_user"]["email"] == "ann@shop.example"
    assert [tag["name"] for tag in ticket["tags"]] == ["ai_ignore"]
    assert ticket["custom_fields"]["11"]["value"] == "S"
    assert [m["channel"] for m in ticket["messages"]] == ["email", "internal-note"]
    assert ticket["messages"][1]["sender"]["name"] == "Ann Agent"


def test_list_rows_have_no_messages_and_values_unless_switched_off(sandbox, make_ticket):
    client = sandbox(switches={"G-03": False}).client
    client.post("/api/tickets", json=make_ticket(custom_fields=[{"id": 11, "value": "S"}]))
    (row,) = client.get("/api/tickets", params={"external_id": "t-1"}).json()["data"]
    assert "messages" not in row
    assert "custom_fields" not in row
    assert (row["messages_count"], row["excerpt"]) == (1, "Where is my parcel?")
    assert "channels" not in row["customer"]


def test_list_rows_of_tickets_and_customers_show_custom_fields(client, make_ticket):
    client.put("/api/customers/2/custom-fields/13", json="Acme")
    assert client.get("/api/customers").json()["data"][0]["custom_fields"]["13"]["value"] == "Acme"
    client.post("/api/tickets", json=make_ticket(external_id="t-0"))
    assert client.get("/api/tickets").json()["data"][0]["custom_fields"] == {}
    client.post("/api/tickets", json=make_ticket(custom_fields=[{"id": 11, "value": "S"}]))
    (row,) = client.get("/api/tickets", params={"external_id": "t-1"}).json()["data"]
    assert row["custom_fields"]["11"]["value"] == "S"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"messages": []}, "messages"),
        ({"messages": ...}, "messages"),
        ({"via": ...}, "via"),
        ({"subject": "x" * 999}, "subject"),
        ({"external_id": "x" * 256}, "external_id"),
        ({"status": "solved"}, "status"),
        ({"priority": "urgent"}, "priority"),
        ({"created_datetime": "yesterday"}, "created_datetime"),
        ({"tags": [{"name": "nobody made this"}]}, "tags"),
        ({"tags": [{"name": "AI_IGNORE"}]}, "tags"),
        ({"customer": {"id": 999}}, "customer.id"),
        ({"customer": {"email": "x" * 321}}, "customer.email"),
        ({"assignee_user": {"id": 999}}, "assignee_user.id"),
        ({"assignee_team": {"id": 999}}, "assignee_team.id"),
        ({"custom_fields": [{"id": 999, "value": "S"}]}, "custom_fields.0.id"),
        ({"custom_fields": [{"id": 13, "value": "S"}]}, "custom_fields.0.id"),
        ({"custom_fields": [{"id": 11, "value": "XL"}]}, "custom_fields.0.value"),
        ({"custom_fields": [{"id": 12, "value": "3"}]}, "custom_fields.0.value"),
        ({"custom_fields": [{"id": 12, "value": 10}]}, "custom_fields.0.value"),
        ({"custom_fields": [{"id": 12, "value": True}]}, "custom_fields.0.value"),
        ({"no_such_key": 1}, "no_such_key"),
        ({"channel": ...}, "messages.0.channel"),
        ({"from_agent": ...}, "messages.0.from_agent"),
        ({"via": ...}, "messages.0.via"),
        ({"source": ...}, "messages.0.source"),
        ({"body_text": "x" * 1_000_001}, "messages.0.body_text"),
        ({"body_html": "ü" * 500_001}, "messages.0.body_html"),
        ({"external_id": "x" * 256}, "messages.0.external_id"),
        ({"subject": "x" * 999}, "messages.0.subject"),
        ({"sender": {"id": 1}}, "messages.0.sender.id"),
        ({"sender": {"id": 2, "email": "x" * 321}}, "messages.0.sender.email"),
        ({"source": {"type": "pigeon"}}, "messages.0.source.type"),
        ({"source": {"type": "email", "to": [{"address": "x" * 321}]}}, "messages.0.source.address"),
        ({"imported": True}, "messages.0.imported"),
        ({"attachments": [{"url": "u", "name": "n"}]}, "messages.0.attachments.0.content_type"),
        ({"body_text": "a\x00b"}, "messages.0.body_text"),
    ],
)
def test_a_bad_ticket_or_message_is_refused_and_nothing_is_written(running, make_ticket, make_message, changes, field):
    before = running.state()
    bad = make_ticket(make_message(**changes)) if field.startswith("messages.0.") else make_ticket(**changes)
    refuses(running.client.post("/api/tickets", json=bad), field)
    assert running.state() == before


def test_five_hundred_messages_fit_and_one_more_does_not(client, make_ticket, make_message):
    made = client.post("/api/tickets", json=make_ticket(*[make_message()] * 500))
    assert len(made.json()["messages"]) == 500
    refuses(client.post("/api/tickets", json=make_ticket(*[make_message()] * 501)), "messages")


def test_external_ids_are_not_unique(client, make_ticket):
    ids = [client.post("/api/tickets", json=make_ticket()).json()["id"] for _ in range(2)]
    rows = client.get("/api/tickets", params={"external_id": "t-1"}).json()["data"]
    assert {row["id"] for row in rows} == set(ids)


def test_the_creation_time_cannot_be_changed_later(sandbox, make_ticket):
    for switches in ({}, {"G-29": "ignore"}):
        client = sandbox(switches=switches).client
        ticket_id = client.post("/api/tickets", json=make_ticket()).json()["id"]
        answer = client.put(f"/api/tickets/{ticket_id}", json={"created_datetime": "2020-01-01T00:00:00Z"})
        refuses(answer, "created_datetime")


def test_an_update_is_partial_replaces_tags_and_unassigns_with_a_null_id(client, make_ticket):
    body = make_ticket(tags=[{"name": "ai_ignore"}], assignee_user={"id": 1}, subject="Parcel")
    ticket_id = client.post("/api/tickets", json=body).json()["id"]
    answer = client.put(f"/api/tickets/{ticket_id}", json={"tags": [{"name": "vip"}], "assignee_user": {"id": None}})
    assert answer.status_code == 202
    ticket = answer.json()
    assert [tag["name"] for tag in ticket["tags"]] == ["vip"]
    assert (ticket["assignee_user"], ticket["subject"]) == (None, "Parcel")


def test_a_later_write_moves_updated_datetime_unless_it_is_given(sandbox, make_ticket, clock):
    old = "2020-01-01T00:00:00+00:00"
    now = datetime.fromtimestamp(clock.now, UTC).isoformat()
    for moves, expected in ((True, now), (False, old)):
        client = sandbox({"clock": clock}, switches={"G-06": moves}).client
        ticket_id = client.post("/api/tickets", json=make_ticket(updated_datetime=old)).json()["id"]
        client.post(f"/api/tickets/{ticket_id}/tags", json={"names": ["vip"]})
        assert client.get(f"/api/tickets/{ticket_id}").json()["updated_datetime"] == expected
        answer = client.put(f"/api/tickets/{ticket_id}", json={"updated_datetime": old, "subject": "x"})
        assert answer.json()["updated_datetime"] == old


def test_lists_include_the_trash_unless_told_otherwise(client, make_ticket):
    ticket_id = client.post("/api/tickets", json=make_ticket()).json()["id"]
    client.put(f"/api/tickets/{ticket_id}", json={"trashed_datetime": "2026-01-01T00:00:00Z"})
    assert len(client.get("/api/tickets").json()["data"]) == 1
    assert len(client.get("/api/tickets", params={"external_id": "t-1"}).json()["data"]) == 1
    assert len(client.get("/api/tickets", params={"customer_id": 2}).json()["data"]) == 1
    for query in ({"trashed": "false"}, {"trashed": "false", "external_id": "t-1"}):
        assert client.get("/api/tickets", params=query).json()["data"] == []


def test_a_deleted_ticket_takes_its_messages_and_stays_gone(running, make_ticket):
    path = f"/api/tickets/{running.client.post('/api/tickets', json=make_ticket()).json()['id']}"
    deleted = running.client.delete(path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert running.client.delete(path).status_code == 404
    assert running.client.get("/api/messages").json()["data"] == []


@pytest.mark.parametrize(("policy", "names"), [("create", ["new"]), ("drop", [])])
def test_unknown_tags_of_a_create_follow_the_switch(sandbox, make_ticket, policy, names):
    client = sandbox(switches={"G-04": policy}).client
    made = client.post("/api/tickets", json=make_ticket(tags=[{"name": "new"}])).json()
    assert [tag["name"] for tag in made["tags"]] == names


def test_times_too_far_back_are_clamped_where_switched_on(sandbox, make_ticket, clock):
    client = sandbox({"clock": clock}, switches={"G-07": 10}).client
    made = client.post("/api/tickets", json=make_ticket(created_datetime="2015-01-01T00:00:00Z")).json()
    assert made["created_datetime"] == datetime.fromtimestamp(clock.now - 10 * 86400, UTC).isoformat()


def test_datetimes_can_come_without_an_offset(sandbox, make_ticket):
    client = sandbox(switches={"G-23": "naive"}).client
    made = client.post("/api/tickets", json=make_ticket()).json()
    assert made["created_datetime"] == "2026-01-02T10:00:00"
    assert made["messages"][0]["sent_datetime"] == "2026-01-02T10:00:00"


def test_a_body_over_the_request_limit_answers_413(sandbox, make_ticket, make_message):
    client = sandbox(switches={"G-42": 1}).unchecked
    answer = client.post("/api/tickets", json=make_ticket(*[make_message(body_text="x" * 300_000)] * 4))
    assert answer.status_code == 413


def test_a_delete_job_runs_a_little_later(sandbox, make_ticket, clock):
    client = sandbox({"clock": clock}).client
    ticket_id = client.post("/api/tickets", json=make_ticket()).json()["id"]
    job = client.post("/api/jobs", json={"type": "deleteTicket", "params": {"ticket_ids": [ticket_id, 999]}}).json()
    assert job["status"] == "pending"
    assert client.get(f"/api/tickets/{ticket_id}").status_code == 200
    clock.now += 3
    assert client.get(f"/api/tickets/{ticket_id}").status_code == 404
    assert client.get(f"/api/jobs/{job['id']}").json()["status"] == "done"


def test_polling_moves_a_job_on(sandbox, make_ticket, clock):
    client = sandbox({"clock": clock}).client
    ticket_id = client.post("/api/tickets", json=make_ticket()).json()["id"]
    job = client.post("/api/jobs", json={"type": "deleteTicket", "params": {"ticket_ids": [ticket_id]}}).json()
    seen = [client.get(f"/api/jobs/{job['id']}").json()["status"] for _ in range(3)]
    assert seen == ["pending", "running", "done"]


@pytest.mark.parametrize("method", ["get", "delete"])
def test_what_does_not_exist_answers_404(sandbox, method):
    answer = sandbox().client.request(method, "/api/tickets/7")
    assert (answer.status_code, answer.json()) == (404, {"error": {"msg": "Resource not found."}})


def test_unknown_parameters_methods_and_unserved_operations_are_refused(sandbox):
    client = sandbox(switches={"G-46": "refuse"}).client
    refuses(client.get("/api/tickets", params={"page": 2}), "page")
    refuses(client.get("/api/tickets", params={"limit": 101}), "limit")
    refuses(client.get("/api/tickets", params={"order_by": "subject"}), "order_by")
    refuses(client.get("/api/custom-fields"), "object_type")
    assert client.patch("/api/tickets").status_code == 405
    answer = client.get("/api/tickets", params={"rule_id": 1})
    said = "The sandbox does not serve list-tickets by rule_id."
    assert (answer.status_code, answer.json()["error"]["msg"]) == (501, said)


def test_a_body_that_is_not_json_is_refused(client):
    for content in (b"", b"{", b'{"name": "\\ud800"}', b"\xff"):
        assert client.post("/api/tags", content=content).status_code == 400
