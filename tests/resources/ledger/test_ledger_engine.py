"""The database under the ledger: durable, readable while written, and silent about people's data."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from resources.ledger import Ledger, Outcome
from resources.ledger.engine import open_engine

SECRET = "jane.doe@mail.example"


def test_an_sql_error_shows_no_parameter(ledger: Ledger):
    with pytest.raises(SQLAlchemyError) as caught, ledger.transaction() as tx:
        tx.execute(text("INSERT INTO nowhere VALUES (:who)"), {"who": SECRET})
    shown = f"{caught.value!s}{caught.value!r}"
    assert SECRET not in shown
    assert "hide_parameters" in shown


def test_a_failed_booking_shows_no_parameter(ledger: Ledger):
    with pytest.raises(SQLAlchemyError) as caught:
        ledger.outcomes.record_outcomes("tickets", "staging", [Outcome(SECRET, None)])  # type: ignore[arg-type]
    assert SECRET not in str(caught.value)


def test_sqlite_survives_a_power_loss(tmp_path: Path):
    engine = open_engine(f"sqlite:///{tmp_path / 'l.sqlite'}")
    with engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("journal_mode", "synchronous")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}


def test_another_database_is_refused_by_name():
    with pytest.raises(ValueError, match="'mysql'; the ledger knows sqlite and postgresql"):
        open_engine("mysql://host/db")


def test_times_come_back_in_utc_whatever_zone_they_had(open_ledger: Any, clock: Any):
    clock.time = datetime(2026, 7, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    lease = open_ledger().leases.try_lease("me", 30)
    read = open_ledger().leases.current()
    assert read.acquired_at == lease.acquired_at
    assert read.acquired_at.tzinfo is UTC
    assert read.acquired_at.hour == 10


def test_a_time_without_a_zone_is_refused(open_ledger: Any, clock: Any):
    clock.time = datetime(2026, 7, 1, 12, 0)  # noqa: DTZ001 - that is the point
    with pytest.raises(SQLAlchemyError, match="times with a zone only"):
        open_ledger().decisions.decide("topic", "yes", "me")


def test_a_reader_does_not_wait_for_a_writer(open_ledger: Any):
    writer, reader = open_ledger(), open_ledger()
    writer.decisions.decide("topic", "before", "me")
    with writer.transaction() as tx:
        tx.execute(text("UPDATE decisions SET choice = 'after'"))
        assert reader.decisions.decision("topic") == "before"
    assert reader.decisions.decision("topic") == "after"


def test_two_writers_wait_for_each_other_and_both_get_through(open_ledger: Any):
    ledgers = [open_ledger() for _ in range(2)]

    def work(ledger: Ledger, name: str) -> None:
        for number in range(40):
            ledger.outcomes.record_outcomes(name, "staging", [Outcome(f"{name}{number}", "skipped", "x")])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, ledgers, ("o0", "o1")))
    assert [ledgers[0].outcomes.outcomes_of(name)["source_id"].tolist() for name in ("o0", "o1")] == [
        ["o039"],
        ["o139"],
    ]
