"""What the tests of whole migrations know of the one in which nothing is special; conftest.py makes it."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from mini_migration import Outcome


@dataclass(frozen=True)
class Plain:
    """The migration with every switch at its default.

    Attributes:
        dataset: as generated.
        discovered: a home in which the source was read and the map confirmed, and nothing written yet.
        inputs: digest of what was read.
        outcome: how the whole ended.
        forecast: phase -> calls, forecast before the first write.
        made: `load` (with the restoring) and `verification` -> operation -> requests, as one command makes them.
    """

    dataset: Path
    discovered: Path
    inputs: str
    outcome: Outcome
    forecast: dict[str, int]
    made: dict[str, dict[str, int]]


def copy_of(discovered: Path, home: Path) -> Path:
    shutil.copytree(discovered, home)
    return home
