"""Writes for the gate's tests: customers, which have a natural key, and tickets, which have none."""

from datetime import UTC, datetime
from typing import Any

from resources.gorgias.wire import Channel, Customer, Message, NamedTag, Ref, Ticket
from resources.gorgias.writer.write import Write
from resources.ledger import Outcome
from resources.ledger.records import WriteKey

AUTH = {"email": "api@shop.example", "api_key": "very-secret-key"}
CUSTOMER = {
    "id": 1500,
    "name": "Ada Byron",
    "email": "ada@mail.example",
    "channels": [{"type": "email", "address": "ada@mail.example", "preferred": True}],
}
DAY = "2026-01-05"
AT = datetime(2026, 1, 5, 10, tzinfo=UTC)


def customer(number: int, email: str | None = None, name: str | None = None) -> Write:
    source_id = f"ivinex:10:{number}"
    address = email or f"c{number}@mail.example"
    body = Customer(
        external_id=source_id,
        name=name or f"Customer {number}",
        email=address,
        channels=[Channel(type="email", address=address, preferred=True)],
    ).body()
    row = Outcome(source_id, "created", object="contacts")
    return Write(WriteKey("customers", source_id, "create"), "POST", "/api/customers", body, (row,))


def ticket(number: int, subject: str = "Hello", messages: int = 2) -> Write:
    source_id = f"ivinex:20:{number}"
    bodies = [_message(number, place) for place in range(messages)]
    body = Ticket(
        external_id=source_id,
        customer=Ref(id=1500),
        subject=subject,
        status="closed",
        priority="normal",
        channel="api",
        from_agent=False,
        tags=[NamedTag(name="ai_ignore")],
        meta={"ivinex_id": source_id},
        messages=bodies,
        created_datetime=AT,
        closed_datetime=AT,
    ).body()
    rows = [Outcome(source_id, "created", partition=DAY)]
    rows += [Outcome(f"{one.external_id}@{source_id}", "created", partition=DAY, object="messages") for one in bodies]
    return Write(WriteKey("tickets", source_id, "create"), "POST", "/api/tickets", body, tuple(rows), DAY, "v1")


def _message(number: int, place: int) -> Message:
    return Message(
        channel="api",
        via="api",
        from_agent=False,
        sender=Ref(id=1500),
        body_text=f"text {place}",
        external_id=f"ivinex:30:{number * 100 + place}",
        created_datetime=AT,
        sent_datetime=AT,
    )


def tag(name: str) -> Write:
    key = WriteKey("tags", name, "create")
    return Write(key, "POST", "/api/tags", {"name": name}, (Outcome(name, "created"),))


def many(make: Any, number: int) -> list[Write]:
    return [make(one) for one in range(1, number + 1)]
