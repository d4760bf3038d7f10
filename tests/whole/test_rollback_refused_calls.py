"""A rollback whose calls are refused or fail in the middle: told by name, nothing half-recorded, and nothing twice.

Each ends in one of two ways: it goes on by another way to its end, or it stops; after a stop the same rollback, once
the cause is gone, goes on to the same end. What the job alone does with each answer:
tests/migration_assets/gorgias/rollback/test_rollback_bulk.py.
"""

from typing import Any

import pytest
from both_sides import Both, both_sides
from mini_migration import MiniMigration
from test_rollback_stops import ALL, _is_empty, _stores, back

from migration_assets.gorgias.rollback import bulk
from migration_assets.orchestration.exit_codes import Exit
from migration_assets.orchestration.rollback import plan_rollback
from resources.gorgias.failures import GorgiasError

pytestmark = pytest.mark.acceptance
JOBS, JOB, TICKET, TEAM = "/api/jobs", "/api/jobs/{id}", "/api/tickets/{id}", "/api/teams/{id}"


def fault(method: str, route: str, status: int, kind: str = "status_before", **which: Any) -> dict[str, Any]:
    return {"kind": kind, "method": method, "route": route, "status": status, "spoken": True, **which}


@pytest.mark.parametrize(
    "fault",
    [
        fault("POST", JOBS, 403),
        fault("GET", JOB, 403),
        fault("DELETE", TICKET, 404, "status_after", calls=2),
    ],
    ids=lambda one: f"{one['method']} {one['route']} {one['status']}",
)
def test_it_goes_on_by_another_way(loaded: MiniMigration, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any]):
    monkeypatch.setattr(bulk, "LEAST", 2)
    with both_sides(loaded) as both:
        _planned_under(both, loaded, fault)
        done = back(loaded)
        assert done.exit_code is Exit.BALANCED, done.sentence()
        assert _fired(both) > 0
    assert loaded.ledger.conflicts.conflict_rows().empty
    _is_empty(loaded)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (fault("DELETE", TICKET, 403, calls=2), r"403"),
        (fault("DELETE", TEAM, 403, calls=1), r"403"),
        (fault("POST", JOBS, 401), r"401"),
    ],
    ids=lambda one: f"{one['method']} {one['route']} {one['status']}" if isinstance(one, dict) else "",
)
def test_it_stops_by_name_and_goes_on_when_the_cause_is_gone(
    loaded: MiniMigration, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any], told: str
):
    monkeypatch.setattr(bulk, "LEAST", 2)
    with both_sides(loaded) as both:
        _planned_under(both, loaded, fault)
        with pytest.raises(GorgiasError, match=told):
            back(loaded)
        there = {row["id"] for row in both.in_gorgias("GET", "/api/tickets?limit=100")["data"]}
        known = set(loaded.ledger.known_writes.gorgias_ids("tickets").values())
        assert there <= known, "a ticket is recorded as taken back and is there"
        both.in_gorgias("POST", "/_sandbox/faults", [])
        done = back(loaded)
        assert done.exit_code is Exit.BALANCED, done.sentence()
    _is_empty(loaded)


def _planned_under(both: Both, migration: MiniMigration, fault: dict[str, Any]) -> None:
    plan_rollback(*_stores(migration), ALL, migration.home)
    both.in_gorgias("POST", "/_sandbox/faults", [fault])


def _fired(both: Both) -> int:
    return sum(one["fired"] for one in both.in_gorgias("GET", "/_sandbox/faults"))
