"""Somebody changes the account over its API, each kind on a ticket of its own: each is named, nothing else."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from target_account import CONFIG, Target, connected, load
from verified_account import found

from resources.ledger import Ledger
from sandbox.serve import running_gorgias

CHANGED, MISSING, EXTRA = "changed since write", "missing", "extra"
AGENT = {"email": "zoe@shop.example", "api_key": "z"}
Found = tuple[str, str, str, str | None]


@dataclass
class Hand:
    """Somebody with the API, on one ticket: its number, its external id, and its three messages."""

    http: httpx.Client
    number: int
    name: str
    ids: dict[str, int]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.http.request(method, path, json=body)
        assert answer.is_success, (path, answer.text)
        return answer.json() if answer.content else None

    def ticket(self, **body: Any) -> None:
        self.ask("PUT", f"/api/tickets/{self.number}", body)

    def messages(self) -> list[dict[str, Any]]:
        return self.ask("GET", f"/api/tickets/{self.number}")["messages"]

    def message(self, place: int, **body: Any) -> None:
        held = self.messages()[place]
        asked = {name: held[name] for name in ("channel", "from_agent", "sent_datetime")}
        self.ask("PUT", f"/api/tickets/{self.number}/messages/{held['id']}", asked | body)

    def source_id(self, place: int) -> str:
        return f"{self.messages()[place]['external_id']}@{self.name}"


Change = Callable[[Hand], Any]


def on_ticket(field: str, **body: Any) -> tuple[str, Change]:
    return f"tickets.{field}", lambda hand: hand.ticket(**body)


def on_message(field: str, place: int, **body: Any) -> tuple[str, Change]:
    return f"messages.{field}.{place}", lambda hand: hand.message(place, **body)


MAIL = {"type": "email", "from": {"address": "x@y.example"}, "to": [{"address": "help@shop.example"}]}
MAIL |= {"cc": [{"address": "x@y.example"}]}
CHANGES: list[tuple[str, Change]] = [
    on_ticket("subject", subject="Another one"),
    on_ticket("priority", priority="critical"),
    on_ticket("status", status="open"),
    on_ticket("channel", channel="chat"),
    on_ticket("assignee_user", assignee_user={"id": None}),
    on_ticket("assignee_team", assignee_team={"id": None}),
    on_ticket("tags", tags=[{"name": "ai_ignore"}]),
    on_ticket("meta", meta={"other": 1}),
    on_ticket("external_id", external_id="else"),
    on_ticket("spam", spam=True),
    on_ticket("language", language="fr"),
    on_ticket("snooze_datetime", snooze_datetime="2099-01-01T00:00:00+00:00"),
    on_ticket("trashed_datetime", trashed_datetime="2026-07-01T00:00:00+00:00"),
    on_ticket("opened_datetime", opened_datetime="2026-01-06T00:00:00+00:00"),
    on_ticket("closed_datetime", closed_datetime="2026-01-09T00:00:00+00:00"),
    ("tickets.colour", lambda h: h.ask("PUT", f"/api/tickets/{h.number}/custom-fields/{h.ids['colour']}", "blue")),
    ("tickets.colour", lambda h: h.ask("DELETE", f"/api/tickets/{h.number}/custom-fields/{h.ids['colour']}")),
    ("tickets.tags", lambda h: h.ask("POST", f"/api/tickets/{h.number}/tags", {"names": ["spare"]})),
    ("tickets.tags", lambda h: h.ask("DELETE", f"/api/tickets/{h.number}/tags", {"names": ["vip"]})),
    ("tickets.customer", lambda h: h.ticket(customer={"id": h.ids["other"]})),
    ("tickets.assignee_user", lambda h: h.ticket(assignee_user={"id": h.ids["zoe"]})),
    on_message("body_text", 0, body_text="Another text"),
    on_message("body_html", 0, body_html="<p>Another text</p>"),
    on_message("subject", 0, subject="Another"),
    on_message("message_id", 0, message_id="<else@x>"),
    on_message("external_id", 1, external_id="else"),
    on_message("sent_datetime", 2, sent_datetime="2026-01-07T00:00:00+00:00"),
    on_message("source.from", 0, source=MAIL),
    on_message("body_text", 1, body_text="Another note"),
    ("messages.sender.2", lambda h: h.message(2, sender={"id": h.ids["zoe"]})),
    ("messages.attachments.0", lambda h: h.message(0, attachments=[_file(h)])),
    ("gone message.0", lambda h: h.ask("DELETE", f"/api/tickets/{h.number}/messages/{h.messages()[0]['id']}")),
    ("gone ticket", lambda h: h.ask("DELETE", f"/api/tickets/{h.number}")),
    ("merged ticket", lambda h: h.ask("POST", "/_sandbox/merge-tickets", {"ticket_id": h.number, "into": h.ids["in"]})),
    ("new message", lambda h: h.ask("POST", f"/api/tickets/{h.number}/messages", _reply(h))),
]


def _file(hand: Hand) -> dict[str, Any]:
    answer = hand.http.post("/api/upload", files=[("a.txt", ("a.txt", b"text", "text/plain"))])
    return answer.json()[0]


def _reply(hand: Hand) -> dict[str, Any]:
    plain = {"channel": "internal-note", "via": "api", "from_agent": True, "public": False, "body_text": "Mine"}
    return plain | {"sender": {"id": hand.ids["zoe"]}}


def _expected(what: str, hand: Hand, places: list[str]) -> set[Found]:
    """What a verification must say of a change; `places`: the messages of its ticket before it."""
    kind, _, rest = what.partition(".")
    if kind == "tickets":
        return {("tickets", "ivinex:field:20:5" if rest == "colour" else rest, CHANGED, hand.name)}
    if kind == "messages":
        field, _, place = rest.rpartition(".")
        return {("messages", field, CHANGED, places[int(place)])}
    if kind == "gone message":
        return {("messages", "*", MISSING, places[0])}
    if kind == "new message":
        return {("messages", "*", EXTRA, None)}
    return {("tickets", "*", MISSING, hand.name), *(("messages", "*", MISSING, one) for one in places)}


@pytest.fixture
def target(ledger: Ledger, tmp_path: Path) -> Iterator[tuple[Target, httpx.Client, Any]]:
    config = CONFIG | {"auth": [*CONFIG["auth"], AGENT], "tags": [*CONFIG["tags"], {"name": "spare"}]}
    with (
        running_gorgias(config) as served,
        connected(served, ledger, tmp_path) as made,
        httpx.Client(base_url=served.gorgias_url, auth=("zoe@shop.example", "z"), timeout=30, verify=False) as http,
    ):
        yield made, http, served.gorgias


def test_each_change_over_the_api_is_named_with_its_kind_and_nothing_else(target: tuple[Target, httpx.Client, Any]):
    made, http, account = target
    load(made, len(CHANGES) + 1)
    assert found(made) == []
    clock = account.clock
    account.clock = lambda: clock() + 3600
    other = {"name": "Other", "channels": [{"type": "email", "address": "other@mail.example"}]}
    ids = {
        "colour": made.ledger.known_writes.gorgias_ids("custom_fields")["ivinex:field:20:5"],
        "zoe": http.get("/api/users/0").json()["id"],
        "other": http.post("/api/customers", json=other).json()["id"],
        "in": made.tickets[f"ivinex:20:{len(CHANGES) + 1}"],
    }
    wanted: set[Found] = set()
    for at, (what, change) in enumerate(CHANGES, start=1):
        name = f"ivinex:20:{at}"
        hand = Hand(http, made.tickets[name], name, ids)
        places = [hand.source_id(place) for place in range(3)]
        change(hand)
        wanted |= _expected(what, hand, places)
    assert len(CHANGES) >= 30
    # The messages of a ticket that was merged are on the survivor, where nobody sent them.
    wanted |= {("messages", "*", EXTRA, None)}
    assert set(found(made)) == wanted
