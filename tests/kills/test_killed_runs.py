"""A stop at any moment loses and doubles nothing: `migrate run` is killed, or asked to end, and started again.

All of it is acceptance. What each test on a commit looks at, without a process: tests/whole/test_killed_load.py.
"""

import shutil
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from broken_migration import Account, Moment, account, discovered_home, moments
from mini_migration import mini_migration, whole

from resources.ledger import Ledger

SMALL, LARGE = 12, 300


@dataclass(frozen=True)
class Unbroken:
    """A migration that nobody disturbed: what it left in the target and what it took."""

    discovered: Path
    state: bytes
    books: list[dict[str, Any]]
    ivinex: int
    writes: int


def unbroken(folder: Path, tickets: int, seed: int, days: int) -> Unbroken:
    """The same assets called one after the other, without the command whose runs are killed."""
    discovered = discovered_home(folder / "discovered", tickets, seed, days)
    home = folder / "unbroken"
    shutil.copytree(discovered, home, ignore=shutil.ignore_patterns("dataset"))
    with mini_migration(discovered / "dataset", home) as migration:
        migration.discover()
        outcome = whole(migration, discover=False)
        assert outcome.stopped is None, outcome.told()
        here = Account(migration.sandbox, home)
        assert here.mails() == []
        books = [row.as_dict() for row in outcome.books]
        return Unbroken(discovered, here.state(), books, here.requests("ivinex"), here.requests("gorgias"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Unbroken:
    return unbroken(tmp_path_factory.mktemp("small"), SMALL, seed=7, days=3)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Unbroken:
    return unbroken(tmp_path_factory.mktemp("large"), LARGE, seed=11, days=40)


def kill_at(here: Account, ends: list[Moment]) -> int:
    """Start and kill at each moment; returns how often the kill came before the end."""
    return sum(here.migrate_until(end, signal.SIGKILL, "run").code == -signal.SIGKILL for end in ends)


def let_it_end(here: Account, whole: Unbroken) -> None:
    """Start it once more: the target is that of an unbroken run, and so are the books."""
    last = here.migrate("run")
    assert last.code == 0, last.told
    assert here.state() == whole.state
    assert settled(here)
    assert arrived(last.said["books"]) == arrived(whole.books)
    assert here.mails() == []


def ask_to_end(here: Account, whole: Unbroken) -> None:
    """Start it and send SIGTERM while tickets are written: nothing is in doubt, and it says what is left."""
    with here.slow_tickets(1.0):
        ended = here.migrate_until(Moment("gorgias", whole.writes - SMALL // 2, 0.0), signal.SIGTERM, "run")
    assert ended.code == 1
    assert "Nothing is lost or doubled" in ended.said["error"]
    assert f"of {SMALL} tickets" in ended.said["error"]
    assert "no known outcome" not in ended.said["error"]
    assert settled(here)
    assert here.requests("gorgias") < whole.writes


def arrived(books: list[dict[str, Any]]) -> dict[str, tuple[int, ...]]:
    """Object -> source, written, and the rest: what a read-back found after a kill is booked as adopted."""
    rest = ("merged", "skipped", "quarantined", "conflict", "in_doubt", "synthetic", "missing", "unknown")
    return {
        row["object"]: (row["source"], row["created"] + row["adopted"], *(row[name] for name in rest)) for row in books
    }


def settled(here: Account) -> bool:
    ledger = Ledger.open(f"sqlite:///{here.home / 'ledger.sqlite'}", "demo:sandbox")
    try:
        return not ledger.known_writes.unsettled()
    finally:
        ledger.close()


@pytest.mark.acceptance
@pytest.mark.timeout(600)
def test_a_run_killed_three_times_ends_in_the_state_of_an_unbroken_one(tmp_path: Path, small: Unbroken):
    with account(small.discovered, tmp_path / "home") as here:
        assert kill_at(here, moments(3, 3, small.ivinex, small.writes - SMALL)) == 3
        let_it_end(here, small)


@pytest.mark.acceptance
@pytest.mark.timeout(600)
def test_a_run_that_is_asked_to_end_ends_in_the_state_of_an_unbroken_one(tmp_path: Path, small: Unbroken):
    with account(small.discovered, tmp_path / "home") as here:
        ask_to_end(here, small)
        let_it_end(here, small)


@pytest.mark.acceptance
@pytest.mark.timeout(3600)
def test_a_run_killed_twenty_times_ends_in_the_state_of_an_unbroken_one(tmp_path: Path, large: Unbroken):
    with account(large.discovered, tmp_path / "home") as here:
        assert kill_at(here, moments(20, 20, large.ivinex, large.writes)) == 20
        let_it_end(here, large)
