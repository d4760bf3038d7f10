"""Ledgers on SQLite, and on PostgreSQL where LEDGER_TEST_POSTGRES_URL names a database that tests may fill."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from resources.ledger import Ledger, tables

OpenLedger = Callable[..., Ledger]
POSTGRES = os.environ.get("LEDGER_TEST_POSTGRES_URL")


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def forward(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.skipif(not POSTGRES, reason="no PostgreSQL given"))]
)
def open_ledger(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[OpenLedger]:
    """Opens the same ledger any number of times, as several processes would."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}" if request.param == "sqlite" else str(POSTGRES)
    opened: list[Ledger] = []

    def open_one(account: str = "staging:shop.gorgias.com") -> Ledger:
        opened.append(Ledger.open(url, account, clock))
        return opened[-1]

    if request.param == "postgresql":
        tables.metadata.drop_all(open_one().engine)
        tables.metadata.create_all(opened[0].engine)
    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def ledger(open_ledger: OpenLedger) -> Ledger:
    return open_ledger()
