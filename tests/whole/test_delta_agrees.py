"""What a delta leaves alone is what the verification expects: edits of one kind each, then delta, verification, delta.

Only the source is edited, and nobody touches Gorgias: so nothing closes, a cutover may begin, and nothing is left to
write. Each kind of edit is on a ticket or contact of its own, made once for the module.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from both_sides import Both, both_sides, writes
from mini_migration import Outcome, look
from plain_migration import Loaded

from migration_assets.orchestration.cutover import obstacles
from migration_assets.reconciliation.comparison.comparison_rules import is_defect

TAB = "ivinex:10101"


@dataclass
class Story:
    both: Both
    first: dict[str, int] = field(default_factory=dict)
    second: dict[str, int] = field(default_factory=dict)
    moved: str = ""
    removed: str = ""

    @property
    def differences(self) -> list[dict[str, Any]]:
        return self.both.migration.warehouse.rows("SELECT * FROM reconciliation.differences ORDER BY ALL")

    @property
    def losses(self) -> set[tuple[str, str, str]]:
        rows = self.both.migration.ledger.losses.loss_rows()
        return {(row.source_id, row.field, row.kind) for row in rows.itertuples()}

    def expected(self, source_id: str) -> dict[str, str]:
        rows = self.both.migration.warehouse.rows(
            "SELECT field, reason FROM gorgias.expected WHERE source_id = ?", [source_id]
        )
        return {row["field"]: row["reason"] for row in rows}


@pytest.fixture(scope="module")
def story(loaded_once: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("agrees")
    with loaded_once.served_again(folder) as migration, both_sides(migration) as both:
        migration.verify()
        told = Story(both)
        _edit(both, told, migration.home)
        told.first = both.delta()
        migration.verify()
        told.second = both.delta()
        yield told


def _edit(both: Both, told: Story, home: Path) -> None:
    with (home / "admin_exports" / "change_history.csv").open("a", encoding="utf-8") as history:
        history.write("2026-07-01 09:00:00,Tickets,70001,Status,Open,Closed,ebaum\n")
    both.at_source("Tickets", "70002", {"created_date": "2026-06-20 10:00:00"})
    told.moved = both.migration.warehouse.scalar(
        "SELECT min(source_id) FROM staging.messages WHERE ticket_source_id = ? AND kind = 'activity'", [f"{TAB}:70003"]
    )
    both.at_source("Activities", told.moved.partition("@")[0].rsplit(":", 1)[1], {"ticket": "70004"})
    both.at_source("Tickets", "70006", {"contact": "501"})
    both.at_source("Contacts", "505", {"email": "new.address@mail.example"})
    both.at_source("Tickets", "70007", {"order_number": "#99999"})
    told.removed = both.migration.warehouse.scalar(
        "SELECT min(source_id) FROM staging.attachments WHERE starts_with(source_id, 'ivinex:50:')"
    )
    both.at_source("Activities", told.removed.partition("/")[0].rsplit(":", 1)[1], {"email_attachments": ""})
    both.at_source("Contacts", "502", None)
    both.at_source("Tickets", "70010", {"created_date": "2026-06-29 09:00:00"})
    users = home / "admin_exports" / "users.csv"
    users.write_text(users.read_text("utf-8").replace(",true,Support Agent", ",false,Support Agent", 1), "utf-8")


def test_nothing_is_blamed_for_what_the_delta_left(story: Story):
    assert [row for row in story.differences if is_defect(row["kind"], row["field"])] == []


def test_no_gate_is_closed_and_the_cutover_may_begin(story: Story):
    migration = story.both.migration
    rows = migration.ledger.quality_gates.gate_rows()
    assert rows[~rows["passed"]][["check_name", "partition", "detail"]].to_dict("records") == []
    loaded = migration.ledger.outcomes.outcomes_of("tickets")["partition"].unique().tolist()
    assert obstacles(migration.ledger, loaded) == []


def test_a_second_delta_writes_nothing(story: Story):
    assert writes(story.second) == {}


def test_the_books_balance(story: Story):
    outcome = Outcome()
    look(story.both.migration, outcome)
    assert [row for row in outcome.books if not row.balanced] == []


def test_what_is_left_is_told_with_its_reason(story: Story):
    assert story.expected(f"{TAB}:70001#history")["created_datetime"] == "immutable"
    assert story.expected(f"{TAB}:70002")["created_datetime"] == "immutable"
    assert (f"{TAB}:70002", "created_date", "immutable after creation") in story.losses
    kinds = {kind for name, _, kind in story.losses if name in {story.moved, story.removed}}
    assert kinds == {
        "moved to another ticket at the source, the first copy kept in Gorgias",
        "removed at the source, kept in Gorgias",
    }
    assert "email" in story.expected("ivinex:user:4")
