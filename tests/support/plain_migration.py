"""What the tests of whole migrations know of the one in which nothing is special; conftest.py has it made."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
from mini_migration import MiniMigration, Outcome, mini_migration


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


@dataclass(frozen=True)
class Loaded:
    """A home and an account after the load, and where its servers listened: addresses of files hold the ports.

    One a worker, whose tests take turns with the ports.
    """

    dataset: Path
    home: Path
    state: Path
    ports: tuple[int, int]
    run_number: int
    results: dict[str, dg.AssetCheckResult]

    @contextmanager
    def served_again(self, folder: Path) -> Iterator[MiniMigration]:
        """As it was right after the load, in a home of its own."""
        home, state = folder / "home", folder / "state"
        shutil.copytree(self.home, home, ignore=shutil.ignore_patterns("dataset"))
        shutil.copyfile(self.state, state)
        with mini_migration(self.dataset, home, ports=self.ports, state_file=state) as migration:
            migration.run_number, migration.results = self.run_number, dict(self.results)
            yield migration


def load_once(plain: Plain, folder: Path) -> Loaded:
    home, state = copy_of(plain.discovered, folder / "home"), folder / "state"
    with mini_migration(plain.dataset, home, state_file=state) as migration:
        migration.load(verified=False)
        ports = _port(migration.sandbox.ivinex_url), _port(migration.sandbox.gorgias_url)
    return Loaded(plain.dataset, home, state, ports, migration.run_number, migration.results)


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])
