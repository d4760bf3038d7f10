import pytest


def _walk(client, path, **params):
    pages, cursor = [], None
    while True:
        query = {**params, **({"cursor": cursor} if cursor else {})}
        page = client.get(path, params=query).json()
        pages.append(page)
        cursor = page["meta"]["next_cursor"]
        if cursor is None:
            return pages


@pytest.fixture
def seven(sandbox, clock):
    running = sandbox({"clock": clock}, tags=[])
    for number in range(7):
        clock.now += number % 2
        running.client.post("/api/tags", json={"name": f"t{number}"})
    return running.client


@pytest.mark.parametrize(
    ("order", "first"), [("created_datetime:asc", "t0"), ("created_datetime:desc", "t6"), ("name:desc", "t6")]
)
def test_a_walk_sees_every_row_once_in_order(seven, order, first):
    pages = _walk(seven, "/api/tags", limit=3, order_by=order)
    names = [row["name"] for page in pages for row in page["data"]]
    assert [len(page["data"]) for page in pages] == [3, 3, 1]
    assert names == sorted(names, reverse=order.endswith("desc"))
    assert names[0] == first
    assert pages[0]["object"] == "list"
    assert pages[0]["uri"].startswith("/api/tags/?limit=3")
    assert (pages[0]["meta"]["prev_cursor"], pages[1]["meta"]["prev_cursor"] is None) == (None, False)


@pytest.mark.parametrize("order", ["name:asc", "name:desc"])
def test_the_previous_page_is_the_page_before(seven, order):
    pages = _walk(seven, "/api/tags", limit=3, order_by=order)
    back = seven.get("/api/tags", params={"limit": 3, "order_by": order, "cursor": pages[2]["meta"]["prev_cursor"]})
    assert back.json()["data"] == pages[1]["data"]


def test_a_row_removed_during_a_walk_hides_no_other(seven):
    first = seven.get("/api/tags", params={"limit": 3, "order_by": "name:asc"}).json()
    seven.delete(f"/api/tags/{first['data'][2]['id']}")
    query = {"limit": 3, "order_by": "name:asc", "cursor": first["meta"]["next_cursor"]}
    assert [row["name"] for row in seven.get("/api/tags", params=query).json()["data"]] == ["t3", "t4", "t5"]


def test_thirty_rows_make_a_page_unless_asked(sandbox):
    client = sandbox(tags=[{"name": f"t{number:03}"} for number in range(101)]).client
    assert len(client.get("/api/tags").json()["data"]) == 30
    assert len(client.get("/api/tags", params={"limit": 100}).json()["data"]) == 100
    assert len(client.get("/api/tags", params={"limit": 0}).json().get("data", [])) == 0


@pytest.mark.parametrize("cursor", ["nonsense", "WyJuZXh0Il0=", "e30="])
def test_a_broken_cursor_is_refused(sandbox, cursor):
    assert sandbox().client.get("/api/tags", params={"cursor": cursor}).status_code == 400


def test_cursors_expire_by_switch(sandbox, clock):
    client = sandbox({"clock": clock}, switches={"G-30": 60}).client
    cursor = client.get("/api/tags", params={"limit": 1}).json()["meta"]["next_cursor"]
    clock.now += 59
    assert client.get("/api/tags", params={"limit": 1, "cursor": cursor}).status_code == 200
    clock.now += 2
    assert client.get("/api/tags", params={"limit": 1, "cursor": cursor}).status_code == 400


def test_messages_are_listed_by_ticket(client, make_ticket, make_message):
    ids = [client.post("/api/tickets", json=make_ticket(make_message(), make_message())).json()["id"] for _ in range(2)]
    rows = client.get("/api/messages", params={"ticket_id": ids[0]}).json()["data"]
    assert {row["ticket_id"] for row in rows} == {ids[0]}
    assert len(client.get("/api/messages").json()["data"]) == 4


@pytest.mark.parametrize(("switch", "order"), [(False, ["b", "a"]), (True, ["a", "b"])])
def test_messages_of_one_create_are_reordered_by_switch(sandbox, make_ticket, make_message, switch, order):
    client = sandbox(switches={"G-02": switch}).client
    later = make_message(external_id="b", created_datetime="2026-01-05T00:00:00Z")
    body = make_ticket(later, make_message(external_id="a", created_datetime="2026-01-04T00:00:00Z"))
    made = client.post("/api/tickets", json=body).json()
    assert [message["external_id"] for message in made["messages"]] == order


def test_events_tell_every_write_at_the_servers_time(sandbox, make_ticket, clock):
    client = sandbox({"clock": clock}).client
    ticket_id = client.post("/api/tickets", json=make_ticket(tags=[{"name": "vip"}])).json()["id"]
    clock.now += 60
    client.put(f"/api/tickets/{ticket_id}", json={"status": "closed", "assignee_user": {"id": 1}})
    query = {"object_type": "Ticket", "object_id": ticket_id, "order_by": "created_datetime:asc"}
    events = client.get("/api/events", params=query).json()["data"]
    kinds = [event["type"] for event in events]
    assert kinds == ["ticket-created", "ticket-tags-added", "ticket-updated", "ticket-closed", "ticket-assigned"]
    assert {event["user_id"] for event in events} == {1}
    bound = {"created_datetime[gt]": events[0]["created_datetime"], "types": ["ticket-created", "ticket-closed"]}
    assert [event["type"] for event in client.get("/api/events", params=bound).json()["data"]] == ["ticket-closed"]
    assert client.get("/api/events", params={"object_id": ticket_id}).status_code == 400
    assert client.delete(f"/api/events/{events[0]['id']}").status_code == 405
