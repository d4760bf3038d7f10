"""Gorgias updates each ticket by itself after its create, under the API user's id: nobody is blamed."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from both_sides import both_sides, writes, writes_to_records
from mini_migration import MiniMigration

from migration_assets.reconciliation.comparison.comparison_rules import is_defect

pytestmark = pytest.mark.acceptance
Migrating = Callable[..., AbstractContextManager[MiniMigration]]


def found(migration: MiniMigration) -> list[tuple[Any, ...]]:
    migration.verify()
    rows = migration.warehouse.rows(
        "SELECT object, field, kind, source_id FROM reconciliation.differences ORDER BY ALL"
    )
    return [tuple(row.values()) for row in rows]


@pytest.mark.parametrize("after", [0.0, 0.2, 1.0, 3.0])
def test_run_delta_and_verification_find_nothing_and_a_tampered_field_is_found(migrating: Migrating, after: float):
    with migrating(discovered=True, switches={"G-45": after}) as migration, both_sides(migration) as both:
        migration.load(verified=False)
        account = migration.sandbox.gorgias
        clock = account.clock
        account.clock = lambda: clock() + 4
        assert found(migration) == []
        assert all(
            ticket["language"] for ticket in account.tickets if str(ticket["external_id"]).startswith("ivinex:1")
        )
        both.at_source("Tickets", "70003", {"order_number": "#12121"})
        assert writes_to_records(both.delta()) == {"PUT /api/tickets/{id}": 1}
        assert found(migration) == []
        assert migration.ledger.quality_gates.gate_rows()["passed"].all()
        number = both.number("ivinex:10101:70005")
        account.tickets.rows[number]["priority"] = "critical"
        (row,) = found(migration)
        assert row[:2] == ("tickets", "priority")
        assert is_defect(row[2], row[1])
        assert writes(both.delta()) == {}
