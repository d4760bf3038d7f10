"""A small source in a real warehouse, and a real ledger beside it."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from migration_assets.ivinex import tables
from migration_assets.mapping.model import FieldMap, Mapping, Target
from migration_assets.reconciliation.balance.idempotency_check import PLANNED
from migration_assets.reconciliation.comparison.differences import COMPARED, DIFFERENCES, VERDICTS
from resources.ledger import Ledger, Outcome, Quarantined
from resources.warehouse import Warehouse

DAY, NEXT = "2026-01-05", "2026-01-06"


def record(tab: str, number: int, partition: str | None = None, **raw: Any) -> dict[str, Any]:
    return {
        "collection_type_id": tab,
        "collection_id": str(number),
        "source_id": f"ivinex:{tab}:{number}",
        "content_hash": f"h{number}",
        "raw": json.dumps(raw),
        "created_at": pd.Timestamp(f"{partition or DAY}T10:00:00Z") if partition != "none" else pd.NaT,
        "modified_at": pd.NaT,
        "partition": partition,
    }


def link(activity: int, ticket: int) -> dict[str, str]:
    return {
        "from_source_id": f"ivinex:30:{activity}",
        "to_source_id": f"ivinex:20:{ticket}",
        "role": "activity_ticket",
        "via": "related",
    }


def field(number: int, name: str, kind: str, role: str, target: Target) -> tuple[str, FieldMap]:
    tab = {"contact": "10", "ticket": "20", "activity": "30"}[role]
    item = FieldMap(
        collection_type_id=tab, source=name, field_id=str(number), kind=kind, target=target, reason="for the test"
    )
    return role, item


@pytest.fixture
def mapping() -> Mapping:
    fields: dict[Any, list[FieldMap]] = {}
    for role, item in (
        field(1, "email", "email", "contact", Target(to="standard", name="email")),
        field(2, "shop", "text", "contact", Target(to="custom_field", name="Shop")),
        field(3, "description", "longtext", "ticket", Target(to="standard", name="description")),
        field(4, "secret", "text", "ticket", Target(to="skip")),
    ):
        fields.setdefault(role, []).append(item)
    return Mapping(
        time_zone="UTC", roles={"contact": ["10"], "ticket": ["20"], "activity": ["30"], "task": ["40"]}, fields=fields
    )


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    """Two contacts, four tickets (one without a day), four activities: on one, on two, on none, on the dayless one."""
    store = Warehouse(tmp_path / "warehouse.duckdb", patience=1)
    tickets = [
        record("20", 1, DAY, description="It is broken"),
        record("20", 2, DAY, description="<p>&nbsp;</p>"),
        record("20", 3, NEXT, description=""),
        record("20", 4, "none", description="when?"),
    ]
    with store.held():
        with store.transaction() as tx:
            tx.append(tables.CONTACTS, pd.DataFrame([record("10", 1), record("10", 2)]))
            tx.append(tables.TICKET_SWEEP, pd.DataFrame(tickets))
            tx.append(tables.ACTIVITY_SWEEP, pd.DataFrame([record("30", number) for number in (1, 2, 3, 4)]))
            tx.append(tables.LINKS, pd.DataFrame([link(1, 1), link(2, 1), link(2, 3), link(4, 4)]))
            tx.append(
                tables.FIELDS,
                pd.DataFrame(
                    [
                        {"collection_type_id": tab, "field_id": number, "field_name": name, "kind": kind}
                        for tab, number, name, kind in (
                            ("10", "1", "email", "email"),
                            ("10", "2", "shop", "text"),
                            ("10", "", "created_by", "default"),
                            ("20", "3", "description", "longtext"),
                            ("20", "4", "secret", "text"),
                            ("20", "9", "line", "layout"),
                            ("40", "6", "task", "text"),
                            ("99", "7", "other", "text"),
                        )
                    ]
                ),
            )
        yield store


@pytest.fixture
def loaded(ledger: Ledger) -> Callable[[], None]:
    """Books everything as a whole migration would."""

    def book() -> None:
        ledger.outcomes.record_outcomes("contacts", "staging", [Outcome("ivinex:10:2", "merged", "shares an e-mail")])
        ledger.outcomes.record_outcomes("activities", "ivinex", [Outcome("ivinex:30:3", "skipped", "no ticket")])
        ledger.quarantine.record(
            "tickets",
            "ivinex",
            [Quarantined("ivinex:20:4", "needs_mapping", "no partition", partition="none")],
        )
        written = [
            ("contacts", "ivinex:10:1", None),
            ("custom_fields", "ivinex:field:10:2", None),
            ("tickets", "ivinex:20:1", DAY),
            ("tickets", "ivinex:20:2", DAY),
            ("tickets", "ivinex:20:3", NEXT),
            ("messages", "ivinex:20:1#description", DAY),
            ("messages", "ivinex:30:1@ivinex:20:1", DAY),
            ("messages", "ivinex:30:2@ivinex:20:1", DAY),
            ("messages", "ivinex:30:2@ivinex:20:3", NEXT),
        ]
        with ledger.transaction() as tx:
            ledger.outcomes.record_written(
                tx,
                [Outcome(source_id, "created", partition=day, object=name) for name, source_id, day in written]
                + [Outcome("ivinex:20:2#placeholder", "created", partition=DAY, synthetic=True, object="messages")],
            )

    return book


@pytest.fixture
def proved(ledger: Ledger, warehouse: Warehouse, loaded: Callable[[], None]) -> Callable[[], None]:
    """Books everything, the dayless ticket among it, and leaves what a verification without any difference leaves."""

    def prove() -> None:
        loaded()
        day, at = "none", datetime.now(UTC)
        late = (
            ("tickets", "ivinex:20:4"),
            ("messages", "ivinex:20:4#description"),
            ("messages", "ivinex:30:4@ivinex:20:4"),
        )
        with ledger.transaction() as tx:
            ledger.outcomes.record_written(
                tx, [Outcome(key, "created", partition=day, object=name) for name, key in late]
            )
        compared = [(DAY, "tickets", 2, 2, 2, at), (NEXT, "tickets", 1, 1, 1, at), ("*", "customers", 1, 1, 1, at)]
        planned = [("*", "", "", "unchanged", 0, [], at)]
        for table, rows in ((COMPARED, compared), (PLANNED, planned), (DIFFERENCES, []), (VERDICTS, [])):
            frame = pd.DataFrame(rows, columns=list(table.columns))
            warehouse.replace(table, frame)

    return prove
