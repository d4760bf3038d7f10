"""The plan of a rollback: every object that was ever written with its fate, and what they add up to.

It belongs here: plain values. It does not: deciding (planner.py) and doing it (execute.py).
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from migration_assets.gorgias.rollback import bulk
from migration_assets.gorgias.rollback.restore import Restore
from migration_assets.gorgias.rollback.scope import Scope
from migration_assets.gorgias.rollback.target_now import Row
from migration_assets.gorgias.rollback.written_objects import WrittenObject
from resources.gorgias.writer.write import Write


class Disposition(StrEnum):
    """What becomes of an object; each has exactly one."""

    delete = "delete"
    restore = "restore"
    deactivate = "deactivate"
    keep = "keep"
    cannot_be_removed = "cannot_be_removed"
    not_in_scope = "not_in_scope"


GONE, MERGED = "gone already", "it was merged into another one in Gorgias, which cannot be undone"
GONE_AT_SOURCE = "gone at the source, so no later load could make it again"
CALLS = {"tickets": 2, "customers": 3, "teams": 2, "tags": 2, "custom_fields": 2, "users": 2}
"""Requests that taking back one object costs: a look right before, and the request; of a customer its tickets too."""


@dataclass
class Item:
    """One object and its fate.

    Attributes:
        reason: why it is kept, or what is told of it; ids and names of fields only.
        restore: the requests of a restore.
        row: how the object looked when the plan was made, for small objects.
        in_bulk: a closed ticket, which goes with others by one job where there are enough; counted with them.
    """

    written: WrittenObject
    fate: Disposition
    reason: str = ""
    restore: Restore | None = None
    row: Row | None = None
    in_bulk: bool = False

    @property
    def restore_writes(self) -> list[Write]:
        return list(self.restore.writes) if self.restore is not None else []

    @property
    def calls(self) -> int:
        if self.fate is Disposition.restore and self.restore is not None:
            return 1 + len(self.restore.writes)
        removed = self.fate in {Disposition.delete, Disposition.deactivate} and self.reason != GONE
        return CALLS[self.written.object] if removed and not self.in_bulk else 0


@dataclass
class Plan:
    """All items, and what they add up to.

    Attributes:
        counts: object -> fate -> number; messages share the fate of their ticket, files are uploads.
        written: object -> number by the ledger's own count, which the fates must add up to.
        others: object -> writes on what is no object of ours (settings that an import switches).
    """

    scope: Scope
    items: list[Item] = field(default_factory=list)
    counts: dict[str, Counter[Disposition]] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)
    open_tickets: int = 0

    @property
    def balanced(self) -> bool:
        """Every object that the ledger knows of has exactly one fate."""
        return all(sum(self.counts.get(name, {}).values()) == number for name, number in self.written.items())

    @property
    def calls(self) -> int:
        return sum(item.calls for item in self.items) + bulk.calls(sum(item.in_bulk for item in self.items))

    @property
    def gone_at_source(self) -> Counter[str]:
        """object -> number of those that are kept only because nothing could make them again."""
        kept = (item for item in self.items if item.fate is Disposition.keep)
        return Counter(item.written.object for item in kept if item.reason.endswith(GONE_AT_SOURCE))

    def count(self, object: str, fate: Disposition) -> int:
        return self.counts[object][fate] if object in self.counts else 0

    def of(self, object: str, *fates: Disposition) -> list[Item]:
        return [item for item in self.items if item.written.object == object and item.fate in fates]
