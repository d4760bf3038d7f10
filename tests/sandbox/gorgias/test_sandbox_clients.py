"""What public clients need of the sandbox: folded slashes, unknown keys passed over, views, macros, merges."""

import httpx
import pytest

from sandbox.gorgias.switches import SWITCHES


def test_repeated_slashes_in_a_path_are_one(running):
    for path in ("//api/users/", "/api//users", "//api//users//"):
        assert httpx.get(f"{running.url}{path}", auth=running.running.gorgias_auth).status_code == 200, path


def test_an_unknown_key_of_a_query_is_passed_over_on_reads_only(client, make_ticket):
    number = client.post("/api/tickets", json=make_ticket()).json()["id"]
    assert len(client.get(f"/api/tickets/{number}/messages", params={"limit": 5, "page": 2}).json()["data"]) == 1
    assert client.get("/api/tickets", params={"limit": 101}).status_code == 400, "a known key is still looked at"
    assert client.put(f"/api/tickets/{number}", params={"page": 2}, json={"priority": "high"}).status_code == 400


def test_one_bucket_for_all_keys_of_the_account_and_another_for_its_apps(sandbox, clock):
    keys = [{"email": name, "api_key": "k", "role": "admin"} for name in ("ann@shop.example", "bo@shop.example")]
    auth = [*keys, {"token": "t", "role": "admin", "email": "ann@shop.example"}]
    running = sandbox({"rate": "2/30", "clock": clock}, auth=auth)
    header = "X-Gorgias-Account-Api-Call-Limit"
    for level, one in enumerate(keys, 1):
        client = running.client_of((one["email"], "k"))
        assert client.get("/api/tags").headers[header] == f"{level}/2"
    assert running.client.get("/api/tags").status_code == 429
    app = running.client_of(None, headers={"Authorization": "Bearer t"})
    assert app.get("/api/tags").headers[header] == "1/4"


def test_a_view_is_walked_by_addresses_and_filters_the_list_too(client, make_ticket):
    for number in range(5):
        status = "open" if number % 2 == 0 else "closed"
        client.post("/api/tickets", json=make_ticket(external_id=f"t-{number}", status=status))
    asked = {"slug": "open", "name": "Open", "filters": "eq(ticket.status, 'open') && isEmpty(ticket.tags.name)"}
    view = client.post("/api/views", json=asked).json()["id"]
    path, seen = f"/api/views/{view}/items?limit=2&order_by=created_datetime:asc", []
    while path:
        page = client.get(path).json()
        seen += [row["external_id"] for row in page["data"]]
        following = page["meta"].get("next_items")
        path = following and f"{following}&limit=2&order_by=created_datetime:asc"
    assert seen == ["t-0", "t-2", "t-4"]
    assert {row["external_id"] for row in client.get("/api/tickets", params={"view_id": view}).json()["data"]} == {
        *seen
    }
    assert client.get("/api/tickets", params={"view_id": 999999}).status_code == 404
    body = {"view": {"type": "ticket-list", "filters": "eq(ticket.status, 'closed')"}}
    assert [row["status"] for row in client.put("/api/views/0/items", json=body).json()["data"]] == ["closed"] * 2


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ("", True),
        ("neq(ticket.priority, 'high')", True),
        ("eq(ticket.channel, 'chat')", False),
        ("containsAny(ticket.tags.name, ['vip', 'x'])", True),
        ("notContainsAny(ticket.tags.name, ['vip'])", False),
        ("gte(ticket.created_datetime, '2026-01-02T00:00:00Z')", True),
        ("lt(ticket.created_datetime, '2026-01-02T00:00:00Z')", False),
        ("eq(ticket.customer.id, 2)", True),
        ("isEmpty(ticket.assignee_user.id)", True),
        ("contains(ticket.subject, 'PARCEL')", True),
    ],
)
def test_the_plain_filters_of_views_are_read(client, make_ticket, filters: str, kept: bool):
    client.post("/api/tickets", json=make_ticket(tags=[{"name": "vip"}], subject="My parcel"))
    view = client.post("/api/views", json={"slug": "v", "filters": filters}).json()["id"]
    assert bool(client.get(f"/api/views/{view}/items").json()["data"]) is kept


def test_a_filter_that_is_not_known_is_said_to_be_and_never_guessed(client):
    view = client.post("/api/views", json={"slug": "v", "filters": "near(ticket.mood, 'sad')"}).json()["id"]
    assert client.get(f"/api/views/{view}/items").status_code == 501
    assert client.get("/api/tickets", params={"rule_id": 1}).status_code == 501


def test_macros_are_stored_listed_and_archived(client):
    numbers = [client.post("/api/macros", json={"name": name}).json()["id"] for name in ("Thanks", "Sorry")]
    assert [row["name"] for row in client.get("/api/macros").json()["data"]] == ["Sorry", "Thanks"]
    assert [row["name"] for row in client.get("/api/macros", params={"search": "thank"}).json()["data"]] == ["Thanks"]
    done = client.put("/api/macros/archive", json={"ids": [numbers[0], 1]}).json()["data"]
    assert done == [{"id": numbers[0], "status": "archived"}, {"id": 1, "status": "not_found"}]
    assert [row["id"] for row in client.get("/api/macros").json()["data"]] == numbers[1:]
    assert [row["id"] for row in client.get("/api/macros", params={"archived": True}).json()["data"]] == numbers[:1]
    assert client.put("/api/macros/unarchive", json={"ids": numbers[:1]}).json()["data"][0]["status"] == "unarchived"
    assert client.put(f"/api/macros/{numbers[0]}", json={"name": "Thank you"}).json()["name"] == "Thank you"
    assert client.delete(f"/api/macros/{numbers[0]}").status_code == 204
    assert client.get(f"/api/macros/{numbers[0]}").status_code == 404


@pytest.mark.parametrize("says_where", [True, False])
def test_a_ticket_that_a_person_merged_answers_301_with_the_survivor(sandbox, make_ticket, says_where: bool):
    running = sandbox(switches={"G-47": says_where})
    one, two, three = (
        running.client.post("/api/tickets", json=make_ticket(external_id=f"t-{number}")).json()["id"]
        for number in range(3)
    )
    for gone, into in ((one, two), (two, three)):
        body = {"ticket_id": gone, "into": into}
        assert httpx.post(f"{running.url}/_sandbox/merge-tickets", json=body).status_code == 204
    answer = running.unchecked.get(f"/api/tickets/{one}")
    assert (answer.status_code, answer.content) == (301, b"")
    assert answer.headers.get("location") == (f"/api/tickets/{three}/" if says_where else None)
    assert len(running.client.get(f"/api/tickets/{three}").json()["messages"]) == 3
    again = httpx.post(f"{running.url}/_sandbox/merge-tickets", json={"ticket_id": one, "into": three})
    assert again.status_code == 400


def test_what_was_recorded_is_the_default():
    defaults = {one.id: one.default for one in SWITCHES}
    assert (defaults["G-03"], defaults["G-46"]) == (True, "ignore")
