"""State over a restart, and the canonical form that two runs are compared by."""

import pytest

from sandbox.gorgias.config import ConfigError
from sandbox.serve import running_gorgias


def _customer(address, external_id):
    return {"channels": [{"type": "email", "address": address}], "external_id": external_id}


def test_two_accounts_filled_in_another_order_are_canonically_equal(sandbox, make_ticket, make_message, clock):
    texts = []
    for order in (1, -1):
        running = sandbox({"clock": clock})
        client = running.client
        for number in [1, 2, 3][::order]:
            body = _customer(f"c{number}@home.example", f"c-{number}")
            customer = client.post("/api/customers", json=body).json()["id"]
            file = client.post("/api/upload", files=[("a.txt", ("x", b"hello", "text/plain"))]).json()[0]
            attachment = {key: file[key] for key in ("url", "name", "content_type", "size")}
            html = f'<img src="{file["url"]}">'
            message = make_message(sender={"id": customer}, attachments=[attachment], body_html=html)
            body = make_ticket(message, customer={"id": customer}, external_id=f"t-{number}", tags=[{"name": "vip"}])
            assert client.post("/api/tickets", json=body).status_code == 201
            clock.now += 100
        texts.append(client.get("/_sandbox/state", params={"canonical": "1"}).text)
    assert texts[0] == texts[1]
    assert '"customer": "customer c-1"' in texts[0]
    assert running.url not in texts[0]


@pytest.mark.parametrize(
    "change",
    [
        lambda client, ticket: client.put(f"/api/tickets/{ticket['id']}", json={"subject": "other"}),
        lambda client, ticket: client.put(f"/api/tickets/{ticket['id']}", json={"assignee_user": {"id": 1}}),
        lambda client, ticket: client.put(
            f"/api/tickets/{ticket['id']}/custom-fields", json=[{"id": 11, "value": "S"}]
        ),
        lambda client, ticket: client.delete(f"/api/tickets/{ticket['id']}/messages/{ticket['messages'][0]['id']}"),
        lambda client, ticket: client.delete(f"/api/tickets/{ticket['id']}"),
        lambda client, ticket: client.put("/api/customers/2", json={"name": "Other"}),
    ],
)
def test_every_change_shows_in_the_canonical_form(running, make_ticket, change):
    ticket = running.client.post("/api/tickets", json=make_ticket()).json()
    before = running.state(canonical=True)
    assert change(running.client, ticket).is_success
    assert running.state(canonical=True) != before


def test_a_message_time_shows_in_the_canonical_form(sandbox, make_ticket, make_message):
    states = []
    for moment in ("2026-01-02T10:00:00Z", "2026-01-02T10:00:01Z"):
        running = sandbox()
        # the later message keeps the times of the ticket the same
        body = make_ticket(make_message(created_datetime=moment), make_message(created_datetime="2026-01-09T00:00:00Z"))
        assert running.client.post("/api/tickets", json=body).status_code == 201
        states.append(running.state(canonical=True))
    assert states[0] != states[1]


def test_the_state_outlives_a_kill(sandbox, tmp_path, make_ticket, make_message):
    path = tmp_path / "state"
    first = sandbox({"state_file": path})
    kept = first.client.post(
        "/api/tickets", json=make_ticket(make_message(sent_datetime=..., from_agent=True, sender={"id": 1}))
    ).json()
    gone = first.client.post("/api/tickets", json=make_ticket()).json()
    first.client.delete(f"/api/tickets/{gone['id']}")
    first.client.post("/api/upload", files=[("a.txt", ("x", b"hello", "text/plain"))])
    # no clean end: what a kill leaves behind, with a line half written
    copy = tmp_path / "copy"
    copy.write_bytes(path.read_bytes() + b'{"table": "tick')
    second = sandbox({"state_file": copy})
    assert second.state() == first.state()
    assert second.mails() == first.mails()
    assert second.client.get("/api/tickets", params={"external_id": "t-1"}).json()["data"][0]["id"] == kept["id"]
    assert second.client.post("/api/tickets", json=make_ticket()).json()["id"] == gone["id"] + 1


def test_a_clean_end_rewrites_the_file_without_its_history(sandbox, tmp_path, make_ticket):
    path = tmp_path / "state"
    config = {"auth": [{"email": "ann@shop.example", "api_key": "k", "role": "admin"}], "tags": [{"name": "old"}]}
    for name in ("one", "two"):
        with running_gorgias(config, state_file=path) as running:
            account = running.gorgias
            tag = next(iter(account.tags))
            tag["name"] = name
            account.tags.save(tag)
    lines = [line for line in path.read_text().splitlines() if '"tags"' in line]
    assert len(lines) == 2
    assert '"two"' in lines[1]
    assert not path.with_name("state.part").exists()


def test_a_file_that_is_no_state_is_named(tmp_path):
    path = tmp_path / "state"
    path.write_text("hello\n")
    with pytest.raises(ConfigError, match="line 1"), running_gorgias({"auth": [{"token": "t"}]}, state_file=path):
        pass
