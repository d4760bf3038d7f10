"""Opens the ledger's database so that a commit survives a power loss and errors show no data.

It belongs here: engine options, SQLite's pragmas, the time type. It does not: tables and queries.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, Dialect, Engine, ExceptionContext, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.types import TypeDecorator

_KNOWN = ("sqlite", "postgresql")
_OF_CLIENT = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 6,
    "tcp_user_timeout": 90_000,
}
_OF_SERVER = "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 6"
"""A host that went away without a word is noticed after a minute and a half. By default it is two hours, for which a
dead host's transaction would keep the row of the account's lease locked, and nobody could take its work over.
"""
_MAKING_TABLES = 20_151_101
"""Any number that nothing else in the database locks."""


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time in UTC. SQLite forgets the zone, so it is put back on the way out (dagster.md 2.10)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("the ledger takes times with a zone only")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def password_of(url: str) -> str | None:
    """The password in an address of a ledger.

    Raises:
        ValueError: it is no address of a database that the ledger knows; quotes nothing of it.
    """
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, ValueError):
        raise ValueError(
            "not an address such as postgresql://user:password@host/name; in a password write @ as %40, : as %3A and "
            "/ as %2F"
        ) from None
    if backend not in _KNOWN:
        raise ValueError(f"{backend!r}; the ledger knows {' and '.join(_KNOWN)} only")
    password = parsed.password or parsed.query.get("password")
    return str(password) if password else None


def open_engine(url: str) -> Engine:
    """An engine on SQLite (WAL, synchronous=FULL, BEGIN IMMEDIATE) or PostgreSQL.

    Statement parameters are people's data and are hidden in every error.

    Raises:
        ValueError: the URL names another database.
    """
    try:
        password_of(url)
    except ValueError as wrong:
        raise ValueError(f"LEDGER_URL: {wrong}") from None
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        if parsed.drivername in {"postgresql", "postgresql+psycopg"}:
            # SQLAlchemy would take psycopg 3; one driver serves the ledger and Dagster's storage, and this is it.
            parsed = parsed.set(drivername="postgresql+psycopg2")
        given = {name: value for name, value in _OF_CLIENT.items() if name not in parsed.query}
        engine = create_engine(parsed, hide_parameters=True, pool_pre_ping=True, connect_args=given)
        event.listen(engine, "handle_error", _first_line_only)
        event.listen(engine, "connect", _notice_death)
        return engine
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # Python's driver would begin transactions by itself, and DEFERRED ones fail with "database is locked"
        # when two processes upgrade at once; BEGIN IMMEDIATE below waits instead.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        read_only = connection.get_execution_options().get("read_only")
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


@contextmanager
def one_at_a_time(engine: Engine) -> Iterator[None]:
    """Tables are made by one process at a time: of two that begin with an empty PostgreSQL, one would fail.

    SQLite does it by itself, since its transactions that write wait for each other.
    """
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({_MAKING_TABLES})")
        try:
            yield
        finally:
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_MAKING_TABLES})")


def _notice_death(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_OF_SERVER)
    connection.commit()


def _first_line_only(context: ExceptionContext) -> None:
    """PostgreSQL's further lines quote the failing row, which no engine option hides."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args:
            error.args = (str(error.args[0]).split("\n")[0], *error.args[1:])
