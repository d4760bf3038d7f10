"""A few tickets, staged and loaded through the gate into a served Gorgias: what a verification has to look at."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from checks.schemas.customers import SCHEMA as CUSTOMERS
from checks.schemas.messages import SCHEMA as MESSAGES
from checks.schemas.teams import SCHEMA as TEAMS
from checks.schemas.tickets import SCHEMA as TICKETS
from checks.table import table_of
from migration_assets.gorgias.load.id_resolver import target_ids
from migration_assets.gorgias.load.ticket_payload import ticket_write
from resources.gorgias.client import Connection, Reader
from resources.gorgias.wire import Channel, Customer, CustomField, Role, User
from resources.gorgias.writer.write import Write
from resources.gorgias.writer.write_context import WriterOptions
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger, Outcome
from resources.ledger.records import WriteKey
from resources.pacing import BucketPacer
from resources.warehouse import Warehouse
from sandbox.gorgias.account import Account
from sandbox.serve import RunningGorgias

CONFIG: dict[str, Any] = {
    "auth": [{"email": "api@shop.example", "api_key": "k"}],
    "tags": [{"name": "ai_ignore"}, {"name": "vip"}],
}
COLOUR = "ivinex:field:20:5"
DAY = "2026-01-05"


@dataclass
class Target:
    """Reader and gate of one served account."""

    connection: Connection
    reader: Reader
    gate: Writer
    ledger: Ledger
    warehouse: Warehouse
    tickets: dict[str, int] = field(default_factory=dict)


def connect(url: str, auth: tuple[str, str], ledger: Ledger, warehouse: Warehouse) -> Target:
    connection = Connection(url, auth, BucketPacer(4000, 20.0), timeout=5)
    reader = Reader(connection, sleep=lambda _: None)
    return Target(connection, reader, Writer(connection, reader, ledger, "run", WriterOptions()), ledger, warehouse)


@contextmanager
def connected(served: RunningGorgias, ledger: Ledger, home: Path) -> Iterator[Target]:
    """The same to a served account, closed in the end; the warehouse's file stays open, which saves time."""
    made = connect(served.gorgias_url, served.gorgias_auth, ledger, Warehouse(home / "warehouse.duckdb"))
    try:
        with made.warehouse.held():
            yield made
    finally:
        made.gate.close()
        made.connection.close()


def load(target: Target, tickets: int, messages: int = 3) -> None:
    """Stage and load one customer, one agent, one team, one field and so many tickets."""
    _people(target)
    ticket_rows = [_ticket(number, messages) for number in range(1, tickets + 1)]
    message_rows = [_message(number, place) for number in range(1, tickets + 1) for place in range(messages)]
    with target.warehouse.transaction() as tx:
        tx.replace(table_of(TICKETS), pd.DataFrame(ticket_rows))
        tx.replace(table_of(MESSAGES), pd.DataFrame(message_rows))
    people = target_ids(target.ledger, target.reader, None)
    by_ticket: dict[str, list[dict[str, Any]]] = {}
    for row in message_rows:
        by_ticket.setdefault(row["ticket_source_id"], []).append(row)
    tally = target.gate.apply(ticket_write(row, by_ticket[row["source_id"]], people, "v1") for row in ticket_rows)
    assert tally["done"] == tickets, tally.counts
    target.tickets = target.ledger.known_writes.gorgias_ids("tickets")


def _people(target: Target) -> None:
    source_id = "ivinex:10:1"
    customer = Customer(
        external_id=source_id,
        name="Ada Byron",
        email="ada@mail.example",
        channels=[Channel(type="email", address="ada@mail.example", preferred=True)],
    )
    agent = User(email="bo@shop.example", name="Bo", role=Role(name="agent"), external_id="ivinex:user:7")
    colour = CustomField(
        object_type="Ticket",
        label="Colour",
        external_id=COLOUR,
        definition={"data_type": "text", "input_settings": {"input_type": "input"}},
    )
    target.gate.apply(
        [
            _write("customers", source_id, "/api/customers", customer.body(), "contacts"),
            _write("users", "ivinex:user:7", "/api/users", agent.body(), "users"),
            _write("teams", "ivinex:group:1", "/api/teams", {"name": "Support", "members": []}, "teams"),
            _write("custom_fields", COLOUR, "/api/custom-fields", colour.body(), "custom_fields"),
        ]
    )
    row = {
        "source_id": source_id,
        "external_id": source_id,
        "kind": "contact",
        "name": "Ada Byron",
        "email": "ada@mail.example",
        "channels": json.dumps(customer.body()["channels"]),
        "field_values": "{}",
        "data": "{}",
        "merged": "[]",
        "source_version": "h",
    }
    team = {"source_id": "ivinex:group:1", "name": "Support", "members": "[]", "merged": "[]"}
    target.warehouse.replace(table_of(CUSTOMERS), pd.DataFrame([row]))
    target.warehouse.replace(table_of(TEAMS), pd.DataFrame([team]))


def _write(kind: str, source_id: str, path: str, body: dict[str, Any], booked_as: str) -> Write:
    return Write(
        WriteKey(kind, source_id, "create"), "POST", path, body, (Outcome(source_id, "created", object=booked_as),)
    )


def _ticket(number: int, messages: int) -> dict[str, Any]:
    source_id, at = f"ivinex:20:{number}", pd.Timestamp("2026-01-05T10:00:00Z")
    return {
        "partition": DAY,
        "source_id": source_id,
        "external_id": source_id,
        "customer_source_id": "ivinex:10:1",
        "subject": f"Ticket {number}",
        "status": "closed",
        "priority": "normal",
        "channel": "email",
        "from_agent": False,
        "assignee_source_id": "ivinex:user:7",
        "team_source_id": "ivinex:group:1",
        "tags": json.dumps(["vip", "ai_ignore"]),
        "field_values": json.dumps({COLOUR: f"red {number}"}),
        "meta": json.dumps({"ivinex_id": source_id}),
        "created_at": at,
        "opened_at": at,
        "closed_at": at + pd.Timedelta(days=1),
        "updated_at": at + pd.Timedelta(days=1),
        "messages": messages,
        "source_version": "h",
    }


def _message(number: int, place: int) -> dict[str, Any]:
    """In turn: an e-mail of the customer, an internal note, and an e-mail to the customer."""
    kind, at = place % 3, pd.Timestamp("2026-01-05T10:00:00Z") + pd.Timedelta(minutes=place)
    ticket, activity = f"ivinex:20:{number}", f"ivinex:30:{number * 100 + place}"
    ada, help = {"address": "ada@mail.example", "name": "Ada"}, {"address": "help@shop.example"}
    mail, agent = kind != 1, kind != 0
    ends = {"from": help, "to": [ada]} if agent else {"from": ada, "to": [help], "cc": [{"address": "x@y.example"}]}
    return {
        "partition": DAY,
        "source_id": f"{activity}@{ticket}",
        "ticket_source_id": ticket,
        "external_id": activity,
        "position": place,
        "kind": "activity",
        "synthetic": False,
        "channel": "email" if mail else "internal-note",
        "via": "api",
        "from_agent": agent,
        "public": mail,
        "sender_type": "user" if agent else "customer",
        "sender_source_id": "ivinex:user:7" if agent else "ivinex:10:1",
        "receiver_type": "customer" if kind == 2 else None,
        "receiver_source_id": "ivinex:10:1" if kind == 2 else None,
        "source": json.dumps({"type": "email", **ends}) if mail else None,
        "subject": "Hello" if mail else None,
        "body_text": f"text {place}, long enough to be cut",
        "body_html": f"<p>text {place}</p>" if mail else None,
        "message_id": f"<{activity}@mail.example>" if mail else None,
        "meta": json.dumps({"call": {"seconds": place}}),
        "created_at": at,
        "sent_at": at,
    }


def happened(
    account: Account, kind: str, object_type: str, number: int, user_id: int = 4711, at: str | None = None
) -> None:
    """An event of somebody else, now, unless another user or time is named."""
    account.events.add(
        {
            **{"id": None, "type": kind, "object_type": object_type, "object_id": number, "user_id": user_id},
            **{"data": None, "context": None, "created_datetime": at or account.now()},
        }
    )
