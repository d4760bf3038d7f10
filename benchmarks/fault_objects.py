"""The eight objects of the fault matrix: what the account holds before, the writes, and what it holds after.

It belongs here: building writes and counting their results in the sandbox's own state. It does not: faults
(fault_cells.py) and how the writes are sent (strategies.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from resources.gorgias.wire import (
    Address,
    Channel,
    Customer,
    CustomField,
    Message,
    Ref,
    Role,
    Source,
    Tag,
    Ticket,
    User,
)
from resources.gorgias.writer.write import Write
from resources.ledger.records import Outcome, WriteKey
from sandbox.gorgias.account import Account

AT = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
DAY = AT.date().isoformat()
AUTH = {"email": "api@shop.example", "api_key": "k", "role": "admin"}
CUSTOMER, FIELD, FIRST_TICKET, FIRST_CUSTOMER = 5001, 301, 60001, 6001
APPENDED_TO = 20
"""Tickets over which the appended messages are spread."""


@dataclass(frozen=True)
class Kind:
    """One object of the matrix.

    Attributes:
        route: the contract's path of its write, for the faults.
        seed: rows of gorgias.json for so many writes.
        write: the n-th write.
        held: how often the account holds the result of each of so many writes, by n.
        cap: most writes an account takes (25 active custom fields), or 0.
    """

    name: str
    method: str
    route: str
    seed: Callable[[int], dict[str, Any]]
    write: Callable[[int], Write]
    held: Callable[[Account, int], Counter[int]]
    cap: int = 0


def config(kind: Kind, writes: int) -> dict[str, Any]:
    """gorgias.json of the account before the run."""
    return {"auth": [AUTH]} | kind.seed(writes)


def _post(object: str, path: str, body: dict[str, Any], n: int, rows: tuple[Outcome, ...] = ()) -> Write:
    return Write(WriteKey(object, str(n), "create"), "POST", path, body, rows)


def _customer_row(number: int, n: int) -> dict[str, Any]:
    return {"id": number, "name": f"C {n}", "channels": [{"type": "email", "address": f"c{number}@mail.example"}]}


def _message(external_id: str, n: int) -> Message:
    source = Source(type="email", sender=Address(address="ada@mail.example"), to=[Address(address="desk@shop.example")])
    return Message(
        channel="email",
        via="email",
        from_agent=False,
        sender=Ref(id=CUSTOMER),
        source=source,
        body_text=f"Message {n}",
        external_id=external_id,
        created_datetime=AT,
        sent_datetime=AT,
    )


def _customer(n: int) -> Write:
    address = f"e{n}@mail.example"
    body = Customer(
        external_id=external_id(n), name=f"N {n}", email=address, channels=[Channel(type="email", address=address)]
    )
    return _post("customers", "/api/customers", body.body(), n, (Outcome(str(n), "created", object="contacts"),))


def _user(n: int) -> Write:
    body = User(email=f"u{n}@shop.example", name=f"U {n}", role=Role(name="agent"), external_id=external_id(n))
    return _post("users", "/api/users", body.body(), n)


def _field(n: int) -> Write:
    definition = {"data_type": "text", "input_settings": {"input_type": "input"}}
    body = CustomField(object_type="Ticket", label=f"F {n}", external_id=external_id(n), definition=definition)
    return _post("custom_fields", "/api/custom-fields", body.body(), n)


def _values(n: int) -> Write:
    path = f"/api/customers/{FIRST_CUSTOMER + n}/custom-fields"
    return Write(WriteKey("customers", str(n), "values"), "PUT", path, [{"id": FIELD, "value": f"v{n}"}])


def ticket(n: int) -> Write:
    """A ticket with two messages in one call."""
    messages = [_message(f"{external_id(n)}#{k}", k) for k in range(2)]
    body = Ticket(
        external_id=external_id(n),
        customer=Ref(id=CUSTOMER),
        subject=f"S {n}",
        status="closed",
        priority="normal",
        channel="email",
        from_agent=False,
        tags=[],
        meta={"ivinex": n},
        messages=messages,
        created_datetime=AT,
    )
    rows = [Outcome(str(n), "created", partition=DAY)]
    rows += [Outcome(f"{n}#{k}", "created", partition=DAY, object="messages") for k in range(2)]
    return Write(WriteKey("tickets", str(n), "create"), "POST", "/api/tickets", body.body(), tuple(rows), DAY)


def _append(n: int) -> Write:
    path = f"/api/tickets/{FIRST_TICKET + n % APPENDED_TO}/messages"
    body = _message(external_id(n), n).body() | {"imported": True}
    rows = (Outcome(str(n), "created", partition=DAY),)
    return Write(WriteKey("messages", str(n), "append"), "POST", path, body, rows, DAY)


def external_id(n: int) -> str:
    return f"ivinex:1:{n}"


def _with_customer(rows: dict[str, Any]) -> dict[str, Any]:
    return {"customers": [_customer_row(CUSTOMER, 0)]} | rows


def _seeded_tickets(_: int) -> dict[str, Any]:
    body = ticket(0).body
    drop = {"external_id", "messages", "imported"}
    first = {key: value for key, value in body["messages"][0].items() if key != "external_id"}
    bare = {key: value for key, value in body.items() if key not in drop} | {"messages": [first]}
    return _with_customer({"tickets": [bare | {"id": FIRST_TICKET + n} for n in range(APPENDED_TO)]})


def _seeded_values(writes: int) -> dict[str, Any]:
    settings = {"data_type": "text", "input_settings": {"input_type": "input"}}
    return {
        "customers": [_customer_row(FIRST_CUSTOMER + n, n) for n in range(writes)],
        "custom_fields": [{"id": FIELD, "object_type": "Customer", "label": "Colour", "definition": settings}],
    }


def _counted(rows: Iterable[dict[str, Any]], name: str, expected: Callable[[int], str], writes: int) -> Counter[int]:
    number = {expected(n): n for n in range(writes)}
    return Counter(number[row[name]] for row in rows if row.get(name) in number)


def _by(table: str, name: str, expected: Callable[[int], str]) -> Callable[[Account, int], Counter[int]]:
    return lambda account, writes: _counted(getattr(account, table), name, expected, writes)


def _held_values(account: Account, writes: int) -> Counter[int]:
    held: Counter[int] = Counter()
    for n in range(writes):
        customer = account.customers.get(FIRST_CUSTOMER + n) or {}
        held[n] = int(customer.get("custom_fields") == {str(FIELD): f"v{n}"})
    return held


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "customer", "POST", "/api/customers", lambda _: {}, _customer, _by("customers", "external_id", external_id)
        ),
        Kind("user", "POST", "/api/users", lambda _: {}, _user, _by("users", "external_id", external_id)),
        Kind(
            *("team", "POST", "/api/teams", lambda _: {}),
            lambda n: _post("teams", "/api/teams", {"name": f"team {n}"}, n),
            _by("teams", "name", lambda n: f"team {n}"),
        ),
        Kind(
            *("tag", "POST", "/api/tags", lambda _: {}),
            lambda n: _post("tags", "/api/tags", Tag(name=f"tag {n}").body(), n),
            _by("tags", "name", lambda n: f"tag {n}"),
        ),
        Kind(
            *("custom field", "POST", "/api/custom-fields", lambda _: {}, _field),
            *(_by("custom_fields", "external_id", external_id), 25),
        ),
        Kind("values", "PUT", "/api/customers/{customer_id}/custom-fields", _seeded_values, _values, _held_values),
        Kind(
            *("ticket", "POST", "/api/tickets", lambda _: _with_customer({}), ticket),
            _by("tickets", "external_id", external_id),
        ),
        Kind(
            *("message", "POST", "/api/tickets/{ticket_id}/messages", _seeded_tickets, _append),
            _by("messages", "external_id", external_id),
        ),
    )
}
