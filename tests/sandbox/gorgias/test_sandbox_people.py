import pytest
from sandbox_refusals import refuses

NEW_USER = {"email": "new@shop.example", "name": "New User", "role": {"name": "agent"}}


def _email(address):
    return {"channels": [{"type": "email", "address": address}]}


def test_a_customer_takes_its_email_from_the_channel_and_its_names_from_the_name(client):
    body = {**_email("Nan.Go@Test.example"), "name": "Nango Test Customer", "external_id": "ivinex:1:2"}
    made = client.post("/api/customers", json=body)
    assert made.status_code == 201
    customer = client.get(f"/api/customers/{made.json()['id']}").json()
    assert (customer["firstname"], customer["lastname"]) == ("Nango", "Customer")
    assert customer["email"] == "Nan.Go@Test.example"
    assert customer["channels"][0]["preferred"] is False
    (row,) = client.get("/api/customers", params={"external_id": "ivinex:1:2"}).json()["data"]
    assert "channels" not in row


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "No Channels"}, "channels"),
        ({"channels": []}, "channels"),
        ({**_email("a@b.example"), "firstname": "A"}, "firstname"),
        ({**_email("a@b.example"), "custom_fields": []}, "custom_fields"),
        ({**_email("a@b.example"), "created_datetime": "2020-01-01T00:00:00Z"}, "created_datetime"),
        (_email("CARL@home.example"), "channels.0.address"),
        ({**_email("a@b.example"), "email": "Carl@Home.example"}, "email"),
        ({"channels": [{"type": "phone", "address": "+15550001"}]}, "channels.0.address"),
        (_email("x" * 321), "channels.0.address"),
        (_email("nothing"), "channels.0.address"),
        (_email(" "), "channels.0.address"),
        ({**_email("a@b.example"), "external_id": "x" * 256}, "external_id"),
        ({**_email("a@b.example"), "language": "klingon"}, "language"),
    ],
)
def test_a_bad_or_doubled_customer_is_refused(sandbox, body, field):
    phone = {"id": 3, "channels": [{"type": "phone", "address": "+15550001"}]}
    carl = {"id": 2, "channels": [{"type": "email", "address": "carl@home.example"}]}
    running = sandbox(customers=[carl, phone])
    refuses(running.client.post("/api/customers", json=body), field)
    assert len(running.state()["customers"]) == 2


def test_the_status_of_a_duplicate_follows_the_switch(sandbox):
    client = sandbox(switches={"G-01": 409}).client
    refuses(client.post("/api/customers", json=_email("carl@home.example")), "channels.0.address", 409)
    refuses(client.post("/api/tags", json={"name": "vip"}), "name", 409)


def test_a_phone_may_be_shared_where_switched_on(sandbox):
    client = sandbox(switches={"G-10": "allow"}).client
    body = {"channels": [{"type": "phone", "address": "+15550001"}]}
    assert [client.post("/api/customers", json=body).status_code for _ in range(2)] == [201, 201]


@pytest.mark.parametrize(
    ("case", "asked", "found"), [("exact", "carl@home.example", 0), ("insensitive", "CARL@HOME.example", 1)]
)
def test_the_email_filter_minds_letter_case_by_switch(sandbox, case, asked, found):
    customers = [{"channels": [{"type": "email", "address": "Carl@Home.example"}]}]
    client = sandbox(customers=customers, switches={"G-09": case}).client
    assert len(client.get("/api/customers", params={"email": asked}).json()["data"]) == found
    assert len(client.get("/api/customers", params={"email": "Carl@Home.example"}).json()["data"]) == 1


def test_customers_are_found_by_channel(client):
    query = {"channel_type": "email", "channel_address": "carl@home.example"}
    assert [row["id"] for row in client.get("/api/customers", params=query).json()["data"]] == [2]


def test_an_update_replaces_the_channels(client):
    answer = client.put(
        "/api/customers/2", json={"channels": [{"type": "phone", "address": "+1555"}], "name": "Carl C"}
    )
    assert answer.status_code == 202
    assert [channel["type"] for channel in answer.json()["channels"]] == ["phone"]
    assert client.post("/api/customers", json=_email("carl@home.example")).status_code == 201


def test_customer_data_of_an_older_version_is_ignored_without_a_word(client):
    for version, value in (("2026-02-01T00:00:00Z", "new"), ("2026-01-01T00:00:00Z", "old")):
        answer = client.put("/api/customers/2/data", json={"version": version, "data": {"k": value}})
        assert (answer.status_code, answer.content) == (202, b"")
    assert client.get("/api/customers/2").json()["data"] == {"k": "new"}


def test_a_merged_customer_answers_301_and_its_tickets_move(client, make_ticket):
    other = client.post("/api/customers", json=_email("other@home.example")).json()["id"]
    ticket_id = client.post("/api/tickets", json=make_ticket()).json()["id"]
    query = {"source_id": 2, "target_id": other}
    assert client.put("/api/customers/merge", params=query, json={}).status_code == 400
    assert client.put("/api/customers/merge", params=query, json={"name": "Both"}).status_code == 202
    gone = client.get("/api/customers/2")
    assert (gone.status_code, gone.content) == (301, b"")
    ticket = client.get(f"/api/tickets/{ticket_id}").json()
    assert ticket["customer"]["id"] == ticket["messages"][0]["sender"]["id"] == other
    addresses = [channel["address"] for channel in client.get(f"/api/customers/{other}").json()["channels"]]
    assert addresses == ["other@home.example", "carl@home.example"]


def test_customers_with_tickets_are_not_deleted_unless_switched(sandbox, make_ticket):
    for switch, status in (("refuse", 400), ("unlink", 204)):
        client = sandbox(switches={"G-35": switch}).client
        ticket_id = client.post("/api/tickets", json=make_ticket()).json()["id"]
        assert client.request("DELETE", "/api/customers", json={"ids": [2, 999]}).status_code == status
    assert client.get(f"/api/tickets/{ticket_id}").json()["customer"] is None
    assert client.get("/api/customers/2").status_code == 404


def test_an_id_beside_other_fields_updates_that_person(client, make_ticket, make_message):
    body = make_ticket(make_message(sender={"id": 2, "name": "Renamed"}))
    client.post("/api/tickets", json=body)
    assert client.get("/api/customers/2").json()["name"] == "Renamed"


def test_an_unknown_email_in_a_message_makes_a_customer_once(running, make_ticket, make_message):
    sender = {"email": "new@home.example", "name": "New One"}
    body = make_ticket(make_message(sender=sender), make_message(sender=sender), customer=...)
    made = running.client.post("/api/tickets", json=body).json()
    assert made["customer"]["email"] == "new@home.example"
    assert len(running.state()["customers"]) == 2


def test_user_creation_mails_an_invitation_by_switch(sandbox):
    for switch, mails in ((True, ["invitation"]), (False, [])):
        running = sandbox(switches={"G-12": switch})
        assert running.client.post("/api/users", json=NEW_USER).status_code == 201
        assert [mail["kind"] for mail in running.mails()] == mails


def test_an_invitation_to_a_stub_address_is_undeliverable(running):
    body = {"email": "stub@stubs.invalid", "name": "Stub", "role": {"name": "observer-agent"}}
    running.client.post("/api/users", json=body)
    box = running.client.get("/_sandbox/outbox").json()
    assert (box["mails"], box["undeliverable"][0]["to"]) == ([], ["stub@stubs.invalid"])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"active": False}, "active"),
        ({"firstname": "A"}, "firstname"),
        ({"email": "ANN@shop.example"}, "email"),
        ({"role": {"name": "bot"}}, "role.name"),
        ({"language": "de"}, "language"),
        ({"name": " "}, "name"),
    ],
)
def test_a_bad_user_is_refused(sandbox, changes, field):
    refuses(sandbox().client.post("/api/users", json=NEW_USER | changes), field)


def test_user_seats_can_run_out(sandbox):
    client = sandbox(switches={"G-13": 1}).client
    assert client.post("/api/users", json=NEW_USER).status_code == 403


def test_an_email_change_of_a_user_needs_the_password(client):
    refuses(client.put("/api/users/1", json={"email": "new@shop.example"}), "password_confirmation")


def test_a_deleted_user_leaves_tickets_unassigned(sandbox, make_ticket):
    client = sandbox(users=[{"id": 7, "email": "bob@shop.example", "name": "Bob", "role": {"name": "agent"}}]).client
    ticket_id = client.post("/api/tickets", json=make_ticket(assignee_user={"id": 7})).json()["id"]
    assert client.delete("/api/users/7").status_code == 204
    assert client.get(f"/api/tickets/{ticket_id}").json()["assignee_user"] is None


def test_team_names_are_unique_and_an_update_replaces_the_members(sandbox):
    client = sandbox(switches={"G-24": 409}).client
    team = client.post("/api/teams", json={"name": "Support", "members": [{"id": 1}]}).json()
    assert [member["email"] for member in team["members"]] == ["ann@shop.example"]
    refuses(client.post("/api/teams", json={"name": "Support"}), "name", 409)
    refuses(client.post("/api/teams", json={"name": "Other", "members": [{"id": 99}]}), "members.0.id")
    assert client.put(f"/api/teams/{team['id']}", json={"members": []}).json()["members"] == []
