"""Ledgers on SQLite, and on a real PostgreSQL."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from resources.ledger import Ledger, tables

OpenLedger = Callable[..., Ledger]


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


@pytest.fixture(params=["sqlite", "postgresql"])
def open_ledger(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[OpenLedger]:
    """Opens the same ledger any number of times, as several processes would."""
    on_file = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}" if on_file else request.getfixturevalue("postgres_url")
    opened: list[Ledger] = []

    def open_one(account: str = "staging:shop.gorgias.com") -> Ledger:
        opened.append(Ledger.open(url, account, clock))
        return opened[-1]

    yield open_one
    if opened and not on_file:
        empty(opened[0].engine)
    for one in opened:
        one.close()


def empty(engine: Engine) -> None:
    """All tables of the ledger, in milliseconds; they stay, with their columns."""
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
        names = ", ".join(table.name for table in tables.metadata.sorted_tables)
        connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY")


@pytest.fixture
def ledger(open_ledger: OpenLedger) -> Ledger:
    return open_ledger()
