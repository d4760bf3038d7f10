"""What all parts of the ledger share: the account, transactions, and an upsert on both databases."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, Select, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from resources.batches import batches
from resources.interrupts import uninterrupted
from resources.ledger.connecting import connected

LONGEST_NAME = 200
VALUES_PER_QUERY = 400
"""In one list of a statement; of keys each is three values."""


class LedgerFull(Exception):
    """The disk under the ledger is full; the transaction was rolled back."""


class NameMissing(ValueError):
    """Somebody decided without saying who; nothing was recorded."""


def named(by: str) -> str:
    """The name of who decides, as the ledger keeps it.

    Raises:
        NameMissing: it is empty, or longer than a name.
    """
    name = by.strip()
    if name and len(name) <= LONGEST_NAME:
        return name
    wrong = "is longer than a name" if name else "is empty"
    raise NameMissing(
        f"by {wrong}, and the ledger records who decided. Give a name of at most {LONGEST_NAME} characters: the field "
        "`by` of the job, or the option `--by NAME` of the command. Nothing was changed."
    )


def utc_now() -> datetime:
    return datetime.now(UTC)


def plain_rows(rows: Iterable[Any]) -> list[tuple[Any, ...]]:
    """As tuples: pandas asks each row of a result for attributes, which it looks for among its columns, slowly."""
    return [tuple(row) for row in rows]


class Store:
    """The database of one account, in transactions."""

    def __init__(self, engine: Engine, account: str, now: Callable[[], datetime] = utc_now):
        self.engine = engine
        self.account = account
        self.now = now

    @property
    def dialect(self) -> Any:
        """The module whose `insert` knows ON CONFLICT for this database."""
        return sqlite if self.engine.dialect.name == "sqlite" else postgresql

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction. On SQLite it is BEGIN IMMEDIATE, so a reader that becomes a writer cannot fail late.

        A signal that asks for the end waits until it is through: cut short inside the driver, it would keep the
        database locked for whoever commits what is in flight.

        Raises:
            LedgerFull: no space is left; nothing of this transaction was kept.
            LedgerUnreachable: the database is away, or went away.
        """
        try:
            # Of SQLite that holds for opening and closing the file, too; a wait for PostgreSQL may be ended.
            whole = uninterrupted() if self.engine.dialect.name == "sqlite" else nullcontext()
            with whole, connected(self.engine) as connection, uninterrupted(), connection.begin():
                yield connection
        except OperationalError as error:
            if any(words in str(error.orig).lower() for words in ("disk is full", "no space left")):
                raise LedgerFull(
                    f"No space left under the ledger ({self.engine.url.render_as_string(hide_password=True)}): what "
                    "was committed before is kept, and no request left without its intent. Free space and run the same "
                    "command again."
                ) from error
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that only reads, and so waits for no writer.

        Raises:
            LedgerUnreachable: the database is away, or went away.
        """
        with connected(self.engine) as connection:
            yield connection.execution_options(read_only=True)

    def put(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """`upsert` in a transaction of its own."""
        with self.transaction() as tx:
            self.upsert(tx, table, rows)

    def upsert(
        self, connection: Connection, table: Table, rows: Sequence[dict[str, Any]], own_stage_only: bool = False
    ) -> None:
        """Insert rows of this account; where the key exists, overwrite all other columns.

        Args:
            own_stage_only: overwrite what the same stage said and leave what another one said.
        """
        if not rows:
            return
        insert = self.dialect.insert(table)
        keys = [column.name for column in table.primary_key.columns]
        changed = {name: insert.excluded[name] for name in rows[0] if name not in keys}
        where = table.c.stage == insert.excluded.stage if own_stage_only else None
        statement = insert.on_conflict_do_update(index_elements=keys, set_=changed, where=where)
        connection.execute(statement, [{"account": self.account, **row} for row in rows])

    def rows(self, query: Any) -> list[Any]:
        """All rows of a query."""
        with self.reading() as connection:
            return list(connection.execute(query))

    def rows_among(self, query: Select[Any], column: Any, values: Iterable[Any]) -> list[Any]:
        """All rows of a query in which the column has one of the values, however many they are."""
        with self.reading() as connection:
            some = (query.where(column.in_(batch)) for batch in batches(values, VALUES_PER_QUERY))
            return [row for one in some for row in connection.execute(one)]

    def value(self, query: Any) -> Any:
        """The first column of a query's first row; None where there is no row."""
        with self.reading() as connection:
            return connection.execute(query).scalar()

    def frame(self, query: Any) -> pd.DataFrame:
        """The same as a frame."""
        with self.reading() as connection:
            result = connection.execute(query)
            return pd.DataFrame(plain_rows(result.fetchall()), columns=list(result.keys()))


class Repository:
    """One group of tables of one account: a part of the ledger."""

    def __init__(self, store: Store):
        self.store = store

    @property
    def account(self) -> str:
        return self.store.account

    def select(self, column: Any, *columns: Any) -> Select[Any]:
        """A query for columns of the account's rows in one table, that of the first of them."""
        return select(column, *columns).where(column.table.c.account == self.account)
