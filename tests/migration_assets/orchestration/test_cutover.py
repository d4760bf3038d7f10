"""The final delta begins only when every gate is open and every day freshly verified; each obstacle is named."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from checks.verification import DAY_CHECKS, OBJECT_CHECKS
from migration_assets.orchestration.cutover import CutoverRefused, obstacles, require_ready
from resources.ledger import Ledger

NOW = datetime(2026, 7, 10, 12, tzinfo=UTC)
DAYS = ["2026-07-01", "2026-07-02"]
COMPARED = "reconciliation/comparison:tickets_compared"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", "demo:test", now=lambda: clock[0])
    clock[0] = NOW
    yield opened
    opened.close()


clock = [NOW]


def verified(ledger: Ledger, *days: str, at: datetime = NOW, passed: bool = True) -> None:
    clock[0] = at
    results = [(check, day, passed or check != COMPARED, "3 differences") for day in days for check in DAY_CHECKS]
    ledger.quality_gates.record_gates(results + [(check, None, True, "") for check in OBJECT_CHECKS], "run")
    clock[0] = NOW


def named(ledger: Ledger) -> set[tuple[str, str]]:
    return {(one.check, one.partition) for one in obstacles(ledger, DAYS)}


def test_a_day_that_was_never_verified_is_an_obstacle(ledger: Ledger):
    verified(ledger, DAYS[0])
    assert named(ledger) == {("verification", DAYS[1])}


def test_a_verification_older_than_a_day_is_stale(ledger: Ledger):
    verified(ledger, DAYS[0], at=NOW - timedelta(hours=25))
    verified(ledger, DAYS[1], at=NOW - timedelta(hours=23))
    assert named(ledger) == {("verification", DAYS[0])}


def test_a_failed_verification_is_an_obstacle_until_somebody_takes_it_over(ledger: Ledger):
    verified(ledger, *DAYS)
    verified(ledger, DAYS[0], passed=False)
    assert named(ledger) == {(COMPARED, DAYS[0])}
    clock[0] = NOW + timedelta(minutes=1)
    ledger.quality_gates.override_gate(COMPARED, DAYS[0], "Ann", "an agent answered meanwhile")
    assert named(ledger) == set()


def test_any_closed_gate_of_any_room_keeps_the_cutover_from_beginning(ledger: Ledger):
    verified(ledger, *DAYS)
    require_ready(ledger, DAYS)
    ledger.quality_gates.record_gate(
        "staging/tickets:schema", DAYS[1], False, "subject: at most 998 characters (2)", "run"
    )
    with pytest.raises(CutoverRefused, match=f"staging/tickets:schema {DAYS[1]}: subject"):
        require_ready(ledger, DAYS)


def test_what_belongs_to_no_day_must_be_verified_too(ledger: Ledger):
    ledger.quality_gates.record_gates([(check, day, True, "") for day in DAYS for check in DAY_CHECKS], "run")
    assert named(ledger) == {("verification", "*")}


def test_a_closed_gate_of_a_day_without_tickets_keeps_nothing_from_beginning(ledger: Ledger):
    verified(ledger, *DAYS)
    ledger.quality_gates.record_gate(COMPARED, "2026-07-05", False, "left by an earlier release", "run")
    assert named(ledger) == set()
    # The same day with tickets at the source is one that holds rows, though nothing of it is in Gorgias.
    assert [one.partition for one in obstacles(ledger, DAYS, ["2026-07-05"])] == ["2026-07-05"]


def test_an_old_verification_is_told_with_its_time_and_a_way_for_ui_and_command(ledger: Ledger):
    verified(ledger, DAYS[0], at=NOW - timedelta(hours=25))
    verified(ledger, DAYS[1])
    with pytest.raises(CutoverRefused) as refused:
        require_ready(ledger, DAYS)
    told = str(refused.value)
    assert "not verified since 2026-07-09 11:00 UTC" in told
    for word in ("verify_days", "`migrate verify`", "docs/cutover.md"):
        assert word in told
    assert "gates are closed" not in told


def test_with_nothing_loaded_there_is_nothing_to_finish(ledger: Ledger):
    verified(ledger)
    with pytest.raises(CutoverRefused, match=r"no ticket of 2 days is in Gorgias yet.*migrate_range"):
        require_ready(ledger, [], DAYS)
