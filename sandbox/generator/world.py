"""What the makers of tickets, activities and tasks share while a dataset is written."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from sandbox.generator.calendar import Calendar
from sandbox.generator.people import Contact, User
from sandbox.generator.prose import Prose
from sandbox.generator.schema import Schema
from sandbox.generator.writer import Writer


@dataclass
class World:
    """The shop so far.

    Attributes:
        staff: every Ivinex user but the API user; inactive ones too, who own old work.
        contacts: all contacts, by index.
        activity_ids, task_ids, file_ids: the next free ids.
    """

    seed: str
    schema: Schema
    prose: Prose
    calendar: Calendar
    writer: Writer
    staff: list[User]
    contacts: list[Contact] = field(default_factory=list)
    activity_ids: Iterator[int] = field(default_factory=lambda: count(900_001))
    task_ids: Iterator[int] = field(default_factory=lambda: count(40_001))
    file_ids: Iterator[int] = field(default_factory=lambda: count(600_001))

    def dice(self, purpose: str) -> random.Random:
        """A source of chance of its own, so that one part's draws do not move another's."""
        return random.Random(f"{self.seed}:{purpose}")
