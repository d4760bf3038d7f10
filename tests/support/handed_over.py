"""A migration that ran to its end, with the report and the documents for the admin, for tests that look at them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mini_migration import MiniMigration, whole


@dataclass(frozen=True)
class Handed:
    """A migration that has run to its end, with the report and the handoff written."""

    migration: MiniMigration
    home: Path

    def json(self, name: str) -> Any:
        return json.loads((self.home / "handoff" / f"{name}.json").read_text(encoding="utf-8"))

    def page(self, name: str) -> str:
        return (self.home / "handoff" / f"{name}.md").read_text(encoding="utf-8")


def hand_over(migration: MiniMigration) -> Handed:
    outcome = whole(migration)
    assert outcome.stopped is None, outcome.told()
    migration.job("report")
    migration.job("handoff")
    return Handed(migration, migration.home)
