"""How many calls a load makes in each of its phases, from the staged rows and the ledger: what is there costs nothing.

One model for the forecast and for the progress of a load: the totals that a phase counts towards come from here. It
belongs here: counting. It does not: building requests (one file per target), rates, and what a verification reads
(reconciliation/forecast_calls.py). Nothing is asked of Gorgias.
"""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from migration_assets.gorgias import staged_reader
from migration_assets.gorgias.attachments import files
from migration_assets.gorgias.load import users
from migration_assets.gorgias.load.ticket_payload import TargetIds, ticket_write
from resources.files import FileStore
from resources.gorgias.wire import MAX_MESSAGES, MAX_TICKET_BYTES
from resources.ledger import Ledger
from resources.warehouse import Warehouse

_VALUES, _DATA = "field_values", "data"
_LONG = f"""
    SELECT m.ticket_source_id AS source_id, m.partition FROM staging.messages m
    GROUP BY ALL HAVING count(*) > {MAX_MESSAGES}
        OR sum(strlen(coalesce(m.body_text, '')) + strlen(coalesce(m.body_html, ''))) > {MAX_TICKET_BYTES // 4}
"""
"""Tickets whose messages may not fit into one call: JSON makes a character of up to six of its own, and adds more."""


@dataclass(frozen=True)
class PhaseCalls:
    """One phase of a load.

    Attributes:
        phase: its name, as its progress is noted in the ledger (without days).
        records: staged records that it concerns.
        calls: requests that are still to be sent for them.
        passes: how often the writer is asked to send some of them.
    """

    phase: str
    records: int
    calls: int
    passes: int = 0


Run = tuple[Sequence[str], list[str] | None]
"""What one run loads: its days, and of them only these tickets (None: all that are left)."""


def load_calls(
    warehouse: Warehouse, ledger: Ledger, ranges: Sequence[Sequence[str]], open_first: bool = False
) -> list[PhaseCalls]:
    """The phases in the order of a load.

    Args:
        ranges: the days that each run loads, without those whose gate is closed.
        open_first: do the open tickets of all ranges go before the rest (LOAD_ORDER)?
    """
    staged_reader.ensure(warehouse)
    runs = [*(_open_runs(warehouse, ledger, ranges) if open_first else ()), *((days, None) for days in ranges)]
    found = [
        *_definitions(warehouse, ledger),
        *_customers(warehouse, ledger),
        _files(warehouse, ledger, runs),
        _tickets(warehouse, ledger, runs),
        _messages(warehouse, ledger, ranges),
    ]
    return found


def customers_with(warehouse: Warehouse, column: str, only: Sequence[str] | None = None) -> list[str]:
    """Staged customers that need a call of their own for their `field_values` or their `data`.

    Args:
        only: leave out all customers but these.
    """
    rows = warehouse.query(
        f"SELECT source_id FROM staging.customers WHERE coalesce({column}, '{{}}') <> '{{}}' "
        "AND ($only IS NULL OR source_id IN (SELECT unnest($only::VARCHAR[])))",
        {"only": only},
    )
    return rows["source_id"].tolist()


def _definitions(warehouse: Warehouse, ledger: Ledger) -> Iterable[PhaseCalls]:
    for name, key in (("custom_fields", "source_id"), ("tags", "name"), ("teams", "source_id")):
        if warehouse.exists(f"staging.{name}"):
            yield _open(f"gorgias/{name}", _ids(warehouse, name, key), ledger.known_writes.ended_ids(name, "create"))
    if warehouse.exists("staging.users"):
        wanted = [write.key.source_id for write in users.writes(warehouse, ledger)]
        yield _open("gorgias/users", wanted, ledger.known_writes.ended_ids("users", "create"))


def _customers(warehouse: Warehouse, ledger: Ledger) -> Iterable[PhaseCalls]:
    if not warehouse.exists("staging.customers"):
        return
    made = ledger.known_writes.ended_ids("customers", "create")
    yield _open("gorgias/customers", _ids(warehouse, "customers", "source_id"), made)
    for part, column in (("values", _VALUES), ("data", _DATA)):
        yield _open(
            f"gorgias/customers: {part}",
            customers_with(warehouse, column),
            ledger.known_writes.ended_ids("customers", part),
        )


def _open_runs(warehouse: Warehouse, ledger: Ledger, ranges: Sequence[Sequence[str]]) -> Iterable[Run]:
    rows = warehouse.query("SELECT source_id, partition FROM staging.tickets WHERE status = 'open'")
    left = rows[~rows["source_id"].isin(list(ledger.known_writes.ended_ids("tickets", "create")))]
    for days in ranges:
        if only := left[left["partition"].isin(list(days))]["source_id"].tolist():
            yield days, only


def _files(warehouse: Warehouse, ledger: Ledger, runs: Sequence[Run]) -> PhaseCalls:
    """Uploads, packed as each run packs them; a content that an earlier run brings costs a later one nothing."""
    seen: set[str] = set()
    records = calls = passes = 0
    for days, only in runs:
        parts = files.parts_of(warehouse, FileStore(Path()), days, only)
        new = [part for part in files.missing_parts(ledger, parts) if part.sha256 not in seen]
        seen |= {part.sha256 for part in new}
        records += len(parts) if only is None else 0
        calls += sum(1 for _ in files.UploadBatch().calls(new))
        passes += bool(new)
    return PhaseCalls("gorgias/files", records, calls, passes)


def _tickets(warehouse: Warehouse, ledger: Ledger, runs: Sequence[Run]) -> PhaseCalls:
    """One create a ticket; one whose customer is nowhere waits, and costs nothing."""
    if not warehouse.exists("staging.customers"):
        return PhaseCalls("gorgias/tickets", 0, 0)
    rows = warehouse.query(
        "SELECT t.source_id, t.partition FROM staging.tickets t SEMI JOIN staging.customers c "
        "ON c.source_id = t.customer_source_id WHERE list_contains(?, t.partition)",
        [[day for days, only in runs if only is None for day in days]],
    )
    left = rows[~rows["source_id"].isin(list(ledger.known_writes.ended_ids("tickets", "create")))]
    calls, passes = len(left), 0
    for days, only in runs:
        here = left["partition"].isin(list(days)) & (left["source_id"].isin(only) if only is not None else True)
        passes += bool(here.any())
        left = left[~here]
    return PhaseCalls("gorgias/tickets", len(rows), calls, passes)


def _messages(warehouse: Warehouse, ledger: Ledger, ranges: Sequence[Sequence[str]]) -> PhaseCalls:
    """What does not fit into a ticket's create: a call for each message, and one that sets the ticket's times again.

    The next message of every long ticket goes in one pass, and the times in another.
    """
    sent, timed = (
        ledger.known_writes.ended_ids("messages", "append"),
        ledger.known_writes.ended_ids("tickets", "update"),
    )
    anybody = _Anybody()
    people = TargetIds(anybody, anybody, anybody, anybody, 1)
    records = calls = passes = 0
    for days in ranges:
        long = warehouse.query(f"SELECT * FROM ({_LONG}) WHERE list_contains(?, partition)", [list(days)])
        rounds = 0
        for one in staged_reader.read(warehouse, list(days), long["source_id"].tolist()) if len(long) else []:
            inside = len(ticket_write(one.ticket, one.messages, people, "").body["messages"])
            late = {message["source_id"] for message in one.messages[inside:]}
            open_ = len(late - sent) + (bool(late) and one.ticket["source_id"] not in timed)
            records, calls, rounds = records + len(late), calls + open_, max(rounds, open_)
        passes += rounds
    return PhaseCalls("gorgias/ticket_messages", records, calls, passes)


class _Anybody(defaultdict[str, int]):
    """An id for every source id, as long as ids of Gorgias are: what is counted is the size of a request."""

    def __init__(self) -> None:
        super().__init__(lambda: 10**11)

    def get(self, key: str, default: int | None = None) -> int | None:  # type: ignore[override]
        return self[key]

    def __contains__(self, key: object) -> bool:
        return True


def _open(phase: str, ids: Sequence[str], ended: set[str]) -> PhaseCalls:
    wanted = pd.Index(ids)
    calls = int((~wanted.isin(list(ended))).sum())
    return PhaseCalls(phase, len(wanted), calls, int(calls > 0))


def _ids(warehouse: Warehouse, table: str, column: str) -> list[str]:
    return warehouse.query(f"SELECT {column} AS id FROM staging.{table}")["id"].tolist()
