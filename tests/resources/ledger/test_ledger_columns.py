"""A ledger that an earlier version made opens, keeps its rows, and takes what that version had no column for."""

from typing import Any

from sqlalchemy import inspect

from resources.ledger import tables
from resources.ledger.columns import add_missing_columns


def as_before(ledger: Any) -> None:
    """Take away what came later."""
    with ledger.transaction() as tx:
        for column in tables.ADDED:
            tx.exec_driver_sql(f"ALTER TABLE {column.table.name} DROP COLUMN {column.name}")


def columns(ledger: Any, table: str) -> set[str]:
    return {one["name"] for one in inspect(ledger.engine).get_columns(table)}


def test_an_old_ledger_is_opened_with_its_rows_and_takes_notes_and_reasons(open_ledger: Any):
    old = open_ledger()
    old.decisions.confirm_mapping("v1", "f", {"tabs": 1}, "Ada")
    old.decisions.decide("missing_users", "fallback", "Ada")
    as_before(old)
    assert "note" not in columns(old, "mapping_confirmations")

    ledger = open_ledger()
    confirmation = ledger.decisions.confirmed_mapping()
    assert (confirmation.version, confirmation.by, confirmation.note) == ("v1", "Ada", "")
    assert ledger.decisions.decision("missing_users") == "fallback"
    ledger.decisions.confirm_mapping("v2", "f", {}, "Ada", "read it")
    assert ledger.decisions.confirmed_mapping().note == "read it"
    ledger.decisions.decide("missing_users", "create", "Ada", "seats were bought")
    with ledger.reading() as connection:
        rows = connection.execute(tables.decisions.select().with_only_columns(tables.decisions.c.reason)).fetchall()
    assert rows == [("seats were bought",)]


def test_what_is_there_is_not_added_again_and_nobody_waits_for_it(open_ledger: Any):
    ledger, other = open_ledger(), open_ledger()
    with ledger.transaction():
        assert add_missing_columns(other.engine) == []
    as_before(ledger)
    assert add_missing_columns(ledger.engine) == [
        "decisions.reason",
        "mapping_confirmations.note",
        "source_sites.in_ids",
        "progress.per_hour",
    ]
