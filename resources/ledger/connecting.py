"""Getting a connection to the ledger's database, and what is said where there is none or it breaks.

A database on another machine is away now and then: a switch is restarted, PostgreSQL fails over. Before anything was
asked of it a connection may be tried again and again, which is done for a while. A transaction that breaks is not
repeated, since nobody can tell whether it was committed: it ends the run, and the next one reads what the ledger holds.

It belongs here: waiting and naming. It does not: engine options (engine.py).
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

PATIENCE, PAUSE = 120.0, 2.0
"""Seconds: for which a connection is tried again, and between two tries."""
_PASSING = ("starting up", "shutting down", "recovery", "too many clients", "remaining connection slots")
_log = logging.getLogger(__name__)


class LedgerUnreachable(Exception):
    """The ledger's database does not answer, or the connection to it broke."""


@contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """A connection; one that breaks within is told by name.

    Raises:
        LedgerUnreachable: there is none for as long as it is tried, or it broke.
    """
    connection = _patiently(engine)
    with connection, loss_reported(engine):
        yield connection


@contextmanager
def loss_reported(engine: Engine) -> Iterator[None]:
    """
    Raises:
        LedgerUnreachable: the connection broke within.
    """
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated:
            raise _unreachable(engine, "The connection to the ledger broke") from error
        raise


def _patiently(engine: Engine) -> Connection:
    until, told = time.monotonic() + PATIENCE, False
    while True:
        try:
            return engine.connect()
        except OperationalError as error:
            if engine.dialect.name == "sqlite":
                raise
            if not _may_pass(str(error.orig)):
                raise _unreachable(engine, "PostgreSQL refuses the connection to the ledger") from error
            if time.monotonic() >= until:
                raise _unreachable(engine, f"The ledger has not answered for {PATIENCE:.0f} s") from error
        if not told:
            _log.warning(f"The ledger does not answer: asking again for {PATIENCE:.0f} s.")
            told = True
        time.sleep(PAUSE)


def _may_pass(said: str) -> bool:
    """Whether it is an outage, and no wrong name or password."""
    return "FATAL" not in said or any(words in said for words in _PASSING)


def _unreachable(engine: Engine, what: str) -> LedgerUnreachable:
    place = f"{engine.url.host or 'this machine'}, database {engine.url.database}"
    return LedgerUnreachable(
        f"{what} ({place}). What was committed is kept, and what was in flight is settled by the next run. Look at "
        "PostgreSQL, the network and LEDGER_URL (the job doctor, or `migrate doctor`), then start the same again."
    )
