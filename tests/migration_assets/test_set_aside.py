"""Rows that were set aside are beside the numbers of their asset: which, which field and why."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.metadata import SHOWN
from migration_assets.set_aside import first_set_aside
from resources.ledger import Ledger, Quarantined

DAYS = ["2026-03-01", "2026-03-02"]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", "demo:test")
    for number in range(30):
        day = DAYS[number % 2]
        row = Quarantined(f"ivinex:1:{number:02}", "needs_mapping", f"priority: no value for {number}", partition=day)
        opened.quarantine.record("tickets", "staging", [row], [day + "never"])
    opened.quarantine.record("contacts", "staging", [Quarantined("ivinex:2:1", "never_possible", "no address")])
    yield opened
    opened.close()


def test_the_first_rows_of_the_days_are_a_table_of_ids_fields_and_reasons(ledger: Ledger):
    table = first_set_aside(ledger, ["tickets"], DAYS)["first_set_aside"]
    assert [column.name for column in table.schema.columns] == ["object", "source_id", "field", "reason"]
    assert len(table.records) == SHOWN
    assert table.records[0].data == {
        "object": "tickets",
        "source_id": "ivinex:1:00",
        "field": "",
        "reason": "priority: no value for 0",
    }
    only = first_set_aside(ledger, ["tickets"], DAYS[1:])["first_set_aside"]
    assert all(int(record.data["source_id"][-2:]) % 2 for record in only.records)


def test_where_nothing_was_set_aside_there_is_no_table(ledger: Ledger):
    assert first_set_aside(ledger, ["messages"], DAYS) == {}
    assert first_set_aside(ledger, ["users"]) == {}


def test_objects_without_days_show_their_conflicts_too(ledger: Ledger):
    from resources.ledger import tables

    row = {"account": "demo:test", "object": "customers", "source_id": "ivinex:2:7", "field": "name", "gorgias_id": 7}
    with ledger.transaction() as tx:
        tx.execute(tables.conflicts.insert(), [row | {"detail": "changed on both sides", "at": ledger.now()}])
    shown = first_set_aside(ledger, ["contacts", "customers"])["first_set_aside"].records
    assert [(one.data["source_id"], one.data["field"], one.data["reason"]) for one in shown] == [
        ("ivinex:2:1", "", "no address"),
        ("ivinex:2:7", "name", "changed on both sides"),
    ]
