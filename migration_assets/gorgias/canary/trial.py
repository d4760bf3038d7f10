"""The canary: trial tickets that show whether this account behaves as the load relies on, then are deleted.

They come after the confirmation and before the first real record, with the shapes that make an account act: e-mail, one
that comes in closed, two open ones of one customer. They go to an address that cannot exist, so that even a wrong
assumption about silence reaches nobody. Each difference is named with the assumption behind it.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from checks.refusal import refusal
from migration_assets.gorgias.canary.leftovers import NAME, PARTITION
from migration_assets.gorgias.canary.watch import Trial
from migration_assets.settings import Settings
from resources.gorgias.client import Reader
from resources.gorgias.wire import Address, Channel, Customer, FieldValue, Message, NamedTag, Ref, Source, Ticket
from resources.gorgias.writer.write import Write
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger, Outcome
from resources.ledger.records import WriteKey
from resources.warehouse import Warehouse

SHAPES: tuple[tuple[str, Literal["open", "closed"]], ...] = (
    ("", "closed"),
    ("-open", "open"),
    ("-open-too", "open"),
)
"""End of the name, status: a survey wants a closed ticket, AI Agent an open one, auto-merge two open ones."""
LOOKS_IN_SETTLING = 5


def make_trial_tickets(
    writer: Writer, ledger: Ledger, warehouse: Warehouse, reader: Reader, settings: Settings
) -> list[Trial]:
    """Create the stub customer and the tickets: an old day, an outgoing e-mail, messages in the wrong order."""
    name, address = NAME, f"migration-canary@{settings.gorgias_stub_domain}"
    customer = Customer(
        external_id=name, name="Migration canary", email=address, channels=[Channel(type="email", address=address)]
    )
    made = Write(WriteKey("canary", name, "customer"), "POST", "/api/customers", customer.body(), partition=PARTITION)
    writer.apply([made])
    number = ledger.known_writes.known([made.key])[made.key].gorgias_id
    if number is None:
        told = ledger.conflicts.conflict_rows().query("object == 'canary' and source_id == @name")["detail"].tolist()
        raise refusal(
            f"Gorgias did not take the canary's customer ({'; '.join(told) or 'no answer'}), so it would not take the "
            "real ones; no record was written.",
        )
    agent = reader.get("/api/users/0")["id"]
    day = datetime.combine(settings.start_date, datetime.min.time(), UTC) + timedelta(hours=9)
    values = _longest_value(warehouse, ledger)
    trials = []
    for suffix, status in SHAPES:
        closed = day + timedelta(hours=3) if status == "closed" else None
        ticket = Ticket(
            external_id=f"{name}{suffix}",
            customer=Ref(id=number),
            subject="Migration canary",
            status=status,
            priority="normal",
            channel="email",
            from_agent=False,
            tags=[NamedTag(name="ai_ignore")],
            custom_fields=values,
            meta={"ivinex": {"canary": "trial"}},
            messages=[
                _message("email", False, number, None, address, day, f"{name}{suffix}#1"),
                _message("email", True, agent, number, address, day + timedelta(hours=2), f"{name}{suffix}#3"),
                _message("internal-note", True, agent, None, address, day + timedelta(hours=1), f"{name}{suffix}#2"),
            ],
            created_datetime=day,
            opened_datetime=day,
            closed_datetime=closed,
            updated_datetime=day + timedelta(hours=3),
        )
        trials.append(_made(writer, ledger, f"{name}{suffix}", ticket.body()))
    return trials


def _made(writer: Writer, ledger: Ledger, name: str, body: dict[str, Any]) -> Trial:
    """Create one trial ticket."""
    key, rows = WriteKey("canary", name, "ticket"), (Outcome(name, "created", synthetic=True, partition=PARTITION),)
    writer.apply([Write(key, "POST", "/api/tickets", body, rows, PARTITION)])
    known = ledger.known_writes.known([key])[key]
    if known.gorgias_id is None:
        told = ledger.quarantine.rows().query("object == 'canary'")["message"].tolist()
        raise refusal(
            f"Gorgias did not take the canary ticket ({known.state}: {'; '.join(told[-1:])}), so it would not take the "
            "real ones; no record was written.",
        )
    return Trial(body, known.gorgias_id)


def _message(
    channel: str, from_agent: bool, sender: int, receiver: int | None, address: str, at: datetime, external_id: str
) -> Message:
    mail = channel == "email"
    ends = (Address(address="agent@stubs.invalid"), Address(address=address))
    return Message(
        channel=channel,
        via="api",
        from_agent=from_agent,
        sender=Ref(id=sender),
        receiver=Ref(id=receiver) if receiver else None,
        source=Source(type="email", sender=ends[0 if from_agent else 1], to=[ends[1 if from_agent else 0]])
        if mail
        else None,
        subject="Migration canary" if mail else None,
        body_text="A trial message of a migration. It is deleted at once and goes to nobody.",
        public=mail,
        external_id=external_id,
        message_id=f"<{external_id}@stubs.invalid>" if mail else None,
        meta={"ivinex": "canary"},
        created_datetime=at,
        sent_datetime=at,
    )


def _longest_value(warehouse: Warehouse, ledger: Ledger) -> list[FieldValue] | None:
    """A value as long as the longest of the source, of tickets and customers alike: no limit is documented (6.5)."""
    ids = ledger.known_writes.gorgias_ids("custom_fields")
    tables = [name for name in ("ticket_sweep", "contacts", "organizations") if warehouse.exists(f"ivinex.{name}")]
    records = " UNION ALL ".join(f"SELECT collection_type_id, raw FROM ivinex.{name}" for name in tables)  # noqa: S608
    rows = warehouse.rows(
        f"""SELECT f.source_id, f.object_type,
               max(length(json_extract_string(t.raw, '$."' || f.field_name || '"'))) AS longest
        FROM staging.custom_fields f LEFT JOIN ({records}) t USING (collection_type_id)
        WHERE f.data_type = 'text' AND f.input_type = 'input' GROUP BY ALL ORDER BY f.source_id"""  # noqa: S608
    )
    field = next(
        (ids[row["source_id"]] for row in rows if row["object_type"] == "Ticket" and row["source_id"] in ids), 0
    )
    longest = max((row["longest"] or 1 for row in rows), default=1)
    return [FieldValue(id=field, value="x" * longest)] if field else None


def trial_findings(reader: Reader, asked: dict[str, Any], patience: float) -> list[str]:
    """Whether the filter by external_id finds the ticket within the settling wait: it settles doubts in the load."""
    wanted, deadline = asked["external_id"], time.monotonic() + patience
    while True:
        rows = [row for row in reader.rows("/api/tickets", external_id=wanted) if row.get("external_id") == wanted]
        if rows:
            return []
        if time.monotonic() > deadline:
            return ["external_id"]
        time.sleep(min(1.0, patience / 10))
